import type { ReferenceSections } from './section.ts';

/** How a figure is made of other KPIs. */
export const scoreSections: ReferenceSections = {
  score: {
    title: 'Composed KPIs',
    chapter: 'composed-kpis.md',
    example: `kpis:
  points:
    label: Points
    help: All points.
    unit: points
    score: { sum: [certificatePoints, revenuePoints] }
`,
  },
  'score.linear': {
    title: 'Points in proportion',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  certificatePoints:
    label: Certified people
    help: 20 points for 5 certified people, fewer in proportion.
    unit: points
    score:
      linear: { of: certifiedPeople, full: 5, points: 20 }
`,
  },
  'score.each': {
    title: 'Points for each unit',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  revenuePoints:
    label: Revenue points
    help: 5 points for each full 1,000 USD, 300 at most.
    unit: points
    score:
      each: { of: revenue, points: 5, per: 1000, whole: true, cap: 300 }
`,
  },
  'score.bands': {
    title: 'Points by bands',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  speedPoints:
    label: Speed
    help: 10 points for deals closed within 30 days, 5 within 60.
    unit: points
    score:
      bands:
        of: salesCycle
        table:
          - { from: 0, points: 10 }
          - { above: 30, points: 5 }
          - { above: 60, points: 0 }
`,
  },
  'score.sum': {
    title: 'Sums',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  total:
    label: Total
    help: All points.
    unit: points
    score:
      sum: [certificatePoints, revenuePoints]
`,
  },
  'score.difference': {
    title: 'Differences of KPIs',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  fundsLeft:
    label: Funds left
    help: What was accrued, less what was paid out and what is promised.
    unit: money
    score:
      difference: { of: accrued, less: [paidOut, promised] }
  revenueAbove:
    label: Revenue above 100,000 USD
    help: The part of revenue for which the higher rate holds; below 0 where there is none.
    unit: money
    score:
      difference: { of: revenue, less: 100000 USD }
`,
  },
  'score.ratio': {
    title: 'One KPI by another',
    chapter: 'composed-kpis.md#one-kpi-by-another',
    example: `kpis:
  pointsByPerson:
    label: Points by certified person
    help: All points, divided by the certified people.
    unit: points
    score:
      ratio: { of: certificatePoints, to: certifiedPeople }
  peopleByRevenue:
    label: Certified people by million
    help: Certified people for each million of revenue.
    unit: number
    score:
      ratio: { of: certifiedPeople, to: revenue, per: 1000000 }
  peopleNeeded:
    label: People needed
    help: One for each million of revenue begun.
    unit: people
    round: { digits: 0, direction: up }
    score:
      ratio: { of: revenue, to: 1000000 }
`,
  },
  'score.product': {
    title: 'Products',
    chapter: 'composed-kpis.md#one-kpi-times-another',
    example: `kpis:
  peopleFactor:
    label: Factor of people
    help: From 10 certified people on points count for more.
    unit: number
    score:
      choose:
        - { when: { kpi: certifiedPeople, atLeast: 10 }, use: 1.2 }
        - { otherwise: 1 }
  index:
    label: Partner index
    help: All points, times the factor.
    unit: points
    score:
      product: { of: certificatePoints, by: peopleFactor }
  funds:
    label: Funds
    help: 3 % of the revenue.
    unit: money
    score:
      product: { of: revenue, by: 0.03 }
`,
  },
  'score.weighted': {
    title: 'Weighted means',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  health:
    label: Health
    help: 0 to 100; certificates weigh twice as much as revenue.
    unit: points
    score:
      weighted:
        of:
          - { kpi: certifiedPeople, weight: 62.5, full: 10 }
          - { kpi: revenue, weight: 37.5, full: 500000 USD }
        to: 100
`,
  },
  'score.best': {
    title: 'The best of several',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  bestArea:
    label: Best area
    help: The better of two areas.
    unit: points
    score:
      best: [certificatePoints, revenuePoints]
`,
  },
  'score.worst': {
    title: 'The worst of several',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  weakestMetric:
    label: Weakest metric
    help: A tier may ask that no metric is at zero.
    unit: points
    score:
      worst: [certificatePoints, revenuePoints]
`,
  },
  'score.steps': {
    title: 'Steps',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  skillPoints:
    label: Skills
    help: First two certified people; from then on points for revenue, 10 at most.
    unit: points
    score:
      steps:
        - { label: Two certified people, points: 4, needs: { kpi: certifiedPeople, atLeast: 2 } }
        - { label: Revenue, points: revenuePoints, most: 10 }
`,
  },
  'score.choose': {
    title: 'Choices',
    chapter: 'composed-kpis.md#what-fits-together',
    example: `kpis:
  ownPoints:
    label: Points of the own track
    help: Managed service providers are scored by revenue, everybody else by certificates.
    unit: points
    score:
      choose:
        - { when: { partner: { attribute: types, is: msp } }, use: revenuePoints }
        - { otherwise: certificatePoints }
`,
  },
  'score.byTrack': {
    title: 'The KPI of the track',
    chapter: 'composed-kpis.md#numbers-that-differ-by-track',
    example: `kpis:
  customerAdds:
    label: Customer adds
    help: What counts as a customer differs by track.
    unit: count
    score:
      byTrack: { enterprise: largeCustomers, smb: customers }
  largeCustomers: { label: Large customers, help: Customers that paid at least 1500 USD., unit: count, measure: { distinct: deal.customer, having: { sum: deal.amount, atLeast: 1500 } } }
  customers: { label: Customers, help: Customers that paid at least 250 USD., unit: count, measure: { distinct: deal.customer, having: { sum: deal.amount, atLeast: 250 } } }
`,
  },
  'score.bestTrack': {
    title: 'The best track',
    chapter: 'composed-kpis.md#numbers-that-differ-by-track',
    example: `kpis:
  eitherTrack:
    label: Better track
    help: Scored as Enterprise and as SMB; the better counts.
    unit: points
    score:
      bestTrack: { of: trackPoints, among: [enterprise, smb] }
  trackPoints:
    label: People
    help: 20 points for 20 certified people (Enterprise) or 5 (SMB).
    unit: points
    score:
      linear: { of: certifiedPeople, full: { enterprise: 20, smb: 5 }, points: 20 }
`,
  },
  'score.overRegions': {
    title: 'Over the regions',
    chapter: 'regions.md#what-is-made-of-regions-overregions',
    example: `kpis:
  regionsServed:
    label: Regions served
    help: The number of the two regions with at least 3 certified people.
    unit: count
    score:
      overRegions: { of: peopleByRegion, take: count, among: [nordics, world], atLeast: 3 }
  regionsWithMoreThan: { label: Regions with more than 2, help: Regions with more than 2 certified people., unit: count, score: { overRegions: { of: peopleByRegion, take: count, moreThan: 2 } } }
  regionsWithAtMost: { label: Regions with at most 10, help: Regions with at most 10 certified people., unit: count, score: { overRegions: { of: peopleByRegion, take: count, atMost: 10 } } }
  regionsWithLessThan: { label: Regions with fewer than 11, help: Regions with fewer than 11 certified people., unit: count, score: { overRegions: { of: peopleByRegion, take: count, lessThan: 11 } } }
  peopleByRegion: { label: Certified people, help: Holders of a certificate., unit: people, perRegion: true, measure: { distinct: certification.person } }
`,
  },
};
