import { isTierlinkError, type TierlinkError } from '../../src/errors.ts';
import type { ChangesRequest } from '../../src/sync/connector.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { Call } from './client.ts';
import type { Context } from './context.ts';
import { type Cursor, expired, parseCursor } from './cursor.ts';
import { deletesReach } from './deletes.ts';
import {
  type DeletedAnswer,
  deletedCall,
  type Replicated,
  type ReplicatedDeletes,
  readDeleted,
  readUpdated,
  replicatedIds,
  type UpdatedAnswer,
  updatedCall,
  type Window,
} from './replication.ts';
import { type Outcome, together } from './together.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
/** The replication service knows changes of the last 30 days. */
const UPDATED_DAYS = 30;

/** One window of the org's clock, fixed when the first stream begins. All instants are epoch ms. */
export interface ChangeWindow {
  /** Start with the overlap; what lies between here and the cursor was handed out before. */
  from: number;
  /** The same, or where a window began that an earlier run did not read to its end. */
  openFrom: number;
  deletesFrom: number;
  /** The platform's own word for how far everything is visible: the next cursor. It can lag by hours. */
  safe: number;
  /** The org's time now. Rows up to here are handed out at once, and once more until they are safe. */
  to: number;
  /** Whether the replication service serves the object. */
  replicated: boolean;
  /** Ids that the replication service names; null when there are too many to name or it does not serve the object. */
  ids: Set<string> | null;
  /** The delete log of the window, where it came with the ids. */
  log: ReplicatedDeletes | null;
}

export interface OpenedStream {
  cursor: Cursor;
  window: ChangeWindow;
}

/** A stream that is being opened: what is asked about it, and what was answered. */
interface Opening {
  request: ChangesRequest;
  cursor: Cursor;
  bounds: Pick<ChangeWindow, 'from' | 'openFrom' | 'deletesFrom' | 'to' | 'replicated'>;
  calls: { updated?: Call; deleted?: Call };
}

/**
 * Opens several change streams: what was updated and what was deleted of all their objects, in as few calls as these
 * fit in. In the order of the requests; a stream that cannot be opened is its error.
 */
export async function openStreams(
  context: Context,
  requests: readonly ChangesRequest[],
): Promise<(OpenedStream | TierlinkError)[]> {
  const openings: (Opening | TierlinkError)[] = [];
  const now = await context.client.serverNow();
  for (const request of requests) openings.push(await orError(() => openingOf(context, request, now)));
  const answers = await headsOf(context, openings, requests[0]?.signal);
  const opened: (OpenedStream | TierlinkError)[] = [];
  for (const opening of openings) {
    opened.push('calls' in opening ? await orError(() => open(context, opening, answers)) : opening);
  }
  const moving = requests.filter((_, index) => isMoving(opened[index]));
  // Should that fail, each stream meets it when it asks for its object.
  await orError(() => context.metadata.learn(moving.map(({ object }) => object)));
  return opened;
}

/** What fails for one stream fails when that stream is read. */
async function orError<T>(work: () => Promise<T>): Promise<T | TierlinkError> {
  try {
    return await work();
  } catch (error) {
    if (!isTierlinkError(error)) throw error;
    return error;
  }
}

async function openingOf(context: Context, request: ChangesRequest, now: number): Promise<Opening> {
  const { object } = request;
  const { overlapMs } = context.options;
  const cursor = parseCursor(context, object, request.cursor);
  const since = Date.parse(cursor.coveredTo);
  const from = since - overlapMs;
  const bounds = {
    from,
    openFrom: Math.min(from, cursor.openFrom === undefined ? from : Date.parse(cursor.openFrom)),
    deletesFrom: Date.parse(cursor.deletesTo) - overlapMs,
    to: now,
    replicated: cursor.replicated ?? (await isReplicated(context, object, cursor)),
  };
  if (!bounds.replicated) return { request, cursor, bounds, calls: {} };
  if (now - since > UPDATED_DAYS * DAY_MS) throw expired(context, object, cursor.coveredTo);
  const deletes = deletesReach(bounds.deletesFrom, now);
  return {
    request,
    cursor,
    bounds,
    calls: {
      updated: updatedCall(object, updatedReach(bounds)),
      ...(deletes === undefined ? {} : { deleted: deletedCall(object, deletes) }),
    },
  };
}

/** An object without stamps cannot be followed at all: a full comparison is the way out. */
async function isReplicated(context: Context, object: string, cursor: Cursor): Promise<boolean> {
  const raw = await context.metadata.object(object);
  if (raw.fields.some((field) => field.name === 'SystemModstamp')) return raw.replicateable;
  throw expired(context, object, cursor.coveredTo);
}

/** The platform wants more than a minute between the ends of a window, and ignores seconds. */
function updatedReach({ openFrom, to }: Pick<ChangeWindow, 'openFrom' | 'to'>): Window {
  const reach = Math.max(openFrom, to - UPDATED_DAYS * DAY_MS + MINUTE_MS);
  return { from: Math.min(reach, to - MINUTE_MS), to: to + MINUTE_MS };
}

type Answers = ReadonlyMap<Call, Outcome<UpdatedAnswer & DeletedAnswer>>;

async function headsOf(
  context: Context,
  openings: readonly (Opening | TierlinkError)[],
  signal: AbortSignal | undefined,
): Promise<Answers> {
  const calls = openings.flatMap((each) => ('calls' in each ? Object.values<Call>(each.calls) : []));
  const outcomes = await together<UpdatedAnswer & DeletedAnswer>(context, calls, signal);
  return new Map(calls.map((call, index) => [call, outcomes[index]!]));
}

/** What was refused together with others is asked for by itself: the ids here, the delete log when it is followed. */
async function open(context: Context, opening: Opening, answers: Answers): Promise<OpenedStream> {
  const { request, cursor, bounds, calls } = opening;
  const since = Date.parse(cursor.coveredTo);
  const updated = calls.updated && answers.get(calls.updated);
  const deleted = calls.deleted && answers.get(calls.deleted);
  const log = deleted?.fault === undefined && deleted !== undefined ? readDeleted(deleted.body) : null;
  const isServed =
    bounds.replicated &&
    (updated?.fault === undefined || (await isReplicated(context, request.object, cursor)));
  if (!isServed) {
    const safe = Math.max(since, bounds.to - context.options.overlapMs);
    return { cursor, window: { ...bounds, replicated: false, safe, ids: null, log: null } };
  }
  const { ids, coveredTo } =
    updated !== undefined && updated.fault === undefined
      ? idsOf(readUpdated(updated.body))
      : await named(context, request, updatedReach(bounds));
  return { cursor, window: { ...bounds, safe: Math.max(since, Math.min(bounds.to, coveredTo)), ids, log } };
}

interface Named {
  ids: Set<string> | null;
  coveredTo: number;
}

function idsOf({ ids, coveredTo }: Replicated): Named {
  return { ids: new Set(ids), coveredTo };
}

/** Above 600,000 ids the service names none: only how far it is complete is asked then, over a short window. */
async function named(context: Context, request: ChangesRequest, window: Window): Promise<Named> {
  const ask = async (from: number): Promise<Replicated> =>
    await replicatedIds(context, request.object, { from, to: window.to }, request.signal);
  try {
    return idsOf(await ask(window.from));
  } catch (error) {
    if (faultOf(error)?.code !== 'EXCEEDED_ID_LIMIT') throw error;
    return { ids: null, coveredTo: (await ask(window.to - 2 * MINUTE_MS)).coveredTo };
  }
}

/** Whether anything has to be read of a stream, for which its object has to be described. */
function isMoving(opened: OpenedStream | TierlinkError | undefined): boolean {
  if (opened === undefined || !('window' in opened)) return false;
  const { ids, log } = opened.window;
  return ids === null || ids.size > 0 || log === null || log.deleted.length > 0;
}
