import type { Kind } from './channel.ts';

/** A value of a record, on whichever side. */
export type Plain = string | number | boolean | null;
export type Plains = Record<string, Plain>;

/** How one attribute of ours stands in a CRM's rows. */
export interface Field {
  /** What is sent for a value. */
  write(value: Plain): Record<string, unknown>;
  read(row: Plains): Plain;
}

/** How one kind of record stands in a CRM. */
export interface KindIn {
  object: string;
  fields: Readonly<Record<string, Field>>;
  /** What every new row of the kind says. */
  fixed?: Record<string, unknown>;
  isMeant?(row: Plains): boolean;
}

export type Kinds = Readonly<Record<Kind, KindIn>>;

export function plain(column: string): Field {
  return { write: (value) => ({ [column]: value }), read: (row) => row[column] ?? null };
}

/** Other words; those that are not listed are the same on both sides. */
export function mapped(column: string, words: Readonly<Record<string, Plain>>): Field {
  const ours = new Map(Object.entries(words).map(([our, their]) => [their, our]));
  return {
    write: (value) => ({ [column]: words[String(value)] ?? value }),
    read: (row) => ours.get(row[column] ?? null) ?? row[column] ?? null,
  };
}

/** A decimal, which rows of both CRMs keep as a number. */
export function decimal(column: string): Field {
  return {
    write: (value) => ({ [column]: value === null ? null : Number(value) }),
    read: (row) => textOf(row[column]),
  };
}

export function textOf(value: Plain | undefined): string | null {
  return value === null || value === undefined ? null : String(value);
}

/** What follows from other fields. */
export function told(read: (row: Plains) => Plain): Field {
  return { write: () => ({}), read };
}

/** A full name, of which the first word is kept apart where there are several. */
export function fullName(columns: { first: string; last: string; whole: string }): Field {
  return {
    write: (value) => {
      const [first, ...rest] = String(value ?? '').split(' ');
      return rest.length === 0
        ? { [columns.first]: null, [columns.last]: first }
        : { [columns.first]: first, [columns.last]: rest.join(' ') };
    },
    read: (row) => row[columns.whole] ?? null,
  };
}

/** The record of a row, in our words. */
export function recordOf(id: Plain | undefined, fields: KindIn['fields'], row: Plains): Plains {
  const values = Object.entries(fields).map(([name, field]) => [name, field.read(row)]);
  return { id: String(id), ...Object.fromEntries(values) };
}

/** The body that says these values. */
export function bodyOf(
  fields: KindIn['fields'],
  values: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const parts = Object.entries(values).map(([name, value]) => fields[name]!.write((value ?? null) as Plain));
  return Object.assign({}, ...parts) as Record<string, unknown>;
}
