import { DataverseError, refusals } from '../errors.ts';
import type { Value } from '../types.ts';
import type { Filter, Literal } from './ast.ts';
import { type FilterScope, known, type Test } from './filter.ts';
import { type Period, periods, startOf } from './periods.ts';
import { type ResolvedPath, resolvePath, valueAt } from './scope.ts';
import { compareValues, literalFor } from './values.ts';

/** A query function with its arguments made ready. */
interface Call {
  scope: FilterScope;
  path: ResolvedPath;
  /** PropertyValue or PropertyValues in the stored form of the column. */
  wanted: Value[];
  /** The same as plain numbers, for functions that count. */
  numbers: number[];
}

type QueryFunction = (call: Call) => (value: Value) => boolean | null;

/** Instants within a stretch of time. */
const within =
  (range: (now: number, count: number) => Period): QueryFunction =>
  ({ scope, numbers }) => {
    const [from, until] = range(scope.state.clock.now(), numbers[0] ?? 0);
    return (value) => {
      if (value === null) return null;
      const time = Date.parse(String(value));
      return time >= from && time < until;
    };
  };

const startOfDay = (value: Value): number => startOf(Date.parse(String(value)), 'day');

const sameOrAfter = (order: number): boolean => order >= 0;

const dayTest =
  (holds: (order: number) => boolean): QueryFunction =>
  ({ wanted }) => {
    const limit = startOfDay(wanted[0] ?? null);
    return (value) => (value === null ? null : holds(startOfDay(value) - limit));
  };

const among: QueryFunction =
  ({ path, wanted }) =>
  (value) =>
    value === null ? null : wanted.some((each) => compareValues(path.column, value, each) === 0);

const holdsAny: QueryFunction =
  ({ wanted }) =>
  (value) => {
    const held = value === null ? [] : String(value).split(',');
    return wanted.some((each) =>
      String(each)
        .split(',')
        .some((part) => held.includes(part)),
    );
  };

/**
 * Rows under or above one, by the lookup with which a table points to itself.
 * https://learn.microsoft.com/power-apps/developer/data-platform/query-hierarchical-data
 */
function hierarchy(side: 'below' | 'above', isSelf: boolean): QueryFunction {
  return ({ scope, path, wanted }) => {
    const { schema } = scope.state;
    const up = schema
      .lookupsOf(path.table)
      .find(({ referenced, column }) => referenced === path.table.logicalName && column.startsWith('parent'));
    if (up === undefined || path.column.logicalName !== path.table.primaryId)
      throw refusals.badQuery(`The column '${path.column.logicalName}' has no hierarchical relationship.`);
    const rows = scope.state.rows(path.table);
    const chain = (id: Value): Value[] => {
      const found: Value[] = [];
      for (let at = id; at !== null && !found.includes(at); at = rows.get(String(at))?.[up.column] ?? null)
        found.push(at);
      return found;
    };
    const [top = null] = wanted;
    const lineage = chain(top);
    return (value) => {
      if (value === top) return isSelf;
      return side === 'below' ? chain(value).includes(top) : lineage.includes(value);
    };
  };
}

const inverse =
  (of: QueryFunction): QueryFunction =>
  (call) => {
    const test = of(call);
    return (value) => {
      const held = test(value);
      return held === null ? null : !held;
    };
  };

const between: QueryFunction =
  ({ path, wanted }) =>
  (value) =>
    value === null
      ? null
      : compareValues(path.column, value, wanted[0] ?? null) >= 0 &&
        compareValues(path.column, value, wanted[1] ?? null) <= 0;

/** The year that an instant lies in, and its quarter where one is given: PropertyValues=['1','2026'] or ['2026']. */
const fiscal =
  (holds: (order: number) => boolean, has: { period: boolean; year: boolean }): QueryFunction =>
  ({ numbers }) => {
    const [first = 0, second = 0] = numbers;
    const wanted = has.period && has.year ? second * 4 + first : has.period ? first : first * 4;
    return (value) => {
      if (value === null) return null;
      const date = new Date(String(value));
      const quarter = has.period ? Math.floor(date.getUTCMonth() / 3) + 1 : 0;
      return holds((has.year ? date.getUTCFullYear() * 4 : 0) + quarter - wanted);
    };
  };

const same = (order: number): boolean => order === 0;

const equals =
  (of: (call: Call) => Value): QueryFunction =>
  (call) =>
  (value) =>
    value === null ? null : value === of(call);

const userId = ({ scope }: Call): Value => scope.caller.userId;
const businessId = ({ scope }: Call): Value => scope.caller.businessUnitId;

/**
 * The platform's query functions, but for those about teams.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/queryfunctions
 */
const functions: Readonly<Record<string, QueryFunction>> = {
  In: among,
  NotIn: inverse(among),
  Between: between,
  NotBetween: inverse(between),
  ContainValues: holdsAny,
  DoesNotContainValues: inverse(holdsAny),
  On: dayTest(same),
  NotOn: dayTest((order) => order !== 0),
  OnOrAfter: dayTest(sameOrAfter),
  OnOrBefore: dayTest((order) => order <= 0),
  ...Object.fromEntries(Object.entries(periods).map(([name, range]) => [name, within(range)])),
  InFiscalPeriod: fiscal(same, { period: true, year: false }),
  InFiscalYear: fiscal(same, { period: false, year: true }),
  InFiscalPeriodAndYear: fiscal(same, { period: true, year: true }),
  InOrAfterFiscalPeriodAndYear: fiscal(sameOrAfter, { period: true, year: true }),
  InOrBeforeFiscalPeriodAndYear: fiscal((order) => order <= 0, { period: true, year: true }),
  EqualUserId: equals(userId),
  NotEqualUserId: inverse(equals(userId)),
  EqualBusinessId: equals(businessId),
  NotEqualBusinessId: inverse(equals(businessId)),
  Under: hierarchy('below', false),
  UnderOrEqual: hierarchy('below', true),
  NotUnder: inverse(hierarchy('below', false)),
  Above: hierarchy('above', false),
  AboveOrEqual: hierarchy('above', true),
};

/** The function whose name another language writes in its own way: last-x-days, LastXDays. */
export function functionNamed(word: string): string | undefined {
  const plain = word.replaceAll('-', '').toLowerCase();
  return Object.keys(functions).find((name) => name.toLowerCase() === plain);
}

/** Functions that take a number and not a value of their column. */
const counting = /X\w+$|Fiscal/;

const prefix = 'Microsoft.Dynamics.CRM.';

export function functionTest(scope: FilterScope, filter: Extract<Filter, { kind: 'function' }>): Test {
  const make = filter.name.startsWith(prefix) ? functions[filter.name.slice(prefix.length)] : undefined;
  if (make === undefined)
    throw refusals.badQuery(`An unknown function with name '${filter.name}' was found.`);
  const parameter = (name: string): Literal | undefined => {
    const given = filter.parameters[name];
    return given === undefined ? undefined : (known(scope, given) as Literal);
  };
  const property = parameter('PropertyName');
  if (property?.kind !== 'string')
    throw new DataverseError(400, '0x80060888', `The function ${filter.name} needs a PropertyName.`);
  const path = resolvePath(scope, property.value.split('/'));
  const given = parameter('PropertyValues') ?? parameter('PropertyValue');
  const literals = given === undefined ? [] : given.kind === 'list' ? given.items : [given];
  const counts = counting.test(filter.name);
  const test = make({
    scope,
    path,
    wanted: counts ? [] : literals.map((literal) => literalFor(path.column, literal)),
    numbers: literals.map((literal) =>
      Number('text' in literal ? literal.text : 'value' in literal ? literal.value : 0),
    ),
  });
  return (at) => test(valueAt(scope, path, at));
}
