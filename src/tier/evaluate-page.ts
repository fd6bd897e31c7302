import { setImmediate as immediate } from 'node:timers/promises';
import { lockStates } from '../kpi/due-states.ts';
import { instantOf } from '../model/clock.ts';
import { dayOf, startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { Direction } from '../program/schema/approval.ts';
import { markOutbox } from '../store/mark-outbox.ts';
import type { Tx } from '../store/store.ts';
import { approvedOutcome, refusedOutcome } from './answers.ts';
import { type ItemChange, settleApprovals, writeItems } from './approval-items.ts';
import { hasCompanyLadders, makeFamiliesDue } from './company/company.ts';
import { kpisOfEvidence } from './computed.ts';
import { ladderInputs, letWait, returnNewcomers, takeNewcomers, waitForFigures } from './due.ts';
import {
  changesLadder,
  evaluatePartner,
  type LadderOutcome,
  lacksFigures,
  type PartnerOutcome,
} from './evaluate-partner.ts';
import { type Holds, isAsked, nextLook, type TierMove, type Verdict, verdictOf } from './gate.ts';
import { type OnLadder, writeLeft } from './ladder-changes.ts';
import { standingWords, staysWords } from './ladder-of.ts';
import { loadInputs, type PartnerInputs } from './load.ts';
import type { Movement } from './types.ts';
import { membershipId, writeDecisions, writeStates } from './write.ts';

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
  /**
   * Called before anything is stored, where nothing that will be is asked for by the pages after this one: they may begin.
   * (Default: they wait until it is stored)
   */
  onDecided?: () => void;
}

export interface EvaluatedPage {
  outcomes: PartnerOutcome[];
  /** How many partners do not come to a ladder before their figures are computed, which makes them due. */
  withoutFigures: number;
}

/** Some milliseconds. */
const partnersPerTurn = 20;

const noHolds: Holds = { up: false, down: false };

/** A partner's outcome, and what becomes of the change in it on each ladder. */
interface Judged {
  inputs: PartnerInputs;
  outcome: PartnerOutcome;
  ladders: JudgedLadder[];
}

interface JudgedLadder {
  outcome: LadderOutcome;
  /** Null where nothing changes that a person may have to approve. */
  verdict: Verdict | null;
}

/**
 * Evaluates and stores a page; returns what was stored. Nothing is, and it says what is to be done first, when somebody
 * would go down and inputs have to be confirmed, or would move and it is to be found out whether that waits. Who would
 * change ladders and may not stays on the one that it is on, and is looked at again once it may, or once its figures are
 * there. Who waits for an approval keeps its state untouched.
 */
export async function evaluatePage(
  tx: Tx,
  request: PageRequest,
): Promise<EvaluatedPage | 'confirm' | 'plan'> {
  const { program, now, partners } = request;
  const at = instantOf(now);
  const asOf = dayOf(now, program.timeZone);
  await lockStates(tx, partners);
  const newcomers = await takeNewcomers(tx, program, partners);
  const inputs = await loadInputs(tx, { program, partners, now, kpis: kpisOfEvidence(program) });
  const lacking = inputs.filter((one) => lacksFigures(program, one, asOf));
  // A feed may have come since the run began, and since the inputs were read; what it hides is read again, and marks nobody when it says the same.
  const mayJoin =
    request.mayJoin && (lacking.length === 0 || (await ladderInputs(tx, program, now)).unread === null);
  const unread = mayJoin ? [] : inputs.filter((one) => changesLadder(program, one));
  const uncomputed = lacking.filter((one) => !unread.includes(one));
  const idsOf = (list: readonly PartnerInputs[]) => list.map(({ partnerId }) => partnerId);
  await letWait(tx, program, idsOf(unread));
  await waitForFigures(tx, program, idsOf(uncomputed));
  const waiting = new Set([...unread, ...uncomputed]);
  const judged: Judged[] = [];
  for (const one of inputs) {
    // What the page before still has to be stored is sent in between.
    if (judged.length % partnersPerTurn === 0) await immediate();
    if (!waiting.has(one)) judged.push(judge(request, one, asOf));
  }
  const first = whatIsFirst(request, judged);
  if (first !== null) {
    await returnNewcomers(tx, program, newcomers);
    return first;
  }
  const unlisted = judged.filter(({ ladders }) => ladders.some(isUnlisted)).map((one) => one.inputs);
  await returnNewcomers(
    tx,
    program,
    newcomers.filter((id) => idsOf(unlisted).includes(id)),
  );
  const outcomes = judged.map(({ outcome, ladders }) => ({
    ...outcome,
    closes: closesOf(outcome, ladders),
    ladders: ladders.flatMap((one) => outcomeOf(program, one)),
  }));
  const changes = judged.flatMap((one) => itemChanges(program, one));
  // Who has the tier of a company looks it up, and a list is settled by whoever sees that nothing on it waits any more.
  if (changes.length === 0 && !hasCompanyLadders(program)) request.onDecided?.();
  await storeOutcomes(tx, request, outcomes, judged.flatMap(laddersMoved));
  await lookAgain(tx, request, idsOf(judged.filter(isLookedAtAgain).map((one) => one.inputs)));
  // Who waits for a company that is decided on this very page is due at once all the same.
  const felt = outcomes.filter(isFeltBelow).map(({ partnerId }) => partnerId);
  await makeFamiliesDue(tx, { program, partners: felt, now: at });
  if (changes.length > 0) {
    await writeItems(tx, changes);
    await settleApprovals(tx, program, at);
  }
  return { outcomes, withoutFigures: uncomputed.length };
}

/** The end of an override may take the tier, or warn of that. */
const downward: ReadonlySet<Movement> = new Set<Movement>(['warn', 'demote', 'override_end']);

export function goesDown({ ladders }: PartnerOutcome): boolean {
  return ladders.some(
    ({ decisions, move }) =>
      move?.direction === 'down' || decisions.some(({ decision }) => downward.has(decision.movement)),
  );
}

/** Whether it makes subsidiaries due: a company stands elsewhere now, or has left a ladder. */
export function isFeltBelow({ ladders, closes }: PartnerOutcome): boolean {
  return (
    closes.length > 0 ||
    ladders.some(
      ({ ladder, evidence, isTold, isOpened }) =>
        ladder.heldBy === 'company' && evidence.inherited === undefined && (isTold || isOpened),
    )
  );
}

function whatIsFirst(request: PageRequest, judged: readonly Judged[]): 'confirm' | 'plan' | null {
  if (!request.mayGoDown && judged.some(({ outcome }) => goesDown(outcome))) return 'confirm';
  const { approval } = request.program;
  const mayWait = ({ outcome: { move }, verdict }: JudgedLadder) =>
    verdict?.kind === 'make' && isAsked(approval, move!.direction);
  return request.holds === null && judged.some(({ ladders }) => ladders.some(mayWait)) ? 'plan' : null;
}

function judge({ program, holds }: PageRequest, inputs: PartnerInputs, asOf: string): Judged {
  const verdicts = new Map<LadderOutcome, Verdict | null>();
  const of = { asked: inputs.asked, policy: program.approval, holds: holds ?? noHolds, asOf };
  const listed = listedMoves(program, inputs, of);
  const outcome = evaluatePartner(program, inputs, asOf, (one) => {
    const verdict = one.move === null ? null : withTheListed(one.move, verdictOf(one.move, of), listed);
    verdicts.set(one, verdict);
    // What waits or was rejected changes nothing of what other ladders see.
    const isMade = verdict === null || verdict.kind === 'make' || verdict.kind === 'approved';
    return isMade ? one.state.state : one.moveFrom;
  });
  const ladders = outcome.ladders.map((one) => ({ outcome: one, verdict: verdicts.get(one) ?? null }));
  return { inputs, outcome, ladders };
}

interface ListedMove {
  move: TierMove;
  verdict: Verdict;
}

/** The changes of a partner as they were listed, by ladder: each as if all others were made. */
function listedMoves(
  program: Program,
  inputs: PartnerInputs,
  of: Parameters<typeof verdictOf>[1],
): ReadonlyMap<string, ListedMove> {
  if (inputs.asked.length === 0) return new Map();
  const { ladders } = evaluatePartner(program, inputs, of.asOf);
  return new Map(
    ladders.flatMap(({ ladder, move }) =>
      move === null ? [] : [[ladder.key, { move, verdict: verdictOf(move, of) }] as const],
    ),
  );
}

/**
 * While another change waits that a change rests on, it goes less far, or is made for other reasons, than the list says: it
 * waits with the list, and is rejected with it.
 */
function withTheListed(move: TierMove, verdict: Verdict, listed: ReadonlyMap<string, ListedMove>): Verdict {
  const known = listed.get(move.ladder);
  if (verdict.asked !== null || !known?.verdict.asked) return verdict;
  const isStopped = known.verdict.kind !== 'approved';
  return isStopped && known.move.direction === move.direction ? known.verdict : verdict;
}

/** Nothing else brings back who waits, may not come to another ladder, or has a company that is not decided yet. */
function isLookedAtAgain({ outcome, ladders }: Judged): boolean {
  return outcome.isBehind || ladders.some((one) => isHeld(one) || isKeptAway(one));
}

function isKeptAway({ outcome, verdict }: JudgedLadder): boolean {
  return verdict?.kind === 'refuse' && outcome.leaves !== undefined;
}

function isHeld({ verdict }: JudgedLadder): boolean {
  return verdict?.kind === 'hold' && verdict.asked !== null;
}

/** Came up only now, after the list for the approval was made: it stays due, and the next run asks. */
function isUnlisted({ verdict }: JudgedLadder): boolean {
  return verdict?.kind === 'hold' && verdict.asked === null;
}

/** Who waits for an approval of another ladder, or may not come to it, stays on the one that it is on. */
function closesOf({ partnerId, closes }: PartnerOutcome, ladders: readonly JudgedLadder[]): Closes {
  const stays = ladders.find(({ outcome, verdict }) => outcome.leaves !== undefined && isStopped(verdict));
  const waiting = new Set(ladders.filter(isUnstored).map(({ outcome }) => outcome.ladder.key));
  return closes.filter((one) =>
    one.partnerId === partnerId ? one.ladder !== stays?.outcome.leaves : !waiting.has(one.ladder),
  );
}

/** What a merged partner held is taken over with the outcome; it stays where it is while nothing of that is stored. */
function isUnstored({ outcome, verdict }: JudgedLadder): boolean {
  if (outcome.leaves !== undefined) return isStopped(verdict);
  return verdict?.kind === 'hold' && outcome.before === null;
}

type Closes = PartnerOutcome['closes'];

/** That the rules take a partner from one ladder to another, and nobody was asked. */
type LadderMoved = OnLadder & { direction: Direction };

function laddersMoved({ ladders }: Judged): LadderMoved[] {
  return ladders.flatMap(({ outcome: { partnerId, leaves, move }, verdict }) =>
    leaves === undefined || verdict?.kind !== 'make'
      ? []
      : [{ partnerId, ladder: leaves, direction: move!.direction }],
  );
}

function isStopped(verdict: Verdict | null): boolean {
  return verdict?.kind === 'hold' || verdict?.kind === 'refuse';
}

/** What is stored of an outcome; nothing of one that waits, except the first tier that the partner was given before. */
function outcomeOf(program: Program, { outcome, verdict }: JudgedLadder): LadderOutcome[] {
  if (verdict === null || verdict.kind === 'make') return [outcome];
  if (verdict.kind === 'approved') return [approvedOutcome(program, outcome, verdict.asked)];
  if (outcome.leaves !== undefined) return [];
  if (verdict.kind === 'refuse') return [refusedOutcome(program, outcome, verdict.asked)];
  return outcome.before === null ? [] : [{ ...outcome, ...outcome.before, isTold: true }];
}

async function storeOutcomes(
  tx: Tx,
  { program, now, runId }: PageRequest,
  outcomes: readonly PartnerOutcome[],
  moved: readonly LadderMoved[],
): Promise<void> {
  const at = instantOf(now);
  await closeStates(tx, { program, now: at, moved }, outcomes);
  const scope = { program, now: at, runId };
  const ladders = outcomes.flatMap((outcome) => outcome.ladders);
  const decisions = ladders.flatMap((outcome) => outcome.decisions);
  await writeDecisions(tx, scope, decisions);
  await writeStates(
    tx,
    scope,
    ladders.map(({ state }) => state),
  );
  const told = ladders.filter(({ isTold }) => isTold).map(({ state }) => state);
  const standings = [...told, ...outcomes.flatMap(({ closes }) => closes)];
  const leavers = outcomes.filter(({ closes }) => closes.length > 0).map(({ partnerId }) => partnerId);
  const partners = [...told.map(({ partnerId }) => partnerId), ...leavers];
  await markOutbox(tx, { entity: 'partner', recordIds: partners, now: at });
  const memberships = standings.map((one) => membershipId(program, one));
  await markOutbox(tx, { entity: 'membership', recordIds: memberships, now: at });
  const made = decisions.map(({ decision }) => decision.id);
  await markOutbox(tx, { entity: 'decision', recordIds: made, now: at });
}

/**
 * What became of the changes that a person was asked about. While inputs are late or partial, or the company is not decided
 * yet, nothing is known of them.
 */
function itemChanges(program: Program, { inputs, outcome: { isBehind }, ladders }: Judged): ItemChange[] {
  const { partnerId } = inputs;
  const isWaiting = ladders.some(isHeld);
  const others = inputs.asked.filter((one) => {
    if (isBehind) return false;
    const judged = ladders.find(({ outcome }) => outcome.ladder.key === one.ladder);
    const isOpen = one.state === 'open' || one.state === 'approved';
    return isOpen && judged?.verdict?.asked !== one && !isNotKnown(judged, isWaiting);
  });
  const leftOut = others.map(({ approvalId, ladder, key }): ItemChange => {
    const outcome = ladders.find((one) => one.outcome.ladder.key === ladder)?.outcome;
    const isSame = outcome?.move?.key === key;
    const note = isSame ? 'the program asks for no approval of it any more' : noteOf(outcome);
    return { approvalId, partnerId, ladder, state: 'left_out', note, decisionId: null };
  });
  return [...leftOut, ...ladders.flatMap((one) => answerOf(program, one))];
}

/** Whether nothing can be said of a change yet: its inputs are late, or it may follow from another one that waits. */
function isNotKnown(judged: JudgedLadder | undefined, isWaiting: boolean): boolean {
  if (judged === undefined || judged.outcome.move !== null) return false;
  return judged.outcome.state.state.frozenReason !== null || isWaiting;
}

/** What a person's answer made of a change. */
function answerOf(program: Program, { outcome, verdict }: JudgedLadder): ItemChange[] {
  if (verdict === null || verdict.asked === null || verdict.kind === 'hold') return [];
  const { approvalId, ladder } = verdict.asked;
  const isRefused = verdict.kind === 'refuse';
  const isLadder = outcome.leaves !== undefined;
  const made = isRefused && !isLadder ? refusedOutcome(program, outcome, verdict.asked) : outcome;
  return [
    {
      approvalId,
      partnerId: outcome.partnerId,
      ladder,
      state: isRefused ? 'rejected' : 'applied',
      note: null,
      decisionId: isRefused && isLadder ? null : made.state.state.decisionId,
    },
  ];
}

/** Why a change is not made as it was shown. */
function noteOf(outcome: LadderOutcome | undefined): string {
  if (outcome === undefined) return 'the partner is not on that ladder any more';
  const { move, ladder, state } = outcome;
  const name = (tier: string | null) => standingWords(ladder, tier);
  return move === null
    ? `its figures changed: it ${staysWords(ladder, state.state.tier)}`
    : `its figures changed: now from ${name(move.from)} to ${name(move.to)}. ${move.why}`;
}

/** On the next day; who has no open state is marked for that day. */
async function lookAgain(tx: Tx, { program, now }: PageRequest, partners: readonly string[]): Promise<void> {
  if (partners.length === 0) return;
  const at = startOfDay(nextLook(dayOf(now, program.timeZone)), program.timeZone);
  const found = await tx.query<{ partner_id: string }>(
    `update tierlink.tier_state set evaluate_at = $3
     where program = $1 and partner_id = any($2::text[]) and closed_at is null returning partner_id`,
    [program.name, [...partners], at],
  );
  const standing = new Set(found.map((row) => row.partner_id));
  await returnNewcomers(
    tx,
    program,
    partners.filter((id) => !standing.has(id)),
    at,
  );
}

/** A partner that changed to another ladder, or to none, leaves its old one; the history stays. */
async function closeStates(
  tx: Tx,
  { program, now, moved }: { program: Program; now: string; moved: readonly LadderMoved[] },
  outcomes: readonly PartnerOutcome[],
): Promise<void> {
  const closed = outcomes.flatMap(({ closes }) => closes);
  if (closed.length === 0) return;
  const directionOf = ({ partnerId, ladder }: OnLadder) =>
    moved.find((one) => one.partnerId === partnerId && one.ladder === ladder)?.direction ?? null;
  const left = closed.map((one) => ({ ...one, moved: directionOf(one) }));
  await writeLeft(tx, { program: program.name, now }, left);
  await tx.query(
    `update tierlink.tier_state t set closed_at = $3, closed_reason = c.reason, mode = 'closed',
       evaluate_at = null, changed_at = $3
     from jsonb_to_recordset($2::jsonb) as c("partnerId" text, ladder text, reason text)
     where t.program = $1 and t.partner_id = c."partnerId" and t.ladder = c.ladder and t.closed_at is null`,
    [program.name, JSON.stringify(closed), now],
  );
}
