import { partsOfCondition } from '../program/check-condition.ts';
import type { AggregateCondition, MeasureDefinition } from '../program/schema-kpi.ts';
import { comparators, filterSql, scaledBy } from './filter-sql.ts';
import { aggregateSql, type Need } from './has-sql.ts';
import type { RowContext } from './sql-parts.ts';
import type { ExclusionReason } from './types.ts';
import { valueSql } from './value-sql.ts';

/** A step that the rows of a measure go through once it is known which of them count by themselves. */
export interface RowStep {
  /** Columns that the rows need for it. */
  columns: readonly string[];
  needs: readonly Need[];
  reasons: readonly ExclusionReason[];
  /** The rows with another column for why they are left out, made from one that they have. */
  wrap(rows: string, why: { from: string; to: string }): string;
}

/** Rows that count are grouped by partner and value; those of groups that fall short are left out. */
export function groupStep(context: RowContext, measure: MeasureDefinition): RowStep | undefined {
  const conditions = [measure.having ?? []].flat();
  if (conditions.length === 0) return undefined;
  const groups = conditions.map((condition, index) => groupSql(context, condition, index));
  const holds = groups.map((group) => group.holds).join(' and ');
  const numbers = groups.map(({ need }) => `${need.number}::text`).join(', ');
  return {
    columns: groups.flatMap(({ columns }) => columns),
    needs: groups.map(({ need }) => need),
    reasons: ['falls_short'],
    wrap: (rows, { from, to }) => `with own as (${rows}),
      groups as (select partner_id, identity, ${groups.map(({ number }) => number).join(', ')}
        from own where ${from} is null group by partner_id, identity)
      select own.*, (case when ${from} is null and not (${holds}) then 'falls_short' else ${from} end) as ${to},
        array[${numbers}]::text[] as group_needs
      from own left join groups g on g.partner_id = own.partner_id and g.identity = own.identity`,
  };
}

function groupSql(context: RowContext, condition: AggregateCondition, index: number) {
  const parts = partsOfCondition(condition);
  const { value, identity, isUnrated, currency, denominator } = valueSql(context, parts);
  if (isUnrated !== 'false') context.unrated.push({ when: isUnrated, currency });
  const filters = [condition.where ?? []].flat().map((filter) => filterSql(context, filter));
  const [own, isIn] = [`group_value_${index}`, `group_is_in_${index}`];
  const bound = context.parameters.add(scaledBy(parts.threshold, denominator), 'numeric');
  const number = `g.number_${index}`;
  return {
    columns: [
      `${parts.aggregate === 'distinct' ? identity : value} as ${own}`,
      `${filters.length === 0 ? 'true' : filters.join(' and ')} as ${isIn}`,
    ],
    number: `${aggregateSql(parts.aggregate, own, isIn)} as number_${index}`,
    holds: `coalesce(${number} ${comparators[parts.bound]} ${bound}, false)`,
    need: { condition, of: 'group', number, denominator } satisfies Need,
  };
}
