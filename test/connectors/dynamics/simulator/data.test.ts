import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { createSimulatedOrg } from '../../../../connectors/dynamics/simulator/simulated-org.ts';
import { SimulatorInputError } from '../../../../src/sync/connector-manifest.ts';
import { startSignedIn } from './client.ts';

const folders: string[] = [];
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folderOf(files: Record<string, unknown>): string {
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-data-'));
  folders.push(folder);
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content));
  }
  return folder;
}

const loaded = (files: Record<string, unknown>) => createSimulatedOrg({ data: folderOf(files) }).org;

describe('a folder of CSV files', () => {
  it('becomes rows that point to each other, with choices by value or label', () => {
    const org = loaded({
      'accounts.csv':
        'accountid,name,parentaccountid,customertypecode,revenue,nw_partnerstartdate,createdon\n' +
        'acme,Acme,,partner,1200.5,2025-01-31,2025-02-01T10:00:00Z\nsub,Acme Sub,acme,3,,,\n',
      'contact.csv': 'id,lastname,emailaddress1,parentcustomerid\nk,Kim,kim@acme.example,acme\n',
      'nw_partnercertification.csv':
        'nw_code,nw_contactid.emailaddress1,_nw_accountid_value\nTECH,KIM@acme.example,acme\n',
    });
    const [acme, sub] = org.dump('account').sort((a, b) => String(a.name).localeCompare(String(b.name)));
    expect(acme).toMatchObject({
      customertypecode: 5,
      revenue: 1200.5,
      revenue_base: 1200.5,
      nw_partnerstartdate: '2025-01-31',
      createdon: '2025-02-01T10:00:00Z',
      modifiedon: '2025-02-01T10:00:00Z',
    });
    expect(sub).toMatchObject({ parentaccountid: acme?.accountid, customertypecode: 3 });
    const [kim] = org.dump('contact');
    expect(kim).toMatchObject({
      fullname: 'Kim',
      parentcustomerid: acme?.accountid,
      'parentcustomerid@table': 'account',
    });
    expect(org.dump('nw_partnercertification')[0]).toMatchObject({
      nw_contactid: kim?.contactid,
      nw_accountid: acme?.accountid,
    });
  });

  it('keeps ids of its own, and names connections for rows of files that come later', () => {
    const id = '11111111-2222-3333-4444-555555555555';
    const org = loaded({
      'account.csv': `accountid,name\n{${id.toUpperCase()}},Acme\n`,
      'connection.csv': `record1id,record2id\ndeal,${id}\n`,
      'opportunities.csv':
        'id,name,parentaccountid,estimatedvalue,transactioncurrencyid.isocurrencycode\ndeal,Deal,{id},92,EUR\n'.replace(
          '{id}',
          id,
        ),
    });
    expect(org.get('account', id)).toMatchObject({ name: 'Acme' });
    expect(org.dump('opportunity')[0]).toMatchObject({ customerid: id, estimatedvalue_base: 100 });
    expect(
      org
        .dump('connection')
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['Acme', 'Deal']);
  });

  it.each<[string, Record<string, string>, string]>([
    [
      'a broken reference',
      { 'contact.csv': 'lastname,parentcustomerid\nKim,nobody\n' },
      'contact.csv line 2, column parentcustomerid: nothing in account or contact is called nobody',
    ],
    [
      'an unknown column',
      { 'account.csv': 'name,foo\nA,1\n' },
      'account.csv line 1, column foo: account has no column foo',
    ],
    [
      'an unknown key of another table',
      { 'contact.csv': 'lastname,parentcustomerid.nope\nA,1\n' },
      'contact.csv line 1, column parentcustomerid.nope: contact has no column parentcustomerid.nope',
    ],
    [
      'a number that is none',
      { 'account.csv': 'name,numberofemployees\nA,1\nB,many\n' },
      "account.csv line 3, column numberofemployees: 'many' is no number",
    ],
    [
      'a fraction of an employee',
      { 'account.csv': 'name,numberofemployees\nA,1.5\n' },
      "account.csv line 2, column numberofemployees: '1.5' is no whole number",
    ],
    [
      'an unknown choice',
      { 'account.csv': 'name,accountcategorycode\nA,Gold\n' },
      'account.csv line 2, column accountcategorycode: there is no choice Gold; there are: 1 Preferred Customer, 2 Standard',
    ],
    [
      'a day that is none',
      { 'account.csv': 'name,nw_partnerstartdate\nA,31.1.2025\n' },
      "account.csv line 2, column nw_partnerstartdate: '31.1.2025' is no day such as 2026-11-23",
    ],
    [
      'a required column without a value',
      { 'incident.csv': 'title\nHelp\n' },
      'incident.csv line 2, column customerid: a required column has no value',
    ],
    [
      'a key that is there twice',
      { 'nw_partnercertification.csv': 'nw_externalid\nx\nX\n' },
      'nw_partnercertification.csv line 3, column nw_partnercertificationid: Entity Key nw_ExternalIdKey violated',
    ],
    [
      'a status of another state',
      { 'lead.csv': 'lastname,statecode,statuscode\nA,Open,Qualified\n' },
      'lead.csv line 2, column leadid: 3 is not a valid status code for state code LeadState.Open on lead',
    ],
    ['an unknown table', { 'nope.csv': 'name\nA\n' }, 'nope.csv: there is no table nope in this environment'],
    [
      'a second organization',
      { 'organization.csv': 'name\nA\n' },
      'organization.csv: an environment has one',
    ],
  ])('is refused for %s, by file, line and column', (_what, files, message) => {
    const load = () => loaded(files);
    expect(load).toThrow(message);
    expect(load).toThrow(SimulatorInputError);
  });
});

describe('descriptions of tables of an environment of one’s own', () => {
  /** Answers of another simulated environment, in which somebody has changed things. */
  async function answers(): Promise<{ tables: unknown; choices: unknown }> {
    const { simulator, send, close } = await startSignedIn();
    try {
      const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
      const column = {
        '@odata.type': 'Microsoft.Dynamics.CRM.PicklistAttributeMetadata',
        SchemaName: 'fab_Size',
        DisplayName: label('Size'),
        OptionSet: { Options: [{ Value: 7, Label: label('Huge') }] },
      };
      await send('POST', "EntityDefinitions(LogicalName='account')/Attributes", column);
      const relationship = {
        SchemaName: 'fab_account_account_partner',
        ReferencedEntity: 'account',
        ReferencingEntity: 'account',
        Lookup: { SchemaName: 'fab_PartnerId', DisplayName: label('Partner') },
      };
      await send('POST', 'RelationshipDefinitions', relationship);
      simulator.org.schema.removeColumn(simulator.org.table('account'), 'sic');
      const tables = await send(
        'GET',
        "EntityDefinitions?$filter=LogicalName eq 'account'&$expand=Attributes,Keys,ManyToOneRelationships",
      );
      const choices = await send(
        'GET',
        "EntityDefinitions(LogicalName='account')/Attributes/Microsoft.Dynamics.CRM.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)",
      );
      return { tables: tables.body, choices: choices.body };
    } finally {
      await close();
    }
  }

  it('replace a table as it is there, columns, choices and navigation properties', async () => {
    const { tables, choices } = await answers();
    const { org, sample } = createSimulatedOrg({
      metadata: folderOf({ 'a.json': tables, 'b.json': choices }),
    });
    const account = org.table('account');
    expect(account.columns.get('fab_size')).toMatchObject({
      type: 'Picklist',
      options: [{ value: 7, label: 'Huge' }],
    });
    expect([account.columns.has('sic'), account.columns.get('revenue_base')?.baseOf]).toEqual([
      false,
      'revenue',
    ]);
    expect(org.schema.lookupByProperty(account, 'fab_PartnerId')).toMatchObject({
      column: 'fab_partnerid',
      referenced: 'account',
      collectionProperty: 'fab_account_account_partner',
    });
    expect(org.schema.collectionByProperty(account, 'contact_customer_accounts')).toBeDefined();
    const [id = ''] = org.create('account', [{ name: 'A', fab_size: 7, revenue: 5, customertypecode: 5 }]);
    expect(org.get('account', id)).toMatchObject({ fab_size: 7, revenue_base: 5 });
    expect(() => org.create('account', [{ fab_size: 8 }])).toThrow('Accepted Values: 7');
    expect(sample?.partnerIds).toHaveLength(24);
  });

  it('leave the choices that were known, and take any number where there are none', async () => {
    const { tables } = await answers();
    const { org } = createSimulatedOrg({ empty: true, metadata: folderOf({ 'a.json': tables }) });
    expect(org.table('account').columns.get('customertypecode')?.options).toHaveLength(12);
    expect(() => org.create('account', [{ customertypecode: 99 }])).toThrow('Accepted Values');
    expect(org.create('account', [{ fab_size: 99 }])).toHaveLength(1);
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['something else', { 'x.json': { a: 1 } }, 'x.json: holds no answer of EntityDefinitions'],
    ['no JSON', { 'x.json': '{' }, 'x.json: '],
    ['a folder without any', { 'x.txt': '' }, 'there is no JSON file in this folder'],
    [
      'a table without columns',
      { 'x.json': { LogicalName: 'fab_x', EntitySetName: 'fab_xs' } },
      'x.json: fab_x: its columns are missing (ask with $expand=Attributes)',
    ],
    [
      'columns of nobody knows which table',
      { 'x.json': [{ LogicalName: 'a', AttributeType: 'String' }] },
      'x.json: the column a does not say of which table it is (EntityLogicalName)',
    ],
    [
      'columns of a table that is not there',
      { 'x.json': [{ LogicalName: 'a', AttributeType: 'String', EntityLogicalName: 'fab_y' }] },
      'x.json: the table fab_y is neither described nor there already',
    ],
    [
      'a wrong part',
      { 'x.json': [{ LogicalName: 'a', AttributeType: 5, EntityLogicalName: 'account' }] },
      'x.json: a: AttributeType: Invalid input',
    ],
  ])('are refused for %s', (_what, files, message) => {
    const load = () => createSimulatedOrg({ empty: true, metadata: folderOf(files) });
    expect(load).toThrow(message);
    expect(load).toThrow(SimulatorInputError);
  });

  it('are refused with the sample where its rows do not fit', () => {
    const state = {
      EntityLogicalName: 'lead',
      LogicalName: 'statuscode',
      AttributeType: 'Status',
      OptionSet: { Options: [{ Value: 1, State: 0, Label: null }] },
    };
    const metadata = folderOf({ 'x.json': [state] });
    expect(() => createSimulatedOrg({ metadata })).toThrow(
      /sample's rows do not fit the metadata.*status code/,
    );
    expect(createSimulatedOrg({ metadata, empty: true }).org.dump('lead')).toEqual([]);
  });
});
