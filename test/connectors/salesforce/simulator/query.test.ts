import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { BASE, clientOf } from './http-client.ts';

let simulator: Simulator;
let client: ReturnType<typeof clientOf>;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true });
  client = clientOf(simulator);
  const names = Array.from({ length: 4500 }, (_, i) => ({ Name: `Account ${String(i).padStart(4, '0')}` }));
  simulator.org.bulkLoad('Account', names);
});
afterAll(() => simulator.close());

const ALL = 'SELECT Id, Name FROM Account ORDER BY Name';

describe('pages', () => {
  it('of 2000 rows follow one another, each with the total', async () => {
    const first = (await client.query(ALL)).json;
    expect(first).toMatchObject({ totalSize: 4500, done: false });
    expect(first.nextRecordsUrl).toMatch(/^\/services\/data\/v67\.0\/query\/0r8\w{15}-2000$/);
    const second = (await client.call(first.nextRecordsUrl)).json;
    expect(second.nextRecordsUrl).toMatch(/-4000$/);
    const third = (await client.call(second.nextRecordsUrl)).json;
    expect(third).toMatchObject({ totalSize: 4500, done: true });
    expect(third).not.toHaveProperty('nextRecordsUrl');
    const names = [first, second, third].flatMap((page) => page.records.map((r: { Name: string }) => r.Name));
    expect(new Set(names).size).toBe(4500);
    expect(names[4499]).toBe('Account 4499');
  });

  it('take their size from the header, within what the platform serves', async () => {
    const sized = async (size: number) =>
      (await client.query(ALL, { headers: { 'Sforce-Query-Options': `batchSize=${size}` } })).json.records
        .length;
    expect([await sized(500), await sized(1), await sized(9999)]).toEqual([500, 200, 2000]);
  });

  it('show the rows as they were when the query ran', async () => {
    const first = (await client.query(ALL)).json;
    const [last] = simulator.org.insert('Account', [{ Name: 'Account 2000a' }]);
    const second = (await client.call(first.nextRecordsUrl)).json;
    expect(second.totalSize).toBe(4500);
    expect(second.records[1].Name).toBe('Account 2001');
    simulator.org.hardDelete([String(last?.id)]);
  });

  it('are lost to another user, to a wrong place and after two days', async () => {
    const { nextRecordsUrl } = (await client.query(ALL)).json;
    const refused = { status: 400, json: [{ errorCode: 'INVALID_QUERY_LOCATOR' }] };
    expect(await client.call(nextRecordsUrl, { userId: simulator.users.integration })).toMatchObject(refused);
    expect(await client.call(nextRecordsUrl.replace('-2000', '-4500'))).toMatchObject(refused);
    expect(await client.call(`${BASE}/query/nonsense`)).toMatchObject(refused);
    simulator.org.clock.advance(47 * 3_600_000);
    const token = simulator.tokens.issue(simulator.users.admin);
    const headers = { authorization: `Bearer ${token}` };
    expect((await client.call(nextRecordsUrl, { headers })).status).toBe(200);
    simulator.org.clock.advance(3_600_000);
    expect(await client.call(nextRecordsUrl, { headers })).toMatchObject(refused);
  });
});

describe('the resource', () => {
  let headers: Record<string, string>;
  beforeAll(() => {
    headers = { authorization: `Bearer ${simulator.tokens.issue(simulator.users.admin)}` };
  });

  it('takes spaces as plus signs, doubled and trailing slashes', async () => {
    const ask = (path: string) => client.call(path, { headers });
    expect((await ask(`${BASE}/query?q=SELECT+COUNT()+FROM+Account`)).json).toEqual({
      totalSize: 4500,
      done: true,
      records: [],
    });
    expect(
      (await ask(`//services/data/v67.0/query/?q=SELECT%20Id%20FROM%20Account%20LIMIT%201`)).json.totalSize,
    ).toBe(1);
  });

  it('keeps the recycle bin to queryAll, also on later pages', async () => {
    const [gone] = simulator.org.insert('Account', [{ Name: 'Gone' }]);
    simulator.org.delete([String(gone?.id)]);
    const soql = encodeURIComponent("SELECT Id, IsDeleted FROM Account WHERE Name = 'Gone'");
    expect((await client.call(`${BASE}/query?q=${soql}`, { headers })).json.totalSize).toBe(0);
    expect((await client.call(`${BASE}/queryAll?q=${soql}`, { headers })).json.records).toMatchObject([
      { IsDeleted: true },
    ]);
    const all = (await client.call(`${BASE}/queryAll?q=${encodeURIComponent(ALL)}`, { headers })).json;
    expect(all.totalSize).toBe(4501);
    expect(all.nextRecordsUrl).toContain('/query/');
  });

  it('answers refusals as an array with status 400', async () => {
    expect(await client.query('SELECT Foo FROM Account', { headers })).toMatchObject({
      status: 400,
      json: [{ errorCode: 'INVALID_FIELD', message: expect.stringContaining('ERROR at Row:1:Column:8') }],
    });
    expect(await client.query('SELECT Id FROM ScratchOrgInfo limit 1', { headers })).toMatchObject({
      json: [{ errorCode: 'INVALID_TYPE' }],
    });
    for (const path of ['/query', '/query?q=a&q=b', '/tooling/query'])
      expect((await client.call(BASE + path, { headers })).status).toBe(400);
  });

  it('describes columns for the CLI and explains plans', async () => {
    const q = encodeURIComponent('SELECT Id, Owner.Name FROM Account LIMIT 1');
    expect((await client.call(`${BASE}/query?q=${q}&columns=true`, { headers })).json).toMatchObject({
      entityName: 'Account',
      groupBy: false,
      idSelected: true,
      keyPrefix: '001',
      columnMetadata: [
        { columnName: 'Id', joinColumns: [] },
        { columnName: 'Owner', joinColumns: [{ columnName: 'Name' }] },
      ],
    });
    expect((await client.call(`${BASE}/query?explain=${q}`, { headers })).json.plans).toMatchObject([
      { leadingOperationType: 'TableScan', sobjectType: 'Account', cardinality: 1 },
    ]);
  });

  it('serves jsforce, all pages fetched', async () => {
    const result = await client.connect().query(ALL, { autoFetch: true, maxFetch: 10_000 });
    expect(result.records).toHaveLength(4500);
  });

  it('knows the metadata as rows', async () => {
    const soql =
      "SELECT QualifiedApiName, DataType, IsPolymorphicForeignKey, EntityDefinition.InternalSharingModel FROM FieldDefinition WHERE EntityDefinitionId = 'Case' AND QualifiedApiName IN ('OwnerId', 'Subject') ORDER BY QualifiedApiName";
    const expected = [
      {
        QualifiedApiName: 'OwnerId',
        DataType: 'Lookup(Group,User)',
        IsPolymorphicForeignKey: true,
        EntityDefinition: { InternalSharingModel: 'Private' },
      },
      { QualifiedApiName: 'Subject', DataType: 'Text(255)', IsPolymorphicForeignKey: false },
    ];
    expect((await client.query(soql, { headers })).json.records).toMatchObject(expected);
    expect((await client.connect().tooling.query(soql)).records).toMatchObject(expected);
    await expect(client.connect().tooling.query('SELECT Id FROM Account')).rejects.toThrow(/not supported/);
  });

  it('shows a user without rights no column and no row', async () => {
    const userId = simulator.users.integration;
    const token = simulator.tokens.issue(userId);
    const answer = await client.query(ALL, { headers: { authorization: `Bearer ${token}` } });
    expect(answer).toMatchObject({ status: 400, json: [{ errorCode: 'INVALID_TYPE' }] });
  });
});
