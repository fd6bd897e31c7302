import { describe, expect, it } from '@jest/globals';
import { computeAll } from '../../src/kpi/compute-all.ts';
import type { Store } from '../../src/store/store.ts';
import { figureText } from '../kpi/measure-house.ts';
import { programOf } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { type ImportHouse, openImportHouse } from './import-house.ts';
import { contentsOf } from './pull-house.ts';

/** What the rows of deals say of their customers. */

let store: Store;
let house: ImportHouse;
let run: ImportHouse['run'];
let refused: ImportHouse['refused'];
storeForEach(async (opened) => {
  store = opened;
  house = await openImportHouse(store);
  ({ run, refused } = house);
});

const header = 'id,partner,role,customer,customer_country,customer_industry,amount,is_won,close_on';
const deal = (id: string, customer: string, country: string, industry = '') =>
  `${id},Acme GmbH,sourced,${customer},${country},${industry},100,true,2026-02-01`;

async function customers(): Promise<string[]> {
  const rows = await store.query<{ text: string }>(
    `select concat_ws(' ', name, coalesce(country, '-'), coalesce(industry, '-')) as text
     from tierlink.customer where merged_into is null order by 1`,
  );
  return rows.map(({ text }) => text);
}

async function errorsOf(lines: readonly string[]): Promise<string[]> {
  const { data } = await refused('deals', lines);
  const errors = data.errors as { line: number; column: string; reason: string }[];
  return errors.map(({ line, column, reason }) => `${line} ${column}: ${reason}`);
}

const program = programOf({
  head: `regions:
  records: { deal: customer.country }
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, Norway] }
    - { key: world, label: Rest of the world, countries: otherwise }`,
  currency: '{ code: EUR }',
  kpis: `  revenue: { label: Revenue, help: Won deals., unit: money, perRegion: true, measure: { sum: deal.amount, where: { attribute: isWon, is: true } } }`,
});

async function revenue(): Promise<Record<string, string>> {
  const [partner] = await store.query<{ id: string }>(
    `select id from tierlink.partner where name = 'Acme GmbH'`,
  );
  const [asOf, now] = ['2026-03-03', Date.parse('2026-03-03T12:00:00Z')];
  const kpis = ['revenue', 'revenue.nordics', 'revenue.world'];
  const values = await computeAll(
    store,
    { program, asOf, now, feeds: [] },
    { kpis, partners: [partner!.id] },
  );
  return Object.fromEntries(values.map((value) => [value.kpi, figureText(value)]));
}

describe('the customers of deals from a file', () => {
  it('have the countries that its rows say, and figures by region with them', async () => {
    const lines = [
      header,
      deal('d1', 'Northwind', 'Sweden', 'Retail'),
      deal('d2', 'Fabrikam', 'Chile'),
      deal('d3', 'Plain', ''),
    ];
    const report = await run('deals', lines);
    expect(report).toMatchObject({ created: 3, customersAdded: 3, customersChanged: 0, ignored: [] });
    expect(await customers()).toEqual(['Fabrikam Chile -', 'Northwind Sweden Retail', 'Plain - -']);
    expect(await revenue()).toEqual({ revenue: '300', 'revenue.nordics': '100', 'revenue.world': '100' });
  });

  it('are the same after the file came again, in which nothing is marked', async () => {
    const lines = [header, deal('d1', 'Northwind', 'Sweden'), deal('d2', 'NORTHWIND', '')];
    await run('deals', lines);
    await store.query('delete from tierlink.dirty_partner; delete from tierlink.match_due');
    const before = await contentsOf(store);
    expect(await run('deals', lines)).toMatchObject({ unchanged: 2, customersAdded: 0, customersChanged: 0 });
    expect(await contentsOf(store)).toEqual(before);
    for (const table of ['dirty_partner', 'match_due', 'record_version'])
      expect(await store.query(`select 1 from tierlink.${table}`)).toEqual([]);
  });

  it('get another country from a later row, which marks whose deals they bought; a blank one says nothing', async () => {
    await run('deals', [header, deal('d1', 'Northwind', 'Chile', 'Retail')]);
    await store.query('delete from tierlink.dirty_partner');
    const corrected = [header, deal('d1', 'Northwind', 'Sweden')];
    const dry = await run('deals', corrected, { dryRun: true });
    expect([dry.customersChanged, await customers()]).toEqual([1, ['Northwind Chile Retail']]);
    expect(await run('deals', corrected)).toMatchObject({ unchanged: 1, updated: 0, customersChanged: 1 });
    expect(await customers()).toEqual(['Northwind Sweden Retail']);
    const marked = `select p.name from tierlink.dirty_partner d join tierlink.partner p on p.id = d.partner_id`;
    expect(await store.query(marked)).toEqual([{ name: 'Acme GmbH' }]);
    expect(await run('deals', [header, deal('d2', 'northwind', '')])).toMatchObject({ customersChanged: 0 });
    expect(await customers()).toEqual(['Northwind Sweden Retail']);
  });

  it('are one customer however rows call it, also by our id', async () => {
    await run('deals', [header, deal('d1', 'Northwind', '')]);
    const [row] = await store.query<{ id: string }>('select id from tierlink.customer');
    await run('deals', [header, deal('d2', row!.id, 'Sweden')]);
    expect(await customers()).toEqual(['Northwind Sweden -']);
    const links = await store.query(`select crm_id from tierlink.link where entity = 'customer'`);
    expect(links).toEqual([{ crm_id: 'northwind' }]);
  });

  it('are not in two countries: the later row is an error, and its deal is left out', async () => {
    const lines = [
      header,
      deal('d1', 'Northwind', 'Sweden'),
      deal('d2', 'Fabrikam', 'Chile'),
      deal('d3', 'northwind', 'Norway', 'Retail'),
    ];
    expect(await errorsOf(lines)).toEqual([
      '4 customer_country: "Norway" here and "Sweden" in line 2: rows say the same of one customer',
    ]);
    expect(await run('deals', lines, { skipInvalid: true })).toMatchObject({ created: 2, invalid: 1 });
    expect(await customers()).toEqual(['Fabrikam Chile -', 'Northwind Sweden -']);
  });

  it('stay after their deals were taken back, and are not changed by that', async () => {
    await run('deals', [header, deal('d1', 'Northwind', 'Sweden')]);
    const report = await run('deals', [header, deal('d1', 'Northwind', 'Norway')], { remove: true });
    expect(report).toMatchObject({ removed: 1, customersChanged: 0 });
    expect(await customers()).toEqual(['Northwind Sweden -']);
  });
});

describe('a customer that a CRM holds', () => {
  it('stays as it is there, and the import names what it did not take', async () => {
    house.house.crm.put('Account', 'C1', { Name: 'Northwind', Type: 'Customer' });
    await house.house.pull('Account');
    const { ignored, customersChanged } = await run('deals', [
      header,
      deal('d1', 'Northwind', 'Sweden'),
      deal('d2', 'Northwind', 'Sweden'),
      deal('d3', 'Northwind', ''),
    ]);
    const reason = 'the customer is in the CRM north, where it is blank; change it there';
    expect(ignored).toEqual([{ line: 2, column: 'customer_country', value: 'Sweden', reason }]);
    expect([customersChanged, await customers()]).toEqual([0, ['Northwind - -']]);
    await store.query(`update tierlink.customer set country = 'SE'`);
    expect((await run('deals', [header, deal('d1', 'Northwind', 'Sweden')])).ignored).toMatchObject([
      { reason: 'the customer is in the CRM north, where it is "SE"; change it there' },
    ]);
    expect((await run('deals', [header, deal('d1', 'Northwind', 'SE')])).ignored).toEqual([]);
  });
});
