import type { AttributeType } from '../../model/entities.ts';
import { typedForms } from '../../program/custom-attributes.ts';

/** Attributes of one's own are kept as JSON; what a value is that is not of its type is blank here, and no error of the database. */

const sqlTypes: Readonly<Partial<Record<AttributeType, string>>> = {
  decimal: 'numeric',
  money: 'numeric',
  date: 'date',
  instant: 'timestamptz',
  boolean: 'boolean',
};

/** A text as the type that the program reads it as; null where it is none. The same as customValue, which says it of one value. */
export function typedSql(text: string, type: AttributeType): string {
  const form = typedForms[type];
  if (form === undefined) return text;
  const trimmed = `btrim(${text})`;
  return `(case when ${trimmed} ~ '^(${form})$' then ${trimmed}::${sqlTypes[type]!} end)`;
}
