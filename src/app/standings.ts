import { reasonOrNull } from '../kpi/state-reason.ts';
import type { KpiValue } from '../kpi/types.ts';
import type { RequirementState } from '../model/states.ts';
import type { Program } from '../program/load.ts';
import type { Executor } from '../store/store.ts';
import { waitingSummary } from '../tier/company/company-waits.ts';
import { presentEvidence } from '../tier/explain/present.ts';
import { outlookOf } from '../tier/explain/summary.ts';
import { labelOf, ladderOf } from '../tier/ladder-of.ts';
import { loadInputs, type PartnerInputs } from '../tier/load.ts';
import type { TierState } from '../tier/types.ts';

/** Where a partner stands on its ladder: what tables show beside its name. */
export interface Standing {
  partnerId: string;
  ladder: string | null;
  /** The tier in force as people know it; null without one. */
  tier: string | null;
  tierKey: string | null;
  /** The tier that its figures earn today. */
  computedTier: string | null;
  since: string | null;
  status: string | null;
  mode: string | null;
  nextReview: string | null;
  summary: string | null;
  /** Name of the company whose tier it has, or waits for; null for its own. */
  company: string | null;
  /** Whether a change was decided that does not hold yet. */
  isPending: boolean;
  /** Why demotion waits. */
  frozen: string | null;
  /** Requirements of the tier that it is measured against: the next one, or its own when that is at risk. */
  against: string | null;
  requirements: Readonly<Record<RequirementState, number>>;
  /** Where it stands on ladders beside the one of its tier. */
  beside: readonly {
    ladder: string;
    tierKey: string | null;
    label: string | null;
    computedKey: string | null;
  }[];
  headline: HeadlineKpi | null;
}

type HeadlineKpi = Pick<
  KpiValue,
  'kpi' | 'unit' | 'numerator' | 'denominator' | 'currency' | 'empty' | 'state' | 'asOf'
>;

const pageSize = 500;

/** The KPI that stands for a partner in tables: the first of the first success factor, or of all. */
export function headlineKpi(program: Program): string | undefined {
  return program.successFactors[0]?.kpis[0] ?? Object.keys(program.kpis)[0];
}

/** The label of a tier of any ladder of the program. */
export function tierLabel(program: Program, key: string | null): string | null {
  const tiers = program.ladders.flatMap((ladder) => ladder.tiers);
  return tiers.find((tier) => tier.key === key)?.label ?? key;
}

/** Standings of the partners named, from stored figures and the rules as they are; reads only. */
export async function readStandings(
  executor: Executor,
  {
    program,
    partners,
    now,
    asOf,
  }: { program: Program; partners: readonly string[]; now: number; asOf: string },
): Promise<Map<string, Standing>> {
  const standings = new Map<string, Standing>();
  for (let from = 0; from < partners.length; from += pageSize) {
    const page = partners.slice(from, from + pageSize);
    for (const inputs of await loadInputs(executor, { program, partners: page, now })) {
      standings.set(inputs.partnerId, standingOf(program, inputs, asOf));
    }
  }
  return standings;
}

function standingOf(program: Program, inputs: PartnerInputs, asOf: string): Standing {
  const { partnerId, partner } = inputs;
  const ladder = ladderOf(program, partner);
  const headline = headlineOf(program, inputs, asOf);
  const seen = presentEvidence(program, inputs, asOf);
  const beside = seen.flatMap(({ ladder: one, state, evidence }) => {
    if (!one.beside) return [];
    const tierKey = state?.tier ?? null;
    return [{ ladder: one.key, tierKey, label: labelOf(one, tierKey), computedKey: evidence.computedTier }];
  });
  if (ladder === null) return { ...nowhere, partnerId, beside, headline };
  const { state, evidence, waitsFor } = seen.find((each) => each.ladder === ladder)!;
  const label = (key: string | null) => ladder.tiers.find((tier) => tier.key === key)?.label ?? key;
  const outlook = outlookOf(evidence, { tier: state?.tier ?? null, status: state?.status ?? 'keeps' });
  const against = outlook.tier;
  const asked = against?.requirements ?? [];
  // On a cumulative ladder something may be missing of a tier below.
  const below = against === undefined ? [] : outlook.missing.filter((one) => !asked.includes(one));
  return {
    partnerId,
    ladder: ladder.label,
    tier: label(state?.tier ?? null),
    tierKey: state?.tier ?? null,
    computedTier: label(evidence.computedTier),
    against: against === undefined ? null : label(against.tier),
    requirements: countStates([...below, ...asked].map((requirement) => requirement.state)),
    beside,
    headline,
    ...stateFields(state),
    company: waitsFor?.holder.name ?? evidence.inherited?.name ?? null,
    ...(waitsFor === undefined ? {} : { summary: waitingSummary(waitsFor) }),
  };
}

function stateFields(state: TierState | null) {
  return {
    since: state?.since ?? null,
    status: state?.status ?? null,
    mode: state?.mode ?? null,
    nextReview: state?.nextReview ?? null,
    summary: state?.summary ?? null,
    isPending: (state?.pending ?? null) !== null,
    frozen: reasonOrNull(state?.frozenReason ?? null),
  };
}

function headlineOf(program: Program, { kpis }: PartnerInputs, asOf: string): HeadlineKpi | null {
  const found = kpis.find(({ kpi }) => kpi === headlineKpi(program));
  return found === undefined ? null : { ...found, empty: found.empty as HeadlineKpi['empty'], asOf };
}

function countStates(states: readonly RequirementState[]): Record<RequirementState, number> {
  const counts = { met: 0, not_met: 0, pending: 0, waived: 0 };
  for (const state of states) counts[state] += 1;
  return counts;
}

const nowhere: Omit<Standing, 'partnerId' | 'beside' | 'headline'> = {
  ladder: null,
  tier: null,
  tierKey: null,
  computedTier: null,
  company: null,
  against: null,
  requirements: countStates([]),
  ...stateFields(null),
};
