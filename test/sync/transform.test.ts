import { describe, expect, it } from '@jest/globals';
import type { AttributeValue, EntityName } from '../../src/model/entities.ts';
import type { CrmValue } from '../../src/sync/connector.ts';
import { planAttribute, planMapping } from '../../src/sync/mapping/plan.ts';
import {
  type AttributeMapping,
  attributeMappingSchema,
  objectMappingSchema,
} from '../../src/sync/mapping/schema.ts';
import { readAttribute } from '../../src/sync/mapping/transform.ts';
import { writeAttribute } from '../../src/sync/mapping/transform-out.ts';

const context = { timeZone: 'Europe/Stockholm', currency: 'EUR' };

function plan(attribute: string, more: Record<string, unknown> = {}, entity: EntityName = 'deal') {
  const spec: AttributeMapping = attributeMappingSchema.parse({ field: 'F', direction: 'both', ...more });
  return planAttribute(entity, attribute, spec);
}

function read(attribute: string, raw: CrmValue | undefined, more: Record<string, unknown> = {}) {
  const fields: Record<string, CrmValue> = raw === undefined ? {} : { F: raw };
  return readAttribute(plan(attribute, more), fields, context);
}

describe('reading', () => {
  it.each<[string, CrmValue, AttributeValue, Record<string, unknown>?]>([
    ['name', ' Big deal ', ' Big deal '],
    ['name', '', null],
    ['isClosed', false, false],
    ['isClosed', 'TRUE', true],
    ['probability', '62.50', '62.5'],
    ['probability', 62.5, '62.5'],
    ['closeOn', '2024-02-29', '2024-02-29'],
    ['createdAt', '2024-01-01T00:00:00.000Z', '2024-01-01T00:00:00.000Z'],
    ['createdAt', '2024-07-01', '2024-06-30T22:00:00.000Z'],
    ['amount', '10000.00', { amount: '10000', currency: 'EUR' }],
    [
      'amount',
      '1E+6',
      { amount: '1000000', currency: 'USD' },
      { transform: { kind: 'money', currency: 'USD' } },
    ],
    ['closeOn', '2024-12-31T23:30:00.000Z', '2025-01-01', { transform: { kind: 'dateOfInstant' } }],
    [
      'closeOn',
      '2024-12-31T23:30:00.000Z',
      '2024-12-31',
      { transform: { kind: 'dateOfInstant', timeZone: 'America/New_York' } },
    ],
    [
      'registration',
      'Open',
      'submitted',
      { transform: { kind: 'values', map: { Open: 'submitted' }, others: 'reject' } },
    ],
    [
      'registration',
      'Other',
      null,
      { transform: { kind: 'values', map: { Open: 'submitted' }, others: 'blank' } },
    ],
    [
      'registration',
      'Other',
      'Other',
      { transform: { kind: 'values', map: { Open: 'submitted' }, others: 'keep' } },
    ],
    ['isWon', 'Closed Won', true, { transform: { kind: 'equals', value: 'Closed Won' } }],
    ['isWon', 4, false, { transform: { kind: 'equals', value: 3 } }],
    ['isWon', null, false, { transform: { kind: 'equals', value: 3 } }],
    ['extra.seats', '12', 12, { type: 'integer' }],
  ])('turns %s %j into %j', (attribute, raw, expected, more = {}) => {
    expect(read(attribute, raw, more)).toEqual({ kind: 'value', value: expected });
  });

  it('maps each value of a list', () => {
    const types = plan(
      'types',
      { transform: { kind: 'values', map: { Reseller: 'reseller', MSP: 'msp' }, others: 'reject' } },
      'partner',
    );
    expect(readAttribute(types, { F: 'Reseller;MSP' }, context)).toEqual({
      kind: 'value',
      value: ['msp', 'reseller'],
    });
    expect(readAttribute(types, { F: 'Reseller;Else' }, context)).toEqual({
      kind: 'invalid',
      reason: '"Else" is not among the mapped values',
    });
  });

  it.each<[string, CrmValue, Record<string, unknown>?]>([
    ['closeOn', '31/12/2024'],
    ['closeOn', '2024-02-30'],
    ['createdAt', 'yesterday'],
    ['amount', 'a lot'],
    ['probability', 'NaN'],
    ['isClosed', 'perhaps'],
    ['extra.seats', '1.5', { type: 'integer' }],
    ['amount', '5', { transform: { kind: 'money', currency: 'E1R' } }],
    ['registration', 'constructor', { transform: { kind: 'values', map: {}, others: 'reject' } }],
  ])('says why %s %j is invalid', (attribute, raw, more = {}) => {
    const reading = read(attribute, raw, more);
    expect(reading.kind).toBe('invalid');
    expect(reading).toMatchObject({ reason: expect.stringContaining('"') });
  });

  it('tells a field that cannot be read from a blank one', () => {
    expect(read('name', undefined)).toEqual({ kind: 'unreadable' });
    expect(read('name', null)).toEqual({ kind: 'value', value: null });
    expect(read('isWon', undefined, { transform: { kind: 'equals', value: 1 } })).toEqual({
      kind: 'unreadable',
    });
  });

  it('takes the currency of the record before those of mapping and org', () => {
    const money = plan('amount', { transform: { kind: 'money', currencyField: 'C', currency: 'USD' } });
    const amountIn = (fields: Record<string, CrmValue>) => readAttribute(money, fields, context);
    expect(amountIn({ F: '5', C: 'sek' })).toEqual({
      kind: 'value',
      value: { amount: '5', currency: 'SEK' },
    });
    expect(amountIn({ F: '5', C: null })).toEqual({ kind: 'value', value: { amount: '5', currency: 'USD' } });
    expect(amountIn({ F: '5' })).toEqual({ kind: 'unreadable' });
  });

  it('takes the currency of mapping and org where the org has no field for it', () => {
    const planned = (currencyField: string, missing: string[]) => {
      const amount = { field: 'F', direction: 'in', transform: { kind: 'money', currencyField } };
      const contents = { object: 'Deal', entity: 'deal', attributes: { amount } };
      const mapping = { ...objectMappingSchema.parse(contents), name: 'deal', file: 'deal.yaml' };
      return planMapping(mapping, new Set(missing)).attributes[0]!;
    };
    const money = planned('C', ['C']);
    expect(readAttribute(money, { F: '5' }, context)).toEqual({
      kind: 'value',
      value: { amount: '5', currency: 'EUR' },
    });
    expect(readAttribute(planned('C.Code', []), { F: '5' }, context)).toEqual({ kind: 'unreadable' });
  });

  it('takes the other field where the first one is blank, never where it cannot be read', () => {
    const amount = plan('amount', { direction: 'in', otherwise: 'G' });
    const amountIn = (fields: Record<string, CrmValue>) => readAttribute(amount, fields, context);
    const worth = (value: string) => ({ kind: 'value', value: { amount: value, currency: 'EUR' } });
    expect(amountIn({ F: '5', G: '7' })).toEqual(worth('5'));
    expect(amountIn({ F: '0', G: '7' })).toEqual(worth('0'));
    expect(amountIn({ F: null, G: '7' })).toEqual(worth('7'));
    expect(amountIn({ F: null, G: null })).toEqual({ kind: 'value', value: null });
    expect(amountIn({ G: '7' })).toEqual({ kind: 'unreadable' });
    expect(amountIn({ F: null })).toEqual({ kind: 'unreadable' });
  });

  it('leaves a reference to be looked up', () => {
    expect(read('customer', '001A')).toEqual({ kind: 'reference', crmId: '001A' });
    expect(read('customer', null)).toEqual({ kind: 'value', value: null });
  });
});

describe('writing', () => {
  it.each<[string, AttributeValue, CrmValue, Record<string, unknown>?]>([
    ['name', 'Big', 'Big'],
    ['name', null, null],
    ['isClosed', true, true],
    ['probability', '62.5', '62.5'],
    ['amount', { amount: '10', currency: 'EUR' }, '10'],
    [
      'registration',
      'approved',
      'Working',
      { transform: { kind: 'values', map: { Working: 'approved', Done: 'approved' }, others: 'reject' } },
    ],
    ['isWon', true, 3, { transform: { kind: 'equals', value: 3 } }],
    ['isWon', false, true, { transform: { kind: 'equals', value: false } }],
  ])('turns %s %j into %j', (attribute, value, expected, more = {}) => {
    expect(writeAttribute(plan(attribute, more), value, context)).toEqual({
      kind: 'fields',
      fields: { F: expected },
    });
  });

  it('writes lists with their separator', () => {
    const types = plan('types', { transform: { kind: 'list', separator: ', ' } }, 'partner');
    expect(writeAttribute(types, ['msp', 'reseller'], context)).toEqual({
      kind: 'fields',
      fields: { F: 'msp, reseller' },
    });
  });

  it('writes the currency beside the amount where there is a field for it', () => {
    const money = plan('amount', { transform: { kind: 'money', currencyField: 'C' } });
    expect(writeAttribute(money, { amount: '5', currency: 'SEK' }, context)).toEqual({
      kind: 'fields',
      fields: { F: '5', C: 'SEK' },
    });
  });

  it('hands references to the caller', () => {
    expect(writeAttribute(plan('customer'), 'cus_1', context)).toEqual({
      kind: 'reference',
      field: 'F',
      entity: 'customer',
      recordId: 'cus_1',
    });
  });

  it.each<[string, AttributeValue, Record<string, unknown>]>([
    ['amount', { amount: '5', currency: 'SEK' }, {}],
    ['registration', 'lost', { transform: { kind: 'values', map: { A: 'won' }, others: 'reject' } }],
    ['isWon', false, { transform: { kind: 'equals', value: 3 } }],
    ['name', 'x', { field: 'Account.Name' }],
    ['closeOn', '2024-01-01', { transform: { kind: 'dateOfInstant' } }],
  ])('refuses to write %s %j with the reason', (attribute, value, more) => {
    expect(writeAttribute(plan(attribute, more), value, context)).toMatchObject({ kind: 'invalid' });
  });

  it.each<[string, CrmValue, Record<string, unknown>?]>([
    ['name', 'Big'],
    ['probability', '10'],
    ['closeOn', '2024-02-29'],
    ['createdAt', '2024-01-01T00:00:00.000Z'],
    ['isClosed', true],
    ['amount', '10.5'],
    ['registration', 'A', { transform: { kind: 'values', map: { A: 'won' }, others: 'reject' } }],
  ])('reads %s %j and writes the same back', (attribute, raw, more = {}) => {
    const line = plan(attribute, more);
    const reading = readAttribute(line, { F: raw }, context);
    if (reading.kind !== 'value') throw new Error('not read');
    expect(writeAttribute(line, reading.value, context)).toEqual({ kind: 'fields', fields: { F: raw } });
  });
});
