import { expect, it } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import { type ImportKind, importFile } from '../../src/sync/import/import.ts';
import { joinFilePeople } from '../../src/sync/import/join-file-people.ts';
import { runKpis } from '../../src/sync/pass/steps.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { openPassHouse, type PassHouse } from './pass-house.ts';
import { makeHouse, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;
let engine: PassHouse['engine'];
storeForEach(async (opened) => {
  store = opened;
  house = makeHouse(store);
  ({ engine } = await openPassHouse(store));
  house.crm.put('Account', 'A1', { Name: 'Acme', Type: 'Partner' });
  await house.pull('Account');
  await bringIn('certifications', [
    'email,code,issued_on,partner,holder',
    'ann@acme.example,PRO,2026-01-15,A1,Ann Berg',
  ]);
  await bringIn('people', ['email,partner,name,title', 'ann@acme.example,A1,Ann Berg,Consultant']);
});

async function bringIn(kind: ImportKind, lines: string[]) {
  return await importFile(kind, lines.join('\n'), {
    store,
    clock: { now: () => Date.parse('2026-03-02T12:00:00Z') },
    context: { timeZone: 'UTC', currency: 'EUR' },
    author: 'olga',
    file: 'f.csv',
  });
}

const ann = newRecordId('person', 'north', 'Contact', 'K1');
const people = () =>
  store.query('select id, name, title from tierlink.person where merged_into is null order by id');

it('makes somebody from a file one with the person that a CRM gets later, certificates included', async () => {
  expect(await joinFilePeople(engine, null)).toBe(0);
  house.crm.put('Contact', 'K1', { Name: 'Ann B.', Email: ' Ann@Acme.example', Account: 'A1' });
  await house.pull('Contact');
  expect(await joinFilePeople(engine, null)).toBe(1);
  expect(await people()).toEqual([{ id: ann, name: 'Ann B.', title: 'Consultant' }]);
  expect(await store.query('select person from tierlink.certification')).toEqual([{ person: ann }]);
  const dirty = await store.query(
    `select distinct partner_id from tierlink.dirty_partner where entity = 'certification'`,
  );
  expect(dirty).toEqual([{ partner_id: newRecordId('partner', 'north', 'Account', 'A1') }]);
  expect(await joinFilePeople(engine, null)).toBe(0);
  const again = ['email,code,issued_on,partner,holder', 'ann@acme.example,PRO,2026-01-15,A1,Ann Berg'];
  expect(await bringIn('certifications', again)).toMatchObject({ unchanged: 1, peopleAdded: 0 });
});

it('finds them by the address of the file when the CRM has another one since', async () => {
  house.crm.put('Contact', 'K1', { Name: 'Ann', Email: 'ann@acme.example', Account: 'A1' });
  await house.pull('Contact');
  await joinFilePeople(engine, null);
  house.crm.put('Contact', 'K1', { Name: 'Ann', Email: 'ann.berg@acme.example', Account: 'A1' });
  await house.pull('Contact');
  const again = ['email,code,issued_on,partner,holder', 'ann@acme.example,PRO,2026-01-15,A1,Ann Berg'];
  expect(await bringIn('certifications', again)).toMatchObject({ unchanged: 1, peopleAdded: 0 });
  expect(await store.query('select person from tierlink.certification')).toEqual([{ person: ann }]);
  await expect(bringIn('people', ['email,partner,name', 'ann@acme.example,A1,Other'])).rejects.toMatchObject({
    code: 'IMPORT_ROWS',
  });
});

it('joins nobody whose address several people of a CRM have, and looks nowhere while nobody changed', async () => {
  house.crm.put('Contact', 'K1', { Name: 'Ann', Email: 'ann@acme.example', Account: 'A1' });
  house.crm.put('Contact', 'K2', { Name: 'Office', Email: 'ann@acme.example', Account: 'A1' });
  await house.pull('Contact');
  expect(await joinFilePeople(engine, null)).toBe(0);
  expect(await people()).toHaveLength(3);
  const transaction: Store['transaction'] = () => Promise.reject(new Error('looked'));
  expect(await joinFilePeople({ ...engine, store: { ...store, transaction } }, null)).toBe(0);
});

it('is not missed when figures were computed between the coming of the person and the look', async () => {
  house.crm.put('Contact', 'K1', { Name: 'Ann', Email: 'ann@acme.example', Account: 'A1' });
  await house.pull('Contact');
  await store.query('delete from tierlink.dirty_partner');
  expect(await joinFilePeople(engine, null)).toBe(1);
});

it('looks once more when one of two people with the address is gone', async () => {
  house.crm.put('Contact', 'K1', { Name: 'Ann', Email: 'ann@acme.example', Account: 'A1' });
  house.crm.put('Contact', 'K2', { Name: 'Office', Email: 'ann@acme.example', Account: 'A1' });
  await house.pull('Contact');
  expect(await joinFilePeople(engine, null)).toBe(0);
  house.crm.remove('Contact', 'K2');
  await house.pull('Contact');
  expect(await joinFilePeople(engine, null)).toBe(1);
});

it('is done by every pass before figures are computed', async () => {
  house.crm.put('Contact', 'K1', { Name: 'Ann', Email: 'ann@acme.example', Account: 'A1' });
  await house.pull('Contact');
  await runKpis(engine);
  expect(await people()).toMatchObject([{ id: ann }]);
});
