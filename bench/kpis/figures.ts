/**
 * Thirty figures as a program says them, each beside the one statement that somebody would write for it by hand. A
 * statement gives partner, numerator and denominator; where a figure is made of others, it is made of theirs.
 */
export interface BenchFigure {
  key: string;
  /** The KPI of the program, without label and help. */
  kpi: string;
  sql: string;
}

/** The day as of which, on which every process of the bench begins. */
export const benchDay = '2026-03-02';

const alive = (alias: string) =>
  `${alias}.deleted_at is null and ${alias}.merged_into is null and ${alias}.in_scope`;
const credits = `tierlink.credit k join tierlink.deal d on d.id = k.deal and ${alive('k')} and ${alive('d')}`;
const year = (by: string) => `${by} >= date '2025-03-02' and ${by} < date '2026-03-02'`;
const yearBefore = `d.close_on >= date '2024-03-02' and d.close_on < date '2025-03-02'`;
/** In hundredths of the program's currency, and hundredths of the deal. */
const worth = `d.amount * (case d.amount_currency when 'EUR' then 108 else 100 end)`;
const valid = `(c.issued_on is null or c.issued_on <= date '${benchDay}') and (c.expires_on is null or c.expires_on >= date '${benchDay}')`;
const held = `tierlink.certification c join tierlink.person h on h.id = c.person and ${alive('c')}`;

/** One row for each partner; who has no rows has 0. */
const sumOf = (rows: string, denominator = 1) =>
  `select p.id, coalesce(x.n, 0), ${denominator} from tierlink.partner p left join (${rows}) x on x.partner = p.id`;
/** The same, with nothing for who has no rows. */
const ofRows = (rows: string, [numerator, denominator]: [string, string]) =>
  `select p.id, ${numerator}, ${denominator} from tierlink.partner p left join (${rows}) x on x.partner = p.id`;
const deals = (number: string, where: string) =>
  `select k.partner, ${number} as n from ${credits} where ${where} group by k.partner`;
const certificates = (number: string, where: string) =>
  `select h.partner, ${number} as n from ${held} where ${where} group by h.partner`;
const from = (key: string) => `(select * from hand where kpi = '${key}')`;

const won = '{ attribute: isWon, is: true }';
const closed = '{ attribute: isClosed, is: true }';
const last = '{ last: 12 months, by: closeOn }';
const validNow = '{ validFrom: issuedOn, validThrough: expiresOn }';

export const figures: readonly BenchFigure[] = [
  {
    key: 'revenue',
    kpi: `unit: money, measure: { sum: deal.amount, where: ${won}, window: ${last} }`,
    sql: sumOf(deals(`sum(${worth} * k.weight)`, `d.is_won and ${year('d.close_on')}`), 10_000),
  },
  {
    key: 'sourced',
    kpi: `unit: money, measure: { sum: deal.amount, where: ${won}, window: ${last}, credit: { roles: [sourced] } }`,
    sql: sumOf(
      deals(`sum(${worth} * k.weight)`, `d.is_won and k.role = 'sourced' and ${year('d.close_on')}`),
      10_000,
    ),
  },
  {
    key: 'influenced',
    kpi: `unit: money, measure: { sum: deal.amount, where: ${won}, window: ${last}, credit: { exceptRoles: [sourced], share: ignore } }`,
    sql: sumOf(deals(`sum(${worth})`, `d.is_won and k.role <> 'sourced' and ${year('d.close_on')}`), 100),
  },
  {
    key: 'before',
    kpi: `unit: money, measure: { sum: deal.amount, where: ${won}, window: { last: 12 months, by: closeOn, ago: 12 months } }`,
    sql: sumOf(deals(`sum(${worth} * k.weight)`, `d.is_won and ${yearBefore}`), 10_000),
  },
  {
    key: 'growth',
    kpi: `unit: percent, growth: { now: { sum: deal.amount, where: ${won}, window: ${last} }, before: { sum: deal.amount, where: ${won}, window: { last: 12 months, by: closeOn, ago: 12 months } } }`,
    sql: ofRows(
      `select k.partner, coalesce(sum(${worth} * k.weight) filter (where ${year('d.close_on')}), 0) as now,
         coalesce(sum(${worth} * k.weight) filter (where ${yearBefore}), 0) as before
       from ${credits} where d.is_won group by k.partner`,
      [
        'case when x.before > 0 then (x.now - x.before) * 100 end',
        'case when x.before > 0 then x.before end',
      ],
    ),
  },
  {
    key: 'wonDeals',
    kpi: `unit: count, measure: { count: deal, where: ${won}, window: ${last} }`,
    sql: sumOf(deals('count(distinct d.id)', `d.is_won and ${year('d.close_on')}`)),
  },
  {
    key: 'winRate',
    kpi: `unit: percent, minimumSample: 3, ratio: { of: { count: deal, where: ${won}, window: ${last} }, to: { count: deal, where: ${closed}, window: ${last} } }`,
    sql: ofRows(
      `select k.partner, count(distinct d.id) filter (where d.is_won) as won, count(distinct d.id) as closed
       from ${credits} where d.is_closed and ${year('d.close_on')} group by k.partner`,
      ['case when x.closed >= 3 then x.won * 100 end', 'case when x.closed >= 3 then x.closed end'],
    ),
  },
  {
    key: 'pipeline',
    kpi: 'unit: money, measure: { sum: deal.amount, where: { attribute: isClosed, is: false } }',
    sql: sumOf(deals(`sum(${worth} * k.weight)`, 'not d.is_closed'), 10_000),
  },
  {
    key: 'averageDeal',
    kpi: `unit: money, measure: { average: deal.amount, where: ${won}, window: ${last}, credit: { share: ignore } }`,
    sql: ofRows(
      `select k.partner, sum(${worth}) as n, count(*) * 100 as d from ${credits}
       where d.is_won and ${year('d.close_on')} group by k.partner`,
      ['x.n', 'x.d'],
    ),
  },
  {
    key: 'largestDeal',
    kpi: `unit: money, measure: { max: deal.amount, where: ${won}, window: ${last}, credit: { share: ignore } }`,
    sql: ofRows(deals(`max(${worth})`, `d.is_won and ${year('d.close_on')}`), ['x.n', '100']),
  },
  {
    key: 'salesCycle',
    kpi: `unit: days, better: lower, measure: { median: { of: deal, daysFrom: createdAt, to: closeOn }, where: ${won}, window: ${last} }`,
    sql: ofRows(
      deals(
        `percentile_cont(0.5) within group (order by d.close_on - (d.created_at at time zone 'UTC')::date)::numeric`,
        `d.is_won and ${year('d.close_on')}`,
      ),
      ['x.n', '1'],
    ),
  },
  {
    key: 'customers',
    kpi: `unit: count, measure: { distinct: deal.customer, where: ${won}, window: ${last} }`,
    sql: sumOf(deals('count(distinct d.customer)', `d.is_won and ${year('d.close_on')}`)),
  },
  {
    key: 'largeCustomers',
    kpi: `unit: count, measure: { distinct: deal.customer, where: ${won}, window: ${last}, having: { sum: deal.amount, atLeast: 150000 } }`,
    sql: sumOf(
      `select partner, count(*) as n from (
         select k.partner, d.customer from ${credits} where d.is_won and ${year('d.close_on')}
         group by k.partner, d.customer having sum(${worth} * k.weight) >= 150000 * 10000) g group by partner`,
    ),
  },
  {
    key: 'lostDeals',
    kpi: `unit: count, better: lower, measure: { count: deal, where: [${closed}, { attribute: isWon, is: false }], window: ${last} }`,
    sql: sumOf(deals('count(distinct d.id)', `d.is_closed and not d.is_won and ${year('d.close_on')}`)),
  },
  {
    key: 'lastQuarter',
    kpi: `unit: money, measure: { sum: deal.amount, where: ${won}, window: { previous: quarter, by: closeOn } }`,
    sql: sumOf(
      deals(
        `sum(${worth} * k.weight)`,
        `d.is_won and d.close_on >= date '2025-10-01' and d.close_on < date '2026-01-01'`,
      ),
      10_000,
    ),
  },
  {
    key: 'registrations',
    kpi: 'unit: count, measure: { count: deal, where: { attribute: registration, is: approved }, window: { last: 12 months, by: registeredAt } }',
    sql: sumOf(
      deals(
        'count(distinct d.id)',
        `d.registration = 'approved' and ${year(`(d.registered_at at time zone 'UTC')::date`)}`,
      ),
    ),
  },
  {
    key: 'certified',
    kpi: `unit: people, measure: { distinct: certification.person, window: [${validNow}, { validThrough: person.leftOn }] }`,
    sql: sumOf(
      certificates(
        `count(distinct coalesce(nullif(lower(trim(h.email)), ''), h.id))`,
        `${valid} and (h.left_on is null or h.left_on >= date '${benchDay}')`,
      ),
    ),
  },
  {
    key: 'certificates',
    kpi: `unit: count, measure: { count: certification, except: [{ label: revoked, when: { attribute: status, is: revoked } }], window: ${validNow} }`,
    sql: sumOf(certificates('count(*)', `${valid} and c.status is distinct from 'revoked'`)),
  },
  {
    key: 'expiring',
    kpi: 'unit: count, better: lower, measure: { count: certification, window: { next: 90 days, by: expiresOn } }',
    sql: sumOf(
      certificates(
        'count(*)',
        `c.expires_on >= date '${benchDay}' and c.expires_on < date '${benchDay}' + 90`,
      ),
    ),
  },
  {
    key: 'codes',
    kpi: `unit: count, measure: { distinct: certification.code, window: ${validNow} }`,
    sql: sumOf(certificates('count(distinct c.code)', valid)),
  },
  {
    key: 'masters',
    kpi: `unit: people, measure: { count: person, where: [{ attribute: role, is: technical }, { has: { count: certification, window: ${validNow}, atLeast: 2 } }] }`,
    sql: sumOf(
      `select h.partner, count(*) as n from tierlink.person h where ${alive('h')} and h.role = 'technical' and
         (select count(*) from tierlink.certification c where c.person = h.id and ${alive('c')} and ${valid}) >= 2
       group by h.partner`,
    ),
  },
  {
    key: 'people',
    kpi: 'unit: people, measure: { count: person, where: { attribute: leftOn, blank: true } }',
    sql: sumOf(
      `select h.partner, count(*) as n from tierlink.person h where ${alive('h')} and h.left_on is null group by h.partner`,
    ),
  },
  {
    key: 'firstDeals',
    kpi: `unit: count, measure: { count: deal, where: ${won}, window: { sinceStart: 180 days, by: closeOn } }`,
    sql: sumOf(
      `select k.partner, count(distinct d.id) as n from ${credits} join tierlink.partner s on s.id = k.partner
       where d.is_won and d.close_on >= s.started_on and d.close_on < s.started_on + 180
         and d.close_on < date '${benchDay}' group by k.partner`,
    ),
  },
  {
    key: 'revenuePoints',
    kpi: 'unit: points, score: { linear: { of: revenue, full: 2000000, points: 60 } }',
    sql: `select partner, least(60 * numerator, 60 * 2000000 * denominator), denominator * 2000000 from ${from('revenue')} r`,
  },
  {
    key: 'skillPoints',
    kpi: 'unit: points, score: { each: { of: certified, points: 4, cap: 40 } }',
    sql: `select partner, least(4 * numerator, 40), 1 from ${from('certified')} r`,
  },
  {
    key: 'ratePoints',
    kpi: 'unit: points, score: { bands: { of: winRate, table: [{ from: 0, points: 5 }, { from: 30, points: 10 }, { from: 60, points: 20 }] } }',
    sql: `select partner, case when numerator >= 60 * denominator then 20 when numerator >= 30 * denominator then 10
        when numerator >= 0 then 5 end, case when numerator is not null then 1 end from ${from('winRate')} r`,
  },
  {
    key: 'total',
    kpi: 'unit: points, score: { sum: [revenuePoints, skillPoints] }',
    sql: `select a.partner, a.numerator * b.denominator + b.numerator * a.denominator, a.denominator * b.denominator
      from ${from('revenuePoints')} a join ${from('skillPoints')} b on b.partner = a.partner`,
  },
  {
    key: 'place',
    kpi: 'unit: percent, better: lower, rank: { of: revenue, within: country, as: topShare }',
    sql: `select r.partner, 100 * rank() over (partition by p.country order by r.numerator desc),
        count(*) over (partition by p.country) from ${from('revenue')} r join tierlink.partner p on p.id = r.partner`,
  },
  {
    key: 'pointsPlace',
    kpi: 'unit: count, better: lower, rank: { of: total, within: [country, region], as: position, ties: worst }',
    sql: `select t.partner, count(*) over (partition by p.country, p.region order by t.numerator / t.denominator desc), 1
      from ${from('total')} t join tierlink.partner p on p.id = t.partner`,
  },
  {
    key: 'countryShare',
    kpi: 'unit: percent, rank: { of: revenue, within: country, as: share }',
    sql: `select r.partner, case when t > 0 then 100 * numerator end, case when t > 0 then t end from (
        select r.*, sum(r.numerator) over (partition by p.country) as t
        from ${from('revenue')} r join tierlink.partner p on p.id = r.partner) r`,
  },
];

export const benchProgram = `name: bench
title: Bench
version: '1'
validFrom: 2020-01-01
timeZone: UTC
currency: { code: USD, rates: { EUR: '1.08' } }
partnerTypes: [{ key: reseller, label: Reseller }]
kpis:
${figures.map(({ key, kpi }) => `  ${key}: { label: ${key}, help: ${key}., ${kpi} }`).join('\n')}
ladders:
  - key: main
    label: Main
    tiers:
      - { key: member, label: Member }
      - { key: silver, label: Silver, requirements: [{ kpi: total, atLeast: 40 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: total, atLeast: 60 }, { kpi: certified, atLeast: 3 }] }
      - { key: leader, label: Leader, requirements: [{ kpi: place, atMost: 10 }, { kpi: winRate, atLeast: 40 }] }
`;
