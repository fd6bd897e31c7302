import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { openWebhook, type Webhook } from '../alerts/receivers.ts';
import { openTestStore } from '../services/test-store.ts';
import { type Ran, run } from './harness.ts';
import { openWorld, type World } from './world.ts';

let world: World;
let store: Store;
let hook: Webhook;
beforeAll(async () => {
  [world, store, hook] = await Promise.all([openWorld(), openTestStore(), openWebhook()]);
  const channels = 'alerts:\n  channels:\n    ops: { webhook: true, format: slack }\n';
  appendFileSync(join(world.folder, 'tierlink.yaml'), channels);
});
afterAll(async () => {
  await store.close();
  await Promise.all([hook.close(), world.close()]);
});

/** Runs a command line with the address of the channel; whatever it prints, the secret is not in it. */
async function tierlink(line: string, url = hook.url): Promise<Ran> {
  const environment = { TIERLINK_PROJECT: world.folder, TIERLINK_ALERT_OPS_URL: url };
  const ran = await run([...line.split(' '), '--time-zone', 'UTC'], { commands, environment, store });
  expect(`${ran.out}${ran.err}`).not.toMatch(/T0SECRET|B0SECRET/);
  return ran;
}

it('are sent at the end of a sync, listed with what to do, and acknowledged', async () => {
  await store.query(
    `insert into tierlink.run (id, kind, state, reason, started_at, finished_at)
     select 'r-9' || n, 'prune', 'failed', 'The disk is full', now() - n * interval '1 hour', now() from generate_series(1, 3) n`,
  );
  expect((await tierlink('sync --dry-run')).exit).toBe(0);
  expect(hook.received).toEqual([]);
  for (let time = 0; time < 2; time += 1) await tierlink('sync');
  expect(hook.received.map(({ body }) => body.text)).toEqual(['Tierlink: runs keep failing']);
  const listed = await tierlink('alerts list');
  expect(listed.out).toMatch(
    /OPEN: 1\s+Open {2}runs:prune\s+3 runs of kind prune have failed in a row, since r-93/,
  );
  expect(listed.out).toMatch(/Whose job +who operates Tierlink\s+Next +tierlink status/);
  const acknowledged = await tierlink('alerts ack runs:prune --reason ordered');
  expect(acknowledged).toMatchObject({ exit: 0 });
  expect((await tierlink('alerts list')).out).toMatch(/Acknowledged +by .+: ordered/);
  expect(await tierlink('alerts ack runs:gone --reason x')).toMatchObject({ exit: 2, out: '' });
});

it('are tried with what the channel answers', async () => {
  expect((await tierlink('alerts test ops')).out).toMatch(/ops +webhook +sent; it answered: HTTP 200/);
  hook.answers = 500;
  const failed = await tierlink('alerts test');
  expect(failed.exit).toBe(1);
  expect(failed.out).toContain('ALERT_REFUSED');
  expect(failed.err).toContain('tierlink alerts test ops');
  expect((await tierlink('alerts test nobody')).err).toContain('ALERT_CHANNEL_UNKNOWN');
});

it('have channels that doctor checks and config shows, masked', async () => {
  const address = 'http://hooks.example.com/T0SECRET';
  expect((await tierlink('doctor --all')).out).toMatch(/ok +.*alert channel ops is set up/);
  expect((await tierlink('doctor', address)).out).toMatch(/fail +.*TIERLINK_ALERT_OPS_URL cannot be used/);
  expect((await tierlink('config')).out).toMatch(/TIERLINK_ALERT_OPS_URL +\*{8} +environment/);
  expect((await tierlink('config --explain')).out).toContain('Address of the webhook of alert channel ops.');
});
