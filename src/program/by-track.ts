import type { Fraction } from 'fraction.js';
import type { ProgramDefinition } from './schema.ts';
import type { ByTrack } from './schema-ladder.ts';
import { thresholdValue } from './threshold.ts';

/** A figure as it is for a track; undefined where it differs by track and the track is not known. */
export function figureFor(
  program: Pick<ProgramDefinition, 'currency'>,
  figure: ByTrack,
  track: string | null,
): Fraction | undefined {
  if (typeof figure !== 'object') return thresholdValue(program, figure);
  const own = track === null ? undefined : figure[track];
  return own === undefined ? undefined : thresholdValue(program, own);
}
