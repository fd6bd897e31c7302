import type { ExclusionReason } from '../types.ts';
import type { RowStep } from './having.ts';

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
  /** Which of those are not looked at: another partner's, or so long back. They are far, too. */
  history: string;
  /** Whether they are records gathered for the statement. */
  isGathered: boolean;
  value: string;
  /** The column of the value: one of its own where a step makes it. */
  valueName: string;
  /** The column that is added up: the value, or where a step adds up first, what that comes to. */
  addedUp: string;
  identity: string;
  /** How much a row weighs in an average; null where all weigh the same. */
  weight: string | null;
  /** Whether a row is so far outside a window, or not meant yet, that it is not even named as left out. */
  isFar: string;
  /** Why a row can be left out, in the order in which a person would ask. */
  reasons: readonly Reason[];
  currency: string;
  /** What a table has no entry for, as an array of the table and what was looked up. */
  missing: string;
  rateDay: string;
  /** The days that decide when time alone does something to the row, and which rows each of them is about. */
  turns: readonly { day: string; isAhead: string }[];
  /** Further columns, with their names. */
  more: readonly string[];
  /** What the rows go through once it is known which of them count by themselves; the last one says why for good. */
  steps: readonly RowStep[];
}

/** A reason for which a row is left out, and the condition that it applies. */
export type Reason = readonly [ExclusionReason, string];

/**
 * The first reason that applies to a row, far being the very first; null when it counts. `named`: what stands for a reason,
 * as an SQL constant.
 */
export function whySql(
  { isFar, reasons }: Pick<RowsSql, 'isFar' | 'reasons'>,
  named: (reason: Reason[0] | 'far') => string,
): string {
  const cases = [...(isFar === 'false' ? [] : [['far', isFar] as const]), ...reasons];
  return cases.length === 0
    ? 'null'
    : `(case ${cases.map(([reason, when]) => `when ${when} then ${named(reason)}`).join(' ')} end)`;
}

/** The day of a turn; null for a row that it is not about. */
export function turnSql({ day, isAhead }: RowsSql['turns'][number]): string {
  return isAhead === 'true' ? day : `(case when ${isAhead} then ${day} end)`;
}

/** The rows of one measure as a SELECT with partner_id, id, value, identity, currency, why, missing, rate_day, turn_0 and so on. */
export function rowsText(rows: RowsSql): string {
  const { steps } = rows;
  const columns = [
    `${rows.partner} as partner_id`,
    'r.id',
    `${rows.value} as ${rows.valueName}`,
    `${rows.identity} as identity`,
    ...(rows.weight === null ? [] : [`${rows.weight} as weight`]),
    `${rows.currency} as currency`,
    `${whySql(rows, (reason) => `'${reason}'`)} as ${whyBefore(steps, 0)}`,
    `${rows.missing} as missing`,
    `${rows.rateDay} as rate_day`,
    ...rows.turns.map((turn, index) => `${turnSql(turn)} as turn_${index}`),
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
  isGathered,
}: Pick<RowsSql, 'from' | 'joins' | 'meant' | 'history' | 'isGathered'>): string {
  return `from ${from}
    ${[...joins.values()].join('\n')}
    where ${isGathered ? '' : 'r.merged_into is null and '}${meant}${history === 'false' ? '' : ` and not ${history}`}`;
}

function whyBefore(steps: readonly RowStep[], at: number): string {
  return at === steps.length ? 'why' : `why_${at}`;
}
