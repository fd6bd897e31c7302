import type { Fraction } from 'fraction.js';
import { exact, toDecimal } from '../program/exact.ts';

/** How much of a target is reached, 0 to 100; of one that is better when it is lower, all of it at or below the target. */
export function reachedOf(
  figure: Fraction,
  { target, better }: { target: Fraction; better: 'higher' | 'lower' },
) {
  if (better === 'lower') return figure.lte(target) ? exact(100) : target.div(figure).mul(100);
  if (figure.gte(target)) return exact(100);
  return figure.lte(0) || target.lte(0) ? exact(0) : figure.div(target).mul(100);
}

/** A share of 0 to 100 with one digit; what is not all of it never reads as 100. */
export function shareText(share: Fraction): string {
  const text = toDecimal(share, 1);
  return text === '100.0' && share.lt(100) ? '99.9' : text;
}
