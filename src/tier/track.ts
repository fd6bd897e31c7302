import { kpisOfRequirements } from '../program/requirement-leaves.ts';
import { trackConditions } from '../program/segments-read.ts';
import { knownTruth, type RequirementInputs, tierEvidence } from './requirement.ts';
import type { Segment } from './types.ts';

/** What decides about the track cannot differ by it. */
const none: Segment = { key: null, reason: null, isCertain: true };

/** The track that a partner is on by its figures, attributes and region: the first whose condition holds. Pure. */
export function trackOf(given: Omit<RequirementInputs, 'segments'>, region: Segment): Segment {
  const inputs = { ...given, segments: { track: none, region } };
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
