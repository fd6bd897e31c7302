import { kpisOfRequirements } from '../program/requirement-leaves.ts';
import { trackConditions } from '../program/score-parts.ts';
import { knownTruth, type RequirementInputs, tierEvidence } from './requirement.ts';
import type { Track } from './types.ts';

/** The track that a partner is on by its figures and attributes: the first whose condition holds. Pure. */
export function trackOf(inputs: Omit<RequirementInputs, 'track'>): Track {
  const { program, kpis } = inputs;
  const asked = kpisOfRequirements(trackConditions(program));
  const isCertain = asked.every((kpi) => kpis.get(kpi)?.state === 'current');
  for (const { key, label, when } of program.tracks) {
    if (when === undefined) return { key, reason: null, isCertain };
    const found = tierEvidence(inputs, { key, label, requirements: when });
    const isOn = knownTruth(found);
    if (isOn === true) return { key, reason: null, isCertain };
    if (isOn === false) continue;
    const open = found.requirements.find(({ state }) => state === 'pending');
    const reason = `the track is not known: ${open?.label}: ${open?.reason}`;
    return { key: null, reason, isCertain };
  }
  return { key: null, reason: null, isCertain };
}
