import type { Executor } from '../../store/store.ts';

/** Where the change stream of an object goes on. */
export interface ChangesPosition {
  cursor: unknown;
  /** Deletes of pages so far, to be followed together when the stream ends. (Default: none) */
  deletes?: HeldDelete[];
}

/** A confirmed delete. at: ISO instant. */
export interface HeldDelete {
  id: string;
  at: string;
}

/** Where an unfinished full read of a mapping goes on. */
export interface ReadPosition {
  /** The connector's token of the last page kept; null before the first one. */
  resume: unknown;
  /** Where changes start once the read has ended: the earliest that a page named. */
  cursor: unknown;
  /** Whether a stream of changes was there when it began, which then goes on: no start of one was asked for. */
  follows: boolean;
  /** Whether records are known that the read has to be compared with. */
  compare: boolean;
  /** Hash of the mapping being read; with another one the read starts again. */
  hash: string;
  /** ISO instant of our clock at which it began. */
  beganAt: string;
}

interface CursorKey {
  connection: string;
  object: string;
  purpose: string;
}

/** The stored position; undefined when there is none. */
export async function loadCursor<Position>(
  executor: Executor,
  key: CursorKey,
): Promise<Position | undefined> {
  const [row] = await executor.query<{ position: Position }>(
    'select position from tierlink.cursor where connection = $1 and object = $2 and purpose = $3',
    [key.connection, key.object, key.purpose],
  );
  return row?.position;
}

/** The purposes for which positions of an object are stored. */
export async function storedPurposes(
  executor: Executor,
  key: Omit<CursorKey, 'purpose'>,
): Promise<Set<string>> {
  const rows = await executor.query<{ purpose: string }>(
    'select purpose from tierlink.cursor where connection = $1 and object = $2',
    [key.connection, key.object],
  );
  return new Set(rows.map(({ purpose }) => purpose));
}

export async function saveCursor(
  executor: Executor,
  key: CursorKey,
  save: { position: ChangesPosition | ReadPosition; now: string },
): Promise<void> {
  await executor.query(
    `insert into tierlink.cursor (connection, object, purpose, position, updated_at)
     values ($1, $2, $3, $4::jsonb, $5::timestamptz)
     on conflict (connection, object, purpose) do update set
       position = excluded.position, updated_at = excluded.updated_at`,
    [key.connection, key.object, key.purpose, JSON.stringify(save.position), save.now],
  );
}

export async function dropCursor(executor: Executor, key: CursorKey): Promise<void> {
  await executor.query('delete from tierlink.cursor where connection = $1 and object = $2 and purpose = $3', [
    key.connection,
    key.object,
    key.purpose,
  ]);
}

/**
 * Adds an interval to the ledger of what was covered. One that meets the last interval makes that longer; after a gap a
 * new one begins, so that gaps stay visible.
 */
export async function recordCoverage(
  executor: Executor,
  covered: {
    connection: string;
    object: string;
    kind: 'changes' | 'read';
    from: string | null;
    to: string;
    runId: string | null;
    now: string;
  },
): Promise<void> {
  const { connection, object, kind, from, to, runId, now } = covered;
  const extended = await executor.query(
    `update tierlink.coverage set to_at = greatest(to_at, $5::timestamptz), run_id = $6, recorded_at = $7::timestamptz
     where id = (select id from tierlink.coverage where connection = $1 and object = $2 and kind = $3
         order by to_at desc, id desc limit 1)
       and $4::timestamptz between from_at and to_at
     returning id`,
    [connection, object, kind, from, to, runId, now],
  );
  if (extended.length > 0) return;
  await executor.query(
    `insert into tierlink.coverage (connection, object, kind, from_at, to_at, run_id, recorded_at)
     values ($1, $2, $3, $4::timestamptz, $5::timestamptz, $6, $7::timestamptz)`,
    [connection, object, kind, from, to, runId, now],
  );
}
