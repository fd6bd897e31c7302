import { instantOf } from '../model/clock.ts';
import type { EntityName } from '../model/entities.ts';
import { dayOf } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import { isAway } from './away.ts';
import { type Feed, freshnessOf, loadFeeds } from './freshness.ts';
import { staleByOthers } from './rank/groups.ts';
import { entitiesRead } from './reads.ts';
import type { KpiValue, StateReason } from './types.ts';
import { readValueRows } from './value-rows.ts';

/**
 * The values of partners as they stand at an instant: stored figures, with the state that they have now. Facts newer than
 * the value make it stale; inputs behind their limit make it provisional; what was never computed says so, and so does what
 * would be computed from inputs that were never read. Every partner gets a value for every KPI asked for, in the program's
 * order. `only`: the KPIs asked for. (Default: all) `feeds`: as they are now. (Default: read here)
 */
export async function readKpis(
  executor: Executor,
  {
    program,
    partners,
    now,
    only,
    feeds: given,
  }: {
    program: Program;
    partners: readonly string[];
    now: number;
    only?: ReadonlySet<string> | undefined;
    feeds?: readonly Feed[];
  },
): Promise<KpiValue[]> {
  const asked = Object.keys(program.kpis).filter((kpi) => only?.has(kpi) ?? true);
  const feeds = given ?? (await loadFeeds(executor));
  const stored = new Map(
    (await readValueRows(executor, program, partners, only && asked)).map((value) => [
      `${value.partnerId} ${value.kpi}`,
      value,
    ]),
  );
  const dirty = await dirtyEntities(executor, partners);
  const unsettled = await staleByOthers(executor, program, { partners, now: instantOf(now) });
  const kpis = asked.map((kpi) => ({
    kpi,
    read: entitiesRead(program, kpi),
    freshness: freshnessOf(program, { kpi, feeds, now }),
  }));
  const at = { now: instantOf(now), today: dayOf(now, program.timeZone) };
  return partners.flatMap((partnerId) =>
    kpis.map(({ kpi, read, freshness }) => {
      const kept = freshness.isUnread ? undefined : stored.get(`${partnerId} ${kpi}`);
      const reason = (freshness.isUnread ? freshness.reason : null) ?? { code: 'not_computed' };
      const value = kept ?? notCalculated(program, { partnerId, kpi, now, reason });
      const isDirty = (dirty.get(partnerId) ?? []).some((entity) => read.has(entity));
      const isUnsettled = unsettled.has(`${partnerId} ${kpi}`);
      return asOfNow(value, { freshness, isDirty, isUnsettled, ...at });
    }),
  );
}

async function dirtyEntities(
  executor: Executor,
  partners: readonly string[],
): Promise<Map<string, EntityName[]>> {
  const rows = await executor.query<{ partner_id: string; entities: EntityName[] }>(
    `select partner_id, array_agg(distinct entity order by entity) as entities from tierlink.dirty_partner
     where partner_id = any($1::text[]) group by partner_id`,
    [partners],
  );
  return new Map(rows.map((row) => [row.partner_id, row.entities]));
}

function notCalculated(
  program: Program,
  { partnerId, kpi, now, reason }: { partnerId: string; kpi: string; now: number; reason: StateReason },
): KpiValue {
  const { unit } = program.kpis[kpi]!;
  return {
    program: program.name,
    partnerId,
    kpi,
    unit,
    asOf: dayOf(now, program.timeZone),
    state: 'not_calculated',
    stateReason: reason,
    numerator: null,
    denominator: null,
    currency: unit === 'money' ? program.currency.code : null,
    empty: null,
    counted: 0,
    excluded: 0,
    excludedBy: {},
    sample: 0,
    error: null,
    inputsCompleteTo: null,
    nextChangeAt: null,
  };
}

interface Present {
  freshness: ReturnType<typeof freshnessOf>;
  isDirty: boolean;
  /** Whether something has changed, or is to change by now, of a partner that it is compared with. */
  isUnsettled: boolean;
  now: string;
  today: string;
}

/** A value that nothing has made old holds for today as well, whenever it was computed. */
function asOfNow(value: KpiValue, { freshness, isDirty, isUnsettled, now, today }: Present): KpiValue {
  const inputsCompleteTo = freshness.completeTo;
  if (value.state === 'not_calculated') return { ...value, inputsCompleteTo };
  const isOver = value.nextChangeAt !== null && value.nextChangeAt <= now;
  if (isAway(value)) {
    return {
      ...value,
      state: 'stale',
      stateReason: { code: 'kept_away' },
      nextChangeAt: null,
      inputsCompleteTo,
    };
  }
  if (isDirty || isOver || isUnsettled) {
    const code = isDirty ? 'records_changed' : isOver ? 'window_moved' : 'others_changed';
    return { ...value, state: 'stale', stateReason: { code }, inputsCompleteTo };
  }
  const current = { ...value, asOf: value.asOf > today ? value.asOf : today, inputsCompleteTo };
  if (value.state === 'error') return current;
  const reason = freshness.reason ?? value.doubt ?? null;
  return reason === null
    ? { ...current, state: 'current', stateReason: null }
    : { ...current, state: 'provisional', stateReason: reason };
}

export type { Feed };
