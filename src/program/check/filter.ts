import type { AttributeType, EntityName } from '../../model/entities.ts';
import { isCalendarDate } from '../../model/values.ts';
import { isCustom, resolvePath, typePlaces, typeText } from '../attribute-path.ts';
import { keyMeant } from '../names.ts';
import type { Filter } from '../schema/kpi.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import { checkCodes } from './certificates.ts';
import type { Report } from './check.ts';
import { checkHas } from './condition.ts';
import { checkDateAttribute, checkLength, isTimed } from './length.ts';
import { checkWords } from './words.ts';

const operators = [
  'is',
  'isNot',
  'in',
  'notIn',
  'inRegion',
  'atLeast',
  'moreThan',
  'atMost',
  'lessThan',
  'elapsed',
  'blank',
] as const;
export type Operator = (typeof operators)[number];

const ordered = new Set<Operator>(['atLeast', 'moreThan', 'atMost', 'lessThan']);
const numeric = new Set<AttributeType>(['integer', 'decimal', 'money']);

/** Whether values of a type are numbers, or amounts. */
export function isNumeric(type: AttributeType): boolean {
  return numeric.has(type);
}

/** The comparison that a filter leaf makes; undefined when it makes none. */
export function operatorOf(filter: Filter): Operator | undefined {
  return operators.find((operator) => filter[operator] !== undefined);
}

/** What a condition is about: records of an entity, under the rules of a program. */
export interface FilterTarget {
  entity: EntityName;
  program: ProgramDefinition;
  /** Whether it is asked again on the day on which time alone changes the answer. (Default: no) */
  isTimed?: boolean;
}

/** Reports what is wrong with a condition on a record of the entity. */
export function checkFilter(report: Report, on: FilterTarget, filter: Filter, path: PathKey[]): void {
  const kinds = (['all', 'any', 'not', 'has', 'codes', 'attribute', 'daysFrom', 'hoursFrom'] as const).filter(
    (key) => filter[key] !== undefined,
  );
  if (kinds.length !== 1) {
    report(
      'PROGRAM_NOT_ONE_OF',
      path,
      'a condition is exactly one of all, any, not, has, codes, attribute, daysFrom or hoursFrom',
    );
    return;
  }
  for (const key of ['all', 'any'] as const) {
    filter[key]?.forEach((inner, index) => {
      checkFilter(report, on, inner, [...path, key, index]);
    });
  }
  if (filter.not !== undefined) checkFilter(report, on, filter.not, [...path, 'not']);
  if (filter.has !== undefined) checkHas(report, filter.has, { ...on, path: [...path, 'has'] });
  if (filter.codes !== undefined) checkCodes(report, filter.codes, { ...on, path: [...path, 'codes'] });
  const isTime = (filter.daysFrom ?? filter.hoursFrom) !== undefined;
  for (const key of ['to', 'calendar'] as const) {
    if (filter[key] !== undefined && !isTime)
      report('PROGRAM_MISPLACED', [...path, key], 'says something of daysFrom or hoursFrom only');
  }
  if (filter.attribute === undefined && !isTime) return;
  const used = operators.filter((operator) => filter[operator] !== undefined);
  if (used.length !== 1) {
    report('PROGRAM_NOT_ONE_OF', path, `a condition compares once, with one of ${operators.join(', ')}`);
    return;
  }
  if (isTime) checkTime(report, on, filter, path);
  else if (filter.inRegion !== undefined) checkInRegion(report, on, filter, path);
  else if (filter.elapsed !== undefined) checkElapsed(report, on, filter, path);
  else checkComparison(report, on, filter, path);
}

function checkTime(report: Report, on: FilterTarget, filter: Filter, path: PathKey[]): void {
  const operator = operatorOf(filter)!;
  const unit = filter.daysFrom === undefined ? 'hours' : 'days';
  if (!ordered.has(operator))
    report(
      'PROGRAM_WRONG_TYPE',
      [...path, operator],
      `a number of ${unit} is compared with atLeast, moreThan, atMost or lessThan`,
    );
  else if (!isNumber(filter[operator]))
    report('PROGRAM_WRONG_TYPE', [...path, operator], `must be a number of ${unit}`);
  checkLength(report, filter, { ...on, path });
}

function checkElapsed(report: Report, on: FilterTarget, filter: Filter, path: PathKey[]): void {
  checkDateAttribute(report, { ...on, text: filter.attribute!, path: [...path, 'attribute'] });
  if (on.isTimed) return;
  const reason =
    'only the requirements of tiers and specialisations ask how long ago a date of the partner is';
  const remedy = `of records write window: { elapsed: ${filter.elapsed}, by: ${filter.attribute} }`;
  report('PROGRAM_MISPLACED', [...path, 'elapsed'], `${reason}; ${remedy}`);
}

function checkComparison(
  report: Report,
  { entity, program }: FilterTarget,
  filter: Filter,
  path: PathKey[],
): void {
  const resolved = resolvePath(entity, filter.attribute!, program.attributes);
  if (typeof resolved === 'string') {
    report('PROGRAM_UNKNOWN_ATTRIBUTE', [...path, 'attribute'], resolved);
    return;
  }
  const operator = operatorOf(filter)!;
  if (operator === 'blank') return;
  const value = filter[operator];
  const wrong = ordered.has(operator)
    ? isCustom(resolved) && resolved.type === 'text'
      ? typeText(resolved)
      : wrongBound(resolved.type, value)
    : [value]
        .flat()
        .map((one) => wrongValue(resolved.type, one))
        .find((reason) => reason !== undefined);
  if (wrong !== undefined)
    report(
      'PROGRAM_WRONG_TYPE',
      [...path, operator],
      `${filter.attribute} ${wrong}`,
      ...typePlaces(resolved),
    );
  else if (!ordered.has(operator)) checkWords(report, { program, resolved, operator }, filter, path);
}

function checkInRegion(
  report: Report,
  { entity, program }: FilterTarget,
  { attribute, inRegion }: Filter,
  path: PathKey[],
): void {
  const resolved = resolvePath(entity, attribute!, program.attributes);
  if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', [...path, 'attribute'], resolved);
  else if (resolved.type !== 'text' && resolved.type !== 'choice')
    report(
      'PROGRAM_WRONG_TYPE',
      [...path, 'attribute'],
      `${attribute} is ${resolved.type} and names no country`,
    );
  const at = [...path, 'inRegion'];
  if (program.regions === undefined) {
    report('PROGRAM_MISSING_PART', at, 'the program has no regions', ['regions']);
    return;
  }
  const { list } = program.regions;
  [inRegion!].flat().forEach((one, index) => {
    const place = Array.isArray(inRegion) ? [...at, index] : at;
    if (!list.some(({ key }) => key === one))
      report('PROGRAM_UNKNOWN_REGION', place, `"${one}" is not a region${keyMeant(one, list)}`, ['regions']);
  });
}

function wrongBound(type: AttributeType, value: unknown): string | undefined {
  if (isNumeric(type)) return isNumber(value) ? undefined : 'is a number and is compared with a number';
  if (isTimed(type)) return wrongDay(value);
  return `is ${type} and has no order; use is or in`;
}

function wrongDay(value: unknown): string | undefined {
  return typeof value === 'string' && isCalendarDate(value)
    ? undefined
    : 'is a date and is compared with a date such as "2026-01-31"';
}

function wrongValue(type: AttributeType, value: unknown): string | undefined {
  if (isTimed(type)) return wrongDay(value);
  if (type === 'boolean') return typeof value === 'boolean' ? undefined : 'is true or false';
  if (isNumeric(type)) return isNumber(value) ? undefined : 'is a number';
  if (typeof value === 'string') return undefined;
  return `is ${type}; put the value in quotes`;
}

/** A number as people write it. */
export function isNumber(value: unknown): boolean {
  return typeof value === 'number' || (typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value));
}
