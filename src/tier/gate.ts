import type { ApprovalState } from '../model/states.ts';
import { addDays } from '../program/civil-date.ts';
import { exact } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { type ApprovalPolicy, type Direction, percentOf, waitsAlways } from '../program/schema/approval.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import { decisionReason } from './explain/decision-words.ts';
import { outlookOf, summaryOf } from './explain/summary.ts';
import { labelOf, standingWords } from './ladder-of.ts';
import { type Evaluation, type Evidence, goalOf, type TierState } from './types.ts';

/** Which changes of tiers wait for a person. Pure. */

/** A change of a partner's tier by the rules, as a person is asked about it. */
export interface TierMove {
  partnerId: string;
  ladder: string;
  direction: Direction;
  from: string | null;
  to: string | null;
  /** What is missing for the tier that would be lost, or what was met for the one that is reached. */
  why: string;
  /** The same as long as it is the same change for the same requirements, whatever the amounts. */
  key: string;
}

/** A change that somebody was asked about. */
export interface AskedMove {
  approvalId: string;
  ladder: string;
  direction: Direction;
  from: string | null;
  to: string | null;
  key: string;
  state: ApprovalState;
  /** Day on which it was first held. */
  askedOn: string;
  /** Day from which a rejected one may be proposed again. */
  untilOn: string | null;
  decidedBy: string | null;
  decidedOn: string | null;
  reason: string | null;
  /** The decision that recorded the answer. */
  decisionId: string | null;
}

/** The move between two states of one evaluation; null when the tier stays. */
export function moveBetween(
  program: Program,
  ladder: LadderDefinition,
  of: { partnerId: string; before: TierState; evidence: Evidence; last: Evaluation },
): TierMove | null {
  const { partnerId, before, evidence, last } = of;
  const [from, to] = [goalOf(before), goalOf(last.state)];
  if (from === to) return null;
  const rank = (tier: string | null) => ladder.tiers.findIndex(({ key }) => key === tier);
  const direction = rank(to) > rank(from) ? 'up' : 'down';
  const outlook = outlookOf(evidence, { tier: from, status: 'due_down' });
  const short = summaryOf(program, ladder, { outlook, frozenReason: null });
  const reached = decisionReason({ movement: 'promote', toTier: to, summary: last.state.summary, evidence });
  const missing = direction === 'up' ? [] : outlook.missing.map(({ id }) => id).sort();
  const why = direction === 'up' ? reached : short;
  return {
    partnerId,
    ladder: ladder.key,
    direction,
    from,
    to,
    why,
    key: JSON.stringify([from, to, missing]),
  };
}

/**
 * The move of a partner that comes to another ladder; null where its tier there is called the same. Up and down are those
 * of the new ladder; where it has no such tier as the partner held, it is taken for a loss.
 */
export function ladderMove(
  program: Program,
  of: {
    partnerId: string;
    left: { ladder: string; state: Pick<TierState, 'tier'> };
    ladder: LadderDefinition;
    state: TierState;
  },
): TierMove | null {
  const { partnerId, left, ladder, state } = of;
  const old = program.ladders.find(({ key }) => key === left.ladder);
  const label = (old === undefined ? null : labelOf(old, left.state.tier)) ?? left.state.tier;
  const [from, to] = [left.state.tier, state.tier];
  const same = ladder.tiers.findIndex((tier) => tier.key === from || tier.label === label);
  const rank = ladder.tiers.findIndex(({ key }) => key === to);
  if (same !== -1 && same === rank) return null;
  const name = standingWords(ladder, to);
  return {
    partnerId,
    ladder: ladder.key,
    direction: same !== -1 && rank > same ? 'up' : 'down',
    from: null,
    to,
    why: `It comes to ${ladder.label} with ${name}, from ${old?.label ?? left.ladder}, where it held ${label}.`,
    key: JSON.stringify([left.ladder, from, ladder.key, to]),
  };
}

/** In which directions everybody who would move today waits. */
export type Holds = Readonly<Record<Direction, boolean>>;

/** What is to be done with a move. hold without an asked one: nobody was asked yet. */
export type Verdict =
  | { kind: 'make'; asked: null }
  | { kind: 'approved' | 'refuse'; asked: AskedMove }
  | { kind: 'hold'; asked: AskedMove | null };

export function verdictOf(
  move: TierMove,
  of: { asked: readonly AskedMove[]; policy: ApprovalPolicy | undefined; holds: Holds; asOf: string },
): Verdict {
  const same = of.asked.filter(({ ladder, key }) => ladder === move.ladder && key === move.key);
  const approved = same.find(({ state }) => state === 'approved');
  if (approved !== undefined) return { kind: 'approved', asked: approved };
  const rejected = same.findLast(({ state, untilOn }) => state === 'rejected' && of.asOf < untilOn!);
  if (rejected !== undefined) return { kind: 'refuse', asked: rejected };
  const open = same.find(({ state }) => state === 'open');
  if (open !== undefined && isAsked(of.policy, move.direction)) return { kind: 'hold', asked: open };
  return of.holds[move.direction] ? { kind: 'hold', asked: null } : { kind: 'make', asked: null };
}

/** Whether the program asks for approvals in a direction at all. */
export function isAsked(policy: ApprovalPolicy | undefined, direction: Direction): boolean {
  if (policy === undefined) return false;
  return waitsAlways(policy, direction) || policy[`${direction}Share`] !== undefined;
}

/** Why all moves of a direction wait; null when they do not. `moves`: of the day, with those that wait already. */
export function holdReason(
  policy: ApprovalPolicy | undefined,
  of: { direction: Direction; moves: number; partners: number },
): string | null {
  if (policy === undefined || of.moves === 0) return null;
  const word = of.direction;
  if (waitsAlways(policy, of.direction)) return `every move ${word} waits`;
  const share = policy[`${of.direction}Share`];
  if (share === undefined || of.moves < policy.minimum) return null;
  const isOver = exact(of.moves)
    .mul(100)
    .gt(exact(percentOf(share)).mul(of.partners));
  return isOver
    ? `${of.moves} of ${of.partners} partners would go ${word} on one day, more than ${share}`
    : null;
}

/** A partner that waits is looked at again each day: days alone can change what would happen. */
export function nextLook(asOf: string): string {
  return addDays(asOf, 1);
}
