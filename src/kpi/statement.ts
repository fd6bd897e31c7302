import { measuresOf } from '../program/check/kpi.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import { type MeasureRow, type SharedRow, sharedTables } from './shared-rows.ts';
import { type MeasureSql, measureSql } from './sql/measure.ts';
import type { AskedRegion } from './sql/region.ts';
import { sharedSql } from './sql/source.ts';
import { Parameters } from './sql/sql-parts.ts';

/** Some KPIs for many partners as a single statement. */
export interface KpiStatement {
  sql: string;
  parameters: unknown[];
  /** The measures of each KPI, in the order asked for. */
  measures: MeasureSql[][];
  /** What a row of it says: the figures of some measures for one partner. Partners without any record have none. */
  read(row: SharedRow): MeasureRow[];
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
  parameters.askFor(partners, program.kpis[kpis[0]!]!.rollUp);
  const groups = measuredTogether(program, kpis).map(({ kpi, regions }) => ({
    kpi,
    regions,
    measures: measuresOf(program.kpis[kpis[kpi]!]!).map(({ measure }) =>
      measureSql({ program, measure, asOf, parameters, regions }),
    ),
  }));
  const tables = sharedTables(
    groups.flatMap(({ measures, kpi, regions }) =>
      measures.map((measure, part) => ({ measure, kpi, part, isRegional: regions !== undefined })),
    ),
  );
  const rows = tables.map((table) => table.rows);
  const sql = `with recursive ${[sharedSql(parameters), ...rows].join(',\n')}
    ${tables.map(({ aggregate }) => aggregate).join('\nunion all\n')}`;
  const measures = new Map(
    groups.flatMap((group) =>
      (group.regions ?? [{ figure: group.kpi }]).map(({ figure }) => [figure, group.measures] as const),
    ),
  );
  return {
    ...parameters.usedBy(sql),
    measures: kpis.map((_kpi, index) => measures.get(index)!),
    read: (row) => tables[row.table_no]!.read(row),
  };
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
