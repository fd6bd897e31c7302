import { describe, expect, it } from '@jest/globals';
import { isRecordId, knownId, newRecordId } from '../../src/model/record-id.ts';
import {
  canonicalDecimal,
  canonicalInstant,
  canonicalList,
  isCalendarDate,
  sameValue,
} from '../../src/model/values.ts';
import { fc } from '../services/fast-check.ts';

describe('canonicalDecimal', () => {
  it.each([
    ['0012.500', '12.5'],
    ['-0', '0'],
    ['-0.00', '0'],
    ['+7', '7'],
    ['.5', '0.5'],
    ['5.', '5'],
    ['1.5E+7', '15000000'],
    ['15e-3', '0.015'],
    ['1E-20', '0.00000000000000000001'],
    ['123456789012345678901234567890.123', '123456789012345678901234567890.123'],
    [1e21, '1000000000000000000000'],
    [0.1, '0.1'],
  ])('writes %s as %s', (input, expected) => {
    expect(canonicalDecimal(input)).toBe(expected);
  });

  it.each(['', '.', '1,5', '1 000', '0x10', 'NaN', 'Infinity', '1e99999', '--1', '1e', Number.NaN])(
    'refuses %s',
    (input) => {
      expect(canonicalDecimal(input)).toBeNull();
    },
  );

  it('is stable and keeps the number', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), fc.nat(12), (digits, places) => {
        const text = `${digits}e-${places}`;
        const once = canonicalDecimal(text)!;
        expect(canonicalDecimal(once)).toBe(once);
        const [whole = '', fraction = ''] = once.split('.');
        expect(BigInt(whole + fraction.padEnd(places, '0')) === digits || once.startsWith('-0.')).toBe(true);
      }),
    );
  });
});

describe('dates, instants and lists', () => {
  it.each([
    ['2024-02-29', true],
    ['2023-02-29', false],
    ['2024-13-01', false],
    ['2024-00-10', false],
    ['2024-04-31', false],
    ['2024-4-3', false],
    ['2024-04-03T00:00:00Z', false],
  ])('knows whether %s is a day', (text, expected) => {
    expect(isCalendarDate(text)).toBe(expected);
  });

  it.each([
    ['2024-05-01T10:00:00.000+0000', '2024-05-01T10:00:00.000Z'],
    ['2024-05-01T10:00:00+02:00', '2024-05-01T08:00:00.000Z'],
    ['2024-05-01T10:00:00Z', '2024-05-01T10:00:00.000Z'],
    ['2024-05-01T10:00:00', null],
    ['2024-05-01', null],
    ['2024-05-99T10:00:00Z', null],
    ['2024-02-30T10:00:00Z', null],
    ['2024-02-30T10:00:00.000Z', null],
    ['2024-02-29T10:00:00.000Z', '2024-02-29T10:00:00.000Z'],
  ])('reads the instant %s', (text, expected) => {
    expect(canonicalInstant(text)).toBe(expected);
  });

  it('sorts a list and drops repeats and blanks', () => {
    expect(canonicalList([' b', 'a', '', 'b'])).toEqual(['a', 'b']);
  });
});

describe('sameValue', () => {
  it.each([
    [null, null, true],
    [null, '', false],
    [['a', 'b'], ['a', 'b'], true],
    [['a'], ['a', 'b'], false],
    [{ amount: '1', currency: 'EUR' }, { currency: 'EUR', amount: '1' }, true],
    [{ amount: '1', currency: 'EUR' }, { amount: '1', currency: 'USD' }, false],
    ['1', 1, false],
    [false, null, false],
  ])('compares %j and %j', (left, right, expected) => {
    expect(sameValue(left, right)).toBe(expected);
    expect(sameValue(right, left)).toBe(expected);
  });
});

describe('newRecordId', () => {
  it('gives the same record the same id and every other place another one', () => {
    const id = newRecordId('partner', 'north', 'Account', '001');
    expect(newRecordId('partner', 'north', 'Account', '001')).toBe(id);
    const others = [
      newRecordId('customer', 'north', 'Account', '001'),
      newRecordId('partner', 'south', 'Account', '001'),
      newRecordId('partner', 'north', 'Contact', '001'),
      newRecordId('partner', 'north', 'Account', '002'),
      newRecordId('partner', 'northA', 'ccount', '001'),
    ];
    expect(new Set([id, ...others]).size).toBe(6);
    expect(isRecordId('partner', id)).toBe(true);
    expect(isRecordId('customer', id)).toBe(false);
    expect(id).toMatch(/^ptr_[0-9a-hjkmnp-tv-z]{20}$/);
  });

  it('keeps records together that the CRM numbered one after the other', () => {
    const crmIds = ['006Sm0000000009AAA', '006Sm000000000zAAA', '006Sm00000000A1AAA', '006Sm00000000a0AAA'];
    const ids = crmIds.map((crmId) => newRecordId('deal', 'north', 'Opportunity', crmId));
    expect([...ids].sort()).toEqual(ids);
    const credits = crmIds.map((crmId) =>
      newRecordId('credit', 'north', 'Opportunity', `${crmId}:Partner__c`),
    );
    expect([...credits].sort()).toEqual(credits);
  });
});

it('shows of a record the id by which its CRM or its file knows it', () => {
  const id = 'deal_0123456789abcdefghjk';
  expect(knownId({ id, crmId: '006Qy00000A1' })).toBe('006Qy00000A1');
  expect(knownId({ id, crmId: 'id:D-1' })).toBe('D-1');
  // A row that is known by its words has no id.
  expect(knownId({ id, crmId: 'northwind|az-900|2026-01-01' })).toBe(id);
  expect(knownId({ id, crmId: 'line:3' })).toBe(id);
  expect(knownId({ id, crmId: null })).toBe(id);
});
