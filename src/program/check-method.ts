import { suggestion } from '../model/closest.ts';
import type { Report } from './check.ts';
import type { ProgramDefinition } from './schema.ts';
import type { PathKey } from './source.ts';

/** Reports what is wrong with the parts of a program that say how it is run. */
export function checkMethod(report: Report, program: ProgramDefinition): void {
  program.motivators.forEach(({ partnerTypes }, index) => {
    checkTypes(report, program, partnerTypes, ['motivators', index, 'partnerTypes']);
  });
}

/** Reports partner types that the program does not have. */
function checkTypes(
  report: Report,
  program: ProgramDefinition,
  types: readonly string[] | undefined,
  path: PathKey[],
): void {
  const known = program.partnerTypes.map(({ key }) => key);
  types?.forEach((type, index) => {
    if (known.includes(type)) return;
    report([...path, index], `"${type}" is not a partner type${suggestion(type, known)}`, ['partnerTypes']);
  });
}
