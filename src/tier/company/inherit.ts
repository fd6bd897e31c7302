import { idOfParts } from '../../model/record-id.ts';
import { addDays } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import { activeOverride } from '../evaluate.ts';
import type { LadderOutcome } from '../evaluate-partner.ts';
import { shownDiffers } from '../explain/shown.ts';
import { ladderMove, type TierMove } from '../gate.ts';
import { holdsWords } from '../ladder-of.ts';
import type { LadderState, PartnerInputs } from '../load.ts';
import { better } from '../merge.ts';
import type { Decision, Evidence, Movement, Override, TierState } from '../types.ts';
import type { Holder } from './company.ts';

/** A holder of which something is decided. */
export type DecidedHolder = Holder & { state: TierState };

interface Of {
  ladder: LadderDefinition;
  asOf: string;
  holder: DecidedHolder;
  /** The open state on another ladder that the partner leaves for this one. */
  left: LadderState | undefined;
}

/**
 * The outcome of a subsidiary: it has the tier of its company, with everything that is going on there, except while a
 * person has set a tier for it alone. Pure.
 */
export function inheritedOutcome(program: Program, inputs: PartnerInputs, of: Of): LadderOutcome {
  const { partnerId, mode } = inputs;
  const { ladder, asOf, holder, left } = of;
  const overrides = inputs.overrides.filter((one) => one.ladder === ladder.key);
  const override = activeOverride(overrides, asOf);
  const before = inputs.states.find((one) => one.ladder === ladder.key && !one.isClosed)?.state ?? null;
  const absorbed = inputs.absorbed.filter((one) => one.ladder === ladder.key).map((one) => one.state);
  const held = absorbed.reduce<TierState | null>((best, other) => better(ladder, best, other), before);
  const next: TierState = {
    ...holder.state,
    ...(override === null ? {} : overridden(before, override, asOf)),
    mode,
    adopted: before?.adopted ?? null,
    frozenReason: null,
    inheritedFrom: holder.partnerId,
    summary:
      override === null
        ? `Inherited from ${holder.name}. ${holder.state.summary}`
        : `The company ${holder.name} ${holdsWords(ladder, holder.state.tier)}.`,
    decisionId: before?.decisionId ?? null,
  };
  const ofHolder = inheritedEvidence(program, { ladder, asOf, holder });
  const decision = decisionOf(program, { partnerId, ladder, asOf, before, next });
  const isByRules = mode === 'owned' && override === null;
  const leaves = isByRules ? left : undefined;
  const cause = isByRules ? ownCause({ holder, before: held, overrides }) : null;
  const move =
    leaves !== undefined
      ? ladderMove(program, { partnerId, left: leaves, ladder, state: next })
      : cause === null
        ? null
        : moveOf({ partnerId, ladder, before: held!, next, cause });
  const evidence =
    move === null
      ? ofHolder
      : { ...ofHolder, inherited: { ...ofHolder.inherited!, isOwnMove: true as const } };
  return {
    partnerId,
    ladder,
    state: {
      partnerId,
      ladder: ladder.key,
      state: decision === null ? next : { ...next, decisionId: decision.id },
      evaluateOn: nextDay(overrides, asOf),
    },
    decisions: decision === null ? [] : [{ partnerId, ladder: ladder.key, decision, evidence, mode }],
    evidence,
    holdings: new Map(),
    isTold: decision !== null || shownDiffers(before!, next),
    isOpened: false,
    move,
    before: null,
    moveFrom: move === null ? null : held,
    moveStep: 0,
    ...(leaves === undefined ? {} : { leaves: leaves.ladder }),
  };
}

const undecided = { tier: null, computedTier: null, mayReach: null, decisionId: null };

/**
 * What says whose tier it is; the requirements and figures are those of the decision there. While nothing is decided there,
 * it says no more than that.
 */
export function inheritedEvidence(
  program: Pick<Program, 'name' | 'version' | 'hash'>,
  { ladder, asOf, holder }: { ladder: LadderDefinition; asOf: string; holder: Holder },
): Evidence {
  const { tier, computedTier, mayReach, decisionId } = holder.state ?? undecided;
  return {
    program: program.name,
    programVersion: program.version,
    programHash: program.hash,
    ladder: ladder.key,
    ...(ladder.beside ? { beside: true } : {}),
    asOf,
    hold: ladder.hold,
    tiers: ladder.tiers.map(({ key, label }) => ({
      tier: key,
      label,
      requirements: [],
      tree: { all: [] },
      asked: 'reach',
      holds: false,
      couldHold: false,
    })),
    computedTier,
    ceilingTier: mayReach?.tier ?? computedTier,
    kpis: [],
    partner: {},
    inputsCompleteTo: null,
    inherited: { partnerId: holder.partnerId, name: holder.name, tier, decisionId },
  };
}

/** Nothing that is going on in the company concerns a tier that a person has set. */
function overridden(
  before: TierState | null,
  { id: overrideId, tier }: Override,
  asOf: string,
): Pick<
  TierState,
  | 'tier'
  | 'since'
  | 'status'
  | 'pending'
  | 'warnedOn'
  | 'graceUntil'
  | 'belowSince'
  | 'missing'
  | 'overrideId'
> {
  const since = before?.tier === tier ? before.since : asOf;
  const calm = { pending: null, warnedOn: null, graceUntil: null, belowSince: null, missing: [] };
  return { tier, since, status: 'overridden', overrideId, ...calm };
}

function decisionOf(
  program: Program,
  of: {
    partnerId: string;
    ladder: LadderDefinition;
    asOf: string;
    before: TierState | null;
    next: TierState;
  },
): Decision | null {
  const { partnerId, ladder, asOf, before, next } = of;
  const movement = movementOf(before, next);
  const missing = next.missing.toSorted().join();
  if (movement === 'keep' && before?.status === next.status && before.missing.toSorted().join() === missing)
    return null;
  const parts = [program.name, ladder.key, partnerId, before?.decisionId ?? '', asOf, movement];
  const id = idOfParts('dec', [
    ...parts,
    before?.tier ?? '',
    next.tier ?? '',
    next.status,
    missing,
    next.inheritedFrom!,
  ]);
  return {
    id,
    movement,
    fromTier: before?.tier ?? null,
    toTier: next.tier,
    computedTier: next.computedTier,
    status: next.status,
    summary: next.summary,
    effectiveOn: asOf,
  };
}

function movementOf(before: TierState | null, next: TierState): Movement {
  const [was, is] = [before?.status === 'overridden', next.status === 'overridden'];
  const isSame = before !== null && before.tier === next.tier && before.inheritedFrom === next.inheritedFrom;
  if (is && !(was && isSame)) return 'override';
  if (was && !is) return 'override_end';
  return isSame ? 'keep' : 'inherit';
}

/** Why the rules may change the tier of this partner alone. */
interface OwnCause {
  why: string;
  /** What tells two changes between the same tiers apart. */
  key: readonly string[];
}

/**
 * It comes to another company, or its own override has ended: of both a person may have to approve. Null where it only
 * follows what its company does.
 */
function ownCause(of: {
  holder: DecidedHolder;
  before: TierState | null;
  overrides: readonly Override[];
}): OwnCause | null {
  const { holder, before, overrides } = of;
  if (before === null) return null;
  const { partnerId, name } = holder;
  if (before.inheritedFrom !== partnerId) return { why: `It belongs to ${name}`, key: [partnerId] };
  const ended = overrides.find(({ id }) => id === before.overrideId);
  return ended === undefined
    ? null
    : { why: `The override for it alone ended; it belongs to ${name}`, key: [partnerId, ended.id] };
}

function moveOf(of: {
  partnerId: string;
  ladder: LadderDefinition;
  before: TierState;
  next: TierState;
  cause: OwnCause;
}): TierMove | null {
  const { partnerId, ladder, before, next, cause } = of;
  if (before.tier === next.tier) return null;
  const rank = (tier: string | null) => ladder.tiers.findIndex(({ key }) => key === tier);
  return {
    partnerId,
    ladder: ladder.key,
    direction: rank(next.tier) > rank(before.tier) ? 'up' : 'down',
    from: before.tier,
    to: next.tier,
    why: `${cause.why}, which ${holdsWords(ladder, next.tier)}.`,
    key: JSON.stringify([before.tier, next.tier, ...cause.key]),
  };
}

/** The first day on which an override of its own begins or has ended; everything else comes with the company. */
function nextDay(overrides: readonly Override[], asOf: string): string | null {
  const days = overrides
    .filter(({ endedOn }) => endedOn === null)
    .flatMap(({ fromOn, untilOn }) => [fromOn, addDays(untilOn, 1)]);
  return days.filter((day) => day > asOf).sort()[0] ?? null;
}

/**
 * The standing from which a subsidiary goes on by itself: the tier that it has, without the warnings that were those of
 * the company.
 */
export function onItsOwn(state: TierState): TierState {
  const calm = { belowSince: null, warnedOn: null, graceUntil: null, pending: null, moreUpOn: null };
  const status = state.status === 'overridden' ? state.status : 'keeps';
  return { ...state, ...calm, status };
}
