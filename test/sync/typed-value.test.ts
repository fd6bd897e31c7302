import { describe, expect, it } from '@jest/globals';
import type { FieldDescription } from '../../src/sync/crm-description.ts';
import { typedValue } from '../../src/sync/mapping/typed-value.ts';

/** What a person types for a value of the CRM, in the form of the field or refused in words. */

function fieldOf(type: FieldDescription['type']): FieldDescription {
  return { name: 'f', label: 'F', type, createable: true, updateable: true } as FieldDescription;
}

describe('a typed day', () => {
  it.each(['2026-12-31', '2028-02-29', '0099-01-01'])('%s is one', (text) => {
    expect(typedValue(fieldOf('date'), text)).toEqual({ value: text });
  });

  it.each(['2026-13-01', '2026-00-10', '2026-02-30', '2026-02-32', '2026-1-1', '31.12.2026', 'soon', ''])(
    '"%s" is none, and is said to be none',
    (text) => {
      expect(typedValue(fieldOf('date'), text)).toEqual({
        problem: `"${text}" is not a day such as 2026-12-31`,
      });
    },
  );

  it.each(['2026-13-01T10:00:00Z', '2026-12-31T25:00:00Z', '2026-12-31T17:00:00', '2026-12-31'])(
    'a time needs to be one and to have its zone: %s',
    (text) => {
      expect(typedValue(fieldOf('instant'), text)).toMatchObject({
        problem: expect.stringContaining('a time'),
      });
    },
  );
});

it.each(['decimal', 'money', 'percent'] as const)(
  'a typed %s of three digits after a point may be thousands, and is asked for',
  (type) => {
    expect(typedValue(fieldOf(type), '1.234')).toEqual({
      problem: '"1.234" may be 1234; write that, or 1.2340',
    });
    for (const [typed, value] of [
      ['1.2340', '1.234'],
      ['1234', '1234'],
      ['0.250', '0.25'],
    ])
      expect(typedValue(fieldOf(type), typed!)).toEqual({ value });
  },
);
