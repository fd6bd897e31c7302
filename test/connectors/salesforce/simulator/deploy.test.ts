import { describe, expect, it } from '@jest/globals';
import { deploySource } from '../../../../connectors/salesforce/simulator/deploy/source.ts';
import { assignPermissionSet } from '../../../../connectors/salesforce/simulator/grants.ts';
import { freshOrg, insertOne, outcomeOf } from './fresh-org.ts';
import { field, permissionSet, sourceFolder } from './source-folder.ts';

const VALUES =
  '<valueSet><restricted>true</restricted><valueSetDefinition><sorted>false</sorted><value><fullName>gold</fullName><default>false</default><label>Gold</label></value><value><fullName>silver</fullName><default>false</default><label>Silver</label></value></valueSetDefinition></valueSet>';
const KPI_OBJECT =
  '<label>Partner KPI</label><pluralLabel>Partner KPIs</pluralLabel><nameField><label>Number</label><type>AutoNumber</type></nameField><deploymentStatus>Deployed</deploymentStatus><sharingModel>ControlledByParent</sharingModel>';

const FILES: Record<string, [string, string]> = {
  'objects/Account/fields/Tier__c.field-meta.xml': field('Tier__c', 'Picklist', VALUES),
  'objects/Account/fields/Key__c.field-meta.xml': field(
    'Key__c',
    'Text',
    '<length>40</length><externalId>true</externalId><unique>true</unique>',
  ),
  'objects/Partner_Kpi__c/Partner_Kpi__c.object-meta.xml': ['CustomObject', KPI_OBJECT],
  'objects/Partner_Kpi__c/fields/Partner__c.field-meta.xml': field(
    'Partner__c',
    'MasterDetail',
    '<referenceTo>Account</referenceTo><relationshipName>Kpis</relationshipName>',
  ),
  'objects/Partner_Kpi__c/fields/Value__c.field-meta.xml': field(
    'Value__c',
    'Number',
    '<precision>18</precision><scale>2</scale>',
  ),
  'permissionsets/Sync.permissionset-meta.xml': permissionSet(
    ['Account:RE', 'Partner_Kpi__c:CRE'],
    ['Account.Tier__c:rw', 'Account.Key__c:r', 'Partner_Kpi__c.Value__c:rw'],
  ),
};

describe('deploying source', () => {
  it('adds fields, objects and permission sets', () => {
    const { org } = freshOrg();
    expect(deploySource(org, sourceFolder(FILES))).toEqual({
      objects: ['Partner_Kpi__c'],
      fields: ['Account.Key__c', 'Account.Tier__c', 'Partner_Kpi__c.Partner__c', 'Partner_Kpi__c.Value__c'],
      recordTypes: [],
      permissionSets: ['Sync'],
      ignored: [],
    });
    const Partner__c = insertOne(org, 'Account', { Name: 'A', Tier__c: 'gold', Key__c: 'k' });
    const kpi = insertOne(org, 'Partner_Kpi__c', { Partner__r: { Key__c: 'K' }, Value__c: 1.234 });
    expect(org.find(kpi)?.row).toMatchObject({ Partner__c, Value__c: 1.23, Name: 'PK-00001' });
    expect(outcomeOf(org.insert('Account', [{ Name: 'B', Tier__c: 'tin' }])[0])).toMatch(
      /^INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST/,
    );
    expect(outcomeOf(org.insert('Partner_Kpi__c', [{}])[0])).toBe(
      'REQUIRED_FIELD_MISSING: Required fields are missing: [Partner__c]',
    );
    org.delete([Partner__c]);
    expect(org.find(kpi)?.row.IsDeleted).toBe(true);
  });

  it('shows a new field to nobody but administrators until its permission set is assigned', () => {
    const { org, users } = freshOrg();
    deploySource(org, sourceFolder(FILES));
    const object = org.schema.object('Account');
    const tier = object && org.schema.field(object, 'Tier__c');
    const sees = (userId: string) =>
      object !== undefined && tier !== undefined && org.as(userId).canReadField(object, tier);
    expect([sees(users.admin), sees(users.integration), sees(String(users.sales[0]))]).toEqual([
      true,
      false,
      false,
    ]);
    assignPermissionSet(org, 'Sync', users.integration);
    expect([sees(users.integration), sees(String(users.sales[0]))]).toEqual([true, false]);
  });

  it('can be deployed again, and takes permissions away that the source no longer grants', () => {
    const { org, users } = freshOrg();
    deploySource(org, sourceFolder(FILES), { assignTo: [users.integration] });
    deploySource(
      org,
      sourceFolder({
        ...FILES,
        'permissionsets/Sync.permissionset-meta.xml': permissionSet(['Account:R'], []),
      }),
    );
    const object = org.schema.object('Account');
    expect(object && org.as(users.integration).objectAccess(object)).toMatchObject({
      read: true,
      edit: false,
    });
    expect([...org.rows('PermissionSet')].filter((row) => row.Name === 'Sync')).toHaveLength(1);
  });

  const refusals: Array<[string, Record<string, [string, string]>, RegExp]> = [
    [
      'a permission for a required field',
      { 'permissionsets/S.permissionset-meta.xml': permissionSet(['Account:R'], ['Account.Name:r']) },
      /S\.permissionset-meta\.xml: You cannot deploy to a required field: Account\.Name/,
    ],
    [
      'a permission for a field that is not there',
      { 'permissionsets/S.permissionset-meta.xml': permissionSet(['Account:R'], ['Account.Nope__c:r']) },
      /no CustomField named Account\.Nope__c found/,
    ],
    [
      'edit without read',
      { 'permissionsets/S.permissionset-meta.xml': permissionSet(['Account:E'], []) },
      /Permission Edit Account depends on permission\(s\): Read Account/,
    ],
    [
      'modify all without delete',
      { 'permissionsets/S.permissionset-meta.xml': permissionSet(['Account:REVM'], []) },
      /Permission Modify All Account depends on/,
    ],
    [
      'a detail without its master',
      { ...FILES, 'permissionsets/Sync.permissionset-meta.xml': permissionSet(['Partner_Kpi__c:R'], []) },
      /Permission Read Partner_Kpi__c depends on permission\(s\): Read Account/,
    ],
    [
      'a lookup to nothing',
      {
        'objects/Account/fields/X__c.field-meta.xml': field(
          'X__c',
          'Lookup',
          '<referenceTo>Nope__c</referenceTo>',
        ),
      },
      /no CustomObject named Nope__c found/,
    ],
    [
      'a field on an unknown object',
      { 'objects/Nope__c/fields/X__c.field-meta.xml': field('X__c', 'Date') },
      /named 'Nope__c' cannot be found/,
    ],
    [
      'a type that it does not keep',
      { 'objects/Account/fields/X__c.field-meta.xml': field('X__c', 'Summary') },
      /fields of type Summary are not supported/,
    ],
    [
      'another type for a field',
      { 'objects/Account/fields/Partner_Type__c.field-meta.xml': field('Partner_Type__c', 'Date') },
      /Cannot change the type/,
    ],
  ];

  it.each(refusals)('refuses %s and says where', (_what, files, message) => {
    expect(() => deploySource(freshOrg().org, sourceFolder(files))).toThrow(message);
  });

  it('refuses a folder without any metadata', () => {
    expect(() => deploySource(freshOrg().org, sourceFolder({ 'data.csv': ['Id', ''] }))).toThrow('-meta.xml');
  });

  it('refuses text that is no XML', () => {
    const files = {
      'objects/Account/fields/X__c.field-meta.xml': ['CustomField', '<fullName>'] as [string, string],
    };
    expect(() => deploySource(freshOrg().org, sourceFolder(files))).toThrow(/X__c\.field-meta\.xml/);
  });
});
