import { describe, expect, it } from '@jest/globals';
import { findings, good } from './good-program.ts';

/** Records that are chosen by their size, and what is asked of those: what is wrong with that. */
const three = '{ by: amount, records: 3 }';

/** A KPI beside those of a sound program: its unit and its form, and the finding after "kpis.other.". */
const cases: [string, string, string, string][] = [
  [
    'the largest and the smallest at once',
    'money',
    `measure: { sum: deal.amount, largest: ${three}, smallest: ${three} }`,
    'measure: use largest or smallest, not both',
  ],
  [
    'the largest by an attribute that there is not',
    'money',
    'measure: { sum: deal.amount, largest: { by: amunt, records: 3 } }',
    'measure.largest.by: "amunt" is not an attribute of deal; did you mean "amount"?',
  ],
  [
    'the largest by a text',
    'money',
    'measure: { sum: deal.amount, smallest: { by: stage, records: 3 } }',
    'measure.smallest.by: smallest compares numbers, amounts or dates; stage is text',
  ],
  [
    'the largest of the newest record',
    'number',
    'measure: { latest: fact.quantity, largest: { by: quantity, records: 3 }, window: { last: 1 month, by: occurredOn } }',
    'measure.largest: latest is one record alone, so there are none to choose among',
  ],
  [
    'the largest of the largest',
    'money',
    `measure: { max: deal.amount, largest: ${three} }`,
    'measure.largest: the largest of these is the largest of all; leave it out',
  ],
  [
    'the smallest of the smallest',
    'money',
    `measure: { min: deal.amount, smallest: ${three} }`,
    'measure.smallest: the smallest of these is the smallest of all; leave it out',
  ],
  [
    'a number of chosen records',
    'count',
    `measure: { count: deal, largest: ${three} }`,
    'measure.largest: counts no more than how many are chosen; say with thenWhere which of them count, or write cap: 3',
  ],
  [
    'something asked of chosen records where none are chosen',
    'count',
    'measure: { count: deal, thenWhere: { attribute: isWon, is: true } }',
    'measure.thenWhere: is asked of records that are chosen (largest, smallest, newestOfEach, latest), and here all of them are; write where',
  ],
  [
    'something asked twice',
    'count',
    `measure: { count: deal, largest: ${three}, where: { attribute: isWon, is: true }, thenWhere: [{ attribute: isWon, is: true }] }`,
    'measure.thenWhere.0: where asks for it already, before records are chosen; leave it out here, or there',
  ],
  [
    'something asked by an attribute that there is not',
    'count',
    `measure: { count: deal, largest: ${three}, thenWhere: { attribute: tipe, is: x } }`,
    'measure.thenWhere.attribute: "tipe" is not an attribute of deal; did you mean "type"?',
  ],
  [
    'the largest by what there is not, of every',
    'percent',
    'every: { of: deal, largest: { by: amunt, records: 3 }, must: { attribute: isWon, is: true } }',
    'every.largest.by: "amunt" is not an attribute of deal; did you mean "amount"?',
  ],
  [
    'the newest of each by no date, of every',
    'percent',
    'every: { of: fact, newestOfEach: dimension, must: { attribute: quantity, atLeast: 1 } }',
    'every.newestOfEach: newestOfEach needs one window with "by", such as window: { last: 12 months, by: occurredOn }',
  ],
];

const beside = (unit: string, form: string, requirement = '') =>
  good
    .replace('kpis:\n', `kpis:\n  other: { label: O, help: O, unit: ${unit}, ${form} }\n`)
    .replace('- { kpi: winRate, atLeast: 30 }', `- { kpi: winRate, atLeast: 30 }\n${requirement}`);

describe('a choice among records', () => {
  it.each(cases)('with %s is refused at its place', (_name, unit, form, expected) => {
    const found = findings(beside(unit, form));
    expect(found.map((one) => one.replace(/^\S+ kpis\.other\./, ''))).toContain(expected);
  });

  it.each([
    ['money', `measure: { max: deal.amount, largest: ${three}, thenWhere: { attribute: isWon, is: true } }`],
    ['money', `measure: { sum: deal.amount, largest: { by: closeOn, records: 3, ties: all } }`],
    ['percent', `ratio: { of: { sum: deal.amount, largest: ${three} }, to: { sum: deal.amount } }`],
    [
      'percent',
      `ratio: { of: { count: deal, largest: ${three}, thenWhere: { attribute: isWon, is: true } }, to: { count: deal, largest: ${three} } }`,
    ],
  ])('in %s is sound: %s', (unit, form) => {
    expect(findings(beside(unit, form))).toEqual([]);
  });

  it('is never more records than are chosen, which no tier can ask for, unless those that are as large count as well', () => {
    const chosen = (ties: string) =>
      beside(
        'count',
        `measure: { count: deal, largest: { by: amount, records: 3${ties} }, thenWhere: { attribute: isWon, is: true } }`,
        '          - { kpi: other, atLeast: 4 }',
      );
    expect(findings(chosen(''))).toEqual([expect.stringContaining('other is at most 3')]);
    expect(findings(chosen(', ties: all'))).toEqual([]);
  });

  it('is a share of at most all of them only where both sides choose among the same', () => {
    const of = (where: string) =>
      beside(
        'percent',
        `ratio: { of: { count: deal, largest: ${three}, where: { attribute: stage, is: Won }, thenWhere: { attribute: type, is: Cloud } }, to: { count: deal, largest: ${three}${where} } }`,
        '          - { kpi: other, atLeast: 101 }',
      );
    expect(findings(of(', where: { attribute: stage, is: Won }'))).toEqual([
      expect.stringContaining('other is at most 100'),
    ]);
    expect(findings(of(''))).toEqual([]);
  });
});
