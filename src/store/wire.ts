/**
 * Framing of PostgreSQL's wire protocol 3.0 (https://www.postgresql.org/docs/15/protocol-message-formats.html): one
 * byte of type, four bytes of length that count themselves, body. Only the start-up message has no type byte.
 */

/** Frontend messages after which the server answers: Sync, simple Query, Flush, CopyDone, CopyFail. */
const ANSWERED = new Set([0x53, 0x51, 0x48, 0x63, 0x66]);
const TERMINATE = 0x58;
const NOTIFICATION = 0x41;
const READY_FOR_QUERY = 0x5a;
const HEADER_BYTES = 5;

/** What a chunk written by the driver asks for. */
export type ChunkKind = 'more' | 'request' | 'terminate';

/** Whether whole messages ask for an answer now, need more messages first, or end the connection. */
export function classifyChunk(chunk: Buffer): ChunkKind {
  if (chunk[0] === 0) return 'request';
  let type = 0;
  for (let at = 0; at < chunk.length; at += 1 + chunk.readUInt32BE(at + 1)) type = chunk[at] ?? 0;
  if (type === TERMINATE) return 'terminate';
  return ANSWERED.has(type) ? 'request' : 'more';
}

export interface Answer {
  /** Bytes for the connection that asked. */
  own: Buffer[];
  /** Notification messages, for every connection: the embedded server has one session, its listeners are many. */
  notifications: Buffer[];
  /** Transaction status of the last ReadyForQuery, when there was one: idle, in a transaction, in a failed one. */
  status: 'idle' | 'open' | undefined;
}

/** Splits what the server answered. Data rows are passed on in one piece, not message by message. */
export function splitAnswer(bytes: Buffer): Answer {
  const answer: Answer = { own: [], notifications: [], status: undefined };
  let from = 0;
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    if (bytes[at] === READY_FOR_QUERY) answer.status = bytes[at + HEADER_BYTES] === 0x49 ? 'idle' : 'open';
    if (bytes[at] === NOTIFICATION) {
      if (at > from) answer.own.push(bytes.subarray(from, at));
      answer.notifications.push(bytes.subarray(at, end));
      from = end;
    }
    at = end;
  }
  if (from < bytes.length) answer.own.push(bytes.subarray(from));
  return answer;
}
