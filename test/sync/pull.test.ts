import { describe, expect, it } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import type { Connector } from '../../src/sync/connector.ts';
import type { PullCounts } from '../../src/sync/pull/pull.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { emptyStore } from '../services/test-store.ts';
import { contentsOf, makeHouse, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;

storeForEach((opened) => {
  store = opened;
  house = makeHouse(store);
});

const partnerId = (crmId: string) => newRecordId('partner', 'north', 'Account', crmId);

function addPartners(count: number): void {
  for (let number = 1; number <= count; number += 1) {
    house.crm.put('Account', `A${number}`, { Name: `Partner ${number}`, Type: 'Partner', Country: 'SE' });
  }
}

describe('the first pull', () => {
  it('reads everything in scope, page by page, and accounts for every record', async () => {
    addPartners(7);
    house.crm.put('Account', 'C1', { Name: 'Customer', Type: 'Customer' });
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ read: 7, created: 7, updated: 0, unchanged: 0 });
    expect(result.counts.customer).toMatchObject({ read: 1, created: 1 });
    expect(result.fullyRead).toEqual(['partner', 'customer']);
    const rows = await house.rows('select id, name, country, in_scope from tierlink.partner order by name');
    expect(rows).toHaveLength(7);
    expect(rows[0]).toEqual({ id: partnerId('A1'), name: 'Partner 1', country: 'SE', in_scope: true });
    expect(
      await house.rows('select entity, records, frozen_reason from tierlink.feed order by entity'),
    ).toEqual([
      { entity: 'customer', records: 1, frozen_reason: null },
      { entity: 'partner', records: 7, frozen_reason: null },
    ]);
  });

  it('keeps values in their own types, and own attributes in extra', async () => {
    house.crm.put('Account', 'A1', { Name: 'P', Type: 'Partner', Employees: 12, Segment: 'smb' });
    house.crm.put('Account', 'C1', { Name: 'C', Type: 'Customer' });
    house.crm.put('Deal', 'D1', {
      Name: 'Big',
      Account: 'C1',
      Amount: '1000.50',
      Won: true,
      CloseOn: '2026-02-28',
      Partner: 'A1',
    });
    await house.pullAll();
    const [deal] = await house.rows(
      'select name, customer, amount, amount_currency, is_won, close_on from tierlink.deal',
    );
    expect(deal).toEqual({
      name: 'Big',
      customer: newRecordId('customer', 'north', 'Account', 'C1'),
      amount: '1000.5',
      amount_currency: 'EUR',
      is_won: true,
      close_on: '2026-02-28',
    });
    const [partner] = await house.rows('select employees, extra from tierlink.partner');
    expect(partner).toEqual({ employees: 12, extra: { segment: 'smb' } });
    const [credit] = await house.rows('select partner, role, share, weight from tierlink.credit');
    expect(credit).toEqual({ partner: partnerId('A1'), role: 'sourced', share: '100', weight: '100' });
  });

  it('goes on after the last page kept when it was cut off, and ends as an uninterrupted one does', async () => {
    addPartners(10);
    house.crm.failAfterPages = 2;
    await expect(house.pull('Account')).rejects.toMatchObject({ code: 'CRM_UNREACHABLE' });
    expect(await house.rows('select 1 from tierlink.partner')).toHaveLength(6);
    const before = house.crm.calls.read;
    await house.pull('Account');
    expect(house.crm.calls.read! - before!).toBeLessThanOrEqual(4);
    const resumed = await contentsOf(store);
    await emptyStore(store);
    await makeHouse(store, house.crm).pull('Account');
    expect(resumed).toEqual(await contentsOf(store));
    expect(resumed.partner).toHaveLength(10);
  });

  it('keeps text that the store cannot hold as near as it can', async () => {
    house.crm.put('Account', 'A1', { Name: 'a\u0000b\ud800c 😀', Type: 'Partner' });
    await house.pull('Account');
    expect(await house.rows('select name from tierlink.partner')).toEqual([{ name: 'ab\ufffdc 😀' }]);
  });
});

describe('changes', () => {
  it('reads only what changed, and nothing moves when nothing did', async () => {
    addPartners(7);
    await house.pull('Account');
    house.crm.put('Account', 'A3', { Country: 'NO' });
    const first = await house.pull('Account');
    expect(first.fullyRead).toEqual([]);
    expect(first.counts.partner).toMatchObject({ read: 1, updated: 1 });
    const before = await contentsOf(store);
    const second = await house.pull('Account');
    expect(second.counts.partner ?? { read: 0 }).toMatchObject({ read: 0 });
    expect(await contentsOf(store)).toEqual(before);
  });

  it('keeps the former contents of a changed record as a version', async () => {
    addPartners(1);
    await house.pull('Account');
    house.crm.put('Account', 'A1', { Country: 'NO' });
    await house.pull('Account');
    const [version] = await house.rows<{ row: { country: string } }>(
      `select row, known_from < known_to as is_past from tierlink.record_version`,
    );
    expect(version).toMatchObject({ row: { country: 'SE' }, is_past: true });
  });

  it('drops a repeated reading of the same contents', async () => {
    addPartners(2);
    await house.pull('Account');
    house.crm.put('Account', 'A1', {});
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ read: 1, unchanged: 1, updated: 0 });
    expect(await house.rows('select 1 from tierlink.record_version')).toEqual([]);
  });

  it('ignores a reading that is older than what was seen', async () => {
    addPartners(1);
    await house.pull('Account');
    await house.rows(`update tierlink.link set seen_at = '2030-01-01T00:00:00Z'`);
    house.crm.put('Account', 'A1', { Country: 'NO' });
    await house.pull('Account');
    expect(await house.rows('select country from tierlink.partner')).toEqual([{ country: 'SE' }]);
  });

  it('extends the ledger of what was covered', async () => {
    addPartners(1);
    await house.pull('Account');
    house.crm.put('Account', 'A1', { Country: 'NO' });
    await house.pull('Account');
    expect(await house.rows('select kind, object from tierlink.coverage')).toEqual([
      { kind: 'changes', object: 'Account' },
    ]);
  });

  it('leaves an attribute alone when its field can no longer be read', async () => {
    addPartners(1);
    await house.pull('Account');
    house.crm.put('Account', 'A1', { Country: undefined, Name: 'Renamed' });
    await house.pull('Account');
    expect(await house.rows('select name, country from tierlink.partner')).toEqual([
      { name: 'Renamed', country: 'SE' },
    ]);
  });

  it('goes on without a field that vanished from the CRM, and names it', async () => {
    addPartners(1);
    await house.pull('Account');
    house.crm.define('Account', { Name: 'text', Type: 'choice', Phone: 'text', Parent: ['Account'] });
    house.crm.put('Account', 'A1', { Name: 'Renamed' });
    const result = await house.pull('Account');
    expect(result.missingFields).toEqual(['Country', 'Employees', 'OurId', 'Segment', 'Tier']);
    expect(await house.rows('select name, country from tierlink.partner')).toEqual([
      { name: 'Renamed', country: 'SE' },
    ]);
  });

  it('tells an object that is not there from one that nobody needs', async () => {
    const { mappings } = await import('./pull-house.ts');
    house.crm.objects.delete('Cert');
    const without = mappings.map((each) => (each.object === 'Cert' ? { ...each, object: 'Nowhere' } : each));
    await expect(house.pull('Nowhere', { mappings: without })).rejects.toMatchObject({
      code: 'CRM_OBJECT_MISSING',
    });
    const optional = without.map((each) => ({ ...each, optional: true }));
    expect(await house.pull('Nowhere', { mappings: optional })).toMatchObject({ isAbsent: true });
  });
});

describe('a record that one pull reads more than once', () => {
  /** The connector, during whose first read people do something once its first page is there. */
  function duringRead(act: () => void): Connector {
    const connector = house.crm.connector();
    let isDone = false;
    return {
      ...connector,
      async *read(request) {
        for await (const page of connector.read(request)) {
          yield page;
          if (!isDone) act();
          isDone = true;
        }
      },
    };
  }
  const balanceOf = ({ read, created, updated, unchanged, held, invalid, outOfScope }: PullCounts) => ({
    read,
    parts: created + updated + unchanged + held + invalid + outOfScope,
  });

  it('counts once, as what became of it, when people work while everything is read', async () => {
    addPartners(7);
    const connector = duringRead(() => {
      house.crm.put('Account', 'A1', { Country: 'NO' });
      house.crm.put('Account', 'A2', {});
      house.crm.put('Account', 'A3', { Type: 'Customer' });
      house.crm.put('Account', 'A7', {});
      house.crm.put('Account', 'A8', { Name: 'Partner 8', Type: 'Partner' });
    });
    const { counts } = await house.pull('Account', { connector });
    expect(counts.partner).toMatchObject({ read: 8, created: 7, updated: 0, unchanged: 0, outOfScope: 1 });
    expect(counts.customer).toMatchObject({ read: 1, created: 1, unchanged: 0, other: 4 });
  });

  it('counts once in a comparison: changed, mended or made unusable meanwhile', async () => {
    addPartners(7);
    house.crm.put('Account', 'A2', { Name: '' });
    await house.pull('Account');
    const act = () => {
      house.crm.put('Account', 'A1', { Country: 'NO' });
      house.crm.put('Account', 'A2', { Name: 'Mended' });
      house.crm.put('Account', 'A3', { Name: '' });
    };
    const { counts } = await house.pull('Account', { connector: duringRead(act), full: true });
    expect(counts.partner).toMatchObject({ read: 7, created: 1, updated: 1, invalid: 1, unchanged: 4 });
    expect(balanceOf(counts.partner!)).toEqual({ read: 7, parts: 7 });
  });

  it('counts once when changes tell it twice, also where a page had to be stored again', async () => {
    addPartners(4);
    await house.pull('Account');
    house.crm.pageSize = 1;
    for (const country of ['NO', 'DK', 'DK']) house.crm.put('Account', 'A1', { Country: country });
    let refused = 0;
    const failing: Store = {
      ...store,
      transaction: async (work) =>
        await store.transaction(async (tx) => {
          const result = await work(tx);
          refused += 1;
          if (refused === 2) throw Object.assign(new Error('deadlock'), { code: '40P01' });
          return result;
        }),
    };
    const { counts } = await house.pull('Account', { store: failing });
    expect(refused).toBeGreaterThan(2);
    expect(counts.partner).toMatchObject({ read: 1, updated: 1, unchanged: 0 });
    expect(await house.rows(`select country from tierlink.partner where name = 'Partner 1'`)).toEqual([
      { country: 'DK' },
    ]);
  });
});

describe('an object that does not report its changes', () => {
  it('is read and compared as a whole each time', async () => {
    house.crm.tracksChanges = false;
    addPartners(5);
    await house.pull('Account');
    house.crm.put('Account', 'A1', { Country: 'NO' });
    house.crm.remove('Account', 'A2');
    const result = await house.pull('Account');
    expect(result.fullyRead).toEqual(['partner', 'customer']);
    expect(result.counts.partner).toMatchObject({ read: 4, updated: 1, unchanged: 3, deleted: 1 });
    expect(house.crm.calls.changes).toBeUndefined();
    const [feed] = await house.rows(`select complete_to is not null as complete from tierlink.feed limit 1`);
    expect(feed).toEqual({ complete: true });
  });
});

describe('a mapping that changed', () => {
  it('is read again as a whole, and only it', async () => {
    const { mappings } = await import('./pull-house.ts');
    addPartners(3);
    await house.pull('Account');
    const changed = mappings.map((each) =>
      each.name === 'partner'
        ? {
            ...each,
            attributes: { ...each.attributes, region: { ...each.attributes.country!, field: 'Country' } },
          }
        : each,
    );
    const result = await house.pull('Account', { mappings: changed });
    expect(result.fullyRead).toEqual(['partner']);
    expect(await house.rows('select distinct region from tierlink.partner')).toEqual([{ region: 'SE' }]);
  });
});

describe('a rehearsal', () => {
  it('counts the same and keeps nothing', async () => {
    addPartners(5);
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    house.crm.put('Contact', 'K2', { Name: 'Bob', Account: 'none' });
    const empty = await contentsOf(store);
    const dry = await store.rehearse(() => house.pullAll());
    expect(await contentsOf(store)).toEqual(empty);
    const real = await house.pullAll();
    expect(dry.map((result) => result.counts)).toEqual(real.map((result) => result.counts));
  });
});

describe('a row that is there already although its link is not', () => {
  it('is taken over, and the page counts once', async () => {
    addPartners(4);
    await store.query(`insert into tierlink.partner (id, name) values ($1, 'Left over')`, [partnerId('A2')]);
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ read: 4, created: 4 });
    expect(await house.rows('select name from tierlink.partner order by name')).toEqual(
      ['Partner 1', 'Partner 2', 'Partner 3', 'Partner 4'].map((name) => ({ name })),
    );
  });
});
