import { computeAll } from '../kpi/compute-all.ts';
import { type Feed, unreadKpis } from '../kpi/freshness.ts';
import { figureText } from '../kpi/periods.ts';
import { scopeAtEnd } from '../kpi/scope-at-end.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { currentPeriod } from '../program/period-names.ts';
import type { Executor } from '../store/store.ts';

/** Figures of one KPI by partner, as decimals rounded as they are shown; null where there is none. */
export type Figures = ReadonlyMap<string, string | null>;

interface Wanted {
  program: Program;
  now: number;
  kpi: string;
  partners: readonly string[];
}

/** The figures of today, as they are kept for the running period of figures. */
export async function figuresKept(executor: Executor, wanted: Wanted): Promise<Figures> {
  const { program, now, kpi, partners } = wanted;
  const { period } = currentPeriod(program, dayOf(now, program.timeZone));
  const rows = await executor.query<{ partner_id: string; figure: string | null }>(
    `select partner_id, figures ->> $3 as figure from tierlink.kpi_period
     where program = $1 and period = $2 and currency = $4 and partner_id = any($5::text[])`,
    [program.name, period, kpi, program.currency.code, partners],
  );
  return new Map(rows.map(({ partner_id: id, figure }) => [id, figure]));
}

/**
 * The figures of a period that is over, by the records of today. Those that are kept for it are by the records of the first
 * day after it, or wait for what was not read yet. Empty where inputs were never read.
 */
export async function figuresAtEnd(
  executor: Executor,
  { program, now, kpi, partners, endsOn, feeds }: Wanted & { endsOn: string; feeds: readonly Feed[] },
): Promise<Figures> {
  if (unreadKpis(program, { feeds, now }).includes(kpi)) return new Map();
  const scope = { ...scopeAtEnd(program, endsOn), now, feeds };
  const values = await computeAll(executor, scope, { kpis: [kpi], partners });
  return new Map(values.map((value) => [value.partnerId, figureText(value)]));
}
