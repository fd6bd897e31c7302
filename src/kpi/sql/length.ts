import { businessDaysSql, businessSecondsSql, zoneOfCalendar } from './business.ts';
import { daySql, pathSql, type RowContext } from './sql-parts.ts';

/** What lengths of hours are divided by: their numbers are seconds. */
export const secondsPerHour = 3600n;

/** Two dates or instants of a record, and how a length of time between them is counted. */
interface LengthDefinition {
  daysFrom?: string | undefined;
  hoursFrom?: string | undefined;
  to?: string | undefined;
  calendar?: string | undefined;
}

/** The time between two dates of a record as SQL: whole days, or the seconds of hours; null where one of them is blank. */
export function lengthSql(
  context: RowContext,
  { daysFrom, hoursFrom, to: end, calendar }: LengthDefinition,
): { from: string; to: string; length: string } {
  if (daysFrom === undefined) {
    const [from, to] = [pathSql(context, hoursFrom!).sql, pathSql(context, end!).sql];
    const length =
      calendar === undefined
        ? `extract(epoch from (${to} - ${from}))::numeric`
        : businessSecondsSql(context, calendar, { from, to });
    return { from, to, length };
  }
  const zoned =
    calendar === undefined ? context : { ...context, timeZone: zoneOfCalendar(context, calendar) };
  const [from, to] = [daySql(zoned, daysFrom), daySql(zoned, end!)];
  const length =
    calendar === undefined ? `(${to} - ${from})::numeric` : businessDaysSql(context, calendar, { from, to });
  return { from, to, length };
}
