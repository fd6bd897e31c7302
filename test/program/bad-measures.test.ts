import { describe, expect, it } from '@jest/globals';
import { findings, good } from './good-program.ts';

/** What is changed of a sound program, into what, and the finding: "line:column path: reason". */
const cases: [string, string, string, string][] = [
  [
    'the best of a single quarter',
    'window: { last: 12 months, by: closeOn }',
    'window: { lastFull: 1 quarter, by: closeOn }\n      perEach: { of: customer, best: { period: quarter, by: closeOn } }',
    '20:32 kpis.revenue.measure.perEach.best: the window is one quarter, which is the best one of each; leave out best, or look at several',
  ],
  [
    'a combination of attributes of different records',
    'unit: money\n    measure:\n      sum: deal.amount',
    'unit: count\n    measure:\n      distinct: [deal.customer, lead.country]',
    '17:33 kpis.revenue.measure.distinct.1: is about the records that the first one is of: deal, not lead',
  ],
  [
    'a combination with an attribute that there is not',
    'unit: money\n    measure:\n      sum: deal.amount',
    'unit: count\n    measure:\n      distinct: [deal.customer, deal.tipe]',
    '17:33 kpis.revenue.measure.distinct.1: "tipe" is not an attribute of deal; did you mean "type"?',
  ],
  [
    'a combination of an attribute with itself',
    'unit: money\n    measure:\n      sum: deal.amount',
    'unit: count\n    measure:\n      distinct: [deal.customer, deal.customer]',
    '17:33 kpis.revenue.measure.distinct.1: "deal.customer" is there twice',
  ],
  [
    'a condition on other records without a bound',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'count: person\n      where: { has: { count: certification } }',
    '18:16 kpis.revenue.measure.where.has: is exactly one of count, sum, distinct, average, median, min, max, compared with one of atLeast, moreThan, atMost, lessThan',
  ],
  [
    'a condition on records that do not refer to the record',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'sum: deal.amount\n      where: { has: { count: person, atLeast: 1 } }',
    '18:16 kpis.revenue.measure.where.has: has is about what refers to a deal, not person; lead can stand here, or say with "matching" which attributes are the same',
  ],
  [
    'records that match by an attribute that there is not',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'sum: deal.amount\n      where: { has: { count: certification, matching: { cod: type }, atLeast: 1 } }',
    '18:57 kpis.revenue.measure.where.has.matching.cod: "cod" is not an attribute of certification; did you mean "code"?',
  ],
  [
    'records that match what there is not',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'sum: deal.amount\n      where: { has: { count: certification, matching: { code: tipe }, atLeast: 1 } }',
    '18:57 kpis.revenue.measure.where.has.matching.code: "tipe" is not an attribute of deal; did you mean "type"?',
  ],
  [
    'records that match by an amount',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'sum: deal.amount\n      where: { has: { count: certification, matching: { code: amount }, atLeast: 1 } }',
    '18:57 kpis.revenue.measure.where.has.matching.code: amount is money; only texts and references are matched',
  ],
  [
    'facts of which the sum is looked up',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'sum: deal.amount\n      where: { has: { sum: fact.quantity, matching: { dimension: type }, atLeast: 1 } }',
    '18:43 kpis.revenue.measure.where.has.matching: facts that match are only counted, with count or distinct; measure their sum instead',
  ],
  [
    'a group that matches',
    'unit: money\n    measure:\n      sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'unit: count\n    measure:\n      distinct: deal.customer\n      having: { count: deal, matching: { type: type }, atLeast: 2 }',
    '18:30 kpis.revenue.measure.having.matching: the records of a group have the same value already; use it in has',
  ],
  [
    'every value, of which records differ',
    'unit: money\n    measure:\n      sum: deal.amount\n      where: { attribute: isWon, is: true }\n      window: { last: 12 months, by: closeOn }',
    'unit: percent\n    every:\n      of: deal.type\n      must: { attribute: isWon, is: true }',
    '18:7 kpis.revenue.every.must: of each type something has to be asked that is the same for all its records: a condition on type, or a has that matches it',
  ],
  [
    'groups of every record',
    'unit: money\n    measure:\n      sum: deal.amount\n      where: { attribute: isWon, is: true }\n      window: { last: 12 months, by: closeOn }',
    'unit: percent\n    every:\n      of: deal\n      having: { count: deal, atLeast: 2 }\n      must: { attribute: isWon, is: true }',
    '18:7 kpis.revenue.every.having: having is about different values; say with "of" which, such as deal.name',
  ],
  [
    'a window without a date in a condition on other records',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'sum: deal.amount\n      where: { has: { count: lead, atLeast: 1, window: { last: 1 year, by: creatdAt } } }',
    '18:72 kpis.revenue.measure.where.has.window.by: "creatdAt" is not an attribute of lead; did you mean "createdAt"?',
  ],
  [
    'the newest record by no date',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }\n      window: { last: 12 months, by: closeOn }',
    'latest: deal.amount',
    '17:7 kpis.revenue.measure.latest: latest needs one window with "by", such as window: { last: 12 months, by: occurredOn }',
  ],
  [
    'the newest of each by no date',
    'sum: deal.amount\n      where: { attribute: isWon, is: true }\n      window: { last: 12 months, by: closeOn }',
    'sum: deal.amount\n      newestOfEach: type',
    '18:7 kpis.revenue.measure.newestOfEach: newestOfEach needs one window with "by", such as window: { last: 12 months, by: occurredOn }',
  ],
  [
    'the newest of each of something else',
    'sum: deal.amount',
    'sum: deal.amount\n      newestOfEach: tipe',
    '18:7 kpis.revenue.measure.newestOfEach: "tipe" is not an attribute of deal; did you mean "type"?',
  ],
  [
    'the newest of each of one record alone',
    'sum: deal.amount',
    'latest: deal.amount\n      newestOfEach: type',
    '18:7 kpis.revenue.measure.newestOfEach: latest is one record alone; say what the newest ones come to with sum, count, average, median, min, max or distinct',
  ],
  [
    'one of several windows without a date',
    'window: { last: 12 months, by: closeOn }',
    'window: { any: [{ last: 12 months, by: closeOn }, { previous: year, by: closOn }] }',
    '19:75 kpis.revenue.measure.window.any.1.by: "closOn" is not an attribute of deal; did you mean "closeOn"?',
  ],
  [
    'a window beside several',
    'window: { last: 12 months, by: closeOn }',
    'window: { last: 12 months, any: [{ last: 12 months, by: closeOn }, { previous: year, by: closeOn }] }',
    '19:17 kpis.revenue.measure.window.last: cannot stand beside any; put it into one of its windows',
  ],
  [
    'a sample of the newest record',
    'measure:\n      sum: deal.amount',
    'minimumSample: 3\n    measure:\n      latest: deal.amount',
    '16:5 kpis.revenue.minimumSample: of latest only one record counts, so there is no sample',
  ],
  [
    'a condition on groups without groups',
    'where: { attribute: isWon, is: true }',
    'having: { count: deal, atLeast: 2 }',
    '18:7 kpis.revenue.measure.having: having is about different values; use it with distinct',
  ],
  [
    'a condition on groups with a window without its date',
    'unit: money\n    measure:\n      sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'unit: count\n    measure:\n      distinct: deal.customer\n      having: { count: deal, window: { last: 1 month }, atLeast: 2 }',
    '18:30 kpis.revenue.measure.having.window: a window needs "by", the date that must lie in it',
  ],
  [
    'a condition on groups of something else',
    'unit: money\n    measure:\n      sum: deal.amount\n      where: { attribute: isWon, is: true }',
    'unit: count\n    measure:\n      distinct: deal.customer\n      having: { sum: fact.quantity, atLeast: 2 }',
    '18:7 kpis.revenue.measure.having: is about the records that the measure groups: deal, not fact',
  ],
  [
    'a condition of a tier on other records',
    'requirements: [{ kpi: revenue, atLeast: 1000 }]',
    'requirements: [{ partner: { has: { count: person, atLeast: 1 } } }]',
    "34:26 ladders.0.tiers.0.requirements.0.partner: what refers to the partner is not the partner's own attribute; measure it with a KPI",
  ],
  [
    'a table that is not there',
    'sum: deal.amount',
    'sum: deal.amount\n      times: { table: rats, by: type }',
    '18:16 kpis.revenue.measure.times.table: "rats" is not a table of this program; it has none',
  ],
  [
    'a misspelt table',
    'kpis:\n  revenue:',
    'tables: { rates: { entries: { New: 2 } } }\nkpis:\n  other: { label: O, help: O, unit: money, measure: { sum: deal.amount, times: { table: rats, by: type } } }\n  revenue:',
    '13:82 kpis.other.measure.times.table: "rats" is not a table of this program; did you mean "rates"?',
  ],
  [
    'a table of nothing',
    'kpis:\n  revenue:',
    'tables: { rates: { otherwise: 2 } }\nkpis:\n  revenue:',
    '11:11 tables.rates: a table has either entries, regions or bands',
  ],
  [
    'a table by region without regions',
    'kpis:\n  revenue:',
    'tables: { rates: { regions: { nordics: 2 } } }\nkpis:\n  revenue:',
    '11:20 tables.rates.regions: the program has no regions',
  ],
  [
    'a table by a region that there is not',
    'kpis:\n  revenue:',
    'regions: { list: [{ key: nordics, label: N, countries: [SE] }] }\ntables: { rates: { regions: { nordic: 2 } } }\nkpis:\n  revenue:',
    '12:31 tables.rates.regions.nordic: "nordic" is not a region; did you mean "nordics"?',
  ],
  [
    'a table with two values for a region',
    'kpis:\n  revenue:',
    'regions: { list: [{ key: se, label: N, countries: [SE] }, { key: a, label: A, regions: [se] }, { key: b, label: B, regions: [se] }] }\ntables: { rates: { regions: { a: 2, b: 3 } } }\nkpis:\n  revenue:',
    '12:20 tables.rates.regions: says 2 things for region se: a and b; give it a value of its own',
  ],
  [
    'versions that are not in order',
    'kpis:\n  revenue:',
    'tables: { rates: { versions: [{ from: 2026-01-01, entries: { New: 2 } }, { from: 2025-01-01, entries: { New: 2 } }] } }\nkpis:\n  revenue:',
    '11:76 tables.rates.versions.1.from: is not after 2026-01-01; the earliest is first',
  ],
  [
    'a key that is there twice',
    'kpis:\n  revenue:',
    'tables: { rates: { entries: { New: 2, " new": 3 } } }\nkpis:\n  revenue:',
    '11:39 tables.rates.entries. new: " new" is there twice; case and blanks make no difference',
  ],
  [
    'bands that are not in order',
    'kpis:\n  revenue:',
    'tables: { rates: { bands: [{ from: 10, value: 1 }, { from: 5, value: 2 }] } }\nkpis:\n  revenue:',
    '11:54 tables.rates.bands.1.from: is not above 10; the smallest is first',
  ],
  [
    'bands of a text',
    'kpis:\n  revenue:',
    'tables: { rates: { bands: [{ from: 10, value: 1 }] } }\nkpis:\n  other: { label: O, help: O, unit: money, measure: { sum: deal.amount, times: { table: rates, by: type } } }\n  revenue:',
    '13:96 kpis.other.measure.times.by: rates needs a number for its bands, and type is text; deal has amount, probability',
  ],
  [
    'a median that is multiplied',
    'kpis:\n  revenue:',
    'tables: { rates: { entries: { New: 2 } } }\nkpis:\n  other: { label: O, help: O, unit: money, measure: { median: deal.amount, times: { table: rates, by: type } } }\n  revenue:',
    '13:76 kpis.other.measure.times: only what is added up can be multiplied: use it with sum, count or average',
  ],
  [
    'points that are called money',
    'kpis:\n  revenue:',
    'tables: { rates: { gives: points, entries: { New: 2 } } }\nkpis:\n  other: { label: O, help: O, unit: money, measure: { sum: deal.amount, times: { table: rates, by: type } } }\n  revenue:',
    '13:31 kpis.other.unit: this figure is number or count or people or ratio or percent or points or days or hours, not money',
  ],
  [
    'a date of versions that a table does not have',
    'kpis:\n  revenue:',
    'tables: { rates: { entries: { New: 2 } } }\nkpis:\n  other: { label: O, help: O, unit: money, measure: { sum: deal.amount, times: { table: rates, by: type, dated: closeOn } } }\n  revenue:',
    '13:106 kpis.other.measure.times.dated: rates has no versions that could be in force on a date',
  ],
  [
    'a catalogue that is not there',
    'kpis:\n  revenue:',
    'kpis:\n  other: { label: O, help: O, unit: count, measure: { count: certification, window: { catalogue: true } } }\n  revenue:',
    '12:87 kpis.other.measure.window.catalogue: the program has no certificates',
  ],
  [
    'codes without a catalogue',
    'kpis:\n  revenue:',
    'kpis:\n  other: { label: O, help: O, unit: count, measure: { count: certification, where: { codes: [X] } } }\n  revenue:',
    '12:86 kpis.other.measure.where.codes: are those of the catalogue, and the program has no certificates; without one, use attribute: code with in',
  ],
  [
    'a misspelt code',
    'kpis:\n  revenue:',
    'certificates: { codes: { PRO-100: {} } }\nkpis:\n  other: { label: O, help: O, unit: count, measure: { count: certification, where: { codes: [PRO-10] } } }\n  revenue:',
    '13:94 kpis.other.measure.where.codes.0: "PRO-10" is not a code of the catalogue; did you mean "PRO-100"?',
  ],
  [
    'the catalogue for something else',
    'kpis:\n  revenue:',
    'certificates: { codes: { PRO-100: {} } }\nkpis:\n  other: { label: O, help: O, unit: count, measure: { count: person, window: { catalogue: true } } }\n  revenue:',
    '13:80 kpis.other.measure.window.catalogue: only a certification is in the catalogue, not a person',
  ],
  [
    'a retirement that says nothing',
    'kpis:\n  revenue:',
    'certificates: { codes: { X: { retiredOn: 2026-01-31 } } }\nkpis:\n  revenue:',
    '11:26 certificates.codes.X: needs one of countsFor and countsThrough: how long it counts after it was retired',
  ],
  [
    'a version that a line does not have',
    'kpis:\n  revenue:',
    'certificates: { lines: { s: { counting: 3, versions: [{ version: "15", from: 2026-01-31 }] } }, codes: { X: { line: s, version: "16" } } }\nkpis:\n  revenue:',
    '11:120 certificates.codes.X.version: "16" is not a version of s; it has 15',
  ],
  [
    'a code that replaces itself',
    'kpis:\n  revenue:',
    'certificates: { codes: { X: { replacedBy: Y }, Y: { replacedBy: X } } }\nkpis:\n  revenue:',
    '11:31 certificates.codes.X.replacedBy: comes back to the code itself',
  ],
  [
    'a holder of something else',
    'kpis:\n  revenue:',
    'kpis:\n  other: { label: O, help: O, unit: count, measure: { count: person, belongsTo: holder } }\n  revenue:',
    '12:70 kpis.other.measure.belongsTo: only a certification has a holder, not a person',
  ],
  [
    'rates that are not in order',
    "currency: { code: USD, rates: { EUR: '1.10' } }",
    'currency: { code: USD, rates: { EUR: [{ from: 2026-01-01, rate: 1 }, { from: 2025-01-01, rate: 2 }] } }',
    '6:72 currency.rates.EUR.1.from: is not after 2026-01-01; the earliest is first',
  ],
  [
    'a rate of a day where rates have none',
    'kpis:\n  revenue:',
    'kpis:\n  other: { label: O, help: O, unit: money, measure: { sum: deal.amount, rate: { by: closeOn } } }\n  revenue:',
    '12:73 kpis.other.measure.rate: no rate of the program is by date',
  ],
];

describe('a measure', () => {
  it.each(cases)('with %s is refused at its place', (_name, from, to, expected) => {
    expect(good).toContain(from);
    const found = findings(good.replace(from, to));
    expect(found.find((one) => one.startsWith(expected)) ?? found).toEqual(expect.stringContaining(expected));
  });

  it('with rates by date takes no threshold in their currency, and no end of a window without one', () => {
    const text = good
      .replace("rates: { EUR: '1.10' }", 'rates: { EUR: [{ from: 2026-01-01, rate: 1 }] }')
      .replace('atLeast: 1000', 'atLeast: 1000 EUR')
      .replace('of: { count: deal, ', 'of: { count: deal, rate: { at: windowEnd }, ');
    expect(findings(text)).toEqual([
      '25:34 kpis.winRate.ratio.of.rate.at: needs a window with an end: last, lastFull, current or previous',
      '34:40 ladders.0.tiers.0.requirements.0.atLeast: the rates of EUR are by date; write the threshold in USD',
    ]);
  });

  it('of what every record must satisfy is checked at its place', () => {
    const every = (text: string, unit = 'percent') =>
      findings(
        good.replace('kpis:\n', `kpis:\n  other: { label: O, help: O, unit: ${unit}, every: ${text} }\n`),
      );
    const must = 'must: { attribute: isWon, is: true }';
    expect(every(`{ of: deal, ${must} }`)).toEqual([]);
    expect(every(`{ of: dela, ${must} }`)[0]).toContain('kpis.other.every.of: "dela" is not something');
    expect(every('{ of: deal, must: [{ attribute: isWno, is: true }] }')[0]).toContain(
      'kpis.other.every.must.0.attribute: "isWno" is not an attribute of deal; did you mean "isWon"?',
    );
    expect(every(`{ of: deal, ${must}, window: { last: 1 year } }`)[0]).toContain(
      'kpis.other.every.window: a window needs "by"',
    );
    expect(every(`{ of: deal, ${must} }`, 'count')[0]).toContain(
      'kpis.other.unit: this figure is percent or ratio, not count',
    );
    expect(every('{ of: deal }')[0]).toContain('kpis.other.every.must: is missing');
  });

  it.each([
    ['{ of: deal, monthsSince: closeOn }', 'days', ['unit: this figure is number or count, not days']],
    ['{ of: deal, daysSince: closeOn }', 'count', ['unit: this figure is days, not count']],
    [
      '{ of: deal, monthsSince: amount }',
      'count',
      ['measure.max.monthsSince: "amount" is no date (money); deal has '],
    ],
    [
      '{ of: deal, monthsSince: closeOn, daysSince: closeOn }',
      'count',
      ['measure.max: use one of monthsSince, daysSince, daysFrom or hoursFrom'],
    ],
    [
      '{ of: deal, daysSince: closeOn, to: createdAt }',
      'days',
      [
        'measure.max.to: says something of daysFrom or hoursFrom only; daysSince ends on the day of the evaluation',
      ],
    ],
    ['{ of: deal, daysFrom: closeOn }', 'days', ['measure.max: daysFrom needs "to", the later date']],
  ])('of the time since a date says what is wrong: %s in %s', (value, unit, wrong) => {
    const kpi = `  other: { label: O, help: O, unit: ${unit}, measure: { max: ${value} } }\n`;
    const found = findings(good.replace('kpis:\n', `kpis:\n${kpi}`));
    expect(found).toEqual(wrong.map((reason) => expect.stringContaining(`kpis.other.${reason}`)));
  });

  it.each([
    [
      'ratio: { of: { count: deal }, to: { sum: deal.amount } }',
      'no unit says a number of records by money; say with "per" for how much of it, such as per: 1000 (unit: count or people or number)',
    ],
    [
      'ratio: { of: { sum: deal.amount }, to: { average: { of: case, daysFrom: openedAt, to: closedAt } } }',
      'no unit says money by days; say with "per" for how much of it, such as per: 1000 (unit: money)',
    ],
    [
      'growth: { now: { sum: deal.amount }, before: { count: deal } }',
      'of money and a number of records there is no growth; let "now" and "before" measure the same',
    ],
  ])('of two kinds without a unit says what to write instead: %s', (form, reason) => {
    const text = good.replace('kpis:\n', `kpis:\n  other: { label: O, help: O, unit: number, ${form} }\n`);
    expect(findings(text)).toEqual([expect.stringContaining(`kpis.other.unit: ${reason}`)]);
  });

  it('of a share cannot be asked for more than all, unless records are weighted', () => {
    const asked = (of: string) =>
      findings(
        good
          .replace('kpis:\n', 'tables: { t: { entries: { New: 3 } } }\nkpis:\n')
          .replace('of: { count: deal, ', `of: { count: deal, ${of}`)
          .replace('atLeast: 30', 'atLeast: 130'),
      );
    expect(asked('')[0]).toContain('winRate is at most 100 percent');
    // This year's deals may be more than all of last year's.
    expect(asked('window: { last: 12 months, by: closeOn }, ')).toEqual([]);
    expect(asked('times: { table: t, by: type }, ')).toEqual([]);
  });

  it('of groups takes tables that are there, and none for what refers to a record', () => {
    const measured = (measure: string) =>
      findings(
        good.replace('kpis:\n', `kpis:\n  other: { label: O, help: O, unit: count, measure: ${measure} }\n`),
      );
    const times = 'times: { table: rates, by: kind }';
    expect(
      measured(`{ distinct: fact.dimension, having: { sum: fact.quantity, ${times}, atLeast: 1 } }`)[0],
    ).toContain('kpis.other.measure.having.times.table: "rates" is not a table of this program; it has none');
    expect(
      measured(`{ count: person, where: { has: { count: certification, ${times}, atLeast: 1 } } }`)[0],
    ).toContain(
      'kpis.other.measure.where.has.times: records of a has are not multiplied; group them with having',
    );
  });

  it('of each customer or the like limits something of theirs, and an average by what is a number', () => {
    const told = (measure: string, unit = 'number') =>
      findings(
        good.replace(
          'kpis:\n',
          `kpis:\n  other: { label: O, help: O, unit: ${unit}, measure: { ${measure} } }\n`,
        ),
      ).map((one) => one.replace(/^.*kpis\.other\./, ''));
    const deals = (perEach: string) => told(`sum: deal.amount, perEach: { ${perEach} }`, 'money');
    expect(deals('of: customer, atMost: 100')).toEqual([]);
    expect(deals('of: custommer, atMost: 100')).toEqual([
      'measure.perEach.of: "custommer" is not an attribute of deal; did you mean "customer"?',
    ]);
    expect(deals('of: [customer, customer], atMost: 100')).toEqual([
      'measure.perEach.of.1: "customer" is there twice',
    ]);
    expect(deals('of: customer')).toEqual([
      'measure.perEach: says nothing: everything of each customer counts and is added up; limit it with records or atMost, take something else of the sums (take: median), or ask for something (having)',
    ]);
    expect(told('max: fact.quantity, perEach: { of: dimension }')).toEqual([]);
    expect(told('distinct: certification.code, perEach: { of: person }', 'count')).toEqual([]);
    expect(told('average: case.satisfaction, perEach: { of: customer }')).toEqual([]);
    expect(deals('of: customer, take: meridian')[0]).toContain('measure.perEach.take: ');
    expect(deals('of: customer, atMost: 0')[0]).toContain('measure.perEach.atMost: ');
    expect(told('count: deal, perEach: { of: customer, atMost: 2 }', 'count')).toEqual([
      'measure.perEach.atMost: what is counted are records; write records: 2',
    ]);
    expect(told('distinct: deal.type, perEach: { of: customer, records: 2 }', 'count')).toEqual([
      'measure.perEach.records: of different values it is not said which records count; write atMost: 2',
    ]);
    expect(told('distinct: deal.type, perEach: { of: customer, atMost: 1.5 }', 'count')).toEqual([
      'measure.perEach.atMost: is a number of different values; write a whole number',
    ]);
    expect(told('count: deal, perEach: { of: customer, take: average }', 'people')).toEqual([]);
    expect(told('count: deal, perEach: { of: customer, take: count }', 'count')).toEqual([
      'measure.perEach.take: how many different values there are is a measure by itself; write distinct, with having',
    ]);
    const perQuarter = (window: string, rest = 'take: min', period = 'quarter') =>
      told(
        `count: deal, window: { ${window}, by: closeOn }, perEach: { of: { period: ${period}, by: closeOn }, ${rest} }`,
        'count',
      );
    expect(perQuarter('lastFull: 1 year')).toEqual([]);
    expect(perQuarter('previous: fiscalYear', 'take: min', 'fiscalQuarter')).toEqual([]);
    for (const window of ['lastFull: 12 months', 'last: 1 year', 'previous: fiscalYear'])
      expect(perQuarter(window)).toEqual([
        'measure.perEach.of: needs one window of whole periods by closeOn, such as window: { lastFull: 4 quarters, by: closeOn }',
      ]);
    expect(
      told(
        'count: deal, window: { lastFull: 1 year, by: closeOn }, having: { count: deal, atLeast: 2 }, perEach: { of: { period: quarter, by: closeOn }, records: 1, take: count }',
        'count',
      ),
    ).toEqual([
      'measure.perEach: how many there are does not depend on what of each counts; leave out records and atMost',
    ]);
    expect(perQuarter('lastFull: 1 year', 'take: count')).toEqual([
      'measure.perEach.take: each quarter is there whether or not it has a record, so that the number is always the same; say with having which are counted, such as having: { count: deal, atLeast: 1 }',
    ]);
    expect(told('count: partner, perEach: { of: types, records: 1 }', 'count')).toEqual([
      'measure.perEach.of: "types" has several values; a record is counted with one customer, person or the like',
    ]);
    expect(
      told(
        'latest: fact.quantity, window: { last: 1 year, by: occurredOn }, perEach: { of: dimension, records: 1 }',
      ),
    ).toEqual([
      'measure.perEach: latest is one record alone; for the newest of each write newestOfEach: dimension, with sum or the like',
    ]);
    expect(told('average: case.satisfaction, weightedBy: customer.extra.seats')).toEqual([
      'measure.weightedBy: a weight is a number or an amount; customer.extra.seats is an attribute of your own that is read as text; say what it is under "attributes", such as customer.extra.seats: number',
    ]);
    expect(told('sum: case.satisfaction, weightedBy: satisfaction')).toEqual([
      'measure.weightedBy: only an average is weighted; use it with average',
    ]);
  });

  it('of what is valid ahead looks no other way, and only at validity', () => {
    const told = (window: string) =>
      findings(good.replace('window: { last: 12 months, by: closeOn }', `window: ${window}`)).map((one) =>
        one.replace(/^.*kpis\.revenue\.measure\./, ''),
      );
    expect(told('{ validThrough: closeOn, ahead: 90 days }')).toEqual([]);
    expect(told('{ validThrough: closeOn, ahead: 90 days, ago: 1 month }')).toEqual([
      'window.ahead: a day is moved back or ahead; use ago or ahead, not both',
    ]);
    expect(told('{ last: 12 months, by: closeOn, ahead: 90 days }')).toEqual([
      'window.ahead: only validFrom/validThrough look ahead; what lies in the days to come is next',
    ]);
  });
});
