import { windowRange } from '../kpi/windows.ts';
import { measuresOf } from '../program/check-kpi.ts';
import { addDays } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { measuredBehind } from '../program/score-parts.ts';

/** The windows of some KPIs as of a day, each once, with their first and last day. */
export function windowsInWords(program: Program, kpis: readonly string[], asOf: string): string[] {
  const windows = kpis
    .flatMap((kpi) => measuredBehind(program, kpi))
    .flatMap((kpi) => measuresOf(program.kpis[kpi]!))
    .flatMap(({ measure }) => [measure.window ?? []].flat())
    .flatMap((window) => window.any ?? [window])
    .filter(({ by, sinceStart }) => by !== undefined && sinceStart === undefined);
  const words = windows.map((window) => {
    const { from, to } = windowRange(window, asOf, program);
    return `${from ?? 'the beginning'} to ${to === null ? 'today' : addDays(to, -1)}`;
  });
  return [...new Set(words)];
}
