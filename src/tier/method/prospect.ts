import { stateReasonText } from '../../kpi/state-reason.ts';
import { withoutTier } from '../../model/states.ts';
import { addDays, laterDay } from '../../program/civil-date.ts';
import {
  lacksAnniversary,
  type PartnerCalendar,
  reviewAwaited,
  reviewOf,
} from '../../program/review-calendar.ts';
import type { Direction } from '../../program/schema/approval.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import { anniversaryAttribute, calendarOf, periodWords } from '../../program/schema/movement.ts';
import type { WaitingWords } from '../company/company-waits.ts';
import { holdsWords, labelOf, standingWords, staysWords } from '../ladder-of.ts';
import { graceEnd, hasGrace } from '../reviews.ts';
import { ripeRank, type Tenure, tenureDay, tenureLeft, tenureWords } from '../tenure.ts';
import type { Evidence, Override, PendingTier, TierState } from '../types.ts';

/** What the words about a partner's future are made from. */
export interface ProspectInput {
  /** What the reviews of the partner go by. */
  calendar: PartnerCalendar;
  /** Its first day in the program; null where that is blank. */
  startedOn: string | null;
  ladder: LadderDefinition;
  state: TierState;
  evidence: Evidence;
  override: Override | null;
  isEvaluated: boolean;
  /** Where the ladder waits for a company of which nothing is decided yet. (Default: null) */
  waits?: WaitingWords | null;
}

/** What happens to the tier next, when, and what it depends on, by the policy; nothing when nothing is going on. */
export function prospectOf(input: ProspectInput): string[] {
  const { state, waits = null } = input;
  if (waits !== null) return waits.forColleagues;
  const first = input.isEvaluated
    ? []
    : [
        `Not decided yet: by what is known now, the first evaluation gives ${standingWords(input.ladder, state.tier)}.`,
      ];
  const { inherited } = input.evidence;
  if (inherited !== undefined && input.override === null) {
    const why = `tierlink tier why "${inherited.name}"`;
    const { ladder } = input;
    return [
      ...first,
      inherited.tier === state.tier
        ? `The tier is that of the company: ${inherited.name} holds it, and its subsidiaries have the same. See: ${why}`
        : `The company ${inherited.name} ${holdsWords(ladder, inherited.tier)}, and meanwhile it ${staysWords(ladder, state.tier)}. See: ${why}`,
    ];
  }
  if (input.override !== null) return [...first, overrideWords(input, input.override)];
  if (state.mode === 'shadow' && state.adopted !== null) return [...first, ...byHandWords(input)];
  return [
    ...first,
    ...shadowWords(input),
    ...frozenWords(state),
    ...movementWords(input),
    ...anniversaryWords(input),
  ];
}

/**
 * The same for the partner itself: without who decided what and why, without what the program does not decide yet, and
 * without what only waits for a colleague.
 */
export function prospectForPartner(input: ProspectInput): string[] {
  const { ladder, state, override, evidence, waits = null } = input;
  if (override !== null)
    return [
      `${standingWords(ladder, override.tier)} is granted until ${override.untilOn}, whatever the figures are.`,
    ];
  if (waits !== null) return [waits.forPartner];
  if (state.mode === 'shadow') return [];
  const { inherited } = evidence;
  if (inherited !== undefined)
    return [
      inherited.tier === state.tier
        ? `The tier is that of the company ${inherited.name}.`
        : `The company ${inherited.name} ${holdsWords(ladder, inherited.tier)}; meanwhile it ${staysWords(ladder, state.tier)}.`,
    ];
  const held =
    state.frozenReason === null
      ? []
      : ['Some figures are not complete yet. Until they are, no tier is lost because of them.'];
  return [...held, ...movementWords(input)];
}

function overrideWords(input: ProspectInput, { tier, untilOn, author, reason }: Override): string {
  const { ladder, state, evidence } = input;
  const { inherited } = evidence;
  const starts = state.status === 'overridden' ? '' : ' It takes effect with the next evaluation.';
  if (inherited !== undefined)
    return `Set by hand to ${standingWords(ladder, tier)} until ${untilOn} by ${author} (${reason}).${starts} After that it has the tier of its company again: ${inherited.name} ${holdsWords(ladder, inherited.tier)}.`;
  const isLess = rank(ladder, evidence.computedTier) < rank(ladder, tier);
  const review = reviewOf('down', untilOn, ladder.movement, input.calendar);
  const then =
    ladder.movement.afterOverride === 'immediately'
      ? 'From the day after, the rules decide again'
      : `After that it stays until the review of ${review}, where the rules decide again`;
  const today = isLess ? `; its figures of today give ${standingWords(ladder, evidence.computedTier)}` : '';
  return `Set by hand to ${standingWords(ladder, tier)} until ${untilOn} by ${author} (${reason}).${starts} ${then}${today}.`;
}

function byHandWords({ ladder, state, evidence }: ProspectInput): string[] {
  const { text, tier } = state.adopted!;
  const rules = standingWords(ladder, evidence.computedTier);
  if (tier === null) {
    return [`The CRM says "${text}", which is no tier of the program; by the rules it is ${rules}.`];
  }
  const agrees =
    tier === evidence.computedTier ? ', which the rules give as well' : `; the rules give ${rules}`;
  return [
    `Kept by hand in the CRM${agrees}. Nothing moves it before the program owns the tiers of this connection.`,
  ];
}

function shadowWords({ state }: ProspectInput): string[] {
  return state.mode === 'shadow'
    ? ['Decided here only: the program does not own the tiers in the CRM yet.']
    : [];
}

function frozenWords({ frozenReason, warnedOn }: TierState): string[] {
  if (frozenReason === null) return [];
  const warned =
    warnedOn === null ? '' : ` The warning of ${warnedOn} stays, and nothing follows from it meanwhile.`;
  return [
    `Held: ${stateReasonText(frozenReason)}. Until it is complete, nobody is warned or loses a tier because of it.${warned}`,
  ];
}

function movementWords(input: ProspectInput): string[] {
  const { ladder, state } = input;
  if (state.pending !== null) return [pendingWords(ladder, state.tier, state.pending)];
  const own = standingWords(ladder, state.tier);
  if (state.status === 'eligible_up') {
    return [riseWords(input)];
  }
  if (state.status === 'at_risk') return [atRiskWords(input)];
  if (state.status === 'due_down') {
    const until = state.graceUntil ?? nextReview(input, 'down');
    const end = ladder.movement.demote === 'immediately' ? until : `the review of ${until}`;
    return [
      `Short of ${own}${since(state)}; warned on ${state.warnedOn}. ${own} stays until ${end}; if something is still missing there, ${lossWords(input)}.`,
    ];
  }
  const ahead = tenureAhead(input);
  return state.frozenReason === null ? [...calmWords(input), ...ahead] : ahead;
}

/** That a partner is not reviewed on its own day, because nobody has filled in which one that is. */
function anniversaryWords({ ladder: { movement }, calendar }: ProspectInput): string[] {
  if (!lacksAnniversary(movement, calendar)) return [];
  const directions = (['down', 'up'] as const).filter(
    (one) => (calendarOf(movement, one).onAnniversaryOf ?? null) !== null,
  );
  const { every } = calendarOf(movement, directions[0]!);
  return [
    `Its ${anniversaryAttribute(movement)} is blank or no date: until it is filled in, it is reviewed on the first day of each ${periodWords[every!]}.`,
  ];
}

/** When a rise that is earned comes: the last of what it waits for. */
function riseWords(input: ProspectInput): string {
  const { ladder, state, evidence } = input;
  const { asOf } = evidence;
  const earned = rank(ladder, evidence.computedTier);
  const next = nextReview(input, 'up');
  const review = risesAtReview(input) ? (next ?? '') : '';
  const tenure = tenureOf(input);
  const ripe = ripeRank(tenure, { earned, asOf: laterDay(asOf, review) });
  const start = `${standingWords(ladder, evidence.computedTier)} is earned`;
  if (ripe === rank(ladder, state.tier)) return `${start}; ${waitWords(input, earned)}`;
  const isPart = ripe < earned;
  const rest = isPart ? ` ${takesWords(tenure, ripe + 1)}.` : '';
  if (state.moreUpOn !== null && state.moreUpOn > asOf && review === '')
    return `${start}; it comes step by step, the next one with the review of ${state.moreUpOn}.${rest}`;
  return `${start}${isPart ? `; ${ladder.tiers[ripe]!.label}` : ' and'} comes with the review of ${next}.${rest}`;
}

/** What the next rise waits for, where that is not a review alone. */
function waitWords(input: ProspectInput, earned: number): string {
  const tenure = tenureOf(input);
  const above = rank(input.ladder, input.state.tier) + 1;
  const name = above === earned ? 'it' : input.ladder.tiers[above]!.label;
  const takes = takesWords(tenure, above, name);
  const day = tenureDay(tenure, above);
  if (day === null) return `${takes}, and its startedOn is blank: it does not come before that is filled in.`;
  return `${takes}, so that ${name} comes ${comesWords(input, day)}.`;
}

/** That what is missing for the tier above is not all, while the time that it asks for is not over. */
function tenureAhead(input: ProspectInput): string[] {
  const tenure = tenureOf(input);
  const above = rank(input.ladder, input.state.tier) + 1;
  const next = input.ladder.tiers[above];
  const day = next === undefined ? '' : tenureLeft(tenure, input.evidence.asOf);
  if (next === undefined || day === '') return [];
  const takes = takesWords(tenure, above, 'it');
  return day === null
    ? [`${next.label} does not come before startedOn is filled in, which is blank: ${takes}.`]
    : [`${next.label} comes ${comesWords(input, day)} at the earliest: ${takes}.`];
}

/** Who joins waits for no review. */
function risesAtReview({ ladder, state }: ProspectInput): boolean {
  return ladder.movement.promote === 'at_review' && state.tier !== null;
}

/** When a rise can come whose time is over on a day: "on 2026-07-31", "with the review of 2026-10-01". */
function comesWords(input: ProspectInput, day: string): string {
  const { ladder, state, calendar } = input;
  if (risesAtReview(input))
    return `with the review of ${reviewOf('up', addDays(day, -1), ladder.movement, calendar)}`;
  const isOfSteps = state.moreUpOn !== null && state.moreUpOn > day;
  return isOfSteps ? `with the review of ${state.moreUpOn}` : `on ${day}`;
}

function tenureOf({ ladder, state, startedOn }: ProspectInput): Tenure {
  return { ladder, held: state, startedOn };
}

/** The time that a rise to a tier, or through it, takes. `name`: what the tier is called here. (Default: its label) */
function takesWords({ ladder, held }: Tenure, above: number, name?: string): string {
  const tier = ladder.tiers[above]!;
  return tier.minimumTenure === undefined
    ? `${labelOf(ladder, held.tier) ?? 'its tier'} is held for ${ladder.movement.minimumTenure} before the next rise`
    : `${name ?? tier.label} takes ${tenureWords(ladder, tier)}`;
}

/** The next review of one direction; the next one of the standing is the earlier of both. */
function nextReview({ ladder, state, calendar }: ProspectInput, direction: Direction): string | null {
  return state.nextReview && reviewAwaited(direction, state.nextReview, ladder.movement, calendar);
}

function pendingWords(
  ladder: LadderDefinition,
  held: string | null,
  { tier, decidedOn, inForceOn }: PendingTier,
): string {
  const direction = rank(ladder, tier) > rank(ladder, held) ? 'up' : 'down';
  const isFinal = calendarOf(ladder.movement, direction).cancel === 'never';
  const until = isFinal
    ? 'Nothing in the figures changes that'
    : 'It is withdrawn if the figures no longer give it';
  return `Decided on ${decidedOn}: ${standingWords(ladder, tier)} from ${inForceOn}. ${until}.`;
}

function atRiskWords(input: ProspectInput): string {
  const { ladder, state, calendar } = input;
  const own = standingWords(ladder, state.tier);
  const review =
    nextReview(input, 'down') ?? reviewOf('down', input.evidence.asOf, ladder.movement, calendar);
  const start = `Short of ${own}${since(state)}. ${own} stays at least until the review of ${review}`;
  if (!hasGrace(ladder.movement)) {
    return `${start}; if something is still missing there, ${lossWords(input)}.`;
  }
  const end = graceEnd(review, ladder.movement, calendar);
  return `${start}; if something is still missing there, a warning is given, and ${own} can go at the review of ${end}.`;
}

/** Why a partner that is short of its tier is in no danger, and until when; or that it is still new. */
function calmWords({ ladder, state, evidence }: ProspectInput): string[] {
  const { movement } = ladder;
  const { asOf } = evidence;
  const own = standingWords(ladder, state.tier);
  const isInRamp = state.rampUntil !== null && asOf < state.rampUntil;
  const ramp = `New in the program: until ${state.rampUntil} no tier is lost.`;
  if (rank(ladder, evidence.computedTier) >= rank(ladder, state.tier)) return isInRamp ? [ramp] : [];
  const short = `Short of ${own}${since(state)}`;
  if (rank(ladder, evidence.ceilingTier) >= rank(ladder, state.tier)) {
    return [`${own} stays: something that it asks for cannot be measured yet, and that costs no tier.`];
  }
  if (movement.demote === 'never') return [`${short}, but the program takes no tier away.`];
  if (isInRamp) return [`${short}. ${ramp}`];
  if (state.lockedUntil !== null && asOf < state.lockedUntil) {
    return [`${short}, but a tier that was reached is kept: ${own} until ${state.lockedUntil}.`];
  }
  if (movement.noLossBefore !== undefined && asOf < movement.noLossBefore) {
    return [`${short}, but no tier is lost before ${movement.noLossBefore}.`];
  }
  return movement.floor === undefined
    ? []
    : [`${short}, but nobody falls below ${standingWords(ladder, movement.floor)}.`];
}

/** What one review can do to it, said of the partner: "it becomes Silver", "it loses Data Security". */
function lossWords(input: ProspectInput): string {
  const { ladder, state } = input;
  const tier = lower(input);
  if (tier !== null) return `it becomes ${tier}`;
  // Whoever loses what counts beside the tier still has its tier.
  return ladder.beside
    ? `it loses ${standingWords(ladder, state.tier)}`
    : `it becomes a partner ${withoutTier}`;
}

/** Where one review can take it: as many steps down as the policy allows, not below what the figures give or the floor. */
function lower({ ladder, state, evidence }: ProspectInput): string | null {
  const { movement, tiers } = ladder;
  const target = Math.max(
    rank(ladder, evidence.computedTier),
    movement.floor === undefined ? -1 : rank(ladder, movement.floor),
    rank(ladder, state.tier) - movement.stepsDown,
  );
  return tiers[target]?.label ?? null;
}

function since({ belowSince }: TierState): string {
  return belowSince === null ? '' : ` since ${belowSince}`;
}

function rank({ tiers }: LadderDefinition, tier: string | null): number {
  return tiers.findIndex(({ key }) => key === tier);
}
