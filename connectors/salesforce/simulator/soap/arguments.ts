/** Reads the arguments of calls. */

import { elementOf, listOf, textOf, type XmlValue } from '../xml.ts';
import { SoapFault } from './envelope.ts';

export function isTrue(value: XmlValue | undefined): boolean {
  return value === 'true' || value === '1';
}

/** The ids of a list, at most 200. @throws SoapFault EXCEEDED_ID_LIMIT */
export function idsOf(value: XmlValue | undefined): string[] {
  const ids = listOf(value).map((id) => textOf(id) ?? '');
  if (ids.length > 200)
    throw new SoapFault(
      'sf:EXCEEDED_ID_LIMIT',
      'EXCEEDED_ID_LIMIT: record limit reached. cannot submit more than 200 records into this call',
    );
  return ids;
}

/** An sObject: its type and the values to write; `fieldsToNull` names those to clear. */
export function sObjectOf(value: XmlValue | undefined): { type: string; values: Record<string, unknown> } {
  const { type, fieldsToNull, ...fields } = elementOf(value);
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) values[name] = field;
  for (const name of listOf(fieldsToNull)) if (typeof name === 'string') values[name] = null;
  const typeName = textOf(Array.isArray(type) ? type[0] : type);
  if (typeName === undefined)
    throw new SoapFault('sf:INVALID_TYPE', 'INVALID_TYPE: Must send a concrete entity type.');
  return { type: typeName, values };
}
