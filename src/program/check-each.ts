import type { EntityName } from '../model/entities.ts';
import { resolvePath, typePlaces, typeText } from './attribute-path.ts';
import type { Report } from './check.ts';
import { isNumeric } from './check-filter.ts';
import type { ProgramDefinition } from './schema.ts';
import type { MeasureDefinition } from './schema-kpi.ts';
import type { PathKey } from './source.ts';

interface Place {
  entity: EntityName;
  program: ProgramDefinition;
  path: PathKey[];
}

/** Reports what is wrong with what a measure says of each customer, person or the like. */
export function checkPerEach(
  report: Report,
  measure: MeasureDefinition,
  { entity, program, path }: Place,
): void {
  const { perEach } = measure;
  if (perEach === undefined) return;
  const at = [...path, 'perEach'];
  const all = [perEach.of].flat();
  all.forEach((one, index) => {
    const place = [...at, 'of', ...(Array.isArray(perEach.of) ? [index] : [])];
    const resolved = resolvePath(entity, one, program.attributes);
    if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', place, resolved);
    else if (resolved.type === 'list')
      report(
        'PROGRAM_WRONG_TYPE',
        place,
        `"${one}" has several values; a record is counted with one customer, person or the like`,
      );
    if (all.indexOf(one) !== index) report('PROGRAM_DUPLICATE', place, `"${one}" is there twice`);
  });
  checkLimits(report, measure, at);
}

function checkLimits(report: Report, measure: MeasureDefinition, at: PathKey[]): void {
  const { records, atMost, take } = measure.perEach!;
  const each = [measure.perEach!.of].flat().join(' and ');
  if (measure.latest !== undefined)
    report(
      'PROGRAM_MISPLACED',
      at,
      `latest is one record alone; for the newest of each write newestOfEach: ${each}, with sum or the like`,
    );
  else if (records === undefined && atMost === undefined && take === 'sum' && measure.having === undefined)
    report(
      'PROGRAM_NO_EFFECT',
      at,
      `says nothing: everything of each ${each} counts and is added up; limit it with records or atMost, take something else of the sums (take: median), or ask for something (having)`,
    );
  if (measure.distinct !== undefined && records !== undefined)
    report(
      'PROGRAM_MISPLACED',
      [...at, 'records'],
      `of different values it is not said which records count; write atMost: ${records}`,
    );
  if (measure.count !== undefined && measure.times === undefined && atMost !== undefined)
    report('PROGRAM_MISPLACED', [...at, 'atMost'], `what is counted are records; write records: ${atMost}`);
  if (measure.distinct !== undefined && atMost !== undefined && !Number.isInteger(Number(atMost)))
    report('PROGRAM_WRONG_VALUE', [...at, 'atMost'], 'is a number of different values; write a whole number');
}

/** Reports a weight that is none. */
export function checkWeight(
  report: Report,
  { weightedBy, average }: MeasureDefinition,
  { entity, program, path }: Place,
): void {
  if (weightedBy === undefined) return;
  const at = [...path, 'weightedBy'];
  if (average === undefined)
    report('PROGRAM_MISPLACED', at, 'only an average is weighted; use it with average');
  const resolved = resolvePath(entity, weightedBy, program.attributes);
  if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', at, resolved);
  else if (!isNumeric(resolved.type))
    report(
      'PROGRAM_WRONG_TYPE',
      at,
      `a weight is a number or an amount; ${weightedBy} ${typeText(resolved)}`,
      ...typePlaces(resolved),
    );
}
