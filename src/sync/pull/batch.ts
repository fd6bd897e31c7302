import { entities } from '../../model/entities.ts';
import { newRecordId } from '../../model/record-id.ts';
import type { Tx } from '../../store/store.ts';
import type { CrmRecord } from '../connector.ts';
import type { MappingPlan } from '../mapping/plan.ts';
import type { Reading } from '../mapping/transform.ts';
import { noteLinks } from '../records/feed.ts';
import { findLinks, type Link, type LinkPlace } from '../records/links.ts';
import type { Standing } from '../records/merge-shared.ts';
import { loadRecords, type RecordRow } from '../records/record-rows.ts';
import { identifyDescribed } from './described.ts';
import { arrivalKey, type Fate, type PullJob } from './job.ts';
import { findKeyed } from './keys.ts';
import { mergeItems } from './merge.ts';
import { type PreparedRecord, readRecord } from './prepare.ts';
import { forgetAfterMerge } from './references.ts';
import { findStandings } from './standing.ts';
import { type Outcome, storeOutcomes } from './store.ts';
import { findTroubles } from './troubles.ts';

/** The transaction of one page, for one mapping. */
export interface Batch {
  job: PullJob;
  plan: MappingPlan;
  tx: Tx;
  /** ISO instant from which what the page brings is known. */
  now: string;
  /** A full read is believed even where its stamp is older than what was seen. */
  full: boolean;
  /** Nothing of the mapping was linked when its read began, so that nothing has to be looked up. (Default: false) */
  isFirst?: boolean;
}

/** One record on its way through a batch. */
export interface Item {
  record: CrmRecord;
  link: Link | undefined;
  recordId: string;
  /** Our row before; absent for a new record and for records that the program makes. */
  row: RecordRow | undefined;
  /** The CRM record carries our id. */
  isKeyed: boolean;
  /** CRM id of the record that it describes, while that is not here. */
  waitsFor?: string;
  /** What links in other connections mean for it; absent where there are none. */
  standing?: Standing;
  /** When it was noted that the record is to be read again, ISO instant; absent when it was not. */
  takeoverSince?: string;
  hash: string;
  readings: Record<string, Reading>;
}

/** What became of the records of a batch. */
export interface BatchTally {
  created: number;
  updated: number;
  unchanged: number;
  held: number;
  invalid: number;
  /** Records that are not ours: made by others in an object that only the program fills. */
  other: number;
  restored: number;
  waiting: number;
  invalidValues: number;
  conflicts: number;
  drift: number;
  /** The same record by record. */
  fates: { crmId: string; fate: Fate; wasLive: boolean }[];
  /** Arrival keys of records that others may have waited for. */
  arrived: string[];
  /** Whether anything is held that could wait for them. */
  mayHeal: boolean;
  /** Whether records were merged into some that are only arriving now. */
  mayComplete: boolean;
}

export function placeOf(batch: Pick<Batch, 'job' | 'plan'>): LinkPlace {
  const { job, plan } = batch;
  return { connection: job.connection, object: plan.object, entity: plan.entity };
}

/**
 * Merges CRM records into the program model, inside the page's transaction. Repeats (same contents as last seen) and
 * readings older than what was seen change nothing. `force` takes records again that were read before.
 */
export async function applyRecords(
  batch: Batch,
  prepared: readonly PreparedRecord[],
  options: { force?: boolean } = {},
): Promise<BatchTally> {
  const tally = emptyTally();
  const known = await findTroubles(batch);
  forgetAfterMerge(batch, known.mergeMark);
  tally.mayHeal = known.held;
  tally.mayComplete = known.merged;
  const links = await linksOf(batch, prepared);
  const items: Item[] = [];
  for (const each of prepared) {
    const link = links.get(each.record.id);
    if (link?.state === 'broken') {
      countOne(tally, { record: each.record, link }, 'other');
      continue;
    }
    if (options.force !== true && isKnown(batch, each, link))
      countOne(tally, { record: each.record, link }, 'unchanged');
    else items.push(itemOf(batch, each, link));
  }
  await noteBack(batch, links);
  const owned = await identify(batch, items);
  const isOurs = new Set(owned);
  for (const item of items) if (!isOurs.has(item)) countOne(tally, item, 'other');
  const outcomes = await mergeItems(batch, owned);
  await storeOutcomes(batch, outcomes, known);
  for (const outcome of outcomes) count(batch, outcome, tally);
  return tally;
}

/** A record whose link a person broke is not ours, but it is in scope again, and the CRM counts it. */
async function noteBack(batch: Batch, links: ReadonlyMap<string, Link>): Promise<void> {
  const broken = [...links.values()].filter((link) => link.state === 'broken').map(({ crmId }) => crmId);
  if (broken.length === 0) return;
  const { connection, object, entity } = placeOf(batch);
  const back = await batch.tx.query(
    `update tierlink.link set left_scope_at = null where connection = $1 and object = $2 and entity = $3
       and crm_id = any($4::text[]) and state = 'broken' and left_scope_at is not null returning crm_id`,
    [connection, object, entity, broken],
  );
  if (back.length > 0) await noteLinks(batch.tx, { connection, object, entity });
}

/** What records would come to, by the id of the CRM. */
export interface Foreseen {
  links: ReadonlyMap<string, Link>;
  outcomes: ReadonlyMap<string, Outcome>;
}

/**
 * What merging CRM records would come to, also of those that are as they were last seen. Nothing of it is kept. Records
 * that are nobody's have no outcome.
 */
export async function foreseeRecords(batch: Batch, prepared: readonly PreparedRecord[]): Promise<Foreseen> {
  const ids = prepared.map(({ record }) => record.id);
  const links = await findLinks(batch.tx, placeOf(batch), ids);
  const ours = prepared.filter(({ record }) => links.get(record.id)?.state !== 'broken');
  const items = ours.map((each) => itemOf(batch, each, links.get(each.record.id)));
  const outcomes = await mergeItems(batch, await identify(batch, items));
  return { links, outcomes: new Map(outcomes.map((outcome) => [outcome.item.record.id, outcome])) };
}

/** A first read that meets a record twice after all fails on its key, and is done again carefully. */
async function linksOf(batch: Batch, prepared: readonly PreparedRecord[]): Promise<Map<string, Link>> {
  if (batch.isFirst === true && !batch.job.isCareful) return new Map();
  return await findLinks(
    batch.tx,
    placeOf(batch),
    prepared.map(({ record }) => record.id),
  );
}

function itemOf(batch: Batch, prepared: PreparedRecord, link: Link | undefined): Item {
  const { record, hash, readings } = prepared;
  return {
    record,
    hash,
    readings: readings ?? readRecord(batch.plan, record, batch.job.context),
    link,
    recordId: '',
    row: undefined,
    isKeyed: false,
  };
}

function emptyTally(): BatchTally {
  return {
    created: 0,
    updated: 0,
    unchanged: 0,
    held: 0,
    invalid: 0,
    other: 0,
    restored: 0,
    waiting: 0,
    invalidValues: 0,
    conflicts: 0,
    drift: 0,
    fates: [],
    arrived: [],
    mayHeal: false,
    mayComplete: false,
  };
}

function isKnown(batch: Batch, { record, hash }: PreparedRecord, link: Link | undefined): boolean {
  if (link?.state !== 'live') return false;
  if (link.seenHash === hash) return true;
  return !batch.full && link.seenAt !== null && record.modifiedAt < link.seenAt;
}

/** Finds out which of our records each item is, and loads those that exist. Returns the items that are ours. */
async function identify(batch: Batch, items: Item[]): Promise<Item[]> {
  const { entity, mapping } = batch.plan;
  if (mapping.of !== undefined) return await identifyDescribed(batch, items, mapping.of);
  const keyed = await findKeyed(batch, items);
  const owned: Item[] = [];
  for (const item of items) {
    const byKey = keyed.get(item.record.id);
    const linked = item.link === undefined || item.link.state === 'merged' ? byKey : item.link.recordId;
    if (linked === undefined && entities[entity].origin === 'program') continue;
    item.isKeyed = byKey !== undefined;
    item.recordId = linked ?? newRecordId(entity, batch.job.connection, batch.plan.object, item.record.id);
    owned.push(item);
  }
  if (entities[entity].origin === 'program') return owned;
  await findStandings(batch, owned);
  const known = owned.filter((item) => item.link !== undefined || item.isKeyed);
  const rows = await loadRecords(
    batch.tx,
    entity,
    known.map((item) => item.recordId),
  );
  for (const item of known) item.row = rows.get(item.recordId);
  return owned;
}

function count(batch: Batch, outcome: Outcome, tally: BatchTally): void {
  if (outcome.kind !== 'applied') {
    countOne(tally, outcome.item, outcome.kind);
    if (outcome.kind === 'held') tally.mayHeal = true;
    return;
  }
  countOne(tally, outcome.item, outcome.change);
  tally.waiting += outcome.waiting.length;
  if (outcome.waiting.length > 0) tally.mayHeal = true;
  tally.invalidValues += outcome.merge.complaints.length;
  for (const { kind } of outcome.merge.disagreements) tally[kind === 'conflict' ? 'conflicts' : 'drift'] += 1;
  const { link, record } = outcome.item;
  if (link?.state === 'live') return;
  if (link !== undefined) tally.restored += 1;
  tally.arrived.push(arrivalKey(batch.plan.entity, record.id));
}

function countOne(
  tally: BatchTally,
  { record, link }: Pick<Item, 'record' | 'link'>,
  fate: Exclude<Fate, 'outOfScope'>,
): void {
  tally[fate] += 1;
  tally.fates.push({ crmId: record.id, fate, wasLive: link?.state === 'live' });
}
