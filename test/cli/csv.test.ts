import { expect, it } from '@jest/globals';
import { csvText } from '../../src/cli/csv.ts';
import { isSameCell } from '../../src/cli/same-cell.ts';
import { harmlessCell, unguardedCell } from '../../src/sync/import/csv-cell.ts';

it.each(['=1+1', '+1+1', '-1+1', '@sum', '\t=1', '\r=1', '\n=1', '＝1', '＋1', '－1', '＠a'])(
  'keeps %j from being a formula',
  (text) => expect(csvText([[text]]).replace(/^"/, '')).toMatch(/^'/),
);

it('leaves numbers as they are, and quotes what needs it', () => {
  expect(csvText([['-1.50', '12', 'a, "b"', 'c\r\nd', '']])).toBe('-1.50,12,"a, ""b""","c\r\nd",\r\n');
});

it.each(['=x', "'=x", "''=x", "'", "''", "'x", "'-5", '-5', '-a', "O'Hara", ''])(
  'has %j back as it was from a table that it wrote',
  (text) => expect(unguardedCell(harmlessCell(text))).toBe(text),
);

it.each([
  ['2026-03-31', '31.03.2026', true],
  ['2026-03-31', '3/31/26', true],
  ['2026-03-31', '31.03.2027', false],
  ['1234.5', '1234,50', true],
  ['1234.5', '12345', false],
  ['004612345678901', '4.61235E+12', true],
  ['4612345678901', '4,61235E+12', true],
  ['4612345678901', '4.61236E+12', false],
  ['46123456', '4.6E+07', false],
  ['123456789012345678', '123456789012345000', true],
  ['123456789012345678', '123456789012346000', false],
  ['true', 'TRUE', true],
  ['=1+1', "'=1+1", true],
  ['Gold', 'gold', false],
])('takes %j that came back as %j for the same: %j', (own, cell, isSame) =>
  expect(isSameCell(own, cell)).toBe(isSame),
);

it('takes a long number that was cut short for no other where all of it has to be there', () => {
  expect(isSameCell('123456789012', '1.2E+11', { whole: true })).toBe(false);
  expect(isSameCell('123456789012', '123456789012.0', { whole: true })).toBe(true);
});
