import { isEqual, type Month, type MonthCount } from './months.ts';

/** What is known of a month from the verifications before. */
export interface KnownMonth {
  month: Month;
  /** ISO instant at which its values were compared last; null: never. */
  comparedAt: string | null;
  /** The meaning of the mapping with which they were. */
  comparedWith: string | null;
}

interface SliceRequest {
  counts: readonly MonthCount[];
  known: readonly KnownMonth[];
  /** Months in which something was found that is not explained. */
  found: ReadonlySet<Month>;
  /** What the mapping means now. */
  meaning: string;
  /** Within how many daily verifications the values of all months are compared; 1 compares all. */
  days: number;
}

/**
 * The months to read: those of which counts differ or in which something was found, and those whose turn it is. In turn
 * goes what was never compared with the mapping as it is now, then what was compared longest ago, until it is a share of
 * all records: so all of it is read within the days, and no day reads much more than another, a month with more than a
 * share aside.
 */
export function monthsToCompare({ counts, known, found, meaning, days }: SliceRequest): Set<Month> {
  const wanted = new Set<Month>();
  for (const count of counts) if (!isEqual(count) || found.has(count.month)) wanted.add(count.month);
  const share = counts.reduce((sum, { counted }) => sum + counted, 0) / days;
  const last = new Map(
    known.map(({ month, comparedAt, comparedWith }) => [month, comparedWith === meaning ? comparedAt : null]),
  );
  const inTurn = [...counts].sort((one, other) => compareTurns(last.get(one.month), last.get(other.month)));
  let records = 0;
  for (const { month, counted } of inTurn) {
    if (records >= share) break;
    if (counted === 0) continue;
    wanted.add(month);
    records += counted;
  }
  return wanted;
}

function compareTurns(one: string | null | undefined, other: string | null | undefined): number {
  const [first, second] = [one ?? '', other ?? ''];
  return first < second ? -1 : first > second ? 1 : 0;
}
