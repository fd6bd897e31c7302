import type { Aggregate } from '../../program/check/kpi.ts';
import { sinceOf } from '../../program/check/length.ts';
import type { ValueDefinition } from '../../program/schema/kpi.ts';
import { lengthSql, secondsPerHour } from './length.ts';
import {
  daySql,
  factorSql,
  joinTo,
  type MeasureContext,
  pathSql,
  type RowContext,
  sameSql,
} from './sql-parts.ts';

/** What one row brings to an aggregate. */
export interface ValueSql {
  value: string;
  identity: string;
  isBlank: string;
  isBackwards: string;
  isUnrated: string;
  amount: string;
  currency: string;
  /** The row's own amount or number, and what one of it brings; null for what cannot be taken back in part. */
  divisible: { own: string; one: string } | null;
  denominator: bigint;
  /** The day on which time alone changes it next, where it does. */
  changesOn: string | null;
  /** For lists: the date since which it counts to the day of the evaluation, and how much that is; null for other values. */
  since: string;
}

interface AggregatedValue {
  aggregate: Aggregate;
  value: ValueDefinition;
  /** The day of the evaluation. */
  asOf: string;
  /** Of different values: the attributes that make them out. (Default: that of `value`) */
  paths?: readonly string[];
}

/** The value of a row; that of money includes the partner's share in percent. */
export function valueSql(
  context: MeasureContext,
  { aggregate, value, asOf, paths = [] }: AggregatedValue,
): ValueSql {
  if (aggregate === 'count') return plain({});
  if (typeof value !== 'string') {
    return sinceOf(value) === undefined ? durationSql(context, value) : sinceSql(context, value, asOf);
  }
  if (aggregate === 'distinct' && paths.length > 1) return combinedSql(context, paths);
  const attribute = pathSql(context, value.slice(value.indexOf('.') + 1));
  if (aggregate === 'distinct') {
    const identity = identitySql(context, attribute);
    return plain({ identity, isBlank: `(${identity} is null)` });
  }
  if (attribute.path.type !== 'money') {
    return plain({
      value: `${attribute.sql}::numeric`,
      isBlank: `(${attribute.sql} is null)`,
      divisible: { own: `${attribute.sql}::numeric`, one: '1::numeric' },
    });
  }
  const factor = factorSql(context, attribute);
  return plain({
    value: `(${attribute.sql} * ${context.source.share} * ${factor})`,
    isBlank: `(${attribute.sql} is null)`,
    isUnrated: `(${attribute.sql} is not null and ${factor} is null)`,
    amount: attribute.sql,
    currency: attribute.currency!,
    divisible: { own: attribute.sql, one: `(${context.source.share} * ${factor})` },
    denominator: 100n * context.currency.denominator,
  });
}

/** A row that has no value for one of the attributes has no combination of them. */
function combinedSql(context: MeasureContext, paths: readonly string[]): ValueSql {
  const parts = paths.map((path) => identitySql(context, pathSql(context, path)));
  const isBlank = `(${parts.map((part) => `${part} is null`).join(' or ')})`;
  return plain({ identity: `(case when not ${isBlank} then array[${parts.join(', ')}]::text end)`, isBlank });
}

/** People with the same e-mail address are one person; everything else is told apart by its own value. */
export function identitySql(context: RowContext, attribute: ReturnType<typeof pathSql>): string {
  const { sql, path, alias } = attribute;
  if (path.type === 'ref' && path.to === 'person') {
    const person = joinTo(context, { from: alias, attribute: path.attribute, to: 'person' });
    return `coalesce(nullif(lower(btrim(${person}.email)), ''), ${person}.id)`;
  }
  const owner = path.steps.at(-1)?.to ?? path.entity;
  return owner === 'person' && path.attribute === 'email'
    ? `nullif(lower(btrim(${sql})), '')`
    : sameSql(attribute);
}

/** Days are counted between calendar days of a zone, hours between instants (in seconds, exactly). */
function durationSql(context: RowContext, value: Exclude<ValueDefinition, string>): ValueSql {
  const { from, to, length } = lengthSql(context, value);
  return plain({
    value: length,
    isBlank: `(${from} is null or ${to} is null)`,
    isBackwards: `coalesce(${to} < ${from}, false)`,
    denominator: value.daysFrom === undefined ? secondsPerHour : 1n,
  });
}

/**
 * Whole months, or days, from a date to the day of the evaluation. A month is full on the day that addMonths gives, which is
 * the last one of a month that is too short; PostgreSQL adds months in the same way.
 */
function sinceSql(context: RowContext, value: Exclude<ValueDefinition, string>, asOf: string): ValueSql {
  const from = daySql(context, sinceOf(value)!);
  const today = context.parameters.add(asOf, 'date');
  const monthOf = (day: string) => `(extract(year from ${day}) * 12 + extract(month from ${day}))::int`;
  const begun = `(${monthOf(today)} - ${monthOf(from)})`;
  const after = (months: string) => `(${from} + make_interval(months => ${months}))::date`;
  const full = `(${begun} - (${after(begun)} > ${today})::int)`;
  const [length, next] =
    value.monthsSince === undefined ? [`(${today} - ${from})`, `${today} + 1`] : [full, after(`${full} + 1`)];
  return plain({
    value: `${length}::numeric`,
    isBlank: `(${from} is null)`,
    isBackwards: `coalesce(${from} > ${today}, false)`,
    changesOn: `(case when ${from} is not null then greatest(${from}, ${next}) end)`,
    since: `array[${from}::text, ${length}::text]`,
  });
}

/** The value of rows that are counted. */
export const noValue = 'null::numeric';

function plain(part: Partial<ValueSql>): ValueSql {
  return {
    value: noValue,
    identity: 'null::text',
    isBlank: 'false',
    isBackwards: 'false',
    isUnrated: 'false',
    amount: 'null::numeric',
    currency: 'null::text',
    divisible: null,
    denominator: 1n,
    changesOn: null,
    since: 'null::text[]',
    ...part,
  };
}
