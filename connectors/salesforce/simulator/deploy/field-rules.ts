import { childOf, type Element, flagOf, textOf } from '../../../simulation/xml-read.ts';

/**
 * What a field of a type has to say of itself, and must not.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/customfield.htm
 */

/** Elements without which a type cannot be made. */
const required: Readonly<Record<string, readonly string[]>> = {
  Currency: ['precision', 'scale'],
  Html: ['length', 'visibleLines'],
  LongTextArea: ['length', 'visibleLines'],
  Lookup: ['referenceTo'],
  MasterDetail: ['referenceTo', 'relationshipName'],
  MultiselectPicklist: ['valueSet', 'visibleLines'],
  Number: ['precision', 'scale'],
  Percent: ['precision', 'scale'],
  Picklist: ['valueSet'],
  Text: ['length'],
};

/** Types of which an element may be said at all. */
const only: Readonly<Record<string, readonly string[]>> = {
  caseSensitive: ['Text'],
  deleteConstraint: ['Lookup'],
  displayFormat: ['AutoNumber'],
  externalId: ['AutoNumber', 'Email', 'Number', 'Text'],
  length: ['Html', 'LongTextArea', 'Text'],
  precision: ['Currency', 'Number', 'Percent'],
  referenceTo: ['Lookup', 'MasterDetail'],
  scale: ['Currency', 'Number', 'Percent'],
  unique: ['Email', 'Number', 'Text'],
  valueSet: ['MultiselectPicklist', 'Picklist'],
};

/** Flags that may be there for any type as long as they are off: reading a field answers them so. */
const flags = ['caseSensitive', 'externalId', 'unique'];

/** Bounds of sizes, by type and element. */
const bounds: Readonly<Record<string, readonly [element: string, least: number, most: number]>> = {
  Html: ['length', 256, 131_072],
  LongTextArea: ['length', 256, 131_072],
  Text: ['length', 1, 255],
};

/** Throws what the platform has against a field, with the first fault that it has. */
export function requireValidField(file: Element): void {
  const type = textOf(file, 'type') ?? '';
  const of = `for a CustomField of type ${type}`;
  // A formula has the type of what it gives, and its size by itself.
  const isFormula = textOf(file, 'formula') !== undefined;
  if (textOf(file, 'label') === undefined)
    throw new Error('Must specify a non-empty label for the CustomField');
  const lacking = (required[type] ?? []).find((name) => !has(file, name));
  if (lacking !== undefined && !isFormula) throw new Error(`Must specify '${lacking}' ${of}`);
  for (const [name, types] of Object.entries(only)) {
    const isSaid = flags.includes(name) ? flagOf(file, name) : has(file, name);
    if (isSaid && !types.includes(type)) throw new Error(`Can not specify '${name}' ${of}`);
  }
  if (type === 'MasterDetail' && flagOf(file, 'required'))
    throw new Error(`Can not specify 'required' ${of}`);
  requireBounds(file, type);
}

function has(file: Element, name: string): boolean {
  return childOf(file, name) !== undefined || textOf(file, name) !== undefined;
}

function requireBounds(file: Element, type: string): void {
  const numberOf = (name: string) => Number(textOf(file, name) ?? Number.NaN);
  const [element, least, most] = bounds[type] ?? [];
  if (element !== undefined && (numberOf(element) < least! || numberOf(element) > most!))
    throw new Error(`Invalid ${element}: a CustomField of type ${type} has ${least} to ${most}`);
  const [precision, scale] = [numberOf('precision'), numberOf('scale')];
  if (precision < 1 || precision > 18) throw new Error('precision must be between 1 and 18');
  if (scale < 0 || scale > precision) throw new Error('scale must be between 0 and precision');
}
