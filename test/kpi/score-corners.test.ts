import { expect, it } from '@jest/globals';
import type { PartFigure } from '../../src/kpi/score/part.ts';
import { figureOfScore, scoreOf } from '../../src/kpi/score/score.ts';
import { scoresInOrder } from '../../src/program/score-parts.ts';
import { programOf } from './sample.ts';

/** Where random scores and figures (test/tier/independent.test.ts) once found a score wrong. */
const empty: PartFigure = {
  kpi: 'm',
  unit: 'points',
  currency: null,
  state: 'current',
  stateReason: null,
  numerator: null,
  denominator: null,
  empty: 'no_records',
  counted: 0,
  excluded: 0,
  excludedBy: {},
  inputsCompleteTo: null,
};
const error = {
  code: 'rate_missing',
  entity: 'deal',
  recordId: 'd',
  currency: null,
} as const;
const broken: PartFigure = { ...empty, state: 'error', stateReason: error, empty: null, error };
const two: PartFigure = { ...empty, numerator: '2', denominator: '1', empty: null };

it.each([
  [
    'is not in error for a condition that was not looked at',
    'whenEmpty: zero, score: { choose: [{ when: { kpi: two, atLeast: 1 }, use: empty }, { when: { kpi: broken, atLeast: 1 }, use: 3 }, { otherwise: 1 }] }',
    '0',
  ],
  [
    'does not ask for the track behind a step that does not hold',
    'score: { steps: [{ points: 5 }, { points: 4, needs: { kpi: two, atLeast: 3 } }, { points: { big: 1, small: 2 } }] }',
    '5',
  ],
  [
    'counts for "pass" the most that a step lets its part bring',
    'score: { steps: [{ points: passing, most: 7 }] }',
    '7',
  ],
  [
    'is in error with a part that is, also where the number of another one is not known',
    'whenEmpty: zero, score: { weighted: { of: [{ kpi: two, weight: 1, full: { north: 5 } }, { kpi: broken, weight: 1, full: 1 }], to: 10 } }',
    null,
  ],
  ['counts for "fail" what its bands take away', 'score: { sum: [two, penalty] }', '-3'],
])('a score %s', (_name, score, expected) => {
  const measured = (name: string, word = 'pending') =>
    `  ${name}: { label: ${name}, help: x, unit: points, whenEmpty: ${word}, measure: { sum: fact.quantity } }`;
  const program = programOf({
    head: 'regions: { list: [{ key: north, label: North, countries: [SE] }] }\ntracks: [{ key: big, label: Big, when: { kpi: broken, atLeast: 1 } }, { key: small, label: Small }]',
    kpis: [
      measured('two'),
      measured('broken'),
      measured('empty'),
      measured('passing', 'pass'),
      '  penalty: { label: P, help: x, unit: points, whenEmpty: fail, score: { bands: { of: empty, table: [{ from: 0, points: -5 }, { from: 3, points: 0 }] } } }',
      `  s: { label: S, help: x, unit: points, ${score} }`,
    ].join('\n'),
  });
  const figures = new Map<string, PartFigure>([
    ['two', two],
    ['broken', broken],
    ['empty', empty],
    ['passing', empty],
  ]);
  for (const kpi of scoresInOrder(program)) {
    const figure = figureOfScore(scoreOf({ program, figures, partner: {} }, kpi));
    figures.set(kpi, { ...empty, kpi, ...figure });
  }
  expect(figures.get('s')!.numerator).toBe(expected);
});
