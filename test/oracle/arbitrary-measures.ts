import { fc } from '../services/fast-check.ts';
import {
  aggregateCondition,
  attributes,
  calendarKey,
  condition,
  type Json,
  rarely,
  tidy,
  where,
  windows,
} from './arbitrary-conditions.ts';
import { roles } from './arbitrary-world.ts';

/** Random measures of the program language, as they stand in a file; all of them pass the program check. */

/** A condition on groups of records. */
export function havingCondition(entity: string, asOf: string): fc.Arbitrary<Json> {
  return fc
    .record({
      of: aggregateCondition(entity),
      where: where(entity, asOf),
      window: fc.option(windows(entity, asOf), { nil: undefined, freq: 2 }),
      times: fc.option(times(entity), { nil: undefined, freq: 2 }),
    })
    .map(({ of, times: factor, ...rest }) =>
      tidy({
        ...of,
        ...rest,
        ...((of.count ?? of.sum ?? of.average) === undefined ? {} : { times: factor }),
      }),
    );
}

/** A table that fits an attribute of the entity. */
function times(entity: string): fc.Arbitrary<Json> {
  const { text, number, money, date, instant } = attributes[entity]!;
  const keys = text.filter((path) => !['customer', 'deal', 'person'].includes(path));
  const dated = fc.option(fc.constantFrom(...date, ...instant), { nil: undefined });
  const sizes = [...number, ...money];
  const by = (table: string, paths: readonly string[]) =>
    fc.constantFrom(...paths).map((path): Json => ({ table, by: path }));
  return fc.oneof(
    by('plain', keys),
    by('points', keys),
    by('strict', keys),
    by('market', keys),
    fc.tuple(by('dated', keys), dated).map(([one, on]) => tidy({ ...one, dated: on })),
    ...(sizes.length === 0
      ? []
      : [
          by('bands', sizes),
          fc.tuple(by('datedBands', sizes), dated).map(([one, on]) => tidy({ ...one, dated: on })),
        ]),
  );
}

const credit = fc
  .record({
    roles: fc.option(fc.subarray(roles, { minLength: 1 }), { nil: undefined }),
    exceptRoles: fc.option(fc.subarray(roles, { minLength: 1, maxLength: 1 }), { nil: undefined }),
    primaryOnly: fc.option(fc.boolean(), { nil: undefined }),
    share: fc.option(fc.constantFrom('apply', 'ignore'), { nil: undefined }),
  })
  .map(({ roles: own, exceptRoles, ...rest }) =>
    tidy({ ...rest, ...(own === undefined ? { exceptRoles } : { roles: own }) }),
  );

/** A measure with what it counts in: see check of units. */
export interface Measure {
  measure: Json;
  kind: 'money' | 'days' | 'hours' | 'months' | 'count' | 'number';
  entity: string;
}

const aggregates = ['sum', 'average', 'median', 'min', 'max', 'latest'] as const;

function aggregated(entity: string): fc.Arbitrary<Measure> {
  const { text, yes, number, money, date, instant, list } = attributes[entity]!;
  const key = fc.constantFrom(...aggregates);
  const of = (paths: readonly string[], kind: Measure['kind']) =>
    paths.length === 0
      ? []
      : [
          fc
            .tuple(key, fc.constantFrom(...paths))
            .map(([name, path]): Measure => ({ measure: { [name]: `${entity}.${path}` }, kind, entity })),
        ];
  const between = (name: 'daysFrom' | 'hoursFrom', paths: readonly string[], kind: Measure['kind']) =>
    paths.length < 2
      ? []
      : [
          fc.tuple(key, fc.constantFrom(...paths), fc.constantFrom(...paths), calendarKey).map(
            ([one, from, to, calendar]): Measure => ({
              measure: { [one]: tidy({ of: entity, [name]: from, to, calendar }) },
              kind,
              entity,
            }),
          ),
        ];
  const since = (name: 'monthsSince' | 'daysSince', kind: Measure['kind']) =>
    date.length + instant.length === 0
      ? []
      : [
          fc
            .tuple(key, fc.constantFrom(...date, ...instant))
            .map(
              ([one, from]): Measure => ({ measure: { [one]: { of: entity, [name]: from } }, kind, entity }),
            ),
        ];
  const values = [...text, ...yes, ...number, ...money, ...date, ...instant, ...list.slice(0, 0)];
  return fc.oneof(
    fc.constant<Measure>({ measure: { count: entity }, kind: 'count', entity }),
    fc
      .constantFrom(...values)
      .map((path): Measure => ({ measure: { distinct: `${entity}.${path}` }, kind: 'count', entity })),
    fc
      .uniqueArray(fc.constantFrom(...values), { minLength: 2, maxLength: 2 })
      .map((two) => two.map((path) => `${entity}.${path}`))
      .map((distinct): Measure => ({ measure: { distinct }, kind: 'count', entity })),
    ...of(number, 'number'),
    ...of(money, 'money'),
    ...between('daysFrom', [...date, ...instant], 'days'),
    ...between('hoursFrom', instant, 'hours'),
    ...since('monthsSince', 'months'),
    ...since('daysSince', 'days'),
  );
}

/** An attribute of each of whose values the newest record counts: mostly a text. */
function newestOf(entity: string): fc.Arbitrary<string> {
  const { text, yes, number, money, date } = attributes[entity]!;
  return fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...text) },
    { weight: 1, arbitrary: fc.constantFrom(...text, ...yes, ...number, ...money, ...date) },
  );
}

/** The largest or smallest records. */
function choiceOf(entity: string): fc.Arbitrary<Json> {
  const { number, money, date, instant } = attributes[entity]!;
  const ties = fc.option(fc.constantFrom('first', 'all'), { nil: undefined });
  return fc
    .record({
      end: fc.constantFrom('largest', 'smallest'),
      by: fc.constantFrom(...number, ...number, ...money, ...money, ...date, ...instant),
      records: fc.integer({ min: 1, max: 3 }),
      ties,
    })
    .map(({ end, ...choice }) => ({ [end]: tidy(choice) }));
}

/** What is chosen among the records of a measure, and asked of those alone, as the program check lets it stand. */
function fittingChoice(measure: Json): Json {
  const { choice, thenWhere, newestOfEach, ...rest } = measure;
  const { largest, smallest } = (measure.latest === undefined ? (choice ?? {}) : {}) as Record<string, Json>;
  const asked = new Set([measure.where ?? []].flat().map((one) => JSON.stringify(one)));
  const isChosen = (measure.latest ?? newestOfEach ?? largest ?? smallest) !== undefined;
  const then = isChosen
    ? ([thenWhere ?? []].flat() as Json[]).filter((one) => !asked.has(JSON.stringify(one)))
    : [];
  const isSame = (path: unknown, one: Json | undefined) =>
    one !== undefined && typeof path === 'string' && path.endsWith(`.${one.by}`);
  const saysNothing =
    then.length === 0 &&
    measure.perEach === undefined &&
    (isSame(measure.max, largest) ||
      isSame(measure.min, smallest) ||
      (measure.count !== undefined && measure.times === undefined));
  return tidy({
    ...rest,
    newestOfEach,
    thenWhere: then.length === 0 ? undefined : then,
    ...(saysNothing ? {} : { largest, smallest }),
  });
}

/** A whole measure of an entity. */
export function measureOf(entity: string, asOf: string): fc.Arbitrary<Measure> {
  const often = <T>(arbitrary: fc.Arbitrary<T>, freq = 2) => fc.option(arbitrary, { nil: undefined, freq });
  const { date, instant } = attributes[entity]!;
  const reason = fc.constantFrom('revoked', 'low priority', 'test');
  return fc
    .record({
      of: aggregated(entity),
      where: where(entity, asOf),
      except: rarely(
        fc.uniqueArray(fc.record({ label: reason, when: condition(entity, asOf) }), {
          minLength: 1,
          maxLength: 2,
          selector: ({ label }) => label,
        }),
      ),
      window: windows(entity, asOf),
      having: often(
        fc.oneof(
          havingCondition(entity, asOf),
          fc.array(havingCondition(entity, asOf), { minLength: 1, maxLength: 2 }),
        ),
      ),
      times: rarely(fc.oneof(times(entity), fc.array(times(entity), { minLength: 1, maxLength: 2 }))),
      rate: often(
        fc.oneof(
          fc.constant<Json>({ at: 'evaluation' }),
          fc.constant<Json>({ at: 'windowEnd' }),
          fc.constantFrom(...date, ...instant).map((by): Json => ({ by })),
        ),
      ),
      credit: often(credit, 2),
      belongsTo: often(fc.constantFrom('named', 'holder'), 2),
      cap: rarely(fc.integer({ min: 1, max: 300 })),
      newestOfEach: often(newestOf(entity), 2),
      choice: often(choiceOf(entity), 2),
      thenWhere: often(
        fc.oneof(condition(entity, asOf), fc.array(condition(entity, asOf), { minLength: 1, maxLength: 2 })),
        4,
      ),
      perEach: often(perEachOf(entity), 2),
      weightedBy: often(weightOf(entity), 2),
    })
    .map(({ of, ...rest }) => fitting(of, rest));
}

/** What is said of each value of an attribute, or of each combination. */
function perEachOf(entity: string): fc.Arbitrary<Json> {
  const { text, yes, number, money, date } = attributes[entity]!;
  const one = fc.oneof(
    { weight: 4, arbitrary: fc.constantFrom(...text) },
    { weight: 1, arbitrary: fc.constantFrom(...yes, ...number, ...money, ...date) },
  );
  return fc
    .record({
      of: fc.oneof(
        { weight: 3, arbitrary: one },
        { weight: 1, arbitrary: fc.uniqueArray(one, { minLength: 2, maxLength: 2 }) },
      ),
      records: fc.option(fc.integer({ min: 1, max: 3 }), { nil: undefined, freq: 2 }),
      atMost: fc.option(fc.constantFrom<(number | string)[]>(1, 2, 30, '99.5', 1000), {
        nil: undefined,
        freq: 2,
      }),
      take: fc.constantFrom('sum', 'average', 'median', 'min', 'max', undefined),
      // Mostly none that fits: then it is of the attributes.
      period: fc.constantFrom('month', 'quarter', 'year', 'fiscalQuarter', 'fiscalYear'),
      counted: fc.constantFrom('count', 'longestRun', 'lastRun', undefined),
      isBest: fc.boolean(),
    })
    .map(tidy);
}

/** What records can weigh. */
function weightOf(entity: string): fc.Arbitrary<string> {
  const { number, money } = attributes[entity]!;
  return fc.constantFrom(...number, ...money);
}

const wholeIn: Record<string, string[]> = {
  month: ['month', 'quarter', 'year', 'fiscalQuarter', 'fiscalYear'],
  quarter: ['quarter', 'year'],
  year: ['year'],
  fiscalQuarter: ['fiscalQuarter', 'fiscalYear'],
  fiscalYear: ['fiscalYear'],
};

/** Each period of the one window of whole ones that has this date, and whether it is that period alone. */
function periodIn(window: unknown, period: string): { each: Json; isAlone: boolean } | undefined {
  const dated = ([window ?? []].flat() as Json[]).filter(({ by }) => by !== undefined);
  const unitOf = ({ lastFull, previous }: Json) =>
    String(
      String(lastFull ?? '')
        .split(' ')[1]
        ?.replace(/s$/, '') ?? previous,
    );
  const whole = dated.find((one) => wholeIn[period]!.includes(unitOf(one)));
  if (whole === undefined || dated.filter(({ by }) => by === whole.by).length > 1) return undefined;
  const isOne = /^1 /.test(String(whole.lastFull ?? '1 '));
  return { each: { period, by: whole.by }, isAlone: isOne && unitOf(whole) === period };
}

function fittingEach(measure: Json, { perEach, having, window }: Json): Json | undefined {
  if (perEach === undefined || measure.latest !== undefined) return undefined;
  const { records, atMost, period, counted, isBest, ...values } = perEach as Json;
  const whole = periodIn(window, String(period));
  const isMost = (measure.count ?? measure.sum ?? measure.distinct) !== undefined;
  const best = isBest === true && isMost && whole?.isAlone === false ? whole.each : undefined;
  const of = best === undefined ? whole?.each : undefined;
  if (of !== undefined && counted !== undefined && having !== undefined) return { of, take: counted };
  const each: Json = tidy(of === undefined ? { ...values, best } : { ...values, of });
  const isDifferent = measure.distinct !== undefined;
  const isCounted = measure.count !== undefined;
  const limits = tidy({
    records: isDifferent || best !== undefined ? undefined : records,
    atMost: isCounted || (isDifferent && atMost === '99.5') ? undefined : atMost,
  });
  const saysNothing =
    (measure.count ?? measure.sum) !== undefined &&
    Object.keys(limits).length === 0 &&
    (each.take ?? 'sum') === 'sum' &&
    having === undefined &&
    best === undefined;
  return { ...each, ...(saysNothing ? { take: 'max' } : limits) };
}

/** Only what the program check lets stand together. */
function fitting({ measure, kind, entity }: Measure, rest: Json): Measure {
  const isMultiplied =
    measure.count !== undefined || measure.sum !== undefined || measure.average !== undefined;
  const isEnding = [rest.window ?? []].flat().some((window) => {
    const { last, lastFull, current, previous } = window as Json;
    return (last ?? lastFull ?? current ?? previous) !== undefined;
  });
  const rate = rest.rate as Json | undefined;
  const dated = ([rest.window ?? []].flat() as Json[]).filter(({ by }) => by !== undefined);
  // Without one date nothing says which record is the newest.
  if (measure.latest !== undefined && dated.length !== 1) {
    const { latest: max } = measure;
    return fitting({ measure: { max }, kind, entity }, rest);
  }
  const perEach = fittingEach(measure, rest);
  const parts = fittingChoice({
    ...measure,
    ...rest,
    perEach,
    weightedBy: measure.average === undefined ? undefined : rest.weightedBy,
    having: (measure.distinct ?? perEach) === undefined ? undefined : rest.having,
    newestOfEach: measure.latest === undefined && dated.length === 1 ? rest.newestOfEach : undefined,
    times: isMultiplied ? rest.times : undefined,
    rate: rate?.at === 'windowEnd' && !isEnding ? undefined : rate,
    credit: entity === 'deal' ? rest.credit : undefined,
    belongsTo: entity === 'certification' ? rest.belongsTo : undefined,
  });
  const tables = [parts.times ?? []].flat() as Json[];
  const isPoints = tables.some(({ table }) => table === 'points');
  const isMean = ['average', 'median'].includes(String(perEach?.take));
  if (['count', 'longestRun', 'lastRun'].includes(String(perEach?.take)))
    return { measure: parts, kind: 'count', entity };
  const isNumber = isPoints || ((tables.length > 0 || isMean) && kind === 'count');
  return { measure: parts, kind: isNumber ? 'number' : kind, entity };
}
