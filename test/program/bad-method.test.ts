import { expect, it } from '@jest/globals';
import { findings, good } from './good-program.ts';

/** Line 40 of the text is the first of what is added. */
const wrong = (lines: string) => findings(`${good}${lines}\n`);

it.each([
  [
    'motivators: [{ label: Margin, partnerTypes: [resellr] }]',
    '40:46 motivators.0.partnerTypes.0: "resellr" is not a partner type; did you mean "reseller"?',
  ],
  [
    'motivators: [{ label: Margin, hlp: More. }]',
    '40:31 motivators.0.hlp: "hlp" is not a known key; did you mean "help"?',
  ],
])('%s', (lines, expected) => {
  expect(wrong(lines)).toEqual([expected]);
});

it.each([
  [
    '{ revenu: 1 }',
    '10:65 successFactors.0.targets.revenu: "revenu" is not among the KPIs of this factor; did you mean "revenue"?',
  ],
  [
    '{ revenue: 5 GBP }',
    '10:65 successFactors.0.targets.revenue: the program has no rate for GBP; it knows USD, EUR',
  ],
])('targets: %s', (targets, expected) => {
  expect(findings(good.replace('kpis: [revenue] }', `kpis: [revenue], targets: ${targets} }`))).toEqual([
    expected,
  ]);
});
