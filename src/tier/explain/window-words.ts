import { windowRange } from '../../kpi/windows.ts';
import { measuresOf } from '../../program/check/kpi.ts';
import { addDays } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import type { WindowDefinition } from '../../program/schema/kpi.ts';
import { measuredBehind } from '../../program/score-parts.ts';

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
  const windows = windowsOf(
    program,
    kpis.flatMap((kpi) => measuredBehind(program, kpi)),
  )
    .filter((window) => window !== undefined)
    .filter(({ by, sinceStart }) => by !== undefined && sinceStart === undefined);
  const days = windows.map((window): WindowDays => {
    const { from, to } = windowRange(window, asOf, program);
    const last = to === null ? 'today' : addDays(to, -1);
    return { from, words: from === null ? `everything up to ${last}` : `${from} to ${last}` };
  });
  return [...new Map(days.map((one) => [one.words, one])).values()];
}

/** The windows of measured KPIs; undefined for each measure without one. */
function windowsOf(program: Program, kpis: readonly string[]): (WindowDefinition | undefined)[] {
  return kpis
    .flatMap((kpi) => measuresOf(program.kpis[kpi]!))
    .flatMap(({ measure }) => [measure.window].flat())
    .flatMap((window) => window?.any ?? [window]);
}

/**
 * Of a KPI that only looks at periods that are over, such as the quarter before this one, their last day: nothing that comes
 * now counts in it. Null for any other.
 */
export function overSince(program: Program, kpi: string, asOf: string): string | null {
  const windows = windowsOf(program, measuredBehind(program, kpi));
  const over = windows.filter((window) => window !== undefined).filter(isOver);
  if (windows.length === 0 || over.length < windows.length) return null;
  const ends = over.flatMap((window) => windowRange(window, asOf, program).to ?? []);
  const last = ends.toSorted().at(-1);
  return last === undefined ? null : addDays(last, -1);
}

/** The last whole periods go on with the next one; so are figures read that others publish each month. */
function isOver({ by, previous, ago }: WindowDefinition): boolean {
  return by !== undefined && (previous ?? ago) !== undefined;
}
