import { startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import type { KeptTrack } from '../tier/kept-track.ts';
import { assembleValue } from './assemble-value.ts';
import { figureOf } from './figure.ts';
import { type Feed, freshnessOf } from './freshness.ts';
import type { Population } from './population.ts';
import type { MeasureRow, SharedRow } from './shared-rows.ts';
import { kpiStatement } from './statement.ts';
import type { KpiValue } from './types.ts';

/** What one computation of figures is about. */
export interface ComputeScope {
  program: Program;
  /** Day as of which; it is itself not over, so it is in no past window. */
  asOf: string;
  now: number;
  feeds: readonly Feed[];
  /** What pages of partners share that are computed from records alone. (Default: nothing) */
  population?: Population;
  /**
   * Values of earlier days, by "partner kpi", of the same program and records: those that time has not changed since are
   * taken, and new ones are put in. (Default: everything is computed)
   */
  earlier?: Map<string, KpiValue>;
  /** Tracks that partners are supposed to have been given. (Default: those that they were given) */
  tracks?: ReadonlyMap<string, KeptTrack>;
  /** Day whose tracks count. (Default: asOf) */
  tracksOn?: string;
}

/** Computes one KPI for many partners. Every partner asked for gets a value. */
export async function computeKpi(
  executor: Executor,
  scope: ComputeScope,
  { kpi, partners }: { kpi: string; partners: readonly string[] },
): Promise<KpiValue[]> {
  return await computeKpis(executor, scope, { kpis: [kpi], partners });
}

/** Computes KPIs that roll up alike for many partners with one statement. Every partner asked for gets a value of each. */
export async function computeKpis(
  executor: Executor,
  scope: ComputeScope,
  { kpis, partners }: { kpis: readonly string[]; partners: readonly string[] },
): Promise<KpiValue[]> {
  const { program, asOf } = scope;
  const statement = kpiStatement(program, { kpis, partners, asOf });
  const rows = await executor.query<SharedRow>(statement.sql, statement.parameters);
  const found = rowsByPartner(kpis.length, rows.flatMap(statement.read));
  const dayStart = startsOfDays(program.timeZone);
  return kpis.flatMap((kpi, index) => {
    const measures = statement.measures[index]!;
    const { reason, completeTo } = freshnessOf(program, { kpi, feeds: scope.feeds, now: scope.now });
    const figureFor = figureOf({ ...scope, kpi, measures, dayStart });
    return partners.map((partnerId) =>
      assembleValue(
        scope,
        { kpi, partnerId, reason, completeTo },
        figureFor(found[index]!.get(partnerId) ?? []),
      ),
    );
  });
}

/** The rows of each KPI, by its place among those asked for. */
function rowsByPartner(kpis: number, rows: readonly MeasureRow[]): Map<string, MeasureRow[]>[] {
  const found = Array.from({ length: kpis }, () => new Map<string, MeasureRow[]>());
  for (const row of rows) {
    const own = found[row.kpi]!;
    const known = own.get(row.partner_id);
    if (known === undefined) own.set(row.partner_id, [row]);
    else known.push(row);
  }
  return found;
}

/** Looks each day up once: many partners share the few days on which something changes. */
function startsOfDays(timeZone: string): (day: string) => string {
  const known = new Map<string, string>();
  return (day) => {
    const start = known.get(day) ?? startOfDay(day, timeZone);
    known.set(day, start);
    return start;
  };
}
