import { beforeEach, describe, expect, it } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
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

describe('merged records', () => {
  async function twoPartners() {
    house.crm.put('Account', 'A1', { Name: 'Loser', Type: 'Partner' });
    house.crm.put('Account', 'A2', { Name: 'Winner', Type: 'Partner' });
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    house.crm.put('Deal', 'D1', { Name: 'Deal', Partner: 'A1', Amount: '5' });
    await house.pullAll();
    await house.rows('delete from tierlink.dirty_partner');
  }

  it('move their children, keep both histories and answer to both ids', async () => {
    await twoPartners();
    house.crm.merge('Account', 'A1', 'A2');
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ merged: 1, deleted: 0 });
    expect(await link('A1')).toEqual({ state: 'merged', record_id: partnerId('A2'), merged_into: 'A2' });
    expect(
      await house.rows('select merged_into, deleted_at from tierlink.partner where id = $1', [
        partnerId('A1'),
      ]),
    ).toEqual([{ merged_into: partnerId('A2'), deleted_at: null }]);
    expect(await house.rows('select partner from tierlink.person')).toEqual([{ partner: partnerId('A2') }]);
    expect(await house.rows('select partner from tierlink.credit')).toEqual([{ partner: partnerId('A2') }]);
    const dirty = await house.rows<{ partner_id: string }>(
      'select distinct partner_id from tierlink.dirty_partner order by 1',
    );
    expect(dirty.map((row) => row.partner_id)).toEqual([partnerId('A1'), partnerId('A2')].sort());
    expect(await house.rows('select action, before, after from tierlink.audit')).toEqual([
      { action: 'merge', before: { crmId: 'A1' }, after: { crmId: 'A2' } },
    ]);
  });

  it('are found after changes were lost, and by a comparison, as what they are', async () => {
    await twoPartners();
    house.crm.merge('Account', 'A1', 'A2');
    house.crm.forgetChanges();
    const result = await house.pull('Account');
    expect(result.fullyRead).toEqual(['partner', 'customer']);
    expect(result.counts.partner).toMatchObject({ merged: 1, deleted: 0 });
    expect(await link('A1')).toEqual({ state: 'merged', record_id: partnerId('A2'), merged_into: 'A2' });
    expect(await house.rows('select partner from tierlink.person')).toEqual([{ partner: partnerId('A2') }]);
    expect(await house.rows('select partner from tierlink.credit')).toEqual([{ partner: partnerId('A2') }]);
  });

  it('still count children that name the loser, until the CRM has moved them', async () => {
    await twoPartners();
    house.crm.merge('Account', 'A1', 'A2');
    await house.pull('Account');
    house.crm.put('Contact', 'K2', { Name: 'Bob', Account: 'A1' });
    house.crm.put('Contact', 'K1', { Account: 'A2' });
    await house.pull('Contact');
    expect(await house.rows('select distinct partner from tierlink.person')).toEqual([
      { partner: partnerId('A2') },
    ]);
  });

  it('are joined later when the survivor was not part of the program yet', async () => {
    await twoPartners();
    house.crm.put('Account', 'A3', { Name: 'Third', Type: 'Prospect' });
    house.crm.merge('Account', 'A1', 'A3');
    await house.pull('Account');
    expect(
      await house.rows('select in_scope from tierlink.partner where id = $1', [partnerId('A1')]),
    ).toEqual([{ in_scope: false }]);
    house.crm.put('Account', 'A3', { Type: 'Partner' });
    await house.pull('Account');
    expect(
      await house.rows('select merged_into from tierlink.partner where id = $1', [partnerId('A1')]),
    ).toEqual([{ merged_into: partnerId('A3') }]);
    expect(await house.rows('select partner from tierlink.person')).toEqual([{ partner: partnerId('A3') }]);
  });

  it('told twice are followed once', async () => {
    await twoPartners();
    house.crm.merge('Account', 'A1', 'A2');
    await house.pull('Account');
    await house.rows(
      `update tierlink.cursor set position = '{"cursor":{"seq":0}}' where purpose = 'changes'`,
    );
    const again = await house.pull('Account');
    expect(again.counts.partner).toMatchObject({ merged: 0 });
    expect(await house.rows('select 1 from tierlink.audit')).toHaveLength(1);
  });
});

describe('merges one after the other', () => {
  const people = () => house.rows('select name, partner from tierlink.person order by name');

  beforeEach(async () => {
    for (const id of ['A1', 'A2', 'A3']) house.crm.put('Account', id, { Name: id, Type: 'Partner' });
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    await house.pullAll();
    house.crm.pageSize = 20;
  });

  it.each([
    ['in one page', false],
    ['in pages of their own', true],
  ])('%s end at the last winner, for what names the first loser too', async (_how, apart) => {
    house.crm.merge('Account', 'A1', 'A2');
    if (apart) await house.pull('Account');
    house.crm.merge('Account', 'A2', 'A3');
    await house.pull('Account');
    for (const id of ['A1', 'A2']) {
      expect(await link(id)).toEqual({ state: 'merged', record_id: partnerId('A3'), merged_into: 'A3' });
    }
    house.crm.put('Contact', 'K2', { Name: 'Bob', Account: 'A1' });
    await house.pull('Contact');
    expect(await people()).toEqual([
      { name: 'Ann', partner: partnerId('A3') },
      { name: 'Bob', partner: partnerId('A3') },
    ]);
  });

  it('told in the other order end at the last winner', async () => {
    house.crm.merge('Account', 'A2', 'A3');
    house.crm.merge('Account', 'A1', 'A2');
    house.crm.remove('Account', 'A2', { silently: true });
    await house.pull('Account');
    expect(await people()).toEqual([{ name: 'Ann', partner: partnerId('A3') }]);
    expect(await link('A1')).toMatchObject({ record_id: partnerId('A3'), merged_into: 'A3' });
  });

  it('find their survivor through one that was never part of the program', async () => {
    house.crm.put('Account', 'X', { Name: 'X', Type: 'Prospect' });
    house.crm.merge('Account', 'A1', 'X');
    await house.pull('Account');
    house.crm.merge('Account', 'X', 'A3');
    await house.pull('Account');
    expect(await link('A1')).toMatchObject({ record_id: partnerId('A3'), merged_into: 'A3' });
    expect(await people()).toEqual([{ name: 'Ann', partner: partnerId('A3') }]);
  });
});

describe('a merge', () => {
  const partner = async (crmId: string) =>
    (
      await house.rows('select parent, in_scope, merged_into from tierlink.partner where id = $1', [
        partnerId(crmId),
      ])
    )[0];

  it('that is undone in the CRM gives the loser back as a partner of its own', async () => {
    house.crm.put('Account', 'A1', { Name: 'Loser', Type: 'Partner' });
    house.crm.put('Account', 'A2', { Name: 'Winner', Type: 'Partner' });
    await house.pullAll();
    house.crm.merge('Account', 'A1', 'A2');
    await house.pull('Account');
    house.crm.put('Account', 'A1', {});
    const back = await house.pull('Account');
    expect(back.counts.partner).toMatchObject({ restored: 1, updated: 1 });
    expect(await partner('A1')).toEqual({ parent: null, in_scope: true, merged_into: null });
    expect(await link('A1')).toEqual({ state: 'live', record_id: partnerId('A1'), merged_into: null });
  });

  it('of a parent into its own subsidiary leaves nobody their own parent', async () => {
    house.crm.put('Account', 'A1', { Name: 'Parent', Type: 'Partner' });
    house.crm.put('Account', 'A2', { Name: 'Child', Type: 'Partner', Parent: 'A1' });
    house.crm.put('Account', 'A3', { Name: 'Other', Type: 'Partner', Parent: 'A1' });
    await house.pullAll();
    house.crm.pageSize = 1;
    house.crm.merge('Account', 'A1', 'A2');
    await house.pull('Account');
    expect(await partner('A2')).toMatchObject({ parent: null });
    expect(await partner('A3')).toMatchObject({ parent: partnerId('A2') });
  });

  it('of a record that waits or is invalid leaves nothing of it to come to life later', async () => {
    house.crm.put('Account', 'A1', { Name: 'One', Type: 'Partner' });
    house.crm.put('Account', 'A2', { Name: null, Type: 'Partner' });
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    house.crm.put('Contact', 'K2', { Name: 'Ann again', Account: 'LATE' });
    await house.pullAll();
    house.crm.merge('Contact', 'K2', 'K1');
    await house.pull('Contact');
    house.crm.merge('Account', 'A2', 'A1');
    house.crm.put('Account', 'LATE', { Name: 'Late', Type: 'Partner' });
    await house.pullAll();
    expect(await house.rows('select name from tierlink.person')).toEqual([{ name: 'Ann' }]);
    expect(await house.rows('select 1 from tierlink.held union all select 1 from tierlink.reject')).toEqual(
      [],
    );
  });
});
