import { type Dimension, dimensionOf } from './by-segment.ts';
import { attributesOfRequirements, boundsOf } from './requirement-leaves.ts';
import type { BySegment, Requirement } from './schema/ladder.ts';
import type { ProgramDefinition } from './schema/schema.ts';

type Segmented = Pick<ProgramDefinition, 'tracks' | 'regions'>;

/** What has to be known of a partner so that figures which differ by track or region can be chosen. */
export interface SegmentsRead {
  /** By what some of them differ, and by what the track does that they differ by. */
  dimensions: ReadonlySet<Dimension>;
  /** The conditions that say on which track a partner is. */
  conditions: readonly Requirement[];
  /** The partner's own attributes. */
  attributes: readonly string[];
}

/** The conditions that say on which track a partner is. */
export function trackConditions({ tracks }: Segmented): Requirement[] {
  return tracks.flatMap(({ when }) => when ?? []);
}

/** The partner's own attributes by which the conditions of tracks hold or do not. */
export function trackAttributes(program: Segmented): string[] {
  const conditions = trackConditions(program);
  const byRegion = boundsOf(conditions).some((figure) => dimensionOf(program, figure) === 'region');
  const place = byRegion && program.regions !== undefined ? [program.regions.by] : [];
  return [...attributesOfRequirements(conditions), ...place];
}

export function segmentsRead(program: Segmented, figures: readonly BySegment[]): SegmentsRead {
  const own = figures.flatMap((figure) => dimensionOf(program, figure) ?? []);
  const conditions = own.includes('track') ? trackConditions(program) : [];
  const ofTracks = boundsOf(conditions).flatMap((figure) => dimensionOf(program, figure) ?? []);
  const dimensions = new Set([...own, ...ofTracks]);
  return {
    dimensions,
    conditions,
    attributes: [
      ...attributesOfRequirements(conditions),
      ...(dimensions.has('region') && program.regions !== undefined ? [program.regions.by] : []),
    ],
  };
}
