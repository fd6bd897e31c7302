import type { Report } from './check.ts';
import { checkBenefits } from './check-benefits.ts';
import { checkResponsibilities } from './check-expectations.ts';
import { checkGoals } from './check-goals.ts';
import { checkTypes } from './check-names.ts';
import type { ProgramDefinition } from './schema.ts';

/** Reports what is wrong with the parts of a program that say how it is run. */
export function checkMethod(report: Report, program: ProgramDefinition): void {
  program.motivators.forEach(({ partnerTypes }, index) => {
    checkTypes(report, program, partnerTypes, ['motivators', index, 'partnerTypes']);
  });
  checkBenefits(report, program);
  checkResponsibilities(report, program);
  checkGoals(report, program);
}
