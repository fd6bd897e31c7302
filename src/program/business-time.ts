import { IANAZone } from 'luxon';
import { nameKey } from '../model/values.ts';
import { addDays, dayOf, daysBetween } from './civil-date.ts';
import { otherRegion, regionsByCountry, regionsWithin } from './regions.ts';
import { type CalendarDefinition, type HolidaysDefinition, weekdays } from './schema/calendar.ts';
import type { RegionsDefinition } from './schema/region.ts';

/**
 * Time by a business calendar, in closed arithmetic: what lies before a day is so many whole weeks, a part of one, and less what
 * the days before it lost to holidays and to changes of the clock. The time between two moments is the difference of two such
 * numbers, however far they are from each other. SQL does the same with the same numbers (src/kpi/sql/business.ts).
 */
export interface BusinessTime {
  timeZone: string;
  /** What is open on which days of the week (1 is Monday), in seconds of the clock. */
  slots: readonly { days: readonly number[]; from: number; to: number }[];
  /** The days of the week on which it is open otherwise that are holidays, the earliest first. */
  holidays: readonly string[];
  /** The days that a clock begins twice, the earliest first, and how many seconds before its second midnight each has its first. */
  begunTwice: { days: readonly string[]; seconds: readonly number[] };
  days: Counted;
  seconds: Counted;
}

/** How much there is before a day. */
export interface Counted {
  perWeek: number;
  /** Of a week, before each of its days, Monday first. */
  before: readonly number[];
  /** The days that have less than their day of the week, the earliest first. */
  short: readonly string[];
  /** How much less there is before the first of these, before the second one and so on, and after all of them. */
  lost: readonly number[];
}

/** A calendar with the holidays of each partner: those of everybody, and those of its country or region. */
export interface BusinessCalendar {
  times: readonly BusinessTime[];
  /** Which of them is that of a country, by the form in which countries are compared; of another one, and of a blank one. */
  byCountry: ReadonlyMap<string, number>;
  other: number;
  blank: number;
}

/** Thousands of partners are measured by the same calendar. */
const known = new WeakMap<CalendarDefinition, BusinessCalendar>();

/** The calendar as numbers; `regions` are those of the same program. */
export function businessCalendar(
  calendar: CalendarDefinition,
  regions: RegionsDefinition | undefined,
): BusinessCalendar {
  const found = known.get(calendar) ?? compiled(calendar, regions);
  known.set(calendar, found);
  return found;
}

/** The time of a partner by the country that it has. */
export function businessTimeOf(calendar: BusinessCalendar, country: string | null): BusinessTime {
  const key = nameKey(country ?? '');
  return calendar.times[key === '' ? calendar.blank : (calendar.byCountry.get(key) ?? calendar.other)]!;
}

function compiled(calendar: CalendarDefinition, regions: RegionsDefinition | undefined): BusinessCalendar {
  const lists: string[] = [];
  const times: BusinessTime[] = [];
  const timeWith = (country: string | null): number => {
    const own = calendar.holidays.filter((one) => isFor(one, country, regions)).flatMap(({ on }) => on);
    const holidays = [...new Set(own)].sort();
    const list = holidays.join(' ');
    if (!lists.includes(list)) {
      lists.push(list);
      times.push(timeOf(calendar, holidays));
    }
    return lists.indexOf(list);
  };
  const named = calendar.holidays.flatMap(({ countries = [] }) => countries.map(nameKey));
  const placed = regions === undefined ? [] : regionsByCountry(regions).keys();
  const byCountry = new Map([...named, ...placed].map((country) => [country, timeWith(country)]));
  return { times, byCountry, other: timeWith(otherCountry), blank: timeWith(null) };
}

/** No country has such a name. */
const otherCountry = '';

function isFor(
  { countries, regions: wanted }: HolidaysDefinition,
  country: string | null,
  regions: RegionsDefinition | undefined,
): boolean {
  if (countries !== undefined) return countries.some((one) => nameKey(one) === country);
  if (wanted === undefined) return true;
  if (regions === undefined || country === null) return false;
  const region = regionsByCountry(regions).get(country) ?? otherRegion(regions);
  return wanted.some((key) => regionsWithin(regions, key).includes(region ?? otherCountry));
}

function timeOf({ timeZone, open }: CalendarDefinition, listed: readonly string[]): BusinessTime {
  const slots = open.map(({ days, from, to }) => ({
    days: days.map((day) => weekdays.indexOf(day) + 1),
    from: secondsOf(from),
    to: secondsOf(to),
  }));
  const openOn = [1, 2, 3, 4, 5, 6, 7].map((day) => slots.filter(({ days }) => days.includes(day)));
  const lengths = openOn.map((own) => own.reduce((sum, { from, to }) => sum + to - from, 0));
  const holidays = listed.filter((day) => lengths[weekdayOf(day) - 1]! > 0);
  const isHoliday = new Set(holidays);
  const moved = clockChangeDays(timeZone).flatMap((day) => {
    const own = openOn[weekdayOf(day) - 1]!;
    const real = own.reduce((sum, { from, to }) => sum + lengthOf(timeZone, day, { from, to }), 0);
    const less = lengths[weekdayOf(day) - 1]! - real;
    return isHoliday.has(day) || less === 0 ? [] : [[day, less] as const];
  });
  const shut = holidays.map((day) => [day, lengths[weekdayOf(day) - 1]!] as const);
  return {
    timeZone,
    slots,
    holidays,
    begunTwice: begunTwice(timeZone, slots),
    days: counted(
      lengths.map((length) => (length > 0 ? 1 : 0)),
      holidays.map((day) => [day, 1]),
    ),
    seconds: counted(
      lengths,
      [...shut, ...moved].sort(([one], [other]) => (one < other ? -1 : 1)),
    ),
  };
}

function counted(lengths: readonly number[], short: readonly (readonly [string, number])[]): Counted {
  const before = sums(lengths);
  return {
    perWeek: before.pop()!,
    before,
    short: short.map(([day]) => day),
    lost: sums(short.map(([, less]) => less)),
  };
}

/** What comes before each number and after all of them, added up. */
function sums(numbers: readonly number[]): number[] {
  const found = [0];
  for (const one of numbers) found.push(found.at(-1)! + one);
  return found;
}

function secondsOf(clock: string): number {
  const [hours, minutes] = clock.split(':').map(Number) as [number, number];
  return hours * 3600 + minutes * 60;
}

function weekdayOf(day: string): number {
  return ((new Date(`${day}T00:00:00Z`).getUTCDay() + 6) % 7) + 1;
}

function lengthOf(timeZone: string, day: string, { from, to }: { from: number; to: number }): number {
  return (boundaryOf(timeZone, day, to) - boundaryOf(timeZone, day, from)) / 1000;
}

/** When a slot begins or ends: at midnight with the day itself. */
function boundaryOf(timeZone: string, day: string, seconds: number): number {
  if (seconds === 0) return dayStart(timeZone, day);
  return seconds === daySeconds ? dayStart(timeZone, addDays(day, 1)) : instantOf(timeZone, day, seconds);
}

/** The instant with which a day begins: of a midnight that comes twice the first one, since what follows is of that day. */
function dayStart(timeZone: string, day: string): number {
  const second = instantOf(timeZone, day, 0);
  const zone = IANAZone.create(timeZone);
  const at = (instant: number) => Date.parse(`${day}T00:00:00Z`) - zone.offset(instant) * 60_000;
  const first = at(second - longestChangeMs);
  return at(first) === first ? first : second;
}

/** Days whose midnight comes twice; none matters where nothing opens or closes at midnight. */
function begunTwice(timeZone: string, slots: BusinessTime['slots']): BusinessTime['begunTwice'] {
  if (slots.every(({ from, to }) => from !== 0 && to !== daySeconds)) return { days: [], seconds: [] };
  const found = clockChangeDays(timeZone).flatMap((day) => {
    const seconds = (instantOf(timeZone, day, 0) - dayStart(timeZone, day)) / 1000;
    return seconds === 0 ? [] : [{ day, seconds }];
  });
  return { days: found.map(({ day }) => day), seconds: found.map(({ seconds }) => seconds) };
}

/**
 * The instant (epoch milliseconds) at which a clock shows so many seconds of a day. Of a time that comes twice the second one, and
 * of one that is left out the one that the old clock would show: as the database has it.
 */
function instantOf(timeZone: string, day: string, seconds: number): number {
  const shown = Date.parse(`${day}T00:00:00Z`) + seconds * 1000;
  const zone = IANAZone.create(timeZone);
  const at = (instant: number) => shown - zone.offset(instant) * 60_000;
  const [byOld, byNew] = [at(shown - dayMs), at(shown + dayMs)];
  const isNew = at(byNew) === byNew;
  return isNew ? byNew : byOld;
}

const dayMs = 86_400_000;
const daySeconds = 86_400;
/** Clocks were set back by 2 hours at most, with a midnight between. */
const longestChangeMs = 3 * 3_600_000;
/** Clocks that are changed and changed back within a week are not told. */
const stepMs = 7 * dayMs;
const [firstYear, lastYear] = [1970, 2070];
const changes = new Map<string, readonly string[]>();

/** The days around which a zone has changed its clock, or will by its rules of today, from 1970 to 2070. */
function clockChangeDays(timeZone: string): readonly string[] {
  const found = changes.get(timeZone) ?? foundChanges(timeZone);
  changes.set(timeZone, found);
  return found;
}

function foundChanges(timeZone: string): string[] {
  const zone = IANAZone.create(timeZone);
  const days = new Set<string>();
  const last = Date.UTC(lastYear, 0, 1);
  for (let at = Date.UTC(firstYear, 0, 1); at < last; at += stepMs) {
    let [before, after] = [at, at + stepMs];
    const offset = zone.offset(before);
    if (zone.offset(after) === offset) continue;
    while (after - before > 1000) {
      const middle = before + Math.floor((after - before) / 2);
      if (zone.offset(middle) === offset) before = middle;
      else after = middle;
    }
    const day = dayOf(after, timeZone);
    for (const one of [addDays(day, -1), day, addDays(day, 1)]) days.add(one);
  }
  return [...days].sort();
}

/** A Monday, from which weeks are counted. */
const firstMonday = '1970-01-05';

function before({ perWeek, before: ofWeek, short, lost }: Counted, day: string): number {
  const days = daysBetween(firstMonday, day);
  const weeks = Math.floor(days / 7);
  return weeks * perWeek + ofWeek[days - weeks * 7]! - lost[short.filter((one) => one < day).length]!;
}

/** Business days from one day to another, which itself does not count; negative where it is the earlier one. */
export function businessDays(time: BusinessTime, from: string, to: string): number {
  return before(time.days, to) - before(time.days, from);
}

/** Business milliseconds between two instants (epoch milliseconds); negative where the second is the earlier one. */
export function businessMs(time: BusinessTime, from: number, to: number): number {
  return openMs(time, to) - openMs(time, from);
}

function openMs(time: BusinessTime, at: number): number {
  const { timeZone, slots, holidays, begunTwice: twice, seconds } = time;
  const shown = dayOf(at, timeZone);
  const next = addDays(shown, 1);
  // Set back behind midnight, a clock shows the day before once more.
  const day = twice.days.includes(next) && at >= dayStart(timeZone, next) ? next : shown;
  const own = holidays.includes(day) ? [] : slots.filter(({ days }) => days.includes(weekdayOf(day)));
  const today = own.map(({ from, to }) => {
    const opens = boundaryOf(timeZone, day, from);
    return Math.max(0, Math.min(at, boundaryOf(timeZone, day, to)) - opens);
  });
  return before(seconds, day) * 1000 + today.reduce((sum, one) => sum + one, 0);
}
