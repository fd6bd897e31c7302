import { pathWords } from '../kpi/attribute-words.ts';
import { regionOfCountry } from '../program/regions.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import { keptTrack } from './kept-track.ts';
import type { RequirementInputs } from './requirement.ts';
import { trackOf } from './track.ts';
import type { PartnerFacts, Segment, Segments } from './types.ts';

/** The track and the region of a partner, by which its numbers are chosen. Pure. */
export function segmentsOf(inputs: Omit<RequirementInputs, 'segments'>): Segments {
  const { program, partner } = inputs;
  const region = regionOf(program, partner);
  return { track: keptOrOf(inputs, region), region };
}

/** A track that is kept; of one that no longer need be the track of today, unless that is not sure. */
function keptOrOf(inputs: Omit<RequirementInputs, 'segments'>, region: Segment): Segment {
  const kept = keptTrack(inputs.program, inputs.partner);
  if (kept === null) return trackOf(inputs, region);
  const own = { key: kept.track, reason: null, isCertain: !kept.isOver };
  if (!kept.isOver || kept.isHeld) return own;
  const today = trackOf(inputs, region);
  return today.key !== null && today.isCertain ? today : own;
}

/** The region of a partner, by its own attribute: a blank one says nothing, and so does a country that no region has. */
function regionOf({ regions }: Pick<ProgramDefinition, 'regions'>, partner: PartnerFacts): Segment {
  if (regions === undefined) return { key: null, reason: null, isCertain: true };
  const { by } = regions;
  const country = partner[by];
  const text = typeof country === 'string' ? country : null;
  const key = regionOfCountry(regions, text);
  if (key !== null) return { key, reason: null, isCertain: true };
  const why =
    text === null || text.trim() === ''
      ? `its ${pathWords(by)} is empty`
      : `no region has its ${pathWords(by)} "${text}"`;
  return { key: null, reason: `the region is not known: ${why}`, isCertain: true };
}
