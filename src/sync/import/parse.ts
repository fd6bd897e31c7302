import { TierlinkError } from '../../errors.ts';
import { suggestion } from '../../model/closest.ts';
import { unguardedCell } from './csv-cell.ts';
import { type CsvContents, type CsvRecord, readCsv } from './csv-read.ts';
import { type ImportColumn, type ImportDefinition, type ImportKind, recordsPerBatch } from './kinds.ts';

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

/** A page of the rows of a file. */
export interface ParsedPage {
  /** Names of its columns. */
  columns: readonly string[];
  rows: ImportRow[];
  errors: RowError[];
  /** Rows with errors of their own, as far as they can be read. */
  broken: ImportRow[];
}

/** Columns of a file of findings: they say what was wrong with a row, and nothing of what it is about. */
export const findingColumns = ['import_line', 'import_result', 'import_reason'] as const;

/**
 * Takes a file apart, page by page, and checks its header first. Rows with another number of cells are errors of their line.
 * Throws IMPORT_FILE and IMPORT_HEADER.
 */
export async function* parseImport(
  file: string,
  contents: CsvContents,
  definition: ImportDefinition,
): AsyncGenerator<ParsedPage> {
  let names: (string | null)[] | undefined;
  let page: ParsedPage = emptyPage([]);
  for await (const record of readCsv(file, contents)) {
    if (names === undefined) {
      names = columnsOf(file, record.cells, definition);
      page = emptyPage(names);
      continue;
    }
    addTo(page, record, names);
    if (page.rows.length + page.broken.length < recordsPerBatch) continue;
    yield page;
    page = emptyPage(names);
  }
  if (names === undefined) throw headerError({ file, kind: definition.kind }, 'there is no header');
  yield page;
}

function emptyPage(names: readonly (string | null)[]): ParsedPage {
  return { columns: names.filter((name) => name !== null), rows: [], errors: [], broken: [] };
}

function addTo(page: ParsedPage, { line, cells }: CsvRecord, names: readonly (string | null)[]): void {
  const isOfFindings = names.includes(null);
  const entries = names.flatMap((name, index): [string, string][] => {
    const cell = cells[index]?.trim() ?? '';
    return name === null ? [] : [[name, isOfFindings ? unguardedCell(cell) : cell]];
  });
  const row = { line, cells: Object.fromEntries(entries) };
  if (cells.length === names.length) page.rows.push(row);
  else {
    const reason = `the row has ${cells.length} cells, the header ${names.length}`;
    page.errors.push({ line, column: '', value: '', reason });
    page.broken.push(row);
  }
}

/** The columns that a header names; null for one that holds findings. */
function columnsOf(file: string, titles: readonly string[], definition: ImportDefinition): (string | null)[] {
  const { kind, columns } = definition;
  const refuse = (reason: string) => {
    throw headerError({ file, kind }, reason);
  };
  const names = titles.map((title) =>
    isFinding(title)
      ? null
      : (columnNamed(title, definition) ?? refuse(unknownText(columnName(title), columns))),
  );
  const repeated = names.find((name, index) => name !== null && names.indexOf(name) !== index);
  if (repeated !== undefined) refuse(`the column ${repeated} is there twice`);
  const missing = columns.filter((column) => column.required && !names.includes(column.name));
  if (missing.length > 0) refuse(`the header lacks ${missing.map(({ name }) => name).join(', ')}`);
  return names;
}

function isFinding(title: string): boolean {
  return (findingColumns as readonly string[]).includes(columnName(title));
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
