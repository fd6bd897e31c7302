import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { restoreTables, saveTables } from '../property/convergence-ours.ts';
import { storeState } from '../scenario/kill-state.ts';
import { openTestStore } from '../services/test-store.ts';
import { expireLeases, Lifetime, mortalStore } from '../sync/dying.ts';
import { type Ran, run } from './harness.ts';
import { openWorld, type World } from './world.ts';

/**
 * Commands by which a person decides something, dead after each of their steps in turn and given again: the end is that of
 * one whole run, and the audit tells of it once. Commands that write to a CRM die as processes of their own in
 * test/scenario/kill-*.
 */

let world: World;
let store: Store;
let partner: string;
let plan: string;

beforeAll(async () => {
  [world, store] = [await openWorld(), await openTestStore()];
  plan = join(world.folder, 'it.plan');
  const file = join(world.folder, 'programs', 'starter.yaml');
  const asking = readFileSync(file, 'utf8').replace(/approval:\n( {2}.*\n)+/, 'approval: { always: both }\n');
  writeFileSync(file, asking);
  for (const argv of [['sync'], ['connect', '--tiers', 'owned'], ['sync']]) await tierlink(argv);
  const easier = asking.replace('atLeast: 100000', 'atLeast: 1').replace('atLeast: 2 }', 'atLeast: 0 }');
  writeFileSync(file, easier);
  await tierlink(['sync']);
  await tierlink(['plan', '--out', plan]);
  const [first] = await store.query<{ name: string }>(
    'select name from tierlink.partner order by id limit 1',
  );
  partner = first!.name;
  await saveTables(store);
});
afterAll(async () => {
  await store.close();
  await world.close();
});

async function tierlink(argv: readonly string[], as: Store = store): Promise<Ran> {
  return await run(argv, { commands, environment: { TIERLINK_PROJECT: world.folder }, store: as });
}

/** Times, and ids that come from a sequence or at random, are other ones in each run. */
const passing: readonly [RegExp, string][] = [
  [/\d{4}-\d{2}-\d{2}T[\d:.]+(Z|\+00:00)/g, 'instant'],
  [/\b[a-z]-\d{6}\b/g, 'number'],
  [/\b(ovr|wvr|fct|pcl|dec)_[0-9a-z]{20}\b/g, 'id'],
  [/"(hash|id)":("[^"]*"|\d+)/g, '"$1"'],
];

async function state(): Promise<Record<string, string[]>> {
  const tables = Object.entries(await storeState(store));
  const plain = (row: object) =>
    passing.reduce((text, [what, by]) => text.replace(what, by), JSON.stringify(row));
  return Object.fromEntries(tables.map(([name, rows]) => [name, rows.map(plain).sort()]));
}

const until = ['--until', '2099-12-31'];
const why = ['--reason', 'Agreed'];
const closing = ['period', 'close', '2026-Q3', '--accept-incomplete', '--reconstructed'];

const stories: readonly [string, () => { before?: string[]; argv: string[] }][] = [
  ['approvals approve', () => ({ argv: ['approvals', 'approve', 'a-000001', ...why] })],
  ['approvals reject', () => ({ argv: ['approvals', 'reject', 'a-000001', ...why] })],
  ['tier override', () => ({ argv: ['tier', 'override', partner, '--tier', 'Gold', ...until, ...why] })],
  [
    'tier override --end',
    () => ({
      before: ['tier', 'override', partner, '--tier', 'Gold', ...until, ...why],
      argv: ['tier', 'override', partner, '--end', ...why],
    }),
  ],
  [
    'tier waive',
    () => ({ argv: ['tier', 'waive', partner, 'certifiedPeople', '--tier', 'Gold', ...until, ...why] }),
  ],
  ['fact set', () => ({ argv: ['fact', 'set', partner, 'Business plan', ...until, ...why] })],
  [
    'fact end',
    () => ({
      before: ['fact', 'set', partner, 'Business plan', ...until, ...why],
      argv: ['fact', 'end', partner, 'business plan', ...why],
    }),
  ],
  ['period close', () => ({ argv: closing })],
  [
    'period reopen',
    () => ({ before: closing, argv: ['period', 'reopen', '2026-Q3', '--reason', 'A deal was missing'] }),
  ],
  ['rejects ignore', () => ({ argv: ['rejects', 'ignore', '--code', 'RECORD_INVALID', ...why] })],
  ['plan approve', () => ({ argv: ['plan', 'approve', plan, ...why] })],
  ['connect --write-back', () => ({ argv: ['connect', '--write-back', 'on'] })],
];

it.each(stories)('%s', async (_name, story) => {
  const { before, argv } = story();
  const begin = async () => {
    await restoreTables(store);
    if (before !== undefined) expect(await tierlink(before)).toMatchObject({ exit: 0 });
  };
  await begin();
  expect(await tierlink(argv)).toMatchObject({ exit: 0 });
  const whole = await state();
  for (let step = 1; ; step += 1) {
    await begin();
    const life = new Lifetime(step);
    await tierlink(argv, mortalStore(store, life));
    if (!life.isDead) break;
    await expireLeases(store);
    await tierlink(argv);
    expect({ step, state: await state() }).toEqual({ step, state: whole });
  }
});
