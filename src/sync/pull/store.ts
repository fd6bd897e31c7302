import { setImmediate as immediate } from 'node:timers/promises';
import { type EntityName, entities } from '../../model/entities.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Tx } from '../../store/store.ts';
import { makeDue } from '../../tier/due.ts';
import type { CreditMapping } from '../mapping/schema.ts';
import { noteMatchDue } from '../match/due.ts';
import { lockMarks, markDirty } from '../records/dirty.ts';
import { noteLinks } from '../records/feed.ts';
import type { Complaint, MergeResult } from '../records/merge.ts';
import { createdOn } from '../records/months.ts';
import { type RecordRow, saveRecords } from '../records/record-rows.ts';
import { type Batch, type Item, placeOf } from './batch.ts';
import { reweighCredited, saveCredits } from './credits.ts';
import { replaceHolds } from './holds.ts';
import type { Values } from './job.ts';
import { settleOwnership } from './ownership.ts';
import { ownershipIn } from './standing.ts';
import { type KnownTroubles, replaceDifferences, replaceRejects } from './troubles.ts';

/** What a lookup of a deal says: the partner that it credits, null when it is blank or not known (yet). */
export interface CreditReading {
  credit: CreditMapping;
  crmId: string | null;
  partner: string | null;
}

/** A reference that is blank until its record arrives. */
export interface WaitingReference {
  attribute: string;
  crmId: string;
  entity: EntityName;
}

export interface AppliedOutcome {
  kind: 'applied';
  item: Item;
  change: 'created' | 'updated' | 'unchanged';
  values: Values;
  merge: MergeResult;
  credits: CreditReading[];
  waiting: WaitingReference[];
}

/**
 * applied: merged. held: waits as a whole for a record that it means nothing without. invalid: something that the program
 * cannot do without is missing or unusable; our record, if there is one, stays as it was.
 */
export type Outcome =
  | AppliedOutcome
  | { kind: 'held'; item: Item; waits: WaitingReference; complaints: Complaint[] }
  | { kind: 'invalid'; item: Item; complaints: Complaint[] };

/** Writes what a batch came to: rows and their versions, credits, links, holds, rejects, differences, marks. */
export async function storeOutcomes(
  batch: Batch,
  outcomes: readonly Outcome[],
  known: KnownTroubles,
): Promise<void> {
  if (outcomes.length === 0) return;
  const applied = outcomes.filter((outcome) => outcome.kind === 'applied');
  const changed = applied.filter((outcome) => outcome.change === 'updated');
  const created = applied.filter((outcome) => outcome.change === 'created');
  const idsOf = (list: readonly AppliedOutcome[]) => list.map((outcome) => outcome.item.recordId);
  if (changed.length > 0) await lockMarks(batch.tx);
  await markDirty(batch, batch.plan.entity, idsOf(changed));
  const complaints = await saveTogether(batch, { applied, changed, created });
  await noteLive(batch, applied);
  await noteMatchDue(batch, [...idsOf(created), ...idsOf(changed), ...idsOf(applied.filter(hasLinkMore))]);
  await reweighCredited(batch, applied);
  if (batch.plan.entity === 'partner')
    await makeDue(batch.tx, { partners: newlyLinked(applied), now: batch.now });
  // A deal leads to no other partners than its credits do, and those are marked with them.
  const moved = batch.plan.entity === 'deal' ? [] : [...created, ...redirected(batch.plan.entity, changed)];
  await markDirty(batch, batch.plan.entity, idsOf(moved));
  await replaceHolds(batch, outcomes, known);
  await replaceRejects(batch, outcomes, { extra: complaints, known });
  await replaceDifferences(batch, applied, known);
  await settleOwnership(batch, outcomes);
  await markToSend(batch, applied);
}

/** Those that point to other records than before; what else changes in a record leads to the same partners as ever. */
function redirected(entity: EntityName, changed: readonly AppliedOutcome[]): AppliedOutcome[] {
  const references = Object.entries(entities[entity].attributes).flatMap(([name, { type }]) =>
    type === 'ref' ? [name] : [],
  );
  return changed.filter(({ item: { row }, values }) =>
    references.some((name) => name in values && values[name] !== row?.values[name]),
  );
}

/** Whether the connection holds our record from now on, which it did not, or did no longer. */
function hasLinkMore({ item: { link, recordId } }: AppliedOutcome): boolean {
  return link?.state !== 'live' || link.recordId !== recordId;
}

/** Records of ours that a connection did not have before: it may own their tier. */
function newlyLinked(applied: readonly AppliedOutcome[]): string[] {
  return applied
    .filter(({ item, change }) => change !== 'created' && item.link?.recordId !== item.recordId)
    .map(({ item }) => item.recordId);
}

interface Sorted {
  applied: readonly AppliedOutcome[];
  changed: readonly AppliedOutcome[];
  created: readonly AppliedOutcome[];
}

/** Links, rows and credits do not read one another: while the statement of one runs, that of the next is put together. */
async function saveTogether(batch: Batch, sorted: Sorted): Promise<Map<string, Complaint[]>> {
  const lined = { ...batch, tx: oneAfterOther(batch.tx) };
  const links = quietly(saveLinks(lined, sorted.applied));
  await immediate();
  const rows = quietly(saveRows(lined, sorted));
  await immediate();
  const credits = quietly(saveCredits(lined, sorted.applied));
  try {
    const [complaints] = await Promise.all([credits, links, rows]);
    return complaints;
  } catch (error) {
    // No statement may still be on its way when the transaction is rolled back.
    await Promise.allSettled([credits, links, rows]);
    throw error;
  }
}

/** The same promise; its failure is met where it is awaited, which may be later. */
function quietly<T>(work: Promise<T>): Promise<T> {
  work.catch(() => undefined);
  return work;
}

/** Lets several at once ask: each statement waits for the one before, as the driver wants it. */
function oneAfterOther(tx: Tx): Tx {
  let last: Promise<unknown> = Promise.resolve();
  return {
    ...tx,
    query: <Row>(sql: string, parameters?: readonly unknown[]) => {
      const answer = last.then(() => tx.query<Row>(sql, parameters));
      last = answer.catch(() => undefined);
      return answer;
    },
  };
}

async function saveRows(batch: Batch, { created, changed }: Sorted): Promise<void> {
  if (entities[batch.plan.entity].origin !== 'crm') return;
  await saveRecords(batch.tx, batch.plan.entity, {
    created: created.map((outcome) => rowOf(batch, outcome)),
    changed: changed.map((outcome) => rowOf(batch, outcome)),
    now: batch.now,
    areNew: !batch.job.isCareful,
  });
}

function rowOf(batch: Batch, outcome: AppliedOutcome): RecordRow {
  const { item } = outcome;
  return {
    id: item.recordId,
    values: item.row === undefined ? outcome.values : { ...item.row.values, ...outcome.values },
    inScope: true,
    deletedAt: null,
    knownFrom: batch.now,
    mergedInto: null,
  };
}

async function saveLinks(batch: Batch, applied: readonly AppliedOutcome[]): Promise<void> {
  const isNew = (outcome: AppliedOutcome) => outcome.item.link === undefined && !batch.job.isCareful;
  await writeLinks(batch, applied.filter(isNew), '');
  await writeLinks(
    batch,
    applied.filter((outcome) => !isNew(outcome)),
    `on conflict (connection, object, crm_id, entity) do update set
       record_id = excluded.record_id, state = 'live', base = excluded.base, seen_at = excluded.seen_at,
       seen_hash = excluded.seen_hash, created_on = coalesce(excluded.created_on, tierlink.link.created_on),
       keyed = tierlink.link.keyed or excluded.keyed,
       carries = case when excluded.keyed then null else tierlink.link.carries end,
       changed_at = excluded.changed_at, left_scope_at = null, merged_into = null`,
  );
}

/** One that we made counts from its first reading on. */
async function noteLive(batch: Batch, applied: readonly AppliedOutcome[]): Promise<void> {
  const links = applied.map(({ item }) => item.link);
  const isNew = links.some((link) => link === undefined || link.state !== 'live' || link.seenAt === null);
  const merges = links.filter((link) => link?.state === 'merged').length;
  if (isNew) await noteLinks(batch.tx, { ...placeOf(batch), merges });
}

async function writeLinks(
  batch: Batch,
  outcomes: readonly AppliedOutcome[],
  onConflict: string,
): Promise<void> {
  if (outcomes.length === 0) return;
  const { connection, object, entity } = placeOf(batch);
  const rows = outcomes.map(({ item, merge }) => ({
    i: item.record.id,
    r: item.recordId,
    b: merge.base,
    s: item.record.modifiedAt,
    h: item.hash,
    k: item.isKeyed,
    c: createdOn(item.record),
  }));
  await batch.tx.query(
    `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, base, seen_at, seen_hash, keyed,
       created_on, linked_at, changed_at)
     select $1, $2, r.i, $3, r.r, 'live', r.b, r.s, r.h, r.k, r.c, $4::timestamptz, $4::timestamptz
     from jsonb_to_recordset($5::jsonb) as r(i text, r text, b jsonb, s timestamptz, h text, k boolean, c date)
     ${onConflict}`,
    [connection, object, entity, batch.now, JSON.stringify(rows)],
  );
}

/**
 * Marks records of which the CRM should get something, so that the next push compares them: ours is to be sent, or the
 * record has come back and may have missed what was decided meanwhile. One that people changed where we write may have
 * cost us a write of its other fields, whose answer was lost.
 */
async function markToSend(batch: Batch, applied: readonly AppliedOutcome[]): Promise<void> {
  const { entity, mapping, attributes } = batch.plan;
  const written = attributes.filter((plan) => plan.spec.direction !== 'in').map((plan) => plan.attribute);
  const elsewhere = ownershipIn(batch)?.writtenElsewhere(batch.job.connection, entity) ?? [];
  const told = [...written, ...elsewhere];
  if (told.length === 0) return;
  const ids = applied
    .filter(({ item, merge }) => {
      const isBack = item.isKeyed || (item.link !== undefined && item.link.state !== 'live');
      const isFirstMet =
        (mapping.of !== undefined || item.row !== undefined) && item.link?.recordId !== item.recordId;
      const isEdited = merge.disagreements.length > 0 || told.some((attribute) => attribute in merge.values);
      return isBack || isFirstMet || isEdited || merge.send.length > 0;
    })
    .map((outcome) => outcome.item.recordId);
  await markOutbox(batch.tx, { entity, recordIds: ids, now: batch.now });
}
