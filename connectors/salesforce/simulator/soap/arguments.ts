/** Reads the arguments of calls. */

import { SoapFault, type XmlElement, type XmlValue } from './envelope.ts';

/** A repeated element as a list, whatever its count. */
export function listOf(value: XmlValue | undefined): XmlValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value];
}

/** The child elements of a value; none for text. */
export function elementOf(value: XmlValue | undefined): XmlElement {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

/** The text of an element, or undefined when it is absent, nil or empty. */
export function textOf(value: XmlValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

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
