import { CsvError, parse } from 'csv-parse/sync';
import { TierlinkError } from '../errors.ts';
import { suggestion } from '../model/closest.ts';
import type { ImportColumn, ImportDefinition, ImportKind } from './import-kinds.ts';

/** A row of an import file: its line, and its cells by column name. Columns that the file does not have are absent. */
export interface ImportRow {
  line: number;
  cells: Record<string, string>;
}

/** What is wrong with a cell or a row. */
export interface RowError {
  line: number;
  /** Column name; blank when it is the row as a whole. */
  column: string;
  value: string;
  reason: string;
}

export interface ParsedFile {
  rows: ImportRow[];
  errors: RowError[];
  /** Rows with errors of their own, as far as they can be read. */
  broken: ImportRow[];
}

/** The whole text of a file that comes in pieces. Throws IMPORT_FILE when it is not UTF-8, or no text. */
export async function readText(
  file: string,
  contents: string | Uint8Array | AsyncIterable<Uint8Array | string>,
): Promise<string> {
  const text = typeof contents === 'string' ? contents : decoded(file, await bytesOf(contents));
  // UTF-16 without a mark looks like UTF-8 with these, and no database keeps them.
  if (text.includes('\0') || /\p{Surrogate}/u.test(text)) throw notText(file);
  return text;
}

async function bytesOf(contents: Uint8Array | AsyncIterable<Uint8Array | string>): Promise<Uint8Array> {
  if (contents instanceof Uint8Array) return contents;
  const pieces: Uint8Array[] = [];
  for await (const piece of contents) pieces.push(typeof piece === 'string' ? Buffer.from(piece) : piece);
  return Buffer.concat(pieces);
}

function decoded(file: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw notText(file, cause);
  }
}

function notText(file: string, cause?: unknown): TierlinkError {
  const reason = 'it is not UTF-8 text';
  const remedy = 'Save it as UTF-8 (spreadsheets call that "CSV UTF-8") and run the command again.';
  return new TierlinkError('IMPORT_FILE', { file, reason, remedy }, { cause });
}

/**
 * Takes CSV apart (RFC 4180; comma, semicolon or tab) and checks its header. Rows with another number of cells are errors of
 * their line. Throws IMPORT_FILE and IMPORT_HEADER.
 */
export function parseImport(file: string, text: string, definition: ImportDefinition): ParsedFile {
  const records = parseCsv(file, text);
  const [header, ...rest] = records;
  if (header === undefined) throw headerError({ file, kind: definition.kind }, 'there is no header');
  const names = columnsOf(file, header.cells, definition);
  const parsed: ParsedFile = { rows: [], errors: [], broken: [] };
  for (const { line, cells } of rest) {
    const entries = names.map((name, index): [string, string] => [name, cells[index]?.trim() ?? '']);
    const row = { line, cells: Object.fromEntries(entries) };
    if (cells.length === names.length) parsed.rows.push(row);
    else {
      const reason = `the row has ${cells.length} cells, the header ${names.length}`;
      parsed.errors.push({ line, column: '', value: '', reason });
      parsed.broken.push(row);
    }
  }
  return parsed;
}

/** A row of CSV: the line it begins in, and its cells. */
export interface CsvRecord {
  line: number;
  cells: string[];
}

/** Takes CSV apart (RFC 4180; comma, semicolon or tab), blank rows left out. Throws IMPORT_FILE naming the row. */
export function parseCsv(file: string, text: string): CsvRecord[] {
  const [first = ''] = text.trimStart().split(/[\r\n]/, 1);
  const delimiter = [',', ';', '\t'].find((each) => first.includes(each)) ?? ',';
  try {
    // The parser counts a line end of two characters within quotes as two lines.
    const records: CsvRecord[] = parse(text.replace(/\r\n?/g, '\n'), {
      bom: true,
      delimiter,
      on_record: ((cells: string[], { lines }: { lines: number }): CsvRecord => ({
        line: firstLine(lines, cells),
        cells,
      })) as never,
      relax_column_count: true,
      skip_empty_lines: true,
      // Spreadsheets write rows that were emptied as separators alone.
      skip_records_with_empty_values: true,
      max_record_size: 1_000_000,
    }) as never;
    return records;
  } catch (cause) {
    const remedy = 'Correct it and run the command again.';
    throw new TierlinkError('IMPORT_FILE', { file, reason: csvReason(cause), remedy }, { cause });
  }
}

/** The parser names the last line of a row; people look where it begins. */
function firstLine(last: number, cells: readonly string[]): number {
  return cells.reduce((line, cell) => line - (cell.split('\n').length - 1), last);
}

/** For a quote that is never closed the parser names the last line, where nothing is wrong. */
function csvReason(cause: unknown): string {
  if (!(cause instanceof CsvError)) return cause instanceof Error ? cause.message : String(cause);
  if (cause.code !== 'CSV_QUOTE_NOT_CLOSED') return cause.message;
  return `a quote that opens in row ${Number(cause.records) + 1} (the header is row 1) is never closed`;
}

/** The columns that a header names. */
function columnsOf(file: string, titles: readonly string[], definition: ImportDefinition): string[] {
  const { kind, columns } = definition;
  const refuse = (reason: string) => {
    throw headerError({ file, kind }, reason);
  };
  const names = titles.map(
    (title) => columnNamed(title, definition) ?? refuse(unknownText(columnName(title), columns)),
  );
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) refuse(`the column ${repeated} is there twice`);
  const missing = columns.filter((column) => column.required && !names.includes(column.name));
  if (missing.length > 0) refuse(`the header lacks ${missing.map(({ name }) => name).join(', ')}`);
  return names;
}

function columnName(title: string): string {
  return title
    .trim()
    .toLowerCase()
    .replace(/[\s-]+/g, '_');
}

/** An attribute of one's own may be named with the entity of the kind, as in the program: deal.extra.seats. */
function columnNamed(title: string, { entity, columns }: ImportDefinition): string | undefined {
  const own = `${entity}.`;
  const bare = (text: string) => (text.startsWith(own) ? text.slice(own.length) : text);
  const fits = columns.filter(({ name }) => name.toLowerCase() === bare(columnName(title)));
  const exact = fits.find(({ name }) => name === bare(title.trim()));
  return (exact ?? (fits.length === 1 ? fits[0] : undefined))?.name;
}

function unknownText(name: string, columns: readonly ImportColumn[]): string {
  const known = columns.map((column) => column.name);
  const own = known.find((each) => each.toLowerCase().endsWith(`extra.${name}`));
  const hint = own === undefined ? suggestion(name, known) : `; did you mean "${own}"?`;
  const rule = name.includes('extra.')
    ? ' (an attribute of your own is declared under "attributes" in the program first)'
    : '';
  return `there is no column "${name}" among ${known.join(', ')}${rule}${hint}`;
}

function headerError(of: { file: string; kind: ImportKind }, reason: string): TierlinkError {
  return new TierlinkError('IMPORT_HEADER', { ...of, reason, line: 1 });
}
