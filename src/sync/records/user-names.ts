import { isTierlinkError, type TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import type { Store } from '../../store/store.ts';
import { type Engine, type PassConnection, requireGoing } from '../engine.ts';

type Asking = Pick<Engine, 'store' | 'clock' | 'logger' | 'signal'>;

/** How long nobody is asked again for a user whom the CRM did not name, ms. */
const askAgainMs = 24 * 3_600_000;

/**
 * How the CRM calls users, by the ids that modifiedBy has. Those that are not known yet are asked for together, once, and
 * kept. Whom the CRM does not show, or while it does not answer, has no name here: nothing fails for want of one.
 */
export async function userNames(
  engine: Asking,
  connection: PassConnection,
  ids: readonly (string | null)[],
): Promise<ReadonlyMap<string, string>> {
  const wanted = [...new Set(ids.filter((id) => id !== null))].sort();
  const { alias, manifest } = connection;
  if (wanted.length === 0 || manifest.capabilities.users === null) return new Map();
  await askFor(engine, connection, await unasked(engine, alias, wanted));
  const rows = await engine.store.query<{ id: string; name: string }>(
    `select id, name from tierlink.crm_user where connection = $1 and id = any($2::text[]) and name is not null`,
    [alias, wanted],
  );
  return new Map(rows.map(({ id, name }) => [id, name]));
}

/** Learns the names of those who made what differs, so that everything that lists it can say them without a call. */
export async function nameUsersOfDifferences(engine: Asking, connection: PassConnection): Promise<void> {
  if (connection.manifest.capabilities.users === null) return;
  const rows = await engine.store.query<{ id: string }>(
    `select distinct their_user as id from tierlink.difference where connection = $1 and their_user is not null`,
    [connection.alias],
  );
  await userNames(
    engine,
    connection,
    rows.map(({ id }) => id),
  );
}

async function unasked({ store, clock }: Asking, alias: string, ids: readonly string[]): Promise<string[]> {
  const rows = await store.query<{ id: string }>(
    `select w.id from unnest($2::text[]) as w(id)
     where not exists (select from tierlink.crm_user u where u.connection = $1 and u.id = w.id
       and (u.name is not null or u.asked_at > $3::timestamptz))
     order by w.id collate "C"`,
    [alias, ids, instantOf(clock.now() - askAgainMs)],
  );
  return rows.map(({ id }) => id);
}

async function askFor(engine: Asking, connection: PassConnection, ids: readonly string[]): Promise<void> {
  if (ids.length === 0) return;
  try {
    // A name can wait longer than anything else that calls are needed for.
    const found = await connection.budget.inLane('backfill', () => readNames(engine, connection, ids));
    await keep(engine, connection.alias, { ids, found });
  } catch (error) {
    if (!isTierlinkError(error)) throw error;
    requireGoing(engine);
    const { alias } = connection;
    engine.logger.info({ connection: alias, code: error.code }, 'the names of CRM users could not be read');
    if (isRefusal(error)) await keep(engine, alias, { ids, found: new Map() });
  }
}

/** Whether asking again soon would be answered in the same way. */
function isRefusal({ code }: TierlinkError): boolean {
  return code === 'CRM_PERMISSION' || code === 'CRM_OBJECT_MISSING' || code === 'CRM_FIELD_MISSING';
}

async function readNames(
  { signal }: Asking,
  { connector, manifest }: PassConnection,
  ids: readonly string[],
): Promise<Map<string, string>> {
  const { object, field } = manifest.capabilities.users!;
  const names = new Map<string, string>();
  const pages = connector().read({
    ...{ object, fields: [field], scope: { name: 'users' }, ids, noCursor: true },
    ...(signal === undefined ? {} : { signal }),
  });
  for await (const { records } of pages)
    for (const { id, fields } of records) {
      const name = fields[field];
      if (typeof name === 'string' && name.trim() !== '') names.set(id, name);
    }
  return names;
}

async function keep(
  { store, clock }: { store: Store } & Pick<Asking, 'clock'>,
  alias: string,
  { ids, found }: { ids: readonly string[]; found: ReadonlyMap<string, string> },
): Promise<void> {
  await store.query(
    `insert into tierlink.crm_user as u (connection, id, name, asked_at)
     select $1, r.id, r.name, $4::timestamptz from unnest($2::text[], $3::text[]) as r(id, name)
     on conflict (connection, id) do update set name = coalesce(excluded.name, u.name), asked_at = excluded.asked_at`,
    [alias, [...ids], ids.map((id) => found.get(id) ?? null), instantOf(clock.now())],
  );
}
