import { badRequest } from './api-errors.ts';
import { parseDateTime } from './dml/coerce.ts';
import { formatDateTime } from './format.ts';
import { compareIds } from './ids.ts';
import type { Org } from './org.ts';
import type { Caller, ObjectMeta, Row } from './types.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const UPDATED_REACH = 30 * DAY;
const DELETED_REACH = 15 * DAY;
const MOST_IDS = 600_000;

/** A window in epoch milliseconds, both ends on whole minutes: seconds are ignored. */
export interface ReplicationWindow {
  start: number;
  end: number;
}

const floorMinute = (ms: number): number => Math.floor(ms / MINUTE) * MINUTE;

function instant(text: string | undefined, name: string): number {
  // A client that does not encode the plus of an offset sends a blank.
  const ms = text === undefined ? null : parseDateTime(text.replace(' ', '+'));
  if (ms === null) throw badRequest('INVALID_REPLICATION_DATE', `${name} is not a valid date: ${text ?? ''}`);
  return floorMinute(ms);
}

/** Reads the window of a request; throws INVALID_REPLICATION_DATE for what the platform refuses. */
export function windowOf(
  org: Org,
  query: { start?: string | undefined; end?: string | undefined },
  kind: 'updated' | 'deleted',
): ReplicationWindow {
  const window = { start: instant(query.start, 'startDate'), end: instant(query.end, 'endDate') };
  if (window.end <= window.start) {
    throw badRequest(
      'INVALID_REPLICATION_DATE',
      'endDate must be at least one minute greater than startDate',
    );
  }
  const reach = kind === 'updated' ? UPDATED_REACH : DELETED_REACH;
  if (window.start < floorMinute(org.now()) - reach) {
    throw badRequest(
      'INVALID_REPLICATION_DATE',
      `startDate before org replication enabled date or more than ${reach / DAY} days ago`,
    );
  }
  return window;
}

/**
 * To when the answer is complete: the end of the window, but not later than now, and not later than the start of a
 * long transaction that is still running.
 */
function covered(org: Org, object: ObjectMeta, window: ReplicationWindow): number {
  const held = org.faults
    .active('held-replication', { object: object.name })
    .map((fault) => parseDateTime(fault.since ?? '') ?? org.now());
  return floorMinute(Math.min(window.end, org.now(), ...held));
}

function isIn(window: ReplicationWindow, at: number): boolean {
  return at >= window.start && at < window.end;
}

function limited<T>(items: T[]): T[] {
  if (items.length > MOST_IDS) throw badRequest('EXCEEDED_ID_LIMIT', 'too many ids in the time span');
  return items;
}

/** getUpdated: ids of live rows whose SystemModstamp lies in the window. */
export function updatedIn(
  org: Org,
  target: { object: ObjectMeta; caller: Caller },
  window: ReplicationWindow,
): unknown {
  const ids: string[] = [];
  for (const row of org.rowsModifiedSince(target.object.name, window.start)) {
    const inWindow = row.IsDeleted !== true && isIn(window, Number(row.SystemModstamp));
    if (inWindow && target.caller.canSeeRow(target.object, row)) ids.push(String(row.Id));
  }
  return {
    ids: limited(ids.sort(compareIds)),
    latestDateCovered: formatDateTime(covered(org, target.object, window)),
  };
}

function deletedRows(
  org: Org,
  target: { object: ObjectMeta; caller: Caller },
  window: ReplicationWindow,
): Array<[string, number]> {
  const seen = (row: Row): boolean => row.IsDeleted === true && target.caller.canSeeRow(target.object, row);
  const inBin = [...org.rowsModifiedSince(target.object.name, window.start)]
    .filter(seen)
    .map((row): [string, number] => [String(row.Id), Number(row.SystemModstamp)]);
  const gone = [...(org.state.goneRows.get(target.object.name) ?? [])];
  return [...inBin, ...gone].filter(([, at]) => isIn(window, at));
}

/** getDeleted: what went into the bin, or out of it, within the window. The log may have been trimmed. */
export function deletedIn(
  org: Org,
  target: { object: ObjectMeta; caller: Caller },
  window: ReplicationWindow,
): unknown {
  const purgedAt = org.faults
    .active('purged-deletes', { object: target.object.name })
    .map((fault) => parseDateTime(fault.since ?? '') ?? org.now());
  const earliest = Math.max(floorMinute(org.now() - DELETED_REACH), ...purgedAt);
  const records = deletedRows(org, target, window)
    .filter(([, at]) => at >= earliest)
    .sort((a, b) => a[1] - b[1] || compareIds(a[0], b[0]))
    .map(([id, at]) => ({ id, deletedDate: formatDateTime(at) }));
  return {
    deletedRecords: limited(records),
    earliestDateAvailable: formatDateTime(earliest),
    latestDateCovered: formatDateTime(covered(org, target.object, window)),
  };
}
