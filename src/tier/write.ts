import { entities } from '../model/entities.ts';
import { idOfParts } from '../model/record-id.ts';
import { startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { Tx } from '../store/store.ts';
import { sameInstant, writeBack } from './ladder-changes.ts';
import type { Decision, Evidence, TierState } from './types.ts';

/** One partner's outcome, to be stored. */
export interface StateWrite {
  partnerId: string;
  ladder: string;
  state: TierState;
  evaluateOn: string | null;
}

export interface DecisionWrite {
  partnerId: string;
  ladder: string;
  decision: Decision;
  evidence: Evidence;
  mode: TierState['mode'];
}

/** Our id of where a partner stands on a ladder. */
export function membershipId(
  program: Pick<Program, 'name'>,
  { partnerId, ladder }: Pick<StateWrite, 'partnerId' | 'ladder'>,
): string {
  return idOfParts(entities.membership.idPrefix, [program.name, partnerId, ladder]);
}

/** Stores states; evaluated_at moves only with a change, so that a run that changes nothing writes nothing but that. */
export async function writeStates(
  tx: Tx,
  { program, now }: { program: Program; now: string },
  writes: readonly StateWrite[],
): Promise<void> {
  if (writes.length === 0) return;
  const held = writes.map(({ partnerId, ladder, state }) => ({ partnerId, ladder, tier: state.tier }));
  await writeBack(tx, { program: program.name, now }, held);
  const rows = writes.map(({ partnerId, ladder, state, evaluateOn }) => ({
    id: membershipId(program, { partnerId, ladder }),
    program: program.name,
    ladder,
    partner_id: partnerId,
    tier: state.tier,
    since: state.since,
    status: state.status,
    computed_tier: state.computedTier,
    next_review: state.nextReview,
    ramp_until: state.rampUntil,
    grace_until: state.graceUntil,
    below_since: state.belowSince,
    warned_on: state.warnedOn,
    mode: state.mode,
    adopted: state.adopted,
    frozen_reason: state.frozenReason,
    may_reach: state.mayReach,
    pending: state.pending,
    inherited_from: state.inheritedFrom,
    override_id: state.overrideId,
    beside: program.ladders.some(({ key, beside }) => key === ladder && beside),
    locked_until: state.lockedUntil,
    more_up_on: state.moreUpOn,
    summary: state.summary,
    missing: state.missing,
    decision_id: state.decisionId,
    evaluate_at: evaluateOn === null ? null : startOfDay(evaluateOn, program.timeZone),
    evaluated_at: now,
    closed_at: null,
    closed_reason: null,
    changed_at: now,
  }));
  await tx.query(
    `insert into tierlink.tier_state (${stateColumns.join(', ')})
     select ${stateColumns.join(', ')} from jsonb_to_recordset($1::jsonb) as new(${columnList(stateTypes)})
     on conflict (program, ladder, partner_id) do update set ${stateColumns
       .slice(4)
       .map((column) => `${column} = excluded.${column}`)
       .join(', ')}`,
    [JSON.stringify(rows)],
  );
}

/**
 * Stores decisions with their evidence, those of a partner in the order in which they were made. A decision is never changed:
 * the same one stored twice is one.
 */
export async function writeDecisions(
  tx: Tx,
  { program, now, runId }: { program: Program; now: string; runId: string | null },
  writes: readonly DecisionWrite[],
): Promise<void> {
  if (writes.length === 0) return;
  const made = new Map<string, number>();
  // Those of one evaluation are kept a millisecond apart, so that history has an order.
  const stepOf = (partnerId: string) => {
    const step = made.get(partnerId) ?? 0;
    made.set(partnerId, step + 1);
    return step;
  };
  const rows = writes.map(({ partnerId, ladder, decision, evidence, mode }) => ({
    id: decision.id,
    program: program.name,
    program_version: program.version,
    ladder,
    partner_id: partnerId,
    decided_at: new Date(Date.parse(now) + stepOf(partnerId)).toISOString(),
    effective_on: decision.effectiveOn,
    movement: decision.movement,
    from_tier: decision.fromTier,
    to_tier: decision.toTier,
    computed_tier: decision.computedTier,
    status: decision.status,
    summary: decision.summary,
    evidence,
    mode,
    inputs_complete_to: evidence.inputsCompleteTo,
    run_id: runId,
  }));
  await tx.query(
    // What is decided again within one instant comes after what was decided first. Of a whole page that is looked up at once:
    // in a first run the planner may take the index of the program for it, by which a lookup reads all decisions of the run.
    `insert into tierlink.decision (${decisionColumns.join(', ')})
     select ${decisionColumns
       .map((column) => (column === 'decided_at' ? `decided_at + coalesce(after, interval '0')` : column))
       .join(', ')}
     from jsonb_to_recordset($1::jsonb) as new(${columnList(decisionTypes)})
     left join (select d.partner_id, max(d.decided_at) + interval '1 millisecond' - $2::timestamptz as after
       from tierlink.decision d where d.partner_id = any($3::text[]) and d.program = $4
         and d.decided_at >= $2::timestamptz and d.decided_at < $2::timestamptz + ${sameInstant}
       group by d.partner_id) as earlier using (partner_id)
     on conflict (id) do nothing`,
    [JSON.stringify(rows), now, [...new Set(writes.map(({ partnerId }) => partnerId))], program.name],
  );
}

function columnList(types: Readonly<Record<string, string>>): string {
  return Object.entries(types)
    .map(([column, type]) => `${column} ${type}`)
    .join(', ');
}

const stateTypes = {
  id: 'text',
  program: 'text',
  ladder: 'text',
  partner_id: 'text',
  tier: 'text',
  since: 'date',
  status: 'text',
  computed_tier: 'text',
  next_review: 'date',
  ramp_until: 'date',
  grace_until: 'date',
  below_since: 'date',
  warned_on: 'date',
  mode: 'text',
  adopted: 'jsonb',
  frozen_reason: 'jsonb',
  may_reach: 'jsonb',
  pending: 'jsonb',
  inherited_from: 'text',
  override_id: 'text',
  beside: 'boolean',
  locked_until: 'date',
  more_up_on: 'date',
  summary: 'text',
  missing: 'jsonb',
  decision_id: 'text',
  evaluate_at: 'timestamptz',
  evaluated_at: 'timestamptz',
  closed_at: 'timestamptz',
  closed_reason: 'text',
  changed_at: 'timestamptz',
} as const;

const stateColumns = Object.keys(stateTypes);

const decisionTypes = {
  id: 'text',
  program: 'text',
  program_version: 'text',
  ladder: 'text',
  partner_id: 'text',
  decided_at: 'timestamptz',
  effective_on: 'date',
  movement: 'text',
  from_tier: 'text',
  to_tier: 'text',
  computed_tier: 'text',
  status: 'text',
  summary: 'text',
  evidence: 'jsonb',
  mode: 'text',
  inputs_complete_to: 'timestamptz',
  run_id: 'text',
} as const;

const decisionColumns = Object.keys(decisionTypes);
