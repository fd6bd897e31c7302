import { exact } from '../exact.ts';
import { type Direction, percentOf, waitsAlways } from '../schema/approval.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';

/** Reports settings of approvals that contradict each other or that nothing can ever reach. */
export function checkApproval(report: Report, program: ProgramDefinition): void {
  const { approval, ladders, specialisations } = program;
  if (approval === undefined) return;
  const path: PathKey[] = ['approval'];
  if (ladders.length + specialisations.length === 0) {
    report(
      'PROGRAM_NO_EFFECT',
      path,
      'there is nothing to approve in a program without ladders; leave it out',
      ['ladders'],
    );
    return;
  }
  if (approval.downShare === undefined && approval.upShare === undefined && approval.always === undefined) {
    report(
      'PROGRAM_NO_EFFECT',
      path,
      'nothing waits by this; give downShare, upShare or always, or leave it out',
      path,
    );
  }
  for (const direction of ['down', 'up'] satisfies Direction[]) {
    const key = `${direction}Share` as const;
    const share = approval[key];
    if (share === undefined) continue;
    if (waitsAlways(approval, direction))
      report(
        'PROGRAM_NO_EFFECT',
        [...path, key],
        `says nothing beside "always: ${approval.always}", by which every one waits; leave one of them out`,
        [...path, 'always'],
      );
    else if (exact(percentOf(share)).gte(100))
      report(
        'PROGRAM_NO_EFFECT',
        [...path, key],
        'nobody ever waits: more than all partners cannot move; give less than 100 %',
      );
  }
}
