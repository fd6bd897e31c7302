import { programOf } from '../kpi/sample.ts';

/** One ladder with everything: tracks, scores, alternatives, keeping, facts, waivers, approvals, a lag, a lock. */
const oneLadder = {
  head: `approval: { always: down }`,
  kpis: `  revenue:
    label: Sourced revenue
    short: sourced revenue
    help: Won deals of the last twelve months that you brought.
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }
  people:
    label: Certified people
    help: People with at least one valid certificate.
    unit: people
    measure: { distinct: certification.person, window: { validFrom: issuedOn, validThrough: expiresOn } }
  rating:
    label: Customer rating
    help: Mean of the answers; it counts from two answers on.
    unit: number
    minimumSample: 2
    measure: { average: fact.quantity, where: { attribute: kind, is: rating } }
  sales: { label: Sales points, help: 60 points for full revenue., unit: points, score: { linear: { of: revenue, full: { big: 100000, small: 20000 }, points: 60 } } }
  skills: { label: Skill points, help: 20 points for 5 people., unit: points, score: { linear: { of: people, full: 5, points: 20 } } }
  capability: { label: Capability score, help: Sales and skills together., unit: points, score: { sum: [sales, skills] } }`,
  ladders: `  - key: main
    label: Main
    hold: cumulative
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: [{ kpi: revenue, atLeast: 5000 }] }
      - key: gold
        label: Gold
        requirements:
          - { kpi: capability, atLeast: 50 }
          - { fact: business plan, id: plan, label: Business plan }
          - atLeastOf:
              n: 2
              of:
                - { kpi: people, atLeast: { big: 5, small: 3 } }
                - { kpi: rating, atLeast: 4.2 }
                - { partner: { attribute: country, is: DE } }
        keepRequirements:
          - { kpi: capability, atLeast: 40 }
          - any: [{ kpi: people, atLeast: 2 }, { kpi: rating, atLeast: 4 }]
    movement:
      promote: immediately
      demote: at_review
      review: { every: month, inForceAfter: 1 month }
      grace: { reviews: 0 }
      lock: { for: 2 months }`,
};

const tracks = (when: string) => `tracks:
  - { key: big, label: Enterprise, when: { ${when} } }
  - { key: small, label: SMB }`;

export const everythingOfOneLadder = programOf({
  ...oneLadder,
  head: `${oneLadder.head}\n${tracks('kpi: revenue, atLeast: 50000')}`,
});

/**
 * A program that uses everything at once: beside that ladder ranks, regions, tables by region and by date, a catalogue of
 * certificates, a ledger of points, tracks that are kept, companies that hold one tier, specialisations, rates by date.
 */
export const everything = programOf({
  currency: `
  code: USD
  rateAt: windowEnd
  rates:
    EUR: [{ from: 2025-01-01, rate: "1.10" }, { from: 2026-03-01, rate: "1.25" }, { from: 2026-06-15, rate: "10/9" }]`,
  head: `${oneLadder.head}
${tracks('kpi: staff, atLeast: 100')}
trackKeeping: quarter
regions:
  records: { deal: customer.country, certification: person.partner.country, fact: dimension }
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, SE] }
    - { key: dach, label: DACH, countries: [Germany, DE] }
    - { key: world, label: Rest of the world, countries: otherwise }
    - { key: growth, label: Growth, regions: [nordics, world] }
tables:
  market: { regions: { growth: 2, dach: "1.5" } }
  pointsPerDollar:
    gives: points
    versions:
      - { from: 2025-01-01, entries: { Cloud: "0.03", Data: "1/30" }, otherwise: "0.01" }
      - { from: 2025-07-01, entries: { cloud: "0.05" }, otherwise: "0.02" }
      - { from: 2026-05-20, entries: { cloud: 1 }, otherwise: 0 }
  size: { bands: [{ from: 0, value: 1 }, { from: 2500, value: 3 }] }
certificates:
  unlisted: leaveOut
  lines:
    suite: { counting: 2, versions: [{ version: "1", from: 2024-01-01 }, { version: "2", from: 2025-01-01 }, { version: "3", from: 2026-05-20 }] }
  codes:
    PRO-1: { retiredOn: 2026-01-31, countsFor: 4 months, replacedBy: PRO-2 }
    PRO-2: {}
    SUITE-1: { line: suite, version: "1" }
    SUITE-2: { line: suite, version: "2", regions: [growth] }`,
  kpis: `${oneLadder.kpis}
  staff: { label: Staff, help: Employees., unit: number, measure: { max: partner.employees } }
  sold:
    label: Sold by market
    help: Won deals at the rates of their days, those of some markets more than once.
    unit: money
    perRegion: true
    measure:
      sum: deal.amount
      where: { attribute: isWon, is: true }
      times: [{ table: market, by: customer.country }, { table: size, by: amount }]
      rate: { by: closeOn }
      window: { any: [{ last: 12 months, by: closeOn }, { previous: year, by: createdAt }] }
  salesPoints:
    label: Points for sales
    help: By the rate of the day on which each deal began.
    unit: number
    measure: { sum: deal.amount, times: { table: pointsPerDollar, by: type, dated: createdAt }, window: { lastFull: 2 quarters, by: closeOn } }
  todaysPoints: { label: Points of today, help: By the rate of today., unit: number, measure: { sum: deal.amount, times: { table: pointsPerDollar, by: type } } }
  growth:
    label: Growth
    help: This year and the last one.
    unit: percent
    growth:
      now: { sum: deal.amount, window: { last: 12 months, by: closeOn } }
      before: { sum: deal.amount, window: { last: 12 months, by: closeOn, ago: 3 months } }
  professionals:
    label: Professionals
    help: People with a certificate that counts.
    unit: people
    perRegion: true
    measure:
      distinct: certification.person
      belongsTo: holder
      where: { codes: [PRO-2, SUITE-1, SUITE-2] }
      window: [{ validFrom: issuedOn, validThrough: expiresOn }, { catalogue: true }, { validThrough: person.leftOn }]
  covered:
    label: Areas with a certificate
    help: Of the areas with deals, those in which somebody is certified.
    unit: percent
    whenEmpty: pass
    every: { of: deal.type, having: { sum: deal.amount, atLeast: 2000 }, must: { has: { count: certification, matching: { status: type }, atLeast: 1 } } }
  ledger:
    label: Points
    help: Points that have not lapsed, of the whole company.
    unit: number
    rollUp: company
    measure: { sum: fact.quantity, where: { attribute: kind, is: points }, window: { validFrom: occurredOn, validThrough: expiresOn } }
  health: { label: Health, help: The newest score., unit: number, measure: { latest: fact.quantity, where: { attribute: kind, is: health }, window: { last: 6 months, by: occurredOn } } }
  seats: { label: Seats, help: The newest of each country., unit: number, perRegion: true, measure: { sum: fact.quantity, newestOfEach: dimension, where: { attribute: kind, is: seats }, window: { last: 2 years, by: occurredOn } } }
  regionsServed: { label: Regions served, help: Regions with sales., unit: count, score: { overRegions: { of: sold, take: count, atLeast: { dach: 5000, growth: 2000 } } } }
  concentration: { label: Concentration, help: How much is from one region., unit: percent, better: lower, score: { overRegions: { of: sold, take: concentration } } }
  pace: { label: Pace, help: "Half a year by the year before it.", unit: percent, whenEmpty: pass, ratio: { of: { sum: deal.amount, window: { last: 6 months, by: closeOn } }, to: { sum: deal.amount, window: { last: 12 months, by: closeOn, ago: 6 months } } } }
  wonOfLargest: { label: Won of the largest, help: Of the three largest deals., unit: percent, every: { of: deal, largest: { by: amount, records: 3 }, must: { attribute: isWon, is: true } } }
  bestQuarters: { label: Best quarters, help: The best quarter of each customer., unit: money, measure: { sum: deal.amount, window: { lastFull: 8 quarters, by: closeOn }, perEach: { of: customer, best: { period: quarter, by: closeOn } } } }
  before: { label: Before others, help: Of 100 others., unit: percent, rank: { of: bestQuarters, as: percentile } }
  capped: { label: Capped points, help: At most ten., unit: points, score: { each: { of: bestQuarters, points: 1, per: 1000, cap: 10 } } }
  place: { label: Place, help: Among all in the country., unit: percent, better: lower, rank: { of: sold, within: status, as: topShare } }
  shareOfPoints: { label: Share of points, help: Of all points., unit: percent, rank: { of: salesPoints, as: share } }
  standing: { label: Standing, help: Points for the place., unit: points, score: { bands: { of: place, table: [{ from: 0, points: 30 }, { above: 34, points: { big: 10, small: 20 } }] } } }
  bestStanding: { label: Best standing, help: On either track., unit: points, score: { bestTrack: { of: standing } } }
  order: { label: Order, help: By what the standing is on either track., unit: number, better: lower, rank: { of: bestStanding, as: position, ties: middle } }`,
  ladders: `${oneLadder.ladders}
  - key: firm
    label: Firm
    beside: true
    heldBy: company
    tiers:
      - { key: known, label: Known }
      - { key: trusted, label: Trusted, requirements: [{ kpi: ledger, atLeast: 50 }] }
      - { key: partner, label: Partner, requirements: [{ kpi: ledger, atLeast: 90 }] }
    movement: { review: month, grace: { reviews: 1 }, stepsDown: 1 }
  - key: market
    label: Market
    beside: true
    tiers:
      - { key: seller, label: Seller }
      - key: leader
        label: Leader
        onBestTrack: true
        requirements: [{ kpi: standing, atLeast: { big: 10, small: 20 } }, { kpi: sold, atLeast: { big: 10000, small: 3000 } }]
      - key: champion
        label: Champion
        requirements:
          - { kpi: sold, atLeast: { nordics: 4000, dach: 6000, world: 9000 } }
          - { holds: { ladder: experts, withinMonths: 3 } }
          - { specialisations: { atLeast: 1, of: [experts, reach] } }
          - any: [{ kpi: order, atMost: 2 }, { kpi: shareOfPoints, atLeast: 30 }, { kpi: growth, moreThan: 0 }, { kpi: pace, atLeast: 120 }, { kpi: wonOfLargest, atLeast: 60 }, { kpi: before, atLeast: 60 }, { kpi: capped, atLeast: 9 }]
    movement: { demote: at_review, review: { promotions: month, demotions: quarter }, stepsUp: 1 }
specialisations:
  - { key: experts, label: Experts, requirements: { kpi: professionals, atLeast: 1 }, movement: { demote: immediately } }
  - key: reach
    label: Reach
    requirements: [{ kpi: regionsServed, atLeast: 2 }, { kpi: sold.growth, atLeast: 3000 }, { not: { kpi: concentration, moreThan: 90 } }]
    keepRequirements: { any: [{ kpi: regionsServed, atLeast: 1 }, { kpi: covered, atLeast: 50 }, { kpi: seats.nordics, atLeast: 5 }, { kpi: health, atLeast: 70 }] }
    movement: { demote: immediately, grace: { days: 20 } }`,
});
