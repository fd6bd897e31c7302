/** Reads the arguments of calls. */

import type { Caller, DmlOptions } from '../types.ts';
import { elementOf, listOf, TYPE, textOf, type XmlElement, type XmlValue } from '../xml.ts';
import { SoapFault } from './envelope.ts';

export function isTrue(value: XmlValue | undefined): boolean {
  return value === 'true' || value === '1';
}

/** A list of at most so many items. @throws SoapFault EXCEEDED_ID_LIMIT */
export function shortListOf(value: XmlValue | undefined, most = 200): XmlValue[] {
  const items = listOf(value);
  if (items.length <= most) return items;
  throw new SoapFault(
    'sf:EXCEEDED_ID_LIMIT',
    `EXCEEDED_ID_LIMIT: record limit reached. cannot submit more than ${most} records into this call`,
  );
}

/** The ids of a list. @throws SoapFault EXCEEDED_ID_LIMIT */
export function idsOf(value: XmlValue | undefined, most = 200): string[] {
  return shortListOf(value, most).map((id) => textOf(id) ?? '');
}

/** The value of a field; a parent is named by an sObject with one of its keys. */
function fieldValue(value: XmlValue): unknown {
  const { type, [TYPE]: xsiType, ...key } = elementOf(value);
  if (Object.keys(key).length === 0) return value;
  const typeName = typeOf(type, xsiType);
  return typeName === undefined ? key : { attributes: { type: typeName }, ...key };
}

/** Partner calls say an sObject's type in an element, enterprise calls in its `xsi:type`. */
function typeOf(type: XmlValue | undefined, xsiType: XmlValue | undefined): string | undefined {
  const named = textOf(Array.isArray(type) ? type[0] : type);
  if (named !== undefined) return named;
  const name = textOf(xsiType)?.replace(/^.*:/, '');
  return name === 'sObject' ? undefined : name;
}

/** An sObject: its type and the values to write; `fieldsToNull` names those to clear. */
export function sObjectOf(value: XmlValue | undefined): { type: string; values: Record<string, unknown> } {
  const { type, [TYPE]: xsiType, fieldsToNull, ...fields } = elementOf(value);
  const values: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) values[name] = fieldValue(field);
  for (const name of listOf(fieldsToNull)) if (typeof name === 'string') values[name] = null;
  const typeName = typeOf(type, xsiType);
  if (typeName === undefined)
    throw new SoapFault('sf:INVALID_TYPE', 'INVALID_TYPE: Must send a concrete entity type.');
  return { type: typeName, values };
}

/** What the headers of a call say about its writes. Without a header no assignment rule runs, unlike in REST. */
export function dmlOptionsOf(header: XmlElement, caller: Caller): DmlOptions {
  const { assignmentRuleId, useDefaultRule } = elementOf(header.AssignmentRuleHeader);
  const duplicates = elementOf(header.DuplicateRuleHeader);
  return {
    as: caller,
    format: 'csv',
    allOrNone: isTrue(elementOf(header.AllOrNoneHeader).allOrNone),
    allowFieldTruncation: isTrue(elementOf(header.AllowFieldTruncationHeader).allowFieldTruncation),
    autoAssign: textOf(assignmentRuleId) ?? isTrue(useDefaultRule),
    duplicateRule: {
      allowSave: isTrue(duplicates.allowSave),
      includeRecordDetails: isTrue(duplicates.includeRecordDetails),
      runAsCurrentUser: isTrue(duplicates.runAsCurrentUser),
    },
  };
}
