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

/** Ids of records created or changed in the window, as the platform's own replication service knows them. */
export async function replicatedIds(
  context: Context,
  object: string,
  window: Window,
  signal?: AbortSignal,
): Promise<Replicated> {
  const answer = await context.client.json<{ ids: string[]; latestDateCovered: string }>({
    method: 'GET',
    path: `/sobjects/${object}/updated?${windowText(window)}`,
    kind: 'replication',
    object,
    signal,
  });
  return { ids: answer.ids, coveredTo: Date.parse(offsetWithColon(answer.latestDateCovered)) };
}

export interface ReplicatedDeletes {
  deleted: { id: string; at: string }[];
  /** From when deletes are still known, epoch ms. */
  knownFrom: number;
  coveredTo: number;
}

/** Ids of records deleted in the window, as long as the platform's delete log reaches back. */
export async function replicatedDeletes(
  context: Context,
  object: string,
  window: Window,
  signal?: AbortSignal,
): Promise<ReplicatedDeletes> {
  const answer = await context.client.json<{
    deletedRecords: { id: string; deletedDate: string }[];
    earliestDateAvailable: string;
    latestDateCovered: string;
  }>({
    method: 'GET',
    path: `/sobjects/${object}/deleted?${windowText(window)}`,
    kind: 'replication',
    object,
    signal,
  });
  return {
    deleted: answer.deletedRecords.map(({ id, deletedDate }) => ({
      id,
      at: new Date(Date.parse(offsetWithColon(deletedDate))).toISOString(),
    })),
    knownFrom: Date.parse(offsetWithColon(answer.earliestDateAvailable)),
    coveredTo: Date.parse(offsetWithColon(answer.latestDateCovered)),
  };
}

function windowText({ from, to }: Window): string {
  return `start=${encodeURIComponent(stamp(from))}&end=${encodeURIComponent(stamp(to))}`;
}

function stamp(epochMs: number): string {
  return `${new Date(epochMs).toISOString().slice(0, 19)}+00:00`;
}

/** The platform writes offsets without a colon, which not every parser of dates takes. */
function offsetWithColon(text: string): string {
  return text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2');
}
