import { describe, expect, it } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { emptyStore } from '../services/test-store.ts';
import { contentsOf, makeHouse, mappings, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;

storeForEach((opened) => {
  store = opened;
  house = makeHouse(store);
});

const partnerId = (crmId: string) => newRecordId('partner', 'north', 'Account', crmId);
const held = () => house.rows('select object, crm_id, attribute, waits_for, whole_record from tierlink.held');
const rejects = () => house.rows('select crm_id, attribute, code, message, payload from tierlink.reject');

describe('children that come before their parents', () => {
  it('are held as a whole and heal by themselves, link by link', async () => {
    house.crm.put('Cert', 'X1', { Contact: 'K1', Code: 'PRO' });
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    const certs = await house.pull('Cert');
    expect(certs.counts.certification).toMatchObject({ read: 1, held: 1, created: 0 });
    const people = await house.pull('Contact');
    expect(people.counts.person).toMatchObject({ held: 1 });
    expect(await held()).toHaveLength(2);
    house.crm.put('Account', 'A1', { Name: 'Partner', Type: 'Partner' });
    const result = await house.pull('Account');
    expect(result.counts.person).toMatchObject({ healed: 1 });
    expect(result.counts.certification).toMatchObject({ healed: 1 });
    expect(await held()).toEqual([]);
    const [cert] = await house.rows('select person, code from tierlink.certification');
    expect(cert).toEqual({ person: newRecordId('person', 'north', 'Contact', 'K1'), code: 'PRO' });
  });

  it('end as if they had come after them', async () => {
    house.crm.put('Account', 'A1', { Name: 'Partner', Type: 'Partner' });
    house.crm.put('Account', 'C1', { Name: 'Customer', Type: 'Customer' });
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    house.crm.put('Deal', 'D1', { Name: 'Deal', Account: 'C1', Partner: 'A1', Amount: '5' });
    house.crm.put('DealPartner', 'P1', {
      Deal: 'D1',
      Partner: 'A1',
      Role: 'sourced',
      Share: null,
      Primary: true,
    });
    for (const object of ['DealPartner', 'Deal', 'Contact', 'Account']) await house.pull(object);
    const backwards = await contentsOf(store);
    await emptyStore(store);
    const other = makeHouse(store, house.crm);
    for (const object of ['Account', 'Contact', 'Deal', 'DealPartner']) await other.pull(object);
    expect(backwards).toEqual(await contentsOf(store));
  });

  it('keep an optional reference blank until its record arrives', async () => {
    house.crm.put('Deal', 'D1', { Name: 'Deal', Account: 'C1', Partner: 'A1' });
    const result = await house.pull('Deal');
    expect(result.counts.deal).toMatchObject({ created: 1, waiting: 2 });
    expect(await house.rows('select customer from tierlink.deal')).toEqual([{ customer: null }]);
    expect(await house.rows('select partner from tierlink.credit')).toEqual([{ partner: null }]);
    house.crm.put('Account', 'C1', { Name: 'Customer', Type: 'Customer' });
    house.crm.put('Account', 'A1', { Name: 'Partner', Type: 'Partner' });
    await house.pull('Account');
    expect(await house.rows('select customer from tierlink.deal')).toEqual([
      { customer: newRecordId('customer', 'north', 'Account', 'C1') },
    ]);
    expect(await house.rows('select partner, weight from tierlink.credit')).toEqual([
      { partner: partnerId('A1'), weight: '100' },
    ]);
    expect(await held()).toEqual([]);
  });

  it('find a parent of the same page', async () => {
    house.crm.put('Account', 'A1', { Name: 'Child', Type: 'Partner', Parent: 'A2' });
    house.crm.put('Account', 'A2', { Name: 'Parent', Type: 'Partner' });
    await house.pull('Account');
    expect(await house.rows(`select parent from tierlink.partner where name = 'Child'`)).toEqual([
      { parent: partnerId('A2') },
    ]);
    expect(await held()).toEqual([]);
  });

  it('wait with what they say now, not with what they once said', async () => {
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    await house.pull('Contact');
    house.crm.put('Contact', 'K1', { Name: 'Anna', Account: 'A2' });
    await house.pull('Contact');
    expect(await held()).toMatchObject([{ waits_for: 'partner:A2' }]);
    house.crm.put('Account', 'A1', { Name: 'One', Type: 'Partner' });
    await house.pull('Account');
    expect(await house.rows('select 1 from tierlink.person')).toEqual([]);
    house.crm.put('Account', 'A2', { Name: 'Two', Type: 'Partner' });
    await house.pull('Account');
    expect(await house.rows('select name from tierlink.person')).toEqual([{ name: 'Anna' }]);
  });

  it('heal although their parent was stored at the very same moment', async () => {
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    await house.pull('Contact');
    await store.query('create table tierlink.aside as select * from tierlink.held');
    await store.query('delete from tierlink.held');
    house.crm.put('Account', 'A1', { Name: 'One', Type: 'Partner' });
    await house.pull('Account');
    await store.query('insert into tierlink.held select * from tierlink.aside');
    await store.query('drop table tierlink.aside');
    const result = await house.pull('Contact');
    expect(result.counts.person).toMatchObject({ healed: 1 });
    expect(await held()).toEqual([]);
  });

  it('are forgotten when they are deleted before their parent comes', async () => {
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    await house.pull('Contact');
    house.crm.remove('Contact', 'K1');
    await house.pull('Contact');
    expect(await held()).toEqual([]);
  });
});

describe('what is kept aside', () => {
  it('is forgotten by a full comparison when the CRM no longer has it, or has it elsewhere', async () => {
    house.crm.put('Account', 'A1', { Name: 'One', Type: 'Partner' });
    house.crm.put('Account', 'A2', { Name: null, Type: 'Partner' });
    house.crm.put('Account', 'A3', { Name: null, Type: 'Partner' });
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'LATE' });
    house.crm.put('Contact', 'K2', { Name: 'Bob', Account: 'LATE' });
    await house.pullAll();
    house.crm.remove('Account', 'A2', { silently: true });
    house.crm.putSilently('Account', 'A3', { Type: 'Prospect' });
    house.crm.remove('Contact', 'K1', { silently: true });
    await house.pullAll({ full: true });
    expect(await rejects()).toEqual([]);
    expect(await held()).toMatchObject([{ crm_id: 'K2' }]);
  });
});

describe('children that move', () => {
  it('to a parent that is not here are nobody’s until it arrives, and no longer the former one’s', async () => {
    house.crm.put('Account', 'A1', { Name: 'One', Type: 'Partner' });
    house.crm.put('Contact', 'K1', { Name: 'Ann', Account: 'A1' });
    await house.pullAll();
    await store.query('delete from tierlink.dirty_partner');
    house.crm.put('Contact', 'K1', { Account: 'A2' });
    const result = await house.pull('Contact');
    expect(result.counts.person).toMatchObject({ updated: 1, waiting: 1, held: 0 });
    expect(await house.rows('select partner from tierlink.person')).toEqual([{ partner: null }]);
    expect(await house.rows('select partner_id, entity from tierlink.dirty_partner order by 2')).toEqual([
      { partner_id: partnerId('A1'), entity: 'certification' },
      { partner_id: partnerId('A1'), entity: 'person' },
    ]);
    house.crm.put('Account', 'A2', { Name: 'Two', Type: 'Partner' });
    await house.pull('Account');
    expect(await house.rows('select partner from tierlink.person')).toEqual([{ partner: partnerId('A2') }]);
    expect(await held()).toEqual([]);
  });
});

describe('references to what a connection does not bring in', () => {
  it('are found once it does, without a change of the record', async () => {
    house.crm.put('Account', 'C1', { Name: 'Customer', Type: 'Customer' });
    house.crm.put('Deal', 'D1', { Name: 'Deal', Account: 'C1' });
    await house.pullAll({ mappings: mappings.filter(({ entity }) => entity !== 'customer') });
    expect(await house.rows('select customer from tierlink.deal')).toEqual([{ customer: null }]);
    expect(await held()).toEqual([]);
    await house.pullAll();
    expect(await house.rows('select customer from tierlink.deal')).toEqual([
      { customer: newRecordId('customer', 'north', 'Account', 'C1') },
    ]);
  });
});

describe('records that the program cannot use', () => {
  it('are kept aside with field and reason, and heal when they are corrected', async () => {
    house.crm.put('Account', 'A1', { Name: null, Type: 'Partner' });
    house.crm.put('Account', 'A2', { Name: 'Good', Type: 'Partner' });
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ read: 2, created: 1, invalid: 1 });
    expect(await rejects()).toEqual([
      {
        crm_id: 'A1',
        attribute: 'name',
        code: 'RECORD_REQUIRED',
        message: 'Name is empty, and the program cannot use the record without it.',
        payload: { field: 'Name', value: null },
      },
    ]);
    house.crm.put('Account', 'A1', { Name: 'Now' });
    await house.pull('Account');
    expect(await rejects()).toEqual([]);
    expect(await house.rows('select 1 from tierlink.partner')).toHaveLength(2);
  });

  it('keep their other attributes when only one value is unusable', async () => {
    house.crm.put('Deal', 'D1', { Name: 'Deal', CloseOn: '2026-02-30', Amount: 'much' });
    const result = await house.pull('Deal');
    expect(result.counts.deal).toMatchObject({ created: 1, invalid: 0 });
    expect(await house.rows('select name, close_on, amount from tierlink.deal')).toEqual([
      { name: 'Deal', close_on: null, amount: null },
    ]);
    expect(await rejects()).toMatchObject([
      {
        attribute: 'amount',
        code: 'RECORD_INVALID',
        message: 'This cannot be used: "much" is not an amount with a point, such as 1234.5.',
      },
      { attribute: 'closeOn', code: 'RECORD_INVALID', payload: { field: 'CloseOn', value: '2026-02-30' } },
    ]);
    house.crm.put('Deal', 'D1', { CloseOn: '2026-02-28' });
    await house.pull('Deal');
    expect(await rejects()).toMatchObject([{ attribute: 'amount' }]);
  });

  it('leave our record as it was when a required value goes away', async () => {
    house.crm.put('Account', 'A1', { Name: 'Good', Type: 'Partner', Country: 'SE' });
    await house.pull('Account');
    house.crm.put('Account', 'A1', { Name: null, Country: 'NO' });
    const result = await house.pull('Account');
    expect(result.counts.partner).toMatchObject({ read: 1, invalid: 1 });
    expect(await house.rows('select name, country, in_scope from tierlink.partner')).toEqual([
      { name: 'Good', country: 'SE', in_scope: true },
    ]);
  });
});
