import { lockStates } from '../kpi/due-states.ts';
import { instantOf } from '../model/clock.ts';
import { dayOf, startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { Tx } from '../store/store.ts';
import { approvedOutcome, refusedOutcome } from './answers.ts';
import { type ItemChange, settleApprovals, writeItems } from './approval-items.ts';
import { letWait, returnNewcomers, takeNewcomers } from './due.ts';
import { changesLadder, evaluatePartner, type PartnerOutcome } from './evaluate-partner.ts';
import { type Holds, isAsked, nextLook, type Verdict, verdictOf } from './gate.ts';
import { labelOf } from './ladder-of.ts';
import { loadInputs, type PartnerInputs } from './load.ts';
import type { Movement } from './types.ts';
import { markForPush, membershipId, writeDecisions, writeStates } from './write.ts';

export interface PageRequest {
  program: Program;
  /** Epoch milliseconds. */
  now: number;
  /** The run that decisions are kept under. */
  runId: string | null;
  partners: readonly string[];
  mayGoDown: boolean;
  mayJoin: boolean;
  /** In which directions nobody moves without an approval; null while that was not found out. */
  holds: Holds | null;
}

const noHolds: Holds = { up: false, down: false };

/** An outcome, and what becomes of the change in it. */
interface Judged {
  inputs: PartnerInputs;
  outcome: PartnerOutcome;
  /** Null where nothing changes that a person may have to approve. */
  verdict: Verdict | null;
}

/**
 * Evaluates and stores a page; returns what was stored. Nothing is, and it says what is to be done first, when somebody
 * would go down and inputs have to be confirmed, or would move and it is to be found out whether that waits. Who would change ladders and may not stays on the one that it is on, and is looked at again once it may.
 * Who waits for an approval keeps its state untouched.
 */
export async function evaluatePage(
  tx: Tx,
  request: PageRequest,
): Promise<PartnerOutcome[] | 'confirm' | 'plan'> {
  const { program, now, partners } = request;
  const at = instantOf(now);
  const asOf = dayOf(now, program.timeZone);
  await lockStates(tx, partners);
  const newcomers = await takeNewcomers(tx, program, partners);
  const inputs = await loadInputs(tx, { program, partners, now });
  const waiting = request.mayJoin ? [] : inputs.filter((one) => changesLadder(program, one));
  const idsOf = (list: readonly PartnerInputs[]) => list.map(({ partnerId }) => partnerId);
  await letWait(tx, program, idsOf(waiting));
  const judged = inputs.filter((one) => !waiting.includes(one)).map((one) => judge(request, one, asOf));
  const first = whatIsFirst(request, judged);
  if (first !== null) {
    await returnNewcomers(tx, program, newcomers);
    return first;
  }
  const unlisted = judged.filter(isUnlisted).map((one) => one.inputs);
  await returnNewcomers(
    tx,
    program,
    newcomers.filter((id) => idsOf(unlisted).includes(id)),
  );
  await lookAgain(
    tx,
    request,
    judged.filter(isHeld).map(({ outcome }) => outcome.partnerId),
  );
  const outcomes = judged.flatMap((one) => outcomeOf(program, one));
  await storeOutcomes(tx, request, outcomes);
  const changes = judged.flatMap((one) => itemChanges(program, one));
  if (changes.length > 0) {
    await writeItems(tx, changes);
    await settleApprovals(tx, program, at);
  }
  return outcomes;
}

/** The end of an override may take the tier, or warn of that. */
const downward: ReadonlySet<Movement> = new Set<Movement>(['warn', 'demote', 'override_end']);

export function goesDown({ decisions }: PartnerOutcome): boolean {
  return decisions.some(({ decision }) => downward.has(decision.movement));
}

function whatIsFirst(request: PageRequest, judged: readonly Judged[]): 'confirm' | 'plan' | null {
  if (!request.mayGoDown && judged.some(({ outcome }) => goesDown(outcome))) return 'confirm';
  const { approval } = request.program;
  const mayWait = ({ outcome: { move }, verdict }: Judged) =>
    verdict?.kind === 'make' && isAsked(approval, move!.direction);
  return request.holds === null && judged.some(mayWait) ? 'plan' : null;
}

function judge({ program, holds }: PageRequest, inputs: PartnerInputs, asOf: string): Judged {
  const outcome = evaluatePartner(program, inputs, asOf);
  const policy = program.approval;
  const verdict =
    outcome.move === null
      ? null
      : verdictOf(outcome.move, { asked: inputs.asked, policy, holds: holds ?? noHolds, asOf });
  return { inputs, outcome, verdict };
}

function isHeld({ verdict }: Judged): boolean {
  return verdict?.kind === 'hold' && verdict.asked !== null;
}

/** Came up only now, after the list for the approval was made: it stays due, and the next run asks. */
function isUnlisted({ verdict }: Judged): boolean {
  return verdict?.kind === 'hold' && verdict.asked === null;
}

/** What is stored of an outcome; nothing of one that waits, except the first tier that the partner was given before. */
function outcomeOf(program: Program, { outcome, verdict }: Judged): PartnerOutcome[] {
  if (verdict === null || verdict.kind === 'make') return [outcome];
  if (verdict.kind === 'approved') return [approvedOutcome(program, outcome, verdict.asked)];
  if (verdict.kind === 'refuse') return [refusedOutcome(program, outcome, verdict.asked)];
  return outcome.before === null ? [] : [{ ...outcome, ...outcome.before, isTold: true }];
}

async function storeOutcomes(
  tx: Tx,
  { program, now, runId }: PageRequest,
  outcomes: readonly PartnerOutcome[],
): Promise<void> {
  const at = instantOf(now);
  await closeStates(tx, { program, now: at }, outcomes);
  const scope = { program, now: at, runId };
  const decisions = outcomes.flatMap((outcome) => outcome.decisions);
  await writeDecisions(tx, scope, decisions);
  const states = outcomes.flatMap(({ state }) => state ?? []);
  await writeStates(tx, scope, states);
  const told = outcomes.filter(({ isTold }) => isTold);
  await markForPush(tx, { entity: 'partner', ids: told.map(({ partnerId }) => partnerId), now: at });
  const standings = told.flatMap(({ state, closes }) => [...(state === null ? [] : [state]), ...closes]);
  const memberships = standings.map((one) => membershipId(program, one));
  await markForPush(tx, { entity: 'membership', ids: memberships, now: at });
  const made = decisions.map(({ decision }) => decision.id);
  await markForPush(tx, { entity: 'decision', ids: made, now: at });
}

/** What became of the changes that a person was asked about. While inputs are late or partial, nothing is known of them. */
function itemChanges(program: Program, { inputs, outcome, verdict }: Judged): ItemChange[] {
  const { partnerId, state } = outcome;
  const isFrozen = outcome.move === null && state !== null && state.state.frozenReason !== null;
  const asked = verdict?.asked ?? null;
  const others = inputs.asked.filter(
    (one) => (one.state === 'open' || one.state === 'approved') && one !== asked && !isFrozen,
  );
  const leftOut = others.map(({ approvalId, ladder, key }): ItemChange => {
    const isSame = outcome.move?.key === key;
    const note = isSame ? 'the program asks for no approval of it any more' : noteOf(program, outcome);
    return { approvalId, partnerId, ladder, state: 'left_out', note, decisionId: null };
  });
  if (asked === null || verdict === null || verdict.kind === 'hold') return leftOut;
  const { approvalId, ladder } = asked;
  const decisionId =
    verdict.kind === 'refuse'
      ? refusedOutcome(program, outcome, asked).state!.state.decisionId
      : outcome.state!.state.decisionId;
  const own: ItemChange = {
    approvalId,
    partnerId,
    ladder,
    state: verdict.kind === 'refuse' ? 'rejected' : 'applied',
    note: null,
    decisionId,
  };
  return [...leftOut, own];
}

/** Why a change is not made as it was shown. */
function noteOf(program: Program, { move, state }: PartnerOutcome): string {
  if (state === null) return 'the partner is on no ladder any more';
  const ladder = program.ladders.find(({ key }) => key === state.ladder)!;
  const name = (tier: string | null) => labelOf(ladder, tier) ?? 'no tier';
  return move === null
    ? `its figures changed: it stays ${name(state.state.tier)}`
    : `its figures changed: now from ${name(move.from)} to ${name(move.to)}. ${move.why}`;
}

async function lookAgain(tx: Tx, { program, now }: PageRequest, partners: readonly string[]): Promise<void> {
  if (partners.length === 0) return;
  const day = nextLook(dayOf(now, program.timeZone));
  await tx.query(
    `update tierlink.tier_state set evaluate_at = $3
     where program = $1 and partner_id = any($2::text[]) and closed_at is null`,
    [program.name, [...partners], startOfDay(day, program.timeZone)],
  );
}

/** A partner that changed to another ladder, or to none, leaves its old one; the history stays. */
async function closeStates(
  tx: Tx,
  { program, now }: { program: Program; now: string },
  outcomes: readonly PartnerOutcome[],
): Promise<void> {
  const closed = outcomes.flatMap(({ closes }) => closes);
  if (closed.length === 0) return;
  await tx.query(
    `update tierlink.tier_state t set closed_at = $3, closed_reason = c.reason, mode = 'closed',
       evaluate_at = null, changed_at = $3
     from jsonb_to_recordset($2::jsonb) as c("partnerId" text, ladder text, reason text)
     where t.program = $1 and t.partner_id = c."partnerId" and t.ladder = c.ladder and t.closed_at is null`,
    [program.name, JSON.stringify(closed), now],
  );
}
