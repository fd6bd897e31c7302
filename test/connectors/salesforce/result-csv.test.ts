import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { stringify } from 'csv-stringify/sync';
import { resultLines } from '../../../connectors/salesforce/result-csv.ts';
import { fc } from '../../services/fast-check.ts';

const cell = fc.oneof(
  fc.string(),
  fc.constant(''),
  fc.string({ unit: fc.constantFrom('"', ',', '\n', 'a', ' '), maxLength: 4 }),
  fc.string({ unit: fc.constantFrom(',', '\n', 'a'), maxLength: 4 }),
);
/** A header of names, as every result page begins, and lines of as many cells. */
const page = fc.integer({ min: 1, max: 4 }).chain((width) => {
  const line = fc.array(cell, { minLength: width, maxLength: width });
  const header = Array.from({ length: width }, (_unused, index) => `Field${index}__c`);
  return fc.array(line, { maxLength: 6 }).map((lines) => [header, ...lines]);
});

describe('pages of a bulk query', () => {
  it('read the same as by a full parser, whatever is in their cells', () => {
    fc.assert(
      fc.property(page, (rows) => {
        const text = stringify(rows, { quoted: true, quoted_empty: true });
        expect([...resultLines(text)]).toEqual(rows);
        expect([...resultLines(text)]).toEqual(parse(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it.each([
    ['"Id","Name"\n', [['Id', 'Name']]],
    [
      '"Id","Name"\n"1",""\n',
      [
        ['Id', 'Name'],
        ['1', ''],
      ],
    ],
    [
      '"Id","Name"\n"1",","\n"2","\n"\n',
      [
        ['Id', 'Name'],
        ['1', ','],
        ['2', '\n'],
      ],
    ],
    [
      'Id,Name\n1,A\n',
      [
        ['Id', 'Name'],
        ['1', 'A'],
      ],
    ],
    ['', []],
  ])('%j', (text, rows) => {
    expect([...resultLines(text)]).toEqual(rows);
  });
});
