import { fc } from '../services/fast-check.ts';
import {
  attributes,
  comparison,
  condition,
  type Json,
  matchingCondition,
  measurable,
  rarely,
  regionKeys,
  tidy,
  where,
  windows,
} from './arbitrary-conditions.ts';
import { havingCondition, type Measure, measureOf } from './arbitrary-measures.ts';
import { marks } from './arbitrary-world.ts';
import { plusDays } from './calendar.ts';
import { ownTypes } from './own-attributes.ts';

/** Random programs around a day, as objects of a program file. */

const value = fc.constantFrom<(string | number)[]>(0, 1, 2, '0.2', '1/3', '-1', '0.011', 10);
const otherwise = fc.option(value, { nil: undefined, freq: 2 });

/** Distinct days, the earliest first. */
function daysAround(asOf: string, maxLength: number): fc.Arbitrary<string[]> {
  return fc
    .uniqueArray(fc.constantFrom(...marks), { minLength: 1, maxLength })
    .map((found) => found.sort((one, other) => one - other).map((mark) => plusDays(asOf, mark)));
}

/** Keys that differ in more than case and blanks. */
const entries = fc
  .record({ Alpha: value, 'beta TWO': value, ' Gamma ': value, usage: value }, { requiredKeys: [] })
  .map((found) => ({ entries: found }));
const byRegion = fc
  .record({ north: value, south: value, growth: value }, { requiredKeys: [] })
  .map((found) => ({ regions: found }));
const bands = fc
  .tuple(
    fc.uniqueArray(fc.constantFrom(-10, 0, 1, 3, 100, '499.99', 1000), { minLength: 1, maxLength: 4 }),
    value,
    value,
  )
  .map(([bounds, first, second]) => ({
    bands: bounds
      .sort((one, other) => Number(one) - Number(other))
      .map((from, index) => ({ from, value: index % 2 === 0 ? first : second })),
  }));

function contents(of: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  return fc.tuple(of, otherwise).map(([own, other]) => tidy({ ...own, otherwise: other }));
}

function versions(of: fc.Arbitrary<Json>, asOf: string): fc.Arbitrary<Json> {
  return fc
    .tuple(daysAround(asOf, 3), fc.array(contents(of), { minLength: 3, maxLength: 3 }))
    .map(([days, all]) => ({ versions: days.map((from, index) => ({ from, ...all[index] })) }));
}

function tables(asOf: string): fc.Arbitrary<Json> {
  const missing = fc.constantFrom('leaveOut', 'leaveOut', 'leaveOut', 'refuse');
  const missingIn = (table: fc.Arbitrary<Json>) =>
    fc.tuple(table, missing).map(([own, word]) => ({ ...own, missing: word }));
  return fc.record({
    plain: missingIn(contents(entries)),
    points: contents(entries).map((own) => ({ ...own, gives: 'points' })),
    strict: fc
      .tuple(contents(entries), value)
      .map(([own, other]) => ({ otherwise: other, ...own, missing: 'refuse' })),
    dated: missingIn(versions(entries, asOf)),
    market: missingIn(contents(byRegion)),
    bands: missingIn(contents(bands)),
    datedBands: missingIn(versions(bands, asOf)),
  });
}

function rates(asOf: string): fc.Arbitrary<unknown> {
  const rate = fc.constantFrom<(string | number)[]>('1.08', 2, '20/23', '0.095');
  const dated = fc
    .tuple(daysAround(asOf, 3), fc.array(rate, { minLength: 3, maxLength: 3 }))
    .map(([days, all]) => days.map((from, index) => ({ from, rate: all[index] })));
  return fc.oneof(rate, rate, dated);
}

function currency(asOf: string): fc.Arbitrary<Json> {
  const rateAt = fc.option(fc.constantFrom('evaluation', 'windowEnd'), { nil: undefined });
  const known = fc.record({ EUR: rates(asOf), SEK: rates(asOf), GBP: rates(asOf) });
  return fc.record({ rateAt, rates: known }).map((own) => tidy({ code: 'USD', ...own }));
}

function certificates(asOf: string): fc.Arbitrary<Json> {
  const day = fc.constantFrom(...marks).map((mark) => plusDays(asOf, mark));
  const length = fc.constantFrom('1 day', '6 months', '12 months', '1 year');
  const retired = fc.oneof(
    fc.constant<Json>({}),
    fc.tuple(day, length).map(([retiredOn, countsFor]): Json => ({ retiredOn, countsFor })),
    fc
      .tuple(day, fc.constantFrom(0, 1, 30, 400))
      .map(([retiredOn, days]): Json => ({ retiredOn, countsThrough: plusDays(retiredOn, days) })),
    day.map((countsThrough): Json => ({ countsThrough })),
  );
  const line = fc.tuple(daysAround(asOf, 5), fc.integer({ min: 1, max: 3 })).map(([days, counting]) => ({
    counting,
    versions: days.map((from, index) => ({ version: String(index + 1), from })),
  }));
  return fc
    .record({
      suite: line,
      retired: fc.array(retired, { minLength: 6, maxLength: 6 }),
      replaced: fc.boolean(),
      unlisted: fc.constantFrom('count', 'leaveOut'),
      where: rarely(fc.subarray(regionKeys, { minLength: 1 })),
    })
    .map(({ suite, retired: ends, replaced, unlisted, where }) => {
      const version = (index: number) => suite.versions[Math.min(index, suite.versions.length - 1)]!.version;
      return {
        unlisted,
        lines: { suite },
        codes: {
          'PRO-100': { ...ends[0], replacedBy: 'PRO-200' },
          'pro-200': tidy({ ...ends[1], regions: where }),
          'OLD-1': { ...ends[2], ...(replaced ? { replacedBy: 'old-2' } : {}) },
          'OLD-2': { ...ends[3], replacedBy: 'Pro-100' },
          'S-1': { line: 'suite', version: version(0) },
          'S-2': { ...ends[4], line: 'suite', version: version(1) },
          'S-3': { ...ends[5], line: 'suite', version: version(2), replacedBy: 'S-2' },
        },
      };
    });
}

const units = {
  money: ['money'],
  days: ['days'],
  hours: ['hours'],
  months: ['number', 'count'],
  count: ['count', 'people', 'number'],
  number: ['number', 'count', 'ratio', 'percent', 'points'],
} as const;

const entity = fc.constantFrom(...measurable);

const emptyWord = fc.constantFrom('pending', 'fail', 'pass', 'zero', 'one');

/** A KPI that is measured from records, in any of its forms. */
export function measuredKpi(asOf: string): fc.Arbitrary<Json> {
  const often = <T>(arbitrary: fc.Arbitrary<T>, freq: number) =>
    fc.option(arbitrary, { nil: undefined, freq });
  const common = fc.record({
    whenEmpty: often(emptyWord, 2),
    byCase: rarely(fc.record({ zeroOverZero: emptyWord, overZero: emptyWord, tooFew: emptyWord })),
    minimumSample: rarely(fc.integer({ min: 1, max: 2 })),
    rollUp: often(fc.constantFrom('partner', 'company'), 2),
    round: rarely(
      fc.record({
        digits: fc.integer({ min: 0, max: 3 }),
        direction: fc.constantFrom('nearest', 'up', 'down'),
      }),
    ),
    perRegion: rarely(fc.constant(true)),
  });
  return fc.tuple(common, form(asOf)).map(([{ byCase, ...own }, measured]) => {
    const said = byCase === undefined || measured.ratio === undefined ? {} : { whenEmpty: byCase };
    return withFittingSample(tidy({ label: 'K', help: 'K', ...own, ...measured, ...said }));
  });
}

/** Of latest only one record counts. */
function withFittingSample({ minimumSample, ...kpi }: Json): Json {
  return JSON.stringify(kpi).includes('"latest":') ? kpi : tidy({ ...kpi, minimumSample });
}

/** Where records are: north and south, their group, and in some programs the rest of the world. */
export const regions: fc.Arbitrary<Json> = fc
  .record({ hasWorld: fc.boolean(), growth: fc.subarray(['north', 'south'], { minLength: 1 }) })
  .map(({ hasWorld, growth }) => ({
    by: 'country',
    records: {
      deal: 'customer.country',
      lead: 'country',
      person: 'partner.country',
      certification: 'person.partner.country',
      case: 'customer.country',
      fact: 'dimension',
      partner: 'country',
    },
    list: [
      { key: 'north', label: 'North', countries: ['ALPHA'] },
      { key: 'south', label: 'South', countries: [' beta TWO'] },
      ...(hasWorld ? [{ key: 'world', label: 'World', countries: 'otherwise' }] : []),
      { key: 'growth', label: 'Growth', regions: growth },
    ],
  }));

const zone = fc.constantFrom(
  'UTC',
  'Europe/Stockholm',
  'America/Santiago',
  'Pacific/Chatham',
  'America/Los_Angeles',
  'Asia/Kolkata',
);

/** A desk with a break and holidays of some partners alone, days with holidays, and hours that go on through the night. */
function calendars(asOf: string): fc.Arbitrary<Json> {
  const day = fc.integer({ min: -500, max: 120 }).map((count) => plusDays(asOf, count));
  const on = fc.uniqueArray(day, { minLength: 1, maxLength: 30 });
  const weekday = ['monday', 'tuesday', 'wednesday', 'thursday'];
  return fc
    .record({
      zones: fc.tuple(zone, zone, zone),
      all: on,
      some: on,
      places: fc.oneof(
        fc.subarray(regionKeys, { minLength: 1 }).map((where): Json => ({ regions: where })),
        fc.constantFrom<Json[]>({ countries: [' alpha'] }, { countries: ['Gamma', 'beta two'] }),
      ),
    })
    .map(({ zones: [first, second, third], all, some, places }) => ({
      desk: {
        timeZone: first,
        open: [
          { days: weekday, from: '08:30', to: '12:00' },
          { days: [...weekday, 'friday'], from: '13:00', to: '17:15' },
        ],
        holidays: [{ on: all }, { on: some, ...places }],
      },
      days: { timeZone: second, holidays: [{ on: some }] },
      always: {
        timeZone: third,
        open: [{ days: ['monday', 'saturday', 'sunday'] }, { days: ['tuesday'], from: '02:15' }],
      },
    }));
}

function form(asOf: string): fc.Arbitrary<Json> {
  const pick = (allowed: readonly string[], at: number) => allowed[at % allowed.length];
  const at = fc.nat({ max: 10 });
  const measure = entity.chain((of) => measureOf(of, asOf));
  /** Two measures of which the second counts in the same as the first where the form needs that. */
  const pair = entity.chain((of) =>
    fc.tuple(measureOf(of, asOf), fc.oneof(measureOf(of, asOf), measure), where(of, asOf), windows(of, asOf)),
  );
  const alike = ([first, second, filter, other]: [Measure, Measure, unknown, unknown]): [
    Measure,
    Measure,
  ] => {
    const { latest, newestOfEach, perEach } = first.measure;
    // The newest record is that of its window, and so are its periods.
    const isOfWindow = (latest ?? newestOfEach ?? perEach) !== undefined;
    const window = isOfWindow ? first.measure.window : other;
    return [
      first,
      first.kind === second.kind
        ? second
        : { ...first, measure: withoutRate(tidy({ ...first.measure, where: filter, window })) },
    ];
  };
  const base = rarely(fc.constantFrom(0, 10, '100.5'));
  const per = rarely(fc.constantFrom('1000', '2.5 USD', '10 USD'));
  return fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(measure, at)
        .map(([{ measure: own, kind }, index]) => ({ unit: pick(units[kind], index), measure: own })),
    },
    {
      weight: 2,
      arbitrary: fc.tuple(pair, at, per).map(([both, index, each]) => {
        if (each !== undefined) {
          const [of, to] = both;
          return {
            unit: pick(units[of.kind], index),
            ratio: {
              of: of.measure,
              to: to.measure,
              per: to.kind === 'money' ? each : Number.parseInt(each, 10),
            },
          };
        }
        const isPlain = both[1].kind === 'count' || both[1].kind === 'number';
        const [of, to] = isPlain ? both : alike(both);
        const allowed = of.kind === to.kind ? ['percent', 'ratio', 'number'] : units[of.kind];
        return { unit: pick(allowed, index), ratio: { of: of.measure, to: to.measure } };
      }),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(pair, at).map(([both, index]) => {
        const [now, before] = alike(both);
        return {
          unit: pick(units[now.kind], index),
          difference: { now: now.measure, before: before.measure },
        };
      }),
    },
    {
      weight: 1,
      arbitrary: fc.tuple(pair, at, base).map(([both, index, minimumBase]) => {
        const [now, before] = alike(both);
        return {
          unit: pick(['percent', 'ratio'], index),
          growth: tidy({ now: now.measure, before: before.measure, minimumBase }),
        };
      }),
    },
    { weight: 2, arbitrary: entity.chain((of) => everyOf(of, asOf)) },
    { weight: 1, arbitrary: entity.chain((of) => everyValueOf(of, asOf)) },
  );
}

function everyOf(of: string, asOf: string): fc.Arbitrary<Json> {
  const must = fc.oneof(condition(of, asOf), fc.array(condition(of, asOf), { minLength: 1, maxLength: 2 }));
  return fc
    .tuple(measureOf(of, asOf), must, fc.constantFrom('percent', 'ratio'))
    .map(([{ measure }, wanted, unit]) => {
      return { unit, every: tidy({ of, ...ofEvery(measure), must: wanted }) };
    });
}

/** What a measure says that every does as well. */
function ofEvery({ where: filter, except, window, credit, newestOfEach, largest, smallest }: Json): Json {
  return { where: filter, except, window, credit, newestOfEach, largest, smallest };
}

/** What each value of an attribute must satisfy: the same for all its records. */
function everyValueOf(of: string, asOf: string): fc.Arbitrary<Json> {
  return fc.constantFrom(...attributes[of]!.text).chain((path) => {
    const one = fc.oneof(comparison(path, 'text', asOf), matchingCondition(of, asOf, path));
    return fc
      .record({
        measure: measureOf(of, asOf),
        must: fc.oneof(one, fc.array(one, { minLength: 1, maxLength: 2 })),
        having: rarely(havingCondition(of, asOf)),
        unit: fc.constantFrom('percent', 'ratio'),
      })
      .map(({ measure: { measure }, must, having, unit }) => {
        const own = tidy({ of: `${of}.${path}`, ...ofEvery(measure), having, must });
        return { unit, every: own };
      });
  });
}

function withoutRate({ rate: _rate, ...measure }: Json): Json {
  return measure;
}

/** A program with a few measured KPIs, around a day. */
export function programAround(asOf: string, { kpis = 4 }: { kpis?: number } = {}): fc.Arbitrary<Json> {
  return fc
    .record({
      timeZone: zone,
      fiscalYearStart: fc.constantFrom(1, 4, 7, 12),
      currency: currency(asOf),
      certificates: certificates(asOf),
      regions,
      calendars: calendars(asOf),
      tables: tables(asOf),
      measured: fc.array(measuredKpi(asOf), { minLength: kpis, maxLength: kpis }),
    })
    .map(({ measured, ...head }) => withFittingRates({ ...frame, ...head, kpis: named('k', measured) }));
}

const kindsWithOwn = ['partner', 'customer', 'person', 'lead', 'deal', 'certification', 'case', 'fact'];

export const frame = {
  attributes: Object.fromEntries(
    kindsWithOwn.flatMap((kind) =>
      Object.entries(ownTypes).map(([name, type]) => [`${kind}.extra.${name}`, type]),
    ),
  ),
  name: 'random',
  title: 'Random',
  version: '1',
  validFrom: '2020-01-01',
  partnerTypes: [
    { key: 'reseller', label: 'Reseller' },
    { key: 'msp', label: 'MSP' },
  ],
};

export function named(prefix: string, all: readonly Json[]): Json {
  return Object.fromEntries(all.map((one, index) => [`${prefix}${index}`, one]));
}

/** Measures say which rates they take only where some rate is by date. */
function withFittingRates(program: Json): Json {
  const isDated = Object.values((program.currency as Json).rates as Json).some(Array.isArray);
  if (isDated) return program;
  return JSON.parse(JSON.stringify(program), function (this: Json, key, value) {
    const isMeasure = key === 'rate' && typeof value === 'object';
    return isMeasure ? undefined : value;
  });
}
