import type { Fraction } from 'fraction.js';
import { rateOf } from './currency.ts';
import { exact } from './exact.ts';
import type { ProgramDefinition } from './schema/schema.ts';

export const bounds = ['atLeast', 'moreThan', 'atMost', 'lessThan'] as const;
export type Bound = (typeof bounds)[number];

/** A threshold in the KPI's unit; money in the program's currency. Undefined when its currency has no rate. */
export function thresholdValue(
  program: Pick<ProgramDefinition, 'currency'>,
  threshold: string | number,
): Fraction | undefined {
  const [amount, currency] = String(threshold).split(' ');
  if (currency === undefined) return exact(amount!);
  return rateOf(program, currency)?.mul(exact(amount!));
}

/** Whether a value reaches a bound; the bound itself is enough for atLeast and atMost only. */
export function reaches(value: Fraction, bound: Bound, threshold: Fraction): boolean {
  const order = value.compare(threshold);
  if (bound === 'atLeast') return order >= 0;
  if (bound === 'moreThan') return order > 0;
  if (bound === 'atMost') return order <= 0;
  return order < 0;
}

/** Whether what stands where a number may stand names a KPI. */
export function isKpiName(written: unknown): written is string {
  return typeof written === 'string' && /^[a-z]/.test(written);
}

/** Whether a bound keeps values from being too low. */
export function isFloor(bound: Bound): boolean {
  return bound === 'atLeast' || bound === 'moreThan';
}
