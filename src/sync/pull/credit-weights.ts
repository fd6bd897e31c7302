import { canonicalDecimal } from '../../model/values.ts';
import type { ObjectMapping } from '../mapping/schema.ts';

export type Attribution = NonNullable<ObjectMapping['attribution']>;

export interface WeighedCredit {
  /** Names the partner, by whichever id; null while nobody knows it. */
  partner: string | null;
  role: string | null;
  /** Percent as a decimal text; null when the CRM does not say. */
  share: string | null;
  isPrimary: boolean;
}

/**
 * What each credit of one deal counts, in percent (see the entity credit). Null for all of them when a split deal has
 * shares that do not add up to 100, or neither shares nor one primary partner. Where several sources say the same of a
 * partner, one of them counts.
 */
export function creditWeights(
  attribution: Attribution,
  credits: readonly WeighedCredit[],
): (string | null)[] {
  if (attribution === 'all') return credits.map(() => '100');
  if (attribution === 'primary') return credits.map(({ isPrimary }) => (isPrimary ? '100' : '0'));
  if (credits.every(({ share }) => share === null)) return weightsOfPrimary(credits);
  if (isWhole(credits)) return credits.map(({ share }) => share ?? '0');
  const once = withoutRepeats(credits);
  return isWhole(once)
    ? credits.map((credit) => (once.includes(credit) ? (credit.share ?? '0') : '0'))
    : credits.map(() => null);
}

function isWhole(credits: readonly WeighedCredit[]): boolean {
  return sumOf(credits.map(({ share }) => share ?? '0')) === '100';
}

/** Of credits that say the same, the one of the primary partner, else the first. */
function withoutRepeats(credits: readonly WeighedCredit[]): WeighedCredit[] {
  const kept = new Map<string, WeighedCredit>();
  for (const credit of credits) {
    const key =
      credit.partner === null ? `${kept.size}` : JSON.stringify([credit.partner, credit.role, credit.share]);
    const other = kept.get(key);
    if (other === undefined || (credit.isPrimary && !other.isPrimary)) kept.set(key, credit);
  }
  return [...kept.values()];
}

/** A deal of one partner is wholly that partner's, however often and as what it is named. */
function weightsOfPrimary(credits: readonly WeighedCredit[]): (string | null)[] {
  if (partnersOf(credits) === 1) return credits.map(() => '100');
  const hasOne = partnersOf(credits.filter(({ isPrimary }) => isPrimary)) === 1;
  return credits.map(({ isPrimary }) => (hasOne ? (isPrimary ? '100' : '0') : null));
}

/** Each one that nobody knows may be another one. */
function partnersOf(credits: readonly WeighedCredit[]): number {
  const known = credits.flatMap(({ partner }) => partner ?? []);
  return new Set(known).size + credits.length - known.length;
}

/** Exact sum of decimals. */
function sumOf(decimals: readonly string[]): string {
  const places = Math.max(...decimals.map((decimal) => decimal.split('.')[1]?.length ?? 0));
  const total = decimals.reduce((sum, decimal) => {
    const [whole = '0', fraction = ''] = decimal.split('.');
    return sum + BigInt(whole + fraction.padEnd(places, '0'));
  }, 0n);
  return canonicalDecimal(`${total}e-${places}`)!;
}
