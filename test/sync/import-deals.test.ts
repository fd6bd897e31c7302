import { describe, expect, it } from '@jest/globals';
import { isTierlinkError } from '../../src/errors.ts';
import { readKpis } from '../../src/kpi/read.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import { loadProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { type ImportKind, type ImportOptions, importFile } from '../../src/sync/import/import.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { contentsOf, makeHouse } from './pull-house.ts';

let store: Store;
let time = Date.parse('2026-03-02T12:00:00Z');
const program = loadProgram('programs/starter.yaml');

storeForEach(async (opened) => {
  store = opened;
  await run(['id,name', 'a,Acme', 'b,Bolt', 'c,Cog'], {}, 'partners');
});

async function run(lines: string[], more: Partial<ImportOptions> = {}, kind: ImportKind = 'deals') {
  return await importFile(kind, lines.join('\n'), {
    store,
    clock: { now: () => (time += 1000) },
    context: { timeZone: 'UTC', currency: 'USD' },
    author: 'olga',
    file: 'f.csv',
    ...more,
  });
}

/** Errors of a file, and a proof that nothing of it was kept. */
async function errorsOf(lines: string[]): Promise<string[]> {
  const before = await contentsOf(store);
  const error = await run(lines).then(
    () => {
      throw new Error('it was imported');
    },
    (thrown: unknown) => thrown,
  );
  if (!isTierlinkError(error)) throw error;
  expect(await contentsOf(store)).toEqual(before);
  const errors = error.data.errors as { line: number; column: string; reason: string }[];
  return errors.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);
}

/** Live credits as "deal partner role share weight". */
async function credits(): Promise<string[]> {
  const rows = await store.query<{ text: string }>(
    `select concat_ws(' ', d.name, p.name, c.role, coalesce(c.share::text, '-'), coalesce(c.weight::text, 'none')) as text
     from tierlink.credit c join tierlink.deal d on d.id = c.deal join tierlink.partner p on p.id = c.partner
     where c.deleted_at is null order by 1`,
  );
  return rows.map(({ text }) => text);
}

async function dirtyNames(): Promise<string[]> {
  const rows = await store.query<{ name: string }>(
    `select distinct p.name from tierlink.dirty_partner d join tierlink.partner p on p.id = d.partner_id order by 1`,
  );
  return rows.map(({ name }) => name);
}

const header = 'id,partner,role,share,is_primary,name,customer,amount,currency,is_closed,is_won,close_on';
const file = [
  header,
  'd1,Acme,sourced,60,true,One,Northwind,1000,EUR,true,true,2026-02-01',
  'd1,b,influenced,40,false,One,northwind,1000.00,eur,true,true,2026-02-01',
  'd2,Acme,Sourced,,,Two,,500,,true,true,2026-02-02',
];

describe('importing deals', () => {
  it('makes one deal of several rows, with a credit for each, and adds the customer once', async () => {
    await store.query('delete from tierlink.dirty_partner');
    const report = await run(file);
    expect(report).toMatchObject({ rows: 3, created: 3, invalid: 0, customersAdded: 1 });
    expect(
      await store.query(
        `select d.name, d.amount, d.amount_currency, d.is_won, d.close_on, c.name as customer from tierlink.deal d
         left join tierlink.customer c on c.id = d.customer order by 1`,
      ),
    ).toEqual([
      {
        name: 'One',
        amount: '1000',
        amount_currency: 'EUR',
        is_won: true,
        close_on: '2026-02-01',
        customer: 'Northwind',
      },
      {
        name: 'Two',
        amount: '500',
        amount_currency: 'USD',
        is_won: true,
        close_on: '2026-02-02',
        customer: null,
      },
    ]);
    expect(await credits()).toEqual([
      'One Acme sourced 60 60',
      'One Bolt influenced 40 40',
      'Two Acme sourced - 100',
    ]);
    expect(await dirtyNames()).toEqual(['Acme', 'Bolt']);
    const audit = await store.query(
      `select entity, count(*)::integer from tierlink.audit where object in ('deals', 'customers') group by 1 order by 1`,
    );
    expect(audit).toEqual([
      { entity: 'credit', count: 3 },
      { entity: 'customer', count: 1 },
      { entity: 'deal', count: 2 },
    ]);
  });

  it('changes nothing the second time, and marks nobody', async () => {
    await run(file);
    await store.query('delete from tierlink.dirty_partner; delete from tierlink.match_due');
    const before = await contentsOf(store);
    expect(await run(file)).toMatchObject({ created: 0, updated: 0, unchanged: 3, customersAdded: 0 });
    expect(await contentsOf(store)).toEqual(before);
    for (const table of ['dirty_partner', 'record_version', 'match_due'])
      expect(await store.query(`select 1 from tierlink.${table}`)).toEqual([]);
  });

  it('keeps nothing in a dry run and says the same', async () => {
    const before = await contentsOf(store);
    const dry = await run(file, { dryRun: true });
    expect(await contentsOf(store)).toEqual(before);
    expect({ ...dry, isDryRun: false }).toEqual(await run(file));
  });

  it('weighs anew when shares or partners change, and marks the one who lost the deal too', async () => {
    await run(file);
    await store.query('delete from tierlink.dirty_partner');
    const moved = ['id,partner,role,share', 'd1,c,sourced,70', 'd1,b,influenced,30'];
    expect(await run(moved)).toMatchObject({ created: 0, updated: 2 });
    expect(await credits()).toEqual([
      'One Bolt influenced 30 30',
      'One Cog sourced 70 70',
      'Two Acme sourced - 100',
    ]);
    expect(await dirtyNames()).toEqual(['Acme', 'Bolt', 'Cog']);
    const [ended] = await store.query(
      `select before->>'share' as share, after from tierlink.audit where entity = 'credit' and after is null`,
    );
    expect(ended).toEqual({ share: '60', after: null });
    await run(file);
    expect(await credits()).toContain('One Acme sourced 60 60');
  });

  it('leaves what the file has no column for', async () => {
    await run(file);
    await run(['id,partner,role,amount', 'd1,Acme,sourced,1200', 'd1,Bolt,influenced,1200']);
    expect(await credits()).toContain('One Acme sourced 60 60');
    expect(await store.query(`select amount, name from tierlink.deal where name = 'One'`)).toEqual([
      { amount: '1200', name: 'One' },
    ]);
  });

  it('gives a deal without shares to its primary partner', async () => {
    await run(['id,partner,role,is_primary,name', 'd,a,sourced,true,D', 'd,b,influenced,,D']);
    expect(await credits()).toEqual(['D Acme sourced - 100', 'D Bolt influenced - 0']);
  });

  it('takes a won deal for closed where the file does not say', async () => {
    await run(['id,partner,role,is_won', 'd,a,sourced,true', 'e,a,sourced,false']);
    expect(await store.query('select is_closed from tierlink.deal order by is_won')).toEqual([
      { is_closed: null },
      { is_closed: true },
    ]);
  });
});

describe('rows of deals with errors', () => {
  it('are told with line, column and reason', async () => {
    const lines = [
      'id,partner,role,share,is_primary,amount,currency,is_closed,is_won,registration',
      'a,a,sourced,,,100,EUR,,,',
      'a,b,influenced,,,120,EUR,,,',
      'b,a,sourced,60,,100,EUR,,,',
      'b,b,influenced,30,,100,EUR,,,',
      'c,a,sourced,,,100,EUR,,,',
      'c,b,influenced,,,100,EUR,,,',
      'd,a,sourced,50,,100,EUR,,,',
      'd,Acme,sourced,50,,100,EUR,,,',
      'e,a,sourced,120,,100,EUR,,,',
      'f,a,,,,100,EUR,,,',
      'g,a,sourced,,,100,EUR,false,true,maybe',
      'h,a,sourced,,,100,EUR,,,',
      'h,a,influenced,,,100,USD,,,',
      'i,a,sourced,100,,many,EUR,,,',
      'i,b,influenced,0,,100,EUR,,,',
      ',a,sourced,,,100,EUR,,,',
    ];
    expect(await errorsOf(lines)).toEqual([
      '2 id: line 3, of the same deal, has an error',
      '3 amount: "120" here and "100" in line 2: rows of one deal say the same of it',
      '4 share: the shares of its partners do not add up to 100',
      '5 id: line 4, of the same deal, has an error',
      expect.stringContaining('6 is_primary: several partners, neither with shares'),
      '7 id: line 6, of the same deal, has an error',
      '8 id: line 9, of the same deal, has an error',
      '9 partner: has the same role as in line 8 already',
      '10 share: "120" is not between 0 and 100',
      '11 role: is blank',
      expect.stringContaining('12 registration: "maybe"'),
      '12 is_closed: is not true, but the deal was won',
      '13 id: line 14, of the same deal, has an error',
      '14 currency: "USD" here and "EUR" in line 13: rows of one deal say the same of it',
      '15 amount: "many" is not an amount with a point, such as 1234.5',
      '16 id: line 15, of the same deal, has an error',
      '17 id: is blank',
    ]);
  });

  it('take the whole deal along where they are left out, also those that cannot be read', async () => {
    const lines = [
      'id,partner,role',
      'a,a,sourced',
      'a,Nobody,influenced',
      'b,a,sourced',
      'b,b',
      'c,c,sourced',
    ];
    expect(await run(lines, { skipInvalid: true })).toMatchObject({ rows: 5, created: 1, invalid: 4 });
    expect(await store.query('select count(*)::integer as deals from tierlink.deal')).toEqual([{ deals: 1 }]);
  });

  it('are those of deals that a CRM holds', async () => {
    const house = makeHouse(store);
    house.crm.put('Deal', 'D1', { Name: 'Theirs' });
    await house.pull('Deal');
    expect(await errorsOf(['id,partner,role', 'D1,a,sourced'])).toEqual([
      '2 id: is a deal of the CRM north; change it there',
    ]);
  });
});

describe('deals from a file in the starter program', () => {
  const now = Date.parse('2026-03-02T12:00:00Z');

  it('count in sourced revenue by their share, before and after a change; a currency without a rate is named', async () => {
    const figure = async (partner: string) => {
      await recomputeKpis(store, { program, now });
      const [row] = await store.query<{ id: string }>('select id from tierlink.partner where name = $1', [
        partner,
      ]);
      const values = await readKpis(store, { program, partners: [row!.id], now });
      const value = values.find(({ kpi }) => kpi === 'sourcedRevenue')!;
      const { numerator, denominator, counted, excludedBy } = value;
      const sum = numerator === null ? null : Number(numerator) / Number(denominator ?? 1);
      return { sum, counted, excludedBy, id: row!.id };
    };
    await run([...file, 'd3,Acme,sourced,,,Three,,70,CHF,true,true,2026-02-02']);
    expect(await figure('Acme')).toMatchObject({ sum: null, excludedBy: { rate_missing: 1 } });
    await run(['id,partner,role,amount,currency', 'd3,Acme,sourced,70,EUR']);
    expect(await figure('Acme')).toMatchObject({ sum: 1223.6, counted: 3 });
    expect(await figure('Cog')).toMatchObject({ counted: 0 });
    await run(['id,partner,role', 'd2,Cog,sourced']);
    expect(await figure('Acme')).toMatchObject({ sum: 723.6, counted: 2 });
    expect(await figure('Cog')).toMatchObject({ sum: 500, counted: 1 });
    const { id } = await figure('Acme');
    const parts = await kpiRecords(store, { program, partnerId: id, kpi: 'sourcedRevenue', now });
    expect(JSON.stringify(parts)).toContain('"name":"One"');
  });
});
