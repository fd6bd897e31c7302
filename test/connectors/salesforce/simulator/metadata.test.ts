import { describe, expect, it } from '@jest/globals';
import { describeObject } from '../../../../connectors/salesforce/simulator/describe.ts';
import { compactField } from '../../../../connectors/salesforce/simulator/metadata-field.ts';
import { freshOrg } from './fresh-org.ts';

const FIELD_KEYS =
  `aggregatable aiPredictionField autoNumber byteLength calculated calculatedFormula cascadeDelete
  caseSensitive compoundFieldName controllerName createable custom defaultValue defaultValueFormula defaultedOnCreate
  dependentPicklist deprecatedAndHidden digits displayLocationInDecimal encrypted externalId extraTypeInfo filterable
  filteredLookupInfo formulaTreatNullNumberAsZero groupable highScaleNumber htmlFormatted idLookup inlineHelpText label
  length mask maskType name nameField namePointing nillable permissionable picklistValues polymorphicForeignKey precision
  queryByDistance referenceTargetField referenceTo relationshipName relationshipOrder restrictedDelete restrictedPicklist
  scale searchPrefilterable soapType sortable type unique updateable writeRequiresMasterRead`.split(/\s+/);

describe('compact metadata', () => {
  const { org } = freshOrg();
  const describeFor = (name: string) => {
    const object = org.schema.object(name);
    if (object === undefined) throw new Error(name);
    // biome-ignore lint/suspicious/noExplicitAny: a describe answer is looked into freely
    return describeObject(org, object, { caller: org.admin, version: '67.0' }) as any;
  };

  it('expands a lookup to every key that describe answers, and no other', () => {
    // biome-ignore lint/suspicious/noExplicitAny: a describe answer is looked into freely
    const parent = describeFor('account').fields.find((field: any) => field.name === 'ParentId');
    expect(Object.keys(parent).sort()).toEqual(FIELD_KEYS);
    expect(parent).toMatchObject({
      byteLength: 18,
      label: 'Parent ID',
      length: 18,
      nillable: true,
      permissionable: true,
      referenceTo: ['Account'],
      relationshipName: 'Parent',
      soapType: 'tns:ID',
      type: 'reference',
    });
  });

  it('reads picklists with labels, defaults and restriction', () => {
    const field = compactField('Status__c', 'picklist(255) cundfsgR : active*=Active; expired=Expired');
    expect(field).toMatchObject({
      defaultValue: 'active',
      restrictedPicklist: true,
      custom: true,
      length: 255,
    });
    expect(field.picklistValues.map(({ value, label }) => [value, label])).toEqual([
      ['active', 'Active'],
      ['expired', 'Expired'],
    ]);
  });

  it('refuses a notation that it cannot read', () => {
    expect(() => compactField('X', 'Reference to Account')).toThrow(/cannot read the notation/);
  });

  it('knows the children of an object by their lookups', () => {
    const children = describeFor('Account').childRelationships;
    expect(children).toContainEqual(
      expect.objectContaining({
        childSObject: 'Contact',
        field: 'AccountId',
        relationshipName: 'Contacts',
        cascadeDelete: true,
      }),
    );
    expect(children).toContainEqual(
      expect.objectContaining({
        childSObject: 'Opportunity',
        field: 'Partner__c',
        relationshipName: 'Partner_Opportunities__r',
      }),
    );
  });

  it('lists record types with the master one last', () => {
    org.bulkLoad('RecordType', [
      { SobjectType: 'Account', DeveloperName: 'Partner', Name: 'Partner', IsActive: true },
    ]);
    const infos = describeFor('Account').recordTypeInfos;
    expect(infos.map((info: { developerName: string }) => info.developerName)).toEqual(['Partner', 'Master']);
    expect(infos[1].recordTypeId).toBe('012000000000000AAA');
  });

  it.each([
    ['Account', 'Name', false],
    ['Account', 'OwnerId', false],
    ['Account', 'Phone', true],
    ['Account', 'SystemModstamp', false],
    ['Opportunity', 'StageName', false],
    ['Opportunity', 'Amount', true],
    ['Partner_Certification__c', 'Code__c', true],
  ])('says whether a permission set can name %s.%s', (object, name, permissionable) => {
    const field = describeFor(object).fields.find((each: { name: string }) => each.name === name);
    expect(field.permissionable).toBe(permissionable);
  });
});
