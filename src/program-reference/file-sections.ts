import type { ReferenceSections } from './section.ts';

/** The file itself, and what its figures and tiers rest on. */
export const fileSections: ReferenceSections = {
  '': {
    title: 'The file',
    chapter: 'writing-a-program.md#a-small-program-whole',
    example: `name: mine
title: Partner Program
version: "1"
validFrom: 2026-01-01
timeZone: Europe/Stockholm
fiscalYearStart: 4
period: quarter
currency: { code: EUR }
partnerTypes: [{ key: reseller, label: Reseller }]
trackKeeping: fiscalYear
attributes: { deal.extra.seats: number }
kpis:
  dealsWon:
    label: Deals won
    help: Deals won in the last 12 months.
    unit: count
    measure: { count: deal, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }
`,
  },
  forEach: {
    title: 'The same for each of several things',
    chapter: 'writing-a-program.md#the-same-for-each-product',
    example: `forEach:
  - each: product
    values:
      - { key: manager, label: Experience Manager, code: AEM }
      - { key: analytics, label: Analytics, code: AA }
    kpis:
      <key>People:
        label: "<label>: certified people"
        help: People with a valid certificate for <label>.
        unit: people
        measure: { distinct: certification.person, where: { attribute: code, is: <code> } }
    specialisations:
      - { key: <key>, label: <label>, requirements: { kpi: <key>People, atLeast: 3 } }
`,
  },
  published: {
    title: 'Where published rules come from',
    chapter: 'writing-a-program.md#rules-that-somebody-else-published',
    example: `published:
  sources:
    - { url: https://example.com/partners/agreement, about: "Version 11, of 2023-05-19" }
    - { url: https://example.com/partners/faq }
  readOn: 2026-11-23
  unknown: [What the retention of a partner without customers is. Here it is none that passes.]
  errata: ["The page prints 2.14 points for each person, which is 14.98 for 7; its own rule gives 15."]
`,
  },
  currency: {
    title: 'Currency and rates',
    chapter: 'measures.md#rates-of-other-currencies',
    example: `currency:
  code: EUR
  rates:
    USD: "0.92"
    SEK:
      - { from: 2026-01-01, rate: "0.088" }
      - { from: 2026-07-01, rate: "0.091" }
  rateAt: windowEnd
`,
  },
  freshness: {
    title: 'Freshness of inputs',
    chapter: 'writing-a-program.md#what-a-kpi-says-besides',
    example: `freshness:
  default: 3 days
  certification: 7 days
  fact: 40 days
  factKinds: { council seat: 400 days }
`,
  },
  partnerTypes: {
    title: 'Partner types',
    chapter: 'writing-a-program.md#who-and-what-is-counted',
    example: `partnerTypes:
  - { key: reseller, label: Reseller, help: Sells to its own customers. }
  - { key: msp, label: Managed service provider }
`,
  },
  regions: {
    title: 'Regions',
    chapter: 'regions.md#countries-regions-groups',
    example: `regions:
  by: country
  records: { deal: customer.country, certification: person.partner.country }
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, SE, Norway, "NO"] }
    - { key: latam, label: Latin America, help: Where we are new., countries: [Brazil, BR] }
    - { key: world, label: Rest of the world, countries: otherwise }
    - { key: growth, label: Growth markets, regions: [latam, world] }
`,
  },
  tracks: {
    title: 'Tracks',
    chapter: 'composed-kpis.md#numbers-that-differ-by-track',
    example: `tracks:
  - { key: enterprise, label: Enterprise, help: Few large customers., when: { kpi: revenue, atLeast: 1000000 } }
  - { key: smb, label: SMB }
`,
  },
  certificates: {
    title: 'The catalogue of certificates',
    chapter: 'measures.md#certificates',
    example: `certificates:
  unlisted: leaveOut
  lines:
    suite:
      counting: 2
      versions:
        - { version: "18", from: 2025-10-01 }
        - { version: "19", from: 2026-10-01 }
  codes:
    SUITE-18: { line: suite, version: "18" }
    PRO-100: { label: Professional, retiredOn: 2026-03-31, countsFor: 12 months, replacedBy: PRO-200 }
    PRO-150: { retiredOn: 2026-03-31, countsThrough: 2027-06-30 }
    PRO-200: { label: Professional }
    BASIC: { label: Foundation, regions: [growth] }
`,
  },
  calendar: {
    title: 'Business calendars',
    chapter: 'measures.md#business-days-and-hours-calendars',
    example: `calendars:
  weekdays: { timeZone: Europe/Stockholm }
  support:
    label: Support desk
    help: When the desk answers.
    timeZone: Europe/Stockholm
    open:
      - { days: [monday, tuesday, wednesday, thursday], from: 08:00, to: 12:00 }
      - { days: [monday, tuesday, wednesday, thursday, friday], from: 13:00, to: 17:00 }
    holidays:
      - { on: [2026-01-01, 2026-12-25] }
      - { on: [2026-06-06], countries: [Sweden, SE] }
      - { on: [2026-05-01], regions: [growth] }
`,
  },
  table: {
    title: 'Tables',
    chapter: 'measures.md#tables-times',
    example: `tables:
  rates: { label: Rate card, help: What one unit is worth., missing: refuse, entries: { Power Apps: 200, Insights: "0.2" } }
  market: { regions: { growth: 2 }, otherwise: 1 }
  sizes: { gives: points, bands: [{ from: 0, value: 1 }, { from: 10000, value: 3 }] }
  perDollar:
    gives: points
    versions:
      - { from: 2020-01-01, entries: { sourced: "0.03" }, otherwise: 0 }
      - { from: 2024-01-01, entries: { sourced: "0.05", assisted: "0.03" } }
  perCountry: { versions: [{ from: 2020-01-01, regions: { growth: 1 } }, { from: 2026-01-01, regions: { growth: 2 } }] }
  bySize: { versions: [{ from: 2020-01-01, bands: [{ from: 0, value: 1 }] }, { from: 2026-01-01, bands: [{ from: 0, value: 2 }] }] }
`,
  },
};
