import type { Executor } from '../store/store.ts';

/** Everybody whom a CRM names as the owner of a partner or a deal, by name. */
export async function recordOwners(executor: Executor): Promise<string[]> {
  const rows = await executor.query<{ owner: string }>(
    `select owner from (select owner from tierlink.partner union select owner from tierlink.deal) named
     where owner is not null order by owner collate "C"`,
  );
  return rows.map(({ owner }) => owner);
}
