import type { Call } from './client.ts';
import type { Context } from './context.ts';

/** A window of the org's clock, epoch ms. The platform wants more than a minute between its ends. */
export interface Window {
  from: number;
  to: number;
}

export interface Replicated {
  ids: string[];
  /** To when the answer is complete, epoch ms: held back while a long transaction runs. */
  coveredTo: number;
}

/** What `updated` answers. */
export interface UpdatedAnswer {
  ids: string[];
  latestDateCovered: string;
}

/** Asks for the ids of records created or changed in the window, as the platform's own replication service knows them. */
export function updatedCall(object: string, window: Window): Call {
  return {
    method: 'GET',
    path: `/sobjects/${object}/updated?${windowText(window)}`,
    kind: 'replication',
    object,
  };
}

export function readUpdated(answer: UpdatedAnswer): Replicated {
  return { ids: answer.ids, coveredTo: epochOf(answer.latestDateCovered) };
}

/** The ids of updatedCall, asked for by themselves. */
export async function replicatedIds(
  context: Context,
  object: string,
  window: Window,
  signal?: AbortSignal,
): Promise<Replicated> {
  return readUpdated(await context.client.json<UpdatedAnswer>({ ...updatedCall(object, window), signal }));
}

export interface ReplicatedDeletes {
  deleted: { id: string; at: string }[];
  /** From when deletes are still known, epoch ms. */
  knownFrom: number;
  coveredTo: number;
}

/** What `deleted` answers. */
export interface DeletedAnswer {
  deletedRecords: { id: string; deletedDate: string }[];
  earliestDateAvailable: string;
  latestDateCovered: string;
}

/** Asks for the ids of records deleted in the window, as far as the platform's delete log reaches back. */
export function deletedCall(object: string, window: Window): Call {
  return {
    method: 'GET',
    path: `/sobjects/${object}/deleted?${windowText(window)}`,
    kind: 'replication',
    object,
  };
}

export function readDeleted(answer: DeletedAnswer): ReplicatedDeletes {
  return {
    deleted: answer.deletedRecords.map(({ id, deletedDate }) => ({
      id,
      at: new Date(epochOf(deletedDate)).toISOString(),
    })),
    knownFrom: epochOf(answer.earliestDateAvailable),
    coveredTo: epochOf(answer.latestDateCovered),
  };
}

/** The deletes of deletedCall, asked for by themselves. */
export async function replicatedDeletes(
  context: Context,
  object: string,
  window: Window,
  signal?: AbortSignal,
): Promise<ReplicatedDeletes> {
  return readDeleted(await context.client.json<DeletedAnswer>({ ...deletedCall(object, window), signal }));
}

function windowText({ from, to }: Window): string {
  return `start=${encodeURIComponent(stamp(from))}&end=${encodeURIComponent(stamp(to))}`;
}

function stamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}+00:00`;
}

/** The platform writes offsets without a colon, which not every parser of dates takes. */
function epochOf(text: string): number {
  return Date.parse(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'));
}
