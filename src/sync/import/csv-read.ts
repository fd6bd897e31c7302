import { pipeline, Readable } from 'node:stream';
import { CsvError, type Options, parse as streamed } from 'csv-parse';
import { parse } from 'csv-parse/sync';
import { isTierlinkError, TierlinkError } from '../../errors.ts';

/** A file: its text or bytes, or, for one that need not fit into memory, what opens it anew each time. */
export type CsvContents = string | Uint8Array | (() => AsyncIterable<Uint8Array>);

/** A row of CSV: the line it begins in, and its cells. */
export interface CsvRecord {
  line: number;
  cells: string[];
}

/** The whole text of a file. Throws IMPORT_FILE when it is neither UTF-8 nor marked as UTF-16, or no text. */
export function readText(file: string, bytes: Uint8Array): string {
  refuseWorkbook(file, bytes);
  return checkedText(
    file,
    decoding(file, () => decoderOf(bytes).decode(bytes)),
  );
}

/** Takes CSV apart (RFC 4180; comma, semicolon or tab), blank rows left out. Throws IMPORT_FILE naming the row. */
export function parseCsv(file: string, text: string): CsvRecord[] {
  try {
    return parse(withoutSeparatorLine(text).replace(lineEnds, '\n'), optionsOf(text)) as never;
  } catch (cause) {
    throw csvError(file, cause);
  }
}

/**
 * The rows of a file as parseCsv gives them, read as they are asked for; only some of them are in memory. Throws IMPORT_FILE
 * when it is neither UTF-8 nor marked as UTF-16, no text or no CSV, once that place is reached.
 */
export async function* readCsv(file: string, contents: CsvContents): AsyncGenerator<CsvRecord> {
  const texts = textsOf(file, contents);
  const head = await firstLineOf(texts);
  const parser = streamed(optionsOf(head));
  // What goes wrong arrives with the rows.
  pipeline(Readable.from(onward(withoutSeparatorLine(head), texts)), parser, () => undefined);
  try {
    for await (const record of parser) yield record as CsvRecord;
  } catch (cause) {
    throw isTierlinkError(cause) ? cause : csvError(file, cause);
  }
}

/** Line ends of all systems; the parser counts one of two characters within quotes as two lines. */
const lineEnds = /\r\n?/g;

async function* textsOf(file: string, contents: CsvContents): AsyncGenerator<string> {
  if (typeof contents === 'string') yield checkedText(file, contents);
  else if (contents instanceof Uint8Array) yield readText(file, contents);
  else {
    let decoder: Decoder | undefined;
    for await (const piece of contents()) {
      if (decoder === undefined) refuseWorkbook(file, piece);
      decoder ??= decoderOf(piece);
      const known = decoder;
      yield checkedText(
        file,
        decoding(file, () => known.decode(piece, { stream: true })),
      );
    }
    decoding(file, () => decoder?.decode() ?? '');
  }
}

/** Up to the end of its first line that is not blank, and whatever was read with that. */
async function firstLineOf(texts: AsyncGenerator<string>): Promise<string> {
  let head = '';
  while (!/\S[^\r\n]*[\r\n]/.test(head)) {
    const next = await texts.next();
    if (next.done) break;
    head += next.value;
  }
  return head;
}

async function* onward(head: string, texts: AsyncGenerator<string>): AsyncGenerator<string> {
  let rest = head;
  for await (const text of texts) {
    // A line end may be cut in two.
    const isCut = rest.endsWith('\r');
    yield (isCut ? rest.slice(0, -1) : rest).replace(lineEnds, '\n');
    rest = isCut ? `\r${text}` : text;
  }
  yield rest.replace(lineEnds, '\n');
}

const maxRowCharacters = 1_000_000;

/** A first line by which spreadsheets are told what separates the cells. */
const separatorLine = /^\ufeff?"?sep=([,;\t])"?[,;\t ]*(?=[\r\n]|$)/i;

/** The line is left blank, so that the others keep their numbers. */
function withoutSeparatorLine(text: string): string {
  return text.replace(separatorLine, '');
}

function optionsOf(text: string): Options {
  const [first = ''] = text.trimStart().split(/[\r\n]/, 1);
  const bare = first.replace(/"[^"]*"/g, '');
  return {
    bom: true,
    delimiter: separatorLine.exec(text)?.[1] ?? [',', ';', '\t'].find((each) => bare.includes(each)) ?? ',',
    on_record: ((cells: string[], { lines }: { lines: number }): CsvRecord => ({
      line: firstLine(lines, cells),
      cells,
    })) as never,
    relax_column_count: true,
    skip_empty_lines: true,
    // Spreadsheets write rows that were emptied as separators alone.
    skip_records_with_empty_values: true,
    max_record_size: maxRowCharacters,
  };
}

/** The parser names the last line of a row; people look where it begins. */
function firstLine(last: number, cells: readonly string[]): number {
  return cells.reduce((line, cell) => line - (cell.split('\n').length - 1), last);
}

type Decoder = InstanceType<typeof TextDecoder>;

/** Spreadsheets save "Unicode Text" as UTF-16, with a mark of two bytes before it. */
function decoderOf([first, second]: Uint8Array): Decoder {
  const [isLittle, isBig] = [first === 0xff && second === 0xfe, first === 0xfe && second === 0xff];
  return new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8', { fatal: true });
}

function decoding(file: string, decode: () => string): string {
  try {
    return decode();
  } catch (cause) {
    throw notText(file, cause);
  }
}

/** UTF-16 without a mark looks like UTF-8 with zero characters, and no database keeps them. */
function checkedText(file: string, text: string): string {
  if (text.includes('\0') || /\p{Surrogate}/u.test(text)) throw notText(file);
  return text;
}

/** How files of spreadsheets begin that are no text: archives (xlsx, ods, numbers) and compound documents (xls). */
const workbookMarks: readonly (readonly number[])[] = [
  [0x50, 0x4b, 0x03, 0x04],
  [0xd0, 0xcf, 0x11, 0xe0],
];

function refuseWorkbook(file: string, piece: Uint8Array): void {
  if (!workbookMarks.some((mark) => mark.every((byte, index) => piece[index] === byte))) return;
  const reason = 'it is a workbook of a spreadsheet, not CSV';
  const remedy = 'Save its sheet as "CSV UTF-8" there and give that file.';
  throw new TierlinkError('IMPORT_FILE', { file, reason, remedy });
}

function notText(file: string, cause?: unknown): TierlinkError {
  const reason = 'it is not UTF-8 text';
  const remedy = 'Save it as UTF-8 (spreadsheets call that "CSV UTF-8") and run the command again.';
  return new TierlinkError('IMPORT_FILE', { file, reason, remedy }, { cause });
}

function csvError(file: string, cause: unknown): TierlinkError {
  const remedy = 'Correct it and run the command again.';
  return new TierlinkError('IMPORT_FILE', { file, reason: csvReason(cause), remedy }, { cause });
}

/** For a quote that is never closed the parser names the last line, where nothing is wrong. */
function csvReason(cause: unknown): string {
  if (!(cause instanceof CsvError)) return cause instanceof Error ? cause.message : String(cause);
  if (cause.code === 'CSV_QUOTE_NOT_CLOSED')
    return `a quote that opens in row ${Number(cause.records) + 1} (the header is row 1) is never closed`;
  if (!strayQuotes.has(cause.code)) return cause.message;
  return `line ${Number(cause.lines)} has a quote beside other text of its cell; a cell with quotes is written in quotes, and each of its own twice ("6"" disk")`;
}

const strayQuotes: ReadonlySet<string> = new Set(['INVALID_OPENING_QUOTE', 'CSV_INVALID_CLOSING_QUOTE']);
