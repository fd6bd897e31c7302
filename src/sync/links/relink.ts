import { type EntityName, entities } from '../../model/entities.ts';
import type { Executor } from '../../store/store.ts';
import { installKey } from '../installer.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import { makeMatchDue } from '../match/due.ts';
import type { Ownership } from '../owners.ts';
import { metadataKey } from '../pull/metadata.ts';
import { markDirty } from '../records/dirty.ts';
import { keepVersions, tableOf } from '../records/record-rows.ts';
import { heirsOf, noteTakeovers } from '../records/takeovers.ts';

/** The connection that got another org, and the ISO instant at which a person said so. */
export interface OrgExchange {
  connection: string;
  mappings: readonly ObjectMapping[];
  now: string;
  /** What other connections have to say about the same records. (Default: nothing) */
  ownership?: Ownership | undefined;
}

/**
 * Lets go of the org that a connection was on. Everything linked there leaves scope and comes back as it is met in the
 * new org: by its id in a refreshed org, by our key in one that was seeded with copies. So nothing is counted twice, and
 * what the new org does not have stays out without being taken for deleted. Records that only the program makes are found
 * again by their key. Feeds start anew: until everything was read, nobody is demoted. Nothing of the new org was verified.
 */
export async function leaveOrg(tx: Executor, exchange: OrgExchange): Promise<void> {
  const { connection, mappings } = exchange;
  const mapped = new Set(mappings.map((mapping) => mapping.entity));
  for (const entity of mapped) {
    if (entities[entity].origin === 'program') await unlink(tx, connection, entity);
    else await leaveScope(tx, { ...exchange, entity });
  }
  for (const table of [
    'cursor',
    'feed_size',
    'crm_user',
    'bulk_job',
    'pending_write',
    'held',
    'difference',
    'reject',
    'compare_seen',
    'takeover',
    'registration',
    'verification',
    'verification_month',
    'mismatch',
  ]) {
    await tx.query(`delete from tierlink.${table} where connection = $1`, [connection]);
  }
  // What an installation had in hand came to be, or did not, in the old org; and what fields there are was said of that one.
  await tx.query('delete from tierlink.setting where key = any($1::text[])', [
    [installKey(connection), metadataKey(connection)],
  ]);
  await tx.query(
    `update tierlink.feed set complete_to = null, fields_hash = null, frozen_reason = null, frozen_since = null,
       recount = true, asked_gap = 0
     where connection = $1`,
    [connection],
  );
}

async function unlink(tx: Executor, connection: string, entity: EntityName): Promise<void> {
  await tx.query('delete from tierlink.link where connection = $1 and entity = $2', [connection, entity]);
}

/** Records that another connection still holds stay in scope. */
async function leaveScope(
  tx: Executor,
  of: Pick<OrgExchange, 'connection' | 'now' | 'ownership'> & { entity: EntityName },
): Promise<void> {
  const { connection, entity, now, ownership } = of;
  const left = await tx.query<{ record_id: string }>(
    `update tierlink.link set state = 'out_of_scope', seen_at = null, seen_hash = null, changed_at = $3::timestamptz,
       left_scope_at = $3::timestamptz
     where connection = $1 and entity = $2 and state = 'live' returning record_id`,
    [connection, entity, now],
  );
  await tx.query(
    `update tierlink.link set left_scope_at = $3::timestamptz
     where connection = $1 and entity = $2 and state = 'broken' and left_scope_at is null`,
    [connection, entity, now],
  );
  const held = await tx.query<{ record_id: string }>(
    `select distinct record_id from tierlink.link where entity = $1 and state = 'live' and record_id = any($2::text[])`,
    [entity, left.map((row) => row.record_id)],
  );
  const elsewhere = new Set(held.map((row) => row.record_id));
  // What this connection said of them no longer stands beside what the others say.
  await makeMatchDue(tx, { entity, recordIds: [...elsewhere], now });
  if (ownership?.isShared(entity) === true) {
    const heirs = heirsOf(ownership, { connection, entity });
    await noteTakeovers(tx, { entity, recordIds: [...elsewhere], heirs, now });
  }
  const ids = [...new Set(left.map((row) => row.record_id))].filter((id) => !elsewhere.has(id));
  await markDirty({ tx, now }, entity, ids);
  await keepVersions(tx, entity, { ids, now });
  await tx.query(
    `update ${tableOf(entity)} set in_scope = false, known_from = $2::timestamptz where id = any($1::text[])`,
    [ids, now],
  );
}
