import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { addDays, startOfDay } from '../program/civil-date.ts';
import { text } from './messages.ts';

const dayMs = 86_400_000;

/**
 * The instant (ISO 8601, UTC) that a flag names: 30d for so many days ago, a day of the zone, or an instant with an offset.
 * A day begins a span with its first moment and ends one with its last. Throws USAGE.
 */
export function momentOf(
  typed: string,
  of: { flag: string; command: string; zone: string; now: number; isEnd: boolean },
): string {
  const ago = /^(\d{1,5})d$/.exec(typed);
  if (ago !== null) return instantOf(of.now - Number(ago[1]) * dayMs);
  const time = Date.parse(typed);
  const isDay = /^\d{4}-\d{2}-\d{2}$/.test(typed);
  if (!Number.isNaN(time)) {
    // What the calendar does not have, such as February 30, is no day.
    if (isDay && instantOf(time).startsWith(typed))
      return startOfDay(of.isEnd ? addDays(typed, 1) : typed, of.zone);
    if (/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2})$/.test(typed))
      return instantOf(time);
  }
  throw new TierlinkError('USAGE', { reason: text.notAMoment(of.flag, typed), command: of.command });
}

/** An instant (ISO 8601) as the clocks of a zone show it, with the offset: 2026-09-30T12:02:09.120+02:00, or Z for none. */
export function withOffset(iso: string, zone: string): string {
  // As the store has them already.
  if (zone === 'UTC') return iso;
  const parts = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(new Date(iso))
      .map(({ type, value }) => [type, value]),
  );
  const { year, month, day, hour, minute, second, fractionalSecond, timeZoneName } = parts;
  const offset = timeZoneName!.replace(/^GMT(\+00:00)?$/, 'Z').replace('GMT', '');
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${fractionalSecond}${offset}`;
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const two = '2-digit' as const;
  const made = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    ...{ year: 'numeric', month: two, day: two, hour: two, minute: two, second: two },
    fractionalSecondDigits: 3,
    hourCycle: 'h23',
    timeZoneName: 'longOffset',
  });
  formatters.set(zone, made);
  return made;
}
