import type { TierDefinition } from '../program/schema/ladder.ts';
import { bestOf } from './best-track.ts';
import { type RequirementInputs, tierEvidence } from './requirement.ts';
import type { Segments, TierEvidence } from './types.ts';

/**
 * Evaluates the requirements of one tier in each region of the program, and keeps what was found in one of them: where all
 * hold together, else where they may yet, else where the fewest are missing; of several the partner's own region, then the
 * first of the program. Pure.
 */
export function tierInBestRegion(
  inputs: RequirementInputs & { segments: Segments },
  tier: TierDefinition,
  isHeld = false,
): TierEvidence {
  const regions = tier.inRegions!;
  const own = regions.filter(({ key }) => key === inputs.segments.region.key);
  const found = [...own, ...regions.filter((one) => !own.includes(one))].map((region) => {
    const asked = { ...tier, requirements: region.requirements, keepRequirements: region.keepRequirements };
    const { key, label } = region;
    return { ...tierEvidence(inputs, asked, isHeld), inRegion: { key, label } };
  });
  return bestOf(found);
}
