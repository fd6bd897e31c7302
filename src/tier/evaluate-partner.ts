import { isDeepStrictEqual } from 'node:util';
import { kpisOfLadders } from '../kpi/recompute-page.ts';
import type { Program } from '../program/load.ts';
import { rememberedWith } from '../program/remembered.ts';
import type { LadderDefinition } from '../program/schema/ladder.ts';
import type { Holder } from './company/company.ts';
import { type DecidedHolder, inheritedOutcome, onItsOwn } from './company/inherit.ts';
import { activeOverride, calendarDay, evaluate, mayReachOf } from './evaluate.ts';
import { shownDiffers } from './explain/shown.ts';
import { ladderMove, moveBetween, nextLook, type TierMove } from './gate.ts';
import { type Holdings, holdingAfter } from './holdings.ts';
import { type Decided, decideGroup, withThoseAsking } from './ladder-group.ts';
import { ladderGroupsOf, ladderOf, laddersOf, noLadderReason, onNoLadder } from './ladder-of.ts';
import type { LadderState, PartnerInputs } from './load.ts';
import { better, mergedReason } from './merge.ts';
import {
  type Evaluation,
  type Evidence,
  goalOf,
  type Holding,
  type Movement,
  type TierMode,
  type TierState,
} from './types.ts';
import type { DecisionWrite, StateWrite } from './write.ts';

/** What an evaluation of one partner leaves to be stored. */
export interface PartnerOutcome {
  partnerId: string;
  name: string | null;
  /** One for each ladder that the partner is on, in the order in which they are decided. */
  ladders: LadderOutcome[];
  /** States that end: ladders that the partner is no longer on, and those of partners merged into it. */
  closes: { partnerId: string; ladder: string; reason: string }[];
  /** Whether a tier is left out because nothing is decided yet of the company whose tier it is, or that it asks for. */
  isBehind: boolean;
}

/** What it leaves on one ladder. */
export interface LadderOutcome {
  partnerId: string;
  ladder: LadderDefinition;
  state: StateWrite;
  decisions: DecisionWrite[];
  /** What today's tier rests on. */
  evidence: Evidence;
  /** What the partner holds on the ladders that were decided before, or together with this one. */
  holdings: Holdings;
  /** Whether something that CRMs show has changed. */
  isTold: boolean;
  /** Whether late or partial inputs leave another tier possible than before. */
  isOpened: boolean;
  /** The change of the tier in it that a person may have to approve; null for none. */
  move: TierMove | null;
  /** What comes before that change, and stands while it waits; null where that is nothing. */
  before: Pick<LadderOutcome, 'state' | 'decisions'> | null;
  /** The state that the change starts from, and the decisions that make it. */
  moveFrom: TierState | null;
  moveStep: number;
  /** The ladder that the partner leaves for this one, where that is the change; its state stays open while it waits. */
  leaves?: string;
}

/** A tier that was just adopted is then moved by the policy, so two steps settle every case; more would be a fault. */
const maxSteps = 3;

/**
 * Evaluates one partner as of a day until nothing moves any more. Pure. `settle` says what is in force on a ladder after
 * its outcome, by which those are decided that ask for it. (Default: what the outcome gives)
 */
export function evaluatePartner(
  program: Program,
  inputs: PartnerInputs,
  asOf: string,
  settle: (outcome: LadderOutcome) => TierState | null = ({ state }) => state.state,
): PartnerOutcome {
  const { partnerId, partner } = inputs;
  const groups = ladderGroupsOf(program, partner);
  const holdings: Holdings = new Map();
  const ladders: LadderOutcome[] = [];
  let behind: ReadonlySet<string> = new Set();
  for (const group of groups) {
    const first = group.filter((ladder) => holderOn(inputs, ladder, asOf)?.state === null);
    // The company comes first; whoever has its tier is evaluated behind it, and so is what asks for that tier.
    behind = withThoseAsking(program.ladders, group, new Set([...behind, ...first.map(({ key }) => key)]));
    for (const ladder of group.filter(({ key }) => behind.has(key))) {
      const left = leftFor(program, inputs, ladder);
      if (left !== undefined) holdings.set(left.ladder, stillHeld(inputs, left.ladder));
    }
    const decided = decideGroup({
      group: group.filter(({ key }) => !behind.has(key)),
      known: holdings,
      start: (ladder) => stillHeld(inputs, ladder.key).tier,
      decide: (ladder, seen) => decideLadder(program, inputs, { ladder, asOf, holdings: seen, settle }),
    });
    for (const [ladder, { outcome, holding }] of decided) {
      ladders.push(outcome.made);
      holdings.set(ladder.key, holding);
      const { leaves } = outcome.made;
      if (!outcome.isInForce && leaves !== undefined) holdings.set(leaves, stillHeld(inputs, leaves));
    }
  }
  return {
    partnerId,
    name: typeof partner.name === 'string' ? partner.name : null,
    ladders,
    closes: closingStates(program, inputs, { on: groups.flat(), behind, asOf }),
    isBehind: behind.size > 0,
  };
}

/** Decides one ladder by what is held on the others, and whether what was decided is in force there. */
function decideLadder(
  program: Program,
  inputs: PartnerInputs,
  of: {
    ladder: LadderDefinition;
    asOf: string;
    holdings: Holdings;
    settle: (outcome: LadderOutcome) => TierState | null;
  },
): Decided<{ made: LadderOutcome; isInForce: boolean }> {
  const { ladder, asOf, holdings } = of;
  const holder = holderOn(inputs, ladder, asOf);
  const left = leftFor(program, inputs, ladder);
  const made =
    holder === undefined
      ? evaluateOn(program, inputs, { ladder, asOf, holdings, left })
      : inheritedOutcome(program, inputs, { ladder, asOf, holder: holder as DecidedHolder, left });
  const inForce = of.settle(made);
  const possible = holder === undefined ? mayReachOf(made.evidence) : made.state.state.mayReach;
  return {
    outcome: { made, isInForce: inForce !== null },
    holding: holdingAfter(ladder, possible, inForce),
  };
}

/**
 * Whose tier the partner has on a ladder; undefined where it has its own, as it also does while people keep it by hand, or
 * have set it for this partner alone and nothing is decided of the company yet.
 */
export function holderOn(
  { holders, mode, partner, overrides }: Pick<PartnerInputs, 'holders' | 'mode' | 'partner' | 'overrides'>,
  ladder: LadderDefinition,
  asOf: string,
): Holder | undefined {
  const isByHand = mode === 'shadow' && !ladder.beside && typeof partner.crmTier === 'string';
  const holder = isByHand ? undefined : holders?.get(ladder.key);
  if (holder?.state !== null) return holder;
  const own = overrides.filter((one) => one.ladder === ladder.key);
  return activeOverride(own, asOf) === null ? holder : undefined;
}

/** The outcome on the ladder of the partner's tier; undefined where it is on none. */
export function mainOutcome({ ladders }: PartnerOutcome): LadderOutcome | undefined {
  return ladders.find(({ ladder }) => !ladder.beside);
}

/** The states that it leaves, from which the next evaluation starts. `before`: those that it started from. */
export function openStates(
  { partnerId, ladders, closes }: PartnerOutcome,
  before: readonly LadderState[],
): LadderState[] {
  const isOver = (key: string) =>
    ladders.some(({ ladder }) => ladder.key === key) ||
    closes.some((one) => one.partnerId === partnerId && one.ladder === key);
  return [
    ...before.filter(({ ladder, isClosed }) => !isClosed && !isOver(ladder)),
    ...ladders.map(({ state: { ladder, state } }) => ({ ladder, state, isClosed: false })),
  ];
}

/**
 * The first day after an evaluation on which the calendar alone can change its outcome; null for none. What waits for late
 * inputs goes on waiting.
 */
export function nextByCalendar(
  { ladders }: Pick<PartnerOutcome, 'ladders'>,
  { overrides, waivers, facts, partner }: Pick<PartnerInputs, 'overrides' | 'waivers' | 'facts' | 'partner'>,
  asOf: string,
): string | null {
  const days = ladders.flatMap(({ ladder, evidence, state: { state, evaluateOn } }) => {
    if (state.frozenReason === null) return evaluateOn ?? [];
    const isOwn = (one: { ladder: string }) => one.ladder === ladder.key;
    const own = { overrides: overrides.filter(isOwn), waivers: waivers.filter(isOwn) };
    return calendarDay({ ...own, facts, asOf, ladder, partner }, { state, evidence }) ?? [];
  });
  return days.sort()[0] ?? null;
}

function evaluateOn(
  program: Program,
  inputs: PartnerInputs,
  of: {
    ladder: LadderDefinition;
    asOf: string;
    holdings: Holdings;
    left: LadderState | undefined;
  },
): LadderOutcome {
  const { partnerId, partner, kpis, mode, facts, spells } = inputs;
  const { ladder, asOf, holdings, left } = of;
  const known = inputs.states.find((one) => one.ladder === ladder.key);
  const before = known?.state ?? null;
  const own = before !== null && before.inheritedFrom !== null ? onItsOwn(before) : before;
  const absorbed = inputs.absorbed.filter((one) => one.ladder === ladder.key).map((one) => one.state);
  const overrides = inputs.overrides.filter((one) => one.ladder === ladder.key);
  const waivers = inputs.waivers.filter((one) => one.ladder === ladder.key);
  const decisions: DecisionWrite[] = [];
  let state = absorbed.reduce<TierState | null>((best, other) => better(ladder, best, other), own);
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
      holdings,
      spells,
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
      decision: last.decision,
      evidence: last.evidence,
      mode,
    });
  }
  if (left !== undefined && inputs.mode === 'owned' && last!.movement !== 'override') {
    const change = ladderMove(program, { partnerId, left, ladder, state: state! });
    const write = { partnerId, ladder: ladder.key, state: state!, evaluateOn: last!.evaluateOn };
    const common = { partnerId, ladder, state: write, decisions, evidence: last!.evidence, holdings };
    return { ...common, isTold: true, isOpened: true, ...noMove, move: change, leaves: left.ladder };
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
    ladder,
    state: { partnerId, ladder: ladder.key, state: state!, evaluateOn: last!.evaluateOn },
    decisions,
    evidence: last!.evidence,
    holdings,
    isTold: before === null || known!.isClosed || shownDiffers(before, state!),
    isOpened: openDiffers(before, state!),
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

/** What a partner holds on a ladder that it does not leave yet. */
function stillHeld({ states }: PartnerInputs, ladder: string): Holding {
  const tier = states.find((one) => one.ladder === ladder && !one.isClosed)?.state.tier ?? null;
  return { ladder, tier, mayReach: tier, reason: null };
}

/** The open state on another ladder that the partner leaves for this one; undefined where it is on this one already. */
function leftFor(
  program: Program,
  { states }: PartnerInputs,
  ladder: LadderDefinition,
): LadderState | undefined {
  const open = states.filter(({ isClosed }) => !isClosed);
  if (ladder.beside || open.some((one) => one.ladder === ladder.key)) return undefined;
  const isBeside = (key: string) => program.ladders.some((one) => one.key === key && one.beside);
  return open.find((one) => !isBeside(one.ladder) && one.state.tier !== null);
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
): LadderOutcome['before'] {
  if (step === 0) return null;
  const { partnerId, ladder, asOf } = of;
  const decisions = of.decisions.slice(0, step);
  return { state: { partnerId, ladder: ladder.key, state, evaluateOn: nextLook(asOf) }, decisions };
}

/** Whether an evaluation would put the partner on a ladder that it is not on, or take it off one. */
export function changesLadder(program: Program, { partner, states }: PartnerInputs): boolean {
  const on = laddersOf(program, partner).map(({ key }) => key);
  const open = states.filter(({ isClosed }) => !isClosed).map((one) => one.ladder);
  return on.some((key) => !open.includes(key)) || open.some((key) => !on.includes(key));
}

/**
 * Whether a partner would come to a ladder by figures that were never computed, such as when it has just been read. By
 * what it lacks it would come to the lowest tier.
 */
export function lacksFigures(program: Program, inputs: PartnerInputs, asOf: string): boolean {
  const open = inputs.states.filter(({ isClosed }) => !isClosed).map((one) => one.ladder);
  const missing = inputs.kpis.filter(({ state }) => state === 'not_calculated').map(({ kpi }) => kpi);
  if (missing.length === 0) return false;
  return laddersOf(program, inputs.partner)
    .filter((ladder) => !open.includes(ladder.key) && holderOn(inputs, ladder, asOf) === undefined)
    .some((ladder) => missing.some((kpi) => kpisOfLadder(program, ladder).has(kpi)));
}

const kpisOfLadder = rememberedWith((program: Program, ladder: LadderDefinition) =>
  kpisOfLadders({ ...program, ladders: [ladder] }),
);

/** Why the state on a ladder ends. A partner on no ladder keeps its tier in the CRM, with these words beside it. */
function leavingReason(
  program: Program,
  of: { partner: PartnerInputs['partner']; ladder: string; asOf: string },
): string {
  const left = program.ladders.find(({ key }) => key === of.ladder);
  if (left?.beside) return `not open to this partner since ${of.asOf}`;
  if (ladderOf(program, of.partner) !== null) return 'another ladder';
  return `${onNoLadder} since ${of.asOf}: ${noLadderReason(program, of.partner)}`;
}

function closingStates(
  program: Program,
  inputs: PartnerInputs,
  { on, behind, asOf }: { on: readonly LadderDefinition[]; behind: ReadonlySet<string>; asOf: string },
): PartnerOutcome['closes'] {
  const { partnerId, partner } = inputs;
  const isBeside = (key: string) => program.ladders.some((one) => one.key === key && one.beside);
  // Until it is known what it comes to, the partner stays on the ladder of its tier.
  const stays = [...behind].some((key) => !isBeside(key));
  const left = inputs.states.filter(
    (one) => !one.isClosed && !on.some(({ key }) => key === one.ladder) && !(stays && !isBeside(one.ladder)),
  );
  return [
    ...left.map(({ ladder }) => ({
      partnerId,
      ladder,
      reason: leavingReason(program, { partner, ladder, asOf }),
    })),
    ...inputs.absorbed
      .filter(({ ladder }) => !behind.has(ladder))
      .map((one) => ({
        partnerId: one.partnerId,
        ladder: one.ladder,
        reason: mergedReason(partnerId),
      })),
  ];
}

/** Whether inputs leave something else possible; what they wait for counts as well, as it brings back who is held for it. */
function openDiffers(before: TierState | null, { mayReach }: TierState): boolean {
  const was = before?.mayReach ?? null;
  return was?.tier !== mayReach?.tier || !isDeepStrictEqual(was?.reason, mayReach?.reason);
}
