import { sql } from 'kysely';
import type { App, AppConnection } from '../app.ts';
import { waitingPeriods } from '../kpi/finish-periods.ts';
import { loadFeeds } from '../kpi/freshness.ts';
import { readKeptPeriods } from '../kpi/kept-periods.ts';
import { nameSql } from '../kpi/sql/sql-parts.ts';
import { type EntityName, entities } from '../model/entities.ts';
import { mismatchCauses } from '../model/mismatch-causes.ts';
import { filesAlias } from '../model/record-id.ts';
import type { VerificationState } from '../model/states.ts';
import { dayOf } from '../program/civil-date.ts';
import { programOn } from '../program/versions.ts';
import type { LockOwner } from '../store/folder-greeting.ts';
import { reversesNothing } from '../sync/import/facts.ts';
import { completeTo, listConnections } from '../sync/records/connections.ts';
import { closeDeadRuns } from '../sync/records/run-life.ts';
import { countDecided } from './open-differences.ts';
import { readUnmappedWrites } from './unmapped-writes.ts';
import { type ConnectionVerification, readVerified } from './verification.ts';

export interface ConnectionStatus {
  alias: string;
  crm: string;
  state: string;
  /** Why, when there is something to say. */
  reason: string | null;
  /** What to do about it. */
  actions: string[];
  /** ISO instant at which a waiting connection goes on. */
  until: string | null;
  org: string | null;
  orgKind: string | null;
  /** ISO instant up to which everything that the CRM has is known here; null: not yet. */
  completeTo: string | null;
  /** Whether everything that the CRM has was found to be here. */
  verification: VerificationStatus;
  writeBack: boolean;
  tierMode: string;
  callsToday: number;
  dailyCalls: number;
}

export interface VerificationStatus {
  state: VerificationState;
  /** ISO instant of the CRM up to which everything was known to be here when it was verified last; null: never. */
  verifiedTo: string | null;
  /** Records that are not here as the CRM has them. */
  records: number;
  /** What is in the way of looking, with the fix. */
  obstacles: { object: string; words: string; next: string[] }[];
}

export interface FeedStatus {
  connection: string;
  object: string;
  entity: string;
  /** Linked now; while `completeTo` is null, so far. */
  records: number;
  completeTo: string | null;
  /** Whether a file came without some of its rows, and nobody has said since that all are here. */
  lacksRows: boolean;
  /** Why demotions wait for this feed; null: they do not. */
  frozen: string | null;
}

export interface RunSummary {
  id: string;
  kind: string;
  connection: string | null;
  object: string | null;
  state: string;
  reason: string | null;
  startedAt: string;
  finishedAt: string | null;
  calls: number;
}

/** What waits to be done; every one of these is a row in the store. */
export interface WaitingWork {
  dirtyPartners: number;
  toCompare: number;
  pendingWrites: number;
  /** Writes that no mapping is there for any more. */
  unmappedWrites: number;
  held: number;
  rejects: number;
  /** Those that a person has not decided yet. */
  differences: number;
  /** Facts that take back an entry that is not there, and count for nothing until it is. */
  reversals: number;
  /** Records of several connections that may be the same. */
  matches: number;
  /** Changes of tiers that wait until a person approves or rejects them. */
  approvals: number;
}

/** A period that is over, and whose figures wait for what they are made of. */
export interface PeriodStatus {
  period: string;
  /** Last day. */
  endsOn: string;
  waitsFor: string[];
}

export interface Status {
  store: 'embedded' | 'postgres';
  /** The process through which the embedded store was read, normally the service; null: none has it. */
  owner: LockOwner | null;
  program: string;
  connections: ConnectionStatus[];
  feeds: FeedStatus[];
  waiting: WaitingWork;
  periods: PeriodStatus[];
  runs: RunSummary[];
}

/** What of it is asked for. */
export interface StatusQuery {
  /** How many of the last runs. (Default: 5) */
  runs?: number | undefined;
  /** Only what is about this connection; partners whose figures are old are counted all the same. (Default: all) */
  connection?: string | undefined;
}

/** How everything is doing, from the store alone; asks no CRM. Runs of processes that are gone are closed before. */
export async function readStatus(app: App, { runs = 5, connection }: StatusQuery = {}): Promise<Status> {
  const chosen = connection === undefined ? app.connections : [app.connection(connection)];
  await closeDeadRuns({ db: app.store.db, clock: app.clock, logger: app.logger });
  return {
    store: app.store.kind,
    owner: app.store.owner,
    program: `${app.program.title} ${app.program.version}`,
    connections: await readConnections(app, chosen),
    feeds: await readFeeds(app, connection ?? null),
    waiting: await countWaiting(app, connection ?? null),
    periods: await readPeriods(app),
    runs: await readRuns(app, { limit: runs, connection: connection ?? null }),
  };
}

async function readPeriods({ store, program: file, clock }: App): Promise<PeriodStatus[]> {
  const now = clock.now();
  const program = await programOn(store, file, { day: dayOf(now, file.timeZone), now });
  const kept = await readKeptPeriods(store, program);
  const periods = await waitingPeriods(store, { program: file, now, feeds: await loadFeeds(store), kept });
  return periods.map(({ period, endsOn, waitsFor }) => ({ period, endsOn, waitsFor }));
}

async function readConnections(app: App, chosen: readonly AppConnection[]): Promise<ConnectionStatus[]> {
  const rows = await listConnections(app.store.db);
  const verified = await readVerified(app, { connections: chosen, examples: 0 });
  const listed: ConnectionStatus[] = [];
  for (const connection of chosen) {
    const row = rows.find(({ id }) => id === connection.alias);
    if (row === undefined) continue;
    const detail = row.state_detail as { reason?: string; actions?: string[] } | null;
    listed.push({
      alias: connection.alias,
      crm: connection.manifest.id,
      state: row.state,
      reason: detail?.reason ?? null,
      actions: detail?.actions ?? [],
      until: row.state_until,
      org: row.org_name,
      orgKind: row.org_kind,
      completeTo: await completeTo(app.store.db, connection.alias),
      verification: verificationOf(verified.find((each) => each.connection === connection.alias)!),
      writeBack: row.write_back,
      tierMode: row.tier_mode,
      ...(await callsOf(connection)),
    });
  }
  return listed;
}

function verificationOf({ state, verifiedTo, feeds, causes }: ConnectionVerification): VerificationStatus {
  const open = causes.filter(({ cause }) => !mismatchCauses[cause].isKnown);
  return {
    state,
    verifiedTo,
    records: open.reduce((sum, { records }) => sum + records, 0),
    obstacles: feeds.flatMap(({ object, reason }) =>
      reason === null ? [] : [{ object, words: reason.words, next: reason.next }],
    ),
  };
}

async function callsOf(connection: AppConnection): Promise<{ callsToday: number; dailyCalls: number }> {
  const { total } = await connection.budget.today();
  return { callsToday: total, dailyCalls: connection.settings.dailyCalls };
}

/**
 * What records of ours come from; what only we write is read from nowhere. A pass counts what it has linked when it has read
 * all; before that, as in a first pull, the links of the feeds that have moved are counted here. Files
 * have no pass; of theirs the records are counted, because one that got its id later has two links.
 */
async function readFeeds(app: App, connection: string | null): Promise<FeedStatus[]> {
  const rows = await app.store.query<FeedStatus & Record<string, unknown>>(
    `with brought as materialized (
       select l.object, l.entity, ${nameSql('r.kind')} as kind, count(distinct l.record_id)::integer as records
       from tierlink.link l left join tierlink.fact r on r.id = l.record_id and l.entity = 'fact'
       where l.connection = '${filesAlias}' and l.state = 'live' and r.deleted_at is null and r.merged_into is null
       group by 1, 2, 3)
     select f.connection, f.object, f.entity, f.complete_to as "completeTo", f.frozen_reason as frozen,
       f.lacks_rows as "lacksRows",
       case when f.connection = '${filesAlias}'
         then coalesce((select sum(b.records)::integer from brought b where b.entity = f.entity
                 and case when f.fact_kind is null then b.object = f.object else b.kind = f.fact_kind end), 0)
         when f.recount
         then (select count(*)::integer from tierlink.link l where l.connection = f.connection
                 and l.object = f.object and l.entity = f.entity and l.state = 'live')
         else f.records end as records
     from tierlink.feed f where f.entity = any($1::text[]) and ($2::text is null or f.connection = $2)
     order by f.connection collate "C", f.object collate "C", f.entity collate "C"`,
    [Object.keys(entities).filter((entity) => entities[entity as EntityName].origin === 'crm'), connection],
  );
  return [...rows];
}

async function countWaiting(app: App, connection: string | null): Promise<WaitingWork> {
  const unmapped = (await readUnmappedWrites(app)).filter(
    (each) => connection === null || each.connection === connection,
  );
  const own = sql`where (${connection}::text is null or connection = ${connection})`;
  const unmappedWrites = unmapped.reduce((sum, { writes }) => sum + writes, 0);
  const { rows } = await sql<Omit<WaitingWork, 'unmappedWrites'>>`
    select (select count(distinct partner_id)::integer from tierlink.dirty_partner) as "dirtyPartners",
      (select count(*)::integer from tierlink.outbox where ${app.connections.length > 0}) as "toCompare",
      (select count(*)::integer from tierlink.pending_write ${own}) as "pendingWrites",
      (select count(*)::integer from tierlink.held ${own}) as held,
      (select count(*)::integer from tierlink.reject ${own} and ignored_at is null) as rejects,
      (select count(*)::integer from tierlink.difference ${own}) as differences,
      (select count(*)::integer from tierlink.fact r where ${sql.raw(reversesNothing('r'))}) as reversals,
      (select count(*)::integer from tierlink.match where state = 'open') as matches,
      (select count(*)::integer from tierlink.approval_item i join tierlink.approval a on a.id = i.approval_id
         where a.program = ${app.program.name} and a.state = 'open' and i.state = 'open') as approvals`.execute(
    app.store.db,
  );
  const counted = rows[0]!;
  return {
    ...counted,
    pendingWrites: counted.pendingWrites - unmappedWrites,
    unmappedWrites,
    differences: counted.differences - (await countDecided(app, connection ?? undefined)),
  };
}

/** A run of the whole pass is about every connection. */
const ofConnection = '($2::text is null or connection is null or connection = $2)';

/** The runs at work, then the last ones of the others: many small ones must not hide a long one that goes on. */
async function readRuns(
  app: App,
  { limit, connection }: { limit: number; connection: string | null },
): Promise<RunSummary[]> {
  return await app.store.query<RunSummary & Record<string, unknown>>(
    `with listed as (
       select * from tierlink.run where state = 'running' and ${ofConnection}
       union all
       (select * from tierlink.run where state <> 'running' and ${ofConnection} order by started_at desc, id desc limit $1))
     select id, kind, connection, object, state, reason, started_at as "startedAt", finished_at as "finishedAt", calls
     from listed order by state = 'running' desc, started_at desc, id desc`,
    [limit, connection],
  );
}
