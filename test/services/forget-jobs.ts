import type { Store } from '../../src/store/open-store.ts';

/** Empties every table of the queue but its record of migrations, as a lost Redis would. */
export async function forgetJobs(store: Store): Promise<void> {
  const tables = await store.query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname = 'bullmq' and tablename <> 'migration'`,
  );
  await store.query(`truncate ${tables.map((table) => table.name).join(', ')} cascade`);
}
