import { canonicalDecimal } from '../model/values.ts';
import type { ObjectMapping } from './mapping-schema.ts';

export type Attribution = NonNullable<ObjectMapping['attribution']>;

export interface WeighedCredit {
  /** Percent as a decimal text; null when the CRM does not say. */
  share: string | null;
  isPrimary: boolean;
}

/**
 * What each credit of one deal counts, in percent (see the entity credit). Null for all of them when a split deal has
 * shares that do not add up to 100, or neither shares nor one primary partner.
 */
export function creditWeights(
  attribution: Attribution,
  credits: readonly WeighedCredit[],
): (string | null)[] {
  if (attribution === 'all') return credits.map(() => '100');
  if (attribution === 'primary') return credits.map(({ isPrimary }) => (isPrimary ? '100' : '0'));
  if (credits.every(({ share }) => share === null)) return weightsOfPrimary(credits);
  const isWhole = sumOf(credits.map(({ share }) => share ?? '0')) === '100';
  return credits.map(({ share }) => (isWhole ? (share ?? '0') : null));
}

function weightsOfPrimary(credits: readonly WeighedCredit[]): (string | null)[] {
  if (credits.length === 1) return ['100'];
  const primaries = credits.filter(({ isPrimary }) => isPrimary).length;
  return credits.map(({ isPrimary }) => (primaries === 1 ? (isPrimary ? '100' : '0') : null));
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
