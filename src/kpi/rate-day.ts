import { hasEnd } from '../program/check/currency.ts';
import { addDays } from '../program/civil-date.ts';
import { ratesOf } from '../program/currency.ts';
import type { MeasureDefinition, WindowDefinition } from '../program/schema/kpi.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import { edgeDay, windowRange } from './windows.ts';

/** The day whose rates a measure takes: one for all of its records, or a date that each has itself. */
export type RateDay = { day: string; window: WindowDefinition | undefined } | { by: string };

export function rateDayOf(program: ProgramDefinition, measure: MeasureDefinition, asOf: string): RateDay {
  if (measure.rate?.by !== undefined) return { by: measure.rate.by };
  const isWindowEnd = (measure.rate?.at ?? program.currency.rateAt) === 'windowEnd';
  const window = isWindowEnd ? [measure.window ?? []].flat().find(hasEnd) : undefined;
  if (window === undefined) return { day: asOf, window };
  return { day: addDays(windowRange(window, asOf, program).to!, -1), window };
}

/** The first day after `asOf` on which a measure takes other rates; null when none are to come, or each record keeps its own. */
export function nextRateDay(program: ProgramDefinition, rateDay: RateDay, asOf: string): string | null {
  if ('by' in rateDay) return null;
  const { day, window } = rateDay;
  const coming = Object.keys(program.currency.rates)
    .flatMap((code) => ratesOf(program, code))
    .flatMap(({ from }) => (from !== null && from > day ? [from] : []))
    .sort()[0];
  if (coming === undefined) return null;
  if (window === undefined) return coming;
  return edgeDay({ window, edge: 'enters', date: coming, asOf }, program);
}
