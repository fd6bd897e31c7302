import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { checkValue } from './dml/checks.ts';
import { coerce } from './dml/coerce.ts';
import { toId18 } from './ids.ts';
import type { Org } from './org.ts';
import type { FieldMeta, FieldValue, ObjectMeta, Row } from './types.ts';

interface Table {
  file: string;
  object: ObjectMeta;
  records: Array<Record<string, string>>;
  ids: string[];
}

/** A row of a file that cannot be loaded: names the file, the line and the column. */
export class CsvProblem extends Error {
  constructor(where: { file: string; line: number; column: string }, reason: string) {
    super(`${where.file} line ${where.line}, column ${where.column}: ${reason}`);
    this.name = 'CsvProblem';
  }
}

function readTable(org: Org, path: string): Table {
  const file = basename(path);
  const name = file.replace(/\.csv$/i, '');
  const object = org.schema.object(name);
  if (object === undefined) throw new Error(`${file}: there is no object ${name} in this org`);
  const records = parse(readFileSync(path), {
    columns: true,
    bom: true,
    skip_empty_lines: true,
    trim: true,
  }) as Array<Record<string, string>>;
  const ids = records.map((record) => toId18(record.Id ?? '') ?? org.state.newId(object));
  return { file, object, records, ids };
}

/** What a cell of a lookup means: an Id column's value of the parent's file, a real id, or nothing known. */
function keyIndex(tables: Table[]): Map<string, Map<string, string>> {
  const index = new Map<string, Map<string, string>>();
  for (const { object, records, ids } of tables) {
    const keys = index.get(object.name) ?? new Map<string, string>();
    records.forEach((record, at) => {
      if (record.Id !== undefined && record.Id !== '') keys.set(record.Id, ids[at] ?? '');
    });
    index.set(object.name, keys);
  }
  return index;
}

interface Loader {
  org: Org;
  tables: Table[];
  keys: Map<string, Map<string, string>>;
}

function byKeyField(loader: Loader, parentName: string, keyName: string, value: string): string | undefined {
  const table = loader.tables.find((each) => each.object.name === parentName);
  const at =
    table?.records.findIndex((record) => record[keyName]?.toLowerCase() === value.toLowerCase()) ?? -1;
  if (table !== undefined && at >= 0) return table.ids[at];
  for (const row of loader.org.rowsWhere(parentName, keyName, [value])) return String(row.Id);
  return undefined;
}

function lookUp(
  loader: Loader,
  field: FieldMeta,
  { key, value }: { key: string | undefined; value: string },
): string | undefined {
  for (const parent of field.referenceTo) {
    const found =
      key === undefined ? loader.keys.get(parent)?.get(value) : byKeyField(loader, parent, key, value);
    if (found !== undefined) return found;
  }
  const id = key === undefined ? toId18(value) : null;
  return id !== null && loader.org.find(id) !== undefined ? id : undefined;
}

function cell(
  loader: Loader,
  object: ObjectMeta,
  { column, value }: { column: string; value: string },
): [string, FieldValue] {
  const [name = '', key] = column.split('.');
  const field =
    key === undefined ? loader.org.schema.field(object, name) : loader.org.schema.relationship(object, name);
  if (field === undefined) throw new Error(`${object.name} has no field ${column}`);
  if (value === '') return [field.name, null];
  if (field.type !== 'reference') return [field.name, checkValue(field, coerce(field, value, 'csv'), false)];
  const id = lookUp(loader, field, { key, value });
  if (id === undefined) throw new Error(`nothing in ${field.referenceTo.join(' or ')} is called ${value}`);
  return [field.name, id];
}

function rowsOf(loader: Loader, { file, object, records, ids }: Table): Row[] {
  return records.map((record, at) => {
    const row: Row = {};
    for (const [column, value] of Object.entries(record)) {
      if (column === 'Id') continue;
      try {
        const [name, stored] = cell(loader, object, { column, value });
        row[name] = stored;
      } catch (error) {
        throw new CsvProblem(
          { file, line: at + 2, column },
          error instanceof Error ? error.message : String(error),
        );
      }
    }
    return { ...row, Id: ids[at] ?? null };
  });
}

/**
 * Loads a folder of CSV files, one per object (`Account.csv`). Columns are field names; `Id` is any text by which
 * other files name the row; a lookup holds such a text, a real id, or, with a header like `Account.Ext__c`, a key of
 * the parent. System dates may be given. Throws CsvProblem; nothing is loaded then. Answers the rows per object.
 */
export function loadCsvFolder(org: Org, folder: string): Record<string, number> {
  const tables = readdirSync(folder)
    .filter((name) => /\.csv$/i.test(name))
    .sort()
    .map((name) => readTable(org, join(folder, name)));
  const loader: Loader = { org, tables, keys: keyIndex(tables) };
  const rows = tables.map((table) => rowsOf(loader, table));
  for (const [at, table] of tables.entries()) org.bulkLoad(table.object.name, rows[at] ?? []);
  return Object.fromEntries(tables.map((table, at) => [table.object.name, rows[at]?.length ?? 0]));
}
