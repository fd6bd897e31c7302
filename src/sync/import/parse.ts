import { TierlinkError } from '../../errors.ts';
import { suggestion } from '../../model/closest.ts';
import { unguardedCell } from './csv-cell.ts';
import { type CsvContents, type CsvRecord, readCsv } from './csv-read.ts';
import { type DayOrder, dayColumns, isoDay } from './days.ts';
import {
  type ImportDefinition,
  type ImportKind,
  importDefinitions,
  importKinds,
  recordsPerBatch,
} from './kinds.ts';

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

/** What a title is of: a column of the kind, a finding, or nothing, where its cells have to be blank. */
type Title = { name: string } | 'finding' | 'none';

interface Header {
  titles: readonly Title[];
  /** Names of its columns. */
  columns: readonly string[];
  isOfFindings: boolean;
  /** How many cells a row has at least. */
  width: number;
}

export interface ParseOptions {
  definition: ImportDefinition;
  /** In which order days are written beside YYYY-MM-DD. (Default: they are not) */
  days?: DayOrder | undefined;
}

/**
 * Takes a file apart, page by page, and checks its header first. Days in the given order become YYYY-MM-DD. Rows with another
 * number of cells are errors of their line. Throws IMPORT_FILE and IMPORT_HEADER.
 */
export async function* parseImport(
  file: string,
  contents: CsvContents,
  { definition, days }: ParseOptions,
): AsyncGenerator<ParsedPage> {
  let header: Header | undefined;
  let page: ParsedPage = emptyPage([]);
  const dated = days === undefined ? new Set<string>() : dayColumns(definition);
  const cellOf = (name: string, cell: string) =>
    days !== undefined && dated.has(name) ? isoDay(cell, days) : cell;
  for await (const record of readCsv(file, contents)) {
    if (header === undefined) {
      header = headerOf(file, record.cells, definition);
      page = emptyPage(header.columns);
      continue;
    }
    addTo(page, record, { header, cellOf });
    if (page.rows.length + page.broken.length < recordsPerBatch) continue;
    yield page;
    page = emptyPage(header.columns);
  }
  if (header === undefined) throw headerError({ file, kind: definition.kind }, 'there is no header');
  yield page;
}

function emptyPage(columns: readonly string[]): ParsedPage {
  return { columns, rows: [], errors: [], broken: [] };
}

function addTo(
  page: ParsedPage,
  { line, cells }: CsvRecord,
  { header, cellOf }: { header: Header; cellOf(name: string, cell: string): string },
): void {
  const { titles, isOfFindings } = header;
  const entries = titles.flatMap((title, index): [string, string][] => {
    if (typeof title === 'string') return [];
    const cell = cells[index]?.trim() ?? '';
    return [[title.name, cellOf(title.name, isOfFindings ? unguardedCell(cell) : cell)]];
  });
  const row = { line, cells: Object.fromEntries(entries) };
  const reason = oddLength(cells, header);
  if (reason === undefined) page.rows.push(row);
  else {
    page.errors.push({ line, column: '', value: '', reason });
    page.broken.push(row);
  }
}

/** Cells that are too many count where something stands in them: spreadsheets write blank ones behind the last column. */
function oddLength(cells: readonly string[], { titles, width }: Header): string | undefined {
  if (cells.length < width)
    return `the row has ${cells.length} cells, the header ${titles.length}; a cell that is blank has its separator too`;
  const stray = cells.findIndex((cell, index) => (titles[index] ?? 'none') === 'none' && cell.trim() !== '');
  if (stray === -1) return undefined;
  if (stray < titles.length)
    return `"${cells[stray]!.trim()}" stands in column ${stray + 1}, which has no title`;
  return `the row has ${cells.length} cells, the header ${titles.length}; a cell with a separator in it stands in quotes ("1,5")`;
}

function headerOf(file: string, given: readonly string[], definition: ImportDefinition): Header {
  const { kind, columns } = definition;
  const refuse = (reason: string) => {
    throw headerError({ file, kind }, reason);
  };
  const titles = given.map((title): Title | null => titleOf(title, definition));
  const unknown = given.filter((_, index) => titles[index] === null);
  if (unknown.length > 0) refuse(unknownText(unknown, given, definition));
  const names = titles.flatMap((title) => (title === null || typeof title === 'string' ? [] : [title.name]));
  const repeated = names.find((name, index) => names.indexOf(name) !== index);
  if (repeated !== undefined) refuse(`the column ${repeated} is there twice`);
  const missing = columns.filter((column) => column.required && !names.includes(column.name));
  if (missing.length > 0) refuse(`the header lacks ${missing.map(({ name }) => name).join(', ')}`);
  return {
    titles: titles as Title[],
    columns: names,
    isOfFindings: titles.includes('finding'),
    width: titles.findLastIndex((title) => title !== 'none') + 1,
  };
}

/** null for a title of no column. */
function titleOf(title: string, definition: ImportDefinition): Title | null {
  if (title.trim() === '') return 'none';
  if ((findingColumns as readonly string[]).includes(columnName(title))) return 'finding';
  const name = columnNamed(title, definition);
  return name === undefined ? null : { name };
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

function unknownText(
  unknown: readonly string[],
  given: readonly string[],
  { kind, columns }: ImportDefinition,
): string {
  const known = columns.map(({ name }) => name);
  const names = unknown.map(columnName);
  const all = given.map(columnName).filter((name) => name !== '');
  const others = kindsOf(all);
  if (others.length > 0)
    return `its columns are those of ${others.join(' or ')}; give it to tierlink import ${others[0]}`;
  if (names.includes('crmids'))
    return `it is a file of tierlink export, whose columns are others; those of ${kind} are ${known.join(', ')}`;
  if (names.length === all.length)
    return `its first line has no title of a column of ${kind}, but "${given.join('", "')}"; the titles are ${known.join(', ')}, separated by commas, semicolons or tabs`;
  const rule = names.some((name) => name.includes('extra.'))
    ? ' (an attribute of your own is declared under "attributes" in the program first)'
    : '';
  const hints = names.map((name) => hintFor(name, known)).join('');
  const is = names.length === 1 ? 'is no column' : 'are no columns';
  return `there ${is} "${names.join('", "')}" among ${known.join(', ')}${rule}${hints}`;
}

/** The kinds that have all of these columns; the one that asks for most of them comes first. */
function kindsOf(names: readonly string[]): ImportKind[] {
  const fitting = importKinds.filter((kind) => {
    const { columns } = importDefinitions[kind];
    const isThere = columns.every(({ name, required }) => !required || names.includes(name));
    return isThere && names.every((name) => columns.some((column) => column.name === name));
  });
  const required = (kind: ImportKind) =>
    importDefinitions[kind].columns.filter((each) => each.required).length;
  return fitting.sort((one, other) => required(other) - required(one));
}

function hintFor(name: string, known: readonly string[]): string {
  const own = known.find((each) => each.toLowerCase().endsWith(`extra.${name}`));
  return own === undefined ? suggestion(name, known) : `; did you mean "${own}"?`;
}

function headerError(of: { file: string; kind: ImportKind }, reason: string): TierlinkError {
  return new TierlinkError('IMPORT_HEADER', { ...of, reason, line: 1 });
}
