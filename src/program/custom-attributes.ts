import { z } from 'zod';
import { suggestion } from '../model/closest.ts';
import { type AttributeType, type AttributeValue, type EntityName, entities } from '../model/entities.ts';
import { canonicalDecimal, canonicalInstant, isCalendarDate, isMoney } from '../model/values.ts';
import type { Report } from './check.ts';

/** Attributes of one's own (extra.<name>), which a mapping adds to an entity, and what the program reads them as. */

export const customTypes = ['text', 'number', 'money', 'date', 'instant', 'boolean'] as const;
export type CustomType = (typeof customTypes)[number];

export const customAttributesSchema = z
  .record(
    z
      .string()
      .regex(
        /^[a-z][A-Za-z]*\.extra\.[a-z][A-Za-z0-9]*$/,
        'an attribute of your own is written like deal.extra.seats',
      ),
    z.enum(customTypes),
  )
  .default({})
  .describe(
    'What attributes of your own are read as, such as deal.extra.seats: number. A value that is none counts as blank, and is named. (Default: text)',
  );

/** By entity.extra.name. */
export type CustomTypes = Readonly<Record<string, CustomType>>;

const typeOf: Readonly<Record<CustomType, AttributeType>> = {
  text: 'text',
  number: 'decimal',
  money: 'money',
  date: 'date',
  instant: 'instant',
  boolean: 'boolean',
};

/** The type of an attribute of one's own; a text where the program says nothing. */
export function customTypeOf(custom: CustomTypes, entity: EntityName, attribute: string): AttributeType {
  return typeOf[custom[`${entity}.${attribute}`] ?? 'text'];
}

/** What a value that is not of its type fails to be, such as "is no number". */
export function notOfTypeText(type: AttributeType): string {
  if (type === 'boolean') return 'is neither true nor false';
  const words: Partial<Record<AttributeType, string>> = {
    decimal: 'no number',
    money: 'no amount',
    date: 'no date',
    instant: 'no instant',
  };
  return `is ${words[type] ?? `no ${type}`}`;
}

/**
 * A value of an attribute of one's own as the type that it is read as, in canonical form; undefined when it is none. The same as in
 * figures, where typedSql says it.
 */
export function customValue(type: AttributeType, value: AttributeValue): AttributeValue | undefined {
  if (type === 'text' || value === null) return value;
  if (type === 'money') return isMoney(value) ? value : undefined;
  const text = String(value).trim();
  if (text === '') return null;
  if (type === 'boolean') return text === 'true' ? true : text === 'false' ? false : undefined;
  if (type === 'decimal') return plainNumber.test(text) ? canonicalDecimal(text)! : undefined;
  if (type === 'date') return isCalendarDate(text) ? text : undefined;
  return canonicalInstant(text) ?? undefined;
}

const plainNumber = /^-?\d{1,60}(\.\d{1,60})?$/;

/** Reports types of what cannot be an attribute of one's own. */
export function checkCustomAttributes(report: Report, { attributes }: { attributes: CustomTypes }): void {
  const known = Object.entries(entities)
    .filter(([, { origin }]) => origin === 'crm')
    .map(([name]) => name);
  for (const key of Object.keys(attributes)) {
    const entity = key.split('.')[0]!;
    if (!known.includes(entity))
      report(['attributes', key], `"${entity}" has no attributes of your own${suggestion(entity, known)}`);
  }
}
