import { expect, it } from '@jest/globals';
import type { Found } from '../../src/app/doctor/finding.ts';
import { twiceChecks } from '../../src/app/doctor/twice-checks.ts';
import type { Store } from '../../src/store/store.ts';
import { groupRejects } from '../../src/sync/push/rejects.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPairHouse, type PairHouse, partnerLines, type Side } from './pair-house.ts';

/** Two partners that both CRMs hold and that people merge in one of them: one partner with two records in the other. */

let store: Store;
let house: PairHouse;
let one: Record<Side, string>;
let two: Record<Side, string>;
let id: string;
storeForEach(async (opened) => {
  store = opened;
  const own = partnerLines({ country: { field: 'Region', direction: 'in' }, region: null });
  house = await openPairHouse(store, {
    mappings: { north: own, south: own },
    owners: { partner: { country: ['south', 'north'] } },
  });
  await house.pass();
  one = await house.addShared('Alder', { north: { Phone: '1' }, south: { Phone: '1', Region: 'NO' } });
  two = await house.addShared('Alder East', { north: { Phone: '2' }, south: { Phone: '2', Region: 'PE' } });
  await house.turnOn('north', 'south');
  await house.own('north', 'south');
  await house.pass();
  id = await house.recordOf('north', one.north);
  house.clock.time += 1000;
  house.crms.north.merge('Account', one.north, two.north);
  for (let times = 0; times < 2; times += 1) await house.pass();
});

/** Passes until nothing is left to do, and checks that the next one writes nothing. */
async function settle(): Promise<void> {
  for (let times = 0; times < 2; times += 1) await house.pass();
  const before = house.writes().length;
  const { value } = await house.pass();
  expect(house.writes().slice(before)).toEqual([]);
  for (const { error } of value!.connections) expect(error).toBeNull();
}

const southTiers = () => [one, two].map(({ south }) => house.account('south', south).Tier);

async function becomeGold(): Promise<void> {
  const deal = { Name: 'D', Partner: one.north, Amount: '6000.00', Won: true, Close_On: '2026-02-01' };
  house.crms.north.insert('Deal', [deal]);
  await settle();
}

/** What doctor says of the records of the south. */
async function told(): Promise<Found[]> {
  const connection = house.connections.find(({ alias }) => alias === 'south')!;
  const context = { app: { store }, connection } as unknown as Parameters<(typeof twiceChecks)[0]['look']>[0];
  return await twiceChecks[0]!.look(context);
}

it('both get the tier, also when one of them is refused meanwhile', async () => {
  expect(await house.recordOf('south', two.south)).toBe(id);
  const bronze = house.account('north', one.north).Tier;
  expect(southTiers()).toEqual([bronze, bronze]);
  house.crms.south.faults.add({ kind: 'locked', times: 1, object: 'Account' } as never);
  await becomeGold();
  const gold = house.account('north', one.north).Tier;
  expect(gold).not.toBe(bronze);
  house.clock.time += 3_600_000;
  await settle();
  expect(southTiers()).toEqual([gold, gold]);
  expect(await groupRejects(store)).toEqual([]);
});

it('the older one decides what comes in, whichever is edited', async () => {
  const country = async () => (await house.ours(id)).country;
  expect(await country()).toBe('NO');
  const phones = () => [one, two].map(({ south }) => house.account('south', south).Phone);
  house.edit('south', two.south, { Region: 'CL', Phone: '9' });
  await settle();
  expect(await country()).toBe('NO');
  expect(phones()).toEqual(['1', '1']);
  house.edit('south', one.south, { Region: 'SE' });
  house.edit('north', one.north, { Phone: '3' });
  await settle();
  expect(await country()).toBe('SE');
  expect(phones()).toEqual(['3', '3']);
  house.edit('south', two.south, { Started_On: '2024-02-02' });
  await house.pass({ full: true });
  expect(await country()).toBe('SE');
});

it.each(['merged', 'deleted'])('the younger one decides once the older one is %s', async (how) => {
  house.edit('south', two.south, { Region: 'CL' });
  await settle();
  house.clock.time += 1000;
  if (how === 'merged') house.crms.south.merge('Account', two.south, one.south);
  else if (how === 'deleted') house.crms.south.remove('Account', one.south);
  else house.edit('south', one.south, { Kind: 'Other' });
  await settle();
  expect(await house.ours(id)).toMatchObject({ country: 'CL', in_scope: true, deleted_at: null });
  await becomeGold();
  expect(house.account('south', two.south).Tier).toBe(house.account('north', one.north).Tier);
});

it('is told by doctor, and a merge there ends it', async () => {
  const [found] = await told();
  expect(found).toMatchObject({ status: 'warn', fix: expect.stringContaining('merge them in south') });
  expect(found!.message).toMatch(
    new RegExp(`is 2 records of Account here: \\S+${one.south} and \\S+${two.south};`),
  );
  house.clock.time += 1000;
  house.crms.south.merge('Account', one.south, two.south);
  await settle();
  expect(await house.ours(id)).toMatchObject({ country: 'NO', merged_into: null });
  const live = await store.query(
    `select crm_id from tierlink.link where connection = 'south' and entity = 'partner' and state = 'live'`,
  );
  expect(live).toEqual([{ crm_id: one.south }]);
  await becomeGold();
  expect(southTiers()[0]).toBe(house.account('north', one.north).Tier);
  expect(await told()).toMatchObject([{ status: 'ok' }]);
});
