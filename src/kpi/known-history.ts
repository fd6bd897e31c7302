import { readSetting, writeSetting } from '../store/settings.ts';
import type { Executor } from '../store/store.ts';

/** From when on it can be asked what was known. */
export interface KnownHistory {
  /** The instant from which anything at all is known; null when there is nothing yet. */
  since: string | null;
  /** Former contents of records that were known before this instant are pruned; null when none are. */
  prunedTo: string | null;
  /** Since when records of each connection are known; null where none were read. */
  connections: { connection: string; since: string | null }[];
}

/** Whether what was known at an instant can still be put together, and if not, why. */
export type Availability = { isKnown: true } | { isKnown: false; reason: string };

const prunedKey = 'history.prunedTo';

export async function readKnownHistory(executor: Executor): Promise<KnownHistory> {
  const [first] = await executor.query<{ since: string | null }>(
    `select min(known_from) as since from (select min(known_from) as known_from from tierlink.partner
       union all select min(known_from) from tierlink.record_version where entity = 'partner') as known`,
  );
  const connections = await executor.query<{ connection: string; since: string | null }>(
    `select c.id as connection, min(l.linked_at) as since from tierlink.connection c
     left join tierlink.link l on l.connection = c.id group by c.id order by c.id collate "C"`,
  );
  const pruned = await readSetting<{ to: string }>(executor.db, prunedKey);
  return { since: first?.since ?? null, prunedTo: pruned?.to ?? null, connections };
}

/** What was never recorded, or is pruned, is not available; it is never taken for nothing. */
export function availabilityAt({ since, prunedTo }: KnownHistory, instant: string): Availability {
  const at = Date.parse(instant);
  if (since === null) return { isKnown: false, reason: 'nothing has been read yet' };
  if (at < Date.parse(since))
    return { isKnown: false, reason: `nothing was read before ${since.slice(0, 10)}` };
  if (prunedTo !== null && at < Date.parse(prunedTo)) {
    return {
      isKnown: false,
      reason: `what records said before ${prunedTo.slice(0, 10)} is no longer kept (retention.versions)`,
    };
  }
  return { isKnown: true };
}

/** Notes, before they are deleted, that versions which ended before an instant are gone. */
export async function notePruned(
  executor: Executor,
  { to, now }: { to: string; now: string },
): Promise<void> {
  const [row] = await executor.query<{ found: boolean }>(
    'select exists (select from tierlink.record_version where known_to < $1::timestamptz) as found',
    [to],
  );
  if (row?.found === true) await writeSetting(executor.db, { key: prunedKey, value: { to }, now });
}
