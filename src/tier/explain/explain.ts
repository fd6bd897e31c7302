import { isDeepStrictEqual } from 'node:util';
import { TierlinkError } from '../../errors.ts';
import { type NamedError, namedErrors } from '../../kpi/error-records.ts';
import { rankText } from '../../kpi/rank/words.ts';
import { couldBring, type ScoreLine, scoreLines } from '../../kpi/score/words.ts';
import { reasonOrNull, saysHowFar, stateReasonText } from '../../kpi/state-reason.ts';
import { readValueRows } from '../../kpi/value-rows.ts';
import type { DecisionState } from '../../model/states.ts';
import { segmentLabel } from '../../program/by-segment.ts';
import { dayOf } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import { calendarFor } from '../../program/review-calendar.ts';
import type { LadderDefinition } from '../../program/schema/ladder.ts';
import { isMeasured, measuredBehind, ranksInOrder } from '../../program/score-parts.ts';
import { hasTrackEffect } from '../../program/track-effect.ts';
import type { Executor } from '../../store/store.ts';
import { waitingSummary, waitingWords } from '../company/company-waits.ts';
import { inheritedOutcome } from '../company/inherit.ts';
import { peersOf } from '../company/peers.ts';
import { keptOf } from '../computed.ts';
import { activeOverride, evaluate } from '../evaluate.ts';
import { labelOf, noLadderReason, shownLadderOf } from '../ladder-of.ts';
import { loadInputs, outsideError, type PartnerInputs } from '../load.ts';
import { type HistoryEntry, tierHistory } from '../look/history.ts';
import { startOf } from '../method/method-inputs.ts';
import { prospectForPartner, prospectOf } from '../method/prospect.ts';
import { segmentsOf } from '../segments.ts';
import type { Evidence, KpiInput, Override, RequirementEvidence, TierEvidence, TierState } from '../types.ts';
import { approvalWords } from './approval-words.ts';
import { type Enough, enoughFor } from './enough.ts';
import { onFile } from './fact-evidence.ts';
import { behindFigures, type NotCounted } from './left-out.ts';
import { choicesOf, missingList, reasonForPartner } from './missing-words.ts';
import { type Present, presentEvidence } from './present.ts';
import { type Outlook, type OutlookKind, outlookOf, shortName, summaryOf } from './summary.ts';
import { overSince, windowsInWords } from './window-words.ts';

/** Why a partner has its tier, from the same evidence that a decision is made of. */
export interface TierExplanation {
  partnerId: string;
  partnerName: string | null;
  program: { name: string; title: string; version: string };
  ladder: { key: string; label: string; isSpecialisation: boolean };
  asOf: string;
  /** Label of the tier in force; null for none. */
  tier: string | null;
  tierKey: string | null;
  /** Label of the tier that the figures give today. */
  computedTier: string | null;
  state: TierState;
  /** False when the partner has never been evaluated: what is shown is what the first evaluation would say. */
  isEvaluated: boolean;
  /** The track that it is on, and where tracks are kept since when and until when; null where no number of the program differs by it. */
  track: { label: string; since: string | null; until: string | null } | null;
  /** The windows of the figures in words, such as "2025-10-01 to 2026-09-30". */
  windows: string[];
  outlook: OutlookKind;
  /** Label of the tier that the requirements below belong to; for the highest tier its own. */
  forTier: string | null;
  /** Whether they are those to reach it or those to keep it; a tier may ask for the same. */
  asked: 'reach' | 'keep';
  /** Label of the track on which they are judged, where that is the best one; null where it is the partner's own. */
  judgedOn: string | null;
  /** The region by whose figures the tier is judged, where that is the best one; null where it is the whole. */
  judgedIn: string | null;
  requirements: ExplainedRequirement[];
  /** What is missing, with amounts: "certified people: 1 more"; null when nothing is. */
  missing: string | null;
  /** The same as the partner may read it: of what waits for inputs it does not say for which. */
  missingForPartner: string | null;
  /** For each score that is too low: what its parts could still bring. */
  shortfalls: string[];
  /** What alone would be enough for that tier, with everything else as it is; empty where nothing alone is. */
  enoughAlone: Enough[];
  /** What happens to the tier next, and when; one sentence or two each. */
  prospect: string[];
  /** The same as the partner may read it: without colleagues, their reasons, and what waits for them. */
  prospectForPartner: string[];
  /** Figures shown that rest on late, partial or unreadable inputs, with what they wait for. */
  uncertain: string[];
  /** The first of the records left out per figure, and how many there are in all. */
  notCounted: NotCounted[];
  notCountedInAll: number;
  frozenReason: string | null;
  override: Override | null;
  /** Where the partner stands on its other ladders, specialisations included. */
  beside: BesideStanding[];
  history: HistoryEntry[];
  evidence: Evidence;
}

/** Where a partner stands on another ladder. */
export interface BesideStanding {
  ladder: string;
  label: string;
  isSpecialisation: boolean;
  /** Label of the tier in force; null for none. */
  tier: string | null;
  since: string | null;
  status: DecisionState;
  /** What is missing for the next tier, or for keeping this one. */
  summary: string;
}

/** A requirement with the records behind its figure. */
export interface ExplainedRequirement extends RequirementEvidence {
  /** What its KPI says, in a sentence or two of the program; null where it compares no KPI. */
  help: string | null;
  /** How many records were left out, by reason. */
  excludedBy: KpiInput['excludedBy'];
  /** "23 deals (2 before the window)", "3 people, 4 certificates (1 expired)"; of a score for each figure behind it. */
  recordsText: string;
  /** Label of a lower tier that asks for it, where the ladder is cumulative; null where it is the tier itself. */
  ofTier: string | null;
  /** "one of 3" where the tier asks for some of several requirements; null where it asks for this one. */
  choice: string | null;
  /** Of a score: its parts with what each brings. */
  parts: ScoreLine[];
}

export interface ExplainRequest {
  program: Program;
  partnerId: string;
  /** Epoch milliseconds. */
  now: number;
  /** Key of the ladder. (Default: that of the partner's tier; without one the first ladder beside it) */
  ladder?: string | undefined;
  /** How many left-out records are listed per KPI. (Default: 5) */
  notCountedLimit?: number;
}

/**
 * Explains a partner's tier as of today. Changes nothing. Throws TIER_NONE when the partner is on no ladder,
 * PARTNER_OUTSIDE when it is not in the program (any more).
 */
export async function explainTier(executor: Executor, request: ExplainRequest): Promise<TierExplanation> {
  const { program, partnerId, now } = request;
  const [inputs] = await loadInputs(executor, { program, partners: [partnerId], now });
  if (inputs === undefined) throw await outsideError(executor, partnerId);
  const name = typeof inputs.partner.name === 'string' ? inputs.partner.name : null;
  const asOf = dayOf(now, program.timeZone);
  const all = presentEvidence(program, inputs, asOf);
  const asked = request.ladder ?? shownLadderOf(program, inputs.partner)?.key;
  const own = all.find(({ ladder }) => ladder.key === asked);
  if (own === undefined)
    throw new TierlinkError('TIER_NONE', {
      program: program.name,
      partner: name ?? partnerId,
      because:
        request.ladder === undefined
          ? noLadderReason(program, inputs.partner) + lastTierText(program, inputs) + specialisationsText(all)
          : `it is on ${all.map(({ ladder }) => ladder.label).join(', ') || 'no ladder'}`,
    });
  const { ladder } = own;
  const today = standingToday({ program, ladder, inputs, present: own, asOf });
  const { state, evidence, isEvaluated } = today;
  const outlook = outlookOf(evidence, state);
  const shown =
    outlook.tier ?? evidence.tiers.findLast(({ tier }) => tier === state.tier) ?? evidence.tiers.at(-1);
  const rows = rowsOf(outlook, shown);
  const kpis = kpisOf(rows.map(({ one }) => one));
  const limit = request.notCountedLimit ?? 5;
  const track = shown?.onTrack?.key ?? evidence.track ?? null;
  const behind = await behindFigures(executor, { program, partnerId, now, kpis, track, limit });
  const figures = new Map(
    [...evidence.kpis, ...(shown?.onTrack?.figures ?? [])].map((one) => [one.kpi, one]),
  );
  const told = new Map<string, string>();
  const requirements = rows.map(({ one, ...place }) => ({
    ...one,
    ...place,
    help: one.kpi === null ? null : program.kpis[one.kpi]!.help,
    excludedBy: figures.get(one.kpi ?? '')?.excludedBy ?? {},
    recordsText:
      one.kpi === null
        ? ''
        : toldOnce(told, one, recordsOf(program, one.kpi, { figures, texts: behind.texts, track })),
    parts: one.kpi === null ? [] : scoreLines(program, one.kpi, figures),
  }));
  const overrides = inputs.overrides.filter((one) => one.ladder === ladder.key);
  const override = activeOverride(overrides, asOf);
  const waits = await waitingWords(executor, program, { present: own, inputs, now });
  const calendar = calendarFor(program, ladder.movement, { partner: inputs.partner, since: state.since });
  const startedOn = startOf(inputs);
  const future = { calendar, startedOn, ladder, state, evidence, override, isEvaluated, waits };
  return {
    partnerId,
    partnerName: name,
    program: { name: program.name, title: program.title, version: program.version },
    ladder: { key: ladder.key, label: ladder.label, isSpecialisation: ladder.isSpecialisation ?? false },
    asOf,
    tier: labelOf(ladder, state.tier),
    tierKey: state.tier,
    computedTier: labelOf(ladder, state.computedTier),
    state,
    isEvaluated,
    track: trackOf(program, inputs),
    windows: windowsInWords(program, kpis, asOf),
    outlook: outlook.kind,
    forTier: outlook.kind === 'company' ? null : (shown?.label ?? null),
    asked: shown?.asked ?? 'reach',
    judgedOn: shown?.onTrack?.label ?? null,
    judgedIn: shown?.inRegion?.label ?? null,
    requirements,
    missing: missingText(program, outlook, ({ reason }) => reason),
    missingForPartner: missingText(program, outlook, reasonForPartner),
    shortfalls: requirements.flatMap((one) => shortfallOf(one, (kpi) => overSince(program, kpi, asOf))),
    enoughAlone: enoughFor({
      program,
      inputs,
      asOf,
      outlook: { ...outlook, tier: shown },
      peers: await peersOf(executor, program, {
        ranks: outlook.missing.length === 0 ? [] : ranksInOrder(program),
        partners: [inputs.partner],
      }),
      isGiven: today.isGiven(shown?.tier),
    }),
    prospect: [...approvalWords(ladder, inputs.asked, asOf), ...prospectOf(future)],
    prospectForPartner: prospectForPartner(future),
    uncertain: uncertainties(program, evidence, {
      kpis,
      errors: await errorsOf(executor, { program, partnerId, evidence, kpis }),
    }),
    notCounted: behind.notCounted,
    notCountedInAll: behind.notCountedInAll,
    frozenReason: reasonOrNull(state.frozenReason),
    override,
    beside: all.filter((one) => one !== own).map((one) => besideOf(program, startedOn, one)),
    history: await tierHistory(executor, { program, ladder, partnerId }),
    evidence,
  };
}

/** It can decide about other ladders, scores and expectations also where the numbers of this ladder are the same for all. */
function trackOf(program: Program, { partner, kpis }: PartnerInputs): TierExplanation['track'] {
  if (!hasTrackEffect(program)) return null;
  const { track } = segmentsOf({ program, partner, kpis: new Map(kpis.map((one) => [one.kpi, one])) });
  if (track.key === null) return null;
  const { since, until } = keptOf(program, { partner, track }).trackKept ?? { since: null, until: null };
  return { label: segmentLabel(program, track.key), since, until };
}

function besideOf(
  program: Program,
  startedOn: string | null,
  { ladder, state, evidence, waitsFor }: Present,
): BesideStanding {
  const { key, label, isSpecialisation = false } = ladder;
  const standing = state ?? { tier: evidence.computedTier, since: null, status: 'keeps' as const };
  const { tier, since, status } = standing;
  const outlook = outlookOf(evidence, standing);
  const rises = { held: standing, startedOn, asOf: evidence.asOf };
  const told = summaryOf(program, ladder, { outlook, frozenReason: state?.frozenReason ?? null, rises });
  const own = evidence.inherited === undefined ? told : `Inherited from ${evidence.inherited.name}.`;
  const summary = waitsFor === undefined ? own : waitingSummary(waitsFor);
  return { ladder: key, label, isSpecialisation, tier: labelOf(ladder, tier), since, status, summary };
}

/** What a partner on no ladder still carries. */
function lastTierText(program: Program, { states }: PartnerInputs): string {
  const last = states.find(({ isClosed, state }) => isClosed && state.tier !== null);
  const ladder = program.ladders.find(({ key }) => key === last?.ladder);
  if (last === undefined || ladder === undefined) return '';
  return `; ${labelOf(ladder, last.state.tier)} is the last tier it held, and the CRM keeps it`;
}

/** "; for its specialisations give --ladder: Security"; empty where it is on no ladder at all. */
function specialisationsText(all: readonly Present[]): string {
  const labels = all.map(({ ladder }) => ladder.label).join(', ');
  return labels === '' ? '' : `; for its specialisations give --ladder: ${labels}`;
}

/** What `standingToday` finds. */
interface StandingToday {
  state: TierState;
  evidence: Evidence;
  isEvaluated: boolean;
  /** Whether a tier, or a higher one, is given with other figures. */
  isGiven: (tier: string | undefined) => (changed: PartnerInputs) => boolean;
}

/**
 * The state in force with the evidence of today. The evaluation is repeated without being stored; tier, since and the
 * dates are those in force, so that looking never runs ahead of the evaluation.
 */
function standingToday(parts: {
  program: Program;
  ladder: LadderDefinition;
  inputs: PartnerInputs;
  present: Present;
  asOf: string;
}): StandingToday {
  const { program, ladder, inputs, asOf } = parts;
  const { state, holdings, holder, waitsFor } = parts.present;
  // No figure of the subsidiary gives it another tier.
  const isGivenNever = () => () => false;
  if (holder !== undefined) {
    const { evidence } = parts.present;
    const fresh = () =>
      inheritedOutcome(program, inputs, { ladder, asOf, holder, left: undefined }).state.state;
    return { state: state ?? fresh(), evidence, isEvaluated: state !== null, isGiven: isGivenNever };
  }
  const overrides = inputs.overrides.filter((one) => one.ladder === ladder.key);
  const waivers = inputs.waivers.filter((one) => one.ladder === ladder.key);
  const { partnerId, partner, kpis, mode, facts, spells } = inputs;
  const own = { partnerId, partner, kpis, mode, facts, waivers, spells };
  const input = { ...own, program, ladder, state, overrides, holdings, asOf };
  const { evidence, computedTier, ...today } = evaluate(input);
  const rank = (tier: string | null | undefined) => ladder.tiers.findIndex(({ key }) => key === tier);
  const isGiven = (tier: string | undefined) => (changed: PartnerInputs) =>
    rank(evaluate({ ...input, partner: changed.partner, kpis: changed.kpis }).computedTier) >= rank(tier);
  const isEvaluated = state !== null;
  if (waitsFor?.ladder === ladder) {
    const nothing = { tier: null, since: null, computedTier: null, pending: null, nextReview: null };
    const found = state ?? { ...today.state, ...nothing, frozenReason: null };
    return { state: found, evidence: parts.present.evidence, isEvaluated, isGiven: isGivenNever };
  }
  return {
    state: state === null ? today.state : { ...state, computedTier },
    evidence,
    isEvaluated,
    isGiven,
  };
}

/** The records behind a figure; of a composed one those behind each figure that it is made of, of a rank the others. */
function recordsOf(
  program: Program,
  kpi: string,
  {
    figures,
    texts,
    track,
  }: { figures: ReadonlyMap<string, KpiInput>; texts: ReadonlyMap<string, string>; track: string | null },
): string {
  const rank = figures.get(kpi)?.rank;
  if (rank !== undefined) return rankText(program, rank);
  if (isMeasured(program, kpi)) return texts.get(kpi) ?? '';
  const parts = measuredBehind(program, kpi, track).filter((part) => hasRecords(figures.get(part)));
  if (parts.length === 0) return 'no records';
  return parts.map((part) => `${program.kpis[part]!.label}: ${texts.get(part) ?? ''}`).join('; ');
}

/** The records behind several figures are told with the first requirement that rests on them. */
function toldOnce(told: Map<string, string>, { label }: RequirementEvidence, words: string): string {
  const first = told.get(words);
  if (first !== undefined && words.includes('; ')) return `as for ${first}`;
  told.set(words, label);
  return words;
}

function hasRecords(figure: KpiInput | undefined): boolean {
  return figure === undefined || figure.counted + figure.excluded > 0;
}

/** "certified people: 1 more; one of (customer satisfaction: 13.3 percentage points more, open pipeline: 90 USD more)". */
function missingText(
  program: Program,
  { tiers }: Outlook,
  reasonOf: (requirement: RequirementEvidence) => string | null,
): string | null {
  const list = missingList(tiers, (requirement) => {
    const name = shortName(program, requirement);
    return `${name}: ${requirement.gapText ?? reasonOf(requirement) ?? notMetText(requirement)}`;
  });
  return list.length === 0 ? null : list.join('; ');
}

/** Of what is to be on file whether it never was, or when it ended. */
function notMetText({ needs, has }: RequirementEvidence): string {
  if (needs !== onFile) return 'not met';
  return has === '-' ? 'not on file' : has;
}

/** "Capability score, 10 points more: Certified people could bring 8 (2 of 5, 4 of 20 points), ...". */
function shortfallOf(
  { label, state, bound, gapText, parts }: ExplainedRequirement,
  overSinceOf: (kpi: string) => string | null,
): string[] {
  const isTooLow = bound === 'atLeast' || bound === 'moreThan';
  if (!isTooLow || state === 'met' || state === 'waived') return [];
  const list = couldBring(parts, overSinceOf);
  return list.length === 0 ? [] : [`${label}${gapText === null ? '' : `, ${gapText}`}: ${list.join('; ')}`];
}

type Row = Pick<ExplainedRequirement, 'ofTier' | 'choice'> & { one: RequirementEvidence };

/** The requirements of a tier, and before them what is missing of those below it that count as well. */
function rowsOf({ tiers, missing }: Outlook, shown: TierEvidence | undefined): Row[] {
  const rows = (tier: TierEvidence): Row[] => {
    const choices = choicesOf(tier);
    const ofTier = tier === shown ? null : tier.label;
    return tier.requirements.map((one, index) => ({ one, ofTier, choice: choices[index] ?? null }));
  };
  const own = shown === undefined ? [] : rows(shown);
  const isAsked = (below: RequirementEvidence) =>
    own.some(({ one, choice }) => choice === null && one.id === below.id && one.needs === below.needs);
  const below = tiers.filter((tier) => tier !== shown).flatMap(rows);
  return [...below.filter(({ one }) => missing.includes(one) && !isAsked(one)), ...own];
}

function kpisOf(requirements: readonly RequirementEvidence[]): string[] {
  const all = requirements.flatMap(({ kpi, thresholdKpi }) => [kpi, thresholdKpi ?? null]);
  return [...new Set(all.filter((kpi) => kpi !== null))];
}

/** The errors of the figures shown, by KPI, with the records that stand in their way as people know them. */
async function errorsOf(
  executor: Executor,
  of: { program: Program; partnerId: string; evidence: Evidence; kpis: readonly string[] },
): Promise<Map<string, NamedError>> {
  const wrong = of.evidence.kpis.filter(({ kpi, state }) => state === 'error' && of.kpis.includes(kpi));
  if (wrong.length === 0) return new Map();
  const asked = wrong.map(({ kpi }) => kpi);
  const values = await readValueRows(executor, of.program, [of.partnerId], asked);
  const found = values.flatMap(({ kpi, error }) => (error === null ? [] : [{ kpi, error }]));
  const named = await namedErrors(
    executor,
    found.map(({ error }) => error),
  );
  return new Map(found.map(({ kpi }, index) => [kpi, named[index]!]));
}

/** The figures shown that may still change because of their inputs, by what they wait for. */
function uncertainties(
  program: Program,
  evidence: Evidence,
  { kpis, errors }: { kpis: readonly string[]; errors: ReadonlyMap<string, NamedError> },
): string[] {
  const byReason = new Map<string, string[]>();
  for (const { kpi, state, stateReason, inputsCompleteTo } of evidence.kpis) {
    if (state === 'current' || !kpis.includes(kpi)) continue;
    const why = stateReason ?? { code: 'inputs_open' };
    const named = errors.get(kpi);
    // Figures of the company, or of another track, may have errors that are not those of the stored ones.
    const reason = isDeepStrictEqual(named?.error, why) ? named!.text : stateReasonText(why);
    const isDated = inputsCompleteTo === null || saysHowFar(why);
    const dated = isDated ? reason : `${reason}; complete to ${inputsCompleteTo.slice(0, 10)}`;
    byReason.set(dated, [...(byReason.get(dated) ?? []), program.kpis[kpi]!.label]);
  }
  return [...byReason].map(([reason, labels]) => `${labels.join(', ')}: ${reason}`);
}
