import type { Fraction } from 'fraction.js';
import type { KpiState, RequirementState } from '../model/states.ts';
import { exact, exactRatio } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import type { Executor } from '../store/store.ts';
import { choicesOf, countingOf } from '../tier/explain/missing-words.ts';
import { presentEvidence } from '../tier/explain/present.ts';
import { outlookOf } from '../tier/explain/summary.ts';
import { figureWords } from '../tier/explain/wording.ts';
import { ladderOf } from '../tier/ladder-of.ts';
import { loadInputs, type PartnerInputs } from '../tier/load.ts';
import { apartReason } from '../tier/method/method-inputs.ts';
import { reachedOf, shareText } from '../tier/reached.ts';
import { tierEvidence } from '../tier/requirement.ts';
import { segmentsOf } from '../tier/segments.ts';
import type { KpiInput, RequirementEvidence, TierEvidence } from '../tier/types.ts';

type SuccessFactor = ProgramDefinition['successFactors'][number];

/** A KPI of a success factor beside what it should be. */
export interface ScorecardKpi {
  kpi: string;
  label: string;
  has: string;
  /** What it should be, in words; null where nothing says so. */
  target: string | null;
  /** Label of the tier that asks for it; null where the factor itself does. */
  targetOf: string | null;
  /** "one of 3" where the tier asks for some of several requirements; null where it asks for this one. */
  choice: string | null;
  /** Whether the factor counts it; not where the tier has enough of the others already. */
  counts: boolean;
  state: RequirementState | null;
  /** Why it is pending. */
  reason: string | null;
  /** Percent of the target, at most 100, with one digit; null without a target or a figure. */
  reached: string | null;
  kpiState: KpiState;
}

export interface ScorecardFactor {
  key: string;
  label: string;
  /** The mean of what is reached of the targets that count; null where nothing can be said. */
  reached: string | null;
  /** The worst of the KPIs that count; null without a target. */
  state: RequirementState | null;
  kpis: ScorecardKpi[];
}

export interface Scorecard {
  partnerId: string;
  tier: string | null;
  /** In rank order. */
  factors: ScorecardFactor[];
}

const pageSize = 500;

interface ScorecardRequest {
  program: Program;
  partners: readonly string[];
  now: number;
  asOf: string;
  /** Without prospects, applicants, and those who are not partners yet or no longer. (Default: false) */
  takingPart?: boolean;
}

/** Scorecards of partners that are in the program, from stored figures; reads only. */
export async function readScorecards(
  executor: Executor,
  { program, partners, now, asOf, takingPart = false }: ScorecardRequest,
): Promise<Scorecard[]> {
  const cards: Scorecard[] = [];
  for (let from = 0; from < partners.length; from += pageSize) {
    const page = partners.slice(from, from + pageSize);
    for (const inputs of await loadInputs(executor, { program, partners: page, now })) {
      if (takingPart && apartReason(inputs.partner, asOf) !== null) continue;
      cards.push(scorecardOf(program, inputs, asOf));
    }
  }
  return cards;
}

/** The success factors of one partner: each KPI beside its target. Pure. */
export function scorecardOf(program: Program, inputs: PartnerInputs, asOf: string): Scorecard {
  const { tier, asked } = askedOf(program, inputs, asOf);
  const kpis = new Map(inputs.kpis.map((kpi) => [kpi.kpi, kpi]));
  const compare = (factor: SuccessFactor, kpi: string) =>
    kpiLine(program, {
      value: kpis.get(kpi)!,
      own: ownTarget(program, { inputs, kpis, factor, kpi }),
      asked: asked.get(kpi),
    });
  const factors = program.successFactors.map((factor) => {
    const lines = factor.kpis.map((kpi) => compare(factor, kpi));
    const counted = lines.filter(({ line }) => line.counts);
    const reached = counted.flatMap(({ share }) => share ?? []);
    const sum = reached.reduce((total, one) => total.add(one), exact(0));
    return {
      key: factor.key,
      label: factor.label,
      reached: reached.length === 0 ? null : shareText(sum.div(reached.length)),
      state: worstOf(counted.map(({ line }) => line.state)),
      kpis: lines.map(({ line }) => line),
    };
  });
  return { partnerId: inputs.partnerId, tier, factors };
}

interface Asked {
  evidence: RequirementEvidence;
  tier: string;
  choice: string | null;
  counts: boolean;
}

/** What the next tier asks of each KPI, of who is at risk or at the top what the own one asks. */
function askedOf(
  program: Program,
  inputs: PartnerInputs,
  asOf: string,
): { tier: string | null; asked: Map<string, Asked> } {
  const ladder = ladderOf(program, inputs.partner);
  if (ladder === null) return { tier: null, asked: new Map() };
  const { state, evidence: seen } = presentEvidence(program, inputs, asOf).find(
    (each) => each.ladder === ladder,
  )!;
  const outlook = outlookOf(seen, { tier: state?.tier ?? null, status: state?.status ?? 'keeps' });
  const asked = new Map<string, Asked>();
  for (const one of outlook.tiers.toReversed().flatMap(askedBy)) {
    const { kpi } = one.evidence;
    const known = kpi === null ? undefined : asked.get(kpi);
    if (kpi !== null && (known === undefined || isFurther(one, known))) asked.set(kpi, one);
  }
  return { tier: ladder.tiers.find(({ key }) => key === state?.tier)?.label ?? null, asked };
}

function askedBy(tier: TierEvidence): Asked[] {
  const choices = choicesOf(tier);
  const counting = countingOf(tier);
  return tier.requirements.map((evidence, index) => ({
    evidence,
    tier: tier.label,
    choice: choices[index]!,
    counts: counting[index]!,
  }));
}

/** Whether a requirement stands in the way more than another one of the same KPI: what is missing counts before what is met. */
function isFurther(one: Asked, other: Asked): boolean {
  if (one.counts !== other.counts) return one.counts;
  const [left, right] = [one, other].map(({ evidence }) => severity.indexOf(evidence.state));
  if (left !== right) return left! < right!;
  const [mine, its] = [shareOf(one.evidence), shareOf(other.evidence)];
  return mine !== null && its !== null && mine.lt(its);
}

/** The worst first. */
const severity: readonly RequirementState[] = ['not_met', 'pending', 'waived', 'met'];

/** The target that the factor itself names, compared as a requirement would be. */
function ownTarget(
  program: Program,
  of: { inputs: PartnerInputs; kpis: ReadonlyMap<string, KpiInput>; factor: SuccessFactor; kpi: string },
): RequirementEvidence | undefined {
  const target = of.factor.targets?.[of.kpi];
  if (target === undefined) return undefined;
  const { partner } = of.inputs;
  const bound = program.kpis[of.kpi]!.better === 'lower' ? 'atMost' : 'atLeast';
  const inputs = { program, kpis: of.kpis, partner };
  const requirements = { kpi: of.kpi, [bound]: target };
  const { key, label } = of.factor;
  return tierEvidence({ ...inputs, segments: segmentsOf(inputs) }, { key, label, requirements })
    .requirements[0];
}

function kpiLine(
  program: Program,
  { value, own, asked }: { value: KpiInput; own: RequirementEvidence | undefined; asked: Asked | undefined },
): { line: ScorecardKpi; share: Fraction | null } {
  const { kpi, unit, currency, state } = value;
  const evidence = own ?? asked?.evidence;
  const share = evidence === undefined ? null : shareOf(evidence);
  const line = {
    kpi,
    label: program.kpis[kpi]!.label,
    has: evidence?.has ?? figureWords(value, { unit, currency }),
    target: evidence?.needs ?? null,
    targetOf: own === undefined ? (asked?.tier ?? null) : null,
    choice: own === undefined ? (asked?.choice ?? null) : null,
    counts: own !== undefined || (asked?.counts ?? true),
    state: evidence?.state ?? null,
    reason: evidence?.reason ?? null,
    reached: share === null ? null : shareText(share),
    kpiState: state,
  };
  return { line, share };
}

function shareOf({ value, threshold, bound, state }: RequirementEvidence): Fraction | null {
  if (value === null || threshold === null || state === 'pending') return null;
  const target = exactRatio(threshold.numerator, threshold.denominator);
  const better = bound === 'atMost' || bound === 'lessThan' ? 'lower' : 'higher';
  return reachedOf(exactRatio(value.numerator, value.denominator), { target, better });
}

function worstOf(states: readonly (RequirementState | null)[]): RequirementState | null {
  return severity.find((state) => states.includes(state)) ?? null;
}

/** The weakest in a factor first; those of whom nothing can be said last. */
export function byWeakness(cards: readonly Scorecard[], factor: string): Scorecard[] {
  const reached = (card: Scorecard) => card.factors.find(({ key }) => key === factor)?.reached ?? null;
  return cards.toSorted((one, other) => {
    const [left, right] = [reached(one), reached(other)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    return exact(left).compare(exact(right));
  });
}
