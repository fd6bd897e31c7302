import { expect, it } from '@jest/globals';
import { computeTier } from '../../src/tier/computed.ts';
import { flippedRequirements } from '../../src/tier/flipped.ts';
import type { KpiInput } from '../../src/tier/types.ts';
import { changed, programOf } from '../kpi/sample.ts';

const program = programOf({
  kpis: '  usage: { label: Usage, help: Usage, unit: number, measure: { sum: fact.quantity } }',
  ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - key: gold
        label: Gold
        requirements: [{ kpi: usage, atLeast: 100 }]
        keepRequirements: [{ kpi: usage, atLeast: 80 }]`,
});

/** What is said of a partner with so much usage that holds the tier. */
function evidence(numerator: string, held: string | null, rules = program) {
  const [ladder] = rules.ladders;
  const figure = {
    kpi: 'usage',
    unit: 'number',
    currency: null,
    state: 'current',
    stateReason: null,
  } as const;
  const counts = { empty: null, counted: 1, excluded: 0, excludedBy: {}, inputsCompleteTo: null };
  const kpis: KpiInput[] = [{ ...figure, ...counts, numerator, denominator: '1' }];
  return computeTier({ program: rules, ladder: ladder!, kpis, partner: {}, asOf: '2026-03-01', held });
}

it('names what is answered in another way, and not that keeping a tier takes less than reaching it', () => {
  expect(flippedRequirements(evidence('90', null), evidence('100', null))).toMatchObject([
    { tier: 'Gold', kpi: 'usage', before: { state: 'not_met' }, after: { state: 'met' } },
  ]);
  expect(flippedRequirements(evidence('90', null), evidence('90', 'gold'))).toEqual([]);
});

it('says of a KPI what the tier asks for that it is about, and not a lower one', () => {
  const asked = changed(program, [
    '{ key: silver, label: Silver }',
    '{ key: silver, label: Silver, requirements: { kpi: usage, atLeast: 90 } }',
  ]);
  const [before, after] = ['95', '70'].map((usage) => evidence(usage, 'gold', asked));
  expect(flippedRequirements(before!, after!)).toMatchObject([{ tier: 'Silver', needs: '90' }]);
  expect(flippedRequirements(before!, after!, 'gold')).toMatchObject([{ tier: 'Gold', needs: '80' }]);
});
