import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { acquireLease, type Lease, releaseLease } from '../../src/store/leases.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { type RunOptions, run } from './harness.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let store: Store;
beforeAll(async () => {
  [world, store] = await Promise.all([openWorld(), openTestStore()]);
});
afterAll(async () => {
  await store.close();
  await world.close();
});

const tierlink = async (argv: string[], more: Partial<RunOptions> = {}) =>
  await run(argv, { commands, environment: { TIERLINK_PROJECT: world.folder }, store, ...more });

/** As another process does that is at work on it. */
async function hold(key: string): Promise<Lease> {
  const lease = await acquireLease(store, { key, holder: 'elsewhere-4711', ttlMs: 600_000 });
  return lease!;
}

async function lastRun(): Promise<{ id: string; state: string } | undefined> {
  const [row] = await store.query<{ id: string; state: string }>(
    'select id, state from tierlink.run order by id desc limit 1',
  );
  return row;
}

/** Runs work while a minute takes a millisecond. */
async function inShortMinutes<T>(work: () => Promise<T>): Promise<T> {
  const real = globalThis.setTimeout;
  const short = (call: () => void, ms?: number, ...rest: unknown[]) =>
    real(call, ms === 60_000 ? 1 : ms, ...(rest as []));
  globalThis.setTimeout = Object.assign(short, real) as typeof setTimeout;
  try {
    return await work();
  } finally {
    globalThis.setTimeout = real;
  }
}

describe('sync --wait', () => {
  it('stops its own work when the time is over, keeps what was finished, and says how to go on', async () => {
    const ran = await inShortMinutes(() => tierlink(['sync', '--wait', '1', '--full']));
    expect(ran).toMatchObject({ exit: 69, out: '' });
    const last = await lastRun();
    expect(last!.state).toBe('cancelled');
    expect(ran.err).toContain(`Error WAIT_OVER: Run ${last!.id} did not come to its end within 1 minute: `);
    expect(ran.err).toContain('there was more to do');
    expect(ran.err).toContain('Go on from there: tierlink sync --full');
    expect(ran.err).toContain('See what goes on: tierlink status');
  });

  it('waits for the run that is at work, says so, and does then what it would have skipped', async () => {
    const lease = await hold('pull:demo:Account');
    const said: string[] = [];
    const onNote = (text: string) => {
      said.push(text);
      if (text.includes('Waiting for another run')) void releaseLease(store, lease);
    };
    const ran = await tierlink(['sync', '--wait', '30'], { onNote });
    expect(said.join('')).toMatch(/at work on reading Account of demo \(elsewhere-4711, since /);
    expect(ran).toMatchObject({ exit: 0 });
    expect(ran.out).toMatch(/^ +Account +partner +\d/m);
    expect(ran.out).not.toContain('skipped');
  });

  it('ends with 130 when it is interrupted while it waits', async () => {
    const lease = await hold('pull:demo:Account');
    const stop = new AbortController();
    const onNote = (text: string) => {
      if (text.includes('Waiting for another run')) stop.abort();
    };
    const ran = await tierlink(['sync', '--wait', '30'], { onNote, signal: stop.signal });
    await releaseLease(store, lease);
    expect(ran).toMatchObject({ exit: 130, out: '' });
  });

  it.each([
    ['pull:demo:Account', 'reading Account of demo'],
    ['tiers:', 'the tiers of '],
  ])('with 0 ends where another run is at work on %s, and names it', async (begin, says) => {
    // Every lease that a sync takes stays as a row, free again.
    const [row] = await store.query<{ key: string }>(
      'select key from tierlink.lease where starts_with(key, $1)',
      [begin],
    );
    const { key } = row!;
    const lease = await hold(key);
    const ran = await tierlink(['sync', '--wait', '0', '--json']);
    await releaseLease(store, lease);
    expect(ran).toMatchObject({ exit: 69, err: '' });
    const last = await lastRun();
    expect(JSON.parse(ran.out)).toMatchObject({
      status: 69,
      name: 'WAIT_OVER',
      message: expect.stringContaining(`another run is at work on ${says}`),
      data: { run: last!.id, waitedFor: { key, holder: 'elsewhere-4711' } },
    });
  });

  it('with 0 works as ever where nobody else does', async () => {
    expect(await tierlink(['sync', '--wait', '0'])).toMatchObject({ exit: 0 });
  });

  it('names the run that it waited for', async () => {
    await store.query(
      `insert into tierlink.run (id, kind, connection, object, state, started_at, alive_until)
       values ('r-900000', 'pull', 'demo', 'Account', 'running', now(), now() + interval '1 minute')`,
    );
    const lease = await hold('pull:demo:Account');
    const ran = await tierlink(['sync', '--wait', '0']);
    await releaseLease(store, lease);
    await store.query(`delete from tierlink.run where id = 'r-900000'`);
    expect(ran.err).toContain('; r-900000 pull demo Account)');
  });

  it('is refused for a dry run, which others would wait for', async () => {
    const ran = await tierlink(['sync', '--dry-run', '--wait', '5']);
    expect(ran).toMatchObject({ exit: 2, out: '' });
    expect(ran.err).toContain('--wait does not go with --dry-run');
  });
});

describe('what people know as resuming', () => {
  it.each([[['sync', 'resume', 'r-000001']], [['sync', 'resume']], [['resume', 'r-000001']]])(
    '%j is answered with the command to run',
    async (argv) => {
      const ran = await tierlink(argv);
      expect(ran).toMatchObject({ exit: 2, out: '' });
      expect(ran.err).toContain('goes on from where the last one stopped. Run: tierlink sync');
    },
  );
});
