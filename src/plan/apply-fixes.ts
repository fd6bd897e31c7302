import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { writeAudit } from '../store/audit.ts';
import type { CrmRecord, CrmValue, WriteResult } from '../sync/connector.ts';
import type { Engine, PassConnection } from '../sync/engine.ts';
import { isPaused, loadConnection, requirePinned } from '../sync/records/connections.ts';
import type { Chosen } from './chosen.ts';
import { isSameValue, lookAtFields } from './fixes.ts';
import type { PlannedWrite } from './item.ts';
import type { Refused } from './outcome.ts';
import { type Moved, nobody } from './stale.ts';

/** What became of the fixes of one connection, in records. */
export interface Fixed {
  /** Hold the values now, whichever run of the plan wrote them. */
  updated: number;
  /** Hold other values by now than were reviewed, or are gone, and were left alone. */
  left: number;
  /** Are still to be written, by the same plan. */
  waiting: number;
  refused: Refused[];
}

/** Records of which a field does not hold any more what was reviewed, by a direct look. Throws PLAN_PARTIAL when paused. */
export async function movedFixes(
  engine: Engine,
  { reviewed }: Pick<Chosen, 'reviewed'>,
  connections: readonly PassConnection[],
): Promise<Moved[]> {
  const moved: Moved[] = [];
  for (const connection of connections) {
    if (isPaused(await loadConnection(engine.store.db, connection.alias)))
      throw new TierlinkError('PLAN_PARTIAL', { connection: connection.alias, reason: 'it is paused' });
    const own = (reviewed as PlannedWrite[]).filter((item) => item.connection === connection.alias);
    for (const [object, items] of byObject(own)) {
      const records = await currentOf(engine, connection, { object, items });
      for (const item of items) {
        const why = whyMoved(item, records.get(item.crmId!));
        const { crmId, name } = item;
        if (why === null) continue;
        moved.push({ connection: connection.alias, object, record: crmId!, name, why, ...nobody });
      }
    }
  }
  return moved;
}

function whyMoved({ changes }: PlannedWrite, record: CrmRecord | undefined): string | null {
  if (record === undefined) return 'it is gone';
  const isSame = changes.every(({ label, before }) => isSameValue(record.fields[label], before as CrmValue));
  return isSame ? null : 'it holds another value now';
}

export interface FixWriting {
  engine: Engine;
  connection: PassConnection;
  writes: readonly PlannedWrite[];
  planId: string;
  why: string | null;
  runId: string;
}

/** Records that are written before the audit says so. */
const pageSize = 200;

/** Of fixes of which none is written yet. */
export function newFixed(writes: readonly PlannedWrite[]): Fixed {
  return { updated: 0, left: 0, waiting: writes.length, refused: [] };
}

/**
 * Writes fixes to one connection, whose plan is noted as begun. Each record is read right before: what holds the value already
 * is not written again, what holds neither that nor what was reviewed is left alone. The audit tells of each record once,
 * however often and by how many runs this is begun. `fixed` is kept true as it goes, also for what an error cuts short. Does
 * nothing to a connection that is paused.
 */
export async function writeFixes(writing: FixWriting, fixed: Fixed): Promise<void> {
  const { engine, connection } = writing;
  const record = await loadConnection(engine.store.db, connection.alias);
  if (isPaused(record)) return;
  requirePinned(record);
  // An object that is two entities is written as one after the other: a call names each of its records once.
  for (const own of byEntity(writing.writes).values())
    for (const [object, items] of byObject(own)) await writeObject(writing, { object, items }, fixed);
}

async function writeObject(writing: FixWriting, { object, items }: FixPage, fixed: Fixed): Promise<void> {
  for (let start = 0; start < items.length; start += pageSize)
    await writePage(writing, { object, items: items.slice(start, start + pageSize) }, fixed);
}

interface FixPage {
  object: string;
  items: readonly PlannedWrite[];
}

async function writePage(writing: FixWriting, page: FixPage, fixed: Fixed): Promise<void> {
  const records = await currentOf(writing.engine, writing.connection, page);
  const placed = page.items.map((item) => ({ item, is: standingOf(item, records.get(item.crmId!)) }));
  const which = (standing: Standing) => placed.flatMap(({ item, is }) => (is === standing ? [item] : []));
  const left = which('other').length;
  fixed.left += left;
  fixed.waiting -= left;
  const sent = await send(writing, { ...page, items: which('reviewed') }, fixed);
  // A record was as reviewed when the plan was begun: what holds the new values by now has them from a run of the plan,
  // maybe from one at the same time that died before it told.
  const done = [...which('written'), ...sent];
  await auditFixes(writing, done);
  fixed.updated += done.length;
  fixed.waiting -= done.length;
}

type Standing = 'written' | 'reviewed' | 'other';

function standingOf(item: PlannedWrite, record: CrmRecord | undefined): Standing {
  if (record === undefined) return 'other';
  if (holds(record, item, 'after')) return 'written';
  return holds(record, item, 'either') ? 'reviewed' : 'other';
}

function holds({ fields }: CrmRecord, { changes }: PlannedWrite, which: 'after' | 'either'): boolean {
  return changes.every(({ label, before, after }) => {
    const value = fields[label];
    const isBefore = which === 'either' && isSameValue(value, before as CrmValue);
    return isBefore || isSameValue(value, after as CrmValue);
  });
}

/** Returns what was written; counts what was refused. */
async function send(writing: FixWriting, page: FixPage, fixed: Fixed): Promise<PlannedWrite[]> {
  const { engine, connection } = writing;
  const { object, items } = page;
  if (items.length === 0) return [];
  const mapping = connection.mappings().find((each) => each.object === object);
  const results = await connection.connector().write({
    ...{ object, operation: 'update' },
    rows: items.map(({ crmId, changes }) => ({
      ref: crmId!,
      id: crmId!,
      fields: Object.fromEntries(changes.map(({ label, after }) => [label, after as CrmValue])),
    })),
    manners: mapping?.manners ?? { assignmentRules: false, allowDuplicates: false },
    ...(engine.signal === undefined ? {} : { signal: engine.signal }),
  });
  const byRef = new Map(results.map((result) => [result.ref, result]));
  const unknown = items.filter(({ crmId }) => outcomeOf(byRef.get(crmId!)) === 'unknown');
  const seen =
    unknown.length === 0 ? new Map() : await currentOf(engine, connection, { object, items: unknown });
  return items.filter((item) => {
    const result = byRef.get(item.crmId!);
    const record: CrmRecord | undefined = seen.get(item.crmId!);
    if (result?.outcome === 'rejected' && result.retry === 'never') {
      const { code, message } = result;
      const { object, crmId, recordId, name } = item;
      fixed.refused.push({ object, crmId, recordId, name, code, message });
      fixed.waiting -= 1;
      return false;
    }
    const outcome = outcomeOf(result);
    return outcome === 'unknown' ? standingOf(item, record) === 'written' : outcome === 'written';
  });
}

function outcomeOf(result: WriteResult | undefined): 'written' | 'unknown' | 'rejected' {
  if (result === undefined || result.outcome === 'unknown') return 'unknown';
  return result.outcome === 'rejected' ? 'rejected' : 'written';
}

/** Tells of what is not told of yet. */
async function auditFixes(
  { engine, connection, planId, why, runId }: FixWriting,
  items: readonly PlannedWrite[],
): Promise<void> {
  if (items.length === 0) return;
  const { store, clock, actor } = engine;
  await store.transaction(async (tx) => {
    // Two runs of one plan at once do not both tell of a record.
    await tx.query('select 1 from tierlink.plan where id = $1 for update', [planId]);
    const told = await tx.query<{ place: string }>(
      `select object || ' ' || entity || ' ' || crm_id as place from tierlink.audit
       where plan_id = $1 and action = 'fix' and connection = $2`,
      [planId, connection.alias],
    );
    const places = new Set(told.map(({ place }) => place));
    const fresh = items.filter(({ object, entity, crmId }) => !places.has(`${object} ${entity} ${crmId}`));
    const at = instantOf(clock.now());
    const values = ({ changes }: PlannedWrite, which: 'before' | 'after') =>
      Object.fromEntries(changes.map((change) => [change.attribute, change[which]]));
    await writeAudit(
      tx,
      fresh.map((item) => ({
        ...{ at, runId, connection: item.connection, object: item.object, entity: item.entity },
        ...{ crmId: item.crmId, recordId: item.recordId, action: 'fix', actor, why, planId },
        before: values(item, 'before'),
        after: values(item, 'after'),
      })),
    );
  });
}

async function currentOf(
  { signal }: Engine,
  connection: PassConnection,
  { object, items }: FixPage,
): Promise<Map<string, CrmRecord>> {
  const crmIds = items.map(({ crmId }) => crmId!);
  const fields = items.flatMap(({ changes }) => changes.map(({ label }) => label));
  return await lookAtFields(connection, { object, crmIds, fields }, signal);
}

function byObject(items: readonly PlannedWrite[]): Map<string, PlannedWrite[]> {
  return groupedBy(items, ({ object }) => object);
}

function byEntity(items: readonly PlannedWrite[]): Map<string, PlannedWrite[]> {
  return groupedBy(items, ({ entity }) => entity);
}

function groupedBy(
  items: readonly PlannedWrite[],
  nameOf: (item: PlannedWrite) => string,
): Map<string, PlannedWrite[]> {
  const found = new Map<string, PlannedWrite[]>();
  for (const item of items) found.set(nameOf(item), [...(found.get(nameOf(item)) ?? []), item]);
  return found;
}
