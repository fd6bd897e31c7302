import { closest } from '../../model/closest.ts';
import { addDays, addDuration, addMonths, parseDuration, periodShift, periodStart } from '../civil-date.ts';
import { currentPeriod, type NamedPeriod, periodNamed } from '../period-names.ts';
import type { WindowDefinition } from '../schema/kpi.ts';
import type { Goal } from '../schema/method.ts';
import type { KpiDefinition, ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { checkKpiName, checkThreshold } from './ladder.ts';
import { checkRegionNames, checkTypes } from './names.ts';

/** Reports goals that say nothing, ask for what cannot be added up, or name what the program does not have. */
export function checkGoals(report: Report, program: ProgramDefinition): void {
  program.goals.forEach((goal, index) => {
    const path: PathKey[] = ['goals', index];
    if (program.goals.findIndex(({ label }) => label === goal.label) !== index)
      report('PROGRAM_DUPLICATE', [...path, 'label'], `"${goal.label}" is there twice`);
    checkTypes(report, program, goal.partnerTypes, [...path, 'partnerTypes']);
    checkRegionNames(report, program, goal.regions, [...path, 'regions']);
    if ((goal.newPartners === undefined) === (goal.kpi === undefined)) {
      report('PROGRAM_NOT_ONE_OF', path, 'a goal is either newPartners or a kpi with atLeast');
      return;
    }
    checkPeriods(report, program, goal, path);
    if (goal.kpi !== undefined) checkTotal(report, program, { ...goal, kpi: goal.kpi }, path);
    else if (goal.atLeast !== undefined)
      report(
        'PROGRAM_MISPLACED',
        [...path, 'atLeast'],
        'newPartners has its figure already; atLeast is for a kpi',
      );
  });
}

function checkPeriods(report: Report, program: ProgramDefinition, goal: Goal, path: PathKey[]): void {
  const key = goal.newPartners === undefined ? 'atLeast' : 'newPartners';
  const figure = goal[key];
  if (typeof figure !== 'object') return;
  if (goal.every !== undefined)
    report(
      'PROGRAM_NO_EFFECT',
      [...path, 'every'],
      `${key} names its periods already; leave out one of the two`,
    );
  for (const period of Object.keys(figure)) {
    if (periodNamed(program, period) === undefined)
      report(
        'PROGRAM_UNKNOWN_PERIOD',
        [...path, key, period],
        `"${period}" is no period; write it like 2026-Q3, 2026-09, 2026, FY2026-Q1 or FY2026`,
      );
  }
}

function checkTotal(
  report: Report,
  program: ProgramDefinition,
  goal: Goal & { kpi: string },
  path: PathKey[],
): void {
  const { kpi, atLeast } = goal;
  checkKpiName(report, program, kpi, [...path, 'kpi']);
  if (atLeast === undefined) {
    report('PROGRAM_INCOMPLETE', path, 'a KPI needs what it should come to: atLeast');
    return;
  }
  const each = typeof atLeast === 'object' ? Object.entries(atLeast) : [[undefined, atLeast] as const];
  for (const [period, threshold] of each) {
    const place = [...path, 'atLeast', ...(period === undefined ? [] : [period])];
    checkThreshold(report, program, { kpi, threshold }, place);
  }
  const definition = program.kpis[kpi];
  const trouble = definition === undefined ? undefined : notAdded(definition);
  if (trouble !== undefined) {
    const known = Object.keys(program.kpis).filter((one) => notAdded(program.kpis[one]!) === undefined);
    const instead = closest(kpi, known) ?? known[0];
    const such = instead === undefined ? '' : `, such as ${instead}`;
    report('PROGRAM_NOT_ADDED_UP', [...path, 'kpi'], `${trouble}; use a sum or a count${such}`, [
      'kpis',
      kpi,
    ]);
  }
  const windows = [definition?.measure?.window ?? []].flat().flatMap((window) => window.any ?? [window]);
  for (const window of windows) {
    const odd = goalPeriods(program, goal).find((period) => !fits(program, window, period));
    if (odd === undefined) continue;
    const looksAt = `${definition!.label} looks at { ${windowText(window)} }, and the goal at ${odd.period}`;
    report('PROGRAM_PERIODS_DIFFER', [...path, 'kpi'], `${looksAt}; ${fittingText(program, goal, window)}`, [
      'kpis',
      kpi,
    ]);
    return;
  }
}

/** Whether a figure at the end of a period is that of the period. What has no days of its own, or looks ahead, is as it stands then. */
function fits(
  { fiscalYearStart }: ProgramDefinition,
  window: WindowDefinition,
  { startsOn, endsOn }: NamedPeriod,
): boolean {
  const { current, last, previous, lastFull, ago } = window;
  if (previous !== undefined || lastFull !== undefined || ago !== undefined) return false;
  const end = addDays(endsOn, 1);
  if (last !== undefined) return addDuration(end, parseDuration(last), -1) === startsOn;
  if (current === undefined) return true;
  return (
    periodStart(endsOn, current, fiscalYearStart) === startsOn && periodShift(startsOn, current, 1) === end
  );
}

/** What to name instead; a day that is moved back fits no period, whichever it is. */
function fittingText(program: ProgramDefinition, { atLeast, every }: Goal, { by }: WindowDefinition): string {
  if (by === undefined) return 'name a KPI without "ago", which is of the last day of the period';
  const fitting =
    typeof atLeast === 'object' ? 'of the same length' : `{ current: ${every ?? program.period}, by: ${by} }`;
  return `name a KPI with a window ${fitting}, or another period`;
}

/** As it is written, such as "last: 12 months, by: closeOn". */
function windowText(window: WindowDefinition): string {
  return Object.entries(window)
    .map(([key, value]) => `${key}: ${value}`)
    .join(', ');
}

/** Why the figures of partners do not add up to one of the program; undefined where they do. */
function notAdded({ measure, rollUp, better, label }: KpiDefinition): string | undefined {
  if (rollUp === 'company')
    return `${label} is that of a company, which would count for each of its subsidiaries`;
  if (better === 'lower') return `${label} is better when it is lower`;
  const isSum =
    (measure?.sum ?? measure?.count ?? measure?.distinct) !== undefined &&
    (measure?.perEach === undefined || measure.perEach.take === 'sum');
  return isSum ? undefined : `${label} of several partners does not add up`;
}

/** Periods of a goal as it names them, or of four years, of which one is a leap year, for one that comes again and again. */
function goalPeriods(program: ProgramDefinition, { atLeast, every }: Goal): NamedPeriod[] {
  if (typeof atLeast === 'object')
    return Object.keys(atLeast).flatMap((period) => periodNamed(program, period) ?? []);
  const days = Array.from({ length: 48 }, (_one, month) => addMonths('2026-01-01', month));
  return days.map((day) => currentPeriod({ ...program, period: every ?? program.period }, day));
}
