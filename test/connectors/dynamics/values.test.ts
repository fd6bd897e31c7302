import { describe, expect, it } from '@jest/globals';
import { parseExact } from '../../../connectors/dynamics/exact-json.ts';
import type { Column } from '../../../connectors/dynamics/metadata.ts';
import { convertOf } from '../../../connectors/dynamics/values.ts';
import { fc } from '../../services/fast-check.ts';

const column = (type: Column['type'], isLocalDay = false) => ({ type, isLocalDay }) as Column;

describe('JSON without rounding', () => {
  it('is JSON where every number fits into a double as it stands', () => {
    const plain = fc.jsonValue({ noUnicodeString: false }).map((value) => JSON.stringify(value));
    fc.assert(
      fc.property(plain, (text) => {
        const isExact = (value: unknown): unknown =>
          typeof value === 'number' && !/^-?\d{1,15}$/.test(JSON.stringify(value))
            ? JSON.stringify(value)
            : value;
        const expected: unknown = JSON.parse(text, (_key, value: unknown) => isExact(value));
        expect(parseExact(text)).toEqual(expected);
      }),
    );
  });

  it('leaves digits in texts alone', () => {
    const text = '{"a":"1.50","b\\"1.5":"x\\\\","c":[1.50,-3,12345678901234567],"d":1e3}';
    expect(parseExact(text)).toEqual({
      a: '1.50',
      'b"1.5': 'x\\',
      c: ['1.50', -3, '12345678901234567'],
      d: '1e3',
    });
  });

  it('refuses what is no JSON', () => {
    expect(() => parseExact('<html>')).toThrow(SyntaxError);
  });
});

describe('values', () => {
  it.each([
    ['money', '922337203685477.5807', '922337203685477.5807'],
    ['money', '20000.0000', '20000'],
    ['decimal', 12, '12'],
    ['integer', 12, 12],
    ['integer', '12345678901234567', '12345678901234567'],
    ['boolean', false, false],
    ['boolean', null, null],
    ['choice', 5, '5'],
    ['multiChoice', '1,2', '1;2'],
    ['text', '', null],
    ['instant', '2026-11-23T09:47:13Z', '2026-11-23T09:47:13.000Z'],
    ['date', '2026-11-23', '2026-11-23'],
    ['reference', '78914942-34cb-ed11-b596-0022481d68cd', '78914942-34cb-ed11-b596-0022481d68cd'],
  ] as const)('of %s: %j is %j', (type, raw, expected) => {
    expect(convertOf(column(type))(raw)).toBe(expected);
  });

  it('the day of a local midnight is the same in every zone from UTC-11 to UTC+12', () => {
    for (let minutes = -11 * 60; minutes <= 12 * 60 - 1; minutes += 15) {
      const midnight = new Date(Date.parse('2026-03-01T00:00:00Z') - minutes * 60_000).toISOString();
      expect(convertOf(column('date', true))(midnight)).toBe('2026-03-01');
    }
  });
});
