import { type AttributeType, type EntityName, entities } from '../../model/entities.ts';
import { isCustom, resolveEntityPath, resolvePath, typePlaces, typeText } from '../attribute-path.ts';
import type { KpiDefinition, ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import { checkCalendarNamed } from './calendar.ts';
import type { Report } from './check.ts';

interface Place {
  entity: EntityName;
  program: ProgramDefinition;
  path: PathKey[];
}

/** Whether values of a type lie in time. */
export function isTimed(type: AttributeType): boolean {
  return type === 'date' || type === 'instant';
}

/** The time between two dates or instants of a record, as it is written. */
interface LengthDefinition {
  daysFrom?: string | undefined;
  hoursFrom?: string | undefined;
  to?: string | undefined;
  calendar?: string | undefined;
}

/** Reports what is wrong with a length of time between two dates of a record. Returns whether it is in days or in hours. */
export function checkLength(
  report: Report,
  { daysFrom, hoursFrom, to, calendar }: LengthDefinition,
  place: Place,
): boolean {
  const { path } = place;
  if ((daysFrom === undefined) === (hoursFrom === undefined)) {
    report('PROGRAM_NOT_ONE_OF', path, 'use either daysFrom or hoursFrom');
    return false;
  }
  if (to === undefined) {
    const lacks =
      daysFrom === undefined
        ? 'hoursFrom needs "to", the later instant'
        : 'daysFrom needs "to", the later date';
    report('PROGRAM_INCOMPLETE', path, lacks);
    return false;
  }
  for (const [key, text] of Object.entries({ daysFrom, hoursFrom, to }))
    if (text !== undefined) checkDateAttribute(report, { ...place, text, path: [...path, key] });
  checkCalendarNamed(report, calendar, place);
  if (hoursFrom !== undefined) checkInstants(report, [hoursFrom, to], place);
  return true;
}

/** The time from a date of a record to the day of the evaluation, as it is written. */
interface SinceDefinition extends LengthDefinition {
  monthsSince?: string | undefined;
  daysSince?: string | undefined;
}

/** The date from which a value counts to the day of the evaluation; undefined for any other value. */
export function sinceOf({
  monthsSince,
  daysSince,
}: Pick<SinceDefinition, 'monthsSince' | 'daysSince'>): string | undefined {
  return monthsSince ?? daysSince;
}

/** The date from which a KPI counts the time to the day of the evaluation; undefined for any other KPI. */
export function sinceDate({ measure }: KpiDefinition): string | undefined {
  const { median, average, min, max, sum } = measure ?? {};
  const value = [median, average, min, max, sum].find((one) => typeof one === 'object');
  return value === undefined ? undefined : sinceOf(value);
}

/** Reports what is wrong with the time since a date. Returns whether it is in days or in months. */
export function checkSince(report: Report, value: SinceDefinition, place: Place): boolean {
  const { path } = place;
  const { monthsSince, daysSince, daysFrom, hoursFrom } = value;
  const used = [monthsSince, daysSince, daysFrom, hoursFrom].filter((one) => one !== undefined);
  if (used.length > 1) {
    report('PROGRAM_NOT_ONE_OF', path, 'use one of monthsSince, daysSince, daysFrom or hoursFrom');
    return false;
  }
  const key = monthsSince === undefined ? 'daysSince' : 'monthsSince';
  for (const other of ['to', 'calendar'] as const) {
    if (value[other] === undefined) continue;
    const reason = `says something of daysFrom or hoursFrom only; ${key} ends on the day of the evaluation`;
    report('PROGRAM_MISPLACED', [...path, other], reason);
  }
  checkDateAttribute(report, { ...place, text: used[0]!, path: [...path, key] });
  return true;
}

/** Hours between calendar days would be an invention. */
function checkInstants(
  report: Report,
  texts: readonly (string | undefined)[],
  { entity, program, path }: Place,
): void {
  for (const text of texts) {
    const resolved = resolveEntityPath(`${entity}.${text}`, program.attributes);
    if (typeof resolved !== 'string' && resolved.type === 'date') {
      report('PROGRAM_WRONG_TYPE', path, `hours need instants, and ${text} is a day; use daysFrom`);
    }
  }
}

/** Reports an attribute that is not a date or an instant. */
export function checkDateAttribute(
  report: Report,
  { entity, program, text, path }: Place & { text: string },
): void {
  const resolved = resolvePath(entity, text, program.attributes);
  if (typeof resolved === 'string') report('PROGRAM_UNKNOWN_ATTRIBUTE', path, resolved);
  else if (isTimed(resolved.type)) return;
  else if (isCustom(resolved)) {
    const reason = `"${text}" is no date; it ${typeText(resolved, 'date')}`;
    report('PROGRAM_WRONG_TYPE', path, reason, ...typePlaces(resolved));
  } else {
    const dates = Object.entries(entities[entity].attributes).filter(([, { type }]) => isTimed(type));
    const known = dates.map(([name]) => name).join(', ');
    report(
      'PROGRAM_WRONG_TYPE',
      path,
      `"${text}" is no date (${resolved.type})${known === '' ? '' : `; ${entity} has ${known}`}`,
    );
  }
}
