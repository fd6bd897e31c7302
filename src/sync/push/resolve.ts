import { instantOf } from '../../model/clock.ts';
import type { AttributeValue } from '../../model/entities.ts';
import { sameValue } from '../../model/values.ts';
import type { CrmRecord, ReadRequest } from '../connector.ts';
import type { AttributePlan } from '../mapping/plan.ts';
import { readAttribute } from '../mapping/transform.ts';
import { isNormalised } from '../records/base.ts';
import { refOf } from '../records/write-ref.ts';
import { type InFlight, type PushContext, type PushCounts, requireGoing } from './context.ts';
import { type Settled, type Settlement, settleWrites } from './settle.ts';

/** How many records are looked up in one read: a claim's worth, which the connector asks for in as few calls as it can. */
const readSize = 5_000;

/**
 * Finds out by reading what became of writes whose answer never came: a process died, or the line did. A record that
 * holds our values was written; one that holds what was there before is sent again; any other was changed by somebody
 * else, and the next pull decides about it. `unwritten`: what becomes of those that did not arrive; undefined leaves them
 * in flight, for a caller that sends them itself. (Default: they are due again)
 */
export async function resolveWrites(
  context: PushContext,
  rows: readonly InFlight[],
  unwritten: (row: InFlight) => Settlement | undefined = () => ({ kind: 'again' }),
): Promise<PushCounts[]> {
  const counts: PushCounts[] = [];
  for (let start = 0; start < rows.length; start += readSize) {
    requireGoing(context);
    const page = rows.slice(start, start + readSize);
    const found = await readBack(context, page, allFields(context));
    const settled = page.flatMap((row): Settled[] => {
      const judged = judge(context, row, found.get(refOf(row)));
      const result = judged.kind === 'again' ? unwritten(row) : judged;
      return result === undefined ? [] : [{ row, result }];
    });
    counts.push(await settleWrites(context, settled));
  }
  return counts;
}

/** Writes that the store says are under way: those of a process that has died. Some are not to be looked up yet. */
export async function rowsInFlight(context: PushContext): Promise<InFlight[]> {
  const { connection, plan } = context;
  const rows = await context.store.query<{
    record_id: string;
    crm_id: string | null;
    attributes: InFlight['attributes'];
    before: InFlight['before'];
    fields: InFlight['fields'];
    decision_id: string | null;
    restores: boolean;
    sent_for: InFlight['sentFor'];
    attempts: number;
    sent_at: string;
  }>(
    `select record_id, crm_id, attributes, before, fields, decision_id, restores, sent_for, attempts, sent_at from tierlink.pending_write
     where connection = $1 and object = $2 and entity = $3 and state = 'in_flight'
       and (not_before is null or not_before <= $4::timestamptz)
     order by record_id collate "C", ref collate "C"`,
    [connection, plan.object, plan.entity, instantOf(context.clock.now())],
  );
  return rows.map((row) => ({
    recordId: row.record_id,
    crmId: row.crm_id,
    attributes: row.attributes,
    before: row.before,
    fields: row.fields,
    decisionId: row.decision_id,
    restores: row.restores,
    sentFor: row.sent_for,
    attempts: row.attempts,
    sentAt: row.sent_at,
  }));
}

function allFields({ plan }: PushContext): string[] {
  const { key } = plan.mapping;
  return [...new Set([...plan.fields, ...(key === undefined ? [] : [key])])].sort();
}

/**
 * The records as the CRM holds them now, by the name of their write: found by the CRM's id, or by key where we meant to
 * create them.
 */
export async function readBack(
  context: PushContext,
  rows: readonly InFlight[],
  fields: readonly string[],
): Promise<Map<string, CrmRecord>> {
  const { plan } = context;
  const found = new Map<string, CrmRecord>();
  const updated = [...new Set(rows.flatMap(({ crmId }) => crmId ?? []))];
  for (const record of await readNamed(context, fields, { ids: updated })) found.set(record.id, record);
  const { key } = plan.mapping;
  const created = rows.filter((row) => row.crmId === null).map((row) => row.recordId);
  if (key === undefined) return found;
  for (const record of await readNamed(context, fields, { keys: { field: key, values: created } })) {
    found.set(String(record.fields[key]), record);
  }
  return found;
}

async function readNamed(
  context: PushContext,
  fields: readonly string[],
  named: Pick<ReadRequest, 'ids' | 'keys'>,
): Promise<CrmRecord[]> {
  const names = named.ids ?? named.keys?.values ?? [];
  if (names.length === 0) return [];
  const { plan, connector, signal } = context;
  const request: ReadRequest = { object: plan.object, fields, scope: { name: plan.name }, ...named };
  const records: CrmRecord[] = [];
  for await (const page of connector.read(signal === undefined ? request : { ...request, signal })) {
    records.push(...page.records);
  }
  return records;
}

/** What a reading of the record says about a write: taken, not (yet) taken, or overtaken by somebody's edit. */
export function judge(context: PushContext, row: InFlight, record: CrmRecord | undefined): Settlement {
  if (record === undefined) return unfound(row);
  const readings = context.plan.attributes
    .filter((plan) => row.attributes[plan.attribute] !== undefined)
    .map((plan) => ({ plan, theirs: theirValue(context, { plan, row, record }) }));
  if (readings.every((reading) => hasArrived(row, reading))) return asWritten(row, record, readings);
  const others = readings.filter((reading) => !hasArrived(row, reading));
  const areAsBefore = others.every((reading) => reading.theirs === undefined || isAsBefore(row, reading));
  return row.crmId === null || areAsBefore ? { kind: 'again' } : { kind: 'left' };
}

/**
 * Whether the CRM holds what the write asks for, in its own way of keeping it. What was there before it is no such way, even
 * where it looks like one: a text that the new one goes on from, or a figure that the new one rounds to.
 */
function hasArrived(row: InFlight, reading: Reading): boolean {
  const { plan, theirs } = reading;
  const ours = row.attributes[plan.attribute] ?? null;
  if (theirs === undefined) return false;
  return sameValue(theirs, ours) || (!isAsBefore(row, reading) && isNormalised(ours, theirs, plan.type));
}

function isAsBefore(row: InFlight, { plan, theirs }: Reading): boolean {
  return theirs !== undefined && sameValue(theirs, row.before[plan.attribute] ?? null);
}

/** What is created goes out again by its key, which the CRM has once at most. */
function unfound(row: InFlight): Settlement {
  return { kind: row.crmId === null ? 'again' : 'unseen' };
}

interface Reading {
  plan: AttributePlan;
  /** undefined: it cannot be read. */
  theirs: AttributeValue | undefined;
}

function asWritten(row: InFlight, record: CrmRecord, readings: readonly Reading[]): Settlement {
  return {
    kind: 'written',
    action: row.crmId === null ? 'created' : 'updated',
    crmId: record.id,
    readBack: Object.fromEntries(
      readings.map(({ plan, theirs }) => [plan.attribute, theirs ?? row.attributes[plan.attribute] ?? null]),
    ),
  };
}

/** What the CRM holds for an attribute, as ours; a reference counts as ours when it points to where we sent it. */
function theirValue(
  context: PushContext,
  { plan, row, record }: { plan: AttributePlan; row: InFlight; record: CrmRecord },
): AttributeValue | undefined {
  const reading = readAttribute(plan, record.fields, context.transform);
  if (reading.kind === 'value') return reading.value;
  if (reading.kind !== 'reference') return undefined;
  return reading.crmId === row.fields[plan.field] ? row.attributes[plan.attribute] : reading.crmId;
}
