import fc from 'fast-check';
import { codes, dayNear, lengths, roles, words } from './arbitrary-world.ts';

/** Random measures of the program language, as they stand in a file; all of them pass the program check. */

/** An object of a program file. */
export type Json = { [key: string]: unknown };

export interface Attributes {
  text: readonly string[];
  yes: readonly string[];
  number: readonly string[];
  money: readonly string[];
  date: readonly string[];
  instant: readonly string[];
  list: readonly string[];
}

const none = { text: [], yes: [], number: [], money: [], date: [], instant: [], list: [] };

/** What the evaluator can be asked about each entity. */
export const attributes: Readonly<Record<string, Attributes>> = {
  deal: {
    ...none,
    text: [
      'type',
      'stage',
      'registration',
      'customer',
      'customer.country',
      'customer.parent.country',
      'extra.line',
    ],
    yes: ['isWon', 'isClosed'],
    number: ['probability'],
    money: ['amount'],
    date: ['closeOn'],
    instant: ['createdAt', 'registeredAt', 'customer.createdAt'],
  },
  lead: {
    ...none,
    text: ['status', 'source', 'country', 'deal', 'deal.type', 'partner.country', 'extra.line'],
    yes: ['isConverted', 'deal.isWon'],
    number: ['deal.probability'],
    money: ['deal.amount'],
    date: ['convertedOn', 'deal.closeOn'],
    instant: ['createdAt', 'deliveredAt', 'acceptedAt'],
  },
  person: {
    ...none,
    text: ['role', 'email', 'partner.country', 'extra.line'],
    number: ['partner.employees'],
    date: ['leftOn'],
    list: ['partner.types'],
  },
  certification: {
    ...none,
    text: ['code', 'status', 'person', 'person.email', 'person.role', 'extra.line'],
    date: ['issuedOn', 'expiresOn', 'person.leftOn'],
    number: ['partner.employees'],
    list: ['person.partner.types'],
  },
  case: {
    ...none,
    text: ['status', 'priority', 'customer', 'customer.country', 'extra.line'],
    yes: ['isClosed'],
    number: ['satisfaction'],
    instant: ['openedAt', 'closedAt', 'customer.createdAt'],
  },
  fact: {
    ...none,
    text: ['kind', 'dimension', 'author', 'partner.country', 'extra.line'],
    number: ['quantity'],
    money: ['amount'],
    date: ['occurredOn', 'expiresOn'],
  },
  partner: {
    ...none,
    text: ['country', 'status', 'parent.country'],
    number: ['employees'],
    date: ['startedOn', 'endedOn'],
    list: ['types'],
  },
};

export const measurable = Object.keys(attributes);

const orders = ['atLeast', 'moreThan', 'atMost', 'lessThan'] as const;
const order = fc.constantFrom(...orders);
const size = fc.constantFrom<(string | number)[]>(0, 1, 2, 100, '100.00', '0.5', -1, 1000, '49.5');

/** Something that is there once in four times. (fc.option with a freq of 1 never has it.) */
export function rarely<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> {
  return fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
}

/** The regions of random programs, some of which have no other countries. */
export const regionKeys = ['north', 'south', 'growth'];

function regionCondition(attribute: string): fc.Arbitrary<Json> {
  const some = fc.subarray(regionKeys, { minLength: 1 });
  return fc.oneof(fc.constantFrom(...regionKeys), some).map((inRegion): Json => ({ attribute, inRegion }));
}

/** A comparison of an attribute that is there, or nothing. */
function comparison(path: string, type: keyof Attributes, asOf: string): fc.Arbitrary<Json> {
  const one = (values: fc.Arbitrary<unknown>) =>
    fc.oneof(
      values.chain((value) =>
        fc
          .constantFrom<'is' | 'isNot'>('is', 'isNot')
          .map((key): Json => ({ attribute: path, [key]: value })),
      ),
      fc
        .tuple(fc.array(values, { minLength: 1, maxLength: 3 }), fc.constantFrom('in', 'notIn'))
        .map(([all, key]): Json => ({ attribute: path, [key]: all })),
      fc.boolean().map((isBlank): Json => ({ attribute: path, blank: isBlank })),
    );
  const within = (values: fc.Arbitrary<unknown>) =>
    fc.tuple(order, values).map(([key, value]): Json => ({ attribute: path, [key]: value }));
  const isReference = ['customer', 'deal', 'person'].includes(path);
  if (type === 'text') {
    const all = isReference
      ? ['c0', 'c1', 'd0', 'p0', 'p1']
      : path === 'code'
        ? codes
        : path === 'kind'
          ? ['usage', 'USAGE ', 'points']
          : path.endsWith('email')
            ? ['ann@x.example']
            : words;
    return isReference || path === 'kind'
      ? one(fc.constantFrom(...all))
      : fc.oneof(
          { weight: 3, arbitrary: one(fc.constantFrom(...all)) },
          { weight: 1, arbitrary: regionCondition(path) },
        );
  }
  if (type === 'yes') return one(fc.boolean());
  if (type === 'list') return one(fc.constantFrom('msp', 'reseller'));
  if (type === 'date' || type === 'instant') return fc.oneof(one(dayNear(asOf)), within(dayNear(asOf)));
  return fc.oneof(one(size), within(size));
}

const types = ['text', 'yes', 'number', 'money', 'date', 'instant', 'list'] as const;

function leaf(entity: string, asOf: string): fc.Arbitrary<Json> {
  const own = attributes[entity]!;
  const all = types.flatMap((type) => own[type].map((path) => comparison(path, type, asOf)));
  const days = [...own.date, ...own.instant];
  const between =
    days.length < 2
      ? []
      : [
          fc
            .tuple(
              fc.constantFrom(...days),
              fc.constantFrom(...days),
              order,
              fc.constantFrom(0, 1, 30, -7, '90'),
            )
            .map(([daysFrom, to, key, bound]): Json => ({ daysFrom, to, [key]: bound })),
        ];
  const coded =
    entity === 'certification'
      ? [
          fc
            .uniqueArray(fc.constantFrom('PRO-200', 'pro-100', 'S-1', 'S-3', 'OLD-2'), {
              minLength: 1,
              maxLength: 3,
            })
            .map((wanted): Json => ({ codes: wanted })),
        ]
      : [];
  return fc.oneof(...all, ...between, ...coded);
}

/** A condition, of several levels; with has where something refers to the entity. */
export function condition(entity: string, asOf: string, mayHave = true): fc.Arbitrary<Json> {
  const inner = { deal: 'lead', person: 'certification' }[entity];
  const own = leaf(entity, asOf);
  const simple =
    inner === undefined || !mayHave
      ? own
      : fc.oneof({ weight: 4, arbitrary: own }, { weight: 1, arbitrary: hasCondition(inner, asOf) });
  const { tree } = fc.letrec<{ tree: Json }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 2, depthIdentifier: `condition ${entity}` },
      { weight: 5, arbitrary: simple },
      {
        weight: 1,
        arbitrary: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((all): Json => ({ all })),
      },
      {
        weight: 1,
        arbitrary: fc.array(tie('tree'), { minLength: 1, maxLength: 3 }).map((any): Json => ({ any })),
      },
      { weight: 1, arbitrary: tie('tree').map((not): Json => ({ not })) },
    ),
  }));
  return tree;
}

/** One condition or several; mostly none, so that there is something left to count. */
export function where(entity: string, asOf: string, mayHave = true): fc.Arbitrary<unknown> {
  const one = condition(entity, asOf, mayHave);
  return fc.oneof(
    { weight: 9, arbitrary: fc.constant(undefined) },
    { weight: 2, arbitrary: one },
    { weight: 1, arbitrary: fc.array(one, { minLength: 1, maxLength: 2 }) },
  );
}

function hasCondition(entity: string, asOf: string): fc.Arbitrary<Json> {
  return fc
    .record({
      of: aggregateCondition(entity),
      where: where(entity, asOf, false),
      window: windows(entity, asOf, { mayBeCatalogue: false }),
    })
    .map(({ of, ...rest }) => ({ has: tidy({ ...of, ...rest }) }));
}

function aggregateCondition(entity: string): fc.Arbitrary<Json> {
  const { text, number, money } = attributes[entity]!;
  const sizes = [...number, ...money];
  const aggregate = fc.oneof(
    fc.constant<Json>({ count: entity }),
    fc.constantFrom(...text, ...number).map((path): Json => ({ distinct: `${entity}.${path}` })),
    ...(sizes.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom('sum', 'min', 'max'), fc.constantFrom(...sizes))
            .map(([key, path]): Json => ({ [key]: `${entity}.${path}` })),
        ]),
  );
  return fc.tuple(aggregate, order, size).map(([of, key, bound]) => ({ ...of, [key]: bound }));
}

/** A condition on groups of records. */
function havingCondition(entity: string, asOf: string): fc.Arbitrary<Json> {
  return fc
    .record({
      of: aggregateCondition(entity),
      where: where(entity, asOf),
      times: fc.option(times(entity), { nil: undefined, freq: 2 }),
    })
    .map(({ of, times: factor, ...rest }) =>
      tidy({ ...of, ...rest, ...(of.count !== undefined || of.sum !== undefined ? { times: factor } : {}) }),
    );
}

const length = fc.constantFrom(...lengths, '12 months', '13 months', '3 years', '1000 days');
const whole = fc.constantFrom('1 month', '2 months', '1 quarter', '3 quarters', '1 year', '12 months');
const period = fc.constantFrom('month', 'quarter', 'year', 'fiscalQuarter', 'fiscalYear');

export function oneWindow(
  entity: string,
  { mayBeCatalogue = true }: { mayBeCatalogue?: boolean } = {},
): fc.Arbitrary<Json> {
  const { date, instant } = attributes[entity]!;
  const by = fc.constantFrom(...date, ...instant);
  const ago = rarely(length);
  const ranged = (key: string, value: fc.Arbitrary<string>, moves = ago) =>
    fc.tuple(value, by, moves).map(([text, on, back]) => tidy({ [key]: text, by: on, ago: back }));
  const still = fc.constant(undefined);
  return fc.oneof(
    ranged('last', length),
    ranged('lastFull', whole),
    ranged('current', period),
    ranged('previous', period),
    ranged('next', length, still as never),
    ranged('elapsed', length, still as never),
    ranged('sinceStart', fc.oneof(length, fc.constant(true as const)) as never, still as never),
    fc
      .tuple(fc.option(by, { nil: undefined }), by, fc.boolean())
      .map(([validFrom, day, isThrough]) =>
        tidy(isThrough ? { validFrom, validThrough: day } : { validFrom: day }),
      )
      .chain((window) => ago.map((back) => tidy({ ...window, ago: back }))),
    ...(entity === 'certification' && mayBeCatalogue ? [fc.constant<Json>({ catalogue: true })] : []),
  );
}

export function windows(
  entity: string,
  _asOf: string,
  options: { mayBeCatalogue?: boolean } = {},
): fc.Arbitrary<unknown> {
  const one = oneWindow(entity, options);
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary: one },
    { weight: 1, arbitrary: fc.array(one, { minLength: 2, maxLength: 2 }) },
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
  kind: 'money' | 'days' | 'hours' | 'count' | 'number';
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
          fc.tuple(key, fc.constantFrom(...paths), fc.constantFrom(...paths)).map(
            ([one, from, to]): Measure => ({
              measure: { [one]: { of: entity, [name]: from, to } },
              kind,
              entity,
            }),
          ),
        ];
  const values = [...text, ...yes, ...number, ...money, ...date, ...instant, ...list.slice(0, 0)];
  return fc.oneof(
    fc.constant<Measure>({ measure: { count: entity }, kind: 'count', entity }),
    fc
      .constantFrom(...values)
      .map((path): Measure => ({ measure: { distinct: `${entity}.${path}` }, kind: 'count', entity })),
    ...of(number, 'number'),
    ...of(money, 'money'),
    ...between('daysFrom', [...date, ...instant], 'days'),
    ...between('hoursFrom', instant, 'hours'),
  );
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
    })
    .map(({ of, ...rest }) => fitting(of, rest));
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
  const parts = tidy({
    ...measure,
    ...rest,
    having: measure.distinct === undefined ? undefined : rest.having,
    times: isMultiplied ? rest.times : undefined,
    rate: rate?.at === 'windowEnd' && !isEnding ? undefined : rate,
    credit: entity === 'deal' ? rest.credit : undefined,
    belongsTo: entity === 'certification' ? rest.belongsTo : undefined,
  });
  const tables = [parts.times ?? []].flat() as Json[];
  const isPoints = tables.some(({ table }) => table === 'points');
  const isNumber = isPoints || (tables.length > 0 && kind === 'count');
  return { measure: parts, kind: isNumber ? 'number' : kind, entity };
}

/** Without the keys that are not there. */
export function tidy(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
