import { TierlinkError } from '../../errors.ts';
import { type Clock, instantOf } from '../../model/clock.ts';
import { writeAudit } from '../../store/audit.ts';
import type { Executor, Store, Tx } from '../../store/store.ts';
import { makeDue } from '../../tier/due.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import { type ConnectionRecord, loadConnection, noteSuccess, requirePinned } from '../records/connections.ts';
import { markEverything } from '../records/outbox.ts';
import { keepWritten } from '../records/written.ts';
import { leaveOrg, type OrgExchange } from './relink.ts';

/** shadow: tiers are computed and compared, never written. owned: the program's tier is written. */
export type TierMode = 'shadow' | 'owned';

/** A setting of a connection that a person changes. */
export interface SettingChange {
  store: Store;
  clock: Clock;
  id: string;
  /** Who asks; kept in the audit. */
  actor: string;
}

/**
 * Turns write-back on or off. On a production org, turning it on needs the connection's name again in `confirm`, or it
 * throws USAGE; an org that was exchanged throws SYNC_ORG_CHANGED, one never reached SYNC_ORG_UNKNOWN. From then on
 * everything is compared once.
 */
export async function setWriteBack(
  change: SettingChange & { on: boolean; confirm?: string | undefined; mappings: readonly ObjectMapping[] },
): Promise<ConnectionRecord> {
  const { store, id, on } = change;
  const before = await loadConnection(store.db, id);
  if (on) requireConfirmed(before, change.confirm, 'connect');
  const now = instantOf(change.clock.now());
  await store.transaction(async (tx) => {
    await tx.db
      .updateTable('tierlink.connection')
      .set({ write_back: on, write_back_since: on ? (before.write_back_since ?? now) : null })
      .where('id', '=', id)
      .execute();
    if (on) {
      const everything = { connection: id, mappings: change.mappings, now };
      await markEverything(tx, everything);
      await keepWritten(tx, everything);
    }
    await auditSetting(tx, change, { name: 'write_back', before: before.write_back, after: on });
  });
  return await loadConnection(store.db, id);
}

/**
 * Throws USAGE when the connection is a production org and `confirm` is not its name, SYNC_ORG_CHANGED or SYNC_ORG_UNKNOWN
 * when it is not known to be on its own org. `command`: whose help to see.
 */
export function requireConfirmed(
  record: ConnectionRecord,
  confirm: string | undefined,
  command: string,
): void {
  requirePinned(record);
  if (record.org_kind !== 'production' || confirm === record.id) return;
  throw new TierlinkError('USAGE', {
    reason: `${record.id} is the production org ${record.org_name}. Confirm by giving its name: ${record.id}`,
    command,
  });
}

/** Lets the program own the tier in this connection, or only compare. Every partner of it is evaluated once for that. */
export async function setTierMode(
  change: SettingChange & { mode: TierMode; mappings: readonly ObjectMapping[] },
): Promise<ConnectionRecord> {
  const { store, id, mode } = change;
  const before = await loadConnection(store.db, id);
  const now = instantOf(change.clock.now());
  await store.transaction(async (tx) => {
    await tx.db.updateTable('tierlink.connection').set({ tier_mode: mode }).where('id', '=', id).execute();
    if (mode === 'owned') await markEverything(tx, { connection: id, mappings: change.mappings, now });
    await makeDue(tx, { partners: await partnersOf(tx, id), now });
    await auditSetting(tx, change, { name: 'tier_mode', before: before.tier_mode, after: mode });
  });
  return await loadConnection(store.db, id);
}

async function partnersOf(tx: Executor, connection: string): Promise<string[]> {
  const rows = await tx.query<{ id: string }>(
    `select distinct record_id as id from tierlink.link where connection = $1 and entity = 'partner'`,
    [connection],
  );
  return rows.map(({ id }) => id);
}

/**
 * Takes the org that the connection is on now for its own, on a person's word. What was on its way to the old org is
 * dropped and compared anew, everything is read again, and write-back is off until a person turns it on. On the org that
 * it is pinned to anyway, nothing happens.
 */
export async function relinkConnection(
  change: SettingChange & Pick<OrgExchange, 'mappings' | 'ownership'>,
): Promise<ConnectionRecord> {
  const { store, id, mappings, ownership } = change;
  const before = await loadConnection(store.db, id);
  if (before.pinned_org_id === before.org_id) return before;
  const now = instantOf(change.clock.now());
  await store.transaction(async (tx) => {
    await tx.db
      .updateTable('tierlink.connection')
      .set({ pinned_org_id: before.org_id, write_back: false, write_back_since: null })
      .where('id', '=', id)
      .execute();
    await leaveOrg(tx, { connection: id, mappings, now, ownership });
    await markEverything(tx, { connection: id, mappings: change.mappings, now });
    await auditSetting(tx, change, {
      name: 'pinned_org_id',
      before: before.pinned_org_id,
      after: before.org_id,
    });
  });
  await noteSuccess(store.db, id);
  return await loadConnection(store.db, id);
}

async function auditSetting(
  tx: Tx,
  change: SettingChange,
  setting: { name: string; before: unknown; after: unknown },
): Promise<void> {
  // Set once more to what it is, such as by somebody who saw no answer: that is no change.
  if (setting.before === setting.after) return;
  const entry = {
    at: instantOf(change.clock.now()),
    connection: change.id,
    object: '',
    entity: 'connectionStatus',
    recordId: change.id,
    action: 'setting',
    before: { [setting.name]: setting.before },
    after: { [setting.name]: setting.after },
    actor: change.actor,
  };
  await writeAudit(tx, [entry]);
}
