/** Where a read goes on after a crash: behind the last id, or inside the results of a bulk job. */
export type ReadToken =
  | { lane: 'rest'; after: string; cursor: unknown }
  | { lane: 'bulk'; job: string; locator: string | null; skip: number; cursor: unknown };

/** Rows per page handed out. */
export const PAGE_ROWS = 2_000;
