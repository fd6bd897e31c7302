import { isDeepStrictEqual } from 'node:util';
import type { ChangePage, ChangesRequest, Connector } from '../connector.ts';

/** Hands out the stream of a request once, if it was asked for ahead in exactly these words. */
export type ChangesAhead = (request: ChangesRequest) => AsyncIterable<ChangePage> | undefined;

/**
 * Asks for the changes of several objects at once, so that a connector can learn in few calls that most of them did not
 * change. Nothing is asked before the first stream is read. A stream belongs to its cursor: whoever finds that another
 * run has moved the cursor on meanwhile gets none, and asks anew.
 */
export function askAhead(connector: Connector, requests: readonly ChangesRequest[]): ChangesAhead {
  const streams = connector.changes(requests);
  const waiting = new Map(requests.map((request, index) => [request, streams[index]!]));
  return (wanted) => {
    for (const [request, stream] of waiting) {
      if (!isSame(request, wanted)) continue;
      waiting.delete(request);
      return stream;
    }
    return undefined;
  };
}

/** The signal says who may stop it, not what is asked. */
function isSame(left: ChangesRequest, right: ChangesRequest): boolean {
  return isDeepStrictEqual({ ...left, signal: null }, { ...right, signal: null });
}

/** The changes of one object: as they were asked for ahead, or asked for now. */
export function changesOf(
  { connector, ahead }: { connector: Connector; ahead?: ChangesAhead },
  request: ChangesRequest,
): AsyncIterable<ChangePage> {
  return ahead?.(request) ?? connector.changes([request])[0]!;
}
