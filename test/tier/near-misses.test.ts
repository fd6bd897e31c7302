import { describe, expect, it } from '@jest/globals';
import { exact, partsOf } from '../../src/program/exact.ts';
import { tierEvidence } from '../../src/tier/requirement.ts';
import { programOf } from '../kpi/sample.ts';
import { points } from './replay.ts';

/** A figure that misses its limit by less than is shown must not read as if it had reached it. */
const program = programOf({
  kpis: `  score: { label: Score, help: S., unit: points, measure: { sum: fact.quantity } }
  share: { label: Share, help: S., unit: percent, measure: { sum: fact.quantity } }`,
  ladders: `  - key: main
    label: Main
    tiers: [{ key: high, label: High }]`,
});

function words(kpi: 'score' | 'share', value: string, bound: { atLeast: number } | { atMost: number }) {
  const tier = { ...program.ladders[0]!.tiers[0]!, requirements: { kpi, ...bound } };
  const input = { ...points('0'), ...partsOf(exact(value)), kpi, unit: program.kpis[kpi]!.unit };
  const [found] = tierEvidence({ program, kpis: new Map([[kpi, input]]), partner: {} }, tier).requirements;
  return [found!.has, found!.state, found!.gapText];
}

describe('a near miss', () => {
  it.each([
    ['score', '69.98', { atLeast: 70 }, ['69.98 points', 'not_met', '0.02 points more']],
    ['score', '69.998', { atLeast: 70 }, ['just under 70 points', 'not_met', 'less than 0.01 points more']],
    ['score', '70.0001', { atMost: 70 }, ['just over 70 points', 'not_met', 'less than 0.01 points less']],
    ['score', '70', { atLeast: 70 }, ['70 points', 'met', null]],
    [
      'share',
      '29.97',
      { atLeast: 30 },
      ['just under 30 %', 'not_met', 'less than 0.1 percentage points more'],
    ],
  ] as const)('%s %s: %o', (kpi, value, bound, expected) => {
    expect(words(kpi, value, bound)).toEqual(expected);
  });
});
