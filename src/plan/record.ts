import { TierlinkError } from '../errors.ts';
import { type Clock, instantOf } from '../model/clock.ts';
import { writeAudit } from '../store/audit.ts';
import type { Executor, Store } from '../store/store.ts';
import { choicesHash } from './file.ts';
import type { Plan } from './item.ts';

/** What the store remembers of a plan: that it was approved, is being applied, or was. */
export interface PlanRecord {
  /** waiting: all is written but what needs an approval. */
  state: 'approved' | 'applying' | 'waiting' | 'applied';
  /** Whether what was approved is what is chosen in the file now. */
  isApproved: boolean;
  runId: string | null;
}

interface Row {
  state: PlanRecord['state'];
  choices: string;
  approved_at: string | null;
  run_id: string | null;
}

/**
 * What is known of a plan; null when nothing is. Throws PLAN_INVALID where it is being applied with other choices than the
 * file has now: half of it was written by those.
 */
export async function recordOf(executor: Executor, plan: Plan, file: string): Promise<PlanRecord | null> {
  const [row] = await executor.query<Row & Record<string, unknown>>(
    'select state, choices, approved_at, run_id from tierlink.plan where id = $1',
    [plan.head.id],
  );
  if (row === undefined) return null;
  const isSame = row.choices === choicesHash(plan);
  if (!isSame && (row.state === 'applying' || row.state === 'waiting'))
    throw new TierlinkError('PLAN_INVALID', {
      file,
      plan: file,
      reason: `run ${row.run_id} began to apply it with other choices than it has now`,
    });
  return { state: row.state, isApproved: isSame && row.approved_at !== null, runId: row.run_id };
}

export interface PlanApproval {
  store: Store;
  clock: Clock;
  actor: string;
  reason: string;
}

/** Notes that a person lets a plan, with what is chosen in it, do what needs an approval. */
export async function approvePlan(plan: Plan, { store, clock, actor, reason }: PlanApproval): Promise<void> {
  const at = instantOf(clock.now());
  await store.transaction(async (tx) => {
    await tx.query(
      `insert into tierlink.plan (id, state, choices, approved_at, approved_by, approved_reason)
     values ($1, 'approved', $2, $3::timestamptz, $4, $5)
     on conflict (id) do update set choices = excluded.choices, approved_at = excluded.approved_at,
       approved_by = excluded.approved_by, approved_reason = excluded.approved_reason`,
      [plan.head.id, choicesHash(plan), at, actor, reason],
    );
    const about = {
      connection: '',
      object: '',
      entity: 'plan',
      recordId: plan.head.id,
      planId: plan.head.id,
    };
    await writeAudit(tx, [{ at, action: 'approve_plan', actor, why: reason, ...about }]);
  });
}

/** Notes that a run begins to write a plan. From then on it can only be gone on with, or be done. */
export async function beginPlan(executor: Executor, plan: Plan, by: { runId: string }): Promise<void> {
  await executor.query(
    `insert into tierlink.plan as p (id, state, choices, run_id) values ($1, 'applying', $2, $3)
     on conflict (id) do update set state = 'applying', choices = excluded.choices,
       run_id = coalesce(p.run_id, excluded.run_id)`,
    [plan.head.id, choicesHash(plan), by.runId],
  );
}

/** Notes how far a plan has come. */
export async function endPlan(
  executor: Executor,
  plan: Plan,
  of: { state: 'waiting' | 'applied'; actor: string; at: string },
): Promise<void> {
  await executor.query(
    `update tierlink.plan set state = $2, applied_at = $3::timestamptz, applied_by = $4 where id = $1`,
    [plan.head.id, of.state, of.at, of.actor],
  );
}
