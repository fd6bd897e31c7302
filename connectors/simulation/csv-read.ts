import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { SimulatorInputError } from '../../src/sync/connector-manifest.ts';

/** A file of rows, cells as they are written. */
export interface CsvFile {
  /** Without its folder. */
  file: string;
  /** What the file is named for: its name without the ending. */
  name: string;
  columns: string[];
  records: Array<Record<string, string>>;
  /** Line on which each record ends. */
  lines: number[];
}

/** The place of a cell. */
export interface CsvPlace {
  file: string;
  line: number;
  column: string;
}

/** A row of a file that cannot be loaded: names the file, the line and the column. */
export class CsvProblem extends SimulatorInputError {
  constructor(where: CsvPlace, reason: string) {
    super(`${where.file} line ${where.line}, column ${where.column}: ${reason}`);
    this.name = 'CsvProblem';
  }
}

/** Runs a step for a cell; what it throws names the place. */
export function atPlace<T>(where: CsvPlace, step: () => T): T {
  try {
    return step();
  } catch (error) {
    throw new CsvProblem(where, error instanceof Error ? error.message : String(error));
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

/**
 * Reads one file. `columnName` gives a column of the header its proper name.
 * @throws SimulatorInputError that names the file, and CsvProblem with the place in its header
 */
export function readCsvFile(path: string, columnName: (column: string) => string): CsvFile {
  const file = basename(path);
  const [header, ...rows] = cellsOf(path);
  if (header === undefined) throw new SimulatorInputError(`${file}: the file has no header line`);
  checkHeader(file, header.record);
  const columns = header.record.map(columnName);
  checkHeader(file, columns);
  return {
    file,
    name: csvName(path),
    columns,
    records: rows.map(({ record }) =>
      Object.fromEntries(columns.map((column, at) => [column, record[at] ?? ''])),
    ),
    lines: rows.map(({ info }) => info.lines),
  };
}

/** What a file is named for. */
export function csvName(path: string): string {
  return basename(path).replace(/\.csv$/i, '');
}

/**
 * Paths of the CSV files of a folder, by name; a folder of nothing but notes is one of an org without rows.
 * @throws SimulatorInputError for a folder of other files only
 */
export function csvFilesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => !/^\.|\.md$/i.test(name));
  const files = names.filter((name) => /\.csv$/i.test(name));
  if (files.length === 0 && names.length > 0)
    throw new SimulatorInputError(`${folder}: there is no CSV file in this folder`);
  return files.sort().map((name) => join(folder, name));
}

/**
 * The ids of a file's rows. Its id column may hold ids, or any texts by which other files name the rows; one row, one text.
 * @param idOf an id for the text in the id column, which is empty where there is none
 */
export function csvIds(csv: CsvFile, idColumn: string, idOf: (given: string) => string): string[] {
  const seen = new Set<string>();
  return csv.records.map((record, at) => {
    const given = record[idColumn] ?? '';
    const where = { file: csv.file, line: csv.lines[at] ?? 0, column: idColumn };
    if (given !== '' && seen.has(given)) throw new CsvProblem(where, `${given} is there twice`);
    seen.add(given);
    return idOf(given);
  });
}

/** A file with what it is about and the ids of its rows. */
export interface CsvRows {
  csv: CsvFile;
  /** The object or table that the rows are of. */
  name: string;
  idColumn: string;
  ids: readonly string[];
}

/** Finds rows of the files by what other files call them. */
export interface CsvNames {
  /** The row whose id column holds the text. */
  byText(name: string, text: string): string | undefined;
  /** The first row whose column holds the value, without regard to case. */
  byColumn(name: string, column: string, value: string): string | undefined;
}

export function csvNames(tables: readonly CsvRows[]): CsvNames {
  const indexes = new Map<string, Map<string, string>>();
  /** Ids by what a column holds, as `write` writes it; made when a column is first asked for. */
  const index = (name: string, column: string | undefined, write: (text: string) => string) => {
    const key = `${name} ${column ?? ''}`;
    const known = indexes.get(key);
    if (known !== undefined) return known;
    const made = new Map<string, string>();
    for (const { csv, idColumn, ids } of tables.filter((each) => each.name === name)) {
      for (const [at, record] of csv.records.entries()) {
        const text = write(record[column ?? idColumn] ?? '');
        if (text !== '' && !made.has(text)) made.set(text, ids[at] ?? '');
      }
    }
    indexes.set(key, made);
    return made;
  };
  const lower = (text: string): string => text.toLowerCase();
  return {
    byText: (name, text) => index(name, undefined, (each) => each).get(text),
    byColumn: (name, column, value) => index(name, column, lower).get(lower(value)),
  };
}
