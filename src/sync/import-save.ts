import { instantOf } from '../model/clock.ts';
import type { EntityName } from '../model/entities.ts';
import { isMatchedEntity } from '../model/match-keys.ts';
import { filesAlias } from '../model/record-id.ts';
import { sameValue } from '../model/values.ts';
import type { Tx } from '../store/store.ts';
import { markDirty } from './dirty.ts';
import type { ImportOptions } from './import.ts';
import type { ImportDefinition } from './import-kinds.ts';
import type { BroughtRecord, ImportRecord } from './import-rows.ts';
import { makeMatchDue } from './match-due.ts';
import { markOutbox } from './outbox.ts';
import { loadRecords, type RecordRow, saveRecords } from './record-rows.ts';

const recordsPerBatch = 2000;

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

/** Keeps records of a file, and before them those that they bring along; each is told by its entity. */
export async function saveImport(
  saving: Saving,
  definition: ImportDefinition,
  records: readonly ImportRecord[],
): Promise<{ saved: Saved; added: ReadonlyMap<EntityName, number> }> {
  const brought = new Map<EntityName, Map<string, BroughtRecord>>();
  for (const each of records.flatMap(({ brings }) => brings)) {
    const known = brought.get(each.entity) ?? new Map<string, BroughtRecord>();
    brought.set(each.entity, known.set(each.id, each));
  }
  const added = new Map<EntityName, number>();
  for (const [entity, byId] of brought) {
    const [first] = byId.values();
    const { created } = await saveAll(saving, { entity, object: first!.object, records: [...byId.values()] });
    added.set(entity, created);
  }
  const saved = await saveAll(saving, { entity: definition.entity, object: definition.kind, records });
  return { saved, added };
}

interface Part {
  entity: EntityName;
  /** Object of the links: the kind of the import. */
  object: string;
  records: readonly Pick<ImportRecord, 'id' | 'key' | 'values'>[];
}

async function saveAll(saving: Saving, part: Part): Promise<Saved> {
  const saved: Saved = { created: 0, updated: 0, unchanged: 0 };
  for (let start = 0; start < part.records.length; start += recordsPerBatch) {
    const records = part.records.slice(start, start + recordsPerBatch);
    const batch = await saveBatch(saving, { ...part, records });
    for (const name of ['created', 'updated', 'unchanged'] as const) saved[name] += batch[name];
  }
  return saved;
}

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
  await markDirty({ tx, now }, entity, touched);
  await saveRecords(tx, entity, {
    created: created.map((record) => rowOf(record, undefined, now)),
    changed: changed.map((record) => rowOf(record, known.get(record.id), now)),
    now,
  });
  await markDirty({ tx, now }, entity, touched);
  await saveLinks(tx, part, now);
  if (isMatchedEntity(entity)) await makeMatchDue(tx, { entity, recordIds: touched, now });
  await note(saving, { part, touched, known, now });
  return {
    created: created.length,
    updated: changed.length,
    unchanged: records.length - created.length - changed.length,
  };
}

function isChanged(row: RecordRow | undefined, { values }: Pick<ImportRecord, 'values'>): boolean {
  if (row === undefined) return false;
  const differs = Object.entries(values).some(([name, value]) => !sameValue(row.values[name] ?? null, value));
  return differs || row.deletedAt !== null || !row.inScope;
}

function rowOf(
  { id, values }: Pick<ImportRecord, 'id' | 'values'>,
  before: RecordRow | undefined,
  now: string,
): RecordRow {
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

/** Marks what changed for the next push, and who changed it. */
async function note(
  { tx, options }: Saving,
  change: {
    part: Part;
    touched: readonly string[];
    known: ReadonlyMap<string, RecordRow>;
    now: string;
  },
): Promise<void> {
  const { part, touched, known, now } = change;
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
     select $1::timestamptz, $2, $7, $3, r.key, $4, r.id, 'import', r.before, r.after, $5
     from jsonb_to_recordset($6::jsonb) as r(id text, key text, before jsonb, after jsonb)`,
    [now, options.runId ?? null, part.object, part.entity, options.author, JSON.stringify(rows), filesAlias],
  );
}
