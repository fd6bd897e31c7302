import type { EntityName } from '../model/entities.ts';
import { causeNames, type MismatchCause } from '../model/mismatch-causes.ts';
import type { VerificationState } from '../model/states.ts';
import type { Executor } from '../store/store.ts';
import { stepsFor } from './next-steps.ts';
import type { Obstacle } from './obstacle.ts';

/** What the last verification of an object said, for one mapping. */
export interface FeedVerification {
  connection: string;
  object: string;
  entity: EntityName;
  state: VerificationState;
  /** Why it is unknown, or was not counted a second time. */
  reason: Obstacle | null;
  /** ISO instant of the CRM up to which everything was known to be here when it was verified last; null: never. */
  verifiedTo: string | null;
  /** ISO instant; null: never. */
  checkedAt: string | null;
  run: string | null;
  /** Counted by the CRM. */
  records: number;
  months: number;
  /** Months whose values were compared with the mapping's present meaning, and since when all of them were; null: not all. */
  comparedMonths: number;
  valuesFrom: string | null;
}

/** Records of one mapping with one cause. */
export interface FoundCause {
  connection: string;
  object: string;
  entity: EntityName;
  cause: MismatchCause;
  records: number;
  /** How many of them may have been on their way. */
  unsettled: number;
  next: string[];
}

/** What verifications have left about the feeds of connections; feeds that were never looked at are among them. */
export async function readVerifications(
  executor: Executor,
  { connections, entities }: { connections: readonly string[]; entities: readonly EntityName[] },
): Promise<FeedVerification[]> {
  return await executor.query<FeedVerification & Record<string, unknown>>(
    `select f.connection, f.object, f.entity, coalesce(v.state, 'never_run') as state, v.reason,
       v.verified_to as "verifiedTo", v.checked_at as "checkedAt", v.run_id as run,
       coalesce(m.records, 0) as records, coalesce(m.months, 0) as months,
       coalesce(m.compared, 0) as "comparedMonths", case when m.months = m.compared then m.since end as "valuesFrom"
     from tierlink.feed f
     left join tierlink.verification v on v.connection = f.connection and v.object = f.object and v.entity = f.entity
     left join lateral (
       select sum(counted)::integer as records, count(*) filter (where counted > 0)::integer as months,
         count(*) filter (where counted > 0 and compared_with = f.fields_hash)::integer as compared,
         min(compared_at) filter (where counted > 0) as since
       from tierlink.verification_month m
       where m.connection = f.connection and m.object = f.object and m.entity = f.entity) m on true
     where f.connection = any($1::text[]) and f.entity = any($2::text[])
     order by f.connection collate "C", f.object collate "C", f.entity collate "C"`,
    [[...connections], [...entities]],
  );
}

/** The causes that were found, those that say the most first. */
export async function readCauses(executor: Executor, connections: readonly string[]): Promise<FoundCause[]> {
  const rows = await executor.query<Omit<FoundCause, 'next'> & Record<string, unknown>>(
    `select connection, object, entity, cause, count(*)::integer as records,
       count(*) filter (where not settled)::integer as unsettled
     from tierlink.mismatch where connection = any($1::text[]) group by 1, 2, 3, 4
     order by connection collate "C", array_position($2::text[], cause), object collate "C", entity collate "C"`,
    [[...connections], causeNames],
  );
  return rows.map((row) => ({ ...row, next: stepsFor(row.cause, row) }));
}

export interface FoundRecord {
  crmId: string;
  recordId: string | null;
  month: string;
  attributes: string[];
  settled: boolean;
  since: string;
}

/** Some of the records with a cause, those of the last months first. */
export async function readExamples(
  executor: Executor,
  of: Pick<FoundCause, 'connection' | 'object' | 'entity' | 'cause'>,
  limit: number,
): Promise<FoundRecord[]> {
  return await executor.query<FoundRecord & Record<string, unknown>>(
    `select crm_id as "crmId", record_id as "recordId", month, attributes, settled, since from tierlink.mismatch
     where connection = $1 and object = $2 and entity = $3 and cause = $4 order by month desc, crm_id collate "C" limit $5`,
    [of.connection, of.object, of.entity, of.cause, limit],
  );
}

/** What is to be said of a connection as a whole: the worst of what is said of its objects. */
export function stateOfAll(feeds: readonly Pick<FeedVerification, 'state'>[]): VerificationState {
  const worst: readonly VerificationState[] = ['different', 'unknown', 'unsettled', 'never_run'];
  return (
    worst.find((state) => feeds.some((feed) => feed.state === state)) ??
    (feeds.length > 0 ? 'verified' : 'never_run')
  );
}

/** Up to when all of it was known to be here when it was verified last; null while something never was. */
export function verifiedToOf(feeds: readonly Pick<FeedVerification, 'verifiedTo'>[]): string | null {
  const instants = feeds.map(({ verifiedTo }) => verifiedTo);
  if (instants.length === 0 || instants.includes(null)) return null;
  return (instants as string[]).sort()[0] ?? null;
}

/** Both sides of a month as they were counted last. */
export interface CountedMonth {
  object: string;
  entity: EntityName;
  /** YYYY-MM; null for records that do not tell. */
  month: string | null;
  counted: number;
  linked: number;
  aside: number;
  comparedAt: string | null;
  /** Checksums of the mapped values when they were compared: of the CRM, and as they were read here. */
  theirs: string | null;
  ours: string | null;
}

/** All months of a connection, the last first. */
export async function readMonths(executor: Executor, connection: string): Promise<CountedMonth[]> {
  return await executor.query<CountedMonth & Record<string, unknown>>(
    `select object, entity, nullif(month, '') as month, counted, linked, aside, compared_at as "comparedAt", theirs, ours
     from tierlink.verification_month where connection = $1
     order by object collate "C", entity collate "C", verification_month.month desc`,
    [connection],
  );
}

/** A month whose counts differ, though everything that was read of it is here. */
export interface UnsettledMonth {
  object: string;
  entity: EntityName;
  /** YYYY-MM; null for records that do not tell. */
  month: string | null;
  counted: number;
  /** Live here, or kept aside. */
  here: number;
  /** Whether it was counted once more; false where that was refused. */
  recounted: boolean;
  /** How many of its records changed here since the counting began. */
  changed: number;
  /** Some of them. */
  moved: { crmId: string; recordId: string | null }[];
  next: string[];
}

/** The months of a connection that the last verification left unsettled, with what moved while both sides were counted. */
export async function readUnsettled(
  executor: Executor,
  connection: string,
  limit: number,
): Promise<UnsettledMonth[]> {
  const rows = await executor.query<Omit<UnsettledMonth, 'next'> & Record<string, unknown>>(
    `select m.object, m.entity, nullif(m.month, '') as month, m.counted, m.linked + m.aside as here,
       v.reason is null as recounted, coalesce(l.changed, 0) as changed, coalesce(l.moved, '[]') as moved
     from tierlink.verification_month m join tierlink.verification v using (connection, object, entity)
     left join lateral (
       select count(*)::integer as changed, jsonb_agg(jsonb_build_object('crmId', crm_id, 'recordId', record_id)
         order by crm_id collate "C") filter (where place <= $2) as moved
       from (select crm_id, record_id, row_number() over (order by crm_id collate "C") as place from tierlink.link
         where connection = m.connection and object = m.object and entity = m.entity
           and coalesce(to_char(created_on, 'YYYY-MM'), '') = m.month
           and changed_at between m.counted_at and v.checked_at) since) l on true
     where m.connection = $1 and m.unsettled and v.state = 'unsettled'
     order by m.object collate "C", m.entity collate "C", m.month desc`,
    [connection, limit],
  );
  return rows.map((row) => ({
    ...row,
    next: [`tierlink verify --connection ${connection} --object ${row.object}`],
  }));
}
