import { Fraction } from 'fraction.js';
import { fc } from '../services/fast-check.ts';
import { type Json, tidy } from './arbitrary-conditions.ts';
import { above, any, boundOf, byTrack, type Known, productOf, ratioOf } from './arbitrary-numbers.ts';
import { frame, named } from './arbitrary-program.ts';
import type { Held } from './requirements.ts';

/** Random programs of scores, tracks and ladders, as objects of a program file, and figures to feed them. */

const often = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) => fc.option(arbitrary, { nil: undefined, freq });
const rounding = fc.record({
  digits: fc.integer({ min: 0, max: 2 }),
  direction: fc.constantFrom('nearest', 'up', 'down'),
});
const whenEmpty = fc.constantFrom('pending', 'pending', 'fail', 'pass', 'zero', 'one');

/** Measured figures: points, points, a share of records, an amount. */
const measures: readonly Json[] = [
  { unit: 'points', measure: { sum: 'fact.quantity' } },
  { unit: 'points', measure: { sum: 'fact.quantity' } },
  { unit: 'percent', every: { of: 'fact', must: { attribute: 'quantity', atLeast: 1 } } },
  { unit: 'money', measure: { sum: 'deal.amount' } },
];
export const measuredKpis = ['m0', 'm1', 'm2', 'm3'];

const bound = fc.constantFrom('atLeast', 'moreThan', 'atMost', 'lessThan');

const specialised = { expert: ['expert'], guide: ['guide'] };

/** What tiers and specialisations ask of each other. */
function holding(ladders: Ladders): fc.Arbitrary<Json>[] {
  const one = fc.constantFrom(...Object.keys(ladders));
  const held = one.chain((ladder) =>
    often(fc.constantFrom(...ladders[ladder]!)).map((atLeast): Json => {
      const isSpecialisation = ladders[ladder]!.length === 1;
      return { holds: tidy({ ladder, atLeast: isSpecialisation ? undefined : atLeast }) };
    }),
  );
  const all = Object.keys(ladders).filter((ladder) => ladders[ladder]!.length === 1);
  if (all.length === 0) return [held];
  const some = fc.subarray(all, { minLength: 1 });
  // A specialisation cannot ask how many of all are held: it would ask for itself.
  const several = (all.length === Object.keys(specialised).length ? often(some) : some).chain((of) => {
    const counted = of ?? all;
    return fc
      .record({
        atLeast: fc.integer({ min: 1, max: counted.length }),
        of: fc.constant(of),
        includingOneOf: often(fc.subarray(counted, { minLength: 1 })),
      })
      .map((own): Json => ({ specialisations: tidy(own) }));
  });
  return [held, several];
}

/** Tiers by ladder. */
type Ladders = Readonly<Record<string, readonly string[]>>;

/** A tree of requirements; facts and other ladders only where a tier asks. */
export function requirement(
  known: Known,
  { mayAskFacts = false, ladders = {} }: { mayAskFacts?: boolean; ladders?: Ladders } = {},
): fc.Arbitrary<Json> {
  const held = Object.keys(ladders).length === 0 ? [] : holding(ladders);
  const compared = fc
    .constantFrom(...known.all)
    .chain((kpi) =>
      fc.tuple(bound, boundOf(kpi, known)).map(([key, limit]): Json => ({ kpi, [key]: limit })),
    );
  const withOther = fc
    .tuple(fc.uniqueArray(fc.constantFrom(...known.points), { minLength: 2, maxLength: 2 }), bound)
    .map(([[kpi, other], key]): Json => ({ kpi, [key]: { kpi: other } }));
  // Of a share of records there is no part for new partners.
  const mayHaveParts = (kpi: unknown) => kpi === 'm3' || known.points.includes(String(kpi));
  const parted = fc
    .tuple(compared, fc.constantFrom('12 months', '2 quarters', 'year', 'fiscalQuarter', 'halfYear'))
    .map(([one, over]): Json => (mayHaveParts(one.kpi) ? { ...one, prorated: { over } } : one));
  const aged = fc
    .constantFrom('6 months', '1 year', '30 days')
    .map((elapsed): Json => ({ partner: { attribute: 'startedOn', elapsed } }));
  const partner = fc.constantFrom<Json[]>(
    { partner: { attribute: 'country', is: 'SE' } },
    { partner: { attribute: 'country', blank: true } },
    { partner: { attribute: 'types', is: 'msp' } },
  );
  const fact = fc.constantFrom<Json[]>({ fact: 'business plan' }, { fact: ' Invitation' });
  const { tree } = fc.letrec<{ tree: Json }>((tie) => {
    const several = fc.array(tie('tree'), { minLength: 1, maxLength: 3 });
    return {
      tree: fc.oneof(
        { maxDepth: 3, depthIdentifier: 'requirement' },
        { weight: 6, arbitrary: compared },
        { weight: 2, arbitrary: withOther },
        { weight: 1, arbitrary: partner },
        ...(mayAskFacts ? [fact, parted, aged].map((arbitrary) => ({ weight: 1, arbitrary })) : []),
        ...held.map((arbitrary) => ({ weight: 2, arbitrary })),
        { weight: 1, arbitrary: several.map((all): Json => ({ all })) },
        { weight: 1, arbitrary: several.map((one): Json => ({ any: one })) },
        {
          weight: 1,
          arbitrary: fc
            .tuple(several, fc.integer({ min: 1, max: 3 }))
            .map(([of, n]): Json => ({ atLeastOf: { n: Math.min(n, of.length), of } })),
        },
        { weight: 1, arbitrary: tie('tree').map((not): Json => ({ not })) },
      ),
    };
  });
  return tree;
}

/** A score of points, or a percentage, of what is known already. */
function scoreOf(known: Known): fc.Arbitrary<Json> {
  const kpi = fc.constantFrom(...known.all);
  const points = (score: Json) => ({ unit: 'points', score });
  const someOf = (kpis: readonly string[]) =>
    fc.uniqueArray(fc.constantFrom(...kpis), { minLength: 1, maxLength: 3 });
  const pointsOr = fc.oneof(fc.constantFrom(...known.points), fc.constantFrom(0, 3, 10, -2));
  const alike = fc.oneof(
    { weight: 3, arbitrary: someOf(known.points).map((of) => ({ unit: 'points', of })) },
    { weight: 1, arbitrary: someOf(known.percent).map((of) => ({ unit: 'percent', of })) },
  );
  const needs = requirement(known);
  const forms = [
    kpi.chain((of) =>
      fc
        .tuple(boundOf(of, known, above), byTrack(above, known))
        .map(([full, most]) => points({ linear: { of, full, points: most } })),
    ),
    kpi.chain((of) =>
      fc
        .record({
          points: byTrack(above, known),
          per: often(boundOf(of, known, above), 2),
          whole: often(fc.boolean(), 2),
          cap: often(byTrack(above, known), 2),
        })
        .map((own) => points({ each: tidy({ of, ...own }) })),
    ),
    kpi.chain((of) =>
      fc
        .tuple(
          fc.uniqueArray(fc.integer({ min: -2, max: 12 }), { minLength: 1, maxLength: 3 }),
          fc.array(fc.tuple(fc.constantFrom('from', 'above'), byTrack(any, known)), {
            minLength: 3,
            maxLength: 3,
          }),
        )
        .map(([bounds, rows]) =>
          points({
            bands: {
              of,
              table: bounds
                .sort((one, other) => one - other)
                .map((limit, index) => ({ [rows[index]![0]]: limit, points: rows[index]![1] })),
            },
          }),
        ),
    ),
    someOf(known.points).map((sum) => points({ sum })),
    someOf(known.points)
      .filter((all) => all.length > 1)
      .map(([of, ...less]) => points({ difference: { of, less } })),
    fc
      .constantFrom(...known.points)
      .chain((of) => boundOf(of, known, above).map((less) => points({ difference: { of, less } }))),
    ratioOf(known),
    productOf(known),
    fc
      .tuple(alike, fc.constantFrom('best', 'worst'))
      .map(([{ unit, of }, form]) => ({ unit, score: { [form]: of } })),
    fc
      .tuple(
        someOf(known.all).chain((all) =>
          fc.tuple(
            ...all.map((one) =>
              fc
                .record({ weight: fc.constantFrom(1, 2, 3, 12.5, '0.1'), full: boundOf(one, known, above) })
                .map((own) =>
                  one === 'm2' && Number(own.weight) > 1 ? { kpi: one, weight: 2 } : { kpi: one, ...own },
                ),
            ),
          ),
        ),
        fc.constantFrom('points', 'percent'),
        fc.constantFrom(10, 100),
      )
      .map(([of, unit, to]) => ({ unit, score: { weighted: { of, to } } })),
    fc
      .uniqueArray(
        fc.record({
          points: fc.oneof(pointsOr, byTrack(any, known)),
          most: often(byTrack(above, known)),
          needs: often(needs, 2),
        }),
        {
          minLength: 1,
          maxLength: 3,
          selector: ({ points: own }) => own,
        },
      )
      .map((steps) =>
        points({
          steps: steps
            .map(({ most, ...step }) =>
              tidy({
                ...step,
                most: typeof step.points === 'string' && known.all.includes(step.points) ? most : undefined,
              }),
            )
            .map(asStep),
        }),
      ),
    fc
      .tuple(fc.array(fc.record({ when: needs, use: pointsOr }), { minLength: 1, maxLength: 2 }), pointsOr)
      .map(([all, otherwise]) => points({ choose: [...all, { otherwise }] })),
    ...(known.tracks.length < 2
      ? []
      : [
          fc.constantFrom(...known.points).map((of) => points({ bestTrack: { of } })),
          alike.chain(({ unit, of }) =>
            fc
              .record(Object.fromEntries(known.tracks.map((track) => [track, fc.constantFrom(...of)])))
              .map((byTrack) => ({ unit, score: { byTrack } })),
          ),
        ]),
  ];
  return fc.tuple(fc.oneof(...forms), whenEmpty, often(rounding)).map(([score, word, round]) =>
    tidy({
      label: 'S',
      help: 'S',
      whenEmpty: word,
      round,
      ...score,
    }),
  );
}

/** Points of a step are a number, not a text of one. */
function asStep(step: Json): Json {
  const number = (one: unknown) => (typeof one === 'string' && /^-?\d/.test(one) ? Number(one) : one);
  const { points, ...rest } = step;
  const own =
    typeof points === 'object'
      ? Object.fromEntries(Object.entries(points as Json).map(([key, one]) => [key, number(one)]))
      : number(points);
  return { points: own, ...rest };
}

/** Scores one after the other: each may be made of those before it. */
function scoresFrom(known: Known, left: number): fc.Arbitrary<Json[]> {
  if (left === 0) return fc.constant([]);
  return scoreOf(known).chain((one) => {
    const name = `s${4 - left}`;
    const next = {
      ...known,
      all: [...known.all, name],
      points: one.unit === 'points' ? [...known.points, name] : known.points,
      percent: one.unit === 'percent' ? [...known.percent, name] : known.percent,
    };
    return scoresFrom(next, left - 1).map((rest) => [one, ...rest]);
  });
}

const measuredOnly = { points: ['m0', 'm1'], percent: ['m2'], all: measuredKpis, tracks: [] };

function tracks(): fc.Arbitrary<Json[]> {
  const when = requirement(measuredOnly);
  const track = (key: string) => ({ key, label: key });
  return fc.oneof(
    fc.constant<Json[]>([]),
    fc
      .array(when, { minLength: 1, maxLength: 2 })
      .map((all) => [...all.map((one, index) => ({ ...track(`t${index}`), when: one })), track('other')]),
  );
}

const keeping = often(
  fc.constantFrom(
    'month',
    'quarter',
    'year',
    'fiscalQuarter',
    'fiscalYear',
    '12 months',
    '90 days',
    '1 month',
  ),
  2,
);

/**
 * A program of four measured KPIs, four scores, and ladders and specialisations that ask for any of them and for each
 * other, in some of them round in a circle; in some of them tracks are kept.
 */
export const programOfScores: fc.Arbitrary<Json> = fc
  .tuple(tracks(), fc.boolean())
  .chain(([all, isCircle]) => {
    const main: Ladders = isCircle ? { main: ['low', 't0'] } : {};
    const known = { ...measuredOnly, tracks: all.map(({ key }) => key as string) };
    const scored = { ...known, all: [...known.all, 's0', 's1', 's2', 's3'] };
    return fc
      .record({
        scores: scoresFrom(known, 4),
        words: fc.array(whenEmpty, { minLength: 4, maxLength: 4 }),
        // Specialisations may ask for the first of them, which asks for none; the others may ask for specialisations.
        tiers: fc
          .tuple(
            tier(scored, {}),
            fc.array(tier(scored, { ...specialised, side: ['open', 'closed'] }), { maxLength: 3 }),
          )
          .map(([first, others]) => [first, ...others]),
        hold: fc.constantFrom('highest', 'cumulative'),
        expert: tier(scored, main),
        guide: tier(scored, { expert: ['expert'], ...main }),
        side: tier(scored, specialised),
        keeping,
        fiscalYearStart: fc.constantFrom(1, 4, 12),
        join: fc.constantFrom('all', 'any'),
      })
      .map((own) => (isCircle ? inCircle(withoutDenying(own)) : own))
      .map(({ scores, words, tiers, hold, keeping: kept, fiscalYearStart, ...beside }) => ({
        ...frame,
        fiscalYearStart,
        timeZone: 'UTC',
        currency: { code: 'USD', rates: { EUR: '1.10', SEK: '1/3' } },
        ...(all.length === 0 ? {} : tidy({ tracks: all, trackKeeping: kept })),
        kpis: {
          ...named(
            'm',
            measures.map((one, index) => ({ label: 'M', help: 'M', whenEmpty: words[index], ...one })),
          ),
          ...named('s', scores),
        },
        ladders: [
          {
            key: 'main',
            label: 'Main',
            hold,
            tiers: [
              { key: 'low', label: 'Low' },
              ...tiers.map((own, index) => ({ key: `t${index}`, label: `T${index}`, ...own })),
            ],
          },
          {
            key: 'side',
            label: 'Side',
            beside: true,
            tiers: [
              { key: 'open', label: 'Open' },
              { key: 'closed', label: 'Closed', ...beside.side },
            ],
          },
        ],
        specialisations: [
          { key: 'expert', label: 'Expert', ...beside.expert },
          { key: 'guide', label: 'Guide', ...beside.guide },
        ],
      }));
  });

/** The same, but that it asks for what is held where it asked that it is not: inside a circle of ladders it cannot. */
function withoutDenying<T>(part: T): T {
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map(withoutDenying) as T;
  const { not } = part as Json;
  if (not !== undefined && /"(holds|specialisations)"/.test(JSON.stringify(not)))
    return withoutDenying(not as T);
  return Object.fromEntries(Object.entries(part).map(([key, one]) => [key, withoutDenying(one)])) as T;
}

/** The last tier asks for a specialisation as well, or instead, which asks for the first tier in the same way. */
function inCircle<T extends { tiers: Json[]; expert: Json; join: string }>(own: T): T {
  const { tiers, expert, join } = own;
  const asking = ({ requirements, ...rest }: Json, holds: Json): Json => ({
    ...rest,
    requirements: { [join]: [requirements, { holds, id: 'round' }].flat() },
  });
  const [first, ...others] = tiers;
  const last = others.slice(-1).map((one) => asking(one, { ladder: 'expert' }));
  const all = [first!, ...others.slice(0, -1), ...last];
  return { ...own, tiers: all, expert: asking(expert, { ladder: 'main', atLeast: 't0' }) };
}

/** Each comparison and condition with a name of its own. */
function withIds(asked: unknown): unknown {
  let count = 0;
  const named = (one: unknown): unknown => {
    if (one === undefined) return undefined;
    if (Array.isArray(one)) return one.map(named);
    const { all, any: anyOf, atLeastOf, not, ...leaf } = one as Json;
    if (all !== undefined) return { all: named(all) };
    if (anyOf !== undefined) return { any: named(anyOf) };
    if (not !== undefined) return { not: named(not) };
    if (atLeastOf === undefined) return { ...leaf, id: `r${count++}` };
    const { n, of } = atLeastOf as { n: unknown; of: unknown };
    return { atLeastOf: { n, of: named(of) } };
  };
  return named(asked);
}

function tier(known: Known, ladders: Ladders): fc.Arbitrary<Json> {
  const asked = requirement(known, { mayAskFacts: true, ladders });
  const one = fc.oneof(asked, fc.array(asked, { minLength: 1, maxLength: 3 }));
  const onBestTrack = known.tracks.length < 2 ? fc.constant(undefined) : often(fc.constant(true));
  return fc
    .record({ requirements: one, keepRequirements: often(one), onBestTrack })
    .map(tidy)
    .map(({ requirements, keepRequirements, ...own }) => ({
      ...own,
      ...tidy({ requirements: withIds(requirements), keepRequirements: withIds(keepRequirements) }),
    }));
}

/** What is known of a measured figure. */
export type Fed = { value: Fraction; isLate: boolean } | 'empty' | 'error';

const fed: fc.Arbitrary<Fed> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc
      .tuple(
        fc.oneof(
          fc.integer({ min: -4, max: 40 }).map((n) => new Fraction(n, 4)),
          fc.integer({ min: 0, max: 120 }).map((n) => new Fraction(n, 3)),
        ),
        fc.oneof({ weight: 4, arbitrary: fc.constant(false) }, { weight: 1, arbitrary: fc.constant(true) }),
      )
      .map(([value, isLate]) => ({ value, isLate })),
  },
  { weight: 2, arbitrary: fc.constant<Fed>('empty') },
  { weight: 1, arbitrary: fc.constant<Fed>('error') },
);

const day = fc.constantFrom('2026-11-22', '2026-11-23', '2026-11-24', null);

/** A partner as of 2026-11-23. */
export const standing = fc.record({
  figures: fc.tuple(fed, fed, fed, fed),
  partner: fc.record({
    country: fc.constantFrom('SE', ' se', 'DE', null),
    types: fc.constantFrom<string[][]>(['msp', 'reseller'], ['reseller'], []),
    startedOn: fc.constantFrom(
      '2020-01-31',
      '2025-11-24',
      '2026-05-23',
      '2026-05-24',
      '2026-08-31',
      '2026-11-23',
      '2026-12-15',
      '2027-02-28',
      null,
    ),
  }),
  facts: fc.array(
    fc.record({ kind: fc.constantFrom('Business  plan', 'invitation', 'other'), from: day, through: day }),
    { maxLength: 3 },
  ),
  holdings: fc.record({
    main: held('low', 't0', 't1', 't2'),
    side: held('open', 'closed'),
    expert: held('expert'),
    guide: held('guide'),
  }),
  kept: fc.option(
    fc.record({
      track: fc.constantFrom('t0', 't1', 'other', 'gone'),
      since: fc.constant('2026-01-01'),
      until: fc.constantFrom('2026-11-22', '2026-11-23', '2026-11-24'),
      isHeld: fc.boolean(),
    }),
  ),
});

/** What is in force on a ladder, and what may be: that or a higher tier. */
function held(...tiers: string[]): fc.Arbitrary<Held> {
  return fc.tuple(fc.integer({ min: -1, max: tiers.length - 1 }), fc.nat({ max: 2 })).map(([own, more]) => ({
    tier: tiers[own] ?? null,
    mayReach: tiers[Math.min(own + Math.max(0, more - 1), tiers.length - 1)] ?? null,
  }));
}
