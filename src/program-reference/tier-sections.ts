import type { ReferenceSections } from './section.ts';

/** Who holds which tier, and when it changes. */
export const tierSections: ReferenceSections = {
  ladders: {
    title: 'Ladders',
    chapter: 'ladders.md#which-ladder',
    example: `ladders:
  - key: main
    label: Main
    partnerTypes: [reseller]
    where: { attribute: country, isNot: Iceland }
    heldBy: partner
    hold: cumulative
    entryTier: registered
    tiers:
      - { key: registered, label: Registered }
      - { key: gold, label: Gold, requirements: { kpi: revenue, atLeast: 500000 } }
    movement: { review: quarter }
  - key: managed
    label: Managed services
    beside: true
    tiers: [{ key: expert, label: Expert, requirements: { kpi: managedCustomers, atLeast: 20 } }]
`,
  },
  'ladders.tiers': {
    title: 'Tiers',
    chapter: 'ladders.md#what-a-tier-asks-for',
    example: `ladders:
  - key: main
    label: Main
    tiers:
      - { key: registered, label: Registered }
      - key: gold
        label: Gold
        crmValue: Gold Partner
        help: For partners that bring business.
        benefits: [A partner manager of its own]
        requirements: [{ kpi: revenue, atLeast: 500000 }, { kpi: certifiedPeople, atLeast: 4 }]
        keepRequirements: { kpi: revenue, atLeast: 400000 }
      - { key: platinum, label: Platinum, onBestTrack: true, minimumTenure: { inProgram: 24 months, inTierBelow: 12 months }, requirements: { kpi: certifiedPeople, atLeast: { enterprise: 20, smb: 5 } } }
      - { key: diamond, label: Diamond, onBestRegion: true, requirements: { kpi: certifiedPeople, atLeast: { nordics: 40, growth: 10 } } }
`,
  },
  otherKpi: {
    title: 'Bounds that are KPIs',
    chapter: 'ladders.md#what-a-tier-asks-for',
    example: `ladders:
  - key: main
    label: Main
    tiers:
      - { key: registered, label: Registered }
      - { key: gold, label: Gold, requirements: { kpi: certifiedPeople, atLeast: { kpi: peopleNeeded } } }
kpis:
  peopleNeeded:
    label: People needed
    help: One for each million of revenue begun.
    unit: people
    round: { digits: 0, direction: up }
    score:
      ratio: { of: revenue, to: 1000000 }
`,
  },
  requirement: {
    title: 'Requirements',
    chapter: 'ladders.md#what-a-tier-asks-for',
    example: `ladders:
  - key: main
    label: Main
    tiers:
      - { key: registered, label: Registered }
      - key: gold
        label: Gold
        requirements:
          - { id: business, label: Enough business, kpi: revenue, atLeast: 500000 EUR }
          - { kpi: sourcedRevenue, atLeast: 120000, prorated: { over: year, by: startedOn } }
          - { partner: { attribute: startedOn, elapsed: 6 months } }
          - { kpi: certifiedPeople, moreThan: { enterprise: 10, smb: 2 } }
          - any: [{ kpi: salesCycle, atMost: 60 }, { kpi: cloudRevenue, atLeast: 100000 }]
          - all: [{ partner: { attribute: employees, atLeast: 10 } }, { not: { fact: complaint } }]
          - atLeastOf: { n: 1, of: [{ kpi: managedCustomers, atLeast: 20 }, { kpi: openCases, lessThan: 5 }] }
          - { holds: { ladder: managed, atLeast: expert, withinMonths: 6 } }
          - { specialisations: { atLeast: 1, of: [security], includingOneOf: [security] } }
      - { key: platinum, label: Platinum, requirements: [{ kpi: revenue, atLeast: 900000 }, { holds: { ladder: cloud } }] }
  - { key: managed, label: Managed, beside: true, tiers: [{ key: expert, label: Expert, requirements: { kpi: managedCustomers, atLeast: 20 } }] }
specialisations:
  - { key: security, label: Security, requirements: { kpi: securityPeople, atLeast: 3 } }
  - { key: cloud, label: Cloud, requirements: [{ kpi: cloudRevenue, atLeast: 100000 }, { holds: { ladder: main, atLeast: gold } }] }
`,
  },
  'ladders.movement': {
    title: 'Movement',
    chapter: 'movement.md#up-and-down',
    example: `ladders:
  - key: main
    label: Main
    tiers:
      - { key: registered, label: Registered }
      - { key: silver, label: Silver, requirements: { kpi: revenue, atLeast: 100000 } }
      - { key: gold, label: Gold, requirements: { kpi: revenue, atLeast: 500000 } }
    movement:
      promote: immediately
      demote: at_review
      review: quarter
      grace: { reviews: 1 }
      stepsDown: 1
      stepsUp: 1
      minimumTenure: 6 months
      lock: { for: 6 months, until: 01-01 }
      rampDays: 90
      noLossBefore: 2027-01-01
      floor: silver
      afterOverride: at_review
specialisations:
  - key: security
    label: Security
    requirements: { kpi: securityPeople, atLeast: 3 }
    movement: { demote: immediately, grace: { days: 30 } }
`,
  },
  'ladders.movement.review': {
    title: 'Reviews',
    chapter: 'movement.md#reviews',
    example: `specialisations:
  - { key: a, label: A, requirements: { fact: audit }, movement: { review: { every: month, day: 15 } } }
  - { key: b, label: B, requirements: { fact: audit }, movement: { review: { on: [01-31, 07-31] } } }
  - { key: c, label: C, requirements: { fact: audit }, movement: { promote: at_review, review: { every: year, inForceAfter: 1 month, cancel: never } } }
  - { key: e, label: E, requirements: { fact: audit }, movement: { promote: immediately, demote: at_review, review: { every: year, onAnniversaryOf: startedOn } } }
  - { key: d, label: D, requirements: { fact: audit }, movement: { promote: at_review, review: { promotions: month, demotions: { on: [02-01] } } } }
`,
  },
  'ladders.movement.review.promotions': {
    title: 'Reviews of one direction',
    chapter: 'movement.md#reviews',
    example: `specialisations:
  - key: security
    label: Security
    requirements: { fact: audit }
    movement:
      promote: at_review
      review:
        promotions: { every: year, day: 15, inForceAfter: 1 month, cancel: never }
        demotions: { on: [07-01] }
  - key: storage
    label: Storage
    requirements: { fact: audit }
    movement: { promote: at_review, review: { promotions: quarter, demotions: { every: year, onAnniversaryOf: tierSince } } }
`,
  },
  specialisations: {
    title: 'Specialisations',
    chapter: 'ladders.md#specialisations',
    example: `specialisations:
  - key: security
    label: Security
    crmValue: Security Specialist
    minimumTenure: { inProgram: 6 months }
    help: Held beside the tier.
    benefits: [A badge]
    partnerTypes: [reseller]
    where: { attribute: country, isNot: Iceland }
    heldBy: partner
    requirements: [{ kpi: securityPeople, atLeast: 3 }, { fact: security audit }]
    keepRequirements: { kpi: securityPeople, atLeast: 2 }
    movement: { review: year }
  - { key: council, label: Partner council, counted: false, requirements: { fact: council seat } }
  - { key: cloud, label: Cloud, onBestTrack: true, requirements: { kpi: cloudRevenue, atLeast: { enterprise: 900000, smb: 100000 } } }
  - { key: data, label: Data, onBestRegion: true, requirements: { kpi: certifiedPeople, atLeast: { nordics: 8, growth: 2 } } }
`,
  },
  approval: {
    title: 'Approvals',
    chapter: 'movement.md#approvals',
    example: 'approval: { downShare: 5 %, upShare: 20 %, minimum: 5 }\n',
    otherExample: 'approval: { always: down, upShare: 20 % }\n',
  },
};
