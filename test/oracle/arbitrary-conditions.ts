import { fc } from '../services/fast-check.ts';
import { codes, dayNear, lengths, words } from './arbitrary-world.ts';
import { plainName } from './world.ts';

/** Random conditions and windows of the program language, as they stand in a file. */

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

/** What the model has of each entity. */
const modelled: Readonly<Record<string, Attributes>> = {
  deal: {
    ...none,
    text: ['type', 'stage', 'registration', 'customer', 'customer.country', 'customer.parent.country'],
    yes: ['isWon', 'isClosed'],
    number: ['probability'],
    money: ['amount'],
    date: ['closeOn'],
    instant: ['createdAt', 'registeredAt', 'customer.createdAt'],
  },
  lead: {
    ...none,
    text: ['status', 'source', 'country', 'deal', 'deal.type', 'partner.country'],
    yes: ['isConverted', 'deal.isWon'],
    number: ['deal.probability'],
    money: ['deal.amount'],
    date: ['convertedOn', 'deal.closeOn'],
    instant: ['createdAt', 'deliveredAt', 'acceptedAt'],
  },
  person: {
    ...none,
    text: ['role', 'email', 'partner.country'],
    number: ['partner.employees'],
    date: ['leftOn'],
    list: ['partner.types'],
  },
  certification: {
    ...none,
    text: ['code', 'status', 'person', 'person.email', 'person.role'],
    date: ['issuedOn', 'expiresOn', 'person.leftOn'],
    number: ['partner.employees'],
    list: ['person.partner.types'],
  },
  case: {
    ...none,
    text: ['status', 'priority', 'customer', 'customer.country'],
    yes: ['isClosed'],
    number: ['satisfaction'],
    instant: ['openedAt', 'closedAt', 'customer.createdAt'],
  },
  fact: {
    ...none,
    text: ['kind', 'dimension', 'subject', 'author', 'partner.country'],
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

/** What the evaluator can be asked about each entity: what the model has, and attributes of one's own. */
export const attributes: Readonly<Record<string, Attributes>> = Object.fromEntries(
  Object.entries(modelled).map(([entity, own]) => [entity, withOwn(entity, own)]),
);

function withOwn(entity: string, { text, yes, number, money, date, instant, list }: Attributes): Attributes {
  const ofCustomer = entity === 'deal' || entity === 'case' ? ['customer.extra.size'] : [];
  return {
    text: [...text, 'extra.line'],
    yes: [...yes, 'extra.isNew'],
    number: [...number, 'extra.size', ...ofCustomer],
    money: [...money, 'extra.worth'],
    date: [...date, 'extra.on'],
    instant: [...instant, 'extra.at'],
    list,
  };
}

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

/** The same of values that a condition takes for the same. */
function alike(value: unknown): string {
  const text = plainName(String(value));
  return Number.isNaN(Number(text)) ? text : String(Number(text));
}

/** A comparison of an attribute that is there, or nothing. */
export function comparison(path: string, type: keyof Attributes, asOf: string): fc.Arbitrary<Json> {
  const one = (values: fc.Arbitrary<unknown>) =>
    fc.oneof(
      values.chain((value) =>
        fc
          .constantFrom<'is' | 'isNot'>('is', 'isNot')
          .map((key): Json => ({ attribute: path, [key]: value })),
      ),
      fc
        .tuple(
          // A value that is there twice, however it is written, is a mistake.
          fc.uniqueArray(values, { minLength: 1, maxLength: 3, selector: alike }),
          fc.constantFrom('in', 'notIn'),
        )
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

/** Business calendars of random programs; mostly none. */
export const calendarKey = fc.constantFrom(undefined, undefined, 'desk', 'days', 'always');
const hourBound = fc.constantFrom<(number | string)[]>(0, 8, 48, '-16.5', 1000);

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
              calendarKey,
            )
            .map(
              ([daysFrom, to, key, bound, calendar]): Json => tidy({ daysFrom, to, calendar, [key]: bound }),
            ),
        ];
  const { instant } = own;
  const hours =
    instant.length < 2
      ? []
      : [
          fc
            .tuple(fc.constantFrom(...instant), fc.constantFrom(...instant), order, hourBound, calendarKey)
            .map(
              ([hoursFrom, to, key, bound, calendar]): Json =>
                tidy({ hoursFrom, to, calendar, [key]: bound }),
            ),
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
  return fc.oneof(...all, ...between, ...hours, ...coded);
}

/** A condition, of several levels; with has where something refers to the entity. */
export function condition(entity: string, asOf: string, mayHave = true): fc.Arbitrary<Json> {
  const inner = { deal: 'lead', person: 'certification' }[entity];
  const own = leaf(entity, asOf);
  const belonging = inner === undefined ? [] : [{ weight: 2, arbitrary: hasCondition(inner, asOf) }];
  const simple = !mayHave
    ? own
    : fc.oneof({ weight: 8, arbitrary: own }, ...belonging, {
        weight: 2,
        arbitrary: matchingCondition(entity, asOf),
      });
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

function hasCondition(entity: string, asOf: string, matching?: fc.Arbitrary<Json>): fc.Arbitrary<Json> {
  const [filter, window] = [where(entity, asOf, false), windows(entity, asOf, { mayBeCatalogue: false })];
  return fc
    .record({
      of: matching !== undefined && entity === 'deal' ? ofDeals : aggregateCondition(entity),
      matching: matching ?? fc.constant(undefined),
      // Few records match: most of them have to count, so that something comes of them.
      where: matching === undefined ? filter : rarely(filter),
      window: matching === undefined ? window : rarely(window),
    })
    .map(({ of, ...rest }) => {
      const { sum, average, median, min, max, ...counted } = of;
      const isOnlyCounted = entity === 'fact' && rest.matching !== undefined && of.distinct === undefined;
      return { has: tidy({ ...(isOnlyCounted ? { ...counted, count: entity } : of), ...rest }) };
    });
}

/** What values of an attribute come to. */
const overValues = ['sum', 'average', 'median', 'min', 'max'] as const;

/** Of deals that match, mostly what the partner's share of them comes to. */
const ofDeals: fc.Arbitrary<Json> = fc.oneof(
  { weight: 1, arbitrary: fc.constant<Json>({ count: 'deal', atLeast: 1 }) },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.constantFrom(...overValues), order, fc.integer({ min: 1, max: 90 }))
      .map(([key, bound, hundreds]): Json => ({ [key]: 'deal.amount', [bound]: hundreds * 100 })),
  },
);

/** What attributes hold, by what they can have in common with others. */
function holdsOf(path: string): string {
  if (['customer', 'deal', 'person', 'code', 'kind'].includes(path)) return path;
  return path.endsWith('email') ? 'email' : 'words';
}

/** Pairs of attributes, one of each entity, that hold the same kind of text; the other one may be given. */
function alikeIn(inner: string, outer: string, path?: string): [own: string, other: string][] {
  const others = path === undefined ? attributes[outer]!.text : [path];
  return attributes[inner]!.text.flatMap((own) =>
    others.filter((other) => holdsOf(own) === holdsOf(other)).map((other): [string, string] => [own, other]),
  );
}

/** A condition on the records of the same partner that match one, by one attribute or two. */
export function matchingCondition(entity: string, asOf: string, path?: string): fc.Arbitrary<Json> {
  const known = measurable.filter((one) => one !== 'partner' && alikeIn(one, entity, path).length > 0);
  // Of deals there are shares, and of facts what is taken back.
  const special = known.filter((one) => one === 'deal' || one === 'fact');
  return fc.constantFrom(...known, ...special, ...special).chain((inner) =>
    hasCondition(
      inner,
      asOf,
      fc
        .uniqueArray(fc.constantFrom(...alikeIn(inner, entity, path)), {
          minLength: 1,
          maxLength: 2,
          selector: ([own]) => own,
        })
        .map((pairs): Json => Object.fromEntries(pairs)),
    ),
  );
}

export function aggregateCondition(entity: string): fc.Arbitrary<Json> {
  const { text, number, money } = attributes[entity]!;
  const sizes = [...number, ...money];
  const aggregate = fc.oneof(
    fc.constant<Json>({ count: entity }),
    fc.constantFrom(...text, ...number).map((path): Json => ({ distinct: `${entity}.${path}` })),
    ...(sizes.length === 0
      ? []
      : [
          fc
            .tuple(fc.constantFrom(...overValues), fc.constantFrom(...sizes))
            .map(([key, path]): Json => ({ [key]: `${entity}.${path}` })),
        ]),
  );
  return fc.tuple(aggregate, order, size, few, amountOfFew).map(([of, key, any, count, amount]) => {
    const isMoney = money.some((path) => Object.values(of).includes(`${entity}.${path}`));
    const isCounted = (of.count ?? of.distinct) !== undefined;
    return { ...of, [key]: isCounted ? count : isMoney ? amount : any };
  });
}

/** What a few records come to. */
const few = fc.constantFrom(0, 1, 1, 1, 2, 2, 3);
const amountOfFew = fc.constantFrom<(string | number)[]>(0, '49.5', 500, 1000, 2000, 3000, 5000, 8000);

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
      .chain((window) =>
        fc
          .tuple(ago, fc.constantFrom('ago', 'ago', 'ahead'))
          .map(([moved, key]) => tidy({ ...window, [key]: moved })),
      ),
    ...(entity === 'certification' && mayBeCatalogue ? [fc.constant<Json>({ catalogue: true })] : []),
  );
}

export function windows(
  entity: string,
  _asOf: string,
  options: { mayBeCatalogue?: boolean } = {},
): fc.Arbitrary<unknown> {
  const one = oneWindow(entity, options);
  const any = fc.array(one, { minLength: 2, maxLength: 3 }).map((all): Json => ({ any: all }));
  return fc.oneof(
    { weight: 8, arbitrary: fc.constant(undefined) },
    { weight: 6, arbitrary: one },
    { weight: 1, arbitrary: fc.array(one, { minLength: 2, maxLength: 2 }) },
    { weight: 2, arbitrary: any },
    { weight: 1, arbitrary: fc.tuple(one, any) },
  );
}

/** Without the keys that are not there. */
export function tidy(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
