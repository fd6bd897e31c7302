import { TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { writeAudit } from '../store/audit.ts';
import { isPaused, loadConnection } from '../sync/connections.ts';
import type { CrmRecord, CrmValue, WriteResult } from '../sync/connector.ts';
import type { Engine, PassConnection } from '../sync/engine.ts';
import type { Chosen } from './chosen.ts';
import { isSameValue, lookAtFields } from './fixes.ts';
import type { PlannedWrite } from './item.ts';
import type { Moved } from './stale.ts';

/** What became of the fixes of one connection, in records. */
export interface Fixed {
  updated: number;
  /** Hold the values already, and nobody needed to write them. */
  unchanged: number;
  /** Hold other values by now than were reviewed, or are gone, and were left alone. */
  left: number;
  /** Are still to be written, by the same plan. */
  waiting: number;
  refused: { crmId: string; name: string | null; code: string; message: string }[];
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
        if (why !== null) moved.push({ connection: connection.alias, object, record: crmId!, name, why });
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
  /** Whether an earlier run had begun: a value that is there already may be what it wrote. */
  resumed: boolean;
}

/** Records that are written before the audit says so. */
const pageSize = 200;

/**
 * Writes fixes to one connection. Each record is read right before: what holds the value already is not written again, what
 * holds neither that nor what was reviewed is left alone. The audit tells of each record once, however often this begins anew.
 */
export async function writeFixes(writing: FixWriting): Promise<Fixed> {
  const fixed: Fixed = { updated: 0, unchanged: 0, left: 0, waiting: 0, refused: [] };
  for (const [object, items] of byObject(writing.writes))
    for (let start = 0; start < items.length; start += pageSize)
      await writePage(writing, { object, items: items.slice(start, start + pageSize) }, fixed);
  return fixed;
}

interface FixPage {
  object: string;
  items: readonly PlannedWrite[];
}

async function writePage(writing: FixWriting, page: FixPage, fixed: Fixed): Promise<void> {
  const { engine, connection, resumed } = writing;
  const records = await currentOf(engine, connection, page);
  const done: PlannedWrite[] = [];
  const due: PlannedWrite[] = [];
  for (const item of page.items) {
    const record = records.get(item.crmId!);
    if (record !== undefined && holds(record, item, 'after')) {
      if (resumed) done.push(item);
      else fixed.unchanged += 1;
    } else if (record !== undefined && holds(record, item, 'either')) due.push(item);
    else fixed.left += 1;
  }
  const sent = await send(writing, { ...page, items: due }, fixed);
  fixed.updated += await auditFixes(writing, [...done, ...sent]);
}

function holds({ fields }: CrmRecord, { changes }: PlannedWrite, which: 'after' | 'either'): boolean {
  return changes.every(({ label, before, after }) => {
    const value = fields[label];
    const isBefore = which === 'either' && isSameValue(value, before as CrmValue);
    return isBefore || isSameValue(value, after as CrmValue);
  });
}

/** Returns what was written; counts the others. */
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
      fixed.refused.push({ crmId: item.crmId!, name: item.name, code, message });
      return false;
    }
    const outcome = outcomeOf(result);
    const isWritten =
      outcome === 'written' ||
      (outcome === 'unknown' && record !== undefined && holds(record, item, 'after'));
    if (!isWritten) fixed.waiting += 1;
    return isWritten;
  });
}

function outcomeOf(result: WriteResult | undefined): 'written' | 'unknown' | 'rejected' {
  if (result === undefined || result.outcome === 'unknown') return 'unknown';
  return result.outcome === 'rejected' ? 'rejected' : 'written';
}

/** Tells of what is not told of yet. Returns how many records that is. */
async function auditFixes(
  { engine, connection, planId, why, runId }: FixWriting,
  items: readonly PlannedWrite[],
): Promise<number> {
  if (items.length === 0) return 0;
  const { store, clock, actor } = engine;
  return await store.transaction(async (tx) => {
    // Two runs of one plan at once do not both tell of a record.
    await tx.query('select 1 from tierlink.plan where id = $1 for update', [planId]);
    const told = await tx.query<{ place: string }>(
      `select object || ' ' || crm_id as place from tierlink.audit
       where plan_id = $1 and action = 'fix' and connection = $2`,
      [planId, connection.alias],
    );
    const places = new Set(told.map(({ place }) => place));
    const fresh = items.filter(({ object, crmId }) => !places.has(`${object} ${crmId}`));
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
    return items.length;
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
  const found = new Map<string, PlannedWrite[]>();
  for (const item of items) found.set(item.object, [...(found.get(item.object) ?? []), item]);
  return found;
}
