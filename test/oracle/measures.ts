import { Fraction } from 'fraction.js';
import type {
  AggregateCondition,
  MeasureDefinition,
  WindowDefinition,
} from '../../src/program/schema/kpi.ts';
import type { TableContents, TimesDefinition } from '../../src/program/schema/table.ts';
import { converted, isUnknown, type Unknown } from './amounts.ts';
import { startOf } from './calendar.ts';
import { choose, sizeOf } from './choice.ts';
import {
  every,
  extreme,
  isTrueOf,
  lengthOf,
  mean,
  middle,
  type Subject,
  sinceOf,
  splitPath,
  type Truth,
  total,
} from './conditions.ts';
import { addedUp, byEach, leaveBest, limitEach } from './each.ts';
import { identityOf } from './identities.ts';
import { newest } from './newest.ts';
import { inRegion, takesPart, valueForRegion } from './regions.ts';
import { type Owned, recordsOf } from './sources.ts';
import { dayOf, endOf, type Place, periodsIn, placeIn, type Scope } from './windows.ts';
import { type Amount, type Kind, plainName, read } from './world.ts';

/** What a measure comes to for one partner. */
export interface Measured {
  /** Null where there is nothing to aggregate. */
  value: Fraction | null;
  counted: number;
  excludedBy: Record<string, number>;
  /** Records that stand in the way of a figure. */
  unrated: string[];
  unlisted: string[];
}

export interface Entry extends Owned {
  subject: Subject;
  reason: string | null;
  /** What it brings: a number, or what tells it apart. */
  number: Fraction | null;
  identity: string | null;
  /** Whose it is where each customer or the like is looked at, and how much it weighs. */
  each: string | null;
  /** The period that it is in, where the best one of each counts. */
  period: string;
  weight: Fraction;
  /** What it is chosen by, where the largest or the smallest are; null for want of a rate. */
  size: Fraction | null;
  /** Whether it satisfies what is asked of those that are chosen. */
  isAsked: Truth;
}

export function measured(scope: Scope, measure: MeasureDefinition, region?: string): Measured {
  const kind = kindOf(measure);
  const meant: Entry[] = [];
  const ahead: Entry[] = [];
  for (const owned of recordsOf(scope, { kind, measure })) {
    const { row } = owned;
    const rateDay = rateDayOf(scope, measure, kind, owned);
    const subject = { kind, row, rateDay, undated: { isSeen: false } };
    const filters = [measure.where ?? []].flat();
    const isMeant = every(
      filters.filter(({ has }) => has === undefined).map((one) => isTrueOf(scope, subject, one)),
    );
    const places = [measure.window ?? []].flat().map((window) => placeIn(scope, kind, row, window));
    const isFar = places.includes('far');
    if (isMeant === false || (isFar && kind !== 'fact')) continue;
    const list = isFar || places.includes('ahead') ? ahead : meant;
    list.push(entryOf(scope, measure, { owned, subject, isMeant, places }));
  }
  takeBack(meant);
  placeWithEntry(meant);
  const entries =
    region === undefined ? meant : inRegion(scope, { kind, entries: meant, others: ahead }, region);
  if (
    (measure.latest ??
      measure.newestOfEach ??
      measure.largest ??
      measure.smallest ??
      measure.perEach?.records) !== undefined
  )
    newest(scope, measure, entries);
  choose(measure, entries);
  const judged = groupBy(scope, measure, entries);
  limitEach(measure, entries);
  leaveBest(measure, entries);
  const counting = entries.filter(({ reason }) => reason === null);
  const excludedBy: Record<string, number> = {};
  for (const { reason } of entries) if (reason !== null) excludedBy[reason] = (excludedBy[reason] ?? 0) + 1;
  const named = (reason: string) => entries.filter((one) => one.reason === reason).map(({ row }) => row.id);
  return {
    value: aggregated(scope, measure, { counting, judged }),
    counted: counting.length,
    excludedBy,
    unrated: named('rate_missing'),
    unlisted: named('entry_missing'),
  };
}

export function kindOf(measure: MeasureDefinition): Kind {
  const { count, sum, distinct, average, median, min, max, latest } = measure;
  const value = (count ?? sum ?? [distinct ?? []].flat()[0] ?? average ?? median ?? min ?? max ?? latest)!;
  return (typeof value === 'string' ? value.split('.')[0] : value.of) as Kind;
}

function rateDayOf(scope: Scope, measure: MeasureDefinition, kind: Kind, { row }: Owned): string | null {
  const { currency, fiscalYearStart } = scope.program;
  if (measure.rate?.by !== undefined) return dayOf(scope, kind, row, measure.rate.by);
  const at = measure.rate?.at ?? currency.rateAt;
  const ending = [measure.window ?? []]
    .flat()
    .find(({ last, lastFull, current, previous }) => last ?? lastFull ?? current ?? previous);
  if (at === 'evaluation' || ending === undefined) return scope.asOf;
  return endOf(ending, scope.asOf, fiscalYearStart);
}

/** A record with the first reason for which it does not count by itself. */
function entryOf(
  scope: Scope,
  measure: MeasureDefinition,
  parts: { owned: Owned; subject: Subject; isMeant: Truth; places: readonly Place[] },
): Entry {
  const { owned, subject, isMeant, places } = parts;
  const value = brought(scope, measure, { owned, subject });
  const weight = weightOf(scope, measure, { owned, subject });
  const size = sizeOf(scope, measure, { owned, subject });
  const isSizeBlank =
    size === null && (subject.kind !== 'fact' || (subject.row.values.reverses ?? null) === null);
  const isAsked = every([measure.thenWhere ?? []].flat().map((one) => isTrueOf(scope, subject, one)));
  const of = measure.perEach?.of ?? [];
  const paths = typeof of === 'object' && 'by' in of ? [] : [of].flat();
  const whose =
    typeof of === 'object' && 'by' in of
      ? [periodOf(scope, of, dayOf(scope, subject.kind, subject.row, of.by))]
      : paths.map((path) => identityOf(scope, { ...subject, path }));
  const each = whose.includes(null) ? null : JSON.stringify(whose);
  // What takes an entry back is whose that one is.
  const isBlankEach =
    each === null && (subject.kind !== 'fact' || (subject.row.values.reverses ?? null) === null);
  const excepted = (measure.except ?? []).map(({ label, when }) => ({
    label,
    found: isTrueOf(scope, subject, when),
  }));
  const needs = every(
    [measure.where ?? []].flat().map((one) => (one.has === undefined ? true : isTrueOf(scope, subject, one))),
  );
  const groups = [measure.having ?? []].flat().map((having) => groupValue(scope, having, { owned, subject }));
  const factors = [measure.times ?? []].flat().map((times) => lookUp(scope, subject, times));
  const lookups = [...factors, ...groups.flatMap((group) => group.factors)];
  const open = [
    isMeant,
    ...excepted.map(({ found }) => found),
    needs,
    isAsked,
    ...groups.map((group) => group.isMeant),
  ];
  const openAmounts = [...groups.map(({ number }) => number), ...lookups];
  const product = factors.every((one) => one instanceof Fraction)
    ? factors.reduce((all, one) => all.mul(one as Fraction), new Fraction(1))
    : null;
  const isWrong = (path: string | undefined) =>
    path !== undefined && read(scope.world, subject.kind, subject.row, path).isMistyped;
  const tables = [measure.times ?? []].flat();
  const areDatesWrong =
    [measure.window ?? []]
      .flat()
      .some((window, at) => places[at] === 'date_blank' && datesOf(window).some(isWrong)) ||
    tables.some(({ dated }, at) => factors[at] === 'date_blank' && isWrong(dated)) ||
    (subject.undated.isSeen && isWrong(measure.rate?.by));
  const isLookupWrong = tables.some(
    ({ by }, at) => (factors[at] === 'no_entry' || factors[at] === 'entry_missing') && isWrong(by),
  );
  const checks: (string | false)[] = [
    areDatesWrong && 'wrong_type',
    (places.includes('date_blank') || subject.undated.isSeen || lookups.includes('date_blank')) &&
      'date_blank',
    places.includes('start_blank') && 'start_blank',
    ...places.map((place) => typeof place === 'object' && 'before' in place && place.before),
    ...excepted.map(({ label, found }) => found === true && `except ${label}`),
    ...places.map((place) => typeof place === 'object' && 'after' in place && place.after),
    ...places.map((place) => typeof place === 'object' && 'other' in place && place.other),
    owned.isGone && 'deleted',
    owned.isOutside && 'out_of_scope',
    owned.share === null && 'share_unknown',
    ((value.isBlank && pathsOf(measure).some(isWrong)) ||
      (weight === null && isWrong(measure.weightedBy)) ||
      (isSizeBlank && isWrong((measure.largest ?? measure.smallest)?.by)) ||
      (isBlankEach && paths.some(isWrong))) &&
      'wrong_type',
    value.isBlank && 'value_blank',
    value.isBackwards && 'ends_before_start',
    weight === null && 'weight_blank',
    weight instanceof Fraction && weight.lt(0) && 'weight_negative',
    isSizeBlank && 'choice_blank',
    isBlankEach && 'each_blank',
    [...open, ...openAmounts].includes('unrated') && 'rate_missing',
    needs === false && 'falls_short',
    [value.number, weight, size].includes('unrated') && 'rate_missing',
    isLookupWrong && 'wrong_type',
    lookups.includes('no_entry') && 'no_entry',
    lookups.includes('entry_missing') && 'entry_missing',
  ];
  const reason = checks.find((one) => one !== false) || null;
  const own =
    value.number instanceof Fraction ? value.number : value.number === null ? new Fraction(1) : null;
  return {
    ...owned,
    subject,
    reason,
    number: own === null || product === null ? null : own.mul(product),
    identity: value.identity,
    each,
    period:
      measure.perEach?.best === undefined
        ? ''
        : periodOf(
            scope,
            measure.perEach.best,
            dayOf(scope, subject.kind, subject.row, measure.perEach.best.by),
          ),
    weight: weight instanceof Fraction ? weight : new Fraction(0),
    size: size instanceof Fraction ? size : null,
    isAsked,
  };
}

/** The first day of the period in which a record lies; one without a day is left out for want of that already. */
function periodOf({ program }: Scope, { period }: { period: string }, day: string | null): string {
  return day === null ? '' : startOf(period, day, program.fiscalYearStart);
}

/** How much a record weighs in an average; null where it does not say. */
function weightOf(
  scope: Scope,
  { weightedBy }: MeasureDefinition,
  parts: { owned: Owned; subject: Subject },
): Fraction | Unknown | null {
  if (weightedBy === undefined) return new Fraction(1);
  return brought(scope, { sum: `${parts.subject.kind}.${weightedBy}` }, parts).number;
}

function datesOf(window: WindowDefinition): (string | undefined)[] {
  return (window.any ?? [window]).flatMap(({ by, validFrom, validThrough }) => [by, validFrom, validThrough]);
}

/** The attributes that a measure adds up or tells apart. */
function pathsOf({ count, sum, distinct, average, median, min, max, latest }: MeasureDefinition): string[] {
  if (count !== undefined) return [];
  const value = (sum ?? distinct ?? average ?? median ?? min ?? max ?? latest)!;
  if (typeof value === 'object' && 'of' in value) {
    const { daysFrom, hoursFrom, monthsSince, daysSince, to } = value;
    return [daysFrom, hoursFrom, monthsSince, daysSince, to].filter((path) => path !== undefined);
  }
  return [value].flat().map((path) => splitPath(path)[1]);
}

interface RowValue {
  /** Null where records are counted. */
  number: Fraction | Unknown | null;
  identity: string | null;
  isBlank: boolean;
  isBackwards: boolean;
}

export function brought(
  scope: Scope,
  measure: MeasureDefinition | AggregateCondition,
  { owned, subject }: { owned: Owned; subject: Subject },
): RowValue {
  const none = { number: null, identity: null, isBlank: false, isBackwards: false };
  if (measure.distinct !== undefined) {
    const all = [measure.distinct]
      .flat()
      .map((path) => identityOf(scope, { ...subject, path: splitPath(path)[1] }));
    // Who has not all of them has no combination of them.
    const identity = all.includes(null) ? null : JSON.stringify(all);
    return { ...none, identity, isBlank: identity === null };
  }
  const { average, median, latest } = measure as MeasureDefinition;
  const value = measure.sum ?? average ?? median ?? measure.min ?? measure.max ?? latest;
  if (value === undefined) return none;
  if (typeof value !== 'string') {
    const isSince = (value.monthsSince ?? value.daysSince) !== undefined;
    const length = isSince ? sinceOf(scope, subject, value) : lengthOf(scope, subject, value);
    return length === null ? { ...none, isBlank: true } : { ...none, ...length };
  }
  const found = read(scope.world, subject.kind, subject.row, splitPath(value)[1]);
  if (found.value === null) return { ...none, isBlank: true };
  if (found.type !== 'money') return { ...none, number: new Fraction(String(found.value)) };
  const amount = converted(scope.program, found.value as Amount, subject.rateDay);
  if (amount === 'undated') subject.undated.isSeen = true;
  if (isUnknown(amount)) return { ...none, number: amount };
  return { ...none, number: amount.mul(owned.share ?? new Fraction(0)).div(100) };
}

type Lookup = Fraction | Unknown | 'no_entry' | 'entry_missing' | 'date_blank';

/** What a table has for a record. */
function lookUp(scope: Scope, { kind, row, rateDay, undated }: Subject, times: TimesDefinition): Lookup {
  const table = scope.program.tables[times.table]!;
  const none = table.missing === 'refuse' ? 'entry_missing' : 'no_entry';
  const day = times.dated === undefined ? scope.asOf : dayOf(scope, kind, row, times.dated);
  if (day === null) return 'date_blank';
  let contents: TableContents | undefined = table;
  if (table.versions !== undefined) {
    contents = undefined;
    for (const version of table.versions) if (version.from <= day) contents = version;
  }
  // Where no version is in force nothing is looked up, and no rate is needed for it.
  if (contents === undefined) return none;
  const { value, type } = read(scope.world, kind, row, times.by);
  const size =
    value === null || !['money', 'integer', 'decimal'].includes(type)
      ? null
      : type === 'money'
        ? converted(scope.program, value as Amount, rateDay)
        : new Fraction(String(value));
  if (size === 'undated') undated.isSeen = true;
  const other = contents.otherwise === undefined ? none : new Fraction(String(contents.otherwise));
  if (value === null) return other;
  if (contents.regions !== undefined) {
    const found = valueForRegion(scope.program, value, contents.regions);
    return found === undefined ? other : new Fraction(String(found));
  }
  if (contents.bands === undefined) {
    const entry = Object.entries(contents.entries!).find(
      ([key]) => plainName(key) === plainName(String(value)),
    );
    return entry === undefined ? other : new Fraction(String(entry[1]));
  }
  if (isUnknown(size)) return size;
  let found: Lookup = other;
  for (const band of contents.bands)
    if (size!.gte(new Fraction(String(band.from)))) found = new Fraction(String(band.value));
  return found;
}

interface GroupValue {
  isMeant: Truth;
  number: Fraction | Unknown | null;
  identity: string | null;
  factors: Lookup[];
}

/** What a record brings to a condition on its group. */
function groupValue(
  scope: Scope,
  having: AggregateCondition,
  parts: { owned: Owned; subject: Subject },
): GroupValue {
  const { subject } = parts;
  const places = [having.window ?? []]
    .flat()
    .map((window) => placeIn(scope, subject.kind, subject.row, window));
  if (places.some((place) => place !== 'in'))
    return { isMeant: false, number: null, identity: null, factors: [] };
  const isMeant = every([having.where ?? []].flat().map((one) => isTrueOf(scope, subject, one)));
  if (isMeant !== true) return { isMeant, number: null, identity: null, factors: [] };
  const { number, identity, isBlank } = brought(scope, having, parts);
  const factors = [having.times ?? []].flat().map((times) => lookUp(scope, subject, times));
  const own = isBlank ? null : number === null && having.distinct === undefined ? new Fraction(1) : number;
  const product = factors.reduce<Fraction | Unknown | null>(
    (all, one) =>
      all instanceof Fraction && one instanceof Fraction ? all.mul(one) : isUnknown(all) ? all : null,
    own,
  );
  return { isMeant, number: product, identity, factors };
}

/** Entries that take back what does not count do not count either. */
function takeBack(entries: readonly Entry[]): void {
  const text = ({ row }: Entry, name: string) => row.values[name] ?? null;
  const standing = entries.filter((one) => one.reason === null && text(one, 'reverses') === null);
  for (const entry of entries) {
    const taken = text(entry, 'reverses');
    if (entry.subject.kind !== 'fact' || entry.reason !== null || taken === null) continue;
    const isThere = standing.some(
      (one) => text(one, 'entry') === taken && text(one, 'partner') === text(entry, 'partner'),
    );
    if (!isThere) entry.reason = 'entry_gone';
  }
}

/** What takes an entry back is of the customer, the period or the like of that entry. */
function placeWithEntry(entries: readonly Entry[]): void {
  const text = ({ row }: Entry, name: string) => row.values[name] ?? null;
  const given = entries
    .filter((one) => one.subject.kind === 'fact' && takesPart(one) && text(one, 'reverses') === null)
    .sort((one, other) => (one.row.id < other.row.id ? -1 : 1));
  for (const entry of entries) {
    const taken = text(entry, 'reverses');
    if (entry.subject.kind !== 'fact' || taken === null) continue;
    const own = given.find(
      (one) => text(one, 'entry') === taken && text(one, 'partner') === text(entry, 'partner'),
    );
    entry.each = own?.each ?? null;
    entry.period = own?.period ?? '';
  }
}

/** Records whose group does not come to what is asked do not count; gives the groups that there are. */
function groupBy(scope: Scope, measure: MeasureDefinition, entries: readonly Entry[]): string[] {
  const conditions = [measure.having ?? []].flat();
  const groups = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = (measure.perEach === undefined ? entry.identity : entry.each)!;
    if (entry.reason === null) groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  for (const group of groups.values()) {
    const isEnough = conditions.every((having) => comesTo(scope, having, group));
    if (!isEnough) for (const entry of group) entry.reason = 'falls_short';
  }
  return [...groups.keys()];
}

function comesTo(scope: Scope, having: AggregateCondition, group: readonly Entry[]): boolean {
  const found = group
    .map((entry) => groupValue(scope, having, { owned: entry, subject: entry.subject }))
    .filter(({ isMeant }) => isMeant === true);
  const numbers = found.flatMap(({ number }) => (number instanceof Fraction ? [number] : []));
  const identities = new Set(found.flatMap(({ identity }) => identity ?? []));
  const number =
    having.distinct !== undefined
      ? new Fraction(identities.size)
      : having.count !== undefined || having.sum !== undefined
        ? total(numbers)
        : having.average !== undefined
          ? mean(numbers)
          : having.median !== undefined
            ? middle(numbers)
            : extreme(numbers, having.min === undefined);
  if (number === null) return false;
  const order = (bound: string | number) => number.compare(new Fraction(String(bound)));
  if (having.atLeast !== undefined) return order(having.atLeast) >= 0;
  if (having.moreThan !== undefined) return order(having.moreThan) > 0;
  if (having.atMost !== undefined) return order(having.atMost) <= 0;
  return order(having.lessThan!) < 0;
}

/** The records that count, and the groups in which records were looked at for that. */
interface Counting {
  counting: readonly Entry[];
  judged: readonly string[];
}

function aggregated(scope: Scope, measure: MeasureDefinition, found: Counting): Fraction | null {
  const value = uncapped(scope, measure, found);
  return value !== null && measure.cap !== undefined && value.gt(measure.cap)
    ? new Fraction(measure.cap)
    : value;
}

function uncapped(scope: Scope, measure: MeasureDefinition, { counting, judged }: Counting): Fraction | null {
  const { perEach } = measure;
  if (perEach === undefined) return addedUp(measure, counting);
  const there = byEach(counting);
  const { all: periods, isWithout } = periodsOf(scope, measure);
  const empty = isWithout ? periods.filter((one) => !judged.includes(one)).length : 0;
  if (['count', 'longestRun', 'lastRun'].includes(perEach.take)) {
    const holds = periods.map((one) =>
      judged.includes(one) ? there.some(([entry]) => entry!.each === one) : isWithout,
    );
    return new Fraction(inARow(holds, perEach.take));
  }
  const groups = there.flatMap((group) => addedUp(measure, group) ?? []);
  if (there.length > 0 && groups.length === 0) return null;
  const isZero = (measure.count ?? measure.sum ?? measure.distinct) !== undefined;
  const found = [...groups, ...Array.from({ length: isZero ? empty : 0 }, () => new Fraction(0))];
  const most = perEach.atMost === undefined ? null : new Fraction(String(perEach.atMost));
  const all = found.map((one) => (most !== null && one.gt(most) ? most : one));
  if (perEach.take === 'sum') return total(all);
  if (perEach.take === 'average') return mean(all);
  return perEach.take === 'median' ? middle(all) : extreme(all, perEach.take === 'max');
}

/** The periods of the window in their order, and whether one without records is enough for what is asked. */
function periodsOf(scope: Scope, measure: MeasureDefinition): { all: string[]; isWithout: boolean } {
  const { of } = measure.perEach!;
  if (typeof of !== 'object' || !('by' in of)) return { all: [], isWithout: false };
  const window = [measure.window!].flat().find(({ by }) => by === of.by)!;
  const isWithout = [measure.having ?? []].flat().every((having) => comesTo(scope, having, []));
  return { all: periodsIn(scope, window, of.period).map((one) => JSON.stringify([one])), isWithout };
}

function inARow(holds: readonly boolean[], take: string): number {
  if (take === 'count') return holds.filter((one) => one).length;
  const text = holds.map((one) => (one ? 'x' : ' ')).join('');
  const runs = take === 'lastRun' ? [/x*$/.exec(text)![0]] : text.split(' ');
  return Math.max(...runs.map((run) => run.length));
}
