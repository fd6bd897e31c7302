import { DataverseError, refusals } from '../errors.ts';
import type { Value } from '../types.ts';
import type { Filter, Literal } from './ast.ts';
import { type FilterScope, known, type Test } from './filter.ts';
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

const day = 86_400_000;

const startOfDay = (time: number): number => Math.floor(time / day) * day;

/** Instants within [from, to). */
const within =
  (range: (now: number, count: number) => [number, number]): QueryFunction =>
  ({ scope, numbers }) => {
    const [from, to] = range(scope.state.clock.now(), numbers[0] ?? 0);
    return (value) => {
      if (value === null) return null;
      const time = Date.parse(String(value));
      return time >= from && time < to;
    };
  };

const sameOrAfter = (order: number): boolean => order >= 0;

const dayTest =
  (holds: (order: number) => boolean): QueryFunction =>
  ({ wanted }) => {
    const limit = startOfDay(Date.parse(String(wanted[0])));
    return (value) => (value === null ? null : holds(startOfDay(Date.parse(String(value))) - limit));
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

const inverse =
  (of: QueryFunction): QueryFunction =>
  (call) => {
    const test = of(call);
    return (value) => {
      const held = test(value);
      return held === null ? null : !held;
    };
  };

/**
 * Those of the platform's query functions that conditions on partner data need.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/queryfunctions
 */
const functions: Readonly<Record<string, QueryFunction>> = {
  In: among,
  NotIn: inverse(among),
  Between:
    ({ path, wanted }) =>
    (value) =>
      value === null
        ? null
        : compareValues(path.column, value, wanted[0] ?? null) >= 0 &&
          compareValues(path.column, value, wanted[1] ?? null) <= 0,
  ContainValues: holdsAny,
  DoesNotContainValues: inverse(holdsAny),
  On: dayTest((order) => order === 0),
  NotOn: dayTest((order) => order !== 0),
  OnOrAfter: dayTest(sameOrAfter),
  OnOrBefore: dayTest((order) => order <= 0),
  Today: within((now) => [startOfDay(now), startOfDay(now) + day]),
  Yesterday: within((now) => [startOfDay(now) - day, startOfDay(now)]),
  LastXDays: within((now, count) => [startOfDay(now) - count * day, now + 1]),
  NextXDays: within((now, count) => [now, startOfDay(now) + (count + 1) * day]),
  LastXHours: within((now, count) => [now - count * 3_600_000, now + 1]),
  OlderThanXDays: within((now, count) => [-Infinity, startOfDay(now) - count * day]),
  EqualUserId:
    ({ scope }) =>
    (value) =>
      value === scope.caller.userId,
  NotEqualUserId:
    ({ scope }) =>
    (value) =>
      value === null ? null : value !== scope.caller.userId,
};

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
  const counts = /X(Days|Hours)$/.test(filter.name);
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
