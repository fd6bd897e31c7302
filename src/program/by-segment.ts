import type { Fraction } from 'fraction.js';
import { groupsOf, plainRegions } from './regions.ts';
import type { BySegment } from './schema/ladder.ts';
import type { ProgramDefinition } from './schema/schema.ts';
import { thresholdValue } from './threshold.ts';

/** By what the numbers of a program can differ from partner to partner. */
export const dimensions = ['track', 'region'] as const;
export type Dimension = (typeof dimensions)[number];

/** The track and the region that a number is asked for; null where it is not known, or the program has none. */
export type SegmentKeys = Readonly<Record<Dimension, string | null>>;

/** What of a partner's track and region chooses numbers. */
export function keysOf({ track, region }: Readonly<Record<Dimension, { key: string | null }>>): SegmentKeys {
  return { track: track.key, region: region.key };
}

type Segmented = Pick<ProgramDefinition, 'tracks' | 'regions'>;

/** By what a figure differs; undefined for one that is the same for everybody. */
export function dimensionOf({ tracks }: Segmented, figure: BySegment): Dimension | undefined {
  if (typeof figure !== 'object') return undefined;
  return tracks.some(({ key }) => figure[key] !== undefined) ? 'track' : 'region';
}

/** A figure as it is for a track and a region; undefined where it differs by one of them and that is not known. */
export function figureFor(
  program: Segmented & Pick<ProgramDefinition, 'currency'>,
  figure: BySegment,
  keys: SegmentKeys,
): Fraction | undefined {
  const own = ownFigure(program, figure, keys);
  return own === undefined ? undefined : thresholdValue(program, own);
}

/** The same as it is written. */
export function ownFigure(
  program: Segmented,
  figure: BySegment,
  keys: SegmentKeys,
): string | number | undefined {
  if (typeof figure !== 'object') return figure;
  const dimension = dimensionOf(program, figure)!;
  const key = keys[dimension];
  if (key === null) return undefined;
  if (figure[key] !== undefined || dimension === 'track') return figure[key];
  const group = groupsOf(program.regions!, key).find((one) => figure[one.key] !== undefined);
  return group === undefined ? undefined : figure[group.key];
}

/** Tracks, regions and groups of regions that a figure has a number for, in the order of the program. */
export function segmentsNamed(
  { tracks, regions }: Segmented,
  figure: Exclude<BySegment, string | number>,
): { key: string; label: string }[] {
  return [...tracks, ...(regions?.list ?? [])].filter(({ key }) => figure[key] !== undefined);
}

/** What people call a track or a region. */
export function segmentLabel({ tracks, regions }: Segmented, key: string): string {
  return [...tracks, ...(regions?.list ?? [])].find((one) => one.key === key)?.label ?? key;
}

/** Every track together with every region; one of nothing where the program has neither. */
export function everySegment({ tracks, regions }: Segmented): SegmentKeys[] {
  const keysOf = (all: readonly { key: string }[]) => (all.length === 0 ? [null] : all.map(({ key }) => key));
  return keysOf(tracks).flatMap((track) =>
    keysOf(plainRegions(regions)).map((region) => ({ track, region })),
  );
}
