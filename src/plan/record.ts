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
  /** Where the plan is, for what is said of it. */
  file: string;
}

/** A plan that was begun goes on with what was chosen then, and one that was applied is over. */
const mayChange = `p.state = 'approved' or (p.state in ('applying', 'waiting') and p.choices = excluded.choices)`;

/**
 * Notes that a person lets a plan, with what is chosen in it, do what needs an approval. Throws PLAN_APPLIED, and PLAN_INVALID
 * where it was begun with other choices.
 */
export async function approvePlan(
  plan: Plan,
  { store, clock, actor, reason, file }: PlanApproval,
): Promise<void> {
  const at = instantOf(clock.now());
  await store.transaction(async (tx) => {
    if (await isApprovedSo(tx, plan, { actor, reason })) return;
    const noted = await tx.query(
      `insert into tierlink.plan as p (id, state, choices, changed_at, approved_at, approved_by, approved_reason)
       values ($1, 'approved', $2, $3::timestamptz, $3::timestamptz, $4, $5)
       on conflict (id) do update set choices = excluded.choices, changed_at = excluded.changed_at, approved_at = excluded.approved_at,
         approved_by = excluded.approved_by, approved_reason = excluded.approved_reason
       where ${mayChange} returning id`,
      [plan.head.id, choicesHash(plan), at, actor, reason],
    );
    if (noted.length === 0) await refuseOver(tx, plan, file);
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

/** Whether the same person has approved the same choices for the same reason: who saw no answer asks again. */
async function isApprovedSo(
  tx: Executor,
  plan: Plan,
  { actor, reason }: Pick<PlanApproval, 'actor' | 'reason'>,
): Promise<boolean> {
  const rows = await tx.query(
    `select from tierlink.plan where id = $1 and state <> 'applied' and choices = $2 and approved_by = $3
       and approved_reason = $4`,
    [plan.head.id, choicesHash(plan), actor, reason],
  );
  return rows.length > 0;
}

async function refuseOver(executor: Executor, plan: Plan, file: string): Promise<never> {
  const known = await recordOf(executor, plan, file);
  throw new TierlinkError('PLAN_APPLIED', { run: known?.runId });
}

/** An approval is for what was chosen then, and for nothing else. */
const approvedColumns = ['approved_at', 'approved_by', 'approved_reason']
  .map((column) => `${column} = case when p.choices = excluded.choices then p.${column} end`)
  .join(', ');

/**
 * Notes that a run begins to write a plan. From then on it can only be gone on with, or be done. Throws as approvePlan does,
 * where another run has begun or applied it meanwhile.
 */
export async function beginPlan(
  executor: Executor,
  plan: Plan,
  { runId, file, at }: { runId: string; file: string; at: string },
): Promise<void> {
  const begun = await executor.query(
    `insert into tierlink.plan as p (id, state, choices, run_id, changed_at)
     values ($1, 'applying', $2, $3, $4::timestamptz)
     on conflict (id) do update set state = 'applying', choices = excluded.choices, ${approvedColumns},
       changed_at = excluded.changed_at,
       run_id = coalesce(p.run_id, excluded.run_id)
     where ${mayChange} returning id`,
    [plan.head.id, choicesHash(plan), runId, at],
  );
  if (begun.length === 0) await refuseOver(executor, plan, file);
}

/** Notes how far a plan has come. Who applied it, and when, is said once all of it is written. */
export async function endPlan(
  executor: Executor,
  plan: Plan,
  of: { state: 'waiting' | 'applied'; actor: string; at: string },
): Promise<void> {
  await executor.query(
    `update tierlink.plan set state = $2, changed_at = $3::timestamptz, applied_at = case $2 when 'applied' then $3::timestamptz end,
       applied_by = case $2 when 'applied' then $4 end
     where id = $1`,
    [plan.head.id, of.state, of.at, of.actor],
  );
}
