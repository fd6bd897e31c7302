import type { Kysely } from 'kysely';
import type { Database } from './tables.ts';

/** What was kept under a name, as it was written; undefined before the first time. Whoever reads it knows its form. */
export async function readSetting<T>(db: Kysely<Database>, key: string): Promise<T | undefined> {
  const row = await db
    .selectFrom('tierlink.setting')
    .select('value')
    .where('key', '=', key)
    .executeTakeFirst();
  return row?.value as T | undefined;
}

/** Keeps a value (anything that JSON can say) under a name, over what was there. now: ISO instant. */
export async function writeSetting(
  db: Kysely<Database>,
  { key, value, now }: { key: string; value: unknown; now: string },
): Promise<void> {
  const kept = { value: JSON.stringify(value), updated_at: now };
  await db
    .insertInto('tierlink.setting')
    .values({ key, ...kept })
    .onConflict((conflict) => conflict.column('key').doUpdateSet(kept))
    .execute();
}
