import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type SignedIn, startSignedIn } from './client.ts';

let at: SignedIn;
beforeEach(async () => {
  at = await startSignedIn();
});
afterEach(async () => await at.close());

const crm = 'Microsoft.Dynamics.CRM';
const label = (text: string) => ({
  '@odata.type': `${crm}.Label`,
  LocalizedLabels: [{ '@odata.type': `${crm}.LocalizedLabel`, Label: text, LanguageCode: 1033 }],
});
const column = (type: string, name: string, more: Record<string, unknown> = {}) => ({
  '@odata.type': `${crm}.${type}AttributeMetadata`,
  SchemaName: name,
  DisplayName: label(name),
  RequiredLevel: { Value: 'None' },
  ...more,
});
const dealTable = {
  '@odata.type': `${crm}.EntityMetadata`,
  SchemaName: 'new_Deal',
  DisplayName: label('Deal'),
  DisplayCollectionName: label('Deals'),
  OwnershipType: 'UserOwned',
  ChangeTrackingEnabled: true,
  Attributes: [column('String', 'new_Name', { IsPrimaryName: true, MaxLength: 100 })],
};
const partnerLookup = {
  '@odata.type': `${crm}.OneToManyRelationshipMetadata`,
  SchemaName: 'new_account_deal',
  ReferencedEntity: 'account',
  ReferencedAttribute: 'accountid',
  ReferencingEntity: 'new_deal',
  CascadeConfiguration: { Delete: 'RemoveLink' },
  Lookup: column('Lookup', 'new_PartnerId'),
};
const attributes = "EntityDefinitions(LogicalName='new_deal')/Attributes";
const keys = "EntityDefinitions(LogicalName='new_deal')/Keys";
const codeOf = ({ status, body }: { status: number; body: { error: { code: string } } }) => [
  status,
  body.error.code,
];

/** What three looks at a new key find. */
async function statusesOf(path: string): Promise<string[]> {
  const found: string[] = [];
  for (let look = 0; look < 3; look += 1)
    found.push((await at.send('GET', path)).body.value[0].EntityKeyIndexStatus);
  return found;
}

describe('metadata made through the Web API', () => {
  it('is a table that rows can be written to at once, with its lookup and key', async () => {
    const { org } = at.simulator;
    const table = await at.send('POST', 'EntityDefinitions', dealTable);
    expect(table.status).toBe(204);
    const address = table.headers.get('odata-entityid') ?? '';
    expect(address).toMatch(/\/api\/data\/v9\.2\/EntityDefinitions\([0-9a-f-]{36}\)$/);
    expect((await at.send('GET', address)).body).toMatchObject({
      LogicalName: 'new_deal',
      EntitySetName: 'new_deals',
      PrimaryNameAttribute: 'new_name',
      ChangeTrackingEnabled: true,
      IsCustomEntity: true,
    });
    const choice = {
      OptionSet: { IsGlobal: false, Options: [{ Value: 100_000_000, Label: label('Open') }] },
    };
    for (const each of [
      column('Money', 'new_Amount', { PrecisionSource: 2, Precision: 2 }),
      column('Picklist', 'new_Stage', choice),
      column('DateTime', 'new_ClosesOn', { Format: 'DateOnly', DateTimeBehavior: { Value: 'DateOnly' } }),
      column('String', 'new_ExternalId', { MaxLength: 50 }),
      column('Boolean', 'new_IsRegistered', { DefaultValue: true }),
    ])
      expect((await at.send('POST', attributes, each)).status).toBe(204);
    expect((await at.send('POST', 'RelationshipDefinitions', partnerLookup)).status).toBe(204);
    const key = {
      SchemaName: 'new_ExternalKey',
      DisplayName: label('Key'),
      KeyAttributes: ['new_externalid'],
    };
    expect((await at.send('POST', keys, key)).status).toBe(204);
    expect(await statusesOf(keys)).toEqual(['Pending', 'InProgress', 'Active']);
    expect((await at.send('POST', 'PublishAllXml', {})).status).toBe(204);
    const [account = ''] = org.create('account', [{ name: 'Litware' }]);
    const written = await at.send(
      'PATCH',
      "new_deals(new_externalid='D-1')",
      {
        new_name: 'First',
        new_amount: 12.5,
        new_stage: 100_000_000,
        new_closeson: '2026-03-31',
        'new_PartnerId@odata.bind': `/accounts(${account})`,
      },
      { Prefer: 'return=representation' },
    );
    expect(written.status).toBe(201);
    expect(written.body).toMatchObject({
      new_amount: 12.5,
      new_amount_base: 12.5,
      new_closeson: '2026-03-31',
      new_externalid: 'D-1',
      new_isregistered: true,
      _new_partnerid_value: account,
    });
    const related = await at.send('GET', `accounts(${account})/new_account_deal?$select=new_name`);
    expect(related.body.value).toEqual([expect.objectContaining({ new_name: 'First' })]);
    const options = `${attributes}(LogicalName='new_stage')/${crm}.PicklistAttributeMetadata?$select=LogicalName&$expand=OptionSet($select=Options)`;
    expect((await at.send('GET', options)).body.OptionSet.Options[0]).toMatchObject({
      Value: 100_000_000,
      Label: { UserLocalizedLabel: { Label: 'Open' } },
    });
  });

  it('is refused where its name is taken', async () => {
    await at.send('POST', 'EntityDefinitions', dealTable);
    expect(codeOf(await at.send('POST', 'EntityDefinitions', dealTable))).toEqual([400, '0x8004700b']);
    const again = await at.send('POST', attributes, column('String', 'new_Name', { MaxLength: 10 }));
    expect(codeOf(again)).toEqual([400, '0x80047013']);
    await at.send('POST', 'RelationshipDefinitions', partnerLookup);
    expect(codeOf(await at.send('POST', 'RelationshipDefinitions', partnerLookup))).toEqual([
      400,
      '0x8004432b',
    ]);
    const key = { SchemaName: 'new_NameKey', DisplayName: label('Key'), KeyAttributes: ['new_name'] };
    await at.send('POST', keys, key);
    expect(codeOf(await at.send('POST', keys, key))).toEqual([400, '0x80060893']);
    expect(codeOf(await at.send('POST', keys, { ...key, SchemaName: 'new_OtherKey' }))).toEqual([
      400,
      '0x80060894',
    ]);
  });

  it('is a key that fails over rows that are alike, and cannot be used then', async () => {
    at.simulator.org.create('account', [
      { name: 'A', accountnumber: '1' },
      { name: 'B', accountnumber: '1' },
    ]);
    const path = "EntityDefinitions(LogicalName='account')/Keys";
    const key = { SchemaName: 'new_NumberKey', DisplayName: label('Key'), KeyAttributes: ['accountnumber'] };
    await at.send('POST', path, key);
    expect(await statusesOf(path)).toEqual(['Pending', 'InProgress', 'Failed']);
    expect(codeOf(await at.send('GET', "accounts(accountnumber='1')"))).toEqual([400, '0x80060890']);
    const again = { EntityLogicalName: 'account', EntityKeyLogicalName: 'new_numberkey' };
    expect((await at.send('POST', 'ReactivateEntityKey', again)).status).toBe(204);
    const [row] = at.simulator.org.dump('account');
    at.simulator.org.set('account', String(row!.accountid), { accountnumber: '2' });
    at.simulator.org.clock.advance(1_000);
    expect((await at.send('GET', "accounts(accountnumber='1')")).status).toBe(200);
    expect(codeOf(await at.send('POST', 'ReactivateEntityKey', again))).toEqual([400, '0x80040203']);
  });

  it('needs a name with a prefix, what its type takes, and a right to customize', async () => {
    const path = "EntityDefinitions(LogicalName='account')/Attributes";
    for (const each of [
      column('String', 'Plain'),
      column('Lookup', 'new_Lookup'),
      column('Picklist', 'new_Empty'),
    ])
      expect(codeOf(await at.send('POST', path, each))).toEqual([400, '0x80040203']);
    const { org, tokens } = at.simulator;
    const options = [1, 1].map((Value) => ({ Value, Label: label('X') }));
    for (const each of [
      column('String', 'new_Long', { MaxLength: 4001 }),
      column('Integer', 'new_Sized', { MaxLength: 10 }),
      column('Money', 'new_Exact', { Precision: 5 }),
      column('DateTime', 'new_Chosen', { OptionSet: { Options: [] } }),
      column('Picklist', 'new_Twice', { OptionSet: { Options: options } }),
    ])
      expect(codeOf(await at.send('POST', path, each))).toEqual([400, '0x80040203']);
    await at.send('POST', path, column('Memo', 'new_Notes', { MaxLength: 5000 }));
    const key = { SchemaName: 'new_NotesKey', DisplayName: label('X'), KeyAttributes: ['new_notes'] };
    const keys = "EntityDefinitions(LogicalName='account')/Keys";
    expect(codeOf(await at.send('POST', keys, key))).toEqual([400, '0x80040203']);
    const publisher = { uniquename: 'acme', friendlyname: 'Acme', customizationprefix: 'acme' };
    const numbered = { ...publisher, customizationoptionvalueprefix: 9_999 };
    expect(codeOf(await at.send('POST', 'publishers', numbered))).toEqual([400, '0x8004432f']);
    const role = org.addRole('Reader', { prvReadAccount: 'Global' });
    const token = tokens.issue(org.addUser({ fullName: 'Rita Reader', roles: [role] }));
    const refused = await at.send('POST', path, column('String', 'new_Text'), {
      Authorization: `Bearer ${token}`,
    });
    expect(codeOf(refused)).toEqual([403, '0x80040220']);
  });
});
