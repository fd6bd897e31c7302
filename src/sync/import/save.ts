import { instantOf } from '../../model/clock.ts';
import type { AttributeValue, EntityName } from '../../model/entities.ts';
import { filesAlias } from '../../model/record-id.ts';
import { sameValue } from '../../model/values.ts';
import { writeAudit } from '../../store/audit.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Tx } from '../../store/store.ts';
import { makeMatchDue } from '../match/due.ts';
import { markDirty } from '../records/dirty.ts';
import { loadRecords, type RecordRow, saveRecords } from '../records/record-rows.ts';
import { saveCreditChanges } from './credits.ts';
import type { ImportOptions } from './import.ts';
import type { ImportDefinition } from './kinds.ts';
import type { BroughtRecord, CreditChange, ImportRecord } from './rows.ts';
import { broughtPages } from './staging.ts';

/** What became of rows. */
export interface Saved {
  created: number;
  updated: number;
  unchanged: number;
}

/** The transaction of an import, and who imports. */
export interface Saving {
  tx: Tx;
  options: Pick<ImportOptions, 'author' | 'clock' | 'runId'>;
}

/** Keeps the staged records of a file, and before them those that they bring along; these are told by entity. */
export async function saveImport(
  saving: Saving,
  definition: ImportDefinition,
  pages: AsyncGenerator<ImportRecord[]>,
): Promise<{ saved: Saved; brought: ReadonlyMap<EntityName, Saved> }> {
  const brought = new Map<EntityName, Saved>();
  for await (const records of broughtPages(saving.tx)) {
    const [{ entity, object }] = records as [BroughtRecord];
    const saved = brought.get(entity) ?? noneSaved();
    add(saved, await saveBatch(saving, { entity, object, records }));
    brought.set(entity, saved);
  }
  const saved = noneSaved();
  for await (const records of pages)
    add(saved, await saveBatch(saving, { entity: definition.entity, object: definition.kind, records }));
  return { saved, brought };
}

function noneSaved(): Saved {
  return { created: 0, updated: 0, unchanged: 0 };
}

function add(to: Saved, batch: Saved): void {
  for (const name of ['created', 'updated', 'unchanged'] as const) to[name] += batch[name];
}

interface Part {
  entity: EntityName;
  /** Object of the links: the kind of the import. */
  object: string;
  records: readonly SavedRecord[];
}

type SavedRecord = BroughtRecord | ImportRecord;

async function saveBatch(saving: Saving, part: Part): Promise<Saved> {
  const { tx, options } = saving;
  const now = instantOf(options.clock.now());
  const { entity, records } = part;
  const known = await loadRecords(
    tx,
    entity,
    records.map((record) => record.id),
  );
  const created = records.filter((record) => !known.has(record.id));
  const changed = records.filter((record) => isChanged(known.get(record.id), record));
  const touched = [...created, ...changed].map((record) => record.id);
  const credits = records.flatMap((record) => creditsOf(record));
  await markDirty({ tx, now }, entity, touched);
  await saveRecords(tx, entity, {
    created: created.map((record) => rowOf(record, undefined, now)),
    changed: changed.map((record) => rowOf(record, known.get(record.id), now)),
    now,
  });
  await saveCreditChanges({ tx, now }, credits);
  await markDirty({ tx, now }, entity, touched);
  await saveLinks(tx, part, now);
  await makeMatchDue(tx, { entity, recordIds: touched, now });
  const of = { action: 'import', object: part.object, now } as const;
  await noteChanges(saving, { ...of, entity, changes: changesOf([...created, ...changed], known) });
  await noteChanges(saving, { ...of, entity: 'credit', changes: credits.map(changeOf) });
  const isTouched = new Set(touched);
  const updated = records.filter(
    (record) => known.has(record.id) && (isTouched.has(record.id) || creditsOf(record).length > 0),
  );
  return {
    created: rowsOf(created),
    updated: rowsOf(updated),
    unchanged: rowsOf(records) - rowsOf(created) - rowsOf(updated),
  };
}

function creditsOf(record: SavedRecord): readonly CreditChange[] {
  return 'credits' in record ? record.credits : [];
}

function rowsOf(records: readonly SavedRecord[]): number {
  return records.reduce((sum, record) => sum + ('rows' in record ? record.rows : 1), 0);
}

function isChanged(row: RecordRow | undefined, { values }: SavedRecord): boolean {
  if (row === undefined) return false;
  const differs = Object.entries(values).some(([name, value]) => !sameValue(row.values[name] ?? null, value));
  return differs || row.deletedAt !== null || !row.inScope;
}

function rowOf({ id, values }: SavedRecord, before: RecordRow | undefined, now: string): RecordRow {
  return {
    id,
    values: { ...before?.values, ...values },
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
     select $5, $1, r.key, $2, r.id, 'live', $3::timestamptz, $3::timestamptz
     from jsonb_to_recordset($4::jsonb) as r(key text, id text)
     on conflict (connection, object, crm_id, entity) do update set state = 'live'
       where tierlink.link.state <> 'live'`,
    [part.object, part.entity, now, JSON.stringify(rows), filesAlias],
  );
}

/** What becomes of a record, for the audit. */
interface Change {
  id: string;
  key: string;
  before: Record<string, AttributeValue> | null;
  /** null: it ends. */
  after: Record<string, AttributeValue> | null;
}

function changesOf(records: readonly SavedRecord[], known: ReadonlyMap<string, RecordRow>): Change[] {
  return records.map(({ id, key, values }) => ({
    id,
    key,
    before: known.get(id)?.values ?? null,
    after: values,
  }));
}

function changeOf({ id, key, values, before, isEnded }: CreditChange): Change {
  return { id, key, before: before?.values ?? null, after: isEnded ? null : values };
}

/** Marks what changed for the next push, and who changed it. */
export async function noteChanges(
  { tx, options }: Saving,
  of: {
    action: 'import' | 'remove';
    entity: EntityName;
    object: string;
    changes: readonly Change[];
    now: string;
  },
): Promise<void> {
  const { action, entity, object, changes, now } = of;
  if (changes.length === 0) return;
  await markOutbox(tx, { entity, recordIds: changes.map(({ id }) => id), now });
  const { runId, author: actor } = options;
  const same = { at: now, runId, connection: filesAlias, object, entity, action, actor };
  await writeAudit(
    tx,
    changes.map(({ id, key, before, after }) => ({ ...same, crmId: key, recordId: id, before, after })),
  );
}
