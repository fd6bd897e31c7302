import { notePruned } from '../../kpi/known-history.ts';
import { type Clock, instantOf } from '../../model/clock.ts';
import { pruneAudit, sealAudit } from '../../store/audit-chain.ts';
import type { Store } from '../../store/store.ts';

/** How long what piles up is kept, in days. Decisions with their evidence are never pruned. */
export interface RetentionDays {
  /** Runs that have ended. */
  runs: number;
  /** What was written, before and after, and the plans that it was written by. */
  audit: number;
  /** Older versions of records: the longest window of the program plus appeals. */
  versions: number;
  /** KPI figures of past periods. */
  kpiPeriods: number;
}

export interface PruneCounts extends Record<string, number> {
  runs: number;
  audit: number;
  plans: number;
  versions: number;
  kpiPeriods: number;
  coverage: number;
  budget: number;
  users: number;
}

const dayMs = 86_400_000;

/**
 * Deletes what is older than it has to be kept, gives the space back, and renews the statistics. Safe at any moment and
 * any number of times: nothing that is still needed for a decision, an open run or a pending write is touched.
 */
export async function pruneHistory(options: {
  store: Store;
  clock: Clock;
  retention: RetentionDays;
}): Promise<PruneCounts> {
  const { store, clock, retention } = options;
  const before = (days: number) => instantOf(clock.now() - days * dayMs);
  const remove = async (sql: string, days: number) => {
    const [row] = await store.query<{ count: number }>(
      `with gone as (${sql} returning 1) select count(*)::int as count from gone`,
      [before(days)],
    );
    return row?.count ?? 0;
  };
  await sealAudit(store);
  await notePruned(store, { to: before(retention.versions), now: instantOf(clock.now()) });
  const counts: PruneCounts = {
    runs: await remove('delete from tierlink.run where finished_at < $1::timestamptz', retention.runs),
    audit: await pruneAudit(store, { before: before(retention.audit), now: instantOf(clock.now()) }),
    // Until then the audit names it, and says that it was applied. One that was begun can be gone on with whenever.
    plans: await remove(
      `delete from tierlink.plan where state <> 'applying' and changed_at < $1::timestamptz`,
      retention.audit,
    ),
    versions: await remove(
      'delete from tierlink.record_version where known_to < $1::timestamptz',
      retention.versions,
    ),
    kpiPeriods: await remove(
      'delete from tierlink.kpi_period where ends_on < $1::timestamptz::date',
      retention.kpiPeriods,
    ),
    coverage: await remove('delete from tierlink.coverage where to_at < $1::timestamptz', retention.runs),
    budget: await remove('delete from tierlink.budget where day < $1::timestamptz::date', retention.runs),
    // People are called otherwise, or leave; whoever is still to be named is asked for again.
    users: await remove('delete from tierlink.crm_user where asked_at < $1::timestamptz', retention.runs),
  };
  await store.vacuum();
  return counts;
}
