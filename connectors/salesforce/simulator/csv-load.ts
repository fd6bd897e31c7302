import { basename } from 'node:path';
import { SimulatorInputError } from '../../../src/sync/connector-manifest.ts';
import {
  atPlace,
  type CsvFile,
  type CsvNames,
  CsvProblem,
  csvFilesIn,
  csvIds,
  csvName,
  csvNames,
  readCsvFile,
} from '../../simulation/csv-read.ts';
import { checkValue, isRequired } from './dml/checks.ts';
import { coerce } from './dml/coerce.ts';
import { toId18 } from './ids.ts';
import type { Org } from './org.ts';
import type { FieldMeta, FieldValue, ObjectMeta, Row } from './types.ts';

/** A file of records of one object, with the ids that they get. */
interface Table {
  csv: CsvFile;
  object: ObjectMeta;
  ids: string[];
}

interface Loader {
  org: Org;
  names: CsvNames;
}

function readTable(org: Org, path: string): Table {
  const name = csvName(path);
  const object = org.schema.object(name);
  if (object === undefined)
    throw new SimulatorInputError(`${basename(path)}: there is no object ${name} in this org`);
  const csv = readCsvFile(path, (column) => (column.toLowerCase() === 'id' ? 'Id' : column));
  const ids = csvIds(csv, 'Id', (given) => {
    const id = toId18(given);
    return id !== null && id.slice(0, 3) === object.keyPrefix ? id : org.state.newId(object);
  });
  return { csv, object, ids };
}

function byKeyField(loader: Loader, parentName: string, keyName: string, value: string): string | undefined {
  const found = loader.names.byColumn(parentName, keyName, value);
  if (found !== undefined) return found;
  for (const row of loader.org.rowsWhere(parentName, keyName, [value])) return String(row.Id);
  return undefined;
}

/** What a cell of a lookup means: an Id column's value of the parent's file, a real id, or nothing known. */
function lookUp(
  loader: Loader,
  field: FieldMeta,
  { key, value }: { key: string | undefined; value: string },
): string | undefined {
  for (const parent of field.referenceTo) {
    const found =
      key === undefined ? loader.names.byText(parent, value) : byKeyField(loader, parent, key, value);
    if (found !== undefined) return found;
  }
  const id = key === undefined ? toId18(value) : null;
  return id !== null && loader.org.find(id) !== undefined ? id : undefined;
}

/** The field that a column fills: a header with a dot names the parent by one of its keys. */
function fieldOf(org: Org, object: ObjectMeta, column: string): FieldMeta {
  const [name = '', key] = column.split('.');
  const field = key === undefined ? org.schema.field(object, name) : org.schema.relationship(object, name);
  const knowsKey = (parent: string): boolean => {
    const target = org.schema.object(parent);
    return target !== undefined && org.schema.field(target, key ?? '') !== undefined;
  };
  if (field === undefined || (key !== undefined && !field.referenceTo.some(knowsKey)))
    throw new Error(`${object.name} has no field ${column}`);
  return field;
}

function cell(
  loader: Loader,
  object: ObjectMeta,
  { column, value }: { column: string; value: string },
): [string, FieldValue] {
  const key = column.split('.')[1];
  const field = fieldOf(loader.org, object, column);
  if (value === '') return [field.name, null];
  if (field.type !== 'reference') return [field.name, checkValue(field, coerce(field, value, 'csv'), false)];
  const id = lookUp(loader, field, { key, value });
  if (id === undefined) throw new Error(`nothing in ${field.referenceTo.join(' or ')} is called ${value}`);
  return [field.name, id];
}

function rowsOf(loader: Loader, { csv, object, ids }: Table): Row[] {
  const { file, columns, records, lines } = csv;
  const given = columns.filter((column) => column !== 'Id');
  for (const column of given) atPlace({ file, line: 1, column }, () => fieldOf(loader.org, object, column));
  // A required date may be blank: what is loaded stands for rows as an org holds them, and exports of real pipelines lack
  // dates that nobody knew. The API refuses such a row, as the platform does.
  const required = object.fields.filter(
    (field) => isRequired(field) && !field.defaultedOnCreate && field.type !== 'date',
  );
  return records.map((record, index) => {
    const line = lines[index] ?? 0;
    const row: Row = { Id: ids[index] ?? null };
    for (const column of given) {
      const value = record[column] ?? '';
      const [name, stored] = atPlace({ file, line, column }, () => cell(loader, object, { column, value }));
      row[name] = stored;
    }
    for (const { name } of required) {
      if ((row[name] ?? null) === null)
        throw new CsvProblem({ file, line, column: name }, 'a required field has no value');
    }
    return row;
  });
}

/**
 * Loads a folder of CSV files, one per object (`Account.csv`). Columns are field names; `Id` is any text by which
 * other files name the row; a lookup holds such a text, a real id, or, with a header like `Account.Ext__c`, a key of
 * the parent. System dates may be given, required dates may be blank. Throws CsvProblem, or an Error that names the file;
 * nothing is loaded then. Answers the rows per object.
 */
export function loadCsvFolder(org: Org, folder: string): Record<string, number> {
  const tables = csvFilesIn(folder).map((path) => readTable(org, path));
  const names = csvNames(
    tables.map(({ csv, object, ids }) => ({ csv, name: object.name, idColumn: 'Id', ids })),
  );
  const loader: Loader = { org, names };
  const rows = tables.map((table) => rowsOf(loader, table));
  for (const [at, table] of tables.entries()) org.bulkLoad(table.object.name, rows[at] ?? []);
  return Object.fromEntries(tables.map((table, at) => [table.object.name, rows[at]?.length ?? 0]));
}
