import { z } from 'zod';
import { suggestion } from '../model/closest.ts';
import { type AttributeType, type AttributeValue, type EntityName, entities } from '../model/entities.ts';
import { canonicalDecimal, canonicalInstant, isMoney } from '../model/values.ts';
import type { Report } from './check/check.ts';

/** Attributes of one's own (extra.<name>), which a mapping adds to an entity, and what the program reads them as. */

const customTypes = ['text', 'number', 'money', 'date', 'instant', 'boolean'] as const;
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

/** A day that the calendar has, the year 0 left out, which no database knows. */
const day =
  '(?!0000)([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)';
const time =
  'T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]{1,9})?)?(Z|[+-](0[0-9]|1[0-4]):?[0-5][0-9])';
const number = '-?[0-9]{1,60}([.][0-9]{1,60})?';

/**
 * How a text has to be written, without the blanks around it, to be read as a type: expressions that JavaScript and PostgreSQL
 * understand alike, so that figures and conditions on a partner agree about what is no value. Of a text there is no form.
 */
export const typedForms: Readonly<Partial<Record<AttributeType, string>>> = {
  decimal: number,
  money: number,
  date: day,
  instant: day + time,
  boolean: 'true|false',
};

/**
 * A value of an attribute of one's own as the type that it is read as, in canonical form; null where it is blank, undefined when it is
 * none. The same as in figures, where typedSql says it.
 */
export function customValue(type: AttributeType, value: AttributeValue): AttributeValue | undefined {
  const form = typedForms[type];
  if (form === undefined || value === null) return value;
  const text = writtenText(isMoney(value) && type === 'money' ? value.amount : value);
  if (text === '') return null;
  if (!new RegExp(`^(${form})$`).test(text)) return undefined;
  if (type === 'boolean') return text === 'true';
  if (type === 'date') return text;
  if (type === 'instant') return canonicalInstant(text)!;
  const amount = canonicalDecimal(text)!;
  return isMoney(value) ? { ...value, amount } : amount;
}

/** As JSON has it in a text, without the spaces around it. */
function writtenText(value: AttributeValue): string {
  if (typeof value === 'number') return canonicalDecimal(value)!;
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(/^ +| +$/g, '');
}

/** Reports types of what cannot be an attribute of one's own. */
export function checkCustomAttributes(report: Report, { attributes }: { attributes: CustomTypes }): void {
  const known = Object.entries(entities)
    .filter(([, { origin }]) => origin === 'crm')
    .map(([name]) => name);
  for (const key of Object.keys(attributes)) {
    const entity = key.split('.')[0]!;
    if (!known.includes(entity))
      report(
        'PROGRAM_UNKNOWN_ENTITY',
        ['attributes', key],
        `"${entity}" has no attributes of your own${suggestion(entity, known)}`,
      );
  }
}
