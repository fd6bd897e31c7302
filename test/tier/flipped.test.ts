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
function evidence(
  usage: string,
  held: string | null,
  rules = program,
  others: Readonly<Record<string, string>> = {},
) {
  const [ladder] = rules.ladders;
  const figure = {
    unit: 'number',
    currency: null,
    state: 'current',
    stateReason: null,
  } as const;
  const counts = { empty: null, counted: 1, excluded: 0, excludedBy: {}, inputsCompleteTo: null };
  const kpis = Object.entries({ usage, ...others }).map(
    ([kpi, numerator]): KpiInput => ({ ...figure, ...counts, kpi, numerator, denominator: '1' }),
  );
  return computeTier({ program: rules, ladder: ladder!, kpis, partner: {}, asOf: '2026-03-01', held });
}

it('names what is answered in another way, and not that keeping a tier takes less than reaching it', () => {
  expect(flippedRequirements(evidence('90', null), evidence('100', null))).toMatchObject([
    { tier: 'Gold', kpi: 'usage', before: { state: 'not_met' }, after: { state: 'met' } },
  ]);
  expect(flippedRequirements(evidence('90', null), evidence('90', 'gold'))).toEqual([]);
});

const asked = changed(program, [
  '{ key: silver, label: Silver }',
  '{ key: silver, label: Silver, requirements: { kpi: usage, atLeast: 90 } }',
]);

it('says of a decision what its own tier asks for, and nothing of others', () => {
  const [before, between, after] = ['95', '85', '70'].map((usage) => evidence(usage, 'gold', asked));
  expect(flippedRequirements(before!, after!)).toMatchObject([{ tier: 'Silver', after: { needs: '90' } }]);
  const gold = { tier: 'gold', way: 'down' } as const;
  expect(flippedRequirements(before!, after!, gold)).toMatchObject([
    { tier: 'Gold', before: { needs: '80', has: '95' }, after: { needs: '80', has: '70' } },
  ]);
  expect(flippedRequirements(before!, between!, gold)).toEqual([]);
});

it('counts the tiers below where a ladder is cumulative', () => {
  const cumulative = changed(asked, ['label: Main', 'label: Main\n    hold: cumulative']);
  const [before, after] = ['95', '85'].map((usage) => evidence(usage, 'gold', cumulative));
  expect(flippedRequirements(before!, after!, { tier: 'gold', way: 'down' })).toMatchObject([
    { tier: 'Silver', after: { needs: '90' } },
  ]);
});

it('does not call what has become met the reason of a loss', () => {
  const [before, after] = [evidence('70', 'gold', asked), evidence('95', 'gold', asked)];
  expect(flippedRequirements(before, after, { tier: 'gold', way: 'down' })).toEqual([]);
  expect(flippedRequirements(before, after, { tier: 'gold', way: 'up' })).toMatchObject([{ tier: 'Gold' }]);
});

it('tells each of several limits of one KPI, and what was asked for before', () => {
  const needing = programOf({
    kpis: `  usage: { label: Usage, help: Usage, unit: number, measure: { sum: fact.quantity } }
  needed: { label: Usage needed, help: N, unit: number, measure: { count: deal } }`,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: gold, label: Gold, requirements: [{ kpi: usage, atLeast: 100 }, { kpi: usage, atLeast: { kpi: needed } }] }`,
  });
  const before = evidence('100', 'gold', needing, { needed: '100' });
  const after = evidence('90', 'gold', needing, { needed: '95' });
  expect(flippedRequirements(before, after, { tier: 'gold', way: 'down' })).toMatchObject([
    { kpi: 'usage', thresholdKpi: null, before: { needs: '100' }, after: { needs: '100' } },
    {
      kpi: 'usage',
      thresholdKpi: 'needed',
      before: { needs: '100 (Usage needed)', has: '100' },
      after: { needs: '95 (Usage needed)', has: '90' },
    },
  ]);
});
