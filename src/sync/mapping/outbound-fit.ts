import type { ErrorCode } from '../../errors.ts';
import type { AttributeValue } from '../../model/entities.ts';
import type { CrmReference, CrmValue } from '../connector.ts';
import type { FieldDescription, ObjectDescription } from '../crm-description.ts';

/** Why a value is not sent, found before the CRM had to say it. */
export interface Misfit {
  code: ErrorCode;
  field: string;
  message: string;
}

/** The fields of an object by name, or null where its description could not be had: then nothing is refused here. */
export type KnownFields = ReadonlyMap<string, FieldDescription> | null;

export function fieldsOf(description: ObjectDescription | undefined): KnownFields {
  if (description === undefined) return null;
  return new Map(description.fields.map((field) => [field.name, field]));
}

/** The first field of a row that the CRM would refuse, by its own description; null when all fit. */
export function findMisfit(
  fields: Readonly<Record<string, CrmValue | CrmReference>>,
  known: KnownFields,
  operation: 'create' | 'update',
): Misfit | null {
  if (known === null) return null;
  for (const [name, value] of Object.entries(fields)) {
    const field = known.get(name);
    const problem =
      field === undefined ? missing(name) : (refusal(field, operation) ?? misfitOf(field, value));
    if (problem !== null) return { ...problem, field: name };
  }
  return null;
}

type Problem = Omit<Misfit, 'field'>;

function missing(name: string): Problem {
  return {
    code: 'CRM_FIELD_MISSING',
    message: `${name} does not exist or the integration user cannot see it.`,
  };
}

function refusal(field: FieldDescription, operation: 'create' | 'update'): Problem | null {
  const isWritable = operation === 'create' ? field.createable : field.updateable;
  if (isWritable) return null;
  return {
    code: 'CRM_FIELD_READONLY',
    message: `${field.name} (${field.label}) cannot be written by the integration user.`,
  };
}

function misfitOf(field: FieldDescription, value: CrmValue | CrmReference): Problem | null {
  if (value === null || value === '') {
    if (!field.required) return null;
    return { code: 'CRM_REQUIRED', message: `${field.name} (${field.label}) cannot be blank.` };
  }
  if (typeof value !== 'string') return null;
  return unlistedValue(field, value) ?? tooLong(field, value);
}

function unlistedValue(field: FieldDescription, value: string): Problem | null {
  if (!field.restricted || field.values === null) return null;
  const active = new Set(field.values.filter((each) => each.active).map((each) => each.value));
  const given = field.type === 'multiChoice' ? value.split(';') : [value];
  const unlisted = given.find((each) => !active.has(each));
  if (unlisted === undefined) return null;
  return { code: 'CRM_PICKLIST', message: `"${unlisted}" is not a value of ${field.name} (${field.label}).` };
}

function tooLong(field: FieldDescription, value: string): Problem | null {
  const isText = field.type === 'text' || field.type === 'longText';
  if (!isText || field.length === null || field.length === 0 || value.length <= field.length) return null;
  return {
    code: 'CRM_TOO_LONG',
    message: `${field.name} (${field.label}) holds ${field.length} characters, the value has ${value.length}.`,
  };
}

/**
 * Makes a value of the program fit its field before it is compared: sentences are cut at a word, figures rounded half up
 * to the field's places. What fits is returned as it is, so a later comparison sees the same value again.
 */
export function fitProgramValue(value: AttributeValue, field: FieldDescription | undefined): AttributeValue {
  if (typeof value !== 'string' || field === undefined) return value;
  if (field.type === 'text' || field.type === 'longText') return cutText(value, field.length);
  const isFigure = field.type === 'decimal' || field.type === 'money' || field.type === 'percent';
  if (field.type === 'integer') return roundDecimal(value, 0);
  return isFigure && field.scale !== null ? roundDecimal(value, field.scale) : value;
}

function cutText(text: string, length: number | null): string {
  if (length === null || length === 0 || text.length <= length) return text;
  // Half of a character that takes two places, such as an emoji, is no text to a database or a CRM.
  const room = text.slice(0, length - 1).replace(/[\uD800-\uDBFF]$/, '');
  const lastBlank = room.lastIndexOf(' ');
  return `${room.slice(0, lastBlank > length / 2 ? lastBlank : room.length).trimEnd()}…`;
}

/** A canonical decimal rounded half up (away from zero) to so many places; other texts are returned as they are. */
export function roundDecimal(text: string, places: number): string {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text);
  if (match === null || (match[3]?.length ?? 0) <= places) return text;
  const [, sign = '', whole = '', fraction = ''] = match;
  const kept = BigInt(whole + fraction.slice(0, places));
  const digits = (kept + (fraction.charAt(places) >= '5' ? 1n : 0n)).toString().padStart(places + 1, '0');
  const left = digits.slice(0, digits.length - places);
  const right = digits.slice(digits.length - places).replace(/0+$/, '');
  const rounded = right === '' ? left : `${left}.${right}`;
  return rounded === '0' ? '0' : sign + rounded;
}
