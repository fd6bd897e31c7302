import type { EntityName } from '../../model/entities.ts';
import type { linkStates } from '../../model/states.ts';
import type { Executor } from '../../store/store.ts';
import type { Base } from './base.ts';

/**
 * live: in step · out_of_scope: kept, not counted · deleted: tombstone · merged: the CRM joined it into another record ·
 * broken: a person says that it is not this record of ours, and it is none until a person says which.
 */
export type LinkState = keyof typeof linkStates;

/**
 * SQL: the link, by this alias, is of a record that the CRM counts in scope. One that a person broke is there, whatever it
 * is not here, until it leaves scope.
 */
export function inScopeSql(link: string): string {
  return `(${link}.state = 'live' or (${link}.state = 'broken' and ${link}.left_scope_at is null))`;
}

/** Our record and the CRM record that it is. */
export interface Link {
  crmId: string;
  recordId: string;
  state: LinkState;
  base: Base;
  /** The CRM's stamp of the last reading, ISO instant. */
  seenAt: string | null;
  /** Hash of the last reading and of what it was read for. */
  seenHash: string | null;
  mergedInto: string | null;
}

/** Which links are meant: those of one object for one entity. */
export interface LinkPlace {
  connection: string;
  object: string;
  entity: EntityName;
}

interface LinkRow {
  crm_id: string;
  record_id: string;
  state: LinkState;
  base: Base;
  seen_at: string | null;
  seen_hash: string | null;
  merged_into: string | null;
}

const columns = 'crm_id, record_id, state, base, seen_at, seen_hash, merged_into';

/** Links of the named CRM records, whatever their state, by CRM id. */
export async function findLinks(
  executor: Executor,
  place: LinkPlace,
  crmIds: readonly string[],
): Promise<Map<string, Link>> {
  if (crmIds.length === 0) return new Map();
  const rows = await executor.query<LinkRow>(
    `select ${columns} from tierlink.link
     where connection = $1 and object = $2 and entity = $3 and crm_id = any($4::text[])`,
    [place.connection, place.object, place.entity, [...crmIds]],
  );
  return new Map(rows.map((row) => [row.crm_id, linkOf(row)]));
}

/** Live links of our records in one object, by our id. */
export async function findLiveLinks(
  executor: Executor,
  place: LinkPlace,
  recordIds: readonly string[],
): Promise<Map<string, Link>> {
  if (recordIds.length === 0) return new Map();
  const rows = await executor.query<LinkRow>(
    `select ${columns} from tierlink.link
     where connection = $1 and object = $2 and entity = $3 and state = 'live' and record_id = any($4::text[])
     order by crm_id`,
    [place.connection, place.object, place.entity, [...recordIds]],
  );
  return new Map(rows.map((row) => [row.record_id, linkOf(row)]));
}

/**
 * Our ids of the CRM records that references point to. A merged record answers with its survivor, one that left scope
 * still answers, a deleted one does not; neither does one whose link a person broke, nor what was merged into it.
 */
export async function resolveReferences(
  executor: Executor,
  target: { connection: string; entity: EntityName; objects: readonly string[] },
  crmIds: readonly string[],
): Promise<Map<string, string>> {
  if (crmIds.length === 0 || target.objects.length === 0) return new Map();
  const rows = await executor.query<{ crm_id: string; record_id: string }>(
    `select crm_id, record_id from tierlink.link l
     where connection = $1 and object = any($2::text[]) and crm_id = any($3::text[]) and entity = $4
       and state not in ('deleted', 'broken') and (state <> 'merged' or not exists (select from tierlink.link w
         where w.connection = l.connection and w.object = l.object and w.entity = l.entity
           and w.crm_id = l.merged_into and w.state = 'broken'))`,
    [target.connection, [...target.objects], [...crmIds], target.entity],
  );
  return new Map(rows.map((row) => [row.crm_id, row.record_id]));
}

/**
 * The CRM's ids of our records, to send as the value of a lookup. `objects`: where a lookup can point to; the oldest link
 * answers when a record has several.
 */
export async function crmIdsOf(
  executor: Executor,
  target: { connection: string; entity: EntityName; objects: readonly string[] },
  recordIds: readonly string[],
): Promise<Map<string, string>> {
  if (recordIds.length === 0) return new Map();
  const rows = await executor.query<{ record_id: string; crm_id: string }>(
    `select distinct on (record_id) record_id, crm_id from tierlink.link
     where connection = $1 and entity = $2 and state = 'live' and object = any($3::text[])
       and record_id = any($4::text[])
     order by record_id, linked_at, crm_id collate "C"`,
    [target.connection, target.entity, [...target.objects], [...recordIds]],
  );
  return new Map(rows.map((row) => [row.record_id, row.crm_id]));
}

/**
 * Those of the records whose id a record of the CRM carries that a person linked to another one: a create by this key would
 * write over that one.
 */
export async function carriedElsewhere(
  executor: Executor,
  { connection, object, entity }: LinkPlace,
  recordIds: readonly string[],
): Promise<Set<string>> {
  const rows = await executor.query<{ carries: string }>(
    `select carries from tierlink.link where connection = $1 and object = $2 and entity = $3 and carries = any($4::text[])
       and record_id <> carries`,
    [connection, object, entity, [...recordIds]],
  );
  return new Set(rows.map(({ carries }) => carries));
}

function linkOf(row: LinkRow): Link {
  return {
    crmId: row.crm_id,
    recordId: row.record_id,
    state: row.state,
    base: row.base,
    seenAt: row.seen_at,
    seenHash: row.seen_hash,
    mergedInto: row.merged_into,
  };
}
