import type { Evidence, RequirementEvidence, TierEvidence } from './types.ts';

/** What is asked for and what is there, in words. */
type Answered = Pick<RequirementEvidence, 'needs' | 'has' | 'state'>;

/** A requirement that is answered in another way than before. */
export interface FlippedRequirement {
  tier: string;
  id: string;
  label: string;
  kpi: string | null;
  /** The KPI that is the bound; null where that is none. */
  thresholdKpi: string | null;
  before: Answered;
  after: Answered;
}

/** What a decision is about: a tier, and whether it comes nearer or is lost. */
export interface DecisionAbout {
  /** Key; null for none. */
  tier: string | null;
  way: 'up' | 'down';
}

/**
 * The requirements whose answer differs between two evaluations, each comparison once. What reaching a tier takes is not
 * compared with what keeping it takes.
 * @param about Only what makes this decision: what its tier asks for (on a cumulative ladder also those below it) and is
 *   answered in its way. (Default: all, of the lowest tier that asks for it)
 */
export function flippedRequirements(
  before: Evidence,
  after: Evidence,
  about: DecisionAbout | null = null,
): FlippedRequirement[] {
  const found = tiersAbout(after, about).flatMap((tier) => {
    const old = before.tiers.find((one) => one.tier === tier.tier && one.asked === tier.asked);
    return tier.requirements.flatMap((requirement) => {
      const was = old?.requirements.find(({ id }) => id === requirement.id);
      return was !== undefined && isFlipped(was, requirement, about?.way)
        ? [{ key: comparisonOf(requirement), flipped: flippedOf(tier.label, was, requirement) }]
        : [];
    });
  });
  const isFirst = ({ key }: (typeof found)[number], index: number) =>
    found.findIndex((other) => other.key === key) === index;
  return found.filter(isFirst).map(({ flipped }) => flipped);
}

/** The tier itself comes before those below it. */
function tiersAbout({ tiers, hold }: Evidence, about: DecisionAbout | null): TierEvidence[] {
  if (about === null) return tiers;
  const rank = tiers.findIndex(({ tier }) => tier === about.tier);
  if (rank === -1) return [];
  return [tiers[rank]!, ...(hold === 'cumulative' ? tiers.slice(0, rank) : [])];
}

const ranks = { not_met: 0, pending: 1, met: 2, waived: 2 } as const;

function isFlipped(
  { state: was }: RequirementEvidence,
  { state: is }: RequirementEvidence,
  way: DecisionAbout['way'] | undefined,
): boolean {
  if (way === undefined) return was !== is;
  return way === 'up' ? ranks[is] > ranks[was] : ranks[is] < ranks[was];
}

/** What is compared with what, whatever the number. */
function comparisonOf({ kpi, thresholdKpi, bound, id }: RequirementEvidence): string {
  return JSON.stringify(kpi === null ? [id] : [kpi, thresholdKpi ?? null, bound]);
}

function flippedOf(
  tier: string,
  before: RequirementEvidence,
  after: RequirementEvidence,
): FlippedRequirement {
  const { id, label, kpi, thresholdKpi = null } = after;
  return { tier, id, label, kpi, thresholdKpi, before: answeredOf(before), after: answeredOf(after) };
}

function answeredOf({ needs, has, state }: RequirementEvidence): Answered {
  return { needs, has, state };
}
