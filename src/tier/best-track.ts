import { isDeepStrictEqual } from 'node:util';
import { onTrack } from '../kpi/score/score.ts';
import type { Program } from '../program/load.ts';
import { kpisOfRequirements } from '../program/requirement-leaves.ts';
import { requirementsOf, type TierDefinition } from '../program/schema/ladder.ts';
import { withPartsOf } from '../program/score-parts.ts';
import { missingFor } from './explain/missing.ts';
import { type RequirementInputs, tierEvidence } from './requirement.ts';
import type { KpiInput, Segments, TierEvidence } from './types.ts';

type Inputs = RequirementInputs & { program: Program; segments: Segments };

/**
 * Evaluates the requirements of one tier as if the partner were on each track, and keeps what was found on one of them: where
 * all hold together, else where they may yet, else where the fewest are missing; of several the partner's own track, then
 * the first of the program. Pure.
 */
export function tierOnBestTrack(inputs: Inputs, tier: TierDefinition, isHeld = false): TierEvidence {
  const { tracks } = inputs.program;
  const own = tracks.filter(({ key }) => key === inputs.segments.track.key);
  const found = [...own, ...tracks.filter((one) => !own.includes(one))].map((track) =>
    tierOnTrack(inputs, tier, { ...track, isHeld }),
  );
  return bestOf(found);
}

/** Of what was found of one tier that which holds, else that which may yet, else that of which the fewest are missing; the first of these. */
export function bestOf(found: readonly TierEvidence[]): TierEvidence {
  return found.reduce((best, one) => (isBetter(one, best) ? one : best));
}

function isBetter(one: TierEvidence, other: TierEvidence): boolean {
  if (one.holds !== other.holds) return one.holds;
  if (one.couldHold !== other.couldHold) return one.couldHold;
  return missingFor(one).length < missingFor(other).length;
}

function tierOnTrack(
  inputs: Inputs,
  tier: TierDefinition,
  { key, label, isHeld }: { key: string; label: string; isHeld: boolean },
): TierEvidence {
  const asked = kpisOfRequirements(requirementsOf(tier));
  const { figures, segments } = onTrack({ ...inputs, figures: inputs.kpis }, key, asked);
  const evidence = tierEvidence({ ...inputs, segments, kpis: figures }, tier, isHeld);
  const others = withPartsOf(inputs.program, asked).flatMap((kpi) => {
    const there = figures.get(kpi);
    if (there === undefined || there === inputs.kpis.get(kpi)) return [];
    const { error: _error, ...figure } = there;
    return isSame(figure, inputs.kpis.get(kpi)) ? [] : [figure];
  });
  return { ...evidence, onTrack: { key, label, figures: others } };
}

/** Whether a composed figure is what it is on the partner's own track, with the same parts. */
function isSame(one: KpiInput, other: KpiInput | undefined): boolean {
  const told = (of: KpiInput | undefined) => [of?.numerator, of?.denominator, of?.empty, of?.score?.parts];
  return isDeepStrictEqual(told(one), told(other));
}
