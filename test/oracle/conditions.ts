import { Fraction } from 'fraction.js';
import type { AggregateCondition, Filter } from '../../src/program/schema/kpi.ts';
import { converted, isUnknown, type Unknown } from './amounts.ts';
import { belonging } from './belonging.ts';
import { businessDaysBetween, businessMsBetween } from './business.ts';
import { dayIn, numberOf, plusMonths } from './calendar.ts';
import { identityOf } from './identities.ts';
import { isInRegion } from './regions.ts';
import { dayOf, placeIn, type Scope } from './windows.ts';
import { type Amount, type Found, type Kind, plainName, type Row, read, type Value } from './world.ts';

/** Whether a condition holds, or why that is not known. */
export type Truth = boolean | Unknown;

/** A record and the day whose rates its amounts take; null: the date that says so is blank. */
export interface Subject {
  kind: Kind;
  row: Row;
  rateDay: string | null;
  /** Set when an amount is looked at whose rate is that of a day which the record does not have. */
  undated: { isSeen: boolean };
}

export function isTrueOf(scope: Scope, on: Subject, filter: Filter): Truth {
  if (filter.all !== undefined) return every(filter.all.map((one) => isTrueOf(scope, on, one)));
  if (filter.any !== undefined) return not(every(filter.any.map((one) => not(isTrueOf(scope, on, one)))));
  if (filter.not !== undefined) return not(isTrueOf(scope, on, filter.not));
  if (filter.has !== undefined) return hasSo(scope, on, filter.has);
  if (filter.codes !== undefined) return hasCode(scope, on.row, filter.codes);
  if ((filter.daysFrom ?? filter.hoursFrom) !== undefined) {
    const length = lengthOf(scope, on, filter);
    return length !== null && isWithin(length.number, filter, (bound) => new Fraction(bound));
  }
  return compares(scope, read(scope.world, on.kind, on.row, filter.attribute!), filter, on);
}

/** The days or hours between two dates of a record, and whether the second is the earlier one; null where one is blank. */
export function lengthOf(
  scope: Scope,
  { kind, row }: Pick<Subject, 'kind' | 'row'>,
  { daysFrom, hoursFrom, to, calendar }: Pick<Filter, 'daysFrom' | 'hoursFrom' | 'to' | 'calendar'>,
): { number: Fraction; isBackwards: boolean } | null {
  if (daysFrom === undefined) {
    const [from, end] = [hoursFrom!, to!].map((path) => read(scope.world, kind, row, path).value);
    if (from == null || end == null) return null;
    const [begins, ends] = [from, end].map((one) => Date.parse(one as string)) as [number, number];
    const ms = calendar === undefined ? ends - begins : businessMsBetween(scope, calendar, begins, ends);
    return { number: new Fraction(ms, 3_600_000), isBackwards: ends < begins };
  }
  const { program } = scope;
  const timeZone = calendar === undefined ? program.timeZone : program.calendars[calendar]!.timeZone;
  const zoned = { ...scope, program: { ...program, timeZone } };
  const [from, end] = [daysFrom, to!].map((path) => dayOf(zoned, kind, row, path));
  if (from == null || end == null) return null;
  const days =
    calendar === undefined ? numberOf(end) - numberOf(from) : businessDaysBetween(scope, calendar, from, end);
  return { number: new Fraction(days), isBackwards: end < from };
}

/** How many months or days there are from a date to the day of the evaluation, counted one by one; null where it is blank. */
export function sinceOf(
  scope: Scope,
  { kind, row }: Pick<Subject, 'kind' | 'row'>,
  { monthsSince, daysSince }: { monthsSince?: string | undefined; daysSince?: string | undefined },
): { number: Fraction; isBackwards: boolean } | null {
  const from = dayOf(scope, kind, row, (monthsSince ?? daysSince)!);
  if (from === null) return null;
  const isBackwards = from > scope.asOf;
  if (monthsSince === undefined)
    return { number: new Fraction(numberOf(scope.asOf) - numberOf(from)), isBackwards };
  let months = 0;
  while (plusMonths(from, months + 1) <= scope.asOf) months += 1;
  return { number: new Fraction(months), isBackwards };
}

/** True where all are, false where one is not; not known only where it could be either. */
export function every(found: readonly Truth[]): Truth {
  if (found.includes(false)) return false;
  return found.find((one) => one === 'undated') ?? found.find((one) => one === 'unrated') ?? true;
}

function not(found: Truth): Truth {
  return isUnknown(found) ? found : !found;
}

function compares({ program }: Scope, found: Found, filter: Filter, on: Subject): Truth {
  const { value, type, isText } = found;
  const isBlank =
    value === null || (Array.isArray(value) ? value.length === 0 : isText && plainName(String(value)) === '');
  if (filter.blank !== undefined) return isBlank === filter.blank;
  if (isBlank) return false;
  if (filter.inRegion !== undefined) return isInRegion(program, value, [filter.inRegion].flat());
  const wanted = filter.is ?? filter.isNot ?? filter.in ?? filter.notIn;
  const isOpposite = (filter.isNot ?? filter.notIn) !== undefined;
  const number = numeric(value, type, (amount) => converted(program, amount, on.rateDay));
  if (number === 'undated') on.undated.isSeen = true;
  if (isUnknown(number)) return number;
  if (wanted === undefined) {
    if (number !== undefined) return isWithin(number, filter, (bound) => new Fraction(bound));
    return isWithin(dayText(program.timeZone, value, type), filter, (bound) => bound);
  }
  const words = [wanted].flat().map(String);
  const isSame = (one: Value, word: string) => {
    if (number !== undefined) return number.equals(new Fraction(word));
    if (type === 'instant') return dayText(program.timeZone, one, type) === word;
    return isText ? plainName(String(one)) === plainName(word) : String(one) === word;
  };
  const isAmong = [value].flat().some((one) => words.some((word) => isSame(one as Value, word)));
  return isAmong !== isOpposite;
}

function numeric(
  value: Value,
  type: string,
  amountOf: (amount: Amount) => Fraction | Unknown,
): Fraction | Unknown | undefined {
  if (type === 'money') return amountOf(value as Amount);
  return type === 'integer' || type === 'decimal' ? new Fraction(String(value)) : undefined;
}

function dayText(timeZone: string, value: Value, type: string): string {
  return type === 'instant' ? dayIn(timeZone, value as string) : (value as string);
}

type Bounds = Pick<Filter, 'atLeast' | 'moreThan' | 'atMost' | 'lessThan'>;

function isWithin<T extends Fraction | string>(
  value: T,
  bounds: Bounds,
  bound: (text: string) => T,
): boolean {
  const order = (other: string | number) => {
    const wanted = bound(String(other));
    if (typeof value === 'string')
      return value < (wanted as string) ? -1 : value > (wanted as string) ? 1 : 0;
    return value.compare(wanted as Fraction);
  };
  if (bounds.atLeast !== undefined) return order(bounds.atLeast) >= 0;
  if (bounds.moreThan !== undefined) return order(bounds.moreThan) > 0;
  if (bounds.atMost !== undefined) return order(bounds.atMost) <= 0;
  return order(bounds.lessThan!) < 0;
}

/** The codes asked for and those that they replaced, directly or through others. */
function hasCode({ program }: Scope, row: Row, wanted: readonly string[]): boolean {
  const own = row.values.code;
  const successors = new Map(
    Object.entries(program.certificates!.codes).map(([code, { replacedBy }]) => [
      plainName(code),
      replacedBy,
    ]),
  );
  let at = typeof own === 'string' ? plainName(own) : undefined;
  while (at !== undefined) {
    if (wanted.map(plainName).includes(at)) return true;
    const next: string | undefined = successors.get(at);
    at = next === undefined ? undefined : plainName(next);
  }
  return false;
}

function hasSo(scope: Scope, on: Subject, has: AggregateCondition): Truth {
  const { count, sum, distinct, average, median, min, max } = has;
  const [kind, path] = splitPath((count ?? sum ?? distinct ?? average ?? median ?? min ?? max)!);
  const values: string[] = [];
  const amounts: Fraction[] = [];
  let unknown: Unknown | undefined;
  for (const { row, share } of belonging(scope, on, { kind, has })) {
    const inner = { kind, row, rateDay: scope.asOf, undated: { isSeen: false } };
    const isIn = [has.window ?? []].flat().every((window) => placeIn(scope, kind, row, window) === 'in');
    const isMeant = isIn ? every([has.where ?? []].flat().map((one) => isTrueOf(scope, inner, one))) : false;
    if (isMeant === false) continue;
    if (isUnknown(isMeant)) {
      unknown = isMeant;
      continue;
    }
    const identity = path === '' ? row.id : identityOf(scope, { kind, row, path });
    const { value, type } =
      path === '' ? { value: row.id, type: 'text' } : read(scope.world, kind, row, path);
    if (identity === null || value === null) continue;
    values.push(identity);
    const number = numeric(value, type, (amount) => converted(scope.program, amount, scope.asOf));
    if (isUnknown(number) && has.distinct === undefined) unknown = number;
    else if (number !== undefined && !isUnknown(number))
      amounts.push(type === 'money' ? number.mul(share).div(100) : number);
  }
  if (unknown !== undefined) return unknown;
  const number = combined(has, values, amounts);
  return number !== null && isWithin(number, has, (bound) => new Fraction(bound));
}

export function splitPath(text: string): [kind: Kind, path: string] {
  const [kind, ...path] = text.split('.');
  return [kind as Kind, path.join('.')];
}

function combined(
  { count, distinct, sum, average, median, min }: AggregateCondition,
  values: readonly string[],
  amounts: readonly Fraction[],
): Fraction | null {
  if (count !== undefined) return new Fraction(values.length);
  if (distinct !== undefined) return new Fraction(new Set(values).size);
  if (sum !== undefined) return total(amounts);
  if (average !== undefined) return mean(amounts);
  return median === undefined ? extreme(amounts, min === undefined) : middle(amounts);
}

/** Null where there is nothing to divide by. */
export function mean(numbers: readonly Fraction[]): Fraction | null {
  return numbers.length === 0 ? null : total(numbers).div(numbers.length);
}

/** The middle one, or the mean of the two middle ones. */
export function middle(numbers: readonly Fraction[]): Fraction | null {
  if (numbers.length === 0) return null;
  const sorted = [...numbers].sort((one, other) => one.compare(other));
  const half = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[half]! : mean(sorted.slice(half - 1, half + 1));
}

export function total(numbers: readonly Fraction[]): Fraction {
  return numbers.reduce((sum, one) => sum.add(one), new Fraction(0));
}

export function extreme(numbers: readonly Fraction[], isLargest: boolean): Fraction | null {
  const [first, ...rest] = numbers;
  if (first === undefined) return null;
  return rest.reduce((best, one) => (one.gt(best) === isLargest ? one : best), first);
}
