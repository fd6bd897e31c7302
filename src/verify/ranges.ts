import type { Reads } from '../sync/connector-manifest.ts';
import type { Month, MonthCount } from './months.ts';

/** Months that are read together, with those between them. */
export interface MonthRange {
  months: Month[];
  /** How many it has, about. */
  records: number;
  /** Undefined for records that do not tell when they were made: everything is read then. */
  created: { from: string; before: string } | undefined;
}

/** Records that a range has at most, where it has more than one month: their ids are kept in memory. */
const recordsPerRange = 500_000;

/** A stretch of the counts, from one index to another, both of them read. */
interface Stretch {
  first: number;
  last: number;
}

/** About how many calls it takes to read a number of records of one scope. */
export function callsToRead(records: number, { rowsPerCall, bulk }: Reads): number {
  if (bulk !== null && records > bulk.from) return bulk.calls + Math.ceil(records / bulk.rowsPerCall);
  return Math.max(1, Math.ceil(records / rowsPerCall));
}

/**
 * The months to read, in the reads that take the fewest calls: what lies between two wanted months is read too where that
 * takes no more calls than asking twice, and where all reads together would take more calls than one over everything from
 * the first wanted month to the last, that one is made. Months that are read on the way are in the ranges. Counts come with
 * the oldest month first.
 */
export function rangesOf(
  counts: readonly MonthCount[],
  wanted: ReadonlySet<Month>,
  reads: Reads,
): MonthRange[] {
  const blank = counts.find(({ month }) => month === '');
  if (blank !== undefined && blank.counted > 0 && wanted.has('')) {
    const all = { first: 0, last: counts.length - 1 };
    return [
      { months: counts.map(({ month }) => month), records: recordsIn(counts, all), created: undefined },
    ];
  }
  const dated = counts.filter(({ month }) => month !== '');
  const ranges = stretchesOf(dated, wanted, reads).map((stretch) => {
    const months = dated.slice(stretch.first, stretch.last + 1).map(({ month }) => month);
    return { months, records: recordsIn(dated, stretch), created: spanOf(months) };
  });
  // What we made and have not read back: nothing of it is asked by month.
  if (blank === undefined || !wanted.has('')) return ranges;
  return [{ months: [''], records: blank.linked, created: undefined }, ...ranges];
}

function stretchesOf(
  counts: readonly MonthCount[],
  wanted: ReadonlySet<Month>,
  reads: Reads,
): readonly Stretch[] {
  const callsOf = (stretch: Stretch) => callsToRead(recordsIn(counts, stretch), reads);
  const joined: Stretch[] = [];
  for (const [index, { month }] of counts.entries()) {
    if (!wanted.has(month)) continue;
    const next = { first: index, last: index };
    const before = joined.at(-1);
    const both = before === undefined ? undefined : { first: before.first, last: index };
    const isJoined =
      both !== undefined && fits(counts, both) && callsOf(both) <= callsOf(before!) + callsOf(next);
    if (isJoined) joined[joined.length - 1] = both;
    else joined.push(next);
  }
  const whole = wholeOf(counts, joined);
  const callsOfAll = (stretches: readonly Stretch[]) =>
    stretches.reduce((sum, stretch) => sum + callsOf(stretch), 0);
  return callsOfAll(joined) <= callsOfAll(whole) ? joined : whole;
}

/** Everything from the first stretch to the last one, in as few pieces as fit in memory. */
function wholeOf(counts: readonly MonthCount[], stretches: readonly Stretch[]): Stretch[] {
  const [start] = stretches;
  if (start === undefined) return [];
  const whole: Stretch[] = [];
  for (let index = start.first; index <= stretches.at(-1)!.last; index += 1) {
    const before = whole.at(-1);
    const both = before === undefined ? undefined : { first: before.first, last: index };
    if (both !== undefined && fits(counts, both)) whole[whole.length - 1] = both;
    else whole.push({ first: index, last: index });
  }
  return whole;
}

function fits(counts: readonly MonthCount[], stretch: Stretch): boolean {
  return recordsIn(counts, stretch) <= recordsPerRange;
}

function recordsIn(counts: readonly MonthCount[], { first, last }: Stretch): number {
  return counts
    .slice(first, last + 1)
    .reduce((sum, { counted, linked }) => sum + Math.max(counted, linked), 0);
}

function spanOf(months: readonly Month[]): MonthRange['created'] {
  return { from: startOf(months[0]!), before: startOf(monthAfter(months.at(-1)!)) };
}

function startOf(month: Month): string {
  return `${month}-01T00:00:00.000Z`;
}

function monthAfter(month: Month): Month {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 1)).toISOString().slice(0, 7);
}
