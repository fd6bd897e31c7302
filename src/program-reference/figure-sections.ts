import type { ReferenceSections } from './section.ts';

/** How a figure is measured from records. */
export const figureSections: ReferenceSections = {
  kpis: {
    title: 'KPIs',
    chapter: 'writing-a-program.md#what-a-kpi-says-besides',
    example: `kpis:
  waitingTime:
    label: Waiting time
    short: days until an answer
    help: Days until a case is closed, over the last 3 months; known from 5 cases on.
    unit: days
    better: lower
    measure: { average: { of: case, daysFrom: openedAt, to: closedAt }, window: { last: 3 months, by: closedAt } }
    minimumSample: 5
    whenEmpty: pass
    rollUp: company
    round: { digits: 1 }
    freshness: 2 days
  people:
    label: Certified people
    help: Holders of a certificate, also by region.
    unit: people
    perRegion: true
    measure: { distinct: certification.person }
  winRate:
    label: Win rate
    help: Deals won of all that were closed.
    unit: percent
    minimumSample: 5
    whenEmpty: { zeroOverZero: pending, overZero: fail, tooFew: pass }
    ratio: { of: { count: deal, where: { attribute: isWon, is: true } }, to: { count: deal, where: { attribute: isClosed, is: true } } }
  peopleByRevenue:
    label: Certified people by million
    help: Certified people for each million of revenue.
    unit: number
    ratio: { of: { distinct: certification.person }, to: { sum: deal.amount }, per: 1000000 USD }
  netAdds:
    label: Net adds
    help: Customers of today, less those of a year ago.
    unit: count
    difference:
      now: { count: fact, window: { validFrom: occurredOn, validThrough: expiresOn } }
      before: { count: fact, window: { validFrom: occurredOn, validThrough: expiresOn, ago: 12 months } }
  revenueGrowth:
    label: Growth
    help: Revenue against that of the year before, from 10,000 USD on.
    unit: percent
    growth:
      now: { sum: deal.amount, window: { last: 12 months, by: closeOn } }
      before: { sum: deal.amount, window: { last: 12 months, by: closeOn, ago: 12 months } }
      minimumBase: 10000
  answered:
    label: Answered in time
    help: Cases that were closed within 5 days.
    unit: percent
    every: { of: case, must: { daysFrom: openedAt, to: closedAt, atMost: 5 } }
  points:
    label: Points
    help: All points.
    unit: points
    score: { sum: [certificatePoints, revenuePoints] }
  place:
    label: Place by revenue
    help: 1 for the partner with the most revenue.
    unit: count
    better: lower
    rank: { of: revenue, as: position }
`,
  },
  measure: {
    title: 'Measures',
    chapter: 'measures.md#aggregates',
    example: `currency: { code: USD, rates: { EUR: [{ from: 2020-01-01, rate: "1.10" }, { from: 2026-01-01, rate: "1.08" }] } }
attributes: { customer.extra.seats: number }
kpis:
  openDeals: { label: Deals, help: "5 deals at most.", unit: count, measure: { count: deal, cap: 5 } }
  won:
    label: Won
    help: Won deals, with the rates of the day on which each was closed.
    unit: money
    measure:
      sum: deal.amount
      where: { attribute: isWon, is: true }
      except: [{ label: renewal, when: { attribute: type, is: Renewal } }]
      window: { last: 12 months, by: closeOn }
      rate: { by: closeOn }
      credit: { roles: [sourced] }
  wonLastQuarter:
    label: Won last quarter
    help: With the rates of the last day of the quarter.
    unit: money
    measure: { sum: deal.amount, window: { previous: quarter, by: closeOn }, rate: { at: windowEnd } }
  weighted:
    label: Weighted usage
    help: Usage by the rate card.
    unit: number
    measure: { sum: fact.quantity, times: { table: rates, by: dimension } }
  holders:
    label: Holders
    help: People with two different certificates, by the partner that they work for.
    unit: people
    measure: { distinct: certification.person, belongsTo: holder, having: { distinct: certification.code, atLeast: 2 } }
  satisfaction:
    label: Satisfaction
    help: The mean of all cases, by the seats of the customer.
    unit: number
    measure: { average: case.satisfaction, weightedBy: customer.extra.seats }
  dealSize: { label: Deal size, help: The mean deal., unit: money, measure: { average: deal.amount } }
  middleDeal: { label: Middle deal, help: The median deal., unit: money, measure: { median: deal.amount } }
  smallest: { label: Smallest deal, help: The smallest deal., unit: money, measure: { min: deal.amount } }
  largest: { label: Largest deal, help: The largest deal., unit: money, measure: { max: deal.amount } }
  score:
    label: Score
    help: The newest score of the last 6 months.
    unit: points
    measure: { latest: fact.quantity, window: { last: 6 months, by: occurredOn } }
  seats:
    label: Seats
    help: The newest count of each product, added up.
    unit: number
    measure: { sum: fact.quantity, newestOfEach: dimension, window: { last: 6 months, by: occurredOn } }
`,
  },
  choice: {
    title: 'The largest and the smallest records',
    chapter: 'measures.md#the-largest-and-the-smallest-largest-smallest-thenwhere',
    example: `kpis:
  largeDeals:
    label: Three largest deals
    help: Their average.
    unit: money
    measure: { average: deal.amount, largest: { by: amount, records: 3 } }
  largeInCloud:
    label: Large cloud deals
    help: How many of the five largest deals, and of those as large as the fifth, are in the cloud.
    unit: count
    measure:
      count: deal
      largest: { by: amount, records: 5, ties: all }
      thenWhere: { attribute: type, is: Cloud }
  worstCases:
    label: Least satisfied customers
    help: The average of the ten cases with the lowest satisfaction.
    unit: number
    measure: { average: case.satisfaction, smallest: { by: satisfaction, records: 10 } }
  goodAreas:
    label: Good product areas
    help: The share of product areas whose newest score is 70 or more.
    unit: percent
    every:
      of: fact
      newestOfEach: dimension
      must: { attribute: quantity, atLeast: 70 }
      window: { last: 6 months, by: occurredOn }
  largeOnes:
    label: Large deals in the cloud
    help: The share of the five largest deals that is in the cloud.
    unit: percent
    every: { of: deal, largest: { by: amount, records: 5 }, must: { attribute: type, is: Cloud } }
  smallOnes:
    label: Small deals in the cloud
    help: The share of the five smallest deals that is in the cloud.
    unit: percent
    every: { of: deal, smallest: { by: amount, records: 5 }, must: { attribute: type, is: Cloud } }
`,
  },
  perEach: {
    title: 'For each customer, person or the like',
    chapter: 'measures.md#for-each-customer-pereach',
    example: `kpis:
  certificates:
    label: Certificates
    help: One person counts at most twice.
    unit: count
    measure: { count: certification, perEach: { of: person, records: 2 } }
  broadRevenue:
    label: Revenue without large customers
    help: No more than 100,000 of each customer and kind of deal counts.
    unit: money
    measure: { sum: deal.amount, perEach: { of: [customer, type], atMost: 100000 } }
  middleCustomer:
    label: Middle customer
    help: The median of what customers with two or more deals bought.
    unit: money
    measure: { sum: deal.amount, having: { count: deal, atLeast: 2 }, perEach: { of: customer, take: median } }
`,
  },
  eachPeriod: {
    title: 'For each period',
    chapter: 'measures.md#for-each-customer-pereach',
    example: `kpis:
  weakestQuarter:
    label: Deals in the weakest quarter
    help: The smallest number of deals in one of the last four quarters.
    unit: count
    measure: { count: deal, window: { lastFull: 4 quarters, by: closeOn }, perEach: { of: { period: quarter, by: closeOn }, take: min } }
  bestQuarters:
    label: Best quarters
    help: What each customer bought in its best quarter of the last four.
    unit: money
    measure: { sum: deal.amount, window: { lastFull: 4 quarters, by: closeOn }, perEach: { of: customer, best: { period: quarter, by: closeOn } } }
  monthsWithoutDeal:
    label: Months without a deal
    help: The most months of the last twelve, one after the other, without a deal.
    unit: count
    better: lower
    measure: { count: deal, having: { count: deal, atMost: 0 }, window: { lastFull: 12 months, by: closeOn }, perEach: { of: { period: month, by: closeOn }, take: longestRun } }
  goodQuarters:
    label: Good quarters
    help: For how many quarters up to the last one there were two deals or more.
    unit: count
    measure: { count: deal, having: { count: deal, atLeast: 2 }, window: { lastFull: 8 quarters, by: closeOn }, perEach: { of: { period: quarter, by: closeOn }, take: lastRun } }
`,
  },
  value: {
    title: 'Times between two dates',
    chapter: 'measures.md#aggregates',
    example: `kpis:
  cycle:
    label: Sales cycle
    help: Days from the first day of a deal to its last.
    unit: days
    measure: { median: { of: deal, daysFrom: createdAt, to: closeOn } }
  answer:
    label: Hours to close
    help: Hours from opening a case to closing it.
    unit: hours
    measure: { average: { of: case, hoursFrom: openedAt, to: closedAt } }
  answerAtWork:
    label: Business hours to close
    help: Hours of the support desk from opening a case to closing it.
    unit: hours
    measure: { average: { of: case, hoursFrom: openedAt, to: closedAt, calendar: support } }
  tenure:
    label: Months in the program
    help: Whole months since the partner's first day in the program.
    unit: count
    measure: { max: { of: partner, monthsSince: startedOn } }
  sinceLastWin:
    label: Days since the last won deal
    help: Days from the close date of the newest won deal to today.
    unit: days
    better: lower
    measure: { min: { of: deal, daysSince: closeOn }, where: { attribute: isWon, is: true } }
calendars: { support: { timeZone: Europe/Stockholm } }
`,
  },
  'kpis.every': {
    title: 'What every record must satisfy',
    chapter: 'measures.md#what-every-record-must-satisfy-every',
    example: `kpis:
  coveredAreas:
    label: Product areas with a certificate
    help: Of the areas with won deals of 10,000 USD or more, those in which somebody is certified.
    unit: percent
    every:
      of: deal.type
      where: { attribute: isWon, is: true }
      except: [{ label: sold off, when: { attribute: type, is: Legacy } }]
      having: { sum: deal.amount, atLeast: 10000 }
      window: { last: 12 months, by: closeOn }
      credit: { share: apply }
      must: { has: { count: certification, matching: { code: type }, atLeast: 1 } }
`,
  },
  window: {
    title: 'Windows',
    chapter: 'measures.md#when-a-record-counts-window',
    example: `kpis:
  lastYear: { label: A, help: "The last 12 months.", unit: count, measure: { count: deal, window: { last: 12 months, by: closeOn } } }
  yearBefore: { label: B, help: The 12 months before., unit: count, measure: { count: deal, window: { last: 12 months, by: closeOn, ago: 12 months } } }
  wholeMonths: { label: C, help: "12 whole months.", unit: count, measure: { count: deal, window: { lastFull: 12 months, by: closeOn } } }
  soFar: { label: D, help: This quarter so far., unit: count, measure: { count: deal, window: { current: quarter, by: closeOn } } }
  quarterBefore: { label: E, help: The quarter before., unit: count, measure: { count: deal, window: { previous: quarter, by: closeOn } } }
  expiring: { label: F, help: Certificates that expire soon., unit: count, measure: { count: certification, window: { next: 90 days, by: expiresOn } } }
  longOpen: { label: G, help: Cases opened 90 days ago or earlier., unit: count, measure: { count: case, window: { elapsed: 90 days, by: openedAt } } }
  firstDeals: { label: H, help: Deals of the first 90 days., unit: count, measure: { count: deal, window: { sinceStart: 90 days, by: closeOn } } }
  valid: { label: I, help: Valid today., unit: count, measure: { count: certification, window: [{ validFrom: issuedOn, validThrough: expiresOn }, { catalogue: true }] } }
  lasting: { label: K, help: Valid for 90 days more., unit: count, measure: { count: certification, window: { validThrough: expiresOn, ahead: 90 days } } }
  either: { label: J, help: In one of the two., unit: count, measure: { count: deal, window: { any: [{ last: 12 months, by: closeOn }, { previous: year, by: closeOn }] } } }
certificates: { codes: { PRO-200: { label: Professional } } }
`,
  },
  filter: {
    title: 'Conditions on records',
    chapter: 'measures.md#aggregates',
    example: `kpis:
  chosen:
    label: Chosen deals
    help: Deals of which all of this holds.
    unit: count
    measure:
      count: deal
      where:
        - { attribute: isWon, is: true }
        - { attribute: type, isNot: Renewal }
        - { attribute: customer.country, in: [Sweden, Norway] }
        - { attribute: stage, notIn: [Lost, Cancelled] }
        - { attribute: customer.country, inRegion: nordics }
        - { attribute: closeOn, atLeast: 2026-01-01 }
        - { attribute: closeOn, lessThan: 2027-01-01 }
        - { attribute: amount, moreThan: 1000 }
        - { attribute: amount, atMost: 5000000 }
        - { attribute: customer, blank: false }
        - { daysFrom: createdAt, to: closeOn, atMost: 90 }
        - { hoursFrom: createdAt, to: registeredAt, calendar: support, atMost: 48 }
        - any: [{ attribute: type, is: New }, { all: [{ attribute: type, is: Upgrade }, { not: { attribute: amount, lessThan: 5000 } }] }]
        - has: { count: lead, atLeast: 1 }
  professionals:
    label: Professionals
    help: People with one of the codes, or with one that these replaced.
    unit: people
    measure: { distinct: certification.person, where: { codes: [PRO-200] } }
ladders: [{ key: main, label: Main, tiers: [{ key: gold, label: Gold, requirements: { partner: { attribute: startedOn, elapsed: 6 months } } }] }]
calendars: { support: { timeZone: Europe/Stockholm } }
certificates: { codes: { PRO-100: { retiredOn: 2026-03-31, countsFor: 12 months, replacedBy: PRO-200 }, PRO-200: { label: Professional } } }
`,
  },
  aggregateCondition: {
    title: 'Conditions on groups of records',
    chapter: 'measures.md#what-belongs-to-a-record-has',
    example: `kpis:
  technicians:
    label: Technicians
    help: People with two valid certificates or more.
    unit: people
    measure:
      count: person
      where: { has: { count: certification, window: { validFrom: issuedOn, validThrough: expiresOn }, moreThan: 1 } }
  tenants:
    label: Tenants
    help: Tenants by kind of fact, with a usage worth 5,000 or more, none of it above 900,000.
    unit: count
    measure:
      distinct: [fact.kind, fact.dimension]
      having:
        - { sum: fact.quantity, where: { attribute: kind, is: usage }, times: { table: rates, by: dimension }, atLeast: 5000 }
        - { max: fact.quantity, atMost: 900000 }
        - { min: fact.quantity, lessThan: 100 }
        - { distinct: fact.kind, atLeast: 1 }
        - { average: fact.quantity, atLeast: 20 }
        - { median: fact.quantity, atLeast: 10 }
  covered:
    label: Covered deals
    help: Deals whose type somebody is certified for.
    unit: count
    measure: { count: deal, where: { has: { count: certification, matching: { code: type }, atLeast: 1 } } }
`,
  },
  times: {
    title: 'Multiplying by a table',
    chapter: 'measures.md#tables-times',
    example: `tables: { perDollar: { gives: points, versions: [{ from: 2020-01-01, entries: { New: "0.03" } }] } }
kpis:
  salesPoints:
    label: Sales points
    help: Points at the rate of the day on which each deal began.
    unit: points
    measure: { sum: deal.amount, times: { table: perDollar, by: type, dated: createdAt } }
`,
  },
  credit: {
    title: 'Credit for deals',
    chapter: 'writing-a-program.md#who-and-what-is-counted',
    example: `kpis:
  led:
    label: Led revenue
    help: The whole value of deals that the partner leads and has sourced.
    unit: money
    measure: { sum: deal.amount, credit: { roles: [sourced], primaryOnly: true, share: ignore } }
  influenced:
    label: Influenced revenue
    help: Deals in which the partner has another part than to source them.
    unit: money
    measure: { sum: deal.amount, credit: { exceptRoles: [sourced] } }
`,
  },
  rank: {
    title: 'Ranks among partners',
    chapter: 'measures.md#among-other-partners-rank',
    example: `kpis:
  topByRevenue:
    label: Top by revenue
    help: In the top so many percent of the resellers of its country.
    unit: percent
    better: lower
    rank: { of: revenue, among: { attribute: types, is: reseller }, within: country, as: topShare, ties: best, minimum: 10 }
  revenueOfAverage:
    label: Revenue against the average
    help: Its revenue in percent of the average of the partners of its country; 100 is the average itself.
    unit: percent
    rank: { of: revenue, within: country, as: ofAverage }
`,
  },
};
