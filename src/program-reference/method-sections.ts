import type { ReferenceSections } from './section.ts';

/** How the program is run, beside figures and tiers. */
export const methodSections: ReferenceSections = {
  successFactors: {
    title: 'Success factors',
    chapter: 'method.md#success-factors-and-scorecards',
    example: `successFactors:
  - { key: business, label: They win business, help: What they bring counts most., kpis: [revenue, dealsWon], targets: { dealsWon: 4 } }
`,
  },
  motivators: {
    title: 'Motivators',
    chapter: 'method.md#what-moves-partners',
    example: `motivators:
  - { label: Margin that pays for the work, help: Discounts grow with the tier., partnerTypes: [reseller] }
`,
  },
  benefits: {
    title: 'Benefits',
    chapter: 'method.md#benefits',
    example: `benefits:
  - key: funds
    label: Marketing funds
    help: Paid against an invoice.
    tiers: { silver: 2500 USD, gold: 5000 USD }
    due: quarter
    within: 30 days
    fact: funds paid
    how: credit note
    from: 2026-04-01
  - { key: discount, label: Discount, amount: 15 %, partnerTypes: [reseller] }
`,
  },
  responsibilities: {
    title: 'Responsibilities',
    chapter: 'method.md#responsibilities-and-the-first-90-days',
    example: `responsibilities:
  - key: plan
    label: Joint business plan
    vendor: Prepares the figures.
    partner: Writes the plan.
    partnerTypes: [reseller]
    tiers: [gold]
    from: 2026-04-01
    expect:
      - { fact: business plan, every: year, within: 3 months }
      - { fact: business review, every: quarter, by: vendor }
      - { kpi: certifiedPeople, atLeast: 2, within: 90 days }
      - { kpi: salesCycle, atMost: 90 }
`,
  },
  ramp: {
    title: 'The first days of a partner',
    chapter: 'method.md#responsibilities-and-the-first-90-days',
    example: `ramp:
  days: 90
  partnerTypes: [reseller]
  from: 2026-04-01
  steps:
    - { label: Contract signed, fact: contract, by: vendor, within: 10 days }
    - { label: Two people trained, kpi: certifiedPeople, atLeast: 2 }
    - { label: Deals closed fast, kpi: salesCycle, atMost: 60 }
`,
  },
  goals: {
    title: 'Goals',
    chapter: 'method.md#goals',
    example: `goals:
  - { label: New resellers, help: Where we are thin., newPartners: 4, partnerTypes: [reseller], regions: [nordics] }
  - { label: New partners in Germany, newPartners: { 2026-Q4: 2, 2027-Q1: 3 }, countries: [Germany, DE] }
  - { label: Revenue of all partners, kpi: revenue, atLeast: 5000000, every: year }
`,
  },
  idealProfile: {
    title: 'The ideal partner',
    chapter: 'method.md#whom-to-recruit-the-selection-matrix',
    example: `idealProfile:
  label: Ideal partner
  help: Whom we look for.
  criteria:
    - { key: place, label: Sells where we are thin, weight: 2, partner: { attribute: country, in: [Germany, DE] } }
    - { key: business, label: Brings business, weight: 3, kpi: revenue, target: 250000 }
    - { key: size, label: Size, weight: 1, grades: [{ when: { attribute: employees, atLeast: 100 }, gives: 100 }] }
`,
  },
};
