import { instantOf } from '../model/clock.ts';
import { type EntityName, entities } from '../model/entities.ts';
import { causeNames, mismatchCauses } from '../model/mismatch-causes.ts';
import { filesAlias } from '../model/record-id.ts';
import type { Executor } from '../store/store.ts';
import type { AlertRows, ConnectionRow, FeedRow, RunSeries } from './conditions.ts';

/** Runs that a person waits for and sees fail, and those of the alerts themselves. */
const aside = ['dry-run', 'plan', 'apply', 'alerts'];

/** So many of the last runs of a kind are looked at: more in a row are told as so many. */
const lookedAt = 50;

/** A job that runs each week is looked at over some of its runs. */
const lookedBackMs = 31 * 86_400_000;

/** Sizes are kept by day of UTC: feeds have no zone. */
const sizeDay = (now: number) => instantOf(now).slice(0, 10);

const computedFrom = (Object.keys(entities) as EntityName[]).filter(
  (name) => entities[name].origin === 'crm',
);

/**
 * What alerts are judged by. connections: those of the project; now: epoch ms; countsRejects: whether somebody wants to know
 * of many rejected records, which are not gone through otherwise.
 */
export async function readAlertRows(
  executor: Executor,
  {
    connections,
    now,
    countsRejects,
  }: { connections: readonly string[]; now: number; countsRejects: boolean },
): Promise<AlertRows> {
  const day = sizeDay(now);
  return {
    connections: await readConnections(executor, connections),
    runs: await readRuns(executor, { connections, after: instantOf(now - lookedBackMs) }),
    feeds: await readFeeds(executor, { day, countsRejects }),
  };
}

async function readConnections(executor: Executor, connections: readonly string[]): Promise<ConnectionRow[]> {
  const rows = await executor.query<{
    id: string;
    state: string;
    since: string;
    minutes: number;
    detail: { reason?: string; actions?: string[] } | null;
    completeTo: string | null;
  }>(
    `select c.id, c.state, c.state_since as since, c.state_detail as detail,
       floor(extract(epoch from clock_timestamp() - c.state_since) / 60)::integer as minutes,
       (select case when count(*) = count(f.complete_to) then min(f.complete_to) end
         from tierlink.feed f where f.connection = c.id and f.entity = any($2)) as "completeTo"
     from tierlink.connection c where c.id = any($1) order by c.id`,
    [connections, computedFrom],
  );
  return rows.map(({ detail, ...row }) => ({
    ...row,
    reason: detail?.reason ?? null,
    actions: detail?.actions ?? [],
  }));
}

/**
 * Each kind of run by itself, so that a job that works does not hide one that fails. It is asked every minute: the last runs
 * of a series are found by an index, which has runs of no connection under ''.
 */
async function readRuns(
  executor: Executor,
  { connections, after }: { connections: readonly string[]; after: string },
): Promise<RunSeries[]> {
  return await executor.query<RunSeries & Record<string, unknown>>(
    `with series as (select kind, connection from tierlink.run
       where started_at > $3 and not (kind = any($1)) and (connection is null or connection = any($2)) group by kind, connection)
     select s.kind, s.connection, f.failures, f.first, f.reason,
       exists (select from tierlink.run r where r.kind = s.kind and coalesce(r.connection, '') = coalesce(s.connection, '')
         and r.state = 'running') as "isRunning"
     from series s cross join lateral (
       select count(*)::integer as failures,
         (array_agg(jsonb_build_object('id', l.id, 'at', to_char(l.started_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))
           order by l.started_at, l.id))[1] as first,
         (array_agg(l.reason order by l.started_at desc, l.id desc))[1] as reason
       from (select r.*, sum(case when r.state = 'failed' then 0 else 1 end)
           over (order by r.started_at desc, r.id desc) as better
         from (select * from tierlink.run r where r.kind = s.kind and coalesce(r.connection, '') = coalesce(s.connection, '')
           and r.started_at > $3 and r.state in ('succeeded', 'partial', 'failed') order by r.started_at desc, r.id desc limit ${lookedAt}) r
       ) l where l.better = 0
     ) f order by 1, 2`,
    [aside, connections, after],
  );
}

/** Files are imported by a person, who sees what becomes of them. */
async function readFeeds(
  executor: Executor,
  { day, countsRejects }: { day: string; countsRejects: boolean },
): Promise<FeedRow[]> {
  const rows = await executor.query<Omit<FeedRow, 'before'> & { day: string | null; size: number | null }>(
    `select f.connection, f.object, f.entity, f.records, f.frozen_reason as "frozenReason",
       f.frozen_since as "frozenSince", coalesce(x.invalid, 0) as invalid, x.since as "invalidSince",
       f.records + coalesce(x.unlinked, 0) as known, b.day, b.records as size,
       case when v.state is not null then jsonb_build_object('state', v.state, 'records', coalesce(d.records, 0),
         'since', to_char(coalesce(d.since, v.checked_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')) end as verification
     from tierlink.feed f
     left join lateral (
       select count(distinct coalesce(nullif(r.crm_id, ''), r.record_id))::integer as invalid, min(r.first_at) as since,
         count(distinct r.crm_id) filter (where r.crm_id <> '' and l.crm_id is null)::integer as unlinked
       from tierlink.reject r
       left join tierlink.link l on l.connection = r.connection and l.object = r.object and l.entity = r.entity
         and l.crm_id = r.crm_id
       where $3::boolean and r.connection = f.connection and r.object = f.object and r.entity = f.entity and r.ignored_at is null
     ) x on true
     left join lateral (
       select s.day, s.records from tierlink.feed_size s
       where s.connection = f.connection and s.object = f.object and s.entity = f.entity and s.day < $1
       order by s.day desc limit 1
     ) b on true
     left join tierlink.verification v on v.connection = f.connection and v.object = f.object and v.entity = f.entity
     left join lateral (
       select count(*)::integer as records, min(m.since) as since from tierlink.mismatch m
       where m.connection = f.connection and m.object = f.object and m.entity = f.entity and m.settled
         and not (m.cause = any($4::text[]))
     ) d on true
     where f.connection <> $2
     order by 1, 2, 3`,
    [day, filesAlias, countsRejects, causeNames.filter((cause) => mismatchCauses[cause].isKnown)],
  );
  return rows.map(({ day: since, size, ...row }) => ({
    ...row,
    before: since === null || size === null ? null : { day: since, records: size },
  }));
}

/** How long sizes are kept: a connection that rests for a week is still compared. */
const keptDays = 31;

/**
 * Notes for later how large the feeds are that were read completely, the last count of a day over those before. What the
 * program itself makes, such as periods and decisions, grows in leaps.
 */
export async function noteFeedSizes(executor: Executor, now: number): Promise<void> {
  const day = sizeDay(now);
  await executor.query(
    `insert into tierlink.feed_size (connection, object, entity, day, records)
     select connection, object, entity, $1::date, records from tierlink.feed
     where complete_to is not null and not recount and entity = any($2)
     on conflict (connection, object, entity, day) do update set records = excluded.records
     where tierlink.feed_size.records <> excluded.records`,
    [day, computedFrom],
  );
  await executor.query(`delete from tierlink.feed_size where day < $1::date - ${keptDays}`, [day]);
}
