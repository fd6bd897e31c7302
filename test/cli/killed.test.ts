import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import type { Store } from '../../src/store/store.ts';
import { restoreTables, saveTables } from '../property/convergence-ours.ts';
import { storeState } from '../scenario/kill-state.ts';
import { openTestStore } from '../services/test-store.ts';
import { expireLeases, Lifetime, mortalStore } from '../sync/dying.ts';
import { type Ran, run } from './harness.ts';
import { type Known, type Site, type Story, stories } from './killed-stories.ts';
import { newFolder, openWorld, type World } from './world.ts';
import { watchWrites } from './written.ts';

/**
 * Commands by which a person decides something, dead after each of their steps that changed anything and given again: the end
 * is that of one whole run, and the audit tells of it once. What other tests kill is listed in kill-list.ts.
 */

let world: World;
let store: Store;
let site: Site;
const savedFolder = newFolder();

beforeAll(async () => {
  [world, store] = [await openWorld(), await openTestStore()];
  const plan = join(world.folder, 'it.plan');
  const file = join(world.folder, 'programs', 'starter.yaml');
  const asking = readFileSync(file, 'utf8').replace(/approval:\n( {2}.*\n)+/, 'approval: { always: both }\n');
  writeFileSync(file, asking);
  for (const argv of [['sync'], ['connect', '--tiers', 'owned'], ['sync']]) await succeeds(argv);
  const easier = asking.replace('atLeast: 100000', 'atLeast: 1').replace('atLeast: 2 }', 'atLeast: 0 }');
  writeFileSync(file, easier);
  await succeeds(['sync']);
  await succeeds(['plan', '--out', plan]);
  const partners = await store.query<Known & Record<string, unknown>>(
    `select distinct on (p.id) p.name, p.id as "recordId", l.crm_id as "crmId" from tierlink.partner p
     join tierlink.link l on l.record_id = p.id and l.entity = 'partner' and l.base <> '{}' order by p.id, l.crm_id limit 2`,
  );
  site = { store, folder: world.folder, partners, plan, tierlink: succeeds };
  await saveTables(store);
  cpSync(world.folder, savedFolder, { recursive: true });
});
afterAll(async () => {
  await store.close();
  await world.close();
});

async function tierlink(argv: readonly string[], as: Store = store): Promise<Ran> {
  return await run(argv, { commands, environment: { TIERLINK_PROJECT: world.folder }, store: as });
}

async function succeeds(argv: readonly string[]): Promise<Ran> {
  const ran = await tierlink(argv);
  expect(ran).toMatchObject({ exit: 0 });
  return ran;
}

/** Times, and ids that come from a sequence or at random, are other ones in each run. */
const passing: readonly [RegExp, string][] = [
  [/\d{4}-\d{2}-\d{2}T[\d:.]+(Z|\+00:00)/g, 'instant'],
  [/\b[a-z]-\d{6}\b/g, 'number'],
  [/\b[a-z]{3}_[0-9a-z]{20}\b/g, 'id'],
  [/"(hash|id)":("[^"]*"|\d+)/g, '"$1"'],
];

function plain(text: string): string {
  return passing.reduce((left, [what, by]) => left.replace(what, by), text);
}

async function state(): Promise<Record<string, unknown>> {
  const tables = Object.entries(await storeState(store)).map(([name, rows]) => [
    name,
    rows.map((row) => plain(JSON.stringify(row))).sort(),
  ]);
  const files = readdirSync(world.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name))
    .map((path) => [path, plain(readFileSync(path, 'utf8'))]);
  return Object.fromEntries([...tables, ...files]);
}

async function begin({ before }: Story): Promise<void> {
  await restoreTables(store);
  rmSync(world.folder, { recursive: true });
  cpSync(savedFolder, world.folder, { recursive: true });
  await before?.(site);
}

/** Never dies, and notes after which of its steps something was another than before. */
class Observed extends Lifetime {
  readonly changing: number[] = [];
  readonly #look: () => Promise<string[]>;
  constructor(look: () => Promise<string[]>) {
    super(Number.POSITIVE_INFINITY);
    this.#look = look;
  }

  override async step<T>(work: () => Promise<T>): Promise<T> {
    const result = await super.step(work);
    if ((await this.#look()).length > 0) this.changing.push(this.steps);
    return result;
  }
}

/** Whether it has done it, or says that it is done. */
function answersTo({ exit, err }: Ran, { done }: Story): boolean {
  return exit === 0 || (done !== undefined && err.startsWith(`Error ${done}:`));
}

it.each(stories.map((story) => [story.name, story] as const))('%s', async (_name, story) => {
  await begin(story);
  const argv = story.argv(site);
  const look = watchWrites(store, world.folder);
  await look();
  const whole = new Observed(look);
  expect(await tierlink(argv, mortalStore(store, whole))).toMatchObject({ exit: 0 });
  if ((await look()).length > 0) whole.changing.push(whole.steps);
  const clean = await state();
  expect(whole.changing.length).toBeGreaterThan(0);
  for (const step of [Math.max(1, whole.changing[0]! - 1), ...whole.changing]) {
    await begin(story);
    const life = new Lifetime(step);
    await tierlink(argv, mortalStore(store, life));
    await expireLeases(store);
    const again = await tierlink(argv);
    const end = { died: life.isDead, answers: answersTo(again, story), state: await state() };
    expect({ step, ...end }).toEqual({ step, died: true, answers: true, state: clean });
  }
});
