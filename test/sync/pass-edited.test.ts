import { describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import type { Store } from '../../src/store/store.ts';
import type { Connector } from '../../src/sync/connector.ts';
import { listDifferences } from '../../src/sync/push/differences.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';

/** People edit what the program is about to write, after it was pulled. */

let store: Store;
let house: PassHouse;
let northwind: string;
/** Happens once, when everything was pulled and nothing was written yet. */
let meanwhile: (() => void) | undefined;
/** Happens once, instead of the next read of named records. */
let instead: (() => void) | undefined;

function edited(connector: Connector): Connector {
  return {
    ...connector,
    count: async (requests) => {
      const counts = await connector.count(requests);
      meanwhile?.();
      meanwhile = undefined;
      return counts;
    },
    read: (request) => {
      const act = request.ids === undefined ? undefined : instead;
      if (act !== undefined) instead = undefined;
      act?.();
      return connector.read(request);
    },
  };
}

storeForEach(async (opened) => {
  store = opened;
  meanwhile = undefined;
  instead = undefined;
  house = await openPassHouse(store, { wrap: edited });
  northwind = house.addPartner('Northwind');
  await house.pass();
  await house.turnOn();
  await house.pass();
  house.addDeal(northwind, '1500.00');
});

const edit = (fields: Record<string, string | null>) => () => house.crm.update('Account', northwind, fields);
/** What a pass did with accounts. */
const pushed = async () =>
  (await house.pass()).value!.connections[0]!.push!.objects.find(({ object }) => object === 'Account')
    ?.counts;
const accountWrites = () => house.crm.calls.log.filter((line) => line === 'write Account').length;

describe('an edit between the pull of a record and its write', () => {
  it('of the tier is not overwritten: it is left, and becomes drift with the next pass', async () => {
    meanwhile = edit({ Tier: 'Gold' });
    const before = accountWrites();
    expect(await pushed()).toMatchObject({ left: 1, updated: 0 });
    expect(accountWrites()).toBe(before);
    expect(house.account(northwind)).toMatchObject({ Tier: 'Gold' });
    await house.pass();
    expect(house.account(northwind)).toMatchObject({ Tier: 'Gold' });
    expect(await listDifferences(store)).toMatchObject([
      { kind: 'drift', attribute: 'tier', ours: 'Silver', theirs: 'Gold' },
    ]);
  });

  it('does not keep the rest of what the program says from the record for long', async () => {
    meanwhile = edit({ Tier: 'Gold' });
    await house.pass();
    await house.pass();
    expect(house.account(northwind)).toMatchObject({
      Tier: 'Gold',
      Tier_Summary: expect.stringContaining('Gold'),
      Tier_Decision: expect.any(String),
    });
    const [decision] = await store.query<{ id: string }>(
      `select id from tierlink.decision where to_tier = 'silver'`,
    );
    expect(house.account(northwind).Tier_Decision).toBe(decision!.id);
  });

  it('does so also for a record that does not carry our id yet', async () => {
    await store.query('update tierlink.link set keyed = false');
    house.crm.update('Account', northwind, { Our_Id: null });
    meanwhile = edit({ Tier: 'Gold' });
    await house.pass();
    await house.pass();
    expect(house.account(northwind)).toMatchObject({
      Tier: 'Gold',
      Our_Id: expect.stringMatching(/^ptr_/),
      Tier_Status: 'keeps',
    });
  });

  it('of another field is neither lost nor in the way', async () => {
    meanwhile = edit({ Phone: '+46 8 123', Name: 'Northwind AB' });
    expect(await pushed()).toMatchObject({ left: 0, updated: 1 });
    expect(house.account(northwind)).toMatchObject({
      Tier: 'Silver',
      Phone: '+46 8 123',
      Name: 'Northwind AB',
    });
    await house.pass();
    expect(await listDifferences(store)).toEqual([]);
  });

  it('that puts our own values there is agreement, and no write', async () => {
    await house.pass();
    const ours = { ...house.account(northwind) };
    house.crm.update('Account', northwind, { Region: 'EMEA' });
    await house.pass();
    await store.query(
      `update tierlink.partner set region = 'APAC', known_from = '2026-03-02T11:00:00Z' where region = 'EMEA'`,
    );
    await store.query(
      `insert into tierlink.outbox (entity, record_id, since) select 'partner', id, now() from tierlink.partner`,
    );
    meanwhile = edit({ Region: 'APAC' });
    const before = accountWrites();
    expect(await pushed()).toMatchObject({ left: 0, updated: 0, unchanged: 1 });
    expect(accountWrites()).toBe(before);
    expect(house.account(northwind)).toMatchObject({ Tier: ours.Tier as string, Region: 'APAC' });
    expect(await store.query('select 1 from tierlink.pending_write')).toEqual([]);
  });

  it('that deletes the record is followed by the next pass', async () => {
    meanwhile = () => house.crm.remove('Account', northwind);
    await house.pass();
    await house.pass();
    expect(await store.query('select state from tierlink.link where crm_id = $1', [northwind])).toEqual([
      { state: 'deleted' },
    ]);
    expect(await store.query('select 1 from tierlink.pending_write')).toEqual([]);
  });
});

describe('a guard that cannot look', () => {
  it('writes nothing; the writes are due again, and go out with the next pass', async () => {
    instead = () => {
      throw new TierlinkError('CRM_UNREACHABLE', { connection: 'north', reason: 'cut off' });
    };
    const run = await house.pass();
    expect(run.value!.connections[0]!.error).toMatchObject({ code: 'CRM_UNREACHABLE' });
    expect(house.account(northwind)).toMatchObject({ Tier: 'Bronze' });
    expect(await store.query('select distinct state from tierlink.pending_write')).toEqual([
      { state: 'due' },
    ]);
    await house.pass();
    expect(house.account(northwind)).toMatchObject({ Tier: 'Silver' });
  });
});
