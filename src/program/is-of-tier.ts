import type { PathKey } from './source.ts';

/** Whether something stands in a tier, of which the day is foreseen on which time alone changes it. */
export function isOfTier(path: readonly PathKey[]): boolean {
  return path.includes('tiers');
}
