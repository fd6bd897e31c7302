import { idOfParts } from '../model/record-id.ts';
import { earlierDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import type { LadderOutcome } from './evaluate-partner.ts';
import { outlookOf, summaryOf } from './explain/summary.ts';
import type { AskedMove } from './gate.ts';
import { labelOf } from './ladder-of.ts';
import { lockEnd, withReviewsOfTier } from './reviews.ts';
import type { ApprovalEvidence, Decision, TierState } from './types.ts';
import type { DecisionWrite, StateWrite } from './write.ts';

/** What a person's answer makes of an outcome. Pure. */

/**
 * The outcome of a move that a person approved. A rise counts from the day on which it was first held, so that nobody loses
 * days to a queue; a fall counts from the day on which it is made.
 */
export function approvedOutcome(program: Program, outcome: LadderOutcome, asked: AskedMove): LadderOutcome {
  const approval = evidenceOf(program, asked);
  const { state } = outcome;
  const isMoved = outcome.moveFrom !== null && state.state.tier !== outcome.moveFrom.tier;
  const isBackdated =
    isMoved && asked.direction === 'up' && state.state.since !== null && asked.askedOn < state.state.since;
  const { movement } = program.ladders.find(({ key }) => key === asked.ladder)!;
  const since = { since: asked.askedOn, lockedUntil: lockEnd(asked.askedOn, movement) };
  const reviewed = { policy: movement, fiscalYearStart: program.fiscalYearStart };
  return {
    ...outcome,
    state: isBackdated
      ? { ...state, state: withReviewsOfTier({ ...state.state, ...since }, state.state.since!, reviewed) }
      : state,
    decisions: outcome.decisions.map((write, index) =>
      index < outcome.moveStep ? write : { ...write, evidence: { ...write.evidence, approval } },
    ),
  };
}

/**
 * The outcome of a move that a person rejected: the tier stays, and the review counts as held. The answer is recorded once,
 * with the evidence that it was given on.
 */
export function refusedOutcome(program: Program, outcome: LadderOutcome, asked: AskedMove): LadderOutcome {
  const from = outcome.moveFrom!;
  const until = asked.untilOn!;
  const last = outcome.decisions[outcome.moveStep]!;
  const status = asked.direction === 'up' ? 'eligible_up' : 'due_down';
  const outlook = outlookOf(last.evidence, { tier: from.tier, status });
  const ladder = program.ladders.find(({ key }) => key === asked.ladder)!;
  // Evaluated for the change that is rejected, it holds the review of today.
  const { nextReview } = outcome.state.state;
  const state: TierState = {
    ...from,
    status,
    computedTier: last.decision.computedTier,
    summary:
      last.evidence.inherited === undefined
        ? summaryOf(program, ladder, { outlook, frozenReason: null })
        : from.summary,
    missing: outlook.missing.map(({ id }) => id),
    frozenReason: null,
    mayReach: outcome.state.state.mayReach,
    nextReview,
    decisionId: from.decisionId,
  };
  const earlier = outcome.decisions.slice(0, outcome.moveStep);
  const record = asked.decisionId === null ? refusal(program, { outcome, asked, state, last }) : undefined;
  const write: StateWrite = {
    partnerId: outcome.partnerId,
    ladder: asked.ladder,
    state: record === undefined ? state : { ...state, decisionId: record.decision.id },
    evaluateOn: nextReview === null ? until : earlierDay(nextReview, until),
  };
  const decisions = record === undefined ? earlier : [...earlier, record];
  return { ...outcome, state: write, decisions, isTold: decisions.length > 0 };
}

function refusal(
  program: Program,
  of: { outcome: LadderOutcome; asked: AskedMove; state: TierState; last: DecisionWrite },
): DecisionWrite {
  const { outcome, asked, state, last } = of;
  const { partnerId } = outcome;
  const decision: Decision = {
    id: idOfParts('dec', [program.name, asked.ladder, partnerId, asked.approvalId, 'rejected']),
    movement: 'keep',
    fromTier: state.tier,
    toTier: state.tier,
    computedTier: state.computedTier,
    status: state.status,
    summary: state.summary,
    effectiveOn: last.evidence.asOf,
  };
  const evidence = { ...last.evidence, approval: evidenceOf(program, asked) };
  return { ...last, decision, evidence };
}

function evidenceOf(program: Program, asked: AskedMove): ApprovalEvidence {
  const ladder = program.ladders.find(({ key }) => key === asked.ladder);
  return {
    id: asked.approvalId,
    answer: asked.state === 'approved' ? 'approved' : 'rejected',
    by: asked.decidedBy ?? '',
    on: asked.decidedOn ?? '',
    reason: asked.reason,
    ladder: { label: ladder?.label ?? asked.ladder, beside: ladder?.beside ?? false },
    tier: ladder === undefined ? asked.to : labelOf(ladder, asked.to),
  };
}
