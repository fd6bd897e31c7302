import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import jsforce, { type Connection } from 'jsforce';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';

let simulator: Simulator;
let connection: Connection;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({});
  connection = new jsforce.Connection({
    instanceUrl: simulator.url,
    version: '67.0',
    oauth2: new jsforce.OAuth2({ loginUrl: simulator.url, ...simulator.clientCredentials }),
  });
  await connection.authorize({ grant_type: 'client_credentials' });
});

afterAll(async () => {
  await simulator.close();
});

describe('jsforce, unchanged', () => {
  it('signs in and knows who it is', async () => {
    expect(connection.userInfo).toMatchObject({
      id: simulator.users.admin,
      organizationId: simulator.org.id,
    });
    expect(await connection.identity()).toMatchObject({ username: 'admin@sim.example' });
    expect((await connection.limits()).DailyApiRequests).toMatchObject({ Max: 15000 });
    expect(connection.limitInfo.apiUsage).toMatchObject({ limit: 15000 });
  });

  it('describes', async () => {
    const { sobjects } = await connection.describeGlobal();
    expect(sobjects.map((each) => each.name)).toContain('Partner_Certification__c');
    const account = await connection.sobject('Account').describe();
    expect(
      account.fields
        .find((field) => field.name === 'Partner_Type__c')
        ?.picklistValues?.map((each) => each.value),
    ).toContain('reseller');
  });

  it('creates, reads, changes and deletes', async () => {
    const created = await connection.sobject('Account').create({ Name: 'By jsforce' });
    expect(created).toEqual({ id: expect.any(String), success: true, errors: [] });
    const id = String(created.id);
    expect(await connection.sobject('Account').update({ Id: id, Phone: '5' })).toMatchObject({
      success: true,
    });
    expect(await connection.sobject('Account').retrieve(id)).toMatchObject({
      Name: 'By jsforce',
      Phone: '5',
    });
    expect(await connection.sobject('Account').destroy(id)).toMatchObject({ success: true });
    await expect(connection.sobject('Account').retrieve(id)).rejects.toMatchObject({
      errorCode: 'ENTITY_IS_DELETED',
    });
  });

  it('upserts one by its key', async () => {
    const table = connection.sobject('Partner_Certification__c');
    const first = await table.upsert({ External_Id__c: 'js-1', Code__c: 'A' }, 'External_Id__c');
    expect(first).toMatchObject({ success: true, created: true });
    expect(await table.upsert({ External_Id__c: 'js-1', Code__c: 'B' }, 'External_Id__c')).toMatchObject({
      id: first.id,
      created: false,
    });
  });

  it('sends collections: create, update, upsert, retrieve, destroy', async () => {
    const table = connection.sobject('Account');
    const created = await table.create([{ Name: 'One' }, { Name: 'Two' }, {} as { Name: string }]);
    expect(created.map((each) => each.success)).toEqual([true, true, false]);
    const ids = created.flatMap((each) => (each.id === undefined ? [] : [each.id]));
    expect((await table.update(ids.map((Id) => ({ Id, Site: 'S' })))).map((each) => each.success)).toEqual([
      true,
      true,
    ]);
    expect((await table.retrieve(ids)).map((each) => each.Site)).toEqual(['S', 'S']);
    const rows = Array.from({ length: 250 }, (_, n) => ({ External_Id__c: `many-${n}`, Code__c: 'M' }));
    const upserted = await connection
      .sobject('Partner_Certification__c')
      .upsert(rows, 'External_Id__c', { allowRecursive: true });
    expect(upserted.every((each) => each.success)).toBe(true);
    expect((await table.destroy(ids)).map((each) => each.success)).toEqual([true, true]);
  });

  it('asks what was updated and deleted', async () => {
    const created = await connection.sobject('Account').create({ Name: 'Watched' });
    const id = String(created.id);
    const start = new Date(simulator.org.now() - 10 * 60_000);
    const end = new Date(simulator.org.now() + 2 * 60_000);
    expect((await connection.sobject('Account').updated(start, end)).ids).toContain(id);
    await connection.sobject('Account').destroy(id);
    const { deletedRecords } = await connection.sobject('Account').deleted(start, end);
    expect(deletedRecords.map((each) => each.id)).toContain(id);
  });

  it('sees errors with their codes', async () => {
    await expect(connection.sobject('Account').create({})).rejects.toMatchObject({
      errorCode: 'REQUIRED_FIELD_MISSING',
    });
    simulator.org.insert(
      'Lead',
      ['A', 'B'].map((LastName) => ({ LastName, Company: 'C', Email: 'twice@x.example' })),
    );
    await expect(
      connection.sobject('Lead').upsert({ Email: 'twice@x.example', Company: 'D' }, 'Email'),
    ).rejects.toMatchObject({
      errorCode: 'MULTIPLE_CHOICES',
      data: [expect.stringContaining('/sobjects/Lead/'), expect.any(String)],
    });
  });
});
