import { expect, it } from '@jest/globals';
import { factKindsNamed } from '../../src/kpi/reads.ts';
import { programOf } from './sample.ts';

it('a program names the kinds of facts that its figures read, that it asks for or expects, and that have a limit', () => {
  const program = programOf({
    head: `freshness: { factKinds: { council seat: 400 days } }
benefits: [{ key: funds, label: Marketing funds, due: year }]
responsibilities:
  - { key: plan, label: Plan, partner: Plans., expect: { fact: business plan, every: year, within: 3 months } }`,
    kpis: `  share:
    label: Share
    help: x
    unit: percent
    ratio:
      of: { sum: fact.quantity, where: { attribute: kind, in: [usage, trial] } }
      to: { sum: fact.quantity, where: { attribute: quantity, moreThan: 0 } }
  double:
    label: Double
    help: x
    unit: points
    score: { linear: { of: share, full: 100, points: 10 } }`,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze }
      - { key: gold, label: Gold, requirements: [{ not: { fact: audit finding } }] }`,
  });
  expect(factKindsNamed(program).sort()).toEqual([
    'Marketing funds',
    'audit finding',
    'business plan',
    'council seat',
    'trial',
    'usage',
  ]);
});
