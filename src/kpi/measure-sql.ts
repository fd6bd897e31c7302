import type { MeasurableEntity } from '../program/attribute-path.ts';
import { type Aggregate, aggregateOf } from '../program/check-kpi.ts';
import { type CurrencyFactors, currencyFactors } from '../program/currency.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { MeasureDefinition, ValueDefinition, WindowDefinition } from '../program/schema-kpi.ts';
import { filterSql } from './filter-sql.ts';
import { sourceSql } from './source-sql.ts';
import { daySql, factorSql, joinTo, type Parameters, pathSql, type RowContext } from './sql-parts.ts';
import type { ExclusionReason } from './types.ts';
import { type WindowSql, windowSql } from './window-sql.ts';
import type { Edge } from './windows.ts';

/** A measure turned into SQL: its rows, one per partner and record, and how they add up. */
export interface MeasureSql {
  entity: MeasurableEntity;
  aggregate: Aggregate;
  windows: readonly WindowSql[];
  /**
   * SELECT with partner_id, id, value, identity, why, currency, the days of each window and those of the turns; when they
   * are listed also the record's own amount and the share of it (percent) that is the partner's. `why` is null for a row that counts, and 'far' for one so far outside a window that it is not even named as left out.
   */
  rows: string;
  /** What time alone will do to rows; turn_0 and so on hold the days that decide when. */
  turns: readonly MeasureTurn[];
  /** The reasons that `why` can name. */
  reasons: readonly ExclusionReason[];
  /** What the aggregate's number is divided by; a median's is the sum of the two middle values. */
  denominator: bigint;
  /** What the value of one row is divided by; null where rows have none and are counted. */
  rowDenominator: bigint | null;
  /** In the scale of the aggregate's number. */
  cap: bigint | null;
}

export interface MeasureTurn {
  window: WindowDefinition;
  edge: Edge;
}

interface ValueSql {
  value: string;
  identity: string;
  isBlank: string;
  isBackwards: string;
  isUnrated: string;
  amount: string;
  currency: string;
  denominator: bigint;
}

export interface MeasureOptions {
  program: ProgramDefinition;
  measure: MeasureDefinition;
  asOf: string;
  parameters: Parameters;
  /** Its rows are for people to read, not only to be added up. (Default: false) */
  isListed?: boolean;
}

export function measureSql(options: MeasureOptions): MeasureSql {
  const { program, measure, asOf, parameters } = options;
  const { aggregate, value } = aggregateOf(measure)!;
  const entity = entityOf(value);
  const currency = currencyFactors(program);
  const context: RowContext = {
    entity,
    parameters,
    timeZone: program.timeZone,
    currency,
    joins: new Map(),
    unrated: [],
  };
  const filters = [measure.where ?? []].flat().map((filter) => filterSql(context, filter));
  const excepted = (measure.except ?? []).map(
    ({ label, when }) => [`except ${label}`, filterSql(context, when)] as const,
  );
  const unrated = anyOf(context.unrated);
  const windows = [measure.window ?? []]
    .flat()
    .map((window) => windowSql(context, { window, asOf, program }));
  const part = valueSql(context, { aggregate, value, currency });
  const { gone, outside } = absentSql(context);
  const denominator = part.denominator * (aggregate === 'median' ? 2n : 1n);
  const matches = filters.length === 0 ? 'true' : `(${filters.join(' and ')})`;
  const reasons = reasonsOf({ windows, excepted, gone, outside, part, unrated });
  const history = anyOf(windows.map(({ isHistory }) => isHistory));
  const days = windows.map(
    ({ begins, ends }, index) =>
      `${begins ?? 'null::date'} as begins_${index}, ${ends ?? 'null::date'} as ends_${index}`,
  );
  const turns = windows.flatMap((window) => window.turns.map((turn) => ({ ...turn, window: window.window })));
  const turnDays = turns.map(
    ({ day, isAhead }, index) => `(case when ${isAhead} then ${day} end) as turn_${index}`,
  );
  const listed = options.isListed === true ? [`${part.amount} as amount`, 's.share as share'] : [];
  const usesStart = windows.some(({ startBlank }) => startBlank !== 'false');
  const rows = `select s.partner_id, r.id, ${part.value} as value, ${part.identity} as identity,
      ${part.currency} as currency, ${whySql(windows, reasons)} as why
      ${[...listed, ...days, ...turnDays].map((column) => `, ${column}`).join('')}
    from ${sourceSql(entity, { credit: measure.credit, parameters })}
    ${usesStart ? 'join tierlink.partner sp on sp.id = s.partner_id' : ''}
    ${[...context.joins.values()].join('\n')}
    where r.merged_into is null and (${matches} or ${unrated})${history === 'false' ? '' : ` and not ${history}`}`;
  return {
    entity,
    aggregate,
    windows,
    rows,
    turns,
    reasons: [...new Set(reasons.map(([reason]) => reason))],
    denominator,
    rowDenominator: aggregate === 'count' || aggregate === 'distinct' ? null : part.denominator,
    cap: measure.cap === undefined ? null : BigInt(measure.cap) * denominator,
  };
}

function entityOf(value: ValueDefinition): MeasurableEntity {
  return (typeof value === 'string' ? value.split('.')[0]! : value.of) as MeasurableEntity;
}

/** Deleted in the CRM, or no longer in scope; a certificate goes with its holder. */
function absentSql(context: RowContext): { gone: string; outside: string } {
  const own = { gone: 'r.deleted_at is not null', outside: 'not r.in_scope' };
  if (context.entity !== 'certification') return { gone: `(${own.gone})`, outside: `(${own.outside})` };
  const holder = joinTo(context, { from: 'r', attribute: 'person', to: 'person' });
  return {
    gone: `(${own.gone} or ${holder}.deleted_at is not null)`,
    outside: `(${own.outside} or coalesce(not ${holder}.in_scope, false))`,
  };
}

type Reason = readonly [ExclusionReason, string];

/** Why a row can be left out, in the order in which a person would ask. */
function reasonsOf(parts: {
  windows: readonly WindowSql[];
  excepted: readonly (readonly [`except ${string}`, string])[];
  gone: string;
  outside: string;
  part: ValueSql;
  unrated: string;
}): Reason[] {
  const { windows, gone, outside, part, unrated } = parts;
  const reasons: Reason[] = [
    ['date_blank', anyOf(windows.map((window) => window.dateBlank))],
    ['start_blank', anyOf(windows.map((window) => window.startBlank))],
    ...windows.map((window): Reason => [window.reasons.before, window.before]),
    // Before those of a window that is to come: it would seem to begin to count then.
    ...parts.excepted,
    ...windows.map((window): Reason => [window.reasons.after, window.after]),
    ['deleted', gone],
    ['out_of_scope', outside],
    ['share_unknown', '(s.share is null)'],
    ['value_blank', part.isBlank],
    ['ends_before_start', part.isBackwards],
    ['rate_missing', anyOf([part.isUnrated, unrated])],
  ];
  return reasons.filter(([, when]) => when !== 'false');
}

/** The first reason that applies; null when the row counts. */
function whySql(windows: readonly WindowSql[], reasons: readonly Reason[]): string {
  const far = anyOf(windows.map((window) => window.far));
  const cases = [...(far === 'false' ? [] : [['far', far] as const]), ...reasons];
  return `(case ${cases.map(([reason, when]) => `when ${when} then '${reason}'`).join(' ')} end)`;
}

function anyOf(conditions: readonly string[]): string {
  const real = conditions.filter((condition) => condition !== 'false');
  return real.length === 0 ? 'false' : `(${real.join(' or ')})`;
}

function valueSql(
  context: RowContext,
  { aggregate, value, currency }: { aggregate: Aggregate; value: ValueDefinition; currency: CurrencyFactors },
): ValueSql {
  if (aggregate === 'count') return plain({});
  if (typeof value !== 'string') return durationSql(context, value);
  const attribute = pathSql(context, value.slice(value.indexOf('.') + 1));
  if (aggregate === 'distinct') {
    const identity = identitySql(context, attribute);
    return plain({ identity, isBlank: `(${identity} is null)` });
  }
  if (attribute.path.type !== 'money') {
    return plain({ value: `${attribute.sql}::numeric`, isBlank: `(${attribute.sql} is null)` });
  }
  const factor = factorSql(context, attribute.currency!);
  return plain({
    value: `(${attribute.sql} * s.share * ${factor})`,
    isBlank: `(${attribute.sql} is null)`,
    isUnrated: `(${factor} is null)`,
    amount: attribute.sql,
    currency: attribute.currency!,
    denominator: 100n * currency.denominator,
  });
}

/** People with the same e-mail address are one person; everything else is told apart by its own value. */
function identitySql(context: RowContext, { sql, path, alias }: ReturnType<typeof pathSql>): string {
  if (path.type === 'ref' && path.to === 'person') {
    const person = joinTo(context, { from: alias, attribute: path.attribute, to: 'person' });
    return `coalesce(nullif(lower(btrim(${person}.email)), ''), ${person}.id)`;
  }
  const owner = path.steps.at(-1)?.to ?? path.entity;
  return owner === 'person' && path.attribute === 'email'
    ? `nullif(lower(btrim(${sql})), '')`
    : `${sql}::text`;
}

/** Days are counted between calendar days of the program's zone, hours between instants (in seconds, exactly). */
function durationSql(context: RowContext, value: Exclude<ValueDefinition, string>): ValueSql {
  const isDays = value.daysFrom !== undefined;
  const [from, to] = isDays
    ? [daySql(context, value.daysFrom!), daySql(context, value.to)]
    : [pathSql(context, value.hoursFrom!).sql, pathSql(context, value.to).sql];
  return plain({
    value: isDays ? `(${to} - ${from})::numeric` : `extract(epoch from (${to} - ${from}))::numeric`,
    isBlank: `(${from} is null or ${to} is null)`,
    isBackwards: `coalesce(${to} < ${from}, false)`,
    denominator: isDays ? 1n : 3600n,
  });
}

function plain(part: Partial<ValueSql>): ValueSql {
  return {
    value: 'null::numeric',
    identity: 'null::text',
    isBlank: 'false',
    isBackwards: 'false',
    isUnrated: 'false',
    amount: 'null::numeric',
    currency: 'null::text',
    denominator: 1n,
    ...part,
  };
}
