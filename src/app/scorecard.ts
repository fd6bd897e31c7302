import type { Fraction } from 'fraction.js';
import type { KpiState, RequirementState } from '../model/states.ts';
import { exact, exactRatio, toDecimal } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { Executor } from '../store/store.ts';
import { ladderOf } from '../tier/ladder-of.ts';
import { loadInputs, type PartnerInputs } from '../tier/load.ts';
import { presentEvidence } from '../tier/present.ts';
import { reachedOf } from '../tier/reached.ts';
import { tierEvidence } from '../tier/requirement.ts';
import { segmentsOf } from '../tier/segments.ts';
import { outlookOf } from '../tier/summary.ts';
import type { KpiInput, RequirementEvidence } from '../tier/types.ts';
import { figureWords } from '../tier/wording.ts';

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
  /** The mean of what is reached of its targets; null where nothing can be said. */
  reached: string | null;
  /** The worst of its KPIs; null without a target. */
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

/** Scorecards of partners that are in the program, from stored figures; reads only. */
export async function readScorecards(
  executor: Executor,
  {
    program,
    partners,
    now,
    asOf,
  }: { program: Program; partners: readonly string[]; now: number; asOf: string },
): Promise<Scorecard[]> {
  const cards: Scorecard[] = [];
  for (let from = 0; from < partners.length; from += pageSize) {
    const page = partners.slice(from, from + pageSize);
    for (const inputs of await loadInputs(executor, { program, partners: page, now }))
      cards.push(scorecardOf(program, inputs, asOf));
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
    const reached = lines.flatMap(({ share }) => share ?? []);
    const sum = reached.reduce((total, one) => total.add(one), exact(0));
    return {
      key: factor.key,
      label: factor.label,
      reached: reached.length === 0 ? null : toDecimal(sum.div(reached.length), 1),
      state: worstOf(lines.map(({ line }) => line.state)),
      kpis: lines.map(({ line }) => line),
    };
  });
  return { partnerId: inputs.partnerId, tier, factors };
}

interface Asked {
  evidence: RequirementEvidence;
  tier: string;
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
  for (const { label, requirements } of outlook.tiers) {
    for (const evidence of requirements)
      if (evidence.kpi !== null) asked.set(evidence.kpi, { evidence, tier: label });
  }
  return { tier: ladder.tiers.find(({ key }) => key === state?.tier)?.label ?? null, asked };
}

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
    state: evidence?.state ?? null,
    reason: evidence?.reason ?? null,
    reached: share === null ? null : toDecimal(share, 1),
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
  const order = ['not_met', 'pending', 'waived', 'met'] as const;
  return order.find((state) => states.includes(state)) ?? null;
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
