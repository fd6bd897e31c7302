import { isDeepStrictEqual } from 'node:util';
import type { EntityName } from '../../model/entities.ts';
import { resolvePath, typePlaces, typeText } from '../attribute-path.ts';
import { choiceOf, isChosenAmong } from '../schema/choice.ts';
import type { MeasureDefinition } from '../schema/kpi.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';
import { checkFilter, isNumeric } from './filter.ts';

interface Place {
  entity: EntityName;
  program: ProgramDefinition;
  path: PathKey[];
}

/** Reports what is wrong with which records are chosen by their size, and with what is asked of those that are chosen. */
export function checkChoice(report: Report, measure: MeasureDefinition, place: Place): void {
  const { largest, smallest, latest } = measure;
  const { path } = place;
  if (largest !== undefined && smallest !== undefined)
    report('PROGRAM_NOT_ONE_OF', path, 'use largest or smallest, not both');
  const choice = choiceOf(measure);
  if (choice !== undefined) {
    checkBy(report, choice, place);
    const same = choice.end === 'largest' ? 'max' : 'min';
    if (latest !== undefined)
      report(
        'PROGRAM_MISPLACED',
        [...path, choice.end],
        'latest is one record alone, so there are none to choose among',
      );
    else if (measure[same] === `${place.entity}.${choice.by}` && isOnlyChosen(measure))
      report(
        'PROGRAM_NO_EFFECT',
        [...path, choice.end],
        `the ${choice.end} of these is the ${choice.end} of all; leave it out`,
      );
  }
  checkThen(report, measure, place);
}

/** Nothing is asked of the chosen ones, and nothing is made of each. */
function isOnlyChosen({ thenWhere, perEach }: MeasureDefinition): boolean {
  return (thenWhere ?? perEach) === undefined;
}

function checkBy(
  report: Report,
  { by, end }: NonNullable<ReturnType<typeof choiceOf>>,
  { entity, program, path }: Place,
): void {
  const at = [...path, end, 'by'];
  const resolved = resolvePath(entity, by, program.attributes);
  if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', at, resolved);
  else if (!isNumeric(resolved.type) && resolved.type !== 'date' && resolved.type !== 'instant')
    report(
      'PROGRAM_WRONG_TYPE',
      at,
      `${end} compares numbers, amounts or dates; ${by} ${typeText(resolved)}`,
      ...typePlaces(resolved),
    );
}

function checkThen(report: Report, measure: MeasureDefinition, { entity, program, path }: Place): void {
  const { thenWhere } = measure;
  if (thenWhere === undefined) return;
  const at = [...path, 'thenWhere'];
  if (!isChosenAmong(measure))
    report(
      'PROGRAM_MISPLACED',
      at,
      'is asked of records that are chosen (largest, smallest, newestOfEach, latest), and here all of them are; write where',
    );
  const asked = [measure.where ?? []].flat();
  [thenWhere].flat().forEach((filter, index) => {
    const place = [...at, ...(Array.isArray(thenWhere) ? [index] : [])];
    checkFilter(report, { entity, program }, filter, place);
    if (asked.some((one) => isDeepStrictEqual(one, filter)))
      report(
        'PROGRAM_NO_EFFECT',
        place,
        'where asks for it already, before records are chosen; leave it out here, or there',
      );
  });
}

/** Reports a figure that only counts how many records were chosen, of which the program says how many there are. */
export function checkCounted(report: Report, measure: MeasureDefinition, path: PathKey[]): void {
  const { count, times, perEach, thenWhere } = measure;
  const choice = choiceOf(measure);
  if (count === undefined || choice === undefined || (times ?? perEach ?? thenWhere) !== undefined) return;
  // With all that are alike it counts more than are asked for.
  if (choice.ties === 'all') return;
  report(
    'PROGRAM_NO_EFFECT',
    [...path, choice.end],
    `counts no more than how many are chosen; say with thenWhere which of them count, or write cap: ${choice.records}`,
  );
}
