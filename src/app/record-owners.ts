import type { Executor } from '../store/store.ts';

/** Everybody whom a CRM names as the owner of a partner or a deal, by name. */
export async function recordOwners(executor: Executor): Promise<string[]> {
  const rows = await executor.query<{ owner: string }>(
    `select owner from tierlink.partner where owner is not null
     union select owner from tierlink.deal where owner is not null order by owner`,
  );
  return rows.map(({ owner }) => owner);
}
