import { describe, expect, it } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Executor, Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { makeHouse, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;

storeForEach((opened) => {
  store = opened;
  house = makeHouse(store);
});

const partnerId = (crmId: string) => newRecordId('partner', 'north', 'Account', crmId);
const link = async (crmId: string, entity = 'partner') =>
  (
    await house.rows(
      'select state, record_id, merged_into from tierlink.link where crm_id = $1 and entity = $2',
      [crmId, entity],
    )
  )[0];
const feed = async (entity: string) =>
  (
    await house.rows<{ frozen_reason: string | null }>(
      'select frozen_reason from tierlink.feed where entity = $1',
      [entity],
    )
  )[0]!.frozen_reason;

function addPartners(count: number): void {
  for (let number = 1; number <= count; number += 1) {
    house.crm.put('Account', `A${String(number).padStart(3, '0')}`, { Name: `P${number}`, Type: 'Partner' });
  }
}

/** Both mappings of an object of which the user does not see every record. */
const allHidden = ['partner', 'customer'].map((entity) => ({ entity, reason: 'not_all_visible' }));

describe('deletions', () => {
  it('leave a tombstone, and an undeleted record comes back to it', async () => {
    addPartners(3);
    await house.pull('Account');
    house.crm.remove('Account', 'A002');
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ deleted: 1 });
    expect(await link('A002')).toMatchObject({ state: 'deleted' });
    const gone = () =>
      house.rows('select deleted_at is not null as gone from tierlink.partner where id = $1', [
        partnerId('A002'),
      ]);
    expect(await gone()).toEqual([{ gone: true }]);
    house.crm.put('Account', 'A002', { Country: 'SE' });
    const back = await house.pull('Account');
    expect(back.counts.partner).toMatchObject({ restored: 1, updated: 1 });
    expect(await gone()).toEqual([{ gone: false }]);
    expect(await link('A002')).toMatchObject({ state: 'live' });
  });

  it('of very many records at once change nothing until a person accepts them', async () => {
    addPartners(60);
    await house.pull('Account');
    house.crm.pageSize = 1000;
    for (let number = 1; number <= 30; number += 1) {
      house.crm.remove('Account', `A${String(number).padStart(3, '0')}`);
    }
    await expect(house.pull('Account')).rejects.toMatchObject({
      code: 'SYNC_MASS_DELETE',
      data: { count: 30, total: 60, object: 'Account' },
    });
    expect(await house.rows('select 1 from tierlink.partner where deleted_at is not null')).toEqual([]);
    expect(await feed('partner')).toBe('mass_delete');
    await house.pull('Account', { acceptDeletes: true });
    expect(await house.rows('select 1 from tierlink.partner where deleted_at is not null')).toHaveLength(30);
    expect(await feed('partner')).toBeNull();
  });

  it('of very many records are refused before the first is followed, on however many pages they are told', async () => {
    addPartners(60);
    await house.pull('Account');
    const remove = (from: number, to: number) => {
      for (let number = from; number <= to; number += 1) {
        house.crm.remove('Account', `A${String(number).padStart(3, '0')}`);
      }
    };
    const deleted = async () =>
      (await house.rows('select 1 from tierlink.partner where deleted_at is not null')).length;
    house.crm.pageSize = 4;
    remove(1, 30);
    house.crm.put('Account', 'A003', { Country: 'SE' });
    house.crm.put('Account', 'A060', { Country: 'NO' });
    const rehearsed = store.rehearse(() => house.pull('Account'));
    await expect(rehearsed).rejects.toMatchObject({ code: 'SYNC_MASS_DELETE' });
    expect(await feed('partner')).toBeNull();
    for (const cutOff of [2, null]) {
      house.crm.failAfterPages = cutOff;
      await expect(house.pull('Account')).rejects.toMatchObject(
        cutOff === null
          ? { code: 'SYNC_MASS_DELETE', data: { count: 29, total: 60 } }
          : { code: 'CRM_UNREACHABLE' },
      );
      expect(await deleted()).toBe(0);
    }
    await house.pull('Account', { acceptDeletes: true });
    expect(await deleted()).toBe(29);
    expect(await link('A003')).toMatchObject({ state: 'live' });
    expect(await house.rows(`select position ? 'deletes' as held from tierlink.cursor`)).toEqual([
      { held: false },
    ]);
  });

  it('of records that had left the scope before are no mass deletion', async () => {
    addPartners(60);
    await house.pull('Account');
    const left = Array.from({ length: 30 }, (_, index) => `A${String(index + 1).padStart(3, '0')}`);
    for (const id of left) house.crm.put('Account', id, { Type: 'Prospect' });
    await house.pull('Account');
    for (const id of left) house.crm.remove('Account', id);
    expect((await house.pull('Account')).counts.partner).toMatchObject({ deleted: 30 });
  });

  it('told on early pages are followed by whoever goes on after a cut', async () => {
    addPartners(12);
    await house.pull('Account');
    house.crm.remove('Account', 'A001');
    for (let number = 2; number <= 12; number += 1) {
      house.crm.put('Account', `A${String(number).padStart(3, '0')}`, { Country: 'FI' });
    }
    house.crm.failAfterPages = 2;
    await expect(house.pull('Account')).rejects.toMatchObject({ code: 'CRM_UNREACHABLE' });
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ deleted: 1 });
    expect(await link('A001')).toMatchObject({ state: 'deleted' });
  });

  it('that the change stream never told are found by comparing everything', async () => {
    addPartners(30);
    await house.pull('Account');
    house.crm.remove('Account', 'A007', { silently: true });
    house.crm.putSilently('Account', 'A008', { Country: 'DK' });
    house.crm.putSilently('Account', 'A009', { Type: 'Customer' });
    await house.pull('Account');
    expect(await link('A007')).toMatchObject({ state: 'live' });
    const dry = await store.rehearse(() => house.pull('Account', { full: true }));
    expect(await link('A007')).toMatchObject({ state: 'live' });
    const result = await house.pull('Account', { full: true });
    expect(dry.counts).toEqual(result.counts);
    expect(result.counts.partner).toMatchObject({ deleted: 1, updated: 1, leftScope: 1 });
    expect(await link('A007')).toMatchObject({ state: 'deleted' });
    expect(await link('A009')).toMatchObject({ state: 'out_of_scope' });
    expect(await link('A009', 'customer')).toMatchObject({ state: 'live' });
    expect(
      await house.rows(`select country from tierlink.partner where id = $1`, [partnerId('A008')]),
    ).toEqual([{ country: 'DK' }]);
    expect(await house.rows('select 1 from tierlink.compare_seen')).toEqual([]);
  });

  it('are not believed of records that the user may just not see', async () => {
    addPartners(30);
    await house.pull('Account');
    house.crm.seesAll = false;
    house.crm.hide('Account', [
      'A001',
      'A002',
      'A003',
      'A004',
      'A005',
      'A006',
      'A007',
      'A008',
      'A009',
      'A010',
      'A011',
    ]);
    const result = await house.pull('Account', { full: true });
    expect(result.counts.partner).toMatchObject({ deleted: 0 });
    expect(await link('A001')).toMatchObject({ state: 'live' });
    expect(result.frozen).toEqual(allHidden);
  });

  it('are read without asking where changes begin, but for the first read of an object', async () => {
    addPartners(3);
    const asked: [string, boolean | undefined][] = [];
    const connector = house.crm.connector();
    const watched = {
      ...connector,
      read: (request: Parameters<typeof connector.read>[0]) => {
        if (request.ids === undefined) asked.push([request.scope.name, request.noCursor]);
        return connector.read(request);
      },
    };
    await house.pull('Account', { connector: watched });
    await house.pull('Account', { connector: watched, full: true });
    house.crm.put('Account', 'A000', { Country: 'NO' });
    house.crm.put('Account', 'A001', { Country: 'FI' });
    house.crm.forgetChanges();
    await house.pull('Account', { connector: watched });
    expect(asked).toEqual([
      ['partner', undefined],
      ['customer', true],
      ['partner', true],
      ['customer', true],
      ['partner', undefined],
      ['customer', true],
    ]);
    house.crm.put('Account', 'A002', { Country: 'IS' });
    expect((await house.pull('Account')).counts.partner).toMatchObject({ updated: 1 });
  });

  it('that happened while changes were not kept are found after the cursor is lost', async () => {
    addPartners(30);
    await house.pull('Account');
    house.crm.remove('Account', 'A005');
    house.crm.put('Account', 'A006', { Country: 'FI' });
    house.crm.forgetChanges();
    const result = await house.pull('Account');
    expect(result.fullyRead).toEqual(['partner', 'customer']);
    expect(result.counts.partner).toMatchObject({ deleted: 1, updated: 1 });
    expect(await feed('partner')).toBeNull();
    house.crm.put('Account', 'A006', { Country: 'IS' });
    expect((await house.pull('Account')).fullyRead).toEqual([]);
  });
});

describe('scope', () => {
  it('that a record leaves keeps it out of the figures, and gives it back unharmed', async () => {
    addPartners(2);
    house.crm.put('Account', 'A001', { Phone: '1' });
    await house.pull('Account');
    const before = await house.rows(
      'select to_jsonb(t) - $1::text as row from tierlink.partner t order by id',
      ['known_from'],
    );
    house.crm.put('Account', 'A001', { Type: 'Prospect' });
    const left = await house.pull('Account');
    expect(left.counts.partner).toMatchObject({ read: 1, outOfScope: 1, leftScope: 1, other: 0 });
    house.crm.put('Account', 'A001', {});
    const later = await house.pull('Account');
    expect(later.counts.partner).toMatchObject({ read: 0, outOfScope: 0, leftScope: 0, other: 1 });
    expect(await link('A001')).toMatchObject({ state: 'out_of_scope' });
    expect(
      await house.rows('select in_scope, phone from tierlink.partner where id = $1', [partnerId('A001')]),
    ).toEqual([{ in_scope: false, phone: '1' }]);
    house.crm.put('Account', 'A001', { Type: 'Partner' });
    const back = await house.pull('Account');
    expect(back.counts.partner).toMatchObject({ restored: 1 });
    expect(await house.rows('select record_id from tierlink.outbox')).toEqual([
      { record_id: partnerId('A001') },
    ]);
    expect(
      await house.rows('select to_jsonb(t) - $1::text as row from tierlink.partner t order by id', [
        'known_from',
      ]),
    ).toEqual(before);
  });

  it('that changed records of the same object never were in has not lost them', async () => {
    addPartners(2);
    house.crm.put('Account', 'C001', { Name: 'Customer', Type: 'Customer' });
    await house.pull('Account');
    house.crm.put('Account', 'A001', { Country: 'SE' });
    house.crm.put('Account', 'A002', { Country: 'SE' });
    const { counts } = await house.pull('Account');
    expect(counts.partner).toMatchObject({ read: 2, updated: 2, outOfScope: 0, other: 0 });
    expect(counts.customer).toMatchObject({ read: 0, unchanged: 0, outOfScope: 0, leftScope: 0, other: 2 });
  });

  it('that shrinks because less is visible freezes the feed with that cause, and thaws when it is back', async () => {
    addPartners(50);
    await house.pull('Account');
    const hidden = Array.from({ length: 20 }, (_unused, index) => `A${String(index + 1).padStart(3, '0')}`);
    house.crm.hide('Account', hidden);
    house.crm.seesAll = false;
    expect((await house.pull('Account')).frozen).toEqual(allHidden);
    expect(await feed('partner')).toBe('not_all_visible');
    expect(
      await house.rows('select 1 from tierlink.partner where deleted_at is not null or not in_scope'),
    ).toEqual([]);
    house.crm.hide('Account', hidden, false);
    house.crm.seesAll = true;
    await house.check();
    expect((await house.pull('Account')).frozen).toEqual([]);
    expect(await feed('partner')).toBeNull();
  });

  it('of which a single record vanishes is frozen in the same pull when the user does not see everything', async () => {
    addPartners(50);
    await house.pull('Account');
    const checks = () => house.crm.calls.check ?? 0;
    house.crm.hide('Account', ['A001']);
    // Deleted after the changes were read, perhaps: everything is seen.
    expect([(await house.pull('Account')).frozen, checks()]).toEqual([[], 1]);
    expect([(await house.pull('Account')).frozen, checks()]).toEqual([[], 1]);
    house.crm.hide('Account', ['A002']);
    house.crm.seesAll = false;
    expect((await house.pull('Account')).frozen).toEqual(allHidden);
    expect(await feed('partner')).toBe('not_all_visible');
    // What was asked once is known.
    await house.pull('Account');
    expect(checks()).toBe(2);
  });

  it('that lost a record is frozen while the CRM cannot tell what the user sees', async () => {
    addPartners(50);
    await house.pull('Account');
    house.crm.seesAll = null;
    house.crm.hide('Account', ['A001']);
    expect((await house.pull('Account')).frozen).toEqual([{ entity: 'partner', reason: 'scope_shrank' }]);
    house.crm.hide('Account', ['A001'], false);
    expect((await house.pull('Account')).frozen).toEqual([]);
    expect(await feed('partner')).toBeNull();
  });

  it('whose hidden records are shown again is read once more before it counts: they may have changed', async () => {
    addPartners(50);
    await house.pull('Account');
    house.crm.hide('Account', ['A001']);
    house.crm.seesAll = false;
    await house.pull('Account');
    house.crm.putSilently('Account', 'A001', { Country: 'IS' });
    house.crm.hide('Account', ['A001'], false);
    house.crm.seesAll = true;
    await house.check();
    expect(await feed('partner')).toBe('shown_again');
    const pulled = await house.pull('Account');
    expect(pulled.fullyRead).toContain('partner');
    expect(await feed('partner')).toBeNull();
    expect(
      await house.rows('select country from tierlink.partner where id = $1', [partnerId('A001')]),
    ).toEqual([{ country: 'IS' }]);
  });

  it('is read from its first page once everything is seen, when a read was cut off before that', async () => {
    addPartners(12);
    await house.pull('Account');
    house.crm.hide('Account', ['A001']);
    house.crm.seesAll = false;
    await house.check();
    house.crm.failAfterPages = 2;
    await expect(house.pull('Account', { full: true })).rejects.toThrow();
    house.crm.hide('Account', ['A001'], false);
    house.crm.seesAll = true;
    await house.check();
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ read: 12, leftScope: 0 });
    expect(await link('A001')).toMatchObject({ state: 'live' });
    expect(await feed('partner')).toBeNull();
  });

  it('that holds far more than was read is reported too', async () => {
    addPartners(50);
    await house.pull('Account');
    for (let number = 0; number < 12; number += 1) {
      house.crm.putSilently('Account', `Z${number}`, { Name: 'Z', Type: 'Partner' });
    }
    expect((await house.pull('Account')).frozen).toEqual([{ entity: 'partner', reason: 'records_missing' }]);
    expect((await house.pull('Account', { full: true })).frozen).toEqual([]);
  });
});

describe('the live records of a scope', () => {
  const records = async () => {
    const [row] = await house.rows<{ records: number }>(
      `select records from tierlink.feed where entity = 'partner'`,
    );
    return row!.records;
  };
  const ids = (from: number, to: number) =>
    Array.from({ length: to - from + 1 }, (_unused, index) => `A${String(from + index).padStart(3, '0')}`);

  /** How often a pull counts links. */
  async function counts(more: Parameters<PullHouse['pull']>[1] = {}): Promise<number> {
    let counted = 0;
    const spied = <Part extends Executor>(part: Part): Part => ({
      ...part,
      query: (sql: string, parameters?: readonly unknown[]) => {
        if (/(count|max)\(/.test(sql) && sql.includes('tierlink.link')) counted += 1;
        return part.query(sql, parameters);
      },
    });
    const transaction: Store['transaction'] = (work) => store.transaction((tx) => work(spied(tx)));
    await house.pull('Account', { ...more, store: { ...spied(store), transaction } });
    return counted;
  }

  it('are counted by a pull that changed which there are, and by no other', async () => {
    addPartners(30);
    expect(await counts()).toBeGreaterThan(0);
    expect(await records()).toBe(30);
    expect(await counts()).toBe(0);
    house.crm.put('Account', 'A001', { Country: 'SE' });
    expect(await counts()).toBe(0);
    house.crm.put('Account', 'B001', { Name: 'New', Type: 'Partner' });
    expect([await counts(), await records()]).toEqual([1, 31]);
    house.crm.remove('Account', 'A001');
    expect([await counts(), await records()]).toEqual([1, 30]);
    house.crm.put('Account', 'A002', { Type: 'Customer' });
    expect(await counts()).toBeGreaterThan(0);
    expect(await records()).toBe(29);
    house.crm.merge('Account', 'A003', 'A004');
    expect(await counts()).toBeGreaterThan(0);
    expect(await records()).toBe(28);
    house.crm.put('Account', 'A002', { Type: 'Partner' });
    expect(await counts()).toBeGreaterThan(0);
    expect(await records()).toBe(29);
    expect(await counts()).toBe(0);
  });

  it('are counted by a rehearsal without keeping what it found', async () => {
    addPartners(3);
    await house.pull('Account');
    house.crm.put('Account', 'B001', { Name: 'New', Type: 'Partner' });
    expect(await store.rehearse(async () => [await counts(), await records()])).toEqual([1, 4]);
    expect(await records()).toBe(3);
    await house.pull('Account');
    expect(await records()).toBe(4);
  });

  it('are found to have vanished although as many new ones came in the same pull', async () => {
    addPartners(50);
    await house.pull('Account');
    house.crm.hide('Account', ids(1, 20));
    house.crm.seesAll = false;
    for (let number = 1; number <= 20; number += 1) {
      house.crm.put('Account', `B${number}`, { Name: `New ${number}`, Type: 'Partner' });
    }
    expect((await house.pull('Account')).frozen).toEqual(allHidden);
    // Nothing more changes, and the reason stays.
    expect((await house.pull('Account')).frozen).toEqual(allHidden);
    expect(await feed('partner')).toBe('not_all_visible');
    house.crm.hide('Account', ids(1, 20), false);
    house.crm.seesAll = true;
    await house.check();
    expect((await house.pull('Account')).frozen).toEqual([]);
  });

  it('are counted by the next pull when one died after it had linked them', async () => {
    addPartners(50);
    await house.pull('Account');
    house.crm.hide('Account', ids(1, 20));
    for (let number = 1; number <= 20; number += 1) {
      house.crm.put('Account', `B${number}`, { Name: `New ${number}`, Type: 'Partner' });
    }
    const dies = { ...house.crm.connector(), count: () => Promise.reject(new Error('the process died')) };
    await expect(house.pull('Account', { connector: dies })).rejects.toThrow('the process died');
    expect((await house.pull('Account')).frozen).toHaveLength(1);
    expect(await records()).toBe(70);
  });
});
