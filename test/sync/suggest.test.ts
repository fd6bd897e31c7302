import { describe, expect, it } from '@jest/globals';
import type { FieldDescription, ObjectDescription } from '../../src/sync/crm-description.ts';
import type { ObjectMapping } from '../../src/sync/mapping/schema.ts';
import { likenessOf } from '../../src/sync/suggest/names.ts';
import { suggestLines } from '../../src/sync/suggest/suggest.ts';
import { describedField } from '../services/described-field.ts';

const field = (name: string, more: Partial<FieldDescription> = {}) =>
  describedField(name, { length: 80, ...more });

const partnerMapping: ObjectMapping = {
  object: 'Firm',
  entity: 'partner',
  scope: {},
  create: false,
  optional: false,
  manners: { assignmentRules: false, allowDuplicates: false },
  attributes: {},
  file: '',
  name: 'partner',
};

function suggestFor(fields: FieldDescription[], entity: 'partner' | 'deal' | 'case' | 'person' = 'partner') {
  const description: ObjectDescription = {
    name: 'Thing',
    label: 'Thing',
    tracksChanges: true,
    createable: true,
    updateable: true,
    fields,
    recordTypes: [],
  };
  const mappings = [partnerMapping];
  const rest = { mapping: null, shipped: undefined, mappings, description, related: [], tiers: [] };
  const { suggestions, open } = suggestLines({ object: 'Thing', entity, ...rest });
  return { found: new Map(suggestions.map((each) => [each.attribute, each])), open };
}

describe('the name of a field', () => {
  const likeness = (name: string, label: string, attribute: string, usual?: string) =>
    likenessOf(field(name, { label }), { entity: 'partner', attribute, usual })?.score ?? null;

  it.each([
    ['Region__c', 'x', 'region', 90],
    ['acme__Partner_Region__c', 'x', 'region', 90],
    ['new_startedon', 'x', 'startedOn', 90],
    ['zz_1', 'Started On', 'startedOn', 86],
    ['zz_1', 'Started-on', 'startedOn', 86],
    ['Territory__c', 'x', 'region', 80],
    ['zz_1', 'Partner since', 'startedOn', 76],
    ['zz_1', 'Company registration id', 'vat', 62],
    ['zz_1', 'Weather', 'region', null],
  ])('%s with label %s is %s for %s', (name, label, attribute, score) => {
    expect(likeness(name, label, attribute)).toBe(score);
  });

  it('is known from the shipped mapping whatever stands around it', () => {
    expect(likeness('new_partnerregion', 'x', 'region', 'nw_partnerregion')).toBe(92);
  });
});

describe('guessing lines', () => {
  it('wants the type that the attribute has: amounts, days, and lookups to what is mapped', () => {
    const { found } = suggestFor(
      [
        field('Amount__c', { type: 'date' }),
        field('Value__c', { type: 'money' }),
        field('Currency', { type: 'choice', values: [] }),
        field('Close_Date__c', { type: 'instant' }),
        field('Registered_At__c', { type: 'text' }),
      ],
      'deal',
    );
    expect(found.get('amount')?.spec).toMatchObject({
      field: 'Value__c',
      transform: { kind: 'money', currencyField: 'Currency' },
    });
    expect(found.get('closeOn')?.spec).toMatchObject({ transform: { kind: 'dateOfInstant' } });
    expect(found.has('registeredAt')).toBe(false);
    const lookups = suggestFor(
      [
        field('Partner__c', { type: 'reference', references: ['Weather'] }),
        field('Reseller__c', { type: 'reference', references: ['Firm', 'Contact'] }),
      ],
      'case',
    );
    expect(lookups.found.get('partner')?.spec).toMatchObject({
      field: 'Reseller__c',
      transform: { kind: 'reference', object: 'Firm' },
    });
  });

  it('gives a field to one attribute, and says who else wanted it', () => {
    const { found, open } = suggestFor([field('Title')], 'person');
    expect([...found.keys()]).toEqual(['title']);
    expect(found.get('title')?.reasons).toContain('could be name too');
    expect(open).toContainEqual({
      attribute: 'name',
      reason: 'Title would do, but another attribute has it',
    });
  });

  it('names fields that are as likely instead of choosing in silence', () => {
    const { found } = suggestFor([field('a1_region'), field('b2_region')]);
    expect(found.get('region')).toMatchObject({ alternatives: ['b2_region'], spec: { field: 'a1_region' } });
  });

  it('reads numbers that stand for labels by these', () => {
    const values = [{ value: '1', label: 'North', active: true }];
    const { found } = suggestFor([field('new_region', { type: 'choice', values })]);
    expect(found.get('region')?.spec.transform).toEqual({
      kind: 'values',
      map: { '1': 'North' },
      others: 'keep',
    });
  });

  it('never guesses where Tierlink writes', () => {
    const { found } = suggestFor([field('Tier__c'), field('Tier_Status__c')]);
    expect([...found.keys()]).toEqual(['crmTier']);
  });
});
