import type { WindowDefinition } from '../../src/program/schema/kpi.ts';
import type { ProgramDefinition } from '../../src/program/schema/schema.ts';
import { dayIn, monthsOf, plus, plusDays, plusMonths, startOf } from './calendar.ts';
import { isInRegion, regionOf } from './regions.ts';
import { type Kind, plainName, type Row, read, type World } from './world.ts';

/** What the evaluator looks at. */
export interface Scope {
  world: World;
  program: ProgramDefinition;
  asOf: string;
  /** Whom the figure is for: a partner, or it with all its subsidiaries. */
  partner: string;
  rollUp: 'partner' | 'company';
  /** First day in the program of the partner that the figure is for. */
  startedOn: string | null;
}

/**
 * Where a record lies: inside, or why not. "far": so far back that it is not named as left out; "ahead": so far ahead that it is
 * not yet.
 */
export type Place =
  | 'in'
  | 'far'
  | 'ahead'
  | 'date_blank'
  | 'start_blank'
  | { before: string }
  | { after: string }
  | { other: string };

/** The day of a date or an instant of a record, in the zone of the program. */
export function dayOf(scope: Scope, kind: Kind, row: Row, path: string): string | null {
  const { value, type } = read(scope.world, kind, row, path);
  if (value === null) return null;
  return type === 'instant' ? dayIn(scope.program.timeZone, value as string) : (value as string);
}

export function placeIn(scope: Scope, kind: Kind, row: Row, window: WindowDefinition): Place {
  if (window.any !== undefined) return amongAny(window.any.map((one) => placeIn(scope, kind, row, one)));
  if (window.catalogue !== undefined) return inCatalogue(scope, row);
  if (window.validFrom !== undefined || window.validThrough !== undefined)
    return valid(scope, kind, row, window);
  const day = dayOf(scope, kind, row, window.by!);
  if (window.sinceStart !== undefined) return sinceStart(scope, window.sinceStart, day);
  if (day === null) return 'date_blank';
  if (window.elapsed !== undefined)
    return plus(day, window.elapsed) <= scope.asOf ? 'in' : { after: 'after_window' };
  const { from, to, length } = rangeOf(window, scope.asOf, scope.program.fiscalYearStart);
  if (day < length(from, -1)) return 'far';
  if (day >= length(to, 1)) return 'ahead';
  if (day < from) return { before: 'before_window' };
  return day < to ? 'in' : { after: 'after_window' };
}

/** In one of several windows, or why in none: what is near none of them is not named as left out. */
function amongAny(places: readonly Place[]): Place {
  if (places.includes('in')) return 'in';
  if (places.every((place) => place === 'far' || place === 'ahead'))
    return places.includes('ahead') ? 'ahead' : 'far';
  for (const blank of ['date_blank', 'start_blank'] as const)
    if (places.every((place) => place === blank)) return blank;
  return { other: 'no_window' };
}

/** The last day of a window that ends: whose rates a measure may take. */
export function endOf(window: WindowDefinition, asOf: string, fiscalYearStart: number): string {
  return plusDays(rangeOf(window, asOf, fiscalYearStart).to, -1);
}

/** The first days of the whole periods of a window. */
export function periodsIn({ program, asOf }: Scope, window: WindowDefinition, period: string): string[] {
  const { from, to } = rangeOf(window, asOf, program.fiscalYearStart);
  const starts: string[] = [];
  for (let day = from; day < to; day = plusMonths(day, monthsOf(period))) starts.push(day);
  return starts;
}

interface Range {
  from: string;
  /** The first day behind it. */
  to: string;
  /** A day one length of the window later or earlier. */
  length(day: string, times: number): string;
}

function rangeOf(window: WindowDefinition, asOf: string, fiscalYearStart: number): Range {
  const { last, lastFull, current, previous, next, ago } = window;
  const today = ago === undefined ? asOf : plus(asOf, ago, -1);
  const text = last ?? lastFull ?? next;
  if (text !== undefined) {
    const length = (day: string, times: number) => plus(day, text, times);
    if (last !== undefined) return { from: length(today, -1), to: today, length };
    if (next !== undefined) return { from: today, to: length(today, 1), length };
    const to = startOf(text.split(' ')[1]!.replace(/s$/, ''), today, 1);
    return { from: length(to, -1), to, length };
  }
  const period = (current ?? previous)!;
  const length = (day: string, times: number) => plusMonths(day, times * monthsOf(period));
  const start = startOf(period, today, fiscalYearStart);
  return current === undefined
    ? { from: length(start, -1), to: start, length }
    : { from: start, to: today, length };
}

function sinceStart({ startedOn, asOf }: Scope, length: string | true, day: string | null): Place {
  if (day === null) return 'date_blank';
  if (startedOn === null) return 'start_blank';
  if (length === true) {
    if (day < plusDays(startedOn, -365)) return 'far';
    if (day < startedOn) return { before: 'before_window' };
    return day >= asOf ? { after: 'after_window' } : 'in';
  }
  if (day < plus(startedOn, length, -1) || day >= plus(startedOn, length, 2)) return 'far';
  if (day < startedOn) return { before: 'before_window' };
  return day >= plus(startedOn, length) || day >= asOf ? { after: 'after_window' } : 'in';
}

function valid(scope: Scope, kind: Kind, row: Row, window: WindowDefinition): Place {
  const { validFrom, validThrough, ago, ahead } = window;
  const moved = ahead === undefined ? scope.asOf : plus(scope.asOf, ahead);
  const today = ago === undefined ? moved : plus(scope.asOf, ago, -1);
  const from = validFrom === undefined ? null : dayOf(scope, kind, row, validFrom);
  const through = validThrough === undefined ? null : dayOf(scope, kind, row, validThrough);
  const isOwn = !(validThrough ?? validFrom)!.replace(/^extra\./, '').includes('.');
  if (through !== null && through < plusDays(today, -365)) return 'far';
  // A day that is none must not be taken for an open one.
  const isMistyped = (path: string | undefined) =>
    path !== undefined && read(scope.world, kind, row, path).isMistyped;
  if (isMistyped(validFrom) || isMistyped(validThrough)) return 'date_blank';
  if (through !== null && through < today)
    return { before: ahead !== undefined ? 'ends_soon' : isOwn ? 'expired' : 'left' };
  if (from !== null && from > today) return { after: isOwn ? 'not_yet_valid' : 'left' };
  return 'in';
}

function inCatalogue({ world, program, asOf }: Scope, row: Row): Place {
  const { lines, codes, unlisted } = program.certificates!;
  const own = read(world, 'certification', row, 'code').value as string | null;
  const issued = read(world, 'certification', row, 'issuedOn').value as string | null;
  const listed = Object.entries(codes).find(([code]) => own !== null && plainName(code) === plainName(own));
  if (listed === undefined) return unlisted === 'count' ? 'in' : { other: 'unlisted' };
  const { retiredOn, countsFor, countsThrough, line, version, regions } = listed[1];
  const ends: string[] = [];
  if (countsThrough !== undefined) ends.push(countsThrough);
  if (retiredOn !== undefined && countsFor !== undefined) ends.push(plusDays(plus(retiredOn, countsFor), -1));
  if (line !== undefined) {
    const { counting, versions } = lines[line]!;
    const newer = versions.slice(versions.findIndex((one) => one.version === version) + 1);
    if (newer.length >= counting) ends.push(plusDays(newer[counting - 1]!.from, -1));
  }
  const through = ends.sort()[0];
  if (through !== undefined && through < plusDays(asOf, -365)) return 'far';
  if (through !== undefined && through < asOf) return { before: 'retired' };
  if (retiredOn !== undefined && issued !== null && issued >= retiredOn) return { other: 'earned_late' };
  if (regions === undefined) return 'in';
  const country = read(world, 'certification', row, program.regions!.records.certification!).value;
  // Where a certificate is in no region that is known, that is what has to be mended.
  const where = regionOf(program, country);
  if (typeof where === 'string') return { other: where };
  return isInRegion(program, country, regions) ? 'in' : { other: 'wrong_region' };
}
