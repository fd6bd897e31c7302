import { beforeEach, describe, expect, it } from '@jest/globals';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/store.ts';
import type { ImportKind, ImportOptions } from '../../src/sync/import/import.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type Importing, importingInto } from './import-house.ts';
import { contentsOf, makeHouse, type PullHouse } from './pull-house.ts';

let store: Store;
let house: PullHouse;
let importing: Importing;
storeForEach((opened) => {
  store = opened;
  importing = importingInto(store);
});

const run = async (lines: string[], more: Partial<ImportOptions> = {}, kind: ImportKind = 'partners') =>
  await importing.run(kind, lines, more);

/** Errors of a file, as line, column and reason; nothing of it is kept. */
async function errorsOf(lines: string[], more: Partial<ImportOptions> = {}): Promise<string[]> {
  const { data } = await importing.refused('partners', lines, more);
  const errors = data.errors as { line: number; column: string; reason: string }[];
  return errors.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);
}

async function partners(): Promise<unknown[]> {
  return await store.query(
    `select p.name, p.number, p.vat, q.name as parent from tierlink.partner p
     left join tierlink.partner q on q.id = p.parent order by p.name`,
  );
}

describe('importing partners', () => {
  const file = [
    'ID;Name;Number;VAT;Types;Status;Country;Region;Website;Employees;Parent;Started On;Ended On;Owner',
    'c;Child;P-3;;"MSP; reseller";Active;Sweden;EMEA;https://child.example;12;Middle;2024-05-01;2027-04-30;Olga',
    'm;Middle;P-2;SE-2;;;;;;;t;;;',
    't;"Top\n& Co";P-1;;;;;;;;;;;',
  ];
  const types = { partnerTypes: ['reseller', 'msp'] };

  it('takes every attribute, and parents before and after their children', async () => {
    const text = [`\ufeff${file[0]}`, ...file.slice(1)].map((line) => line.replaceAll('\n', '\r\n'));
    expect(await run(text, types)).toMatchObject({ rows: 3, created: 3, invalid: 0 });
    expect(await partners()).toEqual([
      { name: 'Child', number: 'P-3', vat: null, parent: 'Middle' },
      { name: 'Middle', number: 'P-2', vat: 'SE-2', parent: 'Top\n& Co' },
      { name: 'Top\n& Co', number: 'P-1', vat: null, parent: null },
    ]);
    const [child] = await store.query(
      `select types, status, country, region, website, employees, started_on, ended_on, owner
       from tierlink.partner where name = 'Child'`,
    );
    expect(child).toEqual({
      types: ['msp', 'reseller'],
      status: 'active',
      country: 'Sweden',
      region: 'EMEA',
      website: 'https://child.example',
      employees: 12,
      started_on: '2024-05-01',
      ended_on: '2027-04-30',
      owner: 'Olga',
    });
    const dirty = await store.query(
      `select name from tierlink.dirty_partner d join tierlink.partner p on p.id = d.partner_id order by 1`,
    );
    expect(dirty).toEqual([{ name: 'Child' }, { name: 'Middle' }, { name: 'Top\n& Co' }]);
    const audit = await store.query('select action, actor, entity from tierlink.audit');
    expect(audit).toEqual(Array(3).fill({ action: 'import', actor: 'olga', entity: 'partner' }));
  });

  it('changes nothing the second time, and marks nobody', async () => {
    await run(file, types);
    await store.query('delete from tierlink.dirty_partner; delete from tierlink.match_due');
    const before = await contentsOf(store);
    expect(await run(file, types)).toMatchObject({ created: 0, updated: 0, unchanged: 3 });
    expect(await contentsOf(store)).toEqual(before);
    for (const table of ['dirty_partner', 'record_version', 'match_due'])
      expect(await store.query(`select 1 from tierlink.${table}`)).toEqual([]);
  });

  it('keeps nothing in a dry run and says the same', async () => {
    const before = await contentsOf(store);
    const dry = await run(file, { ...types, dryRun: true });
    expect(await contentsOf(store)).toEqual(before);
    expect({ ...dry, isDryRun: false }).toEqual(await run(file, types));
  });

  it('marks the companies above a partner that changed, with the version before', async () => {
    await run(file, types);
    await store.query('delete from tierlink.dirty_partner');
    const renamed = ['id,name,parent', 'c,Kid,'];
    expect(await run(renamed)).toMatchObject({ updated: 1 });
    const dirty = await store.query(
      `select name from tierlink.dirty_partner d join tierlink.partner p on p.id = d.partner_id order by 1`,
    );
    expect(dirty).toEqual([{ name: 'Kid' }, { name: 'Middle' }, { name: 'Top\n& Co' }]);
    expect(await store.query(`select row->>'name' as was from tierlink.record_version`)).toEqual([
      { was: 'Child' },
    ]);
  });

  it('finds a partner by its number, else its VAT number, and lets it get an id later', async () => {
    await run(['name,number,vat', 'Acme,P 1,', 'Bolt,,SE-1']);
    const again = ['name,number,vat', 'Acme AB,p1,', 'Bolt AB,B-2,se1'];
    expect(await run(again)).toMatchObject({ created: 0, updated: 2 });
    expect(await run(['id,name,number', 'x,Acme,P1'])).toMatchObject({ created: 0, updated: 1 });
    expect(await run(['id,name,number', 'x,Acme,P-9'])).toMatchObject({ created: 0, updated: 1 });
    expect(await partners()).toMatchObject([
      { name: 'Acme', number: 'P-9' },
      { name: 'Bolt AB', number: 'B-2', vat: 'se1' },
    ]);
    expect(await errorsOf(['name,number', 'Other,P1'])).toEqual([
      '2 number: was that of "Acme" before; give the row an id of its own',
    ]);
  });

  it('lets two partners change their numbers with each other', async () => {
    await run(['id,name,number', 'a,A,1', 'b,B,2']);
    await run(['id,name,number', 'a,A,2', 'b,B,1']);
    expect(await partners()).toMatchObject([{ number: '2' }, { number: '1' }]);
  });

  it('is what other files name, by the id of the file and the number', async () => {
    await run(file, types);
    const leads = ['partner,company', 'c,One', 'p-2,Two', 'top & co,Three'];
    await run(leads, {}, 'leads');
    const rows = await store.query(
      'select company, p.name from tierlink.lead l join tierlink.partner p on p.id = l.partner order by 1',
    );
    expect(rows).toMatchObject([{ name: 'Child' }, { name: 'Top\n& Co' }, { name: 'Middle' }]);
  });
});

describe('rows of partners with errors', () => {
  it('are told with line, column and reason', async () => {
    await run(['id,name,number,vat', 'a,Acme,1,', 'b,Bolt,,SE1', 'c,Cog,,SE1']);
    const lines = [
      'id,name,number,vat,types,status,parent',
      ',Nameless key,,,,,',
      'x,,7,,,,',
      'y,Typo,8,,resell,,',
      'z,State,9,,,activ,',
      'w,Other,1,,,,',
      ',Vague,,SE1,,,',
      'q,Child,10,,,,Nobody',
      'r,Twin,11,,,,',
      's,Twin,11,,,,',
      'c,Cog,1,,,,',
    ];
    expect(await errorsOf(lines, { partnerTypes: ['reseller'] })).toEqual([
      '2 : needs an id, or one of number, vat',
      '3 name: is blank',
      '4 types: "resell" is none of reseller; did you mean "reseller"?',
      expect.stringContaining('5 status: "activ" is none of prospect, applicant'),
      '6 number: is the number of "Acme", which has another id',
      expect.stringContaining('7 vat: fits 2 partners'),
      '8 parent: no partner is known as "Nobody"',
      '10 number: the same partner as in line 9',
      expect.stringContaining('11 number: is the number of "Acme" (ptr_'),
    ]);
  });

  it('are those of parents in a circle, in the file or beyond it', async () => {
    await run(['id,name,parent', 'a,A,', 'b,B,a']);
    expect(await errorsOf(['id,name,parent', 'a,A,b', 'c,C,c', 'd,D,e', 'e,E,d', 'f,F,d'])).toEqual([
      expect.stringMatching(/^2 parent: a circle of parents: line 2, ptr_/),
      '3 parent: a partner is not its own parent',
      '4 parent: a circle of parents: line 4, line 5',
      '5 parent: a circle of parents: line 4, line 5',
      '6 parent: the row of its parent, line 4, has an error',
    ]);
  });

  it('take those along whose parent they are, where they are left out', async () => {
    const lines = ['id,name,parent', 'a,A,b', 'b,B,c', 'c,C,Nobody', 'd,D,'];
    expect(await run(lines, { skipInvalid: true })).toMatchObject({ created: 1, invalid: 3 });
    expect(await partners()).toMatchObject([{ name: 'D' }]);
  });
});

describe('partners that a CRM holds', () => {
  beforeEach(async () => {
    house = makeHouse(store);
    house.crm.put('Account', 'A1', { Name: 'Acme GmbH', Type: 'Partner' });
    await house.pull('Account');
    await store.query(`update tierlink.partner set number = '42', website = 'acme.example'`);
  });

  it('are changed there: by their id, and where number and name agree', async () => {
    const id = newRecordId('partner', 'north', 'Account', 'A1');
    const lines = ['id,name,number', 'A1,Acme,', `${id},Acme,`, 'x,ACME,42'];
    expect(await errorsOf(lines)).toEqual([
      '2 id: is a partner of the CRM north; change it there',
      '3 id: is a partner of the CRM north; change it there',
      '4 number: "Acme GmbH" is in the CRM north; change it there',
    ]);
  });

  it('may be parents; one with nothing but the number in common is another partner until a person decides', async () => {
    expect(await run(['name,number,parent', 'Zeta,42,A1'])).toMatchObject({ created: 1 });
    expect(await partners()).toMatchObject([{ name: 'Acme GmbH' }, { name: 'Zeta', parent: 'Acme GmbH' }]);
    expect(await store.query('select 1 from tierlink.match_due')).toHaveLength(1);
  });
});
