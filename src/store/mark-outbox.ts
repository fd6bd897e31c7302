import type { Executor } from './store.ts';

/** A mark that is there already is renewed, which keeps a push from taking it before our change can be read. */
export const renewed = 'on conflict (entity, record_id) do update set since = excluded.since';

/** Marks records to be compared by the next push. */
export async function markOutbox(
  tx: Executor,
  marks: { entity: string; recordIds: readonly string[]; now: string },
): Promise<void> {
  if (marks.recordIds.length === 0) return;
  await tx.query(
    `insert into tierlink.outbox (entity, record_id, since)
     select $1, id, $3::timestamptz from unnest($2::text[]) as id ${renewed}`,
    [marks.entity, [...new Set(marks.recordIds)].sort(), marks.now],
  );
}
