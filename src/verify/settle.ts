import type { MismatchCause } from '../model/mismatch-causes.ts';
import type { Reads } from '../sync/connector-manifest.ts';
import type { MappingPlan } from '../sync/mapping/plan.ts';
import type { Foreseen } from '../sync/pull/batch.ts';
import type { PullJob } from '../sync/pull/job.ts';
import { type PreparedRecord, prepareRecords } from '../sync/pull/prepare.ts';
import type { Link } from '../sync/records/links.ts';
import { findLinks } from '../sync/records/links.ts';
import { createdOn } from '../sync/records/months.ts';
import { loadRecords } from '../sync/records/record-rows.ts';
import { causeOf, type RecordFacts } from './classify.ts';
import { type Aside, differing, foresee, mergesAs, monthOf } from './compare.ts';
import type { Month } from './months.ts';
import { readAgain, type SeenAgain, type SuspectGroup } from './read-again.ts';

/** A record that is not here as the CRM has it. */
export interface Mismatch {
  crmId: string;
  cause: MismatchCause;
  /** False while it may have been on its way: the next verification tells. */
  settled: boolean;
  month: Month;
  recordId: string | null;
  /** Of which the values differ, as far as that is known. */
  attributes: string[];
  /** When it was met first, ISO instant of the CRM. */
  since: string;
}

export interface Suspects {
  groups: readonly SuspectGroup[];
  /** When they were met, ISO instant of the CRM. */
  metAt: string;
  /** Up to which instant of the CRM everything is known here by now. */
  completeTo: string;
  /** What was found before. */
  before: ReadonlyMap<string, Mismatch>;
  aside: Aside;
  /** Whether anything of ours goes to the CRM by itself. */
  writesBack: boolean;
  /** What reading takes in the CRM. */
  reads: Reads;
}

/**
 * Looks directly for what was suspected, after the changes since then were read, and names the cause of what is still not
 * here as the CRM has it.
 */
export async function settle(job: PullJob, plan: MappingPlan, of: Suspects): Promise<Mismatch[]> {
  const found: Mismatch[] = [];
  for (const group of of.groups)
    for await (const seen of readAgain(job, plan, { group, reads: of.reads }))
      found.push(...(await settleSome(job, plan, { ...of, group, seen })));
  return found;
}

type Some = Suspects & { group: SuspectGroup; seen: SeenAgain };

async function settleSome(job: PullJob, plan: MappingPlan, some: Some): Promise<Mismatch[]> {
  const looked = await lookAt(job, plan, some.seen);
  await noteCreated(job, plan, looked);
  const facts = await gatherFacts(job, plan, { some, looked });
  return facts.flatMap(({ crmId, month, recordId, attributes, ...each }) => {
    const cause = causeOf(each);
    if (cause === null) return [];
    const before = some.before.get(crmId);
    const since = before?.since ?? some.metAt;
    const isSeenTwice = some.group.suspects.get(crmId) === 'absent' || before?.cause === cause;
    const settled = isSettled(cause, { ...each, plan, since, completeTo: some.completeTo, isSeenTwice });
    return [{ crmId, cause, settled, month, recordId, attributes, since }];
  });
}

interface LookedAt {
  prepared: ReadonlyMap<string, PreparedRecord>;
  foreseen: Foreseen;
  links: ReadonlyMap<string, Link & { createdOn: string | null }>;
}

async function lookAt(job: PullJob, plan: MappingPlan, { ids, records }: SeenAgain): Promise<LookedAt> {
  const { records: prepared } = prepareRecords(plan, records, { context: job.context });
  return {
    prepared: new Map(prepared.map((each) => [each.record.id, each])),
    foreseen: await foresee(job, plan, prepared),
    links: await datedLinks(job, plan, ids),
  };
}

async function datedLinks(
  job: PullJob,
  plan: MappingPlan,
  ids: readonly string[],
): Promise<LookedAt['links']> {
  const { connection } = job;
  const { object, entity } = plan;
  const links = await findLinks(job.store, { connection, object, entity }, ids);
  const rows = await job.store.query<{ crm_id: string; created_on: string | null }>(
    `select crm_id, created_on from tierlink.link
     where connection = $1 and object = $2 and entity = $3 and crm_id = any($4::text[])`,
    [connection, object, entity, [...ids]],
  );
  return new Map(
    rows.flatMap(({ crm_id: crmId, created_on: day }) => {
      const link = links.get(crmId);
      return link === undefined ? [] : [[crmId, { ...link, createdOn: day }] as const];
    }),
  );
}

/** Links of records that we made do not know their day before they are read back. */
async function noteCreated(job: PullJob, plan: MappingPlan, { prepared, links }: LookedAt): Promise<void> {
  const rows = [...prepared.values()].flatMap(({ record }) => {
    const link = links.get(record.id);
    return link?.state === 'live' && link.createdOn === null ? [{ i: record.id, c: createdOn(record) }] : [];
  });
  if (rows.length === 0) return;
  await job.store.query(
    `update tierlink.link l set created_on = r.c from jsonb_to_recordset($4::jsonb) as r(i text, c date)
     where l.connection = $1 and l.object = $2 and l.entity = $3 and l.crm_id = r.i`,
    [job.connection, plan.object, plan.entity, JSON.stringify(rows)],
  );
}

type Gathered = RecordFacts & Pick<Mismatch, 'crmId' | 'month' | 'recordId' | 'attributes'>;

async function gatherFacts(
  job: PullJob,
  plan: MappingPlan,
  { some, looked }: { some: Some; looked: LookedAt },
): Promise<Gathered[]> {
  const { prepared, foreseen, links } = looked;
  const { ids, outside } = some.seen;
  const recordIds = [...foreseen.outcomes.values()].map(({ item }) => item.recordId);
  const waiting = some.writesBack ? await waitingOf(job, plan, recordIds) : new Set<string>();
  const there =
    plan.mapping.of === undefined ? await loadRecords(job.store, plan.entity, recordIds) : new Map();
  const twice = await twiceOf(job, plan, recordIds);
  return ids.map((crmId) => {
    const each = prepared.get(crmId);
    const link = foreseen.links.get(crmId) ?? links.get(crmId);
    const outcome = foreseen.outcomes.get(crmId);
    const recordId = outcome?.item.recordId ?? link?.recordId ?? null;
    const aside = some.aside.get(crmId);
    return {
      crmId,
      place: each !== undefined ? 'in_scope' : outside.has(crmId) ? 'out_of_scope' : 'gone',
      modifiedAt: each?.record.modifiedAt ?? null,
      hash: each?.hash ?? null,
      link,
      merges: outcome === undefined ? null : mergesAs(plan, outcome),
      aside: aside?.kind,
      isOursThere: recordId !== null && there.has(recordId),
      isWaiting: recordId !== null && waiting.has(recordId),
      isTwice: recordId !== null && twice.has(recordId),
      before: some.before.get(crmId)?.cause,
      month: each === undefined ? monthHere(links.get(crmId), aside) : monthOf(createdOn(each.record)),
      recordId: recordId === '' ? null : recordId,
      attributes: outcome?.kind === 'applied' ? differing(plan, outcome) : [],
    };
  });
}

function monthHere(
  link: { createdOn: string | null } | undefined,
  aside: { month: Month } | undefined,
): Month {
  return link === undefined ? (aside?.month ?? '') : monthOf(link.createdOn);
}

/** Those of our records that are several in the connection. */
async function twiceOf(
  job: PullJob,
  plan: MappingPlan,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await job.store.query<{ record_id: string }>(
    `select record_id from tierlink.link where connection = $1 and entity = $2 and record_id = any($3::text[])
       and state = 'live' group by record_id having count(*) > 1`,
    [job.connection, plan.entity, [...ids]],
  );
  return new Set(rows.map((row) => row.record_id));
}

/** Records of which something may still go to a CRM. */
async function waitingOf(
  job: PullJob,
  plan: MappingPlan,
  ids: readonly string[],
): Promise<ReadonlySet<string>> {
  const rows = await job.store.query<{ record_id: string }>(
    `select record_id from tierlink.outbox where entity = $2 and record_id = any($3::text[])
     union select record_id from tierlink.comparison where connection = $1 and entity = $2 and record_id = any($3::text[])
     union select record_id from tierlink.pending_write where connection = $1 and entity = $2 and record_id = any($3::text[])`,
    [job.connection, plan.entity, [...ids]],
  );
  return new Set(rows.map((row) => row.record_id));
}

/**
 * Whether it cannot have been on its way. What moves without a stamp, or here, is on no way; a change is told by its own
 * stamp, and so is a record that comes into a scope of its own fields. Everything else would be here by now if it had
 * happened before it was met first.
 */
function isSettled(
  cause: MismatchCause,
  of: {
    plan: MappingPlan;
    modifiedAt: string | null;
    since: string;
    completeTo: string;
    isSeenTwice: boolean;
  },
): boolean {
  if (cause === 'unstamped_change' || cause === 'local_edit') return true;
  const { modifiedAt, completeTo } = of;
  const isTold = Date.parse(completeTo) >= Date.parse(of.since);
  if (modifiedAt === null) return isTold && of.isSeenTwice;
  if (Date.parse(modifiedAt) >= Date.parse(completeTo)) return false;
  const isOwnMatter =
    cause === 'late_change' || cause === 'lost_link' || (cause === 'late_row' && isByOwnFields(of.plan));
  return isOwnMatter || isTold;
}

/** Whether only a change of the record itself can bring it into the scope, as far as can be told. */
function isByOwnFields({ scope: { filter, where = {} } }: MappingPlan): boolean {
  return filter === undefined && Object.keys(where).every((field) => !/[./]/.test(field));
}
