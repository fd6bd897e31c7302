import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { openPairHouse, type PairHouse, partnerLines, type Side, sides } from '../sync/pair-house.ts';

const runs = Number(process.env.TIERLINK_HISTORIES ?? 12);

const lines = { country: { field: 'Region', direction: 'in' }, region: null };
const kept = { country: { field: 'Region', direction: 'in', onBlank: 'keep' }, region: null };
const names = ['Alder', 'Birch', 'Cedar'];

type Step =
  | { kind: 'edit'; side: Side; which: number; field: 'Phone' | 'Region'; value: string | null }
  | { kind: 'remove' | 'restore' | 'leave' | 'return'; side: Side; which: number }
  | { kind: 'owners'; first: Side }
  | { kind: 'pass'; only: Side | null };

const side = fc.constantFrom(...sides);
const which = fc.nat(names.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant('edit' as const),
      side,
      which,
      field: fc.constantFrom('Phone' as const, 'Region' as const),
      value: fc.constantFrom('1', '2', '3', null),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('remove' as const, 'restore' as const, 'leave' as const, 'return' as const),
      side,
      which,
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('owners' as const), first: side }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('pass' as const), only: fc.option(side) }) },
);

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

interface World {
  house: PairHouse;
  ids: Record<Side, string>[];
  first: Side;
}

const settings = (first: Side) => ({
  mappings: { north: partnerLines(lines), south: partnerLines(kept) },
  owners: { partner: { default: [first] } },
});

async function begin(): Promise<World> {
  await emptyStore(store);
  const house = await openPairHouse(store, settings('north'));
  const north = names.map((name) => house.addPartner('north', name, { Phone: '1', Region: '1' }));
  await house.pass();
  const ids: Record<Side, string>[] = [];
  for (const [index, name] of names.entries()) {
    const ours = await house.recordOf('north', north[index]!);
    const south = house.addPartner('south', name, { Phone: '2', Region: '2', Our_Id: ours });
    ids.push({ north: north[index]!, south });
  }
  await house.turnOn(...sides);
  await house.own(...sides);
  await house.pass();
  return { house, ids, first: 'north' };
}

async function play(world: World, step: Step): Promise<void> {
  const { house, ids } = world;
  if (step.kind === 'pass') {
    const connections = house.connections.filter(({ alias }) => step.only === null || alias === step.only);
    await house.pass({ connections, configured: house.connections });
    return;
  }
  if (step.kind === 'owners') {
    world.first = step.first;
    house.configure(settings(step.first));
    return;
  }
  const crm = house.crms[step.side];
  const id = ids[step.which]![step.side];
  const isGone = crm.find('Account', id)?.deletedAt !== null;
  house.clock.time += 1_000;
  if (step.kind === 'restore') {
    if (isGone) crm.restore('Account', id);
  } else if (!isGone) {
    if (step.kind === 'remove') crm.remove('Account', id);
    if (step.kind === 'leave') crm.update('Account', id, { Kind: 'Other' });
    if (step.kind === 'return') crm.update('Account', id, { Kind: 'Partner' });
    if (step.kind === 'edit') crm.update('Account', id, { [step.field]: step.value });
  }
}

/** What one CRM holds of a partner that is in scope there. */
function heldBy(world: World, side: Side, which: number): Record<string, unknown> | null {
  const row = world.house.crms[side].find('Account', world.ids[which]![side]);
  return row === undefined || row.deletedAt !== null || row.fields.Kind !== 'Partner' ? null : row.fields;
}

async function expectAgreement(world: World, which: number): Promise<void> {
  const { house, ids, first } = world;
  const ours = await house.ours(await house.recordOf('north', ids[which]!.north));
  const order = first === 'north' ? sides : [...sides].reverse();
  const held = order.flatMap((side) => {
    const fields = heldBy(world, side, which);
    return fields === null ? [] : [{ side, fields }];
  });
  for (const { fields } of held) {
    expect(fields.Phone ?? null).toBe(ours.phone);
    expect(fields.Tier).toBe('Bronze');
  }
  const [owner, next] = held;
  if (owner === undefined) return;
  const region = owner.fields.Region ?? null;
  // South leaves its blank to north; alone it keeps what there was.
  if (region !== null || owner.side === 'north') expect(ours.country).toBe(region);
  else if (next !== undefined) expect(ours.country).toBe(next.fields.Region ?? null);
}

async function converges(history: readonly Step[]): Promise<void> {
  const world = await begin();
  const { house } = world;
  for (const each of history) await play(world, each);
  house.clock.time += 3_600_000;
  for (let times = 0; times < 3; times += 1) await house.pass();
  const before = house.writes().length;
  await house.pass();
  await house.pass({ full: true });
  expect(house.writes().slice(before)).toEqual([]);
  for (const which of names.keys()) await expectAgreement(world, which);
  expect(await store.query('select * from tierlink.takeover')).toEqual([]);
  expect(await store.query(`select * from tierlink.difference where attribute <> 'phone'`)).toEqual([]);
}

describe('two CRMs that hold the same partners, whatever people do in them', () => {
  it('end in agreement with the owner of each attribute, with nothing left to write', async () => {
    const histories = fc.array(step, { minLength: 4, maxLength: 14 });
    await fc.assert(fc.asyncProperty(histories, converges), { numRuns: runs, endOnFailure: true });
  }, 600_000);
});
