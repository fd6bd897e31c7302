import { toId18 } from '../ids.ts';
import type { FieldMeta, FieldValue, ObjectMeta, Row } from '../types.ts';
import { refuse } from './refusal.ts';

const TRUNCATED = new Set([
  'email',
  'encryptedstring',
  'multipicklist',
  'phone',
  'picklist',
  'string',
  'textarea',
]);
const EMAIL = /^[^\s@,;<>()[\]\\"]+@[^\s@.,;<>()[\]\\"]+(\.[^\s@.,;<>()[\]\\"]+)+$/;

function checkText(field: FieldMeta, value: string, truncate: boolean): string {
  if (field.length === 0 || value.length <= field.length) return value;
  if (truncate && TRUNCATED.has(field.type)) return value.slice(0, field.length);
  throw refuse(
    'STRING_TOO_LONG',
    `${field.label}: data value too large: ${value} (max length=${field.length})`,
    { fields: [field.name] },
  );
}

function activeValue(field: FieldMeta, value: string): string | undefined {
  return field.picklistValues.find(
    (entry) => entry.active && entry.value.toLowerCase() === value.toLowerCase(),
  )?.value;
}

/** The picklist's own spelling; a value it does not have passes only where the list is not restricted. */
function checkPicklist(field: FieldMeta, value: string): string {
  const known = activeValue(field, value);
  if (known !== undefined) return known;
  if (!field.restrictedPicklist) return value;
  throw refuse(
    'INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST',
    `${field.label}: bad value for restricted picklist field: ${value}`,
    { fields: [field.name] },
  );
}

function checkMultiPicklist(field: FieldMeta, value: string): string {
  const order = field.picklistValues.map((entry) => entry.value);
  const chosen = value
    .split(';')
    .filter((each) => each !== '')
    .map((each) => checkPicklist(field, each));
  const rank = (each: string): number => (order.includes(each) ? order.indexOf(each) : order.length);
  return [...new Set(chosen)].sort((a, b) => rank(a) - rank(b)).join(';');
}

function checkEmail(field: FieldMeta, value: string): string {
  if (EMAIL.test(value)) return value;
  throw refuse('INVALID_EMAIL_ADDRESS', `${field.label}: invalid email address: ${value}`, {
    fields: [field.name],
  });
}

function checkNumber(field: FieldMeta, value: number): number {
  const whole = field.type === 'int' ? 2 ** 31 : 10 ** (field.precision - field.scale);
  if (Math.abs(value) >= whole || (field.type === 'int' && !Number.isInteger(value))) {
    throw refuse(
      'NUMBER_OUTSIDE_VALID_RANGE',
      `${field.label}: value outside of valid range on numeric field: ${value}`,
      { fields: [field.name] },
    );
  }
  if (field.type === 'int') return value;
  // The platform keeps `scale` digits and rounds half up; the shift works on the text, so 1.005 becomes 1.01.
  const shifted = Number(`${Math.abs(value)}e${field.scale}`);
  const rounded = Number.isFinite(shifted) ? Number(`${Math.round(shifted)}e-${field.scale}`) : value;
  return value < 0 ? -rounded : rounded;
}

function checkId(field: FieldMeta, value: string): string {
  const id = toId18(value);
  if (id !== null) return id;
  throw refuse('MALFORMED_ID', `${field.label}: id value of incorrect type: ${value}`, {
    fields: [field.name],
  });
}

/** A value in the form that the field keeps; throws RowRefusal for what the field cannot hold. */
export function checkValue(field: FieldMeta, value: FieldValue, truncate: boolean): FieldValue {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'number') return field.type === 'datetime' ? value : checkNumber(field, value);
  if (field.type === 'reference' || field.type === 'id') return checkId(field, value);
  if (field.type === 'date') return value;
  const text = checkText(field, value, truncate);
  if (field.type === 'picklist') return checkPicklist(field, text);
  if (field.type === 'multipicklist') return checkMultiPicklist(field, text);
  return field.type === 'email' ? checkEmail(field, text) : text;
}

/** True for a field that a new record must give a value to. */
export function isRequired(field: FieldMeta): boolean {
  return !field.nillable && field.type !== 'boolean' && (field.createable || field.updateable);
}

/** Refuses a row that lacks required values; on update only fields that the statement blanks count. */
export function checkRequired(object: ObjectMeta, row: Row, written: Set<string> | null): void {
  const missing = object.fields
    .filter((field) => isRequired(field) && (row[field.name] ?? null) === null)
    .filter((field) => written === null || written.has(field.name))
    .map((field) => field.name);
  if (missing.length === 0) return;
  throw refuse('REQUIRED_FIELD_MISSING', `Required fields are missing: [${missing.join(', ')}]`, {
    fields: missing,
  });
}
