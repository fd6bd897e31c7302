import type { Program } from '../program/load.ts';
import type { LadderDefinition } from '../program/schema-ladder.ts';
import { evaluate } from './evaluate.ts';
import { moveBetween, nextLook, type TierMove } from './gate.ts';
import { ladderOf, noLadderReason, onNoLadder } from './ladder-of.ts';
import type { PartnerInputs } from './load.ts';
import { better, mergedReason } from './merge.ts';
import {
  type Evaluation,
  type Evidence,
  goalOf,
  type Movement,
  type TierMode,
  type TierState,
} from './types.ts';
import type { DecisionWrite, StateWrite } from './write.ts';

/** What an evaluation of one partner leaves to be stored. */
export interface PartnerOutcome {
  partnerId: string;
  name: string | null;
  state: StateWrite | null;
  decisions: DecisionWrite[];
  /** States that end: ladders that the partner is no longer on, and those of partners merged into it. */
  closes: { partnerId: string; ladder: string; reason: string }[];
  /** Whether something that CRMs show has changed. */
  isTold: boolean;
  /** The change of the tier in it that a person may have to approve; null for none. */
  move: TierMove | null;
  /** What comes before that change, and stands while it waits; null where that is nothing. */
  before: Pick<PartnerOutcome, 'state' | 'decisions'> | null;
  /** The state that the change starts from, and the decisions that make it. */
  moveFrom: TierState | null;
  moveStep: number;
}

/** A tier that was just adopted is then moved by the policy, so two steps settle every case; more would be a fault. */
const maxSteps = 3;

/** Evaluates one partner as of a day until nothing moves any more. Pure. */
export function evaluatePartner(program: Program, inputs: PartnerInputs, asOf: string): PartnerOutcome {
  const { partnerId, partner, kpis, mode, facts } = inputs;
  const name = typeof partner.name === 'string' ? partner.name : null;
  const ladder = ladderOf(program, partner);
  const closes = closingStates(inputs, ladder, leavingReason(program, { partner, ladder, asOf }));
  if (ladder === null)
    return { partnerId, name, state: null, decisions: [], closes, isTold: closes.length > 0, ...noMove };
  const before = inputs.states.find((one) => one.ladder === ladder.key)?.state ?? null;
  const absorbed = inputs.absorbed.filter((one) => one.ladder === ladder.key).map((one) => one.state);
  const overrides = inputs.overrides.filter((one) => one.ladder === ladder.key);
  const waivers = inputs.waivers.filter((one) => one.ladder === ladder.key);
  const decisions: DecisionWrite[] = [];
  let state = absorbed.reduce<TierState | null>((best, other) => better(ladder, best, other), before);
  let decided = before;
  let last: Evaluation | undefined;
  let start: { state: TierState; step: number; evidence: Evidence } | undefined;
  for (let step = 0; step < maxSteps; step++) {
    last = evaluate({
      program,
      ladder,
      partnerId,
      partner,
      kpis,
      state,
      decided,
      overrides,
      waivers,
      facts,
      asOf,
      mode,
    });
    if (start === undefined && state !== null && isByRules(mode, state, last))
      start = { state, step, evidence: last.evidence };
    state = last.state;
    decided = state;
    if (last.decision === null) break;
    decisions.push({
      partnerId,
      ladder: ladder.key,
      step,
      decision: last.decision,
      evidence: last.evidence,
      mode,
    });
  }
  const move =
    start === undefined
      ? null
      : moveBetween(program, ladder, {
          partnerId,
          before: start.state,
          evidence: start.evidence,
          last: { ...last!, state: state! },
        });
  return {
    partnerId,
    name,
    state: { partnerId, ladder: ladder.key, state: state!, evaluateOn: last!.evaluateOn },
    decisions,
    closes,
    isTold: closes.length > 0 || before === null || shownDiffers(before, state!),
    ...(move === null
      ? noMove
      : {
          move,
          moveFrom: start!.state,
          moveStep: start!.step,
          before: beforeMove(start!, { decisions, partnerId, ladder, asOf }),
        }),
  };
}

const noMove = { move: null, before: null, moveFrom: null, moveStep: 0 } as const;

/** A person's decision, the first tier that a partner is given, and what was decided before or only withdraws that. */
const ungated: ReadonlySet<Movement | null> = new Set<Movement>([
  'override',
  'adopt',
  'take_effect',
  'cancel_pending',
]);

/** Whether it is the rules that change the tier. */
function isByRules(mode: TierMode, before: TierState, { movement, state }: Evaluation): boolean {
  return mode === 'owned' && !ungated.has(movement) && goalOf(before) !== goalOf(state);
}

/** The first tier that a partner is given, on the day on which the rules would move it on at once. */
function beforeMove(
  { state, step }: { state: TierState; step: number },
  of: { decisions: DecisionWrite[]; partnerId: string; ladder: LadderDefinition; asOf: string },
): PartnerOutcome['before'] {
  if (step === 0) return null;
  const { partnerId, ladder, asOf } = of;
  const decisions = of.decisions.slice(0, step);
  return { state: { partnerId, ladder: ladder.key, state, evaluateOn: nextLook(asOf) }, decisions };
}

/** Whether an evaluation would put the partner on another ladder than it is on, or on none. */
export function changesLadder(program: Program, { partner, states }: PartnerInputs): boolean {
  const ladder = ladderOf(program, partner);
  const open = states.filter(({ isClosed }) => !isClosed).map((one) => one.ladder);
  return ladder === null ? open.length > 0 : !open.includes(ladder.key);
}

/** Why the states of other ladders end. A partner on no ladder keeps its tier in the CRM, with these words beside it. */
function leavingReason(
  program: Program,
  of: { partner: PartnerInputs['partner']; ladder: LadderDefinition | null; asOf: string },
): string {
  if (of.ladder !== null) return 'another ladder';
  return `${onNoLadder} since ${of.asOf}: ${noLadderReason(program, of.partner)}`;
}

function closingStates(
  inputs: PartnerInputs,
  ladder: LadderDefinition | null,
  reason: string,
): PartnerOutcome['closes'] {
  const left = inputs.states.filter((one) => !one.isClosed && one.ladder !== ladder?.key);
  return [
    ...left.map((one) => ({ partnerId: inputs.partnerId, ladder: one.ladder, reason })),
    ...inputs.absorbed.map((one) => ({
      partnerId: one.partnerId,
      ladder: one.ladder,
      reason: mergedReason(inputs.partnerId),
    })),
  ];
}

/** Whether the fields that CRMs show differ. */
function shownDiffers(before: TierState, after: TierState): boolean {
  const shown = ({ tier, since, nextReview, status, summary, decisionId, mode }: TierState) =>
    JSON.stringify([tier, since, nextReview, status, summary, decisionId, mode]);
  return shown(before) !== shown(after);
}
