import type { Evidence, RequirementEvidence } from './types.ts';

/** A requirement that is answered in another way than before. */
export interface FlippedRequirement {
  tier: string;
  id: string;
  label: string;
  kpi: string | null;
  needs: string;
  before: Pick<RequirementEvidence, 'has' | 'state'>;
  after: Pick<RequirementEvidence, 'has' | 'state'>;
}

/**
 * The requirements whose answer differs between two evaluations, each KPI once: for the tier that it is about, where that
 * asks for it, else for the lowest that does. What reaching a tier takes is not compared with what keeping it takes.
 * @param about Key of the tier. (Default: none, as of a difference that decides about no single one)
 */
export function flippedRequirements(
  before: Evidence,
  after: Evidence,
  about: string | null = null,
): FlippedRequirement[] {
  const ordered = [
    ...after.tiers.filter(({ tier }) => tier === about),
    ...after.tiers.filter(({ tier }) => tier !== about),
  ];
  const found = ordered.flatMap((tier) => {
    const old = before.tiers.find((one) => one.tier === tier.tier && one.asked === tier.asked);
    return tier.requirements.flatMap((requirement) => {
      const was = old?.requirements.find(({ id }) => id === requirement.id);
      return was === undefined || was.state === requirement.state
        ? []
        : [flippedOf(tier.label, was, requirement)];
    });
  });
  return found.filter(
    ({ kpi, id }, index) => found.findIndex((other) => (other.kpi ?? other.id) === (kpi ?? id)) === index,
  );
}

function flippedOf(
  tier: string,
  { has, state }: RequirementEvidence,
  after: RequirementEvidence,
): FlippedRequirement {
  const { id, label, kpi, needs } = after;
  return {
    tier,
    id,
    label,
    kpi,
    needs,
    before: { has, state },
    after: { has: after.has, state: after.state },
  };
}
