import type { Store } from '../../../src/store/open-store.ts';

/** Two views of one database: two pools on a server, the same one twice where only one process can have it. */
export interface StoreSite {
  store: Store;
  other: Store;
}

/** The notes of the probe table, by id. */
export async function notesIn(store: Store): Promise<string[]> {
  const rows = await store.query<{ note: string }>('select note from probe.item order by id');
  return rows.map((row) => row.note);
}
