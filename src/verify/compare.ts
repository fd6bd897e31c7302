import { instantOf } from '../model/clock.ts';
import type { Tx } from '../store/store.ts';
import type { MappingPlan } from '../sync/mapping/plan.ts';
import { type Batch, type Foreseen, foreseeRecords } from '../sync/pull/batch.ts';
import type { PullJob } from '../sync/pull/job.ts';
import { type PreparedRecord, prepareInTurns } from '../sync/pull/prepare.ts';
import type { AppliedOutcome, Outcome } from '../sync/pull/store.ts';
import { pairOf } from '../sync/records/base.ts';
import { createdOn } from '../sync/records/months.ts';
import { addRecord, type Checksum, emptyChecksum } from './checksum.ts';
import type { RecordFacts } from './classify.ts';
import type { Month } from './months.ts';
import type { MonthRange } from './ranges.ts';
import { rangeRequest, type Suspicion } from './read-again.ts';

export interface Compared {
  /** By month: the values as the CRM has them, and as they were read here. */
  sums: Map<Month, { theirs: Checksum; ours: Checksum }>;
  suspects: Map<string, Suspicion>;
  /** By month: records that were read and are nobody's here, though the CRM counts them. */
  unclaimed: Map<Month, number>;
}

/** Records that wait, are no good or were left out by a person, and the month in which they were made, by the CRM's id. */
export type Aside = ReadonlyMap<string, { kind: 'held' | 'invalid' | 'left_out'; month: Month }>;

const ofPlace = 'connection = $1 and object = $2 and entity = $3';
const monthSql = `coalesce(to_char(created_on, 'YYYY-MM'), '')`;

export async function asideOf(job: PullJob, { object, entity }: MappingPlan): Promise<Aside> {
  const rows = await job.store.query<{ crm_id: string; kind: 'held' | 'invalid' | 'left_out'; month: Month }>(
    `select crm_id, 'left_out' as kind, ${monthSql} as month from tierlink.link
       where ${ofPlace} and state = 'broken' and left_scope_at is null
     union all
     select crm_id, 'invalid', ${monthSql} from tierlink.reject where ${ofPlace} and direction = 'in'
     union all
     select crm_id, 'held', coalesce(substr(payload->'record'->>'createdAt', 1, 7), '') from tierlink.held
       where ${ofPlace} and whole_record`,
    [job.connection, object, entity],
  );
  return new Map(rows.map(({ crm_id: crmId, kind, month }) => [crmId, { kind, month }]));
}

/**
 * Reads the records that were made in a range of months, and compares each with what is here: the values with those of the
 * last reading, and what merging them would come to. Changes nothing. What is suspected may be on its way: see settle().
 */
export async function compareRange(
  job: PullJob,
  plan: MappingPlan,
  { range, aside }: { range: MonthRange; aside: Aside },
): Promise<Compared> {
  const compared: Compared = { sums: new Map(), suspects: new Map(), unclaimed: new Map() };
  const months = new Set(range.months);
  // Looked up before anything is read, so that what comes meanwhile is no suspect.
  const absent = await hereIn(job, plan, { range, aside });
  for await (const page of job.connector.read(rangeRequest(job, plan, range))) {
    for (const { id } of page.records) absent.delete(id);
    const own = page.records.filter((record) => months.has(monthOf(createdOn(record))));
    const { records } = await prepareInTurns(plan, own, { context: job.context });
    const foreseen = await foresee(job, plan, records);
    for (const each of records) {
      compareOne(compared, each, foreseen);
      const kept = aside.get(each.record.id);
      const outcome = foreseen.outcomes.get(each.record.id);
      if (outcome === undefined && kept === undefined) countUnclaimed(compared, each, foreseen);
      const isKept = outcome !== undefined && outcome.kind === kept?.kind;
      if (!isKept && !isAgreed(plan, each, foreseen)) compared.suspects.set(each.record.id, 'present');
    }
  }
  for (const crmId of absent) compared.suspects.set(crmId, 'absent');
  return compared;
}

export function monthOf(day: string | null): Month {
  return day === null ? '' : day.slice(0, 7);
}

/** What merging these readings would come to; a transaction that only reads. */
export async function foresee(
  job: PullJob,
  plan: MappingPlan,
  records: readonly PreparedRecord[],
): Promise<Foreseen> {
  const now = instantOf(job.clock.now());
  return await job.store.transaction(async (tx: Tx) => {
    const batch: Batch = { job, plan, tx, now, full: true };
    return await foreseeRecords(batch, records);
  });
}

/** What is not known from a reading (what we wrote and have not read back), or left out by a person, is in neither sum. */
function compareOne({ sums }: Compared, { record, hash }: PreparedRecord, { links }: Foreseen): void {
  const month = monthOf(createdOn(record));
  const sum = sums.get(month) ?? { theirs: emptyChecksum(), ours: emptyChecksum() };
  sums.set(month, sum);
  const link = links.get(record.id);
  if (link?.state === 'broken' || (link?.state === 'live' && link.seenHash === null)) return;
  addRecord(sum.theirs, record.id, hash);
  if (link?.state === 'live' && link.seenHash !== null) addRecord(sum.ours, record.id, link.seenHash);
}

function countUnclaimed({ unclaimed }: Compared, { record }: PreparedRecord, { links }: Foreseen): void {
  if (links.get(record.id)?.state === 'live') return;
  const month = monthOf(createdOn(record));
  unclaimed.set(month, (unclaimed.get(month) ?? 0) + 1);
}

function isAgreed(
  plan: MappingPlan,
  { record, hash }: PreparedRecord,
  { links, outcomes }: Foreseen,
): boolean {
  const link = links.get(record.id);
  const outcome = outcomes.get(record.id);
  // A record of an object that several mappings read, and that is nobody's by this one.
  if (outcome === undefined) return link?.state !== 'live';
  const isAsRead = link?.state === 'live' && (link.seenHash === hash || link.seenHash === null);
  return isAsRead && mergesAs(plan, outcome) === 'agrees';
}

/** What merging comes to: whether it would change ours, or else ours is not what the CRM should hold. */
export function mergesAs(plan: MappingPlan, outcome: Outcome): NonNullable<RecordFacts['merges']> {
  if (outcome.kind !== 'applied') return outcome.kind;
  if (outcome.change === 'created' || isBack(outcome) || changedIn(outcome).length > 0) return 'changes';
  return unsentIn(plan, outcome).length > 0 ? 'unsent' : 'agrees';
}

/** Attributes of which the two sides hold different values. Those of the program are what plans and pushes are about. */
export function differing(plan: MappingPlan, outcome: AppliedOutcome): string[] {
  return [...new Set([...changedIn(outcome), ...unsentIn(plan, outcome)])].sort();
}

/** Whether ours is a record that was out of scope, deleted or merged away, though its link is live. */
function isBack({ item: { row } }: AppliedOutcome): boolean {
  return row !== undefined && (!row.inScope || row.deletedAt !== null || row.mergedInto !== null);
}

/** A reference to a record that is not here, such as one whose link was lost, is that record's matter. */
function changedIn({ values, merge }: AppliedOutcome): string[] {
  const waiting = new Set(merge.waiting.map(({ attribute }) => attribute));
  return Object.keys(values).filter((attribute) => !waiting.has(attribute));
}

/** What both sides may change and had agreed on, and was changed here since. */
function unsentIn({ mapping }: MappingPlan, { merge, item }: AppliedOutcome): string[] {
  return merge.send.filter((attribute) => {
    const entry = item.link?.base[attribute];
    if (mapping.attributes[attribute]?.direction !== 'both' || entry === undefined) return false;
    const { ours, open } = pairOf(entry);
    return ours !== null && open !== true;
  });
}

/** The CRM's ids of records that are live here, or aside, and were made in the months. */
export async function hereIn(
  job: PullJob,
  plan: MappingPlan,
  { range, aside }: { range: MonthRange; aside: Aside },
): Promise<Set<string>> {
  const months = new Set(range.months);
  const kept = [...aside].filter(([, { month }]) => months.has(month)).map(([crmId]) => crmId);
  return new Set([...(await liveIn(job, plan, range)), ...kept]);
}

async function liveIn(job: PullJob, plan: MappingPlan, { created, months }: MonthRange): Promise<string[]> {
  const isUndated = months.length === 1 ? 'created_on is null' : 'true';
  const isMadeThen = created === undefined ? isUndated : 'created_on >= $4::date and created_on < $5::date';
  const span = created === undefined ? [] : [dayOf(created.from), dayOf(created.before)];
  const rows = await job.store.query<{ crm_id: string }>(
    `select crm_id from tierlink.link where ${ofPlace} and state = 'live' and ${isMadeThen}`,
    [job.connection, plan.object, plan.entity, ...span],
  );
  return rows.map((row) => row.crm_id);
}

function dayOf(instant: string): string {
  return instant.slice(0, 10);
}
