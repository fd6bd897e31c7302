import type { Place } from '../errors.ts';

/**
 * Something about a mapping that a person should know. error: nothing runs with it. warn: it runs, but less than asked.
 * question: it could not be looked at, so nobody knows. note: it is well as it is.
 */
export interface Finding extends Place {
  level: 'error' | 'warn' | 'question' | 'note';
  code: FindingCode;
  message: string;
  /** What to do, in one sentence. */
  fix: string;
  /** Lines that the fix adds to the file. */
  paste?: string[];
}

export type FindingCode =
  | 'MAPPING_UNREADABLE'
  | 'MAPPING_INVALID'
  | 'OBJECT_MISSING'
  | 'OBJECT_NOT_TRACKED'
  | 'OBJECT_NOT_WRITABLE'
  | 'FIELD_MISSING'
  | 'FIELD_TYPE'
  | 'FIELD_READONLY'
  | 'FIELD_REQUIRED'
  | 'FIELD_CALCULATED'
  | 'FIELD_NOT_FILTERABLE'
  | 'VALUE_MISSING'
  | 'VALUE_INACTIVE'
  | 'VALUE_UNMAPPED'
  | 'KEY_UNUSABLE'
  | 'LOOKUP_TARGET'
  | 'RECORD_TYPE_MISSING'
  | 'CURRENCY_FIELD_MISSING'
  | 'KPI_UNKNOWN'
  | 'KPI_NOT_WRITTEN'
  | 'NOT_CHECKED';

/** The candidate that a misspelt word most likely meant; undefined when none is near. */
export function closest(word: string, candidates: Iterable<string>): string | undefined {
  let best: { candidate: string; distance: number } | undefined;
  const limit = Math.max(1, Math.floor(word.length / 3));
  for (const candidate of candidates) {
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && (best === undefined || distance < best.distance)) best = { candidate, distance };
  }
  return best?.candidate;
}

/** " (did you mean x?)" for the closest candidate, or nothing. */
export function hint(word: string, candidates: Iterable<string>): string {
  const near = closest(word, candidates);
  return near === undefined ? '' : ` (did you mean ${near}?)`;
}

/** Number of insertions, deletions, replacements and swaps of neighbours that turn one word into the other. */
function editDistance(from: string, to: string): number {
  const rows: number[][] = [Array.from({ length: to.length + 1 }, (_unused, index) => index)];
  for (let i = 1; i <= from.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= to.length; j += 1) {
      const cost = from[i - 1] === to[j - 1] ? 0 : 1;
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost);
      const isSwap = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (isSwap) best = Math.min(best, rows[i - 2]![j - 2]! + 1);
      row.push(best);
    }
    rows.push(row);
  }
  return rows[from.length]![to.length]!;
}
