import type { PathKey } from './source.ts';

/** Whether something stands in a tier, of which the day is foreseen on which time alone changes it. */
export function isOfTier(path: readonly PathKey[]): boolean {
  // A specialisation is checked as the ladder of one tier that it is.
  return (path[0] === 'ladders' || path[0] === 'specialisations') && path[2] === 'tiers';
}
