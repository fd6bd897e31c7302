import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readColumn } from '../../../connectors/dynamics/simulator/metadata-column.ts';
import { cursorNow, everything, pagesOf, readAll } from '../../contract/connector-world.ts';
import { type DynamicsWorld, dynamicsWorld } from './world.ts';

describe('reading', () => {
  let world: DynamicsWorld;
  beforeEach(async () => {
    world = await dynamicsWorld();
  });
  afterEach(async () => await world.close());

  const addColumn = (table: string, name: string, notation: string): void => {
    const { org } = world.simulator;
    org.schema.addColumn(org.table(table), readColumn(table, name, notation).column);
  };
  const read = async (object: string, fields: readonly string[]) =>
    await readAll(world.connector, { object, fields, scope: everything });

  it('walks the table for the place where changes begin only where that is asked', async () => {
    const { org, calls } = world.simulator;
    world.context.options.pageSize = 10;
    org.create('account', [
      ...Array.from({ length: 100 }, () => ({ name: 'other' })),
      { name: 'P', customertypecode: 5 },
    ]);
    const request = {
      object: 'account',
      fields: ['name'],
      scope: { name: 'p', where: { customertypecode: [5] } },
    };
    await readAll(world.connector, { ...request, noCursor: true });
    calls.reset();
    const [page] = await pagesOf(world.connector.read({ ...request, noCursor: true }));
    expect(page).toMatchObject({ records: [{ fields: { name: 'P' } }], cursor: null });
    // The rows, and what of them is hidden.
    expect(calls.total).toBe(2);
    calls.reset();
    await pagesOf(world.connector.read(request));
    expect(calls.total).toBe(13);
  });

  it('begins again where the link at which an earlier process stopped is not taken any more', async () => {
    const { org, faults } = world.simulator;
    world.context.options.pageSize = 10;
    org.create(
      'account',
      Array.from({ length: 25 }, (_unused, index) => ({ name: `row ${index}` })),
    );
    const request = { object: 'account', fields: ['name'], scope: everything };
    const [first] = await pagesOf(world.connector.read(request));
    const cookie = { status: 400, code: '0x80041129', message: 'Malformed XML in the Paging Cookie' };
    faults.add({ kind: 'status', path: 'skiptoken', times: 1, ...cookie });
    const pages = await pagesOf(world.connector.read({ ...request, resume: first?.resume }));
    expect(new Set(pages.flatMap(({ records }) => records.map(({ id }) => id))).size).toBe(25);
    expect(pages.at(-1)?.cursor).toEqual(first?.cursor);
    faults.add({ kind: 'status', path: 'skiptoken', times: 1, ...cookie });
    await expect(readAll(world.connector, request)).rejects.toMatchObject({ code: 'CRM_UNKNOWN' });
  });

  it('leaves out a column behind a lookup that was removed a moment ago', async () => {
    const { org } = world.simulator;
    addColumn('account', 'new_Extra', 'String(100) cu');
    const [parent = ''] = org.create('account', [{ name: 'P', new_extra: 'x' }]);
    org.create('contact', [
      { lastname: 'Ann', 'parentcustomerid_account@odata.bind': `/accounts(${parent})` },
    ]);
    const fields = ['lastname', 'parentcustomerid_account.new_extra', 'parentcustomerid.new_extra'];
    const named = async () => (await read('contact', fields)).map((record) => record.fields);
    expect(await named()).toEqual([expect.objectContaining({ 'parentcustomerid.new_extra': 'x' })]);
    org.schema.removeColumn(org.table('account'), 'new_extra');
    expect(await named()).toEqual([{ lastname: 'Ann' }]);
  });

  it('pitfall 7: counts per month of creation, which add up to all', async () => {
    const { org } = world.simulator;
    const months = ['2019-02', '2024-02', '2024-03', '2026-01'];
    org.create(
      'account',
      months.flatMap((month, index) =>
        Array.from({ length: index + 1 }, () => ({
          name: month,
          overriddencreatedon: `${month}-15T10:00:00Z`,
        })),
      ),
    );
    const accounts = { object: 'account', scope: everything };
    const made = (from: string, before: string) => ({
      ...accounts,
      scope: { ...everything, created: { from, before } },
    });
    await world.connector.count([accounts]);
    world.simulator.calls.reset();
    expect(
      await world.connector.count([
        made('2019-02-01', '2019-03-01'),
        made('2024-02-01', '2024-03-01'),
        made('2024-03-01T00:00:00.000Z', '2024-04-01T00:00:00.000Z'),
        accounts,
      ]),
    ).toEqual([1, 2, 3, 10]);
    expect(world.simulator.calls.total).toBe(1);
    const [byMonth] = await world.connector.count([{ ...accounts, by: 'month' }]);
    expect(byMonth).toEqual(months.map((month, index) => ({ month, records: index + 1 })));
    expect(world.simulator.calls.total).toBe(3);
  });

  it('pitfall 7: counts are not cut off at 5,000, nor at what an aggregation runs over', async () => {
    const { org } = world.simulator;
    const table = org.table('account');
    const add = (count: number): void => {
      const at = '2026-01-01T00:00:00Z';
      for (let index = 0; index < count; index += 1)
        org.state.put(table, { accountid: org.state.newId(), name: 'A', createdon: at, modifiedon: at });
    };
    const accounts = { object: 'account', scope: everything };
    add(6_000);
    expect(await world.connector.count([accounts])).toEqual([6_000]);
    add(44_500);
    expect(await world.connector.count([accounts])).toEqual([50_500]);
  });

  it('pitfall 10: tells which columns are computed without moving the stamp', async () => {
    const { columns } = world.simulator.org.table('account');
    columns.get('sic')!.source = 'rollup';
    columns.get('tickersymbol')!.source = 'calculated';
    const [account] = await world.connector.describe(['account']);
    const computed = account?.fields.filter((field) => field.calculated).map((field) => field.name);
    expect(computed?.sort()).toEqual(['sic', 'tickersymbol']);
  });

  it('pitfall 24: choices come by value, and describe tells values beside labels', async () => {
    const { org } = world.simulator;
    org.create('account', [{ name: 'A', customertypecode: 5, creditonhold: true }]);
    const [record] = await read('account', ['customertypecode', 'statecode', 'creditonhold', 'industrycode']);
    expect(record?.fields).toEqual({
      customertypecode: '5',
      statecode: '0',
      creditonhold: true,
      industrycode: null,
    });
    const [account] = await world.connector.describe(['account']);
    const type = account?.fields.find((field) => field.name === 'customertypecode');
    expect(type).toMatchObject({ type: 'choice', restricted: true });
    expect(type?.values).toContainEqual({ value: '5', label: 'Partner', active: true });
    const named = { name: 'partners', where: { customertypecode: ['5'] } };
    expect(await world.connector.count([{ object: 'account', scope: named }])).toEqual([1]);
    const wrong = { name: 'labels', where: { customertypecode: ['Partner'] } };
    expect(await world.connector.count([{ object: 'account', scope: wrong }])).toEqual([
      expect.objectContaining({ code: 'CRM_QUERY' }),
    ]);
  });

  it.each([
    ['2026-11-22T23:00:00Z', '2026-11-23'],
    ['2026-11-23T08:00:00Z', '2026-11-23'],
    ['2026-11-23T00:00:00Z', '2026-11-23'],
    ['2026-11-22T12:00:00Z', '2026-11-23'],
    ['2026-11-22T14:30:00Z', '2026-11-23'],
  ])('pitfall 25: a day kept as the instant %s is the day %s', async (stored, day) => {
    const { org } = world.simulator;
    addColumn('account', 'new_Since', 'UserDate cu');
    const [id = ''] = org.create('account', [{ name: 'A' }]);
    org.set('account', id, { new_since: stored });
    const [record] = await read('account', ['new_since']);
    expect(record?.fields).toEqual({ new_since: day });
  });

  it('pitfall 25: a day that is kept as one stays as it is, and an instant is told in UTC', async () => {
    const { org } = world.simulator;
    addColumn('opportunity', 'new_Seen', 'DateTime cu');
    org.create('opportunity', [
      { name: 'D', estimatedclosedate: '2026-02-28', new_seen: '2026-11-23T10:00:00+02:00' },
    ]);
    const [record] = await read('opportunity', ['estimatedclosedate', 'new_seen']);
    expect(record?.fields).toEqual({
      estimatedclosedate: '2026-02-28',
      new_seen: '2026-11-23T08:00:00.000Z',
    });
  });

  it('pitfall 25: an amount keeps every digit, and its currency can be read beside it', async () => {
    const { org } = world.simulator;
    const euro = org.dump('transactioncurrency').find((row) => row.isocurrencycode === 'EUR');
    const [id = ''] = org.create('opportunity', [
      {
        name: 'D',
        'transactioncurrencyid@odata.bind': `/transactioncurrencies(${euro?.transactioncurrencyid})`,
      },
    ]);
    const answer = '{"value":[{"opportunityid":"x","estimatedvalue":922337203685477.5807,"n":12.3400}]}';
    const { parseExact } = await import('../../../connectors/dynamics/exact-json.ts');
    expect(parseExact<{ value: unknown[] }>(answer).value[0]).toEqual({
      opportunityid: 'x',
      estimatedvalue: '922337203685477.5807',
      n: '12.3400',
    });
    org.set('opportunity', id, { estimatedvalue: 1234.5 });
    const [record] = await read('opportunity', [
      'estimatedvalue',
      'transactioncurrencyid.isocurrencycode',
      'exchangerate',
    ]);
    expect(record?.fields).toEqual({
      estimatedvalue: '1234.5',
      'transactioncurrencyid.isocurrencycode': 'EUR',
      exchangerate: '0.92',
    });
  });

  it('pitfall 27: lookups to several tables are followed by the names that the metadata gives', async () => {
    const { org } = world.simulator;
    const [account = ''] = org.create('account', [{ name: 'Buyer' }]);
    const [contact = ''] = org.create('contact', [{ firstname: 'Ann', lastname: 'Lee' }]);
    org.create('incident', [
      { title: 'one', 'customerid_account@odata.bind': `/accounts(${account})` },
      { title: 'two', 'customerid_contact@odata.bind': `/contacts(${contact})` },
    ]);
    const fields = ['title', 'customerid', 'customerid.name', 'customerid.fullname'];
    const records = await read('incident', fields);
    const byTitle = new Map(records.map((record) => [record.fields.title, record.fields]));
    expect(byTitle.get('one')).toMatchObject({ customerid: account, 'customerid.name': 'Buyer' });
    expect(byTitle.get('two')).toMatchObject({ customerid: contact, 'customerid.fullname': 'Ann Lee' });
    expect(byTitle.get('two')).toMatchObject({ 'customerid.name': null });
  });

  it('the owner is read through the user that it is', async () => {
    const { org } = world.simulator;
    org.create('account', [{ name: 'A' }]);
    const [record] = await read('account', ['ownerid.fullname']);
    expect(record?.fields).toEqual({ 'ownerid.fullname': 'Ada Admin' });
  });

  it('pitfall 29: a column that is put under security while a read runs is absent, not blank', async () => {
    const { org } = world.simulator;
    org.create('account', [{ name: 'A', telephone1: '1' }]);
    const cursor = await cursorNow(world.connector, 'account');
    await read('account', ['name', 'telephone1']);
    org.table('account').columns.get('telephone1')!.secured = true;
    const [record] = await read('account', ['name', 'telephone1']);
    expect(record?.fields).toEqual({ name: 'A' });
    org.create('account', [{ name: 'B', telephone1: '2' }]);
    const request = { object: 'account', fields: ['name', 'telephone1'], scopes: [everything], cursor };
    const changed = (await pagesOf(world.connector.changes([request])[0]!)).flatMap((page) => page.changed);
    expect(changed.map(({ fields }) => fields)).toEqual([{ name: 'B' }]);
  });

  it('pitfall 29: a secured column that a profile lets the user read is read', async () => {
    const { org } = world.simulator;
    org.create('account', [{ name: 'A', telephone1: '1' }]);
    org.table('account').columns.get('telephone1')!.secured = true;
    const grant = { read: true, create: false, update: false };
    org.grants.columns.set(world.userId, new Map([['account.telephone1', grant]]));
    expect((await read('account', ['telephone1']))[0]?.fields).toEqual({ telephone1: '1' });
    const [account] = await world.connector.describe(['account']);
    expect(account?.fields.find((field) => field.name === 'telephone1')).toMatchObject({
      createable: false,
      updateable: false,
    });
  });

  it('pitfall 30: a column that was removed leaves the others as they are', async () => {
    const { org } = world.simulator;
    addColumn('account', 'new_Extra', 'String(20) cu');
    org.create('account', [{ name: 'A', new_extra: 'x' }]);
    const cursor = await cursorNow(world.connector, 'account');
    expect((await read('account', ['name', 'new_extra']))[0]?.fields).toEqual({ name: 'A', new_extra: 'x' });
    org.schema.removeColumn(org.table('account'), 'new_extra');
    expect((await read('account', ['name', 'new_extra']))[0]?.fields).toEqual({ name: 'A' });
    org.create('account', [{ name: 'B' }]);
    const request = { object: 'account', fields: ['name', 'new_extra'], scopes: [everything], cursor };
    const changed = (await pagesOf(world.connector.changes([request])[0]!)).flatMap((page) => page.changed);
    expect(changed.map(({ fields }) => fields)).toEqual([{ name: 'B' }]);
  });

  it('pitfall 30: a column that is removed between two pages of a read does not end it', async () => {
    const { org } = world.simulator;
    addColumn('account', 'new_Extra', 'String(20) cu');
    const rows = Array.from({ length: 5_001 }, (_unused, index) => ({ name: `N${index}`, new_extra: 'x' }));
    org.create('account', rows);
    const seen: Record<string, unknown>[] = [];
    for await (const page of world.connector.read({
      object: 'account',
      fields: ['new_extra'],
      scope: everything,
    })) {
      seen.push(...page.records.map(({ fields }) => fields));
      if (!page.last) org.schema.removeColumn(org.table('account'), 'new_extra');
    }
    expect(seen).toHaveLength(5_001);
    expect(seen[0]).toEqual({ new_extra: 'x' });
    expect(seen.at(-1)).toEqual({});
  });

  it('pitfall 31: a cleared value is told as blank', async () => {
    const { org } = world.simulator;
    const [id = ''] = org.create('account', [{ name: 'A', telephone1: '1' }]);
    const cursor = await cursorNow(world.connector, 'account');
    org.update('account', id, { telephone1: null });
    const request = { object: 'account', fields: ['telephone1'], scopes: [everything], cursor };
    const [page] = await pagesOf(world.connector.changes([request])[0]!);
    expect(page?.changed[0]?.fields).toEqual({ telephone1: null });
  });

  it('many ids and keys are asked for in pieces that fit into addresses', async () => {
    const { org } = world.simulator;
    const ids = org.create(
      'account',
      Array.from({ length: 900 }, (_unused, index) => ({ name: `N${index}`, accountnumber: `A ${index}` })),
    );
    const accounts = { object: 'account', fields: ['name'], scope: everything };
    const byId = await readAll(world.connector, { ...accounts, ids: [...ids, 'no id', ids[0]!] });
    expect(byId).toHaveLength(900);
    const values = ids.map((_id, index) => `A ${index}`);
    const byKey = await readAll(world.connector, { ...accounts, keys: { field: 'accountnumber', values } });
    expect(byKey).toHaveLength(900);
    const lengths = world.simulator.calls.log.map((line) => line.length);
    expect(Math.max(...lengths)).toBeLessThan(32_768);
  });
});
