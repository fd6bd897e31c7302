import { measuresOf } from '../program/check-kpi.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import { type MeasureSql, measureSql } from './measure-sql.ts';
import { membersSql } from './source-sql.ts';
import { Parameters } from './sql-parts.ts';
import type { ExclusionReason } from './types.ts';

/** One KPI for many partners as a single statement. */
export interface KpiStatement {
  sql: string;
  parameters: unknown[];
  measures: MeasureSql[];
}

/** One row of it: the figures of one measure for one partner. Partners without any record have no row. */
export interface MeasureRow {
  part: number;
  partner_id: string;
  /** Whole or decimal number; to be divided by the measure's denominator. Null when there is nothing to aggregate. */
  number: string | null;
  counted: number;
  excluded_by: Partial<Record<ExclusionReason, number>> | null;
  unrated_id: string | null;
  unrated_currency: string | null;
  /** Per window: the earliest day by which an outside record enters, and by which an inside one leaves. */
  enters: (string | null)[];
  leaves: (string | null)[];
}

/** Compiles a KPI. Partners come in as one array, so the statement is the same for one and for ten thousand. */
export function kpiStatement(
  program: ProgramDefinition,
  { kpi, partners, asOf }: { kpi: string; partners: readonly string[]; asOf: string },
): KpiStatement {
  const definition = program.kpis[kpi]!;
  const parameters = new Parameters();
  const asked = parameters.add(partners, 'text[]');
  const measures = measuresOf(definition).map(({ measure }) =>
    measureSql({ program, measure, asOf, parameters }),
  );
  const parts = measures.flatMap((measure, index) => [
    `rows_${index} as materialized (${measure.rows})`,
    ...(measure.aggregate === 'median' ? [orderedSql(index)] : []),
  ]);
  const sql = `with recursive ${[membersSql(asked, definition.rollUp), ...parts].join(',\n')}
    ${measures.map((measure, index) => aggregateSql(measure, index)).join('\nunion all\n')}`;
  return { sql, parameters: parameters.values, measures };
}

/** Numbers the rows that count by size, so that the middle ones can be taken without a division. */
function orderedSql(index: number): string {
  return `ordered_${index} as (select *,
      row_number() over (partition by partner_id, why is null order by value, id collate "C") as place,
      count(*) over (partition by partner_id, why is null) as places
    from rows_${index})`;
}

function aggregateSql(measure: MeasureSql, index: number): string {
  const table = measure.aggregate === 'median' ? `ordered_${index}` : `rows_${index}`;
  const number = numberSql(measure);
  const edges = (kind: 'enters' | 'leaves') =>
    measure.windows.map((_window, at) => {
      const side = kind === 'enters' ? `after_${at}` : `not after_${at}`;
      return `(min(${kind}_${at}) filter (where is_alive and ${side}))::text`;
    });
  const array = (items: string[]) => (items.length === 0 ? 'array[]::text[]' : `array[${items.join(', ')}]`);
  return `select ${index} as part, partner_id,
      (${measure.cap === null ? number : `least(${number}, ${measure.cap})`})::text as number,
      (count(*) filter (where why is null))::int as counted,
      ${excludedSql(measure.reasons)} as excluded_by,
      min(id) filter (where why = 'rate_missing') as unrated_id,
      min(currency) filter (where why = 'rate_missing') as unrated_currency,
      ${array(edges('enters'))} as enters, ${array(edges('leaves'))} as leaves
    from ${table} group by partner_id`;
}

function numberSql({ aggregate }: MeasureSql): string {
  const included = 'filter (where why is null)';
  if (aggregate === 'count') return `count(*) ${included}`;
  if (aggregate === 'distinct') return `count(distinct identity) ${included}`;
  if (aggregate === 'sum') return `coalesce(sum(value) ${included}, 0)`;
  if (aggregate !== 'median') return `${aggregate}(value) ${included}`;
  const middle = (offset: number) =>
    `min(value) filter (where why is null and place = (places + ${offset}) / 2)`;
  return `${middle(1)} + ${middle(2)}`;
}

function excludedSql(reasons: readonly ExclusionReason[]): string {
  const counts = reasons.map((reason) => `'${reason}', nullif(count(*) filter (where why = '${reason}'), 0)`);
  return `jsonb_strip_nulls(jsonb_build_object(${counts.join(', ')}))`;
}
