import { type AttributeType, type EntityName, entities } from '../../model/entities.ts';
import { isCustom, resolveEntityPath, resolvePath, typePlaces, typeText } from '../attribute-path.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
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
  for (const [key, text] of Object.entries({ daysFrom, hoursFrom, to }))
    if (text !== undefined) checkDateAttribute(report, { ...place, text, path: [...path, key] });
  checkCalendarNamed(report, calendar, place);
  if (hoursFrom !== undefined) checkInstants(report, [hoursFrom, to], place);
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
