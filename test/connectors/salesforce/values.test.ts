import { describe, expect, it } from '@jest/globals';
import { convertOf, csvValue, jsonValue } from '../../../connectors/salesforce/values.ts';
import { decimalText, instantText } from '../../../connectors/shared/neutral-values.ts';
import { fc } from '../../services/fast-check.ts';

describe('decimals', () => {
  it.each([
    [100, '100'],
    ['100.0', '100'],
    ['1.50', '1.5'],
    [1e21, '1000000000000000000000'],
    ['1.2345E4', '12345'],
    ['1.23456E2', '123.456'],
    [1e-7, '0.0000001'],
    ['-0.0', '0'],
    ['-12.340', '-12.34'],
    ['007', '7'],
    ['.5', '0.5'],
    ['12345678901234567890.12', '12345678901234567890.12'],
  ])('%p becomes %p', (raw, text) => {
    expect(decimalText(raw)).toBe(text);
  });

  it('keep their value, have no exponent, and are the same again when read again', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        const text = decimalText(value);
        expect(Number(text)).toBe(value === 0 ? 0 : value);
        expect(text).toMatch(/^-?\d+(\.\d*[1-9])?$/);
        expect(decimalText(text)).toBe(text);
      }),
    );
  });
});

describe('instants', () => {
  it.each([
    ['2026-11-23T09:47:13.000+0000', '2026-11-23T09:47:13.000Z'],
    ['2026-11-23T09:47:13.000Z', '2026-11-23T09:47:13.000Z'],
    ['2026-11-23T09:47:13Z', '2026-11-23T09:47:13.000Z'],
    ['2026-11-23T10:47:13.000+0100', '2026-11-23T09:47:13.000Z'],
  ])('%s is %s', (raw, text) => {
    expect(instantText(raw)).toBe(text);
  });
});

describe('values of both lanes', () => {
  it.each([
    ['boolean', true, 'true', true],
    ['boolean', false, 'false', false],
    ['integer', 12, '12', 12],
    ['money', 100.5, '100.50', '100.5'],
    ['date', '2026-03-04', '2026-03-04', '2026-03-04'],
    ['instant', '2026-03-04T10:00:00.000+0000', '2026-03-04T10:00:00.000Z', '2026-03-04T10:00:00.000Z'],
    ['text', 'Ünï', 'Ünï', 'Ünï'],
    ['text', null, '', null],
    ['money', null, '', null],
  ] as const)('a %s reads the same through REST and Bulk', (type, json, csv, value) => {
    expect(convertOf(type)(json)).toEqual(value);
    expect(convertOf(type)(csv)).toEqual(value);
  });

  it('a blank clears a field in both', () => {
    expect(csvValue(null)).toBe('#N/A');
    expect(jsonValue(null, 'money')).toBeNull();
    expect(jsonValue('12.50', 'money')).toBe(12.5);
    expect(jsonValue('12.50', 'text')).toBe('12.50');
  });
});
