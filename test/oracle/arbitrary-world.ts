import { fc } from '../services/fast-check.ts';
import { plus, plusDays, startOf } from './calendar.ts';
import type { Raw } from './own-attributes.ts';
import type { Amount, Row, Value, World } from './world.ts';

/** Random records whose dates lie on the edges of windows more often than not. */

/** Every text attribute has these words, so that conditions, groups and tables hit. */
export const words = ['Alpha', 'alpha', ' ALPHA ', 'Beta  two', 'Beta two', 'Gamma'];
export const codes = ['PRO-100', ' pro-100', 'PRO-200', 'OLD-1', 'OLD-2', 'S-1', 'S-2', 'S-3', 'X-9'];
export const currencies = ['USD', 'EUR', 'SEK', 'GBP', 'XXX'];
export const roles = ['sourced', 'influenced', 'serviced'];
export const partnerIds = ['A', 'B', 'C'];
export const lengths = [
  '1 day',
  '7 days',
  '90 days',
  '1 month',
  '2 months',
  '1 quarter',
  '12 months',
  '1 year',
  '13 months',
];
/** Days of the catalogue, of rates and of tables, as far from the day of the evaluation. */
export const marks = [-400, -200, -31, -1, 0, 1, 45, 300];

/** Days of evaluation with month ends, leap days and changes of the clock among them. */
export const evaluationDay = fc.oneof(
  fc.constantFrom(
    '2026-11-23',
    '2028-02-29',
    '2027-03-31',
    '2027-01-01',
    '2026-03-29',
    '2026-10-25',
    '2027-07-01',
    '2024-05-30',
  ),
  fc.integer({ min: 0, max: 1500 }).map((count) => plusDays('2025-01-01', count)),
);

/** A day on an edge of some window as of a day, or anywhere within a few years. */
export function dayNear(asOf: string): fc.Arbitrary<string> {
  const starts = ['month', 'quarter', 'year', 'fiscalQuarter', 'fiscalYear'].flatMap((period) =>
    [1, 4, 7].map((first) => startOf(period, asOf, first)),
  );
  const ends = lengths.flatMap((length) => [
    plus(asOf, length),
    plus(asOf, length, -1),
    plus(asOf, length, -2),
  ]);
  const edges = [asOf, ...starts, ...ends, ...marks.map((mark) => plusDays(asOf, mark))];
  const near = edges.flatMap((edge) => [plusDays(edge, -1), edge, plusDays(edge, 1)]);
  return fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom(...new Set(near)) },
    { weight: 2, arbitrary: fc.integer({ min: -30, max: 30 }).map((days) => plusDays(asOf, days)) },
    { weight: 1, arbitrary: fc.integer({ min: -900, max: 900 }).map((days) => plusDays(asOf, days)) },
  );
}

const time = fc.oneof(
  fc.constantFrom(
    '00:00:00.000',
    '23:30:00.000',
    '22:59:59.999',
    '03:59:00.000',
    '12:00:00.000',
    '10:15:30.500',
  ),
  fc
    .integer({ min: 0, max: 24 * 60 - 1 })
    .map((minute) => `${`0${Math.floor(minute / 60)}`.slice(-2)}:${`0${minute % 60}`.slice(-2)}:00.000`),
);

function instantNear(asOf: string): fc.Arbitrary<string> {
  return fc.tuple(dayNear(asOf), time).map(([day, at]) => `${day}T${at}Z`);
}

const blank = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null, freq: 16 });
/** What is only blanks says nothing. */
const word = blank(fc.constantFrom(...words, ...words, ' '));
const yes = blank(fc.boolean());
const decimal = blank(
  fc.oneof(
    fc.constantFrom('0', '1', '1.0', '1.00', '100', '-5', '0.1'),
    fc.integer({ min: -999, max: 99_999 }).map((cents) => (cents / 100).toFixed(2)),
  ),
);
const amount: fc.Arbitrary<Amount | null> = blank(
  fc.record({
    amount: fc.oneof(
      fc.constantFrom('0', '100', '100.00', '1000'),
      fc.integer({ min: -9999, max: 999_999 }).map((cents) => (cents / 100).toFixed(2)),
    ),
    currency: fc.oneof(
      { weight: 30, arbitrary: fc.constantFrom('USD', 'USD', 'EUR', 'SEK', 'GBP') },
      { weight: 1, arbitrary: fc.constantFrom('XXX', null) },
    ),
  }),
);
const state = fc.oneof(
  { weight: 20, arbitrary: fc.constant('live' as const) },
  { weight: 1, arbitrary: fc.constantFrom('deleted' as const, 'outOfScope' as const, 'merged' as const) },
);
const email = fc.constantFrom(null, null, '', ' ', 'ann@x.example', ' Ann@X.example ', 'bob@x.example');

type Attributes = Record<string, fc.Arbitrary<Value>>;

/** Attributes of one's own as CRMs and files bring them, some of them not what the program takes them for. */
function extrasAround(asOf: string): fc.Arbitrary<Row['extra']> {
  const number = fc.oneof(
    fc.constantFrom<Raw[]>('n/a', ' 12.50 ', '1e3', '', 0, 3, '3.0', -2),
    fc.integer({ min: 0, max: 5000 }).map((cents) => (cents / 100).toFixed(2)),
  );
  const amount = fc.record({
    amount: fc.constantFrom('100', '99.5', 'free', ''),
    currency: fc.constantFrom('EUR', 'SEK', 'USD', null),
  });
  const all: Record<string, fc.Arbitrary<Raw>> = {
    line: fc.constantFrom(...words),
    size: number,
    worth: fc.oneof(number, amount),
    on: fc.oneof(
      { weight: 6, arbitrary: dayNear(asOf) },
      { weight: 1, arbitrary: fc.constantFrom('soon', '2026-02-30') },
    ),
    at: fc.oneof(
      { weight: 6, arbitrary: instantNear(asOf) },
      { weight: 1, arbitrary: fc.constantFrom('soon', '2026-01-31') },
    ),
    isNew: fc.constantFrom<Raw[]>(true, false, 'true', 'yes'),
  };
  return fc.record(all, { requiredKeys: [] }) as fc.Arbitrary<Row['extra']>;
}

/** Records of one kind, at least so many of them. */
function rowsOf(
  extra: fc.Arbitrary<Row['extra']>,
  prefix: string,
  { attributes, most, least = 0 }: { attributes: Attributes; most: number; least?: number },
): fc.Arbitrary<Row[]> {
  const row = fc.record({
    state,
    values: fc.record(attributes),
    extra: fc.oneof({ weight: 1, arbitrary: fc.constant({}) }, { weight: 3, arbitrary: extra }),
  });
  return fc
    .array(row, { minLength: least, maxLength: least + most, size: 'max' })
    .map((all) => all.map((one, index) => ({ ...one, id: `${prefix}${index}` }) as Row));
}

/** Entries of a ledger have numbers of their own. */
function numbered(row: Row, index: number): Row {
  const entry = row.values.entry === null ? null : String(index);
  return { ...row, values: { ...row.values, entry } };
}

/** Refers to one of the first few records; what was merged away is referred to by nobody. */
function to(prefix: string, count: number): fc.Arbitrary<string | null> {
  return blank(fc.integer({ min: 0, max: count - 1 }).map((index) => `${prefix}${index}`));
}

/** Enough to be ranked among each other, with enough records each. */
export const manyPartners: Size = { ids: ['A', 'B', 'C', 'D', 'E', 'F'], records: 12 };

export interface Size {
  ids: readonly string[];
  /** The fewest of each entity that have an owner. */
  records: number;
}

/** Records of a few partners around a day. */
export function worldAround(
  asOf: string,
  { ids, records }: Size = { ids: partnerIds, records: 0 },
): fc.Arbitrary<World> {
  const owner = blank(fc.constantFrom(...ids));
  const day = dayNear(asOf);
  const instant = instantNear(asOf);
  const partner = fc.record({
    country: word,
    status: word,
    types: blank(fc.subarray(['msp', 'reseller'])),
    employees: blank(fc.integer({ min: 0, max: 200 })),
    parent: blank(fc.constantFrom(...ids)),
    startedOn: blank(day),
    endedOn: blank(day),
  });
  const extra = extrasAround(asOf);
  const rows = (prefix: string, attributes: Attributes, most: number, least = 0) =>
    rowsOf(extra, prefix, { attributes, most, least });
  const partners = fc
    .tuple(...ids.map(() => fc.record({ state, values: partner, extra })))
    .map((all) => all.map((one, index): Row => ({ ...one, id: ids[index]! })));
  return fc
    .record({
      partner: partners,
      customer: rows(
        'c',
        { country: word, industry: word, parent: to('c', 3), createdAt: blank(instant) },
        3,
      ),
      person: rows('p', { partner: owner, email, role: word, leftOn: blank(day) }, 6),
      lead: rows(
        'l',
        {
          partner: owner,
          status: word,
          source: word,
          country: word,
          createdAt: blank(instant),
          deliveredAt: blank(instant),
          acceptedAt: blank(instant),
          isConverted: yes,
          convertedOn: blank(day),
          deal: to('d', 6),
        },
        12,
        records,
      ),
      deal: rows(
        'd',
        {
          customer: to('c', 3),
          amount,
          stage: word,
          type: word,
          isClosed: yes,
          isWon: yes,
          probability: decimal,
          closeOn: blank(day),
          createdAt: blank(instant),
          registration: word,
          registeredAt: blank(instant),
        },
        14,
        records,
      ),
      credit: rows(
        'k',
        {
          deal: to('d', 14),
          partner: owner,
          role: blank(fc.constantFrom(...roles, ' Sourced')),
          isPrimary: yes,
          weight: fc.constantFrom('100', '100', '100', '50', '33.33', '0', '70', null),
        },
        26,
        records * 2,
      ),
      certification: rows(
        't',
        {
          person: to('p', 6),
          partner: fc.oneof(fc.constant(null), owner),
          code: blank(fc.constantFrom(...codes)),
          issuedOn: blank(day),
          expiresOn: blank(day),
          status: word,
        },
        14,
        records,
      ),
      case: rows(
        's',
        {
          customer: to('c', 3),
          partner: owner,
          status: word,
          priority: word,
          isClosed: yes,
          openedAt: blank(instant),
          closedAt: blank(instant),
          satisfaction: blank(fc.integer({ min: 1, max: 5 })),
        },
        10,
        records,
      ),
      fact: rows(
        'f',
        {
          partner: owner,
          kind: blank(fc.constantFrom('usage', ' Usage', 'points')),
          occurredOn: blank(day),
          quantity: decimal,
          amount,
          dimension: word,
          subject: word,
          expiresOn: fc.oneof(fc.constant(null), day),
          author: word,
          entry: blank(fc.constant('its number')),
          reverses: fc.oneof(
            { weight: 3, arbitrary: fc.constant(null) },
            { weight: 2, arbitrary: fc.integer({ min: 0, max: 20 }).map(String) },
          ),
        },
        20,
        records,
      ).map((all) => all.map(numbered)),
    })
    .map(withoutLooseEnds);
}

/** References lead to records that are there and were not merged away, as the store has them. */
function withoutLooseEnds(world: World): World {
  const standing = new Set(
    Object.values(world)
      .flat()
      .filter((row) => row.state !== 'merged')
      .map(({ id }) => id),
  );
  const references = ['customer', 'deal', 'person', 'partner', 'parent'];
  const mended = Object.entries(world).map(([kind, all]) => [
    kind,
    (all as Row[]).map((row) => ({
      ...row,
      values: Object.fromEntries(
        Object.entries(row.values).map(([name, value]) => [
          name,
          references.includes(name) && !standing.has(String(value)) ? null : value,
        ]),
      ),
    })),
  ]);
  return Object.fromEntries(mended) as World;
}
