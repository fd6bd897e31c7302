import {
  type BusinessCalendar,
  type BusinessTime,
  businessCalendar,
  type Counted,
} from '../../program/business-time.ts';
import { nameSql, pathSql, type RowContext } from './sql-parts.ts';

/**
 * Time by a business calendar as SQL, with the same numbers as src/program/business-time.ts: no row looks at each of its days, but
 * at the week and at one place in a list.
 */

/** Seconds that a calendar is open between two instants, as a whole number with its fraction; null where one of them is. */
export function businessSecondsSql(
  context: RowContext,
  calendar: string,
  { from, to }: { from: string; to: string },
): string {
  const times = timesOf(context, calendar);
  return `(${openSql(context, times, to)} - ${openSql(context, times, from)})`;
}

/** Business days from one day of the calendar's zone to another, which itself does not count. */
export function businessDaysSql(
  context: RowContext,
  calendar: string,
  { from, to }: { from: string; to: string },
): string {
  const times = timesOf(context, calendar);
  const daysBefore = (day: string) => beforeSql(context, times, { of: ({ days }) => days, day });
  return `(${daysBefore(to)} - ${daysBefore(from)})::numeric`;
}

/** The zone of a calendar, whose days are counted. */
export function zoneOfCalendar({ calendars }: RowContext, calendar: string): string {
  return calendars[calendar]!.timeZone;
}

/** The holidays of everybody, or those of each partner with the number that says which are its. */
interface Times {
  times: readonly BusinessTime[];
  home: string;
}

function timesOf(context: RowContext, key: string): Times {
  const known = businessCalendar(context.calendars[key]!, context.regions);
  const { times } = known;
  if (times.length === 1) return { times, home: '0' };
  const { source, homes, parameters } = context;
  if (source === undefined) return { times, home: homeSql(context, known) };
  // Not by the key, of which the database would not tell upper from lower case.
  const alias = `home_${Object.keys(context.calendars).indexOf(key)}`;
  const partner: RowContext = { ...context, entity: 'partner', root: 'p', isGathered: false };
  // Names are spelt alike once for each partner, not for each record: without the offset it would be for these.
  homes!.set(
    alias,
    `join (select p.id, ${homeSql(partner, known)} as home from tierlink.partner p
      where p.id = any(${parameters.asked.partners}) offset 0) ${alias} on ${alias}.id = ${source.partner}`,
  );
  return { times, home: `${alias}.home` };
}

/** Which holidays are those of a partner, by the country that it has. */
function homeSql(partner: RowContext, { byCountry, other, blank }: BusinessCalendar): string {
  const country = pathSql(partner, partner.regions?.by ?? 'country');
  const name = country.path.isText ? country.sql : nameSql(country.sql);
  const numbers = JSON.stringify(Object.fromEntries(byCountry));
  const found = `(${partner.parameters.add(numbers, 'jsonb')} ->> ${name})::int`;
  return `(case when coalesce(${name}, '') = '' then ${blank} else coalesce(${found}, ${other}) end)`;
}

/** A list of the calendar of the partner. */
function listSql(
  { parameters }: RowContext,
  { times, home }: Times,
  { of, type }: { of: (time: BusinessTime) => readonly unknown[]; type: string },
): string {
  const lists = times.map((time) => parameters.add(of(time), type));
  if (lists.length === 1) return lists[0]!;
  return `(case ${home} ${lists.map((list, index) => `when ${index} then ${list}`).join(' ')} end)`;
}

/** How much there is before a day: in whole weeks, in the days of its own week, and less what the days before it lost. */
function beforeSql(
  context: RowContext,
  times: Times,
  { of, day }: { of: (time: BusinessTime) => Counted; day: string },
): string {
  // The first day of the calendar is a Monday.
  const days = `(${day} - date '0001-01-01')`;
  const { perWeek, before } = of(times.times[0]!);
  const ofWeek = context.parameters.add(before, 'bigint[]');
  const whole = `${days} / 7 * ${perWeek}::bigint + (${ofWeek})[${days} % 7 + 1]`;
  if (times.times.every((time) => of(time).short.length === 0)) return `(${whole})`;
  const short = listSql(context, times, { of: (time) => of(time).short, type: 'date[]' });
  const lost = listSql(context, times, { of: (time) => of(time).lost, type: 'bigint[]' });
  return `(${whole} - (${lost})[width_bucket(${day} - 1, ${short}) + 1])`;
}

/** How much lies before an instant: all before its day, and what is open of that day until then. */
function openSql(context: RowContext, times: Times, instant: string): string {
  const [first] = times.times as [BusinessTime];
  const zone = context.parameters.add(first.timeZone, 'text');
  const day = 'x.day';
  const { days: twice, seconds: lags } = first.begunTwice;
  // The database takes the second of a midnight that comes twice, and the day begins with the first one.
  const earlier = (midnight: string, of: string): string => {
    if (twice.length === 0) return midnight;
    const [listed, lag] = [context.parameters.add(twice, 'date[]'), context.parameters.add(lags, 'int[]')];
    return `(${midnight} - make_interval(secs => coalesce((${lag})[array_position(${listed}, ${of})], 0)))`;
  };
  const slots = first.slots.map(({ days, from, to }) => {
    const clock = (seconds: number) => {
      const shown = `((${day} + interval '${seconds} seconds') at time zone ${zone})`;
      return seconds % 86_400 === 0 ? earlier(shown, seconds === 0 ? day : `${day} + 1`) : shown;
    };
    const passed = `extract(epoch from least(${instant}, ${clock(to)}) - ${clock(from)})`;
    return `(case when extract(isodow from ${day}) in (${days.join(', ')}) then greatest(0, ${passed}) else 0 end)`;
  });
  const before = beforeSql(context, times, { of: ({ seconds }) => seconds, day });
  const today = slots.join(' + ');
  const hasHolidays = times.times.some(({ holidays }) => holidays.length > 0);
  const holidays = listSql(context, times, { of: (time) => time.holidays, type: 'date[]' });
  const open = hasHolidays
    ? `(case when (${holidays})[width_bucket(${day}, ${holidays})] = ${day} then 0 else ${today} end)`
    : today;
  // The day is worked out once: without the offset it would be written wherever it is used.
  const shown = `select (${instant} at time zone ${zone})::date as day offset 0`;
  const next = 's.day + 1';
  const begun = earlier(`((${next})::timestamp at time zone ${zone})`, next);
  // Set back behind midnight, a clock shows the day before once more.
  const days =
    twice.length === 0
      ? shown
      : `select s.day + (s.day + 1 = any(${context.parameters.add(twice, 'date[]')}) and ${instant} >= ${begun})::int as day from (${shown}) s offset 0`;
  return `(select ${before} + ${open} from (${days}) x)`;
}
