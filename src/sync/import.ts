import { TierlinkError } from '../errors.ts';
import { type Clock, instantOf } from '../model/clock.ts';
import type { AttributeValue, EntityName } from '../model/entities.ts';
import { sameValue } from '../model/values.ts';
import type { Store, Tx } from '../store/store.ts';
import { markDirty } from './dirty.ts';
import { matchFacts } from './import-facts.ts';
import { type ImportDefinition, type ImportKind, importDefinitions } from './import-kinds.ts';
import { parseImport, type RowError, readText } from './import-parse.ts';
import { loadReferences } from './import-references.ts';
import { type ImportRecord, readRows } from './import-rows.ts';
import { markOutbox } from './outbox.ts';
import { loadRecords, type RecordRow, saveRecords } from './record-rows.ts';
import type { TransformContext } from './transform.ts';

export { type ImportKind, importDefinitions, importKinds } from './import-kinds.ts';
export type { RowError } from './import-parse.ts';

export interface ImportOptions {
  store: Store;
  clock: Clock;
  /** Zone that days stand in, and the currency of amounts that name none. */
  context: TransformContext;
  /** Who imports, for the audit. */
  author: string;
  /** What messages call the file. */
  file: string;
  /** Does all of it and keeps nothing. (Default: false) */
  dryRun?: boolean;
  /** Imports the good rows although others have errors. (Default: false) */
  skipInvalid?: boolean;
  runId?: string | null;
}

/** rows = created + updated + unchanged + invalid. */
export interface ImportReport {
  kind: ImportKind;
  file: string;
  rows: number;
  created: number;
  updated: number;
  unchanged: number;
  invalid: number;
  /** People added because a certificate named somebody new. */
  peopleAdded: number;
  errors: RowError[];
  isDryRun: boolean;
}

const recordsPerBatch = 2000;

/**
 * Imports a CSV file in one transaction: all of it, or nothing. The same file again changes nothing; a row with the same
 * key changes its record. Columns that the file does not have leave their attributes alone, blank cells clear them.
 * Throws IMPORT_FILE, IMPORT_HEADER, and IMPORT_ROWS that tells the errors and has every one in its data (unless
 * skipInvalid).
 */
export async function importFile(
  kind: ImportKind,
  contents: string | Uint8Array | AsyncIterable<Uint8Array | string>,
  options: ImportOptions,
): Promise<ImportReport> {
  const definition = importDefinitions[kind];
  const parsed = parseImport(options.file, await readText(options.file, contents), definition);
  const rows = parsed.rows.length + parsed.errors.length;
  const report: ImportReport = {
    kind,
    file: options.file,
    rows,
    created: 0,
    updated: 0,
    unchanged: 0,
    invalid: 0,
    peopleAdded: 0,
    errors: [],
    isDryRun: options.dryRun === true,
  };
  await inTransaction(options, async (tx) => {
    const references = await loadReferences(tx, parsed.rows);
    const read = readRows(parsed.rows, { definition, references, context: options.context });
    const { records, errors } =
      kind === 'facts' ? await matchFacts(tx, read.records) : { records: read.records, errors: [] };
    report.errors = [...parsed.errors, ...read.errors, ...errors].sort(
      (left, right) => left.line - right.line,
    );
    report.invalid = new Set(report.errors.map((error) => error.line)).size;
    report.unchanged = read.repeated;
    if (report.invalid > 0 && options.skipInvalid !== true) throw rowsError(report);
    await save(tx, { definition, records, options, report });
  });
  return report;
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

function errorLine({ line, column, reason }: RowError): string {
  return `  line ${line}${column === '' ? '' : `, ${column}`}: ${reason.replace(/\s+/g, ' ')}`;
}

/** Ends the transaction of a dry run. */
class NothingKept extends Error {}

async function inTransaction(options: ImportOptions, work: (tx: Tx) => Promise<void>): Promise<void> {
  try {
    await options.store.transaction(async (tx) => {
      await work(tx);
      if (options.dryRun === true) throw new NothingKept();
    });
  } catch (error) {
    if (!(error instanceof NothingKept)) throw error;
  }
}

interface Save {
  definition: ImportDefinition;
  records: readonly ImportRecord[];
  options: ImportOptions;
  report: ImportReport;
}

async function save(tx: Tx, from: Save): Promise<void> {
  const { definition, records, report } = from;
  const people = new Map<string, ImportRecord>();
  for (const { newPerson, line } of records) {
    if (newPerson === undefined) continue;
    people.set(newPerson.id, { ...newPerson, line, key: String(newPerson.values.email) });
  }
  const added = await saveAll(tx, from, {
    entity: 'person',
    object: 'people',
    records: [...people.values()],
  });
  report.peopleAdded = added.created;
  const saved = await saveAll(tx, from, { entity: definition.entity, object: definition.kind, records });
  report.created = saved.created;
  report.updated = saved.updated;
  report.unchanged += saved.unchanged;
}

interface Saved {
  created: number;
  updated: number;
  unchanged: number;
}

interface Part {
  entity: EntityName;
  /** Object of the links: the kind of the import. */
  object: string;
  records: readonly ImportRecord[];
}

async function saveAll(tx: Tx, from: Save, part: Part): Promise<Saved> {
  const saved: Saved = { created: 0, updated: 0, unchanged: 0 };
  for (let start = 0; start < part.records.length; start += recordsPerBatch) {
    const records = part.records.slice(start, start + recordsPerBatch);
    const batch = await saveBatch(tx, from, { ...part, records });
    for (const name of ['created', 'updated', 'unchanged'] as const) saved[name] += batch[name];
  }
  return saved;
}

async function saveBatch(tx: Tx, from: Save, part: Part): Promise<Saved> {
  const now = instantOf(from.options.clock.now());
  const { entity, records } = part;
  const known = await loadRecords(
    tx,
    entity,
    records.map((record) => record.id),
  );
  const created = records.filter((record) => !known.has(record.id));
  const changed = records.filter((record) => isChanged(known.get(record.id), record.values));
  const touched = [...created, ...changed].map((record) => record.id);
  await markDirty({ tx, now }, entity, touched);
  await saveRecords(tx, entity, {
    created: created.map((record) => rowOf(record, undefined, now)),
    changed: changed.map((record) => rowOf(record, known.get(record.id), now)),
    now,
  });
  await markDirty({ tx, now }, entity, touched);
  await saveLinks(tx, part, now);
  await note(tx, { part, touched, known, now, options: from.options });
  return {
    created: created.length,
    updated: changed.length,
    unchanged: records.length - created.length - changed.length,
  };
}

function isChanged(row: RecordRow | undefined, values: Readonly<Record<string, AttributeValue>>): boolean {
  if (row === undefined) return false;
  const differs = Object.entries(values).some(([name, value]) => !sameValue(row.values[name] ?? null, value));
  return differs || row.deletedAt !== null || !row.inScope;
}

function rowOf(record: ImportRecord, before: RecordRow | undefined, now: string): RecordRow {
  return {
    id: record.id,
    values: { ...before?.values, ...record.values },
    inScope: true,
    deletedAt: null,
    knownFrom: now,
    mergedInto: before?.mergedInto ?? null,
  };
}

async function saveLinks(tx: Tx, part: Part, now: string): Promise<void> {
  const rows = part.records.map(({ key, id }) => ({ key, id }));
  await tx.query(
    `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
     select 'import', $1, r.key, $2, r.id, 'live', $3::timestamptz, $3::timestamptz
     from jsonb_to_recordset($4::jsonb) as r(key text, id text)
     on conflict (connection, object, crm_id, entity) do update set state = 'live'
       where tierlink.link.state <> 'live'`,
    [part.object, part.entity, now, JSON.stringify(rows)],
  );
}

/** Marks what changed for the next push, and who changed it. */
async function note(
  tx: Tx,
  change: {
    part: Part;
    touched: readonly string[];
    known: ReadonlyMap<string, RecordRow>;
    now: string;
    options: ImportOptions;
  },
): Promise<void> {
  const { part, touched, known, now, options } = change;
  if (touched.length === 0) return;
  await markOutbox(tx, { entity: part.entity, recordIds: touched, now });
  const isTouched = new Set(touched);
  const rows = part.records
    .filter((record) => isTouched.has(record.id))
    .map((record) => ({
      id: record.id,
      key: record.key,
      before: known.get(record.id)?.values ?? null,
      after: record.values,
    }));
  await tx.query(
    `insert into tierlink.audit (at, run_id, connection, object, crm_id, entity, record_id, action, before, after, actor)
     select $1::timestamptz, $2, 'import', $3, r.key, $4, r.id, 'import', r.before, r.after, $5
     from jsonb_to_recordset($6::jsonb) as r(id text, key text, before jsonb, after jsonb)`,
    [now, options.runId ?? null, part.object, part.entity, options.author, JSON.stringify(rows)],
  );
}
