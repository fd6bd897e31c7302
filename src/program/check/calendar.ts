import { IANAZone } from 'luxon';
import { nameKey } from '../../model/values.ts';
import { addDuration, parseDuration } from '../civil-date.ts';
import { keyMeant } from '../names.ts';
import type { CalendarDefinition } from '../schema/calendar.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { measuresOf } from './kpi.ts';

/**
 * Reports what is wrong with the business calendars of a program: their zones, hours that overlap, days that are there twice. With
 * `today`, also holidays that end before the records that figures of that day look at.
 */
export function checkCalendars(report: Report, program: ProgramDefinition, today: string | null): void {
  for (const [key, calendar] of Object.entries(program.calendars)) {
    const path: PathKey[] = ['calendars', key];
    if (!IANAZone.isValidZone(calendar.timeZone))
      report(
        'PROGRAM_UNKNOWN_TIME_ZONE',
        [...path, 'timeZone'],
        `"${calendar.timeZone}" is not a time zone; write it like Europe/Stockholm or UTC`,
      );
    checkOpen(report, calendar, [...path, 'open']);
    checkHolidays(report, program, { calendar, path: [...path, 'holidays'] });
    if (today !== null) checkEnd(report, calendar, { until: lastDayLookedAt(program, today), path });
  }
}

function checkOpen(report: Report, { open }: CalendarDefinition, path: PathKey[]): void {
  const before: { day: string; from: string; to: string }[] = [];
  open.forEach(({ days, from, to }, index) => {
    if (from >= to)
      report(
        'PROGRAM_CONTRADICTION',
        [...path, index],
        `it would close at ${to}, before it opens at ${from}`,
      );
    for (const day of days) {
      const other = before.find((one) => one.day === day && one.from < to && from < one.to);
      if (other !== undefined)
        report(
          'PROGRAM_DUPLICATE',
          [...path, index],
          `on ${day} it is open from ${other.from} to ${other.to} already`,
        );
      before.push({ day, from, to });
    }
  });
}

function checkHolidays(
  report: Report,
  { regions }: ProgramDefinition,
  { calendar, path }: { calendar: CalendarDefinition; path: PathKey[] },
): void {
  calendar.holidays.forEach(({ on, countries, regions: wanted }, index) => {
    on.forEach((day, at) => {
      if (on.indexOf(day) !== at)
        report('PROGRAM_DUPLICATE', [...path, index, 'on', at], `${day} is there twice`);
    });
    countries?.forEach((country, at) => {
      if (nameKey(country) === '')
        report('PROGRAM_WRONG_VALUE', [...path, index, 'countries', at], 'a country is not blank');
    });
    if (countries !== undefined && wanted !== undefined)
      report('PROGRAM_NOT_ONE_OF', [...path, index], 'holidays are of countries or of regions, not both');
    if (wanted !== undefined && regions === undefined)
      report('PROGRAM_MISSING_PART', [...path, index, 'regions'], 'the program has no regions', ['regions']);
    const list = regions?.list ?? [];
    wanted?.forEach((one, at) => {
      if (regions !== undefined && !list.some(({ key }) => key === one))
        report(
          'PROGRAM_UNKNOWN_REGION',
          [...path, index, 'regions', at],
          `"${one}" is not a region${keyMeant(one, list)}`,
          ['regions'],
        );
    });
  });
}

/** The day of the evaluation, or where a figure looks ahead the last day that it looks at. */
function lastDayLookedAt(program: ProgramDefinition, today: string): string {
  const measures = Object.values(program.kpis).flatMap(measuresOf);
  const windows = measures.flatMap(({ measure }) => [measure.window ?? []].flat());
  const ahead = windows.flatMap(({ next }) =>
    next === undefined ? [] : [addDuration(today, parseDuration(next))],
  );
  return [today, ...ahead].sort().at(-1)!;
}

/** Whoever has holidays of one year has them of the next one as well; without them each of these days is a business day. */
function checkEnd(
  report: Report,
  { holidays }: CalendarDefinition,
  { until, path }: { until: string; path: PathKey[] },
): void {
  const last = new Map<string, { year: string; index: number }>();
  holidays.forEach(({ on, countries, regions }, index) => {
    const whose = JSON.stringify([countries, regions]);
    const years = [...on.map((day) => day.slice(0, 4)), last.get(whose)?.year ?? ''];
    last.set(whose, { year: years.sort().at(-1)!, index });
  });
  for (const { year, index } of last.values()) {
    const end = `${year}-12-31`;
    if (end < until)
      report(
        'PROGRAM_HOLIDAYS_END',
        [...path, 'holidays', index],
        `they end with ${year}, and figures look at records up to ${until}: their holidays of later years are taken for business days; add them`,
      );
  }
}

/** Reports a business calendar that the program does not have. */
export function checkCalendarNamed(
  report: Report,
  calendar: string | undefined,
  { program, path }: { program: ProgramDefinition; path: PathKey[] },
): void {
  if (calendar === undefined || program.calendars[calendar] !== undefined) return;
  const known = Object.entries(program.calendars).map(([key, { label }]) => ({ key, label }));
  report(
    'PROGRAM_UNKNOWN_CALENDAR',
    [...path, 'calendar'],
    `"${calendar}" is not a calendar of the program${keyMeant(calendar, known)}`,
    ['calendars'],
  );
}
