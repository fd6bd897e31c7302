import { type EntityName, entities } from '../model/entities.ts';
import type { Executor, Store, Tx } from '../store/store.ts';

/**
 * The program model as it was known at an instant. The current rows and the versions that the store keeps of former ones
 * are put together by views, one for each table of records, and a statement asks these instead of the tables: so that
 * figures of the past come from the very statements that those of today come from.
 */
export interface Pasts {
  /** As things are now. */
  today: Executor;
  /** As they were known at an instant (ISO 8601). What is not a record, such as decisions, is as it is now. */
  at(instant: string): Executor;
}

/** Runs work that looks at the past. Nothing that it writes is kept; the store itself must not be used meanwhile. */
export async function withPasts<T>(store: Store, work: (pasts: Pasts) => Promise<T>): Promise<T> {
  return await store.rehearse(() =>
    store.transaction(async (tx) => {
      await makeViews(tx);
      return await work(pastsOf(tx));
    }),
  );
}

/** What records are kept of, with their tables. What the program makes itself is kept as it was decided. */
const recorded = (Object.entries(entities) as [EntityName, { table: string; origin: string }][]).filter(
  ([, { origin }]) => origin === 'crm',
);

const recordTables = new RegExp(
  `\\btierlink\\.(${recorded.map(([, { table }]) => table).join('|')})\\b`,
  'g',
);

/** Lives no longer than the transaction that sets it. */
const instantSetting = 'tierlink.known_at';

function pastsOf(tx: Tx): Pasts {
  let present: string | null = null;
  return {
    today: tx,
    at: (instant) => ({
      db: tx.db,
      query: async (sql, parameters) => {
        if (present !== instant)
          await tx.query(`select set_config('${instantSetting}', $1, true)`, [instant]);
        present = instant;
        return await tx.query(sql.replace(recordTables, 'pg_temp.$1'), parameters);
      },
    }),
  };
}

/** Temporary ones: they always have the columns that the tables have, and they go with the transaction. */
async function makeViews(tx: Tx): Promise<void> {
  const rows = await tx.query<{ table: string; columns: string[] }>(
    `select c.relname::text as table, array_agg(a.attname::text order by a.attnum) as columns
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where n.nspname = 'tierlink' and c.relname = any($1::text[]) and a.attnum > 0 and not a.attisdropped
     group by c.relname`,
    [recorded.map(([, { table }]) => table)],
  );
  const columnsOf = new Map(rows.map(({ table, columns }) => [table, columns]));
  for (const [entity, { table }] of recorded) {
    await tx.query(viewSql(entity, { table, columns: columnsOf.get(table) ?? [] }));
  }
}

/** The id comes from the version's own column, which has an index; everything else from the row that it keeps. */
function viewSql(
  entity: EntityName,
  { table, columns }: { table: string; columns: readonly string[] },
): string {
  const instant = `current_setting('${instantSetting}')::timestamptz`;
  const current = columns.map((column) => `t.${column}`).join(', ');
  const former = columns.map((column) => (column === 'id' ? 'v.record_id' : `r.${column}`)).join(', ');
  return `create temporary view ${table} as
    select ${current} from tierlink.${table} t where t.known_from <= ${instant}
    union all
    select ${former} from tierlink.record_version v
    cross join lateral jsonb_populate_record(null::tierlink.${table}, v.row) r
    where v.entity = '${entity}' and v.known_from <= ${instant} and v.known_to > ${instant}`;
}
