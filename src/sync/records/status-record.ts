import { idOfParts } from '../../model/record-id.ts';
import type { Executor } from '../../store/store.ts';

/**
 * The status record of a connection says to when the data is complete. It goes out only beside another write or when its
 * state word changes. The mark is made with the write that calls for it, so a run that dies in between leaves it behind.
 */

/** Our id of the status record of a connection. */
export function statusRecordId(connection: string): string {
  return idOfParts('con', [connection]);
}

/** Lets the status be compared by this push, or by the next one that comes so far. */
export async function markStatus(
  executor: Executor,
  mark: { connection: string; now: string },
): Promise<void> {
  await executor.query(
    `insert into tierlink.comparison (connection, entity, record_id, since)
     values ($1, 'connectionStatus', $2, $3::timestamptz) on conflict do nothing`,
    [mark.connection, statusRecordId(mark.connection), mark.now],
  );
}
