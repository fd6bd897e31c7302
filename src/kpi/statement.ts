import { measuresOf } from '../program/check-kpi.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import { type MeasureSql, measureSql } from './measure-sql.ts';
import type { AskedRegion } from './region-sql.ts';
import { sharedSql } from './source-sql.ts';
import { Parameters } from './sql-parts.ts';
import type { ExclusionReason } from './types.ts';

/** Some KPIs for many partners as a single statement. */
export interface KpiStatement {
  sql: string;
  parameters: unknown[];
  /** The measures of each KPI, in the order asked for. */
  measures: MeasureSql[][];
}

/** One row of it: the figures of one measure for one partner. Partners without any record have no row. */
export interface MeasureRow {
  /** Which of the KPIs asked for, and which of its measures. */
  kpi: number;
  part: number;
  partner_id: string;
  /** Whole or decimal number; to be divided by the measure's denominator. Null when there is nothing to aggregate. */
  number: string | null;
  counted: number;
  excluded_by: Partial<Record<ExclusionReason, number>> | null;
  /** The first record with an amount that has no rate: its id, the currency, and the day where rates are by date. */
  unrated: [id: string, currency: string | null, day: string | null] | null;
  /** A record that a table has no value for although it must: its id, the table, what was looked up. */
  missing_entry: [id: string, table: string, key: string | null] | null;
  /** Per turn of the measure: the earliest day that decides when a record comes to it. */
  turns: (string | null)[];
}

/**
 * Compiles KPIs that roll up alike; they share what they read. Partners come in as one array, so the statement is the same
 * for one and for ten thousand.
 */
export function kpiStatement(
  program: ProgramDefinition,
  { kpis, partners, asOf }: { kpis: readonly string[]; partners: readonly string[]; asOf: string },
): KpiStatement {
  const parameters = new Parameters();
  const asked = parameters.add(partners, 'text[]');
  const groups = measuredTogether(program, kpis).map(({ kpi, regions }) => ({
    kpi,
    regions,
    measures: measuresOf(program.kpis[kpis[kpi]!]!).map(({ measure }) =>
      measureSql({ program, measure, asOf, parameters, regions }),
    ),
  }));
  const named = groups.flatMap(({ measures, kpi, regions }) =>
    measures.map((measure, part) => ({
      measure,
      kpi,
      part,
      name: `${kpi}_${part}`,
      isRegional: regions !== undefined,
    })),
  );
  const tables = named.flatMap(({ measure, name, isRegional }) => [
    rowsSql(name, measure),
    ...(measure.aggregate === 'median' ? [orderedSql(name, isRegional)] : []),
  ]);
  const { rollUp } = program.kpis[kpis[0]!]!;
  const sql = `with recursive ${[sharedSql({ partners: asked, parameters }, rollUp), ...tables].join(',\n')}
    ${named.map(aggregateSql).join('\nunion all\n')}`;
  const measures = new Map(
    groups.flatMap((group) =>
      (group.regions ?? [{ figure: group.kpi }]).map(({ figure }) => [figure, group.measures] as const),
    ),
  );
  return { ...parameters.usedBy(sql), measures: kpis.map((_kpi, index) => measures.get(index)!) };
}

/** A KPI by its place, or all the figures by region of one, which have their rows in common. */
function measuredTogether(
  program: ProgramDefinition,
  kpis: readonly string[],
): { kpi: number; regions?: AskedRegion[] }[] {
  const regional = new Map<string, { kpi: number; regions: AskedRegion[] }>();
  return kpis.flatMap((key, kpi) => {
    const own = program.kpis[key]!.regional;
    if (own === undefined) return [{ kpi }];
    const asked = { figure: kpi, region: own.region };
    const known = regional.get(own.of);
    known?.regions.push(asked);
    if (known !== undefined) return [];
    const first = { kpi, regions: [asked] };
    regional.set(own.of, first);
    return [first];
  });
}

/**
 * The rows of a measure go into its sums one by one, without being kept. The offset keeps what a row says, such as why it does
 * not count, from being worked out anew wherever it is asked for.
 */
function rowsSql(name: string, { rows }: MeasureSql): string {
  return `rows_${name} as not materialized (select * from (${rows}) as each offset 0)`;
}

/** Numbers the rows that count by size, so that the middle ones can be taken without a division. */
function orderedSql(name: string, isRegional: boolean): string {
  const each = `${isRegional ? 'figure, ' : ''}partner_id, why is null`;
  return `ordered_${name} as (select *,
      row_number() over (partition by ${each} order by value, id collate "C") as place,
      count(*) over (partition by ${each}) as places
    from rows_${name})`;
}

interface NamedMeasure {
  measure: MeasureSql;
  kpi: number;
  part: number;
  name: string;
  /** Each of its rows is for the figure that it names. */
  isRegional: boolean;
}

const countedSql = 'count(*) filter (where why is null)';

function aggregateSql({ measure, kpi, part, name, isRegional }: NamedMeasure): string {
  const table = measure.aggregate === 'median' ? `ordered_${name}` : `rows_${name}`;
  const number = cappedSql(measure);
  const turns = measure.turns.map((_turn, at) => `min(turn_${at})::text`);
  return `select ${isRegional ? 'figure' : kpi} as kpi, ${part} as part, partner_id,
      (${number})::text as number,
      (${countedSql})::int as counted,
      ${excludedSql(measure.reasons)} as excluded_by,
      min(array[id, currency, rate_day::text]) filter (where why = 'rate_missing') as unrated,
      min(array[id] || missing) filter (where why = 'entry_missing') as missing_entry,
      array[${turns.join(', ')}]::text[] as turns
    from ${table} group by ${isRegional ? 'figure, ' : ''}partner_id`;
}

/**
 * An average is no more than the cap where its sum is no more than that for each row. Nothing to aggregate stays nothing:
 * least() would give the cap.
 */
function cappedSql(measure: MeasureSql): string {
  const number = numberSql(measure);
  const { aggregate, cap } = measure;
  if (cap === null) return number;
  const most = aggregate === 'average' ? `${cap} * ${countedSql}` : String(cap);
  return `case when ${number} > ${most} then ${most} else ${number} end`;
}

function numberSql({ aggregate }: MeasureSql): string {
  const included = 'filter (where why is null)';
  if (aggregate === 'count') return `count(*) ${included}`;
  if (aggregate === 'distinct') return `count(distinct identity) ${included}`;
  if (aggregate === 'average') return `sum(value) ${included}`;
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
