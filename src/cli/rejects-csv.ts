import type { App } from '../app.ts';
import { TierlinkError } from '../errors.ts';
import type { EntityName } from '../model/entities.ts';
import type { Fix } from '../plan/fixes.ts';
import { unguardedCell } from '../sync/import/csv-cell.ts';
import { type CsvRecord, parseCsv } from '../sync/import/csv-read.ts';
import { errorLine, type RowError } from '../sync/import/import.ts';
import { spoiledReason } from '../sync/import/spoiled.ts';
import { adviceOf, type RejectRow } from '../sync/push/rejects.ts';
import { recordAddress } from '../sync/records/record-address.ts';
import { recordNames } from '../sync/records/record-names.ts';
import { text } from './commands/rejects/rejects.messages.ts';
import { csvText } from './csv.ts';
import { formatMany } from './format.ts';
import { isSameCell } from './same-cell.ts';

/** Rejected records as a table for a spreadsheet, and the values that come back in it. */

const columns = [
  'ID',
  'CONNECTION',
  'OBJECT',
  'CRM_ID',
  'ADDRESS',
  'NAME',
  'FIELD',
  'VALUE',
  'NEW_VALUE',
  'CODE',
  'ERROR',
  'FIX',
  'WHOSE_JOB',
  'SINCE',
  'ATTEMPTS',
] as const;
type Column = (typeof columns)[number];

/** A row for each of them; NEW_VALUE is for who corrects the value. */
export async function rejectsCsv(app: App, rejects: readonly RejectRow[]): Promise<string> {
  const names = new Map<string, string>();
  for (const entity of new Set(rejects.map((row) => row.entity))) {
    const ids = rejects.flatMap((row) =>
      row.entity === entity && row.record_id !== '' ? [row.record_id] : [],
    );
    for (const [id, name] of await recordNames(app.store, entity as EntityName, ids)) names.set(id, name);
  }
  const rows = rejects.map((row) => {
    const { connection, object, crm_id: crmId } = row;
    const known = app.connections.find(({ alias }) => alias === connection);
    const advice = adviceOf(row);
    const cells: Record<Column, string> = {
      ...placeCells(row),
      ADDRESS: known === undefined || crmId === '' ? '' : (recordAddress(known, { object, crmId }) ?? ''),
      NAME: names.get(row.record_id) ?? '',
      NEW_VALUE: '',
      CODE: row.code,
      ERROR: row.message,
      FIX: advice.next,
      WHOSE_JOB: advice.owner,
      SINCE: row.first_at,
      ATTEMPTS: String(row.attempts),
    };
    return columns.map((column) => cells[column]);
  });
  return csvText([columns, ...rows]);
}

/** Cells that say which value is meant. */
const placeColumns = ['ID', 'CONNECTION', 'OBJECT', 'CRM_ID', 'FIELD', 'VALUE'] as const;

function placeCells(row: RejectRow): Record<(typeof placeColumns)[number], string> {
  const { payload } = row;
  return {
    ID: row.id,
    CONNECTION: row.connection,
    OBJECT: row.object,
    CRM_ID: row.crm_id,
    FIELD: typeof payload.field === 'string' ? payload.field : row.attribute,
    VALUE: payload.value === undefined || payload.value === null ? '' : String(payload.value),
  };
}

/** A value that was typed, and the line that it is in. */
export interface TypedFix extends Fix {
  line: number;
}

interface Table {
  file: string;
  text: string;
}

/**
 * What a table that was edited says: the rows with something under NEW_VALUE. Throws REJECTS_ROWS with every error by line:
 * columns that are none, cells other than NEW_VALUE that say which value is meant and were changed, rows of what is not
 * rejected any more, and a table in which nothing was corrected.
 */
export function fixesFrom(rejects: readonly RejectRow[], table: Table): TypedFix[] {
  const [header, ...records] = parseCsv(table.file, table.text);
  const titles = (header?.cells ?? []).map((title) =>
    columns.find(
      (each) =>
        each ===
        title
          .trim()
          .toUpperCase()
          .replace(/[\s-]+/g, '_'),
    ),
  );
  const errors = headerErrors(header, titles);
  const byId = new Map(rejects.map((row) => [row.id, row]));
  const seen = new Set<string>();
  const fixes: TypedFix[] = [];
  for (const record of errors.length > 0 ? [] : records) {
    const read = readRow(record, titles as Column[], { byId, seen });
    if (read === null) continue;
    if ('errors' in read) errors.push(...read.errors);
    else fixes.push(read);
  }
  if (errors.length === 0 && fixes.length === 0)
    errors.push({ line: 1, column: 'NEW_VALUE', value: '', reason: text.fix.nothing });
  if (errors.length > 0) throw rejectsRowsError(errors, table);
  return fixes;
}

function headerErrors(header: CsvRecord | undefined, titles: readonly (Column | undefined)[]): RowError[] {
  const error = (value: string, reason: string) => ({ line: 1, column: '', value, reason });
  const unknown = (header?.cells ?? []).flatMap((title, index) =>
    titles[index] === undefined ? [error(title, text.fix.unknownColumn(title, columns.join(', ')))] : [],
  );
  const repeated = titles.filter((title, index) => title !== undefined && titles.indexOf(title) !== index);
  return [
    ...unknown,
    ...repeated.map((title) => error(title!, text.fix.repeatedColumn(title!))),
    ...([...placeColumns, 'NEW_VALUE'] as const)
      .filter((title) => !titles.includes(title))
      .map((title) => error('', text.fix.lacksColumn(title))),
  ];
}

/** null for a row in which nothing was corrected, whatever a spreadsheet has made of the rest of it. */
function readRow(
  { line, cells }: CsvRecord,
  titles: readonly Column[],
  { byId, seen }: { byId: ReadonlyMap<string, RejectRow>; seen: Set<string> },
): TypedFix | { errors: RowError[] } | null {
  const fail = (column: string, value: string, reason: string) => ({
    errors: [{ line, column, value, reason }],
  });
  if (cells.length !== titles.length) return fail('', '', text.fix.otherLength(cells.length, titles.length));
  const given = Object.fromEntries(titles.map((title, index) => [title, cells[index]!.trim()])) as Record<
    Column,
    string
  >;
  const typed = unguardedCell(given.NEW_VALUE);
  if (typed === '') return null;
  const id = given.ID;
  const reject = byId.get(id);
  if (reject === undefined) return fail('ID', id, text.fix.unknownId(id));
  if (seen.has(id)) return fail('ID', id, text.fix.repeatedId(id));
  seen.add(id);
  const spoiled = spoiledReason(typed);
  if (spoiled !== undefined) return fail('NEW_VALUE', typed, spoiled);
  const own = placeCells(reject);
  // What somebody corrects is a value that was seen: another one may have come since that is cut short in the same way.
  const edited = placeColumns.filter(
    (column) => !isSameCell(own[column], given[column], { whole: column === 'VALUE' }),
  );
  if (edited.length === 0) return { reject, typed, line };
  return {
    errors: edited.map((column) => ({
      line,
      column,
      value: given[column],
      reason: column === 'VALUE' ? text.fix.staleValue(own.VALUE) : text.fix.edited(own[column]),
    })),
  };
}

/** How many errors the message tells; the data has them all. */
const toldErrors = 20;

export function rejectsRowsError(errors: readonly RowError[], { file }: Pick<Table, 'file'>): TierlinkError {
  const lines = errors.slice(0, toldErrors).map(errorLine);
  const more = errors.length - lines.length;
  const told = [...lines, ...(more > 0 ? [text.fix.more(more)] : [])].join('\n');
  const rows = formatMany(new Set(errors.map(({ line }) => line)).size, 'row');
  return new TierlinkError('REJECTS_ROWS', { file, rows, told, errors });
}
