import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import type { PlanItem } from '../../src/plan/item.ts';
import { edit as editRecord } from '../cli/crm-editor.ts';
import { openWorld, type World } from '../cli/world.ts';

/** What is chosen in a plan is what apply does, and what cannot be chosen it refuses. */
let world: World;
let file: string;

beforeAll(async () => {
  world = await openWorld();
  file = join(world.folder, 'changes.plan');
});
afterAll(async () => {
  await world.close();
});

interface Shown {
  plan: { connections: { loads: { object: string; records: number }[] }[] };
  counts: Record<string, number>;
  items: PlanItem[];
}

const planned = async () => await world.json<Shown>('plan', '--out', file);

/** Somebody in the CRM edits an account. */
async function edit(id: string, fields: Record<string, string>): Promise<void> {
  await editRecord(world, { object: 'Account', id, fields });
}

it('of a first load a plan says how much would come in, not each record', async () => {
  const shown = await planned();
  expect(shown.counts.links).toBe(0);
  expect(shown.plan.connections[0]!.loads).toContainEqual(
    expect.objectContaining({ object: 'Account', records: expect.any(Number) }),
  );
  expect((await world.tierlink('plan')).out).toContain('partners (Account)');
  await world.tierlink('sync');
  expect((await planned()).plan.connections[0]!.loads).toEqual([]);
});

it('a tier of the CRM stays with a reason and an end, and never without', async () => {
  await world.tierlink('connect', '--alias', 'demo', '--tiers', 'owned');
  await planned();
  await world.tierlink('apply', file);
  const drift = await drifted();
  const text = readFileSync(file, 'utf8');

  const refused = await world.tierlink('plan', 'choose', file, '--record', drift.crmId, '--theirs');
  expect([refused.exit, readFileSync(file, 'utf8')]).toEqual([2, text]);
  // With another tool, what cannot be chosen can be written down all the same.
  writeFileSync(file, text.replace('"choice":"skip"', '"choice":"theirs"'));
  const invalid = await world.tierlink('apply', file, '--json');
  expect(JSON.parse(invalid.out)).toMatchObject({ status: 2, name: 'PLAN_INVALID' });
  expect(invalid.out).toContain(`Account ${drift.name}`);
  const over = '"choice":"theirs","override":{"reason":"Agreed","until":"2020-12-31"}';
  writeFileSync(file, text.replace('"choice":"skip"', over));
  expect((await world.tierlink('apply', file)).err).toContain('was to stay until 2020-12-31, which is over');
  expect((await planned()).items).toContainEqual(expect.objectContaining({ kind: 'drift', choice: 'skip' }));

  const until = ['--reason', 'Agreed by phone', '--until', '2099-12-31'];
  await world.json('plan', 'choose', file, '--record', drift.crmId, '--field', 'tier', '--theirs', ...until);
  expect(await world.json('apply', file)).toMatchObject({ state: 'succeeded', decided: 1 });
  expect((await world.tierlink('exceptions', 'list')).out).toContain('Agreed by phone');
  expect(
    (await planned()).items.filter((item) => item.kind === 'drift' && item.attribute === 'tier'),
  ).toEqual([]);
});

/** The drift that a plan finds after somebody set another tier on the first partner that has one. */
async function drifted(): Promise<PlanItem & { kind: 'drift' }> {
  const { partners } = await world.json<{ partners: { name: string; tier: string | null }[] }>('partners');
  const { name, tier } = partners.find((each) => each.tier !== null)!;
  const { links } = await world.json<{ links: { object: string; crmId: string }[] }>(
    'partners',
    'show',
    name,
  );
  const other = tier === 'Gold' ? 'Silver' : 'Gold';
  await edit(links.find(({ object }) => object === 'Account')!.crmId, { Partner_Tier__c: other });
  const { items, plan } = await planned();
  // What was just created has not been read yet, and is no load all the same.
  expect(plan.connections[0]!.loads).toEqual([]);
  const drift = items.find((item) => item.kind === 'drift' && item.attribute === 'tier');
  expect(drift).toMatchObject({ ours: tier, choice: 'skip' });
  return drift as PlanItem & { kind: 'drift' };
}
