import { describe, expect, it } from '@jest/globals';
import type { Requirement } from '../../src/program/schema/ladder.ts';
import { tierEvidence } from '../../src/tier/requirement.ts';
import type { KpiInput } from '../../src/tier/types.ts';
import { programOf } from '../kpi/sample.ts';
import { points } from './replay.ts';

const program = programOf({
  kpis: ['pending', 'fail', 'pass', 'zero', 'one']
    .map(
      (when) =>
        `  ${when}: { label: ${when}, help: x, unit: number, whenEmpty: ${when}, measure: { sum: fact.quantity } }`,
    )
    .join('\n'),
  ladders: `  - key: main
    label: Main
    tiers: [{ key: high, label: High, requirements: [{ kpi: pending, atLeast: 1 }] }]`,
});

const noFigure = { numerator: null, denominator: null };
/** Nothing to measure; where the program declares a figure for that, it stands there. */
const inputs = (['pending', 'fail', 'pass', 'zero', 'one'] as const).map((kpi): KpiInput => {
  const figure = { zero: '0', one: '1' }[kpi as 'zero' | 'one'];
  return { ...points(figure ?? '0'), kpi, ...(figure === undefined ? noFigure : {}), empty: 'no_base' };
});

function answer(requirement: Requirement): string {
  const tier = { ...program.ladders[0]!.tiers[0]!, requirements: requirement };
  const kpis = new Map(inputs.map((input) => [input.kpi, input]));
  const { holds, couldHold, requirements } = tierEvidence({ program, kpis, partner: {} }, tier);
  return `${holds ? 'holds' : 'does not hold'}${couldHold === holds ? '' : ', open'}: ${requirements.map(({ state }) => state).join()}`;
}

/** Each line: what nothing to measure means, the requirement as it is, and with "not" around it. */
describe('a requirement on a KPI that has nothing to measure', () => {
  it.each([
    // A stand-in is a figure like any other, so "not" turns its comparison round: 0 and 1 against 1.
    ['zero', 'does not hold: not_met', 'holds: met'],
    ['one', 'holds: met', 'does not hold: not_met'],
    // No figure: what the program says of that holds whichever way the comparison looks.
    ['fail', 'does not hold: not_met', 'does not hold: not_met'],
    ['pass', 'holds: met', 'holds: met'],
    ['pending', 'does not hold, open: pending', 'does not hold, open: pending'],
  ])('%s: at least 1 %s; not at least 1 %s', (kpi, plain, turned) => {
    expect(answer({ kpi, atLeast: 1 })).toBe(plain);
    expect(answer({ not: { kpi, atLeast: 1 } })).toBe(turned);
    // The same in other words.
    expect(answer({ kpi, lessThan: 1 })).toBe(turned);
    expect(answer({ not: { not: { kpi, atLeast: 1 } } })).toBe(plain);
  });

  it('does not become a reason for a tier inside a "not" of several', () => {
    const both: Requirement = {
      all: [
        { kpi: 'fail', atLeast: 1 },
        { kpi: 'one', atLeast: 1 },
      ],
    };
    // Not both: the first is not known to be below 1, the second is not below it.
    expect(answer({ not: both })).toBe('does not hold: not_met,not_met');
    expect(
      answer({
        not: {
          any: [
            { kpi: 'pass', atLeast: 1 },
            { kpi: 'zero', atLeast: 1 },
          ],
        },
      }),
    ).toBe('holds: met,met');
  });
});
