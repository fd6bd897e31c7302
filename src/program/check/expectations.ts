import { parseDuration } from '../civil-date.ts';
import type { Expectation, Ramp } from '../schema/method.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { checkKpiName, checkThreshold } from './ladder.ts';
import { checkKeys, checkTierNames, checkTypes } from './names.ts';

/** Reports responsibilities and steps of the ramp that cannot be seen to be done, or are never due. */
export function checkResponsibilities(report: Report, program: ProgramDefinition): void {
  checkKeys(report, program.responsibilities, ['responsibilities']);
  program.responsibilities.forEach((one, index) => {
    const path: PathKey[] = ['responsibilities', index];
    if (one.vendor === undefined && one.partner === undefined)
      report(
        'PROGRAM_INCOMPLETE',
        path,
        'nobody does anything: say what the vendor does, the partner, or both',
      );
    checkTypes(report, program, one.partnerTypes, [...path, 'partnerTypes']);
    checkTierNames(report, program, one.tiers ?? [], (_tier, position) => [...path, 'tiers', position]);
    const isList = Array.isArray(one.expect);
    [one.expect ?? []].flat().forEach((expectation, position) => {
      const at = [...path, 'expect', ...(isList ? [position] : [])];
      checkSeen(report, program, expectation, at);
      checkDue(report, expectation, at);
    });
  });
  if (program.ramp !== undefined) checkRamp(report, program, program.ramp);
}

/** When it is due: a fact once or again and again, a figure from some day on; a limit can be kept from the first one. */
function checkDue(report: Report, { fact, kpi, atLeast, every, within }: Expectation, path: PathKey[]): void {
  if (kpi !== undefined && every !== undefined)
    report('PROGRAM_NO_EFFECT', [...path, 'every'], 'a figure is looked at every day; leave it out');
  if (fact !== undefined && every === undefined && within === undefined)
    report('PROGRAM_INCOMPLETE', path, 'it is never due: say within how long, or every');
  if (kpi !== undefined && atLeast !== undefined && within === undefined)
    report('PROGRAM_OUT_OF_RANGE', path, 'nobody reaches it on the first day: say within how long');
}

function checkRamp(report: Report, program: ProgramDefinition, ramp: Ramp): void {
  checkTypes(report, program, ramp.partnerTypes, ['ramp', 'partnerTypes']);
  ramp.steps.forEach((step, index) => {
    const path: PathKey[] = ['ramp', 'steps', index];
    checkSeen(report, program, step, path);
    if (step.within === undefined) return;
    const { unit, count } = parseDuration(step.within);
    if ((unit === 'day' ? count : count * 28) > ramp.days)
      report(
        'PROGRAM_OUT_OF_RANGE',
        [...path, 'within'],
        `the ramp is over by then: it lasts ${ramp.days} days`,
        ['ramp', 'days'],
      );
  });
}

function checkSeen(
  report: Report,
  program: ProgramDefinition,
  seen: Omit<Expectation, 'every'>,
  path: PathKey[],
): void {
  const { fact, kpi } = seen;
  const used = (['atLeast', 'atMost'] as const).filter((bound) => seen[bound] !== undefined);
  if ((fact === undefined) === (kpi === undefined)) {
    report('PROGRAM_NOT_ONE_OF', path, 'it is seen by exactly one of fact and kpi');
    return;
  }
  if (kpi === undefined) {
    for (const bound of used)
      report('PROGRAM_MISPLACED', [...path, bound], 'is for a kpi; a fact is on file or not');
    return;
  }
  checkKpiName(report, program, kpi, [...path, 'kpi']);
  if (used.length !== 1) {
    report('PROGRAM_NOT_ONE_OF', path, 'a KPI is compared once, with atLeast or atMost');
    return;
  }
  const [bound] = used;
  checkThreshold(report, program, { kpi, threshold: seen[bound!]! }, [...path, bound!]);
}
