import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { DynamicsWebApi } from 'dynamics-web-api';
import { type Simulator, startDynamicsSimulator } from '../../../../connectors/dynamics/simulator/server.ts';

/** A client that nobody here has written, unchanged. */
let simulator: Simulator;
let client: DynamicsWebApi;

beforeAll(async () => {
  simulator = await startDynamicsSimulator();
  const { org } = simulator;
  org.schema.addKey(org.table('account'), {
    schemaName: 'NumberKey',
    columns: ['accountnumber'],
    status: 'Active',
  });
});
afterAll(async () => await simulator.close());
beforeEach(() => {
  client = newClient();
});

function newClient(): DynamicsWebApi {
  const token = simulator.tokens.issue(simulator.org.admin.userId);
  return new DynamicsWebApi({
    serverUrl: simulator.url,
    dataApi: { version: '9.2' },
    onTokenRefresh: async () => token,
  });
}

describe('dynamics-web-api', () => {
  it('creates, reads, updates and deletes', async () => {
    const data: object = { name: 'Łódź & Söhne', revenue: 10 };
    const id = String(await client.create({ collection: 'accounts', data }));
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    const row = await client.retrieve({
      collection: 'accounts',
      key: id,
      select: ['name', 'revenue', 'createdon'],
      includeAnnotations: '*',
    });
    expect(row).toMatchObject({ name: 'Łódź & Söhne', revenue: 10, revenue_Formatted: '$10.00' });
    await client.update({ collection: 'accounts', key: id, data: { name: 'Lodz' } });
    await client.updateSingleProperty({
      collection: 'accounts',
      key: id,
      fieldValuePair: { telephone1: '1' },
    });
    expect(simulator.org.get('account', id)).toMatchObject({ name: 'Lodz', telephone1: '1' });
    await client.deleteRecord({ collection: 'accounts', key: id });
    expect(simulator.org.get('account', id)).toBeUndefined();
  });

  it('upserts by an alternate key and is told what was refused', async () => {
    const ask = {
      collection: 'accounts',
      key: "accountnumber='A-1'",
      returnRepresentation: true,
      select: ['name'],
    };
    const one: Record<string, unknown> = { name: 'One' };
    const first = await client.upsert({ ...ask, data: one });
    const second = await client.upsert({ ...ask, data: { name: 'Two' } });
    expect(second).toMatchObject({ accountid: first.accountid, name: 'Two' });
    await expect(
      client.retrieve({ collection: 'accounts', key: "accountnumber='none'", select: ['name'] }),
    ).rejects.toMatchObject({ status: 404, code: '0x80060891' });
    simulator.faults.add({ kind: 'throttled', retryAfterSeconds: 9, times: 1 });
    await expect(client.retrieveMultiple({ collection: 'accounts' })).rejects.toMatchObject({
      status: 429,
      code: '0x80072322',
      headers: expect.objectContaining({ 'retry-after': '9' }),
    });
  });

  it('pages, counts, and follows changes by their links', async () => {
    simulator.org.create(
      'contact',
      [1, 2, 3].map((each) => ({ lastname: `Person ${each}` })),
    );
    const ask = { collection: 'contacts', select: ['lastname'], maxPageSize: 2 };
    const first = await client.retrieveMultiple(ask);
    expect(first.value).toHaveLength(2);
    const second = await client.retrieveMultiple(ask, first.oDataNextLink);
    expect(second.value).toHaveLength(1);
    expect(await client.count({ collection: 'contacts' })).toBe(3);
    const tracked = await client.retrieveMultiple({
      collection: 'contacts',
      select: ['lastname'],
      trackChanges: true,
    });
    const [id = ''] = simulator.org.create('contact', [{ lastname: 'Late' }]);
    const later = await client.retrieveMultiple(
      { collection: 'contacts', select: ['lastname'], trackChanges: true },
      tracked.oDataDeltaLink,
    );
    expect(later.value).toEqual([expect.objectContaining({ contactid: id, lastname: 'Late' })]);
  });

  it('associates and disassociates', async () => {
    const { org } = simulator;
    const [account = ''] = org.create('account', [{ name: 'Whole' }]);
    const [contact = ''] = org.create('contact', [{ lastname: 'Part' }]);
    const single = { collection: 'accounts', primaryKey: account, navigationProperty: 'primarycontactid' };
    await client.associateSingleValued({ ...single, relatedCollection: 'contacts', relatedKey: contact });
    expect(org.get('account', account)?.primarycontactid).toBe(contact);
    await client.disassociateSingleValued(single);
    expect(org.get('account', account)?.primarycontactid).toBeNull();
    const many = {
      collection: 'accounts',
      primaryKey: account,
      relationshipName: 'contact_customer_accounts',
      relatedKey: contact,
    };
    await client.associate({ ...many, relatedCollection: 'contacts' });
    expect(org.get('contact', contact)?.parentcustomerid).toBe(account);
    await client.disassociate(many);
    expect(org.get('contact', contact)?.parentcustomerid).toBeNull();
  });

  it('sends batches with change sets', async () => {
    client.startBatch();
    void client.create({ collection: 'accounts', data: { name: 'First of two' } });
    void client.create({ collection: 'accounts', data: { name: 'Second of two' } });
    const ids = await client.executeBatch();
    expect(ids.map((id) => simulator.org.get('account', id)?.name)).toEqual([
      'First of two',
      'Second of two',
    ]);
  });

  it('refers to rows of the same change set', async () => {
    client.startBatch();
    void client.create({ collection: 'accounts', data: { name: 'Whole of a batch' }, contentId: '1' });
    const data: object = { lastname: 'Part of a batch', 'parentcustomerid_account@odata.bind': '$1' };
    void client.create({ collection: 'contacts', data });
    const [account, contact] = await client.executeBatch();
    expect(simulator.org.get('contact', String(contact))?.parentcustomerid).toBe(account);
  });

  it('asks in FetchXML, page by page, and counts beyond a page', async () => {
    const names = ['A', 'B', 'C'].map((each) => ({ name: `Fetched ${each}`, address1_city: 'Fetch' }));
    simulator.org.create('account', names);
    const inner =
      '<entity name="account"><attribute name="name"/><order attribute="name"/><filter><condition attribute="address1_city" operator="eq" value="Fetch"/></filter></entity>';
    const all = await client.fetchAll({
      collection: 'accounts',
      fetchXml: `<fetch count="2">${inner}</fetch>`,
    });
    expect(all.value).toEqual(names.map(({ name }) => expect.objectContaining({ name })));
    expect(await client.countAll({ collection: 'accounts', filter: "address1_city eq 'Fetch'" })).toBe(3);
  });

  it('acts for another user and asks for conditions', async () => {
    const userId = simulator.org.addUser({ fullName: 'Nora Noone' });
    await expect(
      client.retrieveMultiple({ collection: 'accounts', impersonate: userId }),
    ).rejects.toMatchObject({ status: 403, code: '0x80040220' });
    const [id = ''] = simulator.org.create('account', [{ name: 'Matched' }]);
    const row = await client.retrieve({ collection: 'accounts', key: id, select: ['name'] });
    const etag = String(row['@odata.etag']);
    await client.update({ collection: 'accounts', key: id, data: { name: 'Newer' }, ifmatch: etag });
    // The client takes a condition that fails for an answer: nothing was deleted.
    const deleted = await client.deleteRecord({ collection: 'accounts', key: id, ifmatch: etag });
    expect([deleted, simulator.org.get('account', id)?.name]).toEqual([false, 'Newer']);
  });

  it('makes and reads metadata', async () => {
    const label = (Label: string) => ({ LocalizedLabels: [{ Label, LanguageCode: 1033 }] });
    const made = await client.createGlobalOptionSet({
      data: {
        '@odata.type': 'Microsoft.Dynamics.CRM.OptionSetMetadata',
        Name: 'new_level',
        OptionSetType: 'Picklist',
        DisplayName: label('Level'),
        Options: [{ Value: 1, Label: label('One') }],
      },
    });
    const choice = await client.retrieveGlobalOptionSet({ key: String(made) });
    expect(choice).toMatchObject({ Name: 'new_level' });
    const relationships = await client.retrieveRelationships({
      castType: 'Microsoft.Dynamics.CRM.OneToManyRelationshipMetadata',
      select: ['SchemaName'],
      filter: "ReferencedEntity eq 'account'",
    });
    expect(relationships.value).toContainEqual(
      expect.objectContaining({ SchemaName: 'contact_customer_accounts' }),
    );
  });

  it('reads the metadata and calls functions', async () => {
    const account = await client.retrieveEntity({ key: "LogicalName='account'", select: ['EntitySetName'] });
    expect(account.EntitySetName).toBe('accounts');
    const name = await client.retrieveAttribute({
      entityKey: "LogicalName='account'",
      attributeKey: "LogicalName='name'",
      castType: 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
    });
    expect(name).toMatchObject({ MaxLength: 160 });
    expect(await client.retrieveCsdlMetadata()).toContain('<EntityType Name="account"');
    expect(await client.callFunction({ functionName: 'WhoAmI' })).toMatchObject({
      UserId: simulator.org.admin.userId,
    });
  });
});
