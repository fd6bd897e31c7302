import { eachPaths, eachPeriod } from './schema/each.ts';
import type { MeasureDefinition, WindowDefinition } from './schema/kpi.ts';
import type { periodKinds } from './schema/period.ts';

type PeriodKind = (typeof periodKinds)[number];

const monthsIn: Readonly<Record<PeriodKind, number>> = {
  month: 1,
  quarter: 3,
  year: 12,
  fiscalQuarter: 3,
  fiscalYear: 12,
};

/** The kind of whole periods that a window is made of, and how many of them; undefined for one of other days. */
export function wholePeriods({
  lastFull,
  previous,
}: Pick<WindowDefinition, 'lastFull' | 'previous'>): { unit: string; count: number } | undefined {
  if (previous !== undefined) return { unit: previous, count: 1 };
  const [count, unit] = lastFull?.split(' ') ?? [];
  return unit === undefined ? undefined : { unit: unit.replace(/s$/, ''), count: Number(count) };
}

/** How many periods a measure that takes each of them looks at; undefined where it takes none, or its window is wrong. */
export function periodsLookedAt({ perEach, window }: MeasureDefinition): number | undefined {
  const period = perEach === undefined ? undefined : eachPeriod(perEach);
  if (period === undefined) return undefined;
  const [by] = eachPaths(perEach!);
  const own = [window ?? []].flat().find((one) => one.by === by);
  const whole = own === undefined ? undefined : wholePeriods(own);
  const months = monthsIn[whole?.unit as PeriodKind];
  return months === undefined ? undefined : (whole!.count * months) / monthsIn[period];
}
