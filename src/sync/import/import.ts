import { TierlinkError } from '../../errors.ts';
import type { Clock } from '../../model/clock.ts';
import { isMatchedEntity } from '../../model/match-keys.ts';
import { dayOf } from '../../program/civil-date.ts';
import type { CustomTypes } from '../../program/custom-attributes.ts';
import { despiteConflicts } from '../../store/conflicts.ts';
import type { Store, Tx } from '../../store/store.ts';
import type { TransformContext } from '../mapping/transform.ts';
import { hasFileCompanies } from '../match/sides.ts';
import { lockMerges } from '../records/merges-lock.ts';
import type { CsvContents } from './csv-read.ts';
import type { DayOrder } from './days.ts';
import { type Delivery, type FileFeed, forgetDelivery, noteDelivery, notingDays } from './feeds.ts';
import { type ImportDefinition, type ImportKind, importDefinitions } from './kinds.ts';
import { refuseLostZeros } from './lost-zeros.ts';
import { type DecimalMark, numberReading } from './numbers.ts';
import { withOwnAttributes } from './own-attributes.ts';
import type { RowError } from './parse.ts';
import { readStaged, stageFile } from './read.ts';
import { findAsked, refuseCrmRecords } from './references.ts';
import { refuseRemoval, removeImported } from './remove.ts';
import { importRules } from './rules.ts';
import { saveImport } from './save.ts';
import { type FoundRow, findingsOf, foundPages, openStaging, recordPages } from './staging.ts';

export { type DayOrder, dayOrders } from './days.ts';
export { type ImportKind, importDefinitions, importKinds } from './kinds.ts';
export { type DecimalMark, decimalMarks } from './numbers.ts';
export { findingColumns, type RowError } from './parse.ts';
export type { FoundRow } from './staging.ts';

export interface ImportOptions {
  store: Store;
  clock: Clock;
  /** Zone that days stand in, and the currency of amounts that name none. */
  context: TransformContext;
  /** Keys of the program's partner types. (Default: every word is taken for one) */
  partnerTypes?: readonly string[];
  /** What its tiers are called: keys, labels, names in the CRM. (Default: every word is taken for one) */
  tiers?: readonly string[];
  /** Kinds of facts that the program names: of these also a file without a sound row is told. (Default: none) */
  factKinds?: readonly string[];
  /** Attributes of one's own that the program declares, each of which a file may hold. (Default: none) */
  attributes?: CustomTypes;
  /** Who imports, for the audit. */
  author: string;
  /** What messages call the file. */
  file: string;
  /** Does all of it and keeps nothing. (Default: false) */
  dryRun?: boolean;
  /** Imports the good rows although others have errors. (Default: false) */
  skipInvalid?: boolean;
  /** Takes the records that the rows mean out of the program again. (Default: false) */
  remove?: boolean;
  /** The last day that the file holds, in the program's time zone. (Default: by what is in it) */
  completeTo?: string | undefined;
  /**
   * What its decimals come after, with thousands set apart or not. (Default: a point, and nothing between thousands; a number
   * that may be either is an error where the file does not show it)
   */
  decimals?: DecimalMark | undefined;
  /** In which order it writes days beside YYYY-MM-DD. (Default: others are errors) */
  days?: DayOrder | undefined;
  /**
   * Takes texts and ids as they stand, also those that look as if a spreadsheet had spoilt them: without zeros in front that
   * are known, #N/A, 1.2E+10. (Default: they are errors)
   */
  asWritten?: boolean | undefined;
  runId?: string | null;
  /**
   * Takes every row of which something is told, and the columns of the file, before the transaction ends, be it kept or not.
   * (Default: nobody does)
   */
  onFindings?: ((pages: AsyncGenerator<FoundRow[]>, columns: readonly string[]) => Promise<void>) | undefined;
}

/** rows = created + updated + removed + unchanged + invalid. */
export interface ImportReport {
  kind: ImportKind;
  file: string;
  rows: number;
  created: number;
  updated: number;
  removed: number;
  unchanged: number;
  /** Of those that are unchanged, rows that say exactly what an earlier row of the file says: they count once. */
  repeated: number;
  invalid: number;
  /** People added because a certificate named somebody new. */
  peopleAdded: number;
  /** Customers added because a deal named one that nobody knew. */
  customersAdded: number;
  /** Customers that files hold and of which a deal says something new. */
  customersChanged: number;
  /** What is wrong with rows; the first by line (listedFindings). */
  errors: RowError[];
  /** How much is wrong altogether. */
  errorCount: number;
  /** Rows that were imported and count for nothing until another record comes: a reversal without its entry. The first. */
  waiting: RowError[];
  waitingCount: number;
  /** Cells that changed nothing, because a CRM holds what they are about and says something else. The first. */
  ignored: RowError[];
  ignoredCount: number;
  /** Up to which day what files hold of this kind is complete now. */
  feeds: FileFeed[];
  isDryRun: boolean;
}

/** How many findings of each kind a report has in it. */
export const listedFindings = 1000;

/**
 * Imports a CSV file in one transaction: all of it, or nothing. The same file again changes nothing; a row with the same
 * key changes its record; with `remove` the records that its rows mean are taken out of the program. Columns that the file
 * does not have leave their attributes alone, blank cells clear them. The file is staged in the database, so that its size
 * does not matter. Throws USAGE for a kind that cannot be taken back, IMPORT_FILE, IMPORT_HEADER, and IMPORT_ROWS that tells
 * the errors and has the first of them in its data (unless skipInvalid).
 */
export async function importFile(
  kind: ImportKind,
  contents: CsvContents,
  options: ImportOptions,
): Promise<ImportReport> {
  if (options.remove === true) refuseRemoval(kind);
  const definition = withOwnAttributes(importDefinitions[kind], options.attributes ?? {});
  return await inTransaction(options, (tx) => importStaged(tx, { definition, contents, options }));
}

interface Import {
  definition: ImportDefinition;
  contents: CsvContents;
  options: ImportOptions;
}

async function importStaged(tx: Tx, { definition, contents, options }: Import): Promise<ImportReport> {
  const { kind, entity } = definition;
  const rules = importRules[kind];
  const { file, context, partnerTypes = [], tiers = [], days, asWritten = false } = options;
  await openStaging(tx);
  const { rows, columns, shown } = await stageFile(tx, { file, contents, definition, days });
  const numbers = numberReading(options.decimals, shown);
  await lockReferences(tx, definition);
  await findAsked(tx);
  const by = { definition, rules, context, partnerTypes, tiers, numbers, asWritten };
  const repeated = await readStaged(tx, by);
  await refuseCrmRecords(tx, entity);
  if (!asWritten) await refuseLostZeros(tx, definition);
  await rules.settle?.(tx);
  const { rows: invalid } = await findingsOf(tx, 'error', 0);
  const isRefused = invalid > 0 && options.skipInvalid !== true;
  const kept = isRefused ? nothingKept : await keep(tx, { definition, options, rows, invalid, repeated });
  await options.onFindings?.(foundPages(tx), columns);
  const report: ImportReport = {
    kind,
    file,
    rows,
    ...kept,
    invalid,
    ...(await listsOf(tx)),
    isDryRun: options.dryRun === true,
  };
  if (isRefused) throw rowsError(report, givenFlags(options));
  return report;
}

type Kept = Pick<
  ImportReport,
  | 'created'
  | 'updated'
  | 'removed'
  | 'unchanged'
  | 'repeated'
  | 'peopleAdded'
  | 'customersAdded'
  | 'customersChanged'
  | 'feeds'
>;

const nothingKept: Kept = {
  created: 0,
  updated: 0,
  removed: 0,
  unchanged: 0,
  repeated: 0,
  peopleAdded: 0,
  customersAdded: 0,
  customersChanged: 0,
  feeds: [],
};

/** Moves the records that stay from where they are staged to where they count. */
async function keep(
  tx: Tx,
  {
    definition,
    options,
    rows,
    invalid,
    repeated,
  }: Omit<Import, 'contents'> & { rows: number; invalid: number; repeated: number },
): Promise<Kept> {
  const rules = importRules[definition.kind];
  const { clock, context, completeTo, factKinds = [] } = options;
  const { timeZone } = context;
  const now = clock.now();
  const newest: Map<string, string | undefined> = new Map();
  const staged = rules.pages?.(tx) ?? recordPages(tx);
  const pages =
    definition.entity === 'fact' ? notingDays(staged, { newest, today: dayOf(now, timeZone) }) : staged;
  const delivery: Delivery = {
    definition,
    newest,
    factKinds,
    now,
    timeZone,
    completeTo,
    isPartial: invalid > 0,
  };
  if (options.remove === true) {
    const removed = await removeImported({ tx, options }, definition, pages);
    // What is left is as complete as it was, unless somebody says otherwise.
    const feeds = completeTo === undefined ? [] : await noteDelivery(tx, delivery);
    if (completeTo === undefined) await forgetDelivery(tx, delivery);
    return { ...nothingKept, removed, feeds, repeated, unchanged: rows - invalid - removed };
  }
  const { saved, brought } = await saveImport({ tx, options }, definition, pages);
  const feeds = await noteDelivery(tx, delivery);
  await rules.waiting?.(tx);
  return {
    ...nothingKept,
    ...saved,
    feeds,
    unchanged: saved.unchanged + repeated,
    repeated,
    peopleAdded: brought.get('person')?.created ?? 0,
    customersAdded: brought.get('customer')?.created ?? 0,
    customersChanged: brought.get('customer')?.updated ?? 0,
  };
}

/** What is told of the rows, the first of each kind, and of how many there is something to tell. */
async function listsOf(
  tx: Tx,
): Promise<
  Pick<ImportReport, 'errors' | 'errorCount' | 'waiting' | 'waitingCount' | 'ignored' | 'ignoredCount'>
> {
  const errors = await findingsOf(tx, 'error', listedFindings);
  const waiting = await findingsOf(tx, 'waiting', listedFindings);
  const ignored = await findingsOf(tx, 'ignored', listedFindings);
  return {
    errors: errors.first,
    errorCount: errors.findings,
    waiting: waiting.first,
    waitingCount: waiting.findings,
    ignored: ignored.first,
    ignoredCount: ignored.findings,
  };
}

/**
 * No record that rows refer to may be joined into another one meanwhile. The first companies of a project that come from a
 * file wait for the pages at work: those after them note what is to be matched with them.
 */
async function lockReferences(tx: Tx, { entity, columns }: ImportDefinition): Promise<void> {
  const bringsCompanies = isMatchedEntity(entity) || columns.some(({ name }) => name === 'customer');
  const isFirst = bringsCompanies && !(await hasFileCompanies(tx));
  await lockMerges(tx, isFirst ? 'alone' : 'shared');
}

/** How many errors the message tells; the data has more. */
const toldErrors = 20;

/** How commands say what was said of the file, each with a blank before it. */
export function givenFlags({
  decimals,
  days,
  asWritten,
}: Pick<ImportOptions, 'decimals' | 'days' | 'asWritten'>): string {
  return [decimals && ` --decimals ${decimals}`, days && ` --days ${days}`, asWritten && ' --as-written']
    .filter(Boolean)
    .join('');
}

function rowsError({ kind, file, invalid, errors, errorCount }: ImportReport, flags: string): TierlinkError {
  const rows = invalid === 1 ? '1 row' : `${invalid.toLocaleString('en-US')} rows`;
  const lines = errors.slice(0, toldErrors).map(errorLine);
  const left = errorCount - lines.length;
  if (left > 0) {
    const all = `tierlink import ${kind} "${file}"${flags} --dry-run --errors errors.csv`;
    lines.push(`  ... ${left.toLocaleString('en-US')} more, all of them by: ${all}`);
  }
  const told = lines.join('\n');
  return new TierlinkError('IMPORT_ROWS', { kind, file, flags, count: invalid, rows, told, errors });
}

/** A row error as messages tell it. */
export function errorLine({ line, column, reason }: RowError): string {
  return `  line ${line}${column === '' ? '' : `, ${column}`}: ${reason.replace(/\s+/g, ' ')}`;
}

/** Ends the transaction of a dry run. */
class NothingKept extends Error {
  readonly report: ImportReport;
  constructor(report: ImportReport) {
    super('nothing was kept');
    this.report = report;
  }
}

/** One transaction, begun again when it meets others. */
async function inTransaction(
  options: ImportOptions,
  work: (tx: Tx) => Promise<ImportReport>,
): Promise<ImportReport> {
  try {
    return await despiteConflicts(() =>
      options.store.transaction(async (tx) => {
        const report = await work(tx);
        if (options.dryRun === true) throw new NothingKept(report);
        return report;
      }),
    );
  } catch (error) {
    if (error instanceof NothingKept) return error.report;
    throw error;
  }
}
