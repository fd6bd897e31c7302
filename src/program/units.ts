import type { KpiUnit } from './schema/kpi.ts';

/** Digits after the point that a figure carries when it is shown or sent: money in hundredths, shares in tenths. */
export function digitsOf(unit: KpiUnit): number {
  if (unit === 'money' || unit === 'points') return 2;
  if (unit === 'count' || unit === 'people') return 0;
  return unit === 'ratio' || unit === 'number' ? 3 : 1;
}
