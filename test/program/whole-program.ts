import { parse, stringify } from 'yaml';

/** What a program has besides the parts that an example of a page shows. */
const base = `
name: example
title: Example
version: "1"
validFrom: 2026-01-01
timeZone: UTC
currency: { code: USD, rates: { EUR: "1.08" } }
partnerTypes:
  - { key: reseller, label: Reseller }
  - { key: msp, label: Managed service provider }
regions:
  records: { certification: person.partner.country, deal: customer.country }
  list:
    - { key: nordics, label: Nordics, countries: [Sweden, SE] }
    - { key: world, label: Rest of the world, countries: otherwise }
    - { key: growth, label: Growth markets, regions: [world] }
tracks:
  - { key: enterprise, label: Enterprise, when: { partner: { attribute: employees, atLeast: 1000 } } }
  - { key: smb, label: SMB }
tables:
  rates: { entries: { Power Apps: 200 } }
kpis:
  certifiedPeople: { label: People, help: x, unit: people, measure: { distinct: certification.person } }
  securityPeople: { label: Security, help: x, unit: people, measure: { distinct: certification.person } }
  revenue: { label: Revenue, help: x, unit: money, measure: { sum: deal.amount } }
  sourcedRevenue: { label: Sourced, help: x, unit: money, measure: { sum: deal.amount } }
  cloudRevenue: { label: Cloud, help: x, unit: money, measure: { sum: deal.amount } }
  dealsWon: { label: Deals, help: x, unit: count, measure: { count: deal } }
  openCases: { label: Cases, help: x, unit: count, better: lower, measure: { count: case } }
  managedCustomers: { label: Customers, help: x, unit: number, measure: { sum: fact.quantity } }
  companyPoints: { label: Company, help: x, unit: number, rollUp: company, measure: { sum: fact.quantity } }
  accrued: { label: Accrued, help: x, unit: money, measure: { sum: fact.amount } }
  paidOut: { label: Paid, help: x, unit: money, measure: { sum: fact.amount } }
  promised: { label: Promised, help: x, unit: money, measure: { sum: fact.amount } }
  salesCycle: { label: Cycle, help: x, unit: days, better: lower, measure: { median: { of: deal, daysFrom: createdAt, to: closeOn } } }
  certificatePoints: { label: C, help: x, unit: points, score: { linear: { of: certifiedPeople, full: 5, points: 20 } } }
  revenuePoints: { label: R, help: x, unit: points, score: { each: { of: revenue, points: 5, per: 1000, cap: 300 } } }
ladders:
  - key: main
    label: Main
    tiers:
      - { key: registered, label: Registered }
      - { key: silver, label: Silver, requirements: { kpi: certifiedPeople, atLeast: 2 } }
      - { key: gold, label: Gold, requirements: { kpi: certifiedPeople, atLeast: 4 } }
specialisations:
  - { key: security, label: Security, requirements: { kpi: securityPeople, atLeast: 3 } }
`;

type Parts = Record<string, unknown>;

/** A program with the parts of an example; what it does not have is that of another program, KPIs one by one. */
export function wholeProgram(example: string): string {
  const rest = parse(base) as Parts & { kpis: Parts };
  const own = parse(example) as Parts & { kpis?: Parts };
  return stringify({ ...rest, ...own, kpis: { ...rest.kpis, ...own.kpis } });
}
