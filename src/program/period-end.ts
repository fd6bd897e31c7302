import { addDays, addDuration, parseDuration, periodStart } from './civil-date.ts';
import type { Program } from './load.ts';
import type { WindowDefinition } from './schema/kpi.ts';

/**
 * The program as it looks at a period that is over, to be computed as of the day after its last one: a window of the running
 * period that begins on that day would be empty, and stands for the one that has just ended. All else stays. Pure.
 */
export function atPeriodEnd<P extends Pick<Program, 'kpis' | 'fiscalYearStart'>>(
  program: P,
  endsOn: string,
): P {
  const day = addDays(endsOn, 1);
  const ended = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(ended);
    if (typeof value !== 'object' || value === null) return value;
    if (isWindow(value)) return endedWindow(value, { day, fiscalYearStart: program.fiscalYearStart });
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, ended(one)]));
  };
  return { ...program, kpis: ended(program.kpis) as P['kpis'] };
}

function isWindow(value: object): value is WindowDefinition {
  return 'current' in value && 'by' in value;
}

function endedWindow(
  window: WindowDefinition,
  { day, fiscalYearStart }: { day: string; fiscalYearStart: number },
): WindowDefinition {
  const { current, ...rest } = window;
  if (current === undefined) return window;
  const looksAt = window.ago === undefined ? day : addDuration(day, parseDuration(window.ago), -1);
  return periodStart(looksAt, current, fiscalYearStart) === looksAt ? { ...rest, previous: current } : window;
}
