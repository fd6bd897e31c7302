/** What kind of value a column of an export has; decides how it is written. */
export type ExportType = 'text' | 'number' | 'boolean' | 'day' | 'instant' | 'list' | 'json';

export interface ExportColumn {
  name: string;
  type: ExportType;
  meaning: string;
  /** The value, in SQL over the table's `from`. */
  sql: string;
}

/** A table that can be written to a file, as data: the files, `docs/export.md` and their test are made of it. */
export interface ExportTable {
  name: string;
  /** What a row is. */
  meaning: string;
  columns: readonly ExportColumn[];
  /** Everything after `from`, without the order. */
  from: string;
  /** Order of the rows; says which comes first of any two. */
  order: string;
  /** Alias of the row whose attributes of one's own (`extra`) become columns; null: it has none. */
  extra: string | null;
}

export function column(name: string, type: ExportType, sql: string, meaning: string): ExportColumn {
  return { name, type, meaning, sql };
}

/** Id and name of the partner that a row is about. `ref`: its id, in SQL. */
export function partnerColumns(ref: string): ExportColumn[] {
  return [
    column('partner', 'text', ref, 'Our id of the partner.'),
    column('partnerName', 'text', `(select p.name from tierlink.partner p where p.id = ${ref})`, 'Its name.'),
  ];
}
