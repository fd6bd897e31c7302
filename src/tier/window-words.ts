import { windowRange } from '../kpi/windows.ts';
import { measuresOf } from '../program/check-kpi.ts';
import { addDays } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { measuredBehind } from '../program/score-parts.ts';

/** The days that a figure looks at. */
export interface WindowDays {
  /** First day; null for everything up to the last one. */
  from: string | null;
  words: string;
}

/** The windows of some KPIs as of a day, each once, with their first and last day in words. */
export function windowsInWords(program: Program, kpis: readonly string[], asOf: string): string[] {
  return windowDays(program, kpis, asOf).map(({ words }) => words);
}

/** The windows of some KPIs as of a day, each once. */
export function windowDays(program: Program, kpis: readonly string[], asOf: string): WindowDays[] {
  const windows = kpis
    .flatMap((kpi) => measuredBehind(program, kpi))
    .flatMap((kpi) => measuresOf(program.kpis[kpi]!))
    .flatMap(({ measure }) => [measure.window ?? []].flat())
    .flatMap((window) => window.any ?? [window])
    .filter(({ by, sinceStart }) => by !== undefined && sinceStart === undefined);
  const days = windows.map((window): WindowDays => {
    const { from, to } = windowRange(window, asOf, program);
    return { from, words: `${from ?? 'the beginning'} to ${to === null ? 'today' : addDays(to, -1)}` };
  });
  return [...new Map(days.map((one) => [one.words, one])).values()];
}
