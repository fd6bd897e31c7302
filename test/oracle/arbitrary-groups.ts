import { fc } from '../services/fast-check.ts';
import { type Json, rarely, regionKeys, tidy } from './arbitrary-conditions.ts';
import { frame, named, regions } from './arbitrary-program.ts';

/** Random programs of figures by region, newest records, scores over regions and ranks; most of their figures say something. */

const often = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) => fc.option(arbitrary, { nil: undefined, freq });
const whenEmpty = fc.constantFrom('pending', 'pending', 'fail', 'pass', 'zero', 'one');
const better = fc.constantFrom(undefined, undefined, 'lower');

interface Known {
  kpi: string;
  unit: string;
  isLower: boolean;
  /** Whether it differs from region to region. */
  isRegional: boolean;
  /** A place in a group, by which nobody is ranked. */
  isPlace: boolean;
}

type Made = Json & { unit: string };

const values: readonly { value: string; unit: string; by: string }[] = [
  { value: 'fact.quantity', unit: 'number', by: 'occurredOn' },
  { value: 'fact.quantity', unit: 'points', by: 'occurredOn' },
  { value: 'fact.amount', unit: 'money', by: 'occurredOn' },
  { value: 'deal.amount', unit: 'money', by: 'closeOn' },
  { value: 'deal.probability', unit: 'percent', by: 'closeOn' },
  { value: 'case.satisfaction', unit: 'number', by: 'openedAt' },
];

const counts: readonly Json[] = [
  { count: 'lead' },
  { count: 'deal' },
  { count: 'fact' },
  { distinct: 'fact.dimension' },
  { distinct: 'certification.person' },
];

/** Where the records of an entity are, for conditions. */
const countries: Readonly<Record<string, string>> = {
  fact: 'dimension',
  deal: 'customer.country',
  case: 'customer.country',
  lead: 'country',
  certification: 'person.partner.country',
};

function filterFor(entity: string): fc.Arbitrary<unknown> {
  const attribute = countries[entity]!;
  const inRegion = fc.oneof(fc.constantFrom(...regionKeys), fc.subarray(regionKeys, { minLength: 1 }));
  const one = inRegion.map((key): Json => ({ attribute, inRegion: key }));
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: one },
    { weight: 1, arbitrary: one.map((not): Json => ({ not })) },
  );
}

/** A measure of records of the last years, of all or of some regions. */
function measure(): fc.Arbitrary<Made> {
  const counted = fc
    .constantFrom(...counts)
    .chain((of) =>
      filterFor(String(Object.values(of)[0]).split('.')[0]!).map(
        (where): Made => ({ unit: 'count', measure: tidy({ ...of, where }) }),
      ),
    );
  const length = fc.constantFrom('3 years', '3 years', '12 months');
  const sized = fc
    .tuple(
      fc.constantFrom(...values),
      fc.constantFrom('sum', 'sum', 'max', 'average', 'latest', 'latest', 'latest'),
    )
    .chain(([{ value, unit, by }, aggregate]) =>
      fc
        .record({
          where: filterFor(value.split('.')[0]!),
          last: aggregate === 'latest' ? length : often(length),
          rateBy: fc.boolean(),
          credit: rarely(fc.constant({ share: 'ignore' })),
        })
        .map(({ where, last, rateBy, credit }): Made => {
          const isMoney = unit === 'money' && !by.endsWith('At');
          return {
            unit: aggregate === 'sum' && unit === 'percent' ? 'number' : unit,
            measure: tidy({
              [aggregate]: value,
              where,
              window: last === undefined ? undefined : { last, by },
              rate: isMoney && rateBy ? { by } : undefined,
              credit: value.startsWith('deal') ? credit : undefined,
            }),
          };
        }),
    );
  return fc.oneof({ weight: 1, arbitrary: counted }, { weight: 2, arbitrary: sized });
}

function measuredKpi(perRegion: boolean): fc.Arbitrary<Made> {
  return fc.record({ own: measure(), word: whenEmpty, order: better }).map(({ own, word, order }) => ({
    label: 'K',
    help: 'K',
    whenEmpty: word,
    ...(order === undefined ? {} : { better: order }),
    ...(perRegion ? { perRegion } : {}),
    ...own,
  }));
}

const above = fc.constantFrom<(string | number)[]>(1, 2, '2.5', 7, 100);
const any = fc.constantFrom<(string | number)[]>(0, 1, '2.5', -1, 10, 100);

/** A number for everybody, one for each region, or one for a group and the others. */
function byRegion(
  numbers: fc.Arbitrary<string | number>,
  { list }: { list: readonly Json[] },
): fc.Arbitrary<unknown> {
  const plain = list.filter(({ countries: own }) => own !== undefined).map(({ key }) => key as string);
  const within = list.find(({ key }) => key === 'growth')!.regions as string[];
  const keys = [plain, ['growth', ...plain.filter((key) => !within.includes(key))]];
  const each = fc
    .constantFrom(...keys)
    .chain((all) => fc.record(Object.fromEntries(all.map((key) => [key, numbers]))));
  return fc.oneof({ weight: 2, arbitrary: numbers }, { weight: 1, arbitrary: each });
}

type Where = { list: readonly Json[] };
const addable = ['money', 'count', 'number', 'points'];
const bound = fc.constantFrom('atLeast', 'moreThan', 'atMost', 'lessThan');

/** A score of what is known already. */
function score(known: readonly Known[], where: Where): fc.Arbitrary<Made> {
  const one = fc.constantFrom(...known);
  const points = (own: Json): Made => ({ unit: 'points', score: own });
  const rising = known.filter(({ isLower }) => !isLower);
  const regional = known.filter(({ isRegional }) => isRegional);
  const alike = one.chain(({ unit }) =>
    fc
      .uniqueArray(fc.constantFrom(...known.filter((other) => other.unit === unit).map(({ kpi }) => kpi)), {
        minLength: 1,
        maxLength: 3,
      })
      .map((of) => ({ unit, of })),
  );
  const forms: fc.Arbitrary<Made>[] = [
    one.chain(({ kpi }) =>
      fc
        .tuple(
          fc.uniqueArray(fc.integer({ min: -2, max: 60 }), { minLength: 1, maxLength: 3 }),
          fc.array(byRegion(any, where), { minLength: 3, maxLength: 3 }),
        )
        .map(([from, rows]) =>
          points({
            bands: {
              of: kpi,
              table: from
                .sort((left, right) => left - right)
                .map((start, index) => ({ from: start, points: rows[index] })),
            },
          }),
        ),
    ),
    fc.tuple(alike, fc.constantFrom('sum', 'best', 'worst')).map(
      ([{ unit, of }, form]): Made => ({
        unit,
        score: { [form === 'sum' && !addable.includes(unit) ? 'best' : form]: of },
      }),
    ),
  ];
  if (rising.length > 0) {
    const some = fc.constantFrom(...rising);
    forms.push(
      some.chain(({ kpi: of }) =>
        fc
          .tuple(byRegion(above, where), byRegion(above, where))
          .map(([full, most]) => points({ linear: { of, full, points: most } })),
      ),
      some.chain(({ kpi: of }) =>
        fc
          .record({
            points: byRegion(above, where),
            per: often(byRegion(above, where)),
            cap: often(byRegion(above, where)),
          })
          .map((own) => points({ each: tidy({ of, ...own }) })),
      ),
    );
  }
  if (regional.length > 0) {
    const over = fc.constantFrom(...regional).chain(({ kpi: of, unit }) =>
      fc
        .record({
          take: fc.constantFrom('best', 'worst', 'sum', 'count', 'concentration'),
          among: often(fc.subarray(regionKeys, { minLength: 1 })),
          key: bound,
          limit: byRegion(any, where),
          share: fc.constantFrom('percent', 'ratio'),
        })
        .map(({ take, among, key, limit, share }): Made => {
          const taken = take === 'sum' && !addable.includes(unit) ? 'best' : take;
          const own = tidy({ of, take: taken, among, ...(taken === 'count' ? { [key]: limit } : {}) });
          const shown = taken === 'count' ? 'count' : taken === 'concentration' ? share : unit;
          return { unit: shown, score: { overRegions: own } };
        }),
    );
    forms.push(over, over, over);
  }
  return fc
    .record({ own: fc.oneof(...forms), word: whenEmpty, digits: rarely(fc.integer({ min: 0, max: 2 })) })
    .map(({ own, word, digits }) => ({
      label: 'S',
      help: 'S',
      whenEmpty: word,
      ...(digits === undefined ? {} : { round: { digits } }),
      ...own,
    }));
}

const partnerFilter = fc.constantFrom<Json[]>(
  { attribute: 'types', is: 'reseller' },
  { attribute: 'country', inRegion: 'growth' },
  { attribute: 'country', inRegion: ['north', 'south'] },
  { not: { attribute: 'country', inRegion: 'south' } },
  { attribute: 'employees', atLeast: 20 },
  {
    any: [
      { attribute: 'types', is: 'msp' },
      { attribute: 'country', blank: true },
    ],
  },
);

/** A rank by something that is known already and no place itself. */
function rank(known: readonly Known[]): fc.Arbitrary<Made> {
  return fc.constantFrom(...known.filter(({ isPlace }) => !isPlace)).chain(({ kpi: of, unit }) =>
    fc
      .record({
        as: fc.constantFrom('position', 'topShare', 'percentile', 'share', 'ofAverage'),
        ties: often(fc.constantFrom('best', 'middle', 'worst'), 2),
        among: rarely(fc.oneof(partnerFilter, fc.array(partnerFilter, { minLength: 1, maxLength: 2 }))),
        within: often(fc.constantFrom<unknown[]>('country', 'status', ['status', 'country'])),
        minimum: rarely(fc.integer({ min: 2, max: 4 })),
        share: fc.constantFrom('percent', 'ratio'),
        word: whenEmpty,
        digits: rarely(fc.integer({ min: 0, max: 2 })),
      })
      .map(({ as: wanted, ties, share, word, digits, ...rest }): Made => {
        const as = wanted === 'share' && !addable.includes(unit) ? 'percentile' : wanted;
        const isPlace = as === 'position' || as === 'topShare';
        const own = tidy({
          of,
          as,
          ...rest,
          ties: as === 'share' || as === 'ofAverage' ? undefined : ties,
        });
        return {
          label: 'R',
          help: 'R',
          unit: as === 'position' ? 'number' : share,
          ...(isPlace ? { better: 'lower' } : {}),
          whenEmpty: word,
          ...(digits === undefined ? {} : { round: { digits } }),
          rank: own,
        };
      }),
  );
}

function knownAs(kpi: string, made: Made, before: readonly Known[]): Known {
  const { score: own, rank: placed } = made as { score?: Json; rank?: Json };
  const text = JSON.stringify(own ?? {});
  const reads = before.some((one) => one.isRegional && text.includes(`"${one.kpi}"`));
  return {
    kpi,
    unit: made.unit,
    isLower: made.better === 'lower',
    isRegional: made.perRegion === true || (own !== undefined && own.overRegions === undefined && reads),
    isPlace: placed !== undefined && placed.as !== 'share' && placed.as !== 'ofAverage',
  };
}

type Maker = 'region' | 'whole' | 'score' | 'rank';

/** KPIs one after the other; each may rest on those before it. */
function kpisFrom(makers: readonly Maker[], known: readonly Known[], where: Where): fc.Arbitrary<Made[]> {
  const [maker, ...others] = makers;
  if (maker === undefined) return fc.constant([]);
  const made =
    maker === 'score'
      ? score(known, where)
      : maker === 'rank'
        ? rank(known)
        : measuredKpi(maker === 'region');
  return made.chain((one) =>
    kpisFrom(others, [...known, knownAs(`k${known.length}`, one, known)], where).map((more) => [
      one,
      ...more,
    ]),
  );
}

const rates = fc.constantFrom<Json[]>(
  { EUR: '1.08', SEK: '0.095', GBP: 2 },
  {
    EUR: [
      { from: '2000-01-01', rate: 1 },
      { from: '2026-01-01', rate: 2 },
    ],
    SEK: '1/3',
    GBP: 2,
  },
);

/** A program of measured KPIs, three of them by region, of scores and of ranks, some of which rest on each other. */
export const programOfGroups: fc.Arbitrary<Json> = fc
  .tuple(regions, rates, fc.boolean())
  .chain(([own, known, isRankFirst]) => {
    const composed = isRankFirst
      ? (['rank', 'score', 'score', 'rank', 'score', 'rank'] as const)
      : (['score', 'score', 'rank', 'score', 'rank', 'rank'] as const);
    return kpisFrom(['region', 'region', 'region', 'whole', ...composed], [], own as unknown as Where).map(
      (kpis) => ({
        ...frame,
        timeZone: 'UTC',
        currency: { code: 'USD', rates: known },
        regions: own,
        kpis: named('k', withFittingRates(kpis, known)),
      }),
    );
  });

function withFittingRates(kpis: readonly Made[], known: Json): Made[] {
  if (Array.isArray(known.EUR)) return [...kpis];
  return kpis.map((kpi) => {
    const { rate: _rate, ...own } = (kpi.measure ?? {}) as Json;
    return kpi.measure === undefined ? kpi : { ...kpi, measure: own };
  });
}
