import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { checkKeys, checkTierNames, checkTypes } from './names.ts';

/** Reports benefits of tiers or types that the program does not have, and what says nothing beside something else. */
export function checkBenefits(report: Report, program: ProgramDefinition): void {
  checkKeys(report, program.benefits, ['benefits']);
  program.benefits.forEach((benefit, index) => {
    const path: PathKey[] = ['benefits', index];
    const { tiers = [], due } = benefit;
    checkTypes(report, program, benefit.partnerTypes, [...path, 'partnerTypes']);
    const isList = Array.isArray(tiers);
    checkTierNames(report, program, isList ? tiers : Object.keys(tiers), (tier, position) => [
      ...path,
      'tiers',
      isList ? position : tier,
    ]);
    if (!isList && benefit.amount !== undefined)
      report(
        'PROGRAM_NO_EFFECT',
        [...path, 'amount'],
        'each tier says how much already; leave out one of the two',
      );
    for (const key of ['within', 'fact', 'how', 'from'] as const) {
      if (due === undefined && benefit[key] !== undefined)
        report(
          'PROGRAM_NO_EFFECT',
          [...path, key],
          'says nothing without due, by which something is delivered',
        );
    }
  });
}
