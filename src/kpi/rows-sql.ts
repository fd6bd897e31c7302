import type { RowStep } from './having-sql.ts';

/**
 * The rows of a measure, one per partner and record, in the parts of a SELECT: several measures of the same rows can share
 * one.
 */
export interface RowsSql {
  /** FROM clause that yields the record as r. */
  from: string;
  /** The partner that it counts for. */
  partner: string;
  /** Joins to what the record refers to, by alias. */
  joins: ReadonlyMap<string, string>;
  /** Which records are meant. */
  meant: string;
  /** Which of those are not looked at: another partner's, or so long back. `why` is 'far' for them. */
  history: string;
  value: string;
  /** The column of the value: one of its own where a step makes it. */
  valueName: string;
  identity: string;
  /**
   * Null for a row that counts, and 'far' for one so far outside a window, or not meant yet, that it is not even named as left
   * out.
   */
  why: string;
  currency: string;
  /** What a table has no entry for, as an array of the table and what was looked up. */
  missing: string;
  rateDay: string;
  /** The days that decide when time alone does something to the row. */
  turns: readonly string[];
  /** Further columns, with their names. */
  more: readonly string[];
  /** What the rows go through once it is known which of them count by themselves; the last one says why for good. */
  steps: readonly RowStep[];
}

/** The rows of one measure as a SELECT with partner_id, id, value, identity, currency, why, missing, rate_day, turn_0 and so on. */
export function rowsText(rows: RowsSql): string {
  const { steps } = rows;
  const columns = [
    `${rows.partner} as partner_id`,
    'r.id',
    `${rows.value} as ${rows.valueName}`,
    `${rows.identity} as identity`,
    `${rows.currency} as currency`,
    `${rows.why} as ${whyBefore(steps, 0)}`,
    `${rows.missing} as missing`,
    `${rows.rateDay} as rate_day`,
    ...rows.turns.map((turn, index) => `${turn} as turn_${index}`),
    ...rows.more,
  ];
  const first = `select ${columns.join(', ')} ${fromText(rows)}`;
  return steps.reduce(
    (inner, step, at) => step.wrap(inner, { from: whyBefore(steps, at), to: whyBefore(steps, at + 1) }),
    first,
  );
}

/** FROM and WHERE of rows. */
export function fromText({
  from,
  joins,
  meant,
  history,
}: Pick<RowsSql, 'from' | 'joins' | 'meant' | 'history'>): string {
  return `from ${from}
    ${[...joins.values()].join('\n')}
    where r.merged_into is null and ${meant}${history === 'false' ? '' : ` and not ${history}`}`;
}

function whyBefore(steps: readonly RowStep[], at: number): string {
  return at === steps.length ? 'why' : `why_${at}`;
}
