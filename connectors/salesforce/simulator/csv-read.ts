import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { SimulatorInputError } from '../../../src/sync/connector-manifest.ts';
import { toId18 } from './ids.ts';
import type { Org } from './org.ts';
import type { ObjectMeta } from './types.ts';

/** A file of records, cells as they are written. */
export interface Table {
  file: string;
  object: ObjectMeta;
  columns: string[];
  records: Array<Record<string, string>>;
  /** Line on which each record ends. */
  lines: number[];
  /** Id of each record in the org. */
  ids: string[];
}

/** A row of a file that cannot be loaded: names the file, the line and the column. */
export class CsvProblem extends SimulatorInputError {
  constructor(where: { file: string; line: number; column: string }, reason: string) {
    super(`${where.file} line ${where.line}, column ${where.column}: ${reason}`);
    this.name = 'CsvProblem';
  }
}

interface Parsed {
  record: string[];
  info: { lines: number };
}

function textOf(path: string): string {
  const bytes = readFileSync(path);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new SimulatorInputError(`${basename(path)}: the file is not encoded as UTF-8`);
  }
}

function cellsOf(path: string): Parsed[] {
  const text = textOf(path);
  try {
    return parse(text, { bom: true, info: true, skip_empty_lines: true, trim: true }) as unknown as Parsed[];
  } catch (error) {
    throw new SimulatorInputError(
      `${basename(path)}: ${error instanceof Error ? error.message : 'the file is no CSV'}`,
    );
  }
}

function checkHeader(file: string, columns: string[]): void {
  const seen = new Set<string>();
  for (const column of columns) {
    const where = { file, line: 1, column };
    if (column === '') throw new CsvProblem(where, 'the column has no name');
    if (seen.has(column.toLowerCase())) throw new CsvProblem(where, 'the column is there twice');
    seen.add(column.toLowerCase());
  }
}

/** An Id column may hold ids of this object, or any texts; one row, one text. */
function idsOf(org: Org, table: Omit<Table, 'ids'>): string[] {
  const { file, object, records, lines } = table;
  const seen = new Set<string>();
  return records.map((record, at) => {
    const given = record.Id ?? '';
    const where = { file, line: lines[at] ?? 0, column: 'Id' };
    if (given !== '' && seen.has(given)) throw new CsvProblem(where, `${given} is there twice`);
    seen.add(given);
    const id = toId18(given);
    return id !== null && id.slice(0, 3) === object.keyPrefix ? id : org.state.newId(object);
  });
}

function readTable(org: Org, path: string): Table {
  const file = basename(path);
  const name = file.replace(/\.csv$/i, '');
  const object = org.schema.object(name);
  if (object === undefined) throw new SimulatorInputError(`${file}: there is no object ${name} in this org`);
  const [header, ...rows] = cellsOf(path);
  if (header === undefined) throw new SimulatorInputError(`${file}: the file has no header line`);
  const columns = header.record.map((column) => (column.toLowerCase() === 'id' ? 'Id' : column));
  checkHeader(file, columns);
  const records = rows.map(({ record }) =>
    Object.fromEntries(columns.map((column, at) => [column, record[at] ?? ''])),
  );
  const table = { file, object, columns, records, lines: rows.map(({ info }) => info.lines) };
  return { ...table, ids: idsOf(org, table) };
}

/**
 * Every CSV file of a folder, by name; a folder of nothing but notes is an org without records. Throws for a folder of
 * other files only, and for a file that cannot be read.
 */
export function readCsvFolder(org: Org, folder: string): Table[] {
  const names = readdirSync(folder).filter((name) => !/^\.|\.md$/i.test(name));
  const files = names.filter((name) => /\.csv$/i.test(name));
  if (files.length === 0 && names.length > 0)
    throw new SimulatorInputError(`${folder}: there is no CSV file in this folder`);
  return files.sort().map((name) => readTable(org, join(folder, name)));
}
