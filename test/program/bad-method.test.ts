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
  [
    'goals: [{ label: New, partnerTypes: [resellr], newPartners: 3 }]',
    '40:38 goals.0.partnerTypes.0: "resellr" is not a partner type; did you mean "reseller"?',
  ],
  ['goals: [{ label: New }]', '40:9 goals.0: a goal is either newPartners or a kpi with atLeast'],
  [
    'goals: [{ label: New, newPartners: { 2026-Q5: 3 } }]',
    '40:38 goals.0.newPartners.2026-Q5: "2026-Q5" is no period; write it like 2026-Q3, 2026-09, 2026, FY2026-Q1 or FY2026',
  ],
  [
    'goals: [{ label: New, newPartners: { 2026-Q4: 3 }, every: year }]',
    '40:52 goals.0.every: newPartners names its periods already; leave out one of the two',
  ],
  [
    'goals: [{ label: New, newPartners: 3, regions: [nordics] }]',
    '40:49 goals.0.regions.0: the program has no regions; name the countries, or add regions to it',
  ],
  [
    'goals: [{ label: Win, kpi: winRate, atLeast: 3 }]',
    '40:23 goals.0.kpi: Win rate of several partners does not add up; use a sum or a count, such as revenue',
  ],
  [
    'goals: [{ label: Revenue, kpi: revenue, atLeast: 3, every: month }]',
    '40:27 goals.0.kpi: Revenue looks at { last: 12 months, by: closeOn }, and the goal at 2026-01; name a KPI with a window { current: month, by: closeOn }, or another period',
  ],
  [
    'goals: [{ label: Revenue, kpi: revenue, atLeast: { 2026: 5, 2026-Q4: 3 } }]',
    '40:27 goals.0.kpi: Revenue looks at { last: 12 months, by: closeOn }, and the goal at 2026-Q4; name a KPI with a window of the same length, or another period',
  ],
  ['goals: [{ label: Revenue, kpi: revenue }]', '40:9 goals.0: a KPI needs what it should come to: atLeast'],
  [
    'benefits: [{ key: kit, label: Kit, tiers: [glod], due: once }]',
    '40:44 benefits.0.tiers.0: "glod" is not a tier of the program; did you mean "gold"?',
  ],
  [
    'benefits: [{ key: kit, label: Kit, tiers: { gold: 5 }, amount: 5 }]',
    '40:56 benefits.0.amount: each tier says how much already; leave out one of the two',
  ],
  [
    'benefits: [{ key: kit, label: Kit, within: 5 days }]',
    '40:36 benefits.0.within: says nothing without due, by which something is delivered',
  ],
  [
    'responsibilities: [{ key: plan, label: Plan, expect: { fact: plan, every: year } }]',
    '40:20 responsibilities.0: nobody does anything: say what the vendor does, the partner, or both',
  ],
  [
    'responsibilities: [{ key: plan, label: Plan, vendor: Helps., expect: { fact: plan } }]',
    '40:62 responsibilities.0.expect: it is never due: say within how long, or every',
  ],
  [
    'responsibilities: [{ key: plan, label: Plan, vendor: Helps., expect: { kpi: revenue, atLeast: 3 } }]',
    '40:62 responsibilities.0.expect: nobody reaches it on the first day: say within how long',
  ],
  [
    'responsibilities: [{ key: plan, label: Plan, vendor: Helps., expect: { kpi: revenu, atLeast: 3, within: 1 year } }]',
    '40:72 responsibilities.0.expect.kpi: "revenu" is not a KPI of this program; did you mean "revenue"?',
  ],
  [
    'responsibilities: [{ key: plan, label: Plan, vendor: Helps., expect: { kpi: revenue, atLeast: 3, within: 1 year, every: year } }]',
    '40:114 responsibilities.0.expect.every: a figure is looked at every day; leave it out',
  ],
  [
    'ramp: { steps: [{ label: Signed, fact: contract, within: 4 months }] }',
    '40:50 ramp.steps.0.within: the ramp is over by then: it lasts 90 days',
  ],
  ['ramp: { steps: [{ label: Signed }] }', '40:17 ramp.steps.0: it is seen by exactly one of fact and kpi'],
  [
    'idealProfile: { label: I, criteria: [{ key: a, label: A, weight: 1, kpi: revenue, target: 1, grades: [{ when: { attribute: name, blank: false }, gives: 5 }] }] }',
    '40:38 idealProfile.criteria.0: a criterion is exactly one of a kpi with its target, a condition on the partner, and grades',
  ],
  [
    'idealProfile: { label: I, criteria: [{ key: a, label: A, weight: 1, grades: [{ when: { attribute: nam, blank: false }, gives: 5 }] }] }',
    '40:88 idealProfile.criteria.0.grades.0.when.attribute: "nam" is not an attribute of partner; did you mean "name"?',
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

it.each([
  [
    'last: 365 days, by: closeOn',
    'Revenue looks at { last: 365 days, by: closeOn }, and the goal at 2028; name a KPI with a window { current: year, by: closeOn }, or another period',
  ],
  [
    'validThrough: closeOn, ago: 1 year',
    'Revenue looks at { ago: 1 year, validThrough: closeOn }, and the goal at 2026; name a KPI without "ago", which is of the last day of the period',
  ],
])('goals: a year is not { %s }', (window, expected) => {
  const text = good.replace('last: 12 months, by: closeOn', window);
  expect(findings(`${text}goals: [{ label: Revenue, kpi: revenue, atLeast: 3, every: year }]\n`)).toEqual([
    `40:27 goals.0.kpi: ${expected}`,
  ]);
});

it('goals: one of several windows has to fit as well', () => {
  const any = '{ any: [{ current: quarter, by: closeOn }, { last: 1 month, by: createdAt }] }';
  const text = good.replace('{ last: 12 months, by: closeOn }', any);
  expect(findings(`${text}goals: [{ label: Revenue, kpi: revenue, atLeast: 3 }]\n`)).toEqual([
    expect.stringContaining('Revenue looks at { last: 1 month, by: createdAt }, and the goal at 2026-Q1'),
  ]);
});

it.each(['average', 'median', 'min', 'max'])(
  'what is the %s of customers at each partner is no sum of all partners',
  (take) => {
    const text = good.replace(
      'kpis:\n',
      `kpis:\n  mid: { label: Middle, help: m, unit: money, measure: { sum: deal.amount, perEach: { of: customer, take: ${take} } } }\n`,
    );
    expect(findings(`${text}goals: [{ label: Mid, kpi: mid, atLeast: 3 }]\n`)).toEqual([
      '41:23 goals.0.kpi: Middle of several partners does not add up; use a sum or a count, such as revenue',
    ]);
  },
);
