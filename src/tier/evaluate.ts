import { behind } from '../kpi/error-text.ts';
import type { StateReason } from '../kpi/types.ts';
import { idOfParts } from '../model/record-id.ts';
import { addDays } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { calendarFor } from '../program/review-calendar.ts';
import type { LadderDefinition, TierDefinition } from '../program/schema/ladder.ts';
import { computeTier, inForce } from './computed.ts';
import type { FactInputs } from './explain/fact-evidence.ts';
import { outlookOf, summaryOf } from './explain/summary.ts';
import { startOf } from './method/method-inputs.ts';
import { enrolled, type Move, type MovementInput, move, type Standing } from './movement.ts';
import { lockEnd, withReviewsOfTier } from './reviews.ts';
import { tenureDays } from './tenure.ts';
import {
  type AdoptedTier,
  type Decision,
  type Evaluation,
  type Evidence,
  goalOf,
  type Holding,
  type KpiInput,
  type MayReach,
  type Movement,
  type Override,
  type PartnerFacts,
  type RequirementEvidence,
  type TierMode,
  type TierSpells,
  type TierState,
  type Waiver,
} from './types.ts';

export interface EvaluationInput {
  program: Program;
  ladder: LadderDefinition;
  partnerId: string;
  partner: PartnerFacts;
  kpis: readonly KpiInput[];
  /** Null for a partner that joins the ladder now. */
  state: TierState | null;
  /** What was decided last, where `state` was put together from several. (Default: state) */
  decided?: TierState | null;
  overrides: readonly Override[];
  /** (Default: none) */
  waivers?: readonly Waiver[];
  /** (Default: none) */
  facts?: FactInputs;
  /** What the partner holds on ladders that were decided before this one. (Default: nothing) */
  holdings?: ReadonlyMap<string, Holding>;
  /** What it held there before, where rules look back on that. (Default: nothing is recorded) */
  spells?: ReadonlyMap<string, TierSpells> | undefined;
  /** Day of the evaluation in the program's time zone. */
  asOf: string;
  /** shadow: a tier kept by hand in the CRM stands as it is. owned: the program moves tiers. */
  mode: TierMode;
}

/** Decides a partner's tier as of a day. Pure: no clock, no store, no randomness. */
export function evaluate(input: EvaluationInput): Evaluation {
  const { program, ladder, asOf, state } = input;
  const held = state === null ? (adoptedTier(input)?.tier ?? null) : state.tier;
  const evidence = computeTier({ ...input, held });
  const context: MovementInput = {
    calendar: calendarFor(program, ladder.movement, { partner: input.partner, since: state?.since ?? null }),
    startedOn: startOf(input),
    ladder,
    asOf,
    computedTier: evidence.computedTier,
    ceilingTier: evidence.ceilingTier,
    frozenReason: frozenReasonOf(evidence),
    override: activeOverride(input.overrides, asOf),
    overriddenTo: overriddenTo(input, state?.overrideId ?? null),
  };
  const { adopted, move: moved } = advance(input, context);
  const isOther = moved.standing.since !== (state?.since ?? null);
  const reviewed = { policy: ladder.movement, fiscalYearStart: program.fiscalYearStart };
  const standing = isOther ? withReviewsOfTier(moved.standing, asOf, reviewed) : moved.standing;
  const outlook = outlookOf(evidence, standing);
  const next: TierState = {
    ...standing,
    computedTier: evidence.computedTier,
    mode: input.mode,
    adopted,
    mayReach: ladder.heldBy === 'company' ? mayReachOf(evidence) : null,
    inheritedFrom: null,
    overrideId: standing.status === 'overridden' ? context.override!.id : null,
    summary: summaryOf(program, ladder, {
      ...standing,
      outlook,
      rises: { held: standing, startedOn: context.startedOn, asOf },
    }),
    missing: outlook.missing.map(({ id }) => id),
    decisionId: state?.decisionId ?? null,
  };
  const decision = decisionOf(input, {
    before: input.decided === undefined ? state : input.decided,
    after: next,
    movement: moved.movement,
  });
  return {
    computedTier: evidence.computedTier,
    evidence,
    movement: moved.movement,
    state: decision === null ? next : { ...next, decisionId: decision.id },
    decision,
    evaluateOn: evaluateOn(input, { state: next, evidence }),
  };
}

function advance(
  input: EvaluationInput,
  context: MovementInput,
): { adopted: AdoptedTier | null; move: Move } {
  const adopted = adoptedTier(input);
  const isNewlyAdopted = adopted !== null && adopted.text !== input.state?.adopted?.text;
  if (isNewlyAdopted && adopted.tier !== null && (input.state === null || input.mode === 'shadow')) {
    const standing = { ...(input.state ?? enrolled(context)), ...adoption(input, adopted) };
    const moved = move(stillHands(input, context), standing);
    return {
      adopted,
      move: { movement: 'adopt', standing: moved.movement === 'override' ? moved.standing : standing },
    };
  }
  if (input.state === null) {
    const standing = enrolled(context);
    const moved = move(context, standing);
    return { adopted, move: { movement: moved.movement ?? 'enrol', standing: moved.standing } };
  }
  const standing = standingOf(input.state);
  const kept = isByHand(input) ? { ...standing, pending: null } : standing;
  return { adopted, move: move(shadowed(input, context), kept) };
}

function adoption(
  { ladder }: EvaluationInput,
  { tier, since, on }: AdoptedTier,
): Omit<Standing, 'nextReview' | 'rampUntil' | 'frozenReason'> {
  const calm = { belowSince: null, warnedOn: null, graceUntil: null, pending: null, moreUpOn: null };
  const lockedUntil = lockEnd(since ?? on, ladder.movement);
  return { tier, since: since ?? on, status: 'keeps', ...calm, lockedUntil };
}

/** The tier that people keep in the CRM. While the program owns the tier, only what was adopted before counts. */
function adoptedTier({ partner, ladder, state, mode, asOf }: EvaluationInput): AdoptedTier | null {
  const known = state?.adopted ?? null;
  // People keep the tier there, and nothing of what counts beside it.
  if (ladder.beside) return known;
  const text = typeof partner.crmTier === 'string' ? partner.crmTier : null;
  if (text === null || (state !== null && mode === 'owned')) return known;
  if (known?.text === text) return known;
  const since = typeof partner.crmTierSince === 'string' ? partner.crmTierSince : null;
  return { text, tier: tierNamed(ladder, text), since, on: asOf };
}

/** The tier that a text of the CRM names: by key, label or CRM value, whatever the case. */
export function tierNamed(ladder: LadderDefinition, text: string): string | null {
  const wanted = text.trim().toLowerCase();
  const found = ladder.tiers.find((tier) => tierNames(tier).some((name) => name.toLowerCase() === wanted));
  return found?.key ?? null;
}

/** What a tier may be called, as people know it first. */
export function tierNames({ key, label, crmValue }: TierDefinition): string[] {
  return [label, ...(crmValue === undefined ? [] : [crmValue]), key];
}

/** In shadow an adopted tier stands as people keep it: nothing moves it, whatever the figures say. */
function shadowed(input: EvaluationInput, context: MovementInput): MovementInput {
  return isByHand(input) ? stillHands(input, context) : context;
}

function isByHand({ mode, state }: EvaluationInput): boolean {
  return mode === 'shadow' && (state?.adopted?.tier ?? null) !== null;
}

function stillHands(input: EvaluationInput, context: MovementInput): MovementInput {
  const adopted = adoptedTier(input)?.tier ?? null;
  return input.mode === 'shadow' || input.state === null
    ? { ...context, computedTier: adopted, ceilingTier: adopted, frozenReason: null }
    : context;
}

function standingOf(state: TierState): Standing {
  const { tier, since, status, nextReview, rampUntil, graceUntil, belowSince, warnedOn } = state;
  const { frozenReason, pending, lockedUntil, moreUpOn } = state;
  const days = { since, nextReview, rampUntil, graceUntil, belowSince, warnedOn };
  return { tier, status, ...days, frozenReason, pending, lockedUntil, moreUpOn };
}

/** The latest override that holds on a day. */
export function activeOverride(overrides: readonly Override[], asOf: string): Override | null {
  return (
    inForce(overrides, asOf)
      .toSorted((left, right) => compare(left.fromOn, right.fromOn) || compare(left.id, right.id))
      .at(-1) ?? null
  );
}

/** The last day of the override that gave the tier, or of one that followed and is over as well; null for no such override. */
function overriddenTo(
  { overrides, asOf }: Pick<EvaluationInput, 'overrides' | 'asOf'>,
  id: string | null,
): string | null {
  const given = overrides.find((one) => one.id === id);
  if (given === undefined) return null;
  const over = overrides.filter((one) => lastDayOf(one) < asOf && one.fromOn <= lastDayOf(one));
  return [given, ...over].map(lastDayOf).sort().at(-1)!;
}

function lastDayOf({ untilOn, endedOn }: Override): string {
  return endedOn === null || endedOn > untilOn ? untilOn : addDays(endedOn, -1);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Which uncertain figure leaves a tier open that the figures at hand do not give; null when none does. */
function frozenReasonOf({ tiers, kpis }: Evidence): StateReason | null {
  const open = tiers.filter(({ holds, couldHold }) => couldHold && !holds);
  const uncertain = open.flatMap(({ requirements }) => requirements).find(({ isCertain }) => !isCertain);
  return uncertain === undefined ? null : behind(uncertain.label, lateReason(uncertain, kpis));
}

/** What uncertain figures leave possible beside what is known; null where they leave nothing open. */
export function mayReachOf(evidence: Evidence): MayReach | null {
  const [tier, reason] = [evidence.ceilingTier, frozenReasonOf(evidence)];
  return tier === null || reason === null ? null : { tier, reason };
}

/**
 * What is late or partial behind a requirement: its figure, or else one that decides which threshold it is. It is that of the
 * input, by which a tier that is held for it is found again.
 */
function lateReason(
  { kpi, thresholdKpi, waitsFor = { code: 'inputs_open' } }: RequirementEvidence,
  kpis: readonly KpiInput[],
): StateReason {
  if (kpi === null) return waitsFor;
  const late = kpis.filter(({ state }) => state !== 'current');
  const own = [kpi, thresholdKpi].flatMap((asked) => late.find((one) => one.kpi === asked) ?? []);
  return [...own, ...late][0]?.stateReason ?? waitsFor;
}

/** A decision is recorded when the tier, its status or the set of what is missing has changed, or something was done. */
function decisionOf(
  input: EvaluationInput,
  { before, after, movement }: { before: TierState | null; after: TierState; movement: Movement | null },
): Decision | null {
  const isSame =
    before !== null &&
    before.tier === after.tier &&
    goalOf(before) === goalOf(after) &&
    before.status === after.status &&
    before.inheritedFrom === after.inheritedFrom &&
    before.missing.toSorted().join() === after.missing.toSorted().join();
  if (movement === null && isSame) return null;
  const kind = movement ?? 'keep';
  const fromTier = before?.tier ?? null;
  const isLater = after.pending !== null && after.pending.decidedOn === input.asOf && movement !== null;
  const toTier = isLater ? goalOf(after) : after.tier;
  const id = idOfParts('dec', [
    input.program.name,
    input.ladder.key,
    input.partnerId,
    before?.decisionId ?? '',
    input.asOf,
    kind,
    fromTier ?? '',
    toTier ?? '',
    after.status,
    after.missing.toSorted().join(),
  ]);
  return {
    id,
    movement: kind,
    fromTier,
    toTier,
    computedTier: after.computedTier,
    status: after.status,
    summary: after.summary,
    effectiveOn: isLater ? after.pending!.inForceOn : input.asOf,
  };
}

/** The first day after this one on which the outcome can be another one: what waits for late inputs may come any day. */
function evaluateOn(input: EvaluationInput, of: { state: TierState; evidence: Evidence }): string | null {
  return of.state.frozenReason === null ? calendarDay(input, of) : addDays(input.asOf, 1);
}

/** The first day after this one on which the calendar alone can change the outcome. */
export function calendarDay(
  {
    overrides,
    waivers = [],
    facts,
    asOf,
    ladder,
    partner,
  }: Pick<EvaluationInput, 'overrides' | 'waivers' | 'facts' | 'asOf' | 'ladder' | 'partner'>,
  { state, evidence }: { state: TierState; evidence: Evidence },
): string | null {
  const days = [
    state.nextReview,
    state.rampUntil,
    state.pending?.inForceOn ?? null,
    state.graceUntil,
    state.lockedUntil,
    state.moreUpOn,
    ...tenureDays({ ladder, startedOn: startOf({ partner }), held: state }),
    ladder.movement.noLossBefore ?? null,
    ...[...overrides, ...waivers]
      .filter(({ endedOn }) => endedOn === null)
      .flatMap(({ fromOn, untilOn }) => [fromOn, addDays(untilOn, 1)]),
    ...(facts?.facts ?? []).flatMap(({ occurredOn, expiresOn }) => [
      occurredOn,
      expiresOn === null ? null : addDays(expiresOn, 1),
    ]),
    evidence.trackKept?.until ?? null,
    ...evidence.tiers.flatMap(({ requirements }) => requirements.map((one) => one.changesOn ?? null)),
  ];
  return days.reduce<string | null>(
    (first, day) => (day !== null && day > asOf && (first === null || day < first) ? day : first),
    null,
  );
}
