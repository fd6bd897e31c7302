import type { AttributeType } from '../model/entities.ts';

/** Attributes of one's own are kept as JSON; what a value is that is not of its type is blank here, and no error of the database. */

/** A day that the calendar has, the year 0 left out, which the database does not know. */
const day = String.raw`(?!0000)(\d{4}-((0[13578]|1[02])-(0[1-9]|[12]\d|3[01])|(0[469]|11)-(0[1-9]|[12]\d|30)|02-(0[1-9]|1\d|2[0-8]))|(\d\d(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)`;
const time = String.raw`T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-](0\d|1[0-4]):?[0-5]\d)`;
const number = String.raw`-?\d{1,60}(\.\d{1,60})?`;

/** A text as the type that the program reads it as; null where it is none. */
export function typedSql(text: string, type: AttributeType): string {
  const trimmed = `btrim(${text})`;
  const where = (form: string, sqlType: string) =>
    `(case when ${trimmed} ~ '^(${form})$' then ${trimmed}::${sqlType} end)`;
  if (type === 'decimal' || type === 'money') return where(number, 'numeric');
  if (type === 'date') return where(day, 'date');
  if (type === 'instant') return where(day + time, 'timestamptz');
  if (type === 'boolean') return where('true|false', 'boolean');
  return text;
}
