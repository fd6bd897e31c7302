import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connectDemoProject, makeDemoProject } from '../../src/demo/demo-project.ts';
import { connectors } from '../../src/registry.ts';
import { acquireLease, releaseLease } from '../../src/store/leases.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import type { RunningSimulator } from '../../src/sync/connector-manifest.ts';
import { type CommandLines, commandLines, type Running, said } from '../services/command-line.ts';
import { untilItWorks } from '../services/server-process.ts';

const limitMs = 240_000;

/** One data folder, the service on it, and the commands of an admin beside it. */
describe('commands beside the service on the embedded store', () => {
  let simulator: RunningSimulator;
  let folder: string;
  let lines: CommandLines;
  let service: Running;
  const tierlink = (...argv: string[]) => lines.start(...argv);

  beforeAll(async () => {
    const manifest = connectors[0]!;
    folder = mkdtempSync(join(tmpdir(), 'tierlink-embedded-'));
    simulator = await manifest.startSimulator({ source: await makeDemoProject(folder, manifest) });
    connectDemoProject(folder, manifest, simulator);
    lines = commandLines({ TIERLINK_PROJECT: folder });
    service = tierlink('start');
    await said(service, 'is running (queue: embedded)', limitMs);
  }, limitMs);

  afterAll(async () => {
    await lines.stop();
    await simulator.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** What the test itself asks is asked as a guest as well. */
  async function asGuest<T>(work: (store: Store) => Promise<T>): Promise<T> {
    const store = await openStore({ dataFolder: join(folder, '.tierlink'), command: 'the test' });
    try {
      return await work(store);
    } finally {
      await store.close();
    }
  }

  async function count(sql: string): Promise<number> {
    const [row] = await asGuest((store) => store.query<{ count: string }>(sql));
    return Number(row?.count ?? 0);
  }

  /** Started by a command, so that the service's own runs are not taken for it. */
  async function runningPasses(): Promise<number> {
    return await count(`select count(*) from tierlink.run where kind = 'pass' and state = 'running'`);
  }

  it(
    'work, and say through which process',
    async () => {
      const status = await tierlink('status').ended;
      expect(status.code).toBe(0);
      expect(status.text).toContain(`through process ${service.child.pid} (tierlink start, since `);
      for (const argv of [['partners'], ['tier', 'list'], ['rejects', 'list'], ['kpi', 'list']]) {
        expect({ argv, ...(await tierlink(...argv).ended) }).toMatchObject({ argv, code: 0 });
      }
      const doctor = await tierlink('doctor', '--all').ended;
      expect(doctor.text).toContain(`embedded store answers through process ${service.child.pid}`);
    },
    limitMs,
  );

  it(
    'are refused only when they are the service a second time, which names the first',
    async () => {
      const second = await tierlink('start').ended;
      expect(second.code).toBe(1);
      expect(second.text).toContain('Error STORE_LOCKED');
      expect(second.text).toContain(`in use by process ${service.child.pid} (tierlink start), running since`);
      expect(second.text).not.toMatch(/^ +at /m);
    },
    limitMs,
  );

  it(
    'change what the service then acts upon by itself',
    async () => {
      await untilItWorks(
        async () => expect(await count('select count(*) from tierlink.tier_state')).toBeGreaterThan(0),
        limitMs,
      );
      const turnOn = ['connect', '--connection', 'demo', '--tiers', 'owned', '--write-back', 'on'];
      expect(await tierlink(...turnOn, '--confirm', 'demo').ended).toMatchObject({ code: 0 });
      await untilItWorks(
        async () =>
          expect(
            await count(
              "select count(*) from tierlink.link where entity = 'partner' and base ? 'tier' and base ->> 'tier' <> ''",
            ),
          ).toBeGreaterThan(0),
        limitMs,
      );
    },
    limitMs,
  );

  it(
    'skip what another run is at, and do the rest',
    async () => {
      await asGuest(async (store) => {
        const object = 'pull:demo:Account';
        let lease: Awaited<ReturnType<typeof acquireLease>> = null;
        await untilItWorks(async () => {
          lease = await acquireLease(store, { key: object, holder: 'the test', ttlMs: limitMs });
          expect(lease).not.toBeNull();
        }, limitMs);
        const sync = await tierlink('sync').ended;
        expect([0, 68]).toContain(sync.code);
        expect(sync.text).toContain('Account: skipped, another run is at work on it.');
        expect(sync.text).toMatch(/^ +Opportunity +deal/m);
        // Whoever is to wait for its turn does all of it instead.
        const waiting = tierlink('sync', '--wait', '10');
        await said(waiting, 'at work on reading Account of demo (the test, since ', limitMs);
        await releaseLease(store, lease!);
        const waited = await waiting.ended;
        expect([0, 68]).toContain(waited.code);
        expect(waited.text).toMatch(/^ +Account +partner/m);
        expect(waited.text).not.toContain('skipped');
      });
    },
    limitMs,
  );

  it(
    'may be killed, which the service survives',
    async () => {
      const sync = tierlink('sync', '--full');
      await untilItWorks(async () => expect(await runningPasses()).toBeGreaterThan(0), limitMs);
      sync.child.kill('SIGKILL');
      await sync.ended;
      expect(await tierlink('status').ended).toMatchObject({ code: 0 });
      // Not yet: it may be alive. A minute without a sign of life is not waited for here.
      expect(await runningPasses()).toBe(1);
      await asGuest((store) =>
        store.query(`update tierlink.run set alive_until = now() where kind = 'pass' and state = 'running'`),
      );
      expect((await tierlink('status').ended).text).toContain('process ended before the run did');
      expect(await runningPasses()).toBe(0);
    },
    limitMs,
  );

  it(
    'end with an error when the service is killed, and the next one goes on without it',
    async () => {
      const sync = tierlink('sync', '--full');
      await untilItWorks(async () => expect(await runningPasses()).toBeGreaterThan(0), limitMs);
      service.child.kill('SIGKILL');
      const { code, text } = await sync.ended;
      expect({ code, text }).toMatchObject({ code: 1 });
      expect(text).toContain(`Error STORE_OWNER_ENDED: Process ${service.child.pid} (tierlink start)`);
      expect(text).not.toMatch(/^ +at /m);
      const next = await tierlink('sync').ended;
      expect([0, 68]).toContain(next.code);
      expect(await runningPasses()).toBe(0);
    },
    limitMs,
  );

  it(
    'leave a run that the next service closes at its start, and none of its own',
    async () => {
      const sync = tierlink('sync', '--full');
      await untilItWorks(async () => expect(await runningPasses()).toBe(1), limitMs);
      sync.child.kill('SIGKILL');
      await sync.ended;
      service = tierlink('start');
      await said(service, 'is running (queue: embedded)', limitMs);
      expect(await runningPasses()).toBe(0);
      const guest = await openStore({ dataFolder: join(folder, '.tierlink') });
      service.child.kill('SIGTERM');
      const { code, text } = await service.ended;
      expect({ code, text }).toMatchObject({ code: 0 });
      await expect(guest.query('select 1')).rejects.toMatchObject({ code: 'STORE_OWNER_ENDED' });
      await guest.close();
    },
    limitMs,
  );
});
