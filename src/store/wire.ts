import { Transform } from 'node:stream';

/**
 * Framing of PostgreSQL's wire protocol 3.0 (https://www.postgresql.org/docs/15/protocol-message-formats.html): one
 * byte of type, four bytes of length that count themselves, body. Only the start-up message has no type byte.
 */

/** Frontend messages after which the server answers: Sync, simple Query, Flush, CopyDone, CopyFail. */
const ANSWERED = new Set([0x53, 0x51, 0x48, 0x63, 0x66]);
const TERMINATE = 0x58;
const NOTIFICATION = 0x41;
const READY_FOR_QUERY = 0x5a;
const ERROR_RESPONSE = 0x45;
const HEADER_BYTES = 5;
/** Length and protocol version of a start-up message. */
const STARTUP_BYTES = 8;
const PROTOCOL_3_0 = 0x30000;

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

/** Why a server ends a connection by itself; SQLSTATE and words are PostgreSQL's own. */
export const fatal = {
  shutdown: { code: '57P01', message: 'terminating connection due to administrator command' },
  notNow: { code: '57P03', message: 'the database system is not accepting connections' },
  idleInTransaction: {
    code: '25P03',
    message: 'terminating connection due to idle-in-transaction timeout',
  },
} as const;

export interface Fatal {
  code: string;
  message: string;
}

/** How an ErrorResponse of a session that is at its end says so, whatever the language of its words. */
const END_SEVERITIES = ['FATAL', 'PANIC'];

/**
 * The error with which the server ended the session, when the answer has one. The embedded server may go on to say that it
 * is ready, but must not be asked again: it has no sound memory any more, and would compute for ever.
 */
export function endOfSession(bytes: Buffer): Fatal | undefined {
  // Rows are many and such errors are rare, so messages are looked at one by one only where the words are at all.
  if (!END_SEVERITIES.some((severity) => bytes.includes(`\0V${severity}\0`))) return undefined;
  for (let at = 0; at + HEADER_BYTES <= bytes.length; ) {
    const end = at + 1 + bytes.readUInt32BE(at + 1);
    const fields =
      bytes[at] === ERROR_RESPONSE ? fieldsOf(bytes.toString('utf8', at + HEADER_BYTES, end)) : {};
    if (END_SEVERITIES.includes(fields.V ?? '')) return { code: fields.C ?? '', message: fields.M ?? '' };
    at = end;
  }
  return undefined;
}

/** Fields of an ErrorResponse by their one-letter types. */
function fieldsOf(body: string): Record<string, string> {
  return Object.fromEntries(body.split('\0').map((field) => [field.charAt(0), field.slice(1)]));
}

/** The ErrorResponse with which a server takes leave of a connection. */
export function fatalError({ code, message }: Fatal): Buffer {
  const body = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${message}\0\0`);
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('E');
  header.writeUInt32BE(body.length + HEADER_BYTES - 1, 1);
  return Buffer.concat([header, body]);
}

/**
 * Gives what a socket brings in pieces on in whole messages, the start-up message in a chunk of its own. Fails when the
 * bytes are not the protocol.
 */
export function messageFramer(): Transform {
  const held: Buffer[] = [];
  let heldBytes = 0;
  let neededBytes = STARTUP_BYTES;
  let isStarted = false;
  const next = (bytes: Buffer): Buffer => {
    const { end, needed } = isStarted ? wholeMessages(bytes) : wholeStartup(bytes);
    isStarted ||= end > 0;
    neededBytes = needed;
    return bytes.subarray(0, end);
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      held.push(chunk);
      heldBytes += chunk.length;
      try {
        while (heldBytes >= neededBytes) {
          const bytes = Buffer.concat(held);
          const whole = next(bytes);
          if (whole.length > 0) this.push(whole);
          held.splice(0, held.length, bytes.subarray(whole.length));
          heldBytes = bytes.length - whole.length;
        }
        done();
      } catch (error) {
        done(error as Error);
      }
    },
  });
}

interface Whole {
  /** Where the whole messages end. */
  end: number;
  /** How many bytes there must be from there on before it is worth looking again. */
  needed: number;
}

function wholeStartup(bytes: Buffer): Whole {
  const length = bytes.readUInt32BE(0);
  if (length < STARTUP_BYTES || bytes.readUInt32BE(4) !== PROTOCOL_3_0)
    throw new Error('no start-up message');
  return bytes.length < length ? { end: 0, needed: length } : { end: length, needed: HEADER_BYTES };
}

function wholeMessages(bytes: Buffer): Whole {
  let end = 0;
  for (;;) {
    if (end + HEADER_BYTES > bytes.length) return { end, needed: HEADER_BYTES };
    const length = 1 + bytes.readUInt32BE(end + 1);
    if (length < HEADER_BYTES) throw new Error('no message of the wire protocol');
    if (end + length > bytes.length) return { end, needed: length };
    end += length;
  }
}
