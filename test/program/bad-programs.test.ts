import { describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';
import { findings, good } from './good-program.ts';

/** What is changed, into what, and the finding: "line:column path: reason". */
const cases: [string, string, string, string][] = [
  [
    'an unknown key',
    'help: Won deals.',
    'hepl: Won deals.',
    '14:5 kpis.revenue.hepl: "hepl" is not a known key; did you mean "help"?',
  ],
  [
    'a day that is none',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'sum: deal.amount\n      where: { attribute: closeOn, is: October }',
    '18:36 kpis.revenue.measure.where.is: closeOn is a date and is compared with a date such as "2026-01-31"',
  ],
  [
    'a date that is none',
    'validFrom: 2026-01-01',
    'validFrom: 2026-02-30',
    '4:1 validFrom: a date is written like 2026-01-31',
  ],
  [
    'an unknown time zone',
    'Europe/Stockholm',
    'Europe/Stokholm',
    '5:1 timeZone: "Europe/Stokholm" is not a time zone; write it like Europe/Stockholm or UTC',
  ],
  [
    'an unknown attribute',
    'deal.amount',
    'deal.amout',
    '17:7 kpis.revenue.measure.sum: "amout" is not an attribute of deal; did you mean "amount"?',
  ],
  [
    'a sum of a custom attribute',
    'deal.amount',
    'deal.extra.seats',
    '17:7 kpis.revenue.measure.sum: sum needs a number or an amount; deal.extra.seats is an attribute of your own that is read as text; say what it is under "attributes", such as deal.extra.seats: number',
  ],
  [
    'a type of what has no attributes of its own',
    'timeZone:',
    'attributes: { tier.extra.seats: number }\ntimeZone:',
    '5:15 attributes.tier.extra.seats: "tier" has no attributes of your own',
  ],
  [
    'a type that there is not',
    'timeZone:',
    'attributes: { deal.extra.seats: integer }\ntimeZone:',
    '5:15 attributes.deal.extra.seats: has to be one of text, number, money, date, instant, boolean',
  ],
  [
    'an exception without a word',
    'where: { attribute: isWon, is: true }',
    'except: [{ label: "", when: { attribute: isWon, is: false } }]',
    '18:18 kpis.revenue.measure.except.0.label: a reason is a few small letters, such as revoked',
  ],
  [
    'an unknown entity',
    'deal.amount',
    'deel.amount',
    '17:7 kpis.revenue.measure.sum: "deel" is not something that can be measured; use one of deal, lead, person, certification, case, fact, partner; did you mean "deal"?',
  ],
  [
    'a sum of a text',
    'deal.amount',
    'deal.stage',
    '17:7 kpis.revenue.measure.sum: sum needs a number or an amount; deal.stage is text',
  ],
  [
    'a KPI of the wrong unit',
    'unit: money',
    'unit: percent',
    '15:5 kpis.revenue.unit: this figure is money, not percent',
  ],
  [
    'a window without its date',
    'last: 12 months, by: closeOn',
    'last: 12 months',
    '19:7 kpis.revenue.measure.window: a window needs "by", the date that must lie in it',
  ],
  [
    'a window over something that is no date',
    'by: closeOn',
    'by: stage',
    '19:34 kpis.revenue.measure.window.by: "stage" is no date (text); deal has closeOn, createdAt, registeredAt',
  ],
  [
    'a length of time that is none',
    '12 months',
    'a year',
    '19:17 kpis.revenue.measure.window.last: a length of time is written like "12 months" or "90 days"',
  ],
  [
    'two windows in one',
    'last: 12 months, by',
    'last: 12 months, next: 1 month, by',
    '19:7 kpis.revenue.measure.window: a window is exactly one of last, lastFull, current, previous, next, elapsed, sinceStart, catalogue, any or validFrom/validThrough',
  ],
  [
    'a filter without a comparison',
    '{ attribute: isWon, is: true }\n      window',
    '{ attribute: isWon }\n      window',
    '18:7 kpis.revenue.measure.where: a condition compares once, with one of is, isNot, in, notIn, inRegion, atLeast, moreThan, atMost, lessThan, elapsed, blank',
  ],
  [
    'a filter on an unknown attribute',
    'attribute: isWon, is: true }\n      window',
    'attribute: isWonn, is: true }\n      window',
    '18:16 kpis.revenue.measure.where.attribute: "isWonn" is not an attribute of deal; did you mean "isWon"?',
  ],
  [
    'a filter that follows no reference',
    'attribute: isWon, is: true }\n      window',
    'attribute: stage.name, is: x }\n      window',
    '18:16 kpis.revenue.measure.where.attribute: "stage" is not a reference of deal; it has customer',
  ],
  [
    'a filter of the wrong type',
    'attribute: isWon, is: true }\n      window',
    'attribute: isWon, is: won }\n      window',
    '18:34 kpis.revenue.measure.where.is: isWon is true or false',
  ],
  [
    'an order where there is none',
    'attribute: isWon, is: true }\n      window',
    'attribute: stage, atLeast: 3 }\n      window',
    '18:34 kpis.revenue.measure.where.atLeast: stage is text and has no order; use is or in',
  ],
  [
    'two measures in one',
    'sum: deal.amount',
    'sum: deal.amount\n      count: deal',
    '16:5 kpis.revenue.measure: a measure is exactly one of count, sum, distinct, average, median, min, max',
  ],
  [
    'a KPI without a measure',
    'ratio:',
    'ratioo:',
    '24:5 kpis.winRate.ratioo: "ratioo" is not a known key; did you mean "ratio"?',
  ],
  [
    'an unknown KPI in a factor',
    'kpis: [revenue]',
    'kpis: [revenu]',
    '10:44 successFactors.0.kpis.0: "revenu" is not a KPI of this program; did you mean "revenue"?',
  ],
  [
    'an unknown KPI in a requirement',
    '- { kpi: winRate, atLeast',
    '- { kpi: winrate, atLeast',
    '39:15 ladders.0.tiers.1.requirements.1.kpi: "winrate" is not a KPI of this program; did you mean "winRate"?',
  ],
  [
    'an unknown partner type',
    'partnerTypes: [reseller]',
    'partnerTypes: [resellr]',
    '30:20 ladders.0.partnerTypes.0: "resellr" is not a partner type; did you mean "reseller"?',
  ],
  [
    'a threshold in a missing currency',
    'atLeast: 5000 }',
    "atLeast: '5000 CHF' }",
    '38:29 ladders.0.tiers.1.requirements.0.atLeast: the program has no rate for CHF; it knows USD, EUR',
  ],
  [
    'money asked of a share',
    'atLeast: 30 }',
    "atLeast: '30 EUR' }",
    '39:29 ladders.0.tiers.1.requirements.1.atLeast: winRate is percent, not an amount in EUR',
  ],
  [
    'a share above 100 percent',
    'atLeast: 30 }',
    'atLeast: 130 }',
    '35:9 ladders.0.tiers.1: tier Gold is unreachable: winRate is at most 100 percent',
  ],
  [
    'a tier that the next one swallows',
    'atLeast: 5000 }\n          - { kpi: winRate, atLeast: 30 }',
    'atLeast: 900 }',
    '32:9 ladders.0.tiers.0: tier Silver is unreachable: whoever meets its requirements meets those of Gold',
  ],
  [
    'requirements that contradict each other',
    '{ kpi: winRate, atLeast: 30 }',
    '{ kpi: revenue, lessThan: 5000 }',
    '35:9 ladders.0.tiers.1: tier Gold is unreachable: revenue cannot be at least 5000 and less than 5000 at once',
  ],
  [
    'two bounds in one requirement',
    'winRate, atLeast: 30',
    'winRate, atLeast: 30, lessThan: 60',
    '39:13 ladders.0.tiers.1.requirements.1: a KPI is compared once, with one of atLeast, moreThan, atMost, lessThan',
  ],
  [
    'a tier that is there twice',
    'key: gold',
    'key: silver',
    '35:9 ladders.0.tiers.1.key: tier "silver" is there twice',
  ],
  [
    'an unknown floor',
    '    label: Main',
    '    label: Main\n    movement: { floor: bronze }',
    '30:17 ladders.0.movement.floor: "bronze" is not a tier',
  ],
  [
    'a rate that is none',
    "EUR: '1.10'",
    "EUR: '1,10'",
    '6:33 currency.rates.EUR: a rate is written like 1.08, "0.0068" or "20/23"',
  ],
  [
    'the tier itself as a condition',
    '{ kpi: winRate, atLeast: 30 }',
    '{ partner: { attribute: tier, is: Gold } }',
    '39:26 ladders.0.tiers.1.requirements.1.partner.attribute: "tier" is not an attribute of partner',
  ],
];

describe('a program file', () => {
  it('that is right has no findings', () => {
    expect(findings(good)).toEqual([]);
  });

  it.each(cases)('with %s is refused at its place', (_name, from, to, expected) => {
    expect(good).toContain(from);
    const found = findings(good.replace(from, to));
    expect(found.find((one) => one.startsWith(expected)) ?? found).toEqual(expect.stringContaining(expected));
  });

  it('with several mistakes lists them all at once', () => {
    const text = good.replace('deal.amount', 'deal.amout').replace('kpi: winRate,', 'kpi: winrate,');
    expect(findings(text)).toHaveLength(2);
  });

  it('names what the schema refuses together with references that lead nowhere', () => {
    const text = good
      .replace('help: Won deals.', 'hepl: Won deals.')
      .replace('unit: percent', 'unit: per cent')
      .replace('{ attribute: isClosed, is: true }', '{ attribute: isClosd, is: true }')
      .replace('kpis: [revenue]', 'kpis: [revenu]')
      .replace('- { kpi: revenue, atLeast: 5000 }', '- { kpi: revenue, atLest: 5000 }')
      .replace('kpi: winRate,', 'kpi: winrate,');
    expect(findings(text)).toEqual([
      '10:44 successFactors.0.kpis.0: "revenu" is not a KPI of this program; did you mean "revenue"?',
      expect.stringContaining('kpis.revenue.help: is missing'),
      '14:5 kpis.revenue.hepl: "hepl" is not a known key; did you mean "help"?',
      expect.stringContaining('kpis.winRate.unit: has to be one of money, count, people, percent'),
      expect.stringContaining('"isClosd" is not an attribute of deal; did you mean "isClosed"?'),
      expect.stringContaining('requirements.0.atLest: "atLest" is not a known key; did you mean "atLeast"?'),
      expect.stringContaining('"winrate" is not a KPI of this program; did you mean "winRate"?'),
    ]);
  });

  /** What is refused, and where: nothing that only follows from it is said beside it. */
  it.each([
    ['currency: { code: USD', 'currency: { code: usd'],
    ['- { key: reseller', '- { key: 7'],
    ['unit: percent', 'unit: per cent'],
    ['key: gold', 'key: Gold'],
    ['requirements: [{ kpi: revenue, atLeast: 1000 }]', 'requirements: nothing'],
    ['    label: Main', '    label: Main\n    hodl: cumulative'],
    ['    label: Main', '    label: Main\n    entryTier: gold\n    movement: [floor]'],
    ['atLeast: 5000 }', 'atLeast: 5000, atMots: 6000 }'],
    ['sum: deal.amount', 'summ: deal.amount'],
    ['by: closeOn', 'buy: closeOn'],
    ['  winRate:', '  win rate:'],
    ['ladders:', 'laders:'],
    ["currency: { code: USD, rates: { EUR: '1.10' } }", 'currency: USD'],
  ])('"%s" written as "%s" is one mistake', (from, to) => {
    expect(good).toContain(from);
    const text = good.replace(from, to).replaceAll(/atLeast: (1000|5000)/g, "atLeast: '$1 EUR'");
    expect(findings(text)).toHaveLength(1);
  });

  it('names a type that there is not, and nothing that only follows from it', () => {
    const own = `attributes: { deal.extra.seats: nummber, deal.extra.goLive: day, customer.extra.size: nr }
tables: { t: { bands: [{ from: 0, value: 1 }] } }
timeZone:`;
    const text = good
      .replace('timeZone:', own)
      .replace('sum: deal.amount', 'count: deal\n      times: { table: t, by: customer.extra.size }')
      .replace('unit: money', 'unit: number')
      .replace('{ attribute: isWon, is: true }', '{ attribute: extra.seats, atLeast: 300 }')
      .replace('by: closeOn', 'by: extra.goLive')
      .replace('of: { count: deal, ', 'of: { sum: deal.extra.seats, ')
      .replace('unit: percent', 'unit: number');
    expect(findings(text).map((one) => one.split(' ')[1])).toEqual([
      'attributes.deal.extra.seats:',
      'attributes.deal.extra.goLive:',
      'attributes.customer.extra.size:',
    ]);
    const right = text.replace('nummber', 'number').replace(': day', ': date').replace(': nr', ': number');
    expect(findings(right)).toEqual([]);
  });

  it.each([
    [
      'help: Won deals.',
      'help: Won deals.\n    kpi: revenue',
      '"kpi" is not a known key here; it belongs in responsibilities.expect, in ramp.steps, in goals, in a requirement, in a bound that is a KPI, in score.weighted.of or in idealProfile.criteria',
    ],
    ['help: Won deals.', 'help: Won deals.\n    window: { last: 1 year, by: closeOn }', 'in a measure'],
    [
      'help: Won deals.',
      'help: Won deals.\n    minimumBase: 100',
      '"minimumBase" is not a known key here; it belongs in kpis.<name>.growth',
    ],
    ['help: Won deals.', 'help: Won deals.\n    Label: Won', 'did you mean "label"?'],
    [
      'sum: deal.amount',
      'sum: deal.amount\n      fiscalYearStrat: 3',
      'did you mean "fiscalYearStart"? That belongs at the top of the file',
    ],
    ['sum: deal.amount', 'sum: deal.amount\n      attribute: isWon', 'it belongs in a condition'],
    [
      '    label: Main',
      '    label: Main\n    movement: { grace: { reviews: 1, days: 3 } }',
      '"days" cannot stand beside the other keys here',
    ],
    ['title: Test', 'title: Test\nxyzzyxyzzy: 1', 'the keys here are name, title, version'],
  ])('a key out of place is told where it belongs: "%s" as "%s"', (from, to, expected) => {
    const [only, ...others] = findings(good.replace(from, to));
    expect(only).toContain(expected);
    expect(others).toEqual([]);
    expect(only).not.toMatch(/"(\w+)".*did you mean "\1"/);
  });

  /** What people write who know other tools, and the words that help them on. */
  it.each([
    ['unit: percent', 'unit: percents', 'has to be one of money, count, people, percent, ratio'],
    ['unit: percent', 'unit: percents', 'did you mean "percent"?'],
    ['{ attribute: isWon, is: true }', '{ isWon: true }', 'written like { attribute: isWon, is: ... }'],
    ['{ attribute: isWon, is: true }', '{ attribute: isWon, equals: true }', 'did you mean "is"?'],
    ['{ attribute: isWon, is: true }', 'isWon', 'has to be a block of keys (all, any, not, has'],
    ['requirements: [{ kpi: revenue, atLeast: 1000 }]', 'requirements: { or: [] }', 'did you mean "any"?'],
    ['atLeast: 1000 }', 'min: 1000 }', 'did you mean "atLeast"?'],
    ['atLeast: 1000 }', 'atLeast: 30 % }', 'a number such as 30 or 4.5, also of percent'],
    ['requirements: [{ kpi: revenue, atLeast: 1000 }]', 'requirements: []', 'needs at least one entry'],
    [
      '    label: Main',
      '    label: Main\n    movement: { grace: 30 days }',
      '(reviews, days); here is the text',
    ],
    ['    label: Main', '    label: Main\n    movement: { review: quarterly }', 'did you mean "quarter"?'],
    [
      '  winRate:',
      '  perDeal: { label: P, help: P, unit: money, ratio: { of: revenue, to: { count: deal } } }\n  winRate:',
      'here is the text "revenue", a KPI; what is made of KPIs is a score',
    ],
  ])('"%s" written as "%s" is told in words: %s', (from, to, expected) => {
    expect(good).toContain(from);
    expect(findings(good.replace(from, to)).join('\n')).toContain(expected);
  });

  it('that is no YAML names the line', () => {
    expect(() => parseProgram('name: [', 'test.yaml')).toThrow(
      expect.objectContaining({ code: 'PROGRAM_UNREADABLE' }),
    );
  });

  const silver = 'requirements: [{ kpi: revenue, atLeast: 1000 }]';
  it.each([
    [
      'is not set before',
      'requirements: *r',
      {
        line: 34,
        column: 23,
        reason:
          'line 34, column 23: *r repeats nothing: there is no &r before it; a text that begins with * stands in quotes',
      },
    ],
    [
      'stands inside what it repeats',
      'requirements: &r { all: [*r] }',
      { line: 34, column: 34, reason: 'line 34, column 34: *r stands inside of what it repeats, &r' },
    ],
    [
      'repeats what a key has that is there twice',
      `${silver}\n        requirements: &r [{ kpi: revenue, atLeast: 7 }]\n        keepRequirements: *r`,
      {
        line: 36,
        column: 27,
        reason:
          'line 36, column 27: *r repeats what belongs to a key that is there twice, at line 35, column 26; remove one of the two',
      },
    ],
  ])('with an alias that %s names the place', (_name, requirements, expected) => {
    expect(() => parseProgram(good.replace(silver, requirements), 'test.yaml')).toThrow(
      expect.objectContaining({
        code: 'PROGRAM_UNREADABLE',
        data: expect.objectContaining({ file: 'test.yaml', ...expected }),
      }),
    );
  });

  it('with too many aliases says so', () => {
    const bomb = Array.from({ length: 9 }, (_one, index) => {
      const inner = index === 0 ? 'x' : `*a${index - 1}`;
      return `a${index}: &a${index} [${Array.from({ length: 9 }, () => inner).join(', ')}]\n`;
    });
    expect(() => parseProgram(bomb.join(''), 'test.yaml')).toThrow(
      expect.objectContaining({
        code: 'PROGRAM_UNREADABLE',
        data: expect.objectContaining({
          line: 2,
          reason: expect.stringContaining('comes to more than can be followed'),
        }),
      }),
    );
  });

  it('repeats parts by aliases', () => {
    const text = good.replace(
      silver,
      `requirements: &r [{ kpi: revenue, atLeast: 1000 }]\n        keepRequirements: *r`,
    );
    expect(findings(text)).toEqual([]);
  });
});
