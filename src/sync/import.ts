import { TierlinkError } from '../errors.ts';
import type { Clock } from '../model/clock.ts';
import { isMatchedEntity } from '../model/match-keys.ts';
import { fileKeyOf } from '../model/record-id.ts';
import type { CustomTypes } from '../program/custom-attributes.ts';
import { despiteConflicts } from '../store/conflicts.ts';
import type { Store, Tx } from '../store/store.ts';
import { type FileFeed, forgetDelivery, noteDelivery } from './import-feeds.ts';
import { type ImportDefinition, type ImportKind, importDefinitions } from './import-kinds.ts';
import { withOwnAttributes } from './import-own-attributes.ts';
import { type ParsedFile, parseImport, type RowError, readText } from './import-parse.ts';
import { loadReferences } from './import-references.ts';
import { refuseRemoval, removeImported } from './import-remove.ts';
import { readRows, type Settled } from './import-rows.ts';
import { importRules, refuseCrmRecords } from './import-rules.ts';
import { saveImport } from './import-save.ts';
import { hasFileCompanies } from './match-sides.ts';
import { lockMerges } from './merges-lock.ts';
import type { TransformContext } from './transform.ts';

export { type ImportKind, importDefinitions, importKinds } from './import-kinds.ts';
export type { RowError } from './import-parse.ts';

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
  runId?: string | null;
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
  invalid: number;
  /** People added because a certificate named somebody new. */
  peopleAdded: number;
  /** Customers added because a deal named one that nobody knew. */
  customersAdded: number;
  /** Customers that files hold and of which a deal says something new. */
  customersChanged: number;
  errors: RowError[];
  /** Rows that were imported and count for nothing until another record comes: a reversal without its entry. */
  waiting: RowError[];
  /** Cells that changed nothing, because a CRM holds what they are about and says something else. */
  ignored: RowError[];
  /** Up to which day what files hold of this kind is complete now. */
  feeds: FileFeed[];
  isDryRun: boolean;
}

/**
 * Imports a CSV file in one transaction: all of it, or nothing. The same file again changes nothing; a row with the same
 * key changes its record; with `remove` the records that its rows mean are taken out of the program. Columns that the file
 * does not have leave their attributes alone, blank cells clear them. Throws USAGE for a kind that cannot be taken back,
 * IMPORT_FILE, IMPORT_HEADER, and IMPORT_ROWS that tells the errors and has every one in its data (unless skipInvalid).
 */
export async function importFile(
  kind: ImportKind,
  contents: string | Uint8Array | AsyncIterable<Uint8Array | string>,
  options: ImportOptions,
): Promise<ImportReport> {
  if (options.remove === true) refuseRemoval(kind);
  const text = await readText(options.file, contents);
  const definition = withOwnAttributes(importDefinitions[kind], options.attributes ?? {});
  const parsed = parseImport(options.file, text, definition);
  return await inTransaction(options, (tx) => importRows(tx, { definition, parsed, options }));
}

async function importRows(
  tx: Tx,
  {
    definition,
    parsed,
    options,
  }: { definition: ImportDefinition; parsed: ParsedFile; options: ImportOptions },
): Promise<ImportReport> {
  const { kind } = definition;
  const rules = importRules[kind];
  await lockReferences(tx, definition);
  const references = await loadReferences(tx, parsed.rows);
  const { context, partnerTypes = [], tiers = [] } = options;
  const read = readRows(parsed.rows, { definition, rules, references, context, partnerTypes, tiers });
  for (const { line, cells } of parsed.broken) read.failed.set(fileKeyOf(cells.id ?? ''), line);
  await refuseCrmRecords(tx, definition.entity, read);
  const settled: Settled = (await rules.settle?.(tx, read)) ?? { records: read.records, errors: [] };
  const errors = [...parsed.errors, ...read.errors, ...settled.errors].sort(
    (left, right) => left.line - right.line,
  );
  const report: ImportReport = {
    kind,
    file: options.file,
    rows: parsed.rows.length + parsed.errors.length,
    created: 0,
    updated: 0,
    removed: 0,
    unchanged: 0,
    invalid: new Set(errors.map((error) => error.line)).size,
    peopleAdded: 0,
    customersAdded: 0,
    customersChanged: 0,
    errors,
    waiting: [],
    ignored: [],
    feeds: [],
    isDryRun: options.dryRun === true,
  };
  if (report.invalid > 0 && options.skipInvalid !== true) throw rowsError(report);
  const delivery = {
    definition,
    records: settled.records,
    rows: parsed.rows,
    factKinds: options.factKinds ?? [],
    now: options.clock.now(),
    timeZone: context.timeZone,
    completeTo: options.completeTo,
    isPartial: report.invalid > 0,
  };
  if (options.remove === true) {
    const removed = await removeImported({ tx, options }, definition, settled.records);
    // What is left is as complete as it was, unless somebody says otherwise.
    const feeds = options.completeTo === undefined ? [] : await noteDelivery(tx, delivery);
    if (options.completeTo === undefined) await forgetDelivery(tx, delivery);
    return { ...report, removed, feeds, unchanged: report.rows - report.invalid - removed };
  }
  const { saved, brought } = await saveImport({ tx, options }, definition, settled.records);
  const feeds = await noteDelivery(tx, delivery);
  return {
    ...report,
    ...saved,
    waiting: (await rules.waiting?.(tx, settled.records)) ?? [],
    ignored: settled.ignored ?? [],
    feeds,
    unchanged: saved.unchanged + read.repeated,
    peopleAdded: brought.get('person')?.created ?? 0,
    customersAdded: brought.get('customer')?.created ?? 0,
    customersChanged: brought.get('customer')?.updated ?? 0,
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

/** How many errors the message tells; the data has them all. */
const toldErrors = 20;

function rowsError({ kind, file, invalid, errors }: ImportReport): TierlinkError {
  const rows = invalid === 1 ? '1 row' : `${invalid.toLocaleString('en-US')} rows`;
  const lines = errors.slice(0, toldErrors).map(errorLine);
  const left = errors.length - lines.length;
  if (left > 0) {
    const all = `tierlink import ${kind} "${file}" --skip-invalid --dry-run`;
    lines.push(`  ... ${left.toLocaleString('en-US')} more, all of them by: ${all}`);
  }
  const told = lines.join('\n');
  return new TierlinkError('IMPORT_ROWS', { kind, file, count: invalid, rows, told, errors });
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
