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

/** Puts back the tables that are not as they were; most are, and emptying one takes longer than looking at it. */
export async function restoreTables(store: Store, from = 'saved'): Promise<void> {
  const names = (await tables(store)).map((name) => ({ now: `tierlink.${name}`, was: `${from}.${name}` }));
  const sumOf = (table: string) =>
    `(select md5(coalesce(string_agg(t::text, ',' order by t::text), '')) from ${table} t)`;
  const changed = await store.query<{ now: string; was: string; columns: string }>(
    names
      .map(
        ({ now, was }) => `select '${now}' as now, '${was}' as was, ${storedColumns(now)} as columns
        where ${sumOf(now)} <> ${sumOf(was)}`,
      )
      .join(' union all '),
  );
  const restored = changed.map(
    ({ now, was, columns }) => `truncate ${now};
      insert into ${now} (${columns}) overriding system value select ${columns} from ${was};`,
  );
  await store.query(`do $$ begin ${restored.join(' ')} end $$`);
}

/** Those that no other columns give. */
function storedColumns(table: string): string {
  return `(select string_agg(quote_ident(attname), ', ' order by attnum) from pg_attribute
    where attrelid = '${table}'::regclass and attnum > 0 and not attisdropped and attgenerated = '')`;
}
