import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

const label = (text: string) => ({ LocalizedLabels: [{ Label: text, LanguageCode: 1033 }] });
const relationship = {
  '@odata.type': 'Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata',
  SchemaName: 'new_account_lead_interest',
  Entity1LogicalName: 'account',
  Entity2LogicalName: 'lead',
  IntersectEntityName: 'new_account_lead_interest',
  Entity1AssociatedMenuConfiguration: {
    Behavior: 'UseLabel',
    Group: 'Details',
    Label: label('L'),
    Order: 10_000,
  },
};
const property = relationship.SchemaName;

let at: SignedIn;
let account: string;
let other: string;
let leads: string[];
beforeAll(async () => {
  at = await startSignedIn();
  const made = await at.send('POST', 'RelationshipDefinitions', relationship);
  expect(made.status).toBe(204);
  expect(made.headers.get('odata-entityid')).toMatch(/RelationshipDefinitions\([0-9a-f-]{36}\)$/);
  const { org } = at.simulator;
  [account = '', other = ''] = org.create('account', [{ name: 'A' }, { name: 'B' }]);
  leads = org.create('lead', [{ lastname: 'X' }, { lastname: 'Y' }, { lastname: 'Z' }]);
});
afterAll(async () => await at.close());

const bodyOf = (lead: string) => ({ '@odata.id': `${at.simulator.url}/api/data/v9.2/leads(${lead})` });
const names = (rows: { lastname: string }[]) => rows.map(({ lastname }) => lastname).sort();

describe('a relationship many to many', () => {
  it('joins rows by $ref, from either side, each pair once', async () => {
    expect((await at.send('POST', `accounts(${account})/${property}/$ref`, bodyOf(leads[0]!))).status).toBe(
      204,
    );
    const fromLead = { '@odata.id': `accounts(${account})` };
    expect((await at.send('POST', `leads(${leads[1]})/${property}/$ref`, fromLead)).status).toBe(204);
    expect(await at.send('POST', `accounts(${account})/${property}/$ref`, bodyOf(leads[1]!))).toMatchObject({
      status: 412,
      body: { error: { code: '0x80040237' } },
    });
    const read = await at.send('GET', `accounts(${account})/${property}?$select=lastname&$orderby=lastname`);
    expect(names(read.body.value)).toEqual(['X', 'Y']);
    expect((await at.send('GET', `leads(${leads[0]})/${property}?$select=name`)).body.value).toMatchObject([
      { name: 'A' },
    ]);
    expect((await at.send('GET', `accounts(${account})/${property}/$count`)).body).toBe('2');
    const { body } = await at.send('GET', `accounts(${account})/${property}/$ref`);
    expect(body.value).toHaveLength(2);
  });

  it('is expanded, with a filter inside and none nested, and asked of in conditions', async () => {
    const { body } = await at.send(
      'GET',
      `accounts?$select=name&$orderby=name&$expand=${property}($select=lastname;$filter=lastname ne 'X')`,
    );
    expect(body.value.map((row: Record<string, { lastname: string }[]>) => names(row[property]!))).toEqual([
      ['Y'],
      [],
    ]);
    const nested = await at.send('GET', `accounts?$expand=${property}($expand=ownerid)`);
    expect([nested.status, nested.body.error.code]).toEqual([400, '0x80060888']);
    const any = await at.send('GET', `accounts?$filter=${property}/any(l:l/lastname eq 'X')&$select=name`);
    expect(any.body.value).toMatchObject([{ name: 'A' }]);
  });

  it('is told by metadata and by $metadata', async () => {
    const { body } = await at.send('GET', "EntityDefinitions(LogicalName='lead')/ManyToManyRelationships");
    expect(body.value).toMatchObject([
      {
        SchemaName: property,
        IntersectEntityName: property,
        Entity1LogicalName: 'account',
        Entity1IntersectAttribute: 'accountid',
        Entity2NavigationPropertyName: property,
      },
    ]);
    const all = await at.send(
      'GET',
      'RelationshipDefinitions/Microsoft.Dynamics.CRM.ManyToManyRelationshipMetadata',
    );
    expect(all.body.value).toHaveLength(1);
    const one = await at.send('GET', `RelationshipDefinitions(SchemaName='${property}')`);
    expect(one.body).toMatchObject({ RelationshipType: 'ManyToManyRelationship' });
    const between = await at.send('GET', `EntityDefinitions(LogicalName='${property}')?$select=IsIntersect`);
    expect(between.body.IsIntersect).toBe(true);
    const { body: csdl } = await at.send('GET', '$metadata');
    expect(csdl).toContain(
      `<NavigationProperty Name="${property}" Type="Collection(mscrm.account)" Partner="${property}"`,
    );
  });

  it('keeps its rows in a table between both, which only associating changes', async () => {
    const set = at.simulator.org.table(property).entitySet;
    const { body } = await at.send('GET', set);
    expect(body.value.map((row: { accountid: string }) => row.accountid)).toEqual([account, account]);
    expect(await at.send('POST', set, { accountid: account, leadid: leads[2] })).toMatchObject({
      status: 400,
      body: { error: { code: '0x80040800' } },
    });
  });

  it('takes rows apart, one by one or with a row that goes', async () => {
    const path = `accounts(${account})/${property}`;
    expect((await at.send('DELETE', `${path}(${leads[0]})/$ref`)).status).toBe(204);
    expect((await at.send('DELETE', `${path}(${leads[0]})/$ref`)).status).toBe(404);
    const address = `${at.simulator.url}/api/data/v9.2/leads(${leads[1]})`;
    expect((await at.send('DELETE', `${path}/$ref?$id=${address}`)).status).toBe(204);
    await at.send('POST', `${path}/$ref`, bodyOf(leads[2]!));
    await at.send('POST', `accounts(${other})/${property}/$ref`, bodyOf(leads[2]!));
    expect((await at.send('DELETE', `leads(${leads[2]})`)).status).toBe(204);
    expect(at.simulator.org.dump(property)).toEqual([]);
  });

  it('asks for the privileges to append and be appended to', async () => {
    const { org, tokens } = at.simulator;
    const role = org.addRole('Reader', {
      prvReadAccount: 'Global',
      prvReadLead: 'Global',
      prvAppendAccount: 'Global',
    });
    const token = tokens.issue(org.addUser({ fullName: 'Rosa Rep', roles: [role] }));
    const refused = await at.send('POST', `accounts(${account})/${property}/$ref`, bodyOf(leads[0]!), {
      Authorization: `Bearer ${token}`,
    });
    expect(refused).toMatchObject({ status: 403, body: { error: { code: '0x80040220' } } });
    expect(refused.body.error.message).toContain('prvAppendToLead');
  });

  it('is refused where its name, or that of the table between, is taken', async () => {
    const again = await at.send('POST', 'RelationshipDefinitions', relationship);
    expect([again.status, again.body.error.code]).toEqual([400, '0x8004432b']);
    const table = { ...relationship, SchemaName: 'new_other' };
    const taken = await at.send('POST', 'RelationshipDefinitions', table);
    expect([taken.status, taken.body.error.code]).toEqual([400, '0x8004700b']);
  });
});

describe('a lookup to several tables of a custom table', () => {
  const lookup = {
    '@odata.type': 'Microsoft.Dynamics.CRM.ComplexLookupAttributeMetadata',
    AttributeTypeName: { Value: 'LookupType' },
    SchemaName: 'new_SubjectId',
    DisplayName: label('Subject'),
  };
  const to = (target: string) => ({
    SchemaName: `new_note_${target}`,
    ReferencedEntity: target,
    ReferencingEntity: 'new_note',
  });
  beforeAll(async () => {
    const name = {
      '@odata.type': 'Microsoft.Dynamics.CRM.StringAttributeMetadata',
      SchemaName: 'new_Name',
      IsPrimaryName: true,
      DisplayName: label('Name'),
    };
    const table = {
      SchemaName: 'new_Note',
      DisplayName: label('Note'),
      DisplayCollectionName: label('Notes'),
      Attributes: [name],
    };
    await at.send('POST', 'EntityDefinitions', table);
  });

  it('is made with a relationship to each, and set by the property of one', async () => {
    const { status, body } = await at.send('POST', 'CreatePolymorphicLookupAttribute', {
      OneToManyRelationships: [to('account'), to('lead')],
      Lookup: lookup,
    });
    expect([status, body.RelationshipIds.length]).toEqual([200, 2]);
    expect(body['@odata.context']).toMatch(
      /#Microsoft\.Dynamics\.CRM\.CreatePolymorphicLookupAttributeResponse$/,
    );
    const column = await at.send(
      'GET',
      `EntityDefinitions(LogicalName='new_note')/Attributes(${body.AttributeId})/Microsoft.Dynamics.CRM.LookupAttributeMetadata?$select=Targets`,
    );
    expect(column.body.Targets).toEqual(['account', 'lead']);
    const made = await at.send(
      'POST',
      'new_notes',
      { new_name: 'N', 'new_SubjectId_lead@odata.bind': `/leads(${leads[0]})` },
      { Prefer: 'return=representation,odata.include-annotations="*"' },
    );
    expect(made.body).toMatchObject({
      _new_subjectid_value: leads[0],
      '_new_subjectid_value@Microsoft.Dynamics.CRM.lookuplogicalname': 'lead',
      '_new_subjectid_value@Microsoft.Dynamics.CRM.associatednavigationproperty': 'new_SubjectId_lead',
    });
    const back = await at.send('GET', `leads(${leads[0]})/new_note_lead?$select=new_name`);
    expect(back.body.value).toMatchObject([{ new_name: 'N' }]);
  });

  it('may be a customer, which is an account or a contact', async () => {
    const customer = { ...lookup, SchemaName: 'new_CustomerId' };
    const refused = await at.send('POST', 'CreateCustomerRelationships', {
      OneToManyRelationships: [{ ...to('account'), SchemaName: 'new_note_c1' }],
      Lookup: customer,
    });
    expect([refused.status, refused.body.error.code]).toEqual([400, '0x80040203']);
    const { status } = await at.send('POST', 'CreateCustomerRelationships', {
      OneToManyRelationships: [
        { ...to('account'), SchemaName: 'new_note_c1' },
        { ...to('contact'), SchemaName: 'new_note_c2' },
      ],
      Lookup: customer,
    });
    expect(status).toBe(200);
    const { body } = await at.send(
      'GET',
      "EntityDefinitions(LogicalName='new_note')/Attributes(LogicalName='new_customerid')",
    );
    expect(body.AttributeType).toBe('Customer');
  });
});
