import { expect, it } from '@jest/globals';
import { noteOnFigure } from '../../src/cli/figure-note.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { programOf } from '../kpi/sample.ts';

const program = programOf({
  kpis: `  learning: { label: Learning, help: x, unit: points, measure: { sum: fact.quantity, cap: 200 } }
  renewals: { label: Renewals, help: x, unit: percent, minimumSample: 3, whenEmpty: zero, every: { of: deal, must: { attribute: isWon, is: true } } }`,
  ladders: `  - { key: main, label: Main, tiers: [{ key: low, label: Low }, { key: high, label: High, requirements: { kpi: learning, atLeast: 10 } }] }`,
});

const value: KpiValue = {
  program: program.name,
  partnerId: 'A',
  kpi: 'learning',
  unit: 'points',
  asOf: '2026-11-30',
  state: 'current',
  stateReason: null,
  numerator: '200',
  denominator: '1',
  currency: null,
  empty: null,
  counted: 2,
  excluded: 0,
  excludedBy: {},
  sample: 2,
  error: null,
  inputsCompleteTo: null,
  nextChangeAt: null,
};

it.each<[string, Partial<KpiValue>, string | null]>([
  ['where a cap cuts it off', {}, 'at most 200 points, whatever the records come to'],
  ['nothing below the cap', { numerator: '399', denominator: '2' }, null],
  [
    'what is missing where it stands in for none',
    { kpi: 'renewals', unit: 'percent', numerator: '0', empty: 'minimum_sample' },
    '1 more deal needed (2 of 3); counts as 0 %',
  ],
  ['nothing of one that is measured', { kpi: 'renewals', unit: 'percent', numerator: '50' }, null],
])('says %s', (_what, given, expected) => {
  expect(noteOnFigure(program, { ...value, ...given })).toBe(expected);
});
