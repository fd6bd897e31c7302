import type { ProgramDefinition } from '../../src/program/schema/schema.ts';
import { numberOf, plusDays } from './calendar.ts';
import { isInRegion } from './regions.ts';
import type { Scope } from './windows.ts';
import { plainName, read } from './world.ts';

/** Time by a business calendar, counted day by day and change of the clock by change of the clock. */

type Calendar = ProgramDefinition['calendars'][string];

const names = ['sunday', 'monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday'] as const;

/** Where the partner of a figure is, by the attribute that says in which region it is. */
function isHoliday({ world, program, partner }: Scope, { holidays }: Calendar, day: string): boolean {
  const row = world.partner.find(({ id }) => id === partner);
  const place = read(world, 'partner', row, program.regions?.by ?? 'country').value;
  return holidays.some(({ on, countries, regions }) => {
    if (!on.includes(day)) return false;
    if (countries !== undefined)
      return countries.some((one) => plainName(one) === plainName(String(place ?? '')));
    return regions === undefined || isInRegion(program, place, regions);
  });
}

function openOn(scope: Scope, calendar: Calendar, day: string): Calendar['open'] {
  if (isHoliday(scope, calendar, day)) return [];
  const name = names[new Date(day).getUTCDay()]!;
  return calendar.open.filter(({ days }) => days.includes(name));
}

/** Whole days that are open, from one day to the day before another. */
export function businessDaysBetween(scope: Scope, key: string, from: string, to: string): number {
  if (to < from) return -businessDaysBetween(scope, key, to, from);
  const calendar = scope.program.calendars[key]!;
  const days = Array.from({ length: numberOf(to) - numberOf(from) }, (_none, index) => plusDays(from, index));
  return days.filter((day) => openOn(scope, calendar, day).length > 0).length;
}

/** Milliseconds in which the clock of the zone shows an open time. */
export function businessMsBetween(scope: Scope, key: string, from: number, to: number): number {
  if (to < from) return -businessMsBetween(scope, key, to, from);
  const calendar = scope.program.calendars[key]!;
  const clock = clockOf(calendar.timeZone);
  let sum = 0;
  for (let day = plusDays(isoDay(from), -2); day <= plusDays(isoDay(to), 2); day = plusDays(day, 1)) {
    for (const slot of openOn(scope, calendar, day)) {
      const [opens, closes] = [slot.from, slot.to].map((time) => momentOf(clock, day, time)) as [
        number,
        number,
      ];
      sum += Math.max(0, Math.min(to, closes) - Math.max(from, opens));
    }
  }
  return sum;
}

function isoDay(instant: number): string {
  return new Date(instant).toISOString().slice(0, 10);
}

const formats = new Map<string, Intl.DateTimeFormat>();

/** What a clock shows at an instant, as epoch milliseconds of a clock of UTC that shows the same. */
function clockOf(timeZone: string): (instant: number) => number {
  const known =
    formats.get(timeZone) ??
    new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  formats.set(timeZone, known);
  return (instant) => Date.parse(`${known.format(new Date(instant)).replace(' ', 'T')}Z`);
}

const minute = 60_000;

/**
 * The moment at which the clock shows a time of a day; where it shows that twice the second one, of a midnight the first, and where it never does as long
 * after the jump as the time is after the hour that was left out began.
 */
function momentOf(clock: (instant: number) => number, day: string, time: string): number {
  const [hours, minutes] = time.split(':').map(Number) as [number, number];
  const shown = Date.parse(day) + (hours * 60 + minutes) * minute;
  const offsets = [-36, -24, -12, 0, 12, 24, 36].map((hour) => {
    const near = shown + hour * 60 * minute;
    return clock(near) - near;
  });
  const found = offsets.map((offset) => shown - offset).filter((instant) => clock(instant) === shown);
  if (found.length === 0) return shown - offsets[0]!;
  return shown % (24 * 60 * minute) === 0 ? Math.min(...found) : Math.max(...found);
}
