import type { ProgramDefinition } from '../schema/schema.ts';
import { checkBenefits } from './benefits.ts';
import type { Report } from './check.ts';
import { checkResponsibilities } from './expectations.ts';
import { checkGoals } from './goals.ts';
import { checkTypes } from './names.ts';

/** Reports what is wrong with the parts of a program that say how it is run. */
export function checkMethod(report: Report, program: ProgramDefinition): void {
  program.motivators.forEach(({ partnerTypes }, index) => {
    checkTypes(report, program, partnerTypes, ['motivators', index, 'partnerTypes']);
  });
  checkBenefits(report, program);
  checkResponsibilities(report, program);
  checkGoals(report, program);
}
