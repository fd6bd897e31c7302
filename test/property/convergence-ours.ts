import { markOutbox } from '../../src/store/mark-outbox.ts';
import type { Store } from '../../src/store/store.ts';
import { loadRecords, saveRecords } from '../../src/sync/records/record-rows.ts';
import type { Value } from './convergence-model.ts';
import type { Shared } from './convergence-shared.ts';

/** Our value of an attribute of a CRM's record; undefined when it is not in play with us. */
export type OursOf = (what: Shared, at: { connection: string; crmId: string }) => Value | undefined;

export async function oursOf(store: Store): Promise<OursOf> {
  const links = await store.query<{
    connection: string;
    entity: Shared['entity'];
    crm_id: string;
    record_id: string;
  }>(
    `select connection, entity, crm_id, record_id from tierlink.link
     where entity in ('partner', 'person') and state = 'live'`,
  );
  const recordIds = new Map(
    links.map(({ connection, entity, crm_id: crmId, record_id: id }) => [
      `${connection} ${entity} ${crmId}`,
      id,
    ]),
  );
  const idsOf = (entity: Shared['entity']) =>
    links.filter((link) => link.entity === entity).map((link) => link.record_id);
  const records = {
    partner: await loadRecords(store, 'partner', idsOf('partner')),
    person: await loadRecords(store, 'person', idsOf('person')),
  };
  return ({ entity, attribute }, { connection, crmId }) => {
    const row = records[entity].get(recordIds.get(`${connection} ${entity} ${crmId}`) ?? '');
    return row === undefined ? undefined : ((row.values[attribute] ?? null) as Value);
  };
}

/** Changes our value as the program or an import does; false when the record is not in play with us. */
export async function editOurs(
  store: Store,
  edit: { what: Shared; connection: string; crmId: string; value: Value; now: number },
): Promise<boolean> {
  const { entity, attribute } = edit.what;
  const [link] = await store.query<{ record_id: string }>(
    `select record_id from tierlink.link
     where connection = $1 and crm_id = $2 and entity = $3 and state = 'live'`,
    [edit.connection, edit.crmId, entity],
  );
  if (link === undefined) return false;
  const id = link.record_id;
  const now = new Date(edit.now).toISOString();
  await store.transaction(async (tx) => {
    const row = (await loadRecords(tx, entity, [id])).get(id)!;
    const values = { ...row.values, [attribute]: edit.value };
    await saveRecords(tx, entity, { created: [], changed: [{ ...row, values, knownFrom: now }], now });
    await markOutbox(tx, { entity, recordIds: [id], now });
  });
  return true;
}

async function tables(store: Store): Promise<string[]> {
  const rows = await store.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'tierlink' and tablename <> 'migration'`,
  );
  return rows.map(({ name }) => name);
}

/** Keeps every table as it is now, under a name. */
export async function saveTables(store: Store, as = 'saved'): Promise<void> {
  await store.query(`drop schema if exists ${as} cascade`);
  await store.query(`create schema ${as}`);
  for (const name of await tables(store)) {
    await store.query(`create table ${as}.${name} as table tierlink.${name}`);
  }
}

/** Those that no other columns give. */
async function storedColumns(store: Store, table: string): Promise<string[]> {
  const rows = await store.query<{ name: string }>(
    `select quote_ident(attname) as name from pg_attribute
     where attrelid = ('tierlink.' || $1)::regclass and attnum > 0 and not attisdropped and attgenerated = ''
     order by attnum`,
    [table],
  );
  return rows.map(({ name }) => name);
}

export async function restoreTables(store: Store, from = 'saved'): Promise<void> {
  const names = await tables(store);
  await store.query(`truncate ${names.map((name) => `tierlink.${name}`).join(', ')}`);
  for (const name of names) {
    const columns = (await storedColumns(store, name)).join(', ');
    await store.query(
      `insert into tierlink.${name} (${columns}) overriding system value select ${columns} from ${from}.${name}`,
    );
  }
}
