import type { Program } from '../../src/program/load.ts';
import { programOf } from '../kpi/sample.ts';

const kpi = (name: string, unit: string, rest: string) =>
  `  ${name}:\n    label: L\n    help: H\n    unit: ${unit}\n${rest.replace(/^/gm, '    ')}`;

/** Figures over every entity, kind of window and way through references. */
export const program = (timeZone: string): Program =>
  programOf({
    timeZone,
    currency: '{ code: EUR }',
    head: `fiscalYearStart: 2
regions:
  records: { deal: customer.parent.country, certification: person.partner.country, case: customer.country }
  list:
    - { key: home, label: Home, countries: [SE] }
    - { key: near, label: Near, countries: [NO] }
    - { key: north, label: North, regions: [home, near] }`,
    kpis: [
      kpi(
        'won',
        'money',
        'measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn }, credit: { roles: [sourced, x] } }',
      ),
      kpi(
        'month',
        'money',
        'rollUp: company\nperRegion: true\nmeasure: { sum: deal.amount, window: { lastFull: 3 months, by: closeOn } }',
      ),
      kpi(
        'growth',
        'percent',
        'growth: { now: { sum: deal.amount, window: { last: 6 months, by: closeOn } }, before: { sum: deal.amount, window: { last: 6 months, by: closeOn, ago: 1 year } } }',
      ),
      kpi(
        'rate',
        'percent',
        'minimumSample: 2\nratio: { of: { count: deal, where: { attribute: isWon, is: true } }, to: { count: deal, where: { attribute: isWon, blank: false } } }',
      ),
      kpi(
        'abroad',
        'count',
        'measure: { count: deal, where: { attribute: customer.parent.country, is: SE } }',
      ),
      kpi('cycle', 'days', 'measure: { median: { of: deal, daysFrom: createdAt, to: closeOn } }'),
      kpi(
        'quarter',
        'count',
        'measure: { count: deal, window: { current: fiscalQuarter, by: registeredAt } }',
      ),
      kpi(
        'leads',
        'count',
        'measure: { count: lead, where: { attribute: deal.isWon, is: true }, window: { last: 12 months, by: deliveredAt } }',
      ),
      kpi(
        'leadsAbroad',
        'count',
        'measure: { count: lead, where: { attribute: deal.customer.country, is: NO } }',
      ),
      kpi(
        'certified',
        'people',
        'perRegion: true\nmeasure: { distinct: certification.person, window: [{ validFrom: issuedOn, validThrough: expiresOn }, { validThrough: person.leftOn }] }',
      ),
      kpi(
        'expiring',
        'count',
        'rollUp: company\nmeasure: { count: certification, window: { next: 90 days, by: expiresOn } }',
      ),
      kpi(
        'homeCertified',
        'count',
        'measure: { count: certification, where: { attribute: person.partner.country, is: SE } }',
      ),
      kpi(
        'people',
        'people',
        'measure: { count: person, where: { attribute: partner.parent.parent.country, is: SE } }',
      ),
      kpi(
        'cases',
        'count',
        'perRegion: true\nmeasure: { count: case, window: { elapsed: 2 months, by: closedAt } }',
      ),
      kpi(
        'fast',
        'percent',
        'ratio: { of: { count: deal, where: { attribute: isWon, is: true }, window: { sinceStart: 90 days, by: closeOn }, cap: 1 }, to: { count: partner, window: { elapsed: 90 days, by: startedOn } } }',
      ),
      kpi(
        'served',
        'count',
        'score: { overRegions: { of: certified, take: count, atLeast: { home: 2, near: 1 } } }',
      ),
      kpi('most', 'count', 'score: { overRegions: { of: cases, take: best } }'),
      kpi('casePoints', 'points', 'score: { each: { of: cases, points: { home: 1, near: 2 } } }'),
    ].join('\n'),
  });
