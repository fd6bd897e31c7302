import { describe, expect, it } from '@jest/globals';
import { ApiError } from '../../../../connectors/salesforce/simulator/types.ts';
import { fc } from '../../../services/fast-check.ts';
import { createSource } from './soql-source.ts';

/** A filter over the numbers of employees, as text and as a function that needs no parser. */
interface Filter {
  text: string;
  test(value: number): boolean;
}

const leaf: fc.Arbitrary<Filter> = fc
  .record({
    operator: fc.constantFrom('=', '!=', '<', '<=', '>', '>=', 'IN'),
    value: fc.integer({ min: 0, max: 9 }),
  })
  .map(({ operator, value }) => ({
    text: `NumberOfEmployees ${operator} ${operator === 'IN' ? `(${value}, ${value + 1})` : value}`,
    test: (found: number) =>
      ({
        '=': found === value,
        '!=': found !== value,
        '<': found < value,
        '<=': found <= value,
        '>': found > value,
        '>=': found >= value,
        IN: found === value || found === value + 1,
      })[operator] === true,
  }));

const filter: fc.Arbitrary<Filter> = fc.letrec<{ tree: Filter; joined: Filter; negated: Filter }>((tie) => ({
  tree: fc.oneof({ depthSize: 'small' }, leaf, tie('joined'), tie('negated')),
  joined: fc
    .record({
      word: fc.constantFrom('AND', 'OR'),
      parts: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    })
    .map(({ word, parts }) => ({
      text: parts.map((part) => `(${part.text})`).join(` ${word} `),
      test: (found: number) =>
        word === 'AND' ? parts.every((part) => part.test(found)) : parts.some((part) => part.test(found)),
    })),
  negated: fc.record({ part: tie('tree'), bare: fc.boolean() }).map(({ part, bare }) => ({
    text: bare && !/[()]|AND|OR/.test(part.text) ? `NOT ${part.text}` : `NOT (${part.text})`,
    test: (found: number) => !part.test(found),
  })),
})).tree;

describe('any nesting of AND, OR, NOT and parentheses', () => {
  it('finds what the same logic finds without a parser', () => {
    const org = createSource();
    const numbers = Array.from({ length: 11 }, (_, i) => i);
    for (const value of numbers)
      org.add('Account', { Name: String(value).padStart(2, '0'), NumberOfEmployees: value });
    fc.assert(
      fc.property(filter, ({ text, test }) => {
        fc.pre(!/NOT[ (]*NOT[ (]*NOT/.test(text)); // refused: the parser loses the middle one
        const expected = numbers.filter(test).map((value) => String(value).padStart(2, '0'));
        expect(org.names('Account', text)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe('any text between quotes', () => {
  it('is found as itself when it is escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 }), (name) => {
        fc.pre(name === name.toLowerCase() && name.trim() === name);
        const org = createSource();
        org.add('Account', { Name: name });
        org.add('Account', { Name: `${name}x` });
        const literal = name.replace(/[\\']/g, '\\$&');
        const pattern = literal.replace(/[%_]/g, '\\$&');
        expect(org.names('Account', `Name = '${literal}'`)).toEqual([name]);
        expect(org.names('Account', `Name LIKE '${pattern}'`)).toEqual([name]);
      }),
      { numRuns: 100 },
    );
  });
});

describe('any statement at all', () => {
  const seeds = [
    "SELECT Id, Name, Account.Owner.Name FROM Contact c WHERE (c.Name LIKE 'a%' OR NOT Email = null) AND AccountId IN (SELECT Id FROM Account WHERE Name != 'x') ORDER BY Name DESC NULLS LAST, Id LIMIT 5 OFFSET 1",
    'SELECT Name, COUNT(Id) n, SUM(AnnualRevenue) FROM Account WHERE CreatedDate = LAST_N_DAYS:3 GROUP BY Name HAVING COUNT(Id) > 1 ORDER BY COUNT(Id)',
    'SELECT FIELDS(ALL), (SELECT Id FROM Contacts LIMIT 1), TYPEOF Owner WHEN User THEN Name ELSE Id END FROM Case LIMIT 10 FOR VIEW',
    "SELECT toLabel(Industry), FORMAT(AnnualRevenue) r FROM Account WHERE CALENDAR_YEAR(CreatedDate) IN (2026, 2027) AND Name NOT IN ('a', 'b')",
  ];
  const words = seeds.flatMap((seed) => seed.split(/(\s+|[(),.:'])/)).filter((word) => word !== '');

  it('is answered or refused, never broken on', () => {
    const org = createSource();
    org.add('Account', { Name: 'a', Industry: 'Energy', AnnualRevenue: 5 });
    const edit = fc.record({
      at: fc.nat(60),
      drop: fc.nat(2),
      put: fc.array(fc.constantFrom(...words), { maxLength: 2 }),
    });
    fc.assert(
      fc.property(fc.constantFrom(...seeds), fc.array(edit, { maxLength: 3 }), (seed, edits) => {
        const parts = seed.split(/(\s+|[(),.:'])/);
        for (const { at, drop, put } of edits) parts.splice(at, drop, ...put);
        try {
          org.run(parts.join('')).page(0, 10);
        } catch (error) {
          if (!(error instanceof ApiError)) throw error;
          expect(error.status).toBe(400);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
