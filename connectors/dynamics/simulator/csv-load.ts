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
import { cellValue } from './csv-cell.ts';
import { canonicalGuid } from './ids.ts';
import type { Org } from './org.ts';
import { type Column, lookupTable, type Row, type Table } from './types.ts';

/** A file of rows of one table, with the ids that they get. */
interface TableFile {
  csv: CsvFile;
  table: Table;
  ids: string[];
}

interface Loader {
  org: Org;
  names: CsvNames;
}

/** A column of the header: the column that it fills, and by which column of its target it names the row there. */
interface Heading {
  column: Column;
  key: string | undefined;
}

function readTable(org: Org, path: string): TableFile {
  const name = csvName(path).toLowerCase();
  const table = org.schema.table(name) ?? org.schema.tableOfSet(name);
  if (table === undefined)
    throw new SimulatorInputError(`${basename(path)}: there is no table ${name} in this environment`);
  if (table.logicalName === 'organization')
    throw new SimulatorInputError(
      `${basename(path)}: an environment has one organization, and has it already`,
    );
  const csv = readCsvFile(path, (column) => columnName(table, column));
  // Ids are the same in every way of writing them.
  for (const record of csv.records) {
    const given = record[table.primaryId] ?? '';
    record[table.primaryId] = canonicalGuid(given) ?? given;
  }
  const ids = csvIds(csv, table.primaryId, (given) => canonicalGuid(given) ?? org.state.newId());
  return { csv, table, ids };
}

/** Names as the Web API writes them and as people do: _parentaccountid_value, and id for the primary key. */
function columnName(table: Table, given: string): string {
  const name = given.toLowerCase();
  if (name === 'id') return table.primaryId;
  return name.replace(/^_(.+)_value$/, '$1');
}

function headingOf({ org }: Loader, table: Table, text: string): Heading {
  const [name = '', key] = text.split('.');
  const column = table.columns.get(name);
  const knowsKey = (target: string) => key === undefined || org.schema.table(target)?.columns.has(key);
  if (column === undefined || (key !== undefined && !(column.targets ?? []).some(knowsKey)))
    throw new Error(`${table.logicalName} has no column ${text}`);
  return { column, key };
}

/** The row that a cell of a lookup names: by its text in the file of a target, by a column of it, or by a real id. */
function lookUp(
  loader: Loader,
  { column, key }: Heading,
  text: string,
): { id: string; table: string } | undefined {
  for (const name of column.targets ?? []) {
    const id =
      key === undefined
        ? idOf(loader, name, text)
        : (loader.names.byColumn(name, key, text) ?? stored(loader, name, key, text));
    if (id !== undefined) return { id, table: name };
  }
  return undefined;
}

function idOf({ org, names }: Loader, name: string, text: string): string | undefined {
  const id = canonicalGuid(text) ?? text;
  return names.byText(name, id) ?? (org.get(name, id) === undefined ? undefined : id);
}

function stored({ org }: Loader, name: string, key: string, text: string): string | undefined {
  const table = org.schema.table(name);
  const [row] = table === undefined ? [] : org.state.rows(table).where(key, text);
  return row === undefined ? undefined : String(row[table!.primaryId]);
}

function cell(loader: Loader, table: Table, heading: Heading, text: string): Row {
  const { column } = heading;
  const { logicalName: name, targets } = column;
  if (targets === undefined) return { [name]: cellValue(table, column, text) };
  if (text === '') return { [name]: null };
  const found = lookUp(loader, heading, text);
  if (found === undefined) throw new Error(`nothing in ${targets.join(' or ')} is called ${text}`);
  return { [name]: found.id, ...(targets.length > 1 ? { [lookupTable(name)]: found.table } : {}) };
}

/** Filled in by the environment where a file does not say them. */
function isGivenAnyway(table: Table, { logicalName }: Column): boolean {
  return logicalName === table.primaryId || logicalName === 'ownerid' || logicalName === 'businessunitid';
}

function rowsOf(loader: Loader, { csv, table, ids }: TableFile): Row[] {
  const { file, columns, records, lines } = csv;
  const given = columns.filter((name) => name !== table.primaryId);
  const headings = given.map((name) => {
    const where = { file, line: 1, column: name };
    return { name, heading: atPlace(where, () => headingOf(loader, table, name)) };
  });
  const required = [...table.columns.values()].filter(
    (column) => column.required === 'SystemRequired' && !isGivenAnyway(table, column),
  );
  return records.map((record, index) => {
    const line = lines[index] ?? 0;
    const row: Row = { [table.primaryId]: ids[index] ?? null };
    for (const { name, heading } of headings) {
      const where = { file, line, column: name };
      Object.assign(
        row,
        atPlace(where, () => cell(loader, table, heading, record[name] ?? '')),
      );
    }
    for (const { logicalName } of required) {
      if ((row[logicalName] ?? null) !== null) continue;
      throw new CsvProblem({ file, line, column: logicalName }, 'a required column has no value');
    }
    if (table.columns.has('businessunitid')) row.businessunitid ??= loader.org.admin.businessUnitId;
    return row;
  });
}

/** Currencies first, since amounts are worked out by their rates; connections last, since they are named for other rows. */
function rank({ table }: TableFile): number {
  return table.logicalName === 'transactioncurrency' ? 0 : table.logicalName === 'connection' ? 2 : 1;
}

/**
 * Loads a folder of CSV files, one per table, named for it or for its set (`account.csv`, `accounts.csv`). Columns are
 * logical names; the primary key (or `id`) is any text by which other files name the row; a lookup holds such a text, a real
 * id, or, with a header like `parentaccountid.accountnumber`, the value of a column there; choices are values or labels.
 * Stamps and owners may be given. Answers the rows per table.
 * @throws SimulatorInputError that names the file, and the line and column where there is one
 */
export function loadCsvFolder(org: Org, folder: string): Record<string, number> {
  const tables = csvFilesIn(folder).map((path) => readTable(org, path));
  const names = csvNames(
    tables.map(({ csv, table, ids }) => ({ csv, name: table.logicalName, idColumn: table.primaryId, ids })),
  );
  const read = tables.map((each) => ({ each, rows: rowsOf({ org, names }, each) }));
  const counts: Record<string, number> = {};
  for (const { each, rows } of read.sort((left, right) => rank(left.each) - rank(right.each))) {
    const { table, csv } = each;
    for (const [index, row] of rows.entries()) {
      const where = { file: csv.file, line: csv.lines[index] ?? 0, column: table.primaryId };
      atPlace(where, () => org.load(table.logicalName, [row]));
    }
    counts[table.logicalName] = (counts[table.logicalName] ?? 0) + rows.length;
  }
  return counts;
}
