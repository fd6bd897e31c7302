import { DateTime } from 'luxon';
import type { AttributeType, AttributeValue } from '../../model/entities.ts';
import { canonicalDecimal, canonicalInstant, canonicalList, isCalendarDate } from '../../model/values.ts';
import type { CrmValue } from '../connector.ts';
import { type NamedRecords, namedKey } from './named-records.ts';
import type { AttributePlan } from './plan.ts';
import type { Transform } from './schema.ts';

/** What turns a value into ours beside the value itself. */
export interface TransformContext {
  /** IANA zone of the program: turns instants into days and days into instants. */
  timeZone: string;
  /** Main currency of the org; the currency of amounts that name none. */
  currency: string;
  /** Records that mappings refer to by name. (Default: none are known) */
  named?: NamedRecords | undefined;
}

/**
 * What a CRM record says about one attribute. reference: the CRM's id of a record, still to be looked up among the links.
 * unreadable: the field is absent from the record. invalid: there is a value, but not one that we can use.
 */
export type Reading =
  | { kind: 'value'; value: AttributeValue }
  | { kind: 'reference'; crmId: string }
  | { kind: 'unreadable' }
  | { kind: 'invalid'; reason: string };

type Fields = Readonly<Record<string, CrmValue>>;

const unreadable: Reading = { kind: 'unreadable' };
const blank: Reading = { kind: 'value', value: null };

/**
 * Reads one attribute out of a CRM record. Never throws: what cannot be used is `invalid` with the reason. A fallback
 * stands for a blank, not for what cannot be read.
 */
export function readAttribute(plan: AttributePlan, fields: Fields, context: TransformContext): Reading {
  const { fallback } = plan;
  if (fallback === undefined) return readFields(plan, fields, context);
  const reading = plan.fields.length === 0 ? blank : readFields(plan, fields, context);
  return reading.kind === 'value' && reading.value === null ? value(fallback) : reading;
}

function readFields(plan: AttributePlan, fields: Fields, context: TransformContext): Reading {
  const raw = rawValue(plan, fields);
  if (raw === undefined) return unreadable;
  const { transform } = plan;
  if (transform.kind === 'equals') return value(raw !== null && String(raw) === String(transform.value));
  if (raw === null || raw === '') return blank;
  switch (transform.kind) {
    case 'plain':
      return readPlain(plan.type, raw, context);
    case 'reference':
      return { kind: 'reference', crmId: String(raw) };
    case 'named':
      return readNamed(transform, raw, context);
    case 'values':
      return readMapped(plan.type, raw, { transform, context });
    case 'list':
      return value(canonicalList(String(raw).split(transform.separator)));
    case 'money':
      return readMoney(transform, { raw, fields, context });
    case 'dateOfInstant':
      return readDayOfInstant(raw, transform.timeZone ?? context.timeZone);
  }
}

/** The field's value, or that of the field that stands in for it while it is blank. Absent is not blank. */
function rawValue({ field, spec }: AttributePlan, fields: Fields): CrmValue | undefined {
  const first = fields[field];
  const isBlank = first === null || first === '';
  return isBlank && spec.otherwise !== undefined ? fields[spec.otherwise] : first;
}

function readNamed(
  transform: Extract<Transform, { kind: 'named' }>,
  raw: CrmValue,
  { named }: TransformContext,
): Reading {
  const entry = Object.entries(named?.[namedKey(transform)] ?? {}).find(([, id]) => id === raw);
  return entry === undefined ? invalid(raw, `the id of a known ${transform.object}`) : value(entry[0]);
}

function value(content: AttributeValue): Reading {
  return { kind: 'value', value: content };
}

function invalid(raw: CrmValue, expected: string): Reading {
  return { kind: 'invalid', reason: `"${String(raw).slice(0, 80)}" is not ${expected}` };
}

function readPlain(type: AttributeType, raw: string | number | boolean, context: TransformContext): Reading {
  switch (type) {
    case 'text':
    case 'choice':
      return value(String(raw));
    case 'boolean':
      return readBoolean(raw);
    case 'integer':
      return readInteger(raw);
    case 'decimal':
      return fromParsed(
        raw,
        canonicalDecimal(typeof raw === 'boolean' ? '' : raw),
        'a number with a point, such as 1234.5',
      );
    case 'date':
      return isCalendarDate(String(raw)) ? value(String(raw)) : invalid(raw, 'a date (YYYY-MM-DD)');
    case 'instant':
      return readInstant(String(raw), context);
    case 'list':
      return value(canonicalList([String(raw)]));
    case 'money':
    case 'ref':
      return invalid(raw, `usable without a transform of kind ${type === 'ref' ? 'reference' : 'money'}`);
  }
}

function fromParsed(raw: CrmValue, parsed: AttributeValue, expected: string): Reading {
  return parsed === null ? invalid(raw, expected) : value(parsed);
}

function readBoolean(raw: string | number | boolean): Reading {
  if (typeof raw === 'boolean') return value(raw);
  const text = String(raw).toLowerCase();
  if (text === 'true' || text === '1') return value(true);
  return text === 'false' || text === '0' ? value(false) : invalid(raw, 'true or false');
}

function readInteger(raw: string | number | boolean): Reading {
  const decimal = typeof raw === 'boolean' ? null : canonicalDecimal(raw);
  const number = decimal === null ? Number.NaN : Number(decimal);
  return Number.isSafeInteger(number) ? value(number) : invalid(raw, 'a whole number');
}

/** A day stands for its first moment in the program's zone. */
function readInstant(raw: string, context: TransformContext): Reading {
  if (!isCalendarDate(raw))
    return fromParsed(raw, canonicalInstant(raw), 'an instant (ISO 8601 with a zone)');
  const start = DateTime.fromISO(raw, { zone: context.timeZone }).startOf('day');
  return fromParsed(raw, start.isValid ? start.toUTC().toISO() : null, 'an instant');
}

function readDayOfInstant(raw: CrmValue, timeZone: string): Reading {
  const instant = canonicalInstant(String(raw));
  if (instant === null) return invalid(raw, 'an instant (ISO 8601 with a zone)');
  return fromParsed(raw, DateTime.fromISO(instant, { zone: timeZone }).toISODate(), 'an instant');
}

/** A multiple choice arrives as one text with semicolons; each of its values is mapped. */
function readMapped(
  type: AttributeType,
  raw: string | number | boolean,
  how: { transform: Extract<Transform, { kind: 'values' }>; context: TransformContext },
): Reading {
  const parts = type === 'list' ? canonicalList(String(raw).split(';')) : [String(raw)];
  const mapped: string[] = [];
  for (const part of parts) {
    const found = Object.hasOwn(how.transform.map, part) ? how.transform.map[part] : undefined;
    if (found !== undefined) mapped.push(found);
    else if (how.transform.others === 'keep') mapped.push(part);
    else if (how.transform.others === 'reject') return invalid(part, 'among the mapped values');
  }
  if (type === 'list') return value(canonicalList(mapped));
  const [first] = mapped;
  return first === undefined || first === '' ? blank : readPlain(type, first, how.context);
}

function readMoney(
  transform: Extract<Transform, { kind: 'money' }>,
  from: { raw: CrmValue; fields: Fields; context: TransformContext },
): Reading {
  const amount = canonicalDecimal(typeof from.raw === 'boolean' ? '' : (from.raw ?? ''));
  if (amount === null) return invalid(from.raw, 'an amount with a point, such as 1234.5');
  const named = transform.currencyField === undefined ? null : from.fields[transform.currencyField];
  // Hidden, or behind a lookup that is not there any more: an amount in a wrong currency would be a wrong amount.
  if (named === undefined) return unreadable;
  const currency = String(named || transform.currency || from.context.currency).toUpperCase();
  if (!/^[A-Z]{3}$/.test(currency)) return invalid(named ?? currency, 'a currency code');
  return value({ amount, currency });
}
