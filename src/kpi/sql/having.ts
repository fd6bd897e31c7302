import { partsOfCondition } from '../../program/check/condition.ts';
import { exact } from '../../program/exact.ts';
import type { AggregateCondition, MeasureDefinition, WindowDefinition } from '../../program/schema/kpi.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import { reaches } from '../../program/threshold.ts';
import type { ExclusionReason } from '../types.ts';
import { type DayRange, windowRange } from '../windows.ts';
import { aggregateSql, divisorSql, halves } from './aggregate.ts';
import { filterSql } from './filter.ts';
import { comparedSql, type Need } from './has.ts';
import { anyOf, type MeasureContext } from './sql-parts.ts';
import { type TableSql, tableSql, timesTables } from './table.ts';
import { valueSql } from './value.ts';
import { outsideOf, type WindowTurn, windowSql } from './window.ts';

/** A step that the rows of a measure go through once it is known which of them count by themselves. */
export interface RowStep {
  /** Columns that the rows need for it. */
  columns: readonly string[];
  needs: readonly Need[];
  /** Tables in which the rows are looked up. */
  tables: readonly TableSql[];
  reasons: readonly ExclusionReason[];
  /** What time alone does to a row in it. (Default: nothing) */
  turns?: readonly WindowTurn[];
  /** Whether it reads the first day of the partner. (Default: no) */
  usesStart?: boolean;
  /** Whether it is not known, for want of a rate, what a row brings to it. */
  isOpen: string;
  /** The rows with another column for why they are left out, made from one that they have. */
  wrap(rows: string, why: { from: string; to: string }): string;
}

/** The column that says whose a row is, where each customer, period or the like is taken by itself. */
export const eachOf = 'each_of';

/** The column that says whether a row would count but for what its group comes to. */
export const fellShort = 'fell_short';

/** Whether a condition holds where there are no records: these add up to 0, and of the others there is nothing. */
export function holdsOfNothing(condition: AggregateCondition): boolean {
  const { aggregate, bound, threshold } = partsOfCondition(condition);
  if (aggregate !== 'count' && aggregate !== 'sum' && aggregate !== 'distinct') return false;
  return reaches(exact(0), bound, exact(threshold));
}

/** Whether a row counts, or would if it were known what it comes to. */
export function takesPart(why: string): string {
  return `coalesce(${why} in ('rate_missing', 'entry_missing'), ${why} is null)`;
}

/** Rows that count are grouped by partner, figure by region and value; those of groups that fall short are left out. */
export function groupStep(
  context: MeasureContext,
  measure: MeasureDefinition,
  {
    isRegional,
    isListed,
    ...by
  }: { program: ProgramDefinition; asOf: string; isRegional: boolean; isListed: boolean },
): RowStep | undefined {
  const conditions = [measure.having ?? []].flat();
  if (conditions.length === 0) return undefined;
  const groups = conditions.map((condition, index) => groupSql(context, condition, { ...by, index }));
  const keys = [
    'partner_id',
    ...(isRegional ? ['figure'] : []),
    measure.perEach === undefined ? 'identity' : eachOf,
  ];
  const holds = groups.map((group) => group.holds).join(' and ');
  const numbers = groups.map(({ need }) => need.number).join(', ');
  return {
    columns: groups.flatMap(({ columns }) => columns),
    needs: groups.map(({ need }) => need),
    tables: groups.flatMap(({ tables }) => tables),
    reasons: ['falls_short'],
    turns: groups.flatMap(({ turns }) => turns),
    usesStart: groups.some(({ usesStart }) => usesStart),
    isOpen: anyOf(groups.map(({ isOpen }) => isOpen)),
    wrap: (rows, { from, to }) => {
      const grouped = (
        where: string,
      ) => `(select ${keys.join(', ')}, ${groups.flatMap(({ numbers: own }) => own).join(', ')}
        from own where ${where} group by ${keys.join(', ')})`;
      const joined = (alias: string) =>
        `${alias} on ${keys.map((key) => `${alias}.${key} = own.${key}`).join(' and ')}`;
      const needs = `array[${numbers}]::text[]`;
      // What falls short for another reason is told what it would come to with those that do as well.
      const short = needs.replaceAll(/\bg\./g, 'short_group.');
      const shortGroups = grouped(`coalesce(${from} = 'falls_short', true)`);
      return `with own as (${rows}), groups as ${grouped(`${from} is null`)}
      select own.*, (case when ${from} is null and not (${holds}) then 'falls_short' else ${from} end) as ${to},
        (${from} is null and not (${holds})) as ${fellShort},
        ${isListed ? `(case when ${from} = 'falls_short' then ${short} else ${needs} end)` : needs} as group_needs
      from own left join groups ${joined('g')}${isListed ? ` left join ${shortGroups} ${joined('short_group')}` : ''}`;
    },
  };
}

function groupSql(
  context: MeasureContext,
  condition: AggregateCondition,
  { program, asOf, index }: { program: ProgramDefinition; asOf: string; index: number },
) {
  const parts = partsOfCondition(condition);
  const windows = [condition.window ?? []]
    .flat()
    .map((window) => windowSql(context, { window, asOf, program }));
  const days = windows.map(({ window }) => daysOf(window, asOf, program));
  const isInWindow = notAnyOf(windows.flatMap(outsideOf));
  const before = context.unrated.length;
  const filters = [condition.where ?? []].flat().map((filter) => filterSql(context, filter));
  for (const unrated of context.unrated.slice(before)) unrated.when = `(${isInWindow} and ${unrated.when})`;
  const conditions = [isInWindow, ...filters].filter((one) => one !== 'true');
  const isMeant = conditions.length === 0 ? 'true' : `(${conditions.join(' and ')})`;
  const tables = [condition.times ?? []]
    .flat()
    .map((times) => tableSql(context, { times, program, asOf }))
    .map((table) => onlyWhere(isMeant, table));
  const { value, identity, isUnrated, currency, ...brought } = timesTables(
    context,
    valueSql(context, { ...parts, asOf }),
    tables,
  );
  const isMeantOpen = context.unrated.length > before ? [`(${isMeant} is null)`] : [];
  if (isUnrated !== 'false')
    context.unrated.push({ when: `(${isMeant} and ${isUnrated})`, currency, day: null });
  const [own, isIn] = [`group_value_${index}`, `group_is_in_${index}`];
  const aggregate = tables.length > 0 && parts.aggregate === 'count' ? 'sum' : parts.aggregate;
  const denominator = brought.denominator * halves(aggregate);
  const rows = { value: () => own, isIn };
  const { holds, listed } = comparedSql(context, parts, {
    number: `g.number_${index}`,
    divisor: `g.divisor_${index}`,
    denominator,
  });
  return {
    columns: [`${aggregate === 'distinct' ? identity : value} as ${own}`, `${isMeant} as ${isIn}`],
    numbers: [
      `${aggregateSql(aggregate, rows)} as number_${index}`,
      ...(aggregate === 'average' ? [`${divisorSql(rows)} as divisor_${index}`] : []),
    ],
    holds,
    need: { condition, of: 'group', number: listed, denominator, days } satisfies Need,
    tables,
    turns: windows.flatMap((window) => window.turns),
    usesStart: windows.some((window) => window.usesStart),
    isOpen: anyOf([...isMeantOpen, ...(isUnrated === 'false' ? [] : [`(${isMeant} and ${isUnrated})`])]),
  };
}

function daysOf(window: WindowDefinition, asOf: string, program: ProgramDefinition): DayRange | null {
  const range = windowRange(window, asOf, program);
  return range.to === null ? null : range;
}

function notAnyOf(conditions: readonly string[]): string {
  const possible = conditions.filter((one) => one !== 'false');
  return possible.length === 0 ? 'true' : `(${possible.map((one) => `not ${one}`).join(' and ')})`;
}

/** What a table lacks does not matter for rows that a condition does not mean. */
function onlyWhere(isMeant: string, table: TableSql): TableSql {
  const where = (sql: string) => (sql === 'false' ? sql : `(${isMeant} and ${sql})`);
  return {
    ...table,
    isMissing: where(table.isMissing),
    isDateBlank: where(table.isDateBlank),
    isUnrated: where(table.isUnrated),
  };
}
