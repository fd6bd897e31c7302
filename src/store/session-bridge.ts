import { Duplex } from 'node:stream';
import { classifyChunk, splitAnswer } from './wire.ts';

/** Sends frontend messages to the one session and resolves with everything that it answered. */
export type SessionCall = (bytes: Uint8Array) => Promise<Uint8Array>;

interface Connection {
  stream: Duplex;
  isEnded: boolean;
}

interface Waiting {
  connection: Connection;
  bytes: Buffer;
  done: (error?: Error) => void;
}

const ROLLBACK = Buffer.from([0x51, 0, 0, 0, 13, ...Buffer.from('ROLLBACK'), 0]);

/**
 * Lets many driver connections share one database session. Each connection is a stream that the driver takes for a
 * socket. From the answer that leaves a transaction open until the one that closes it, only its connection is served.
 */
export class SessionBridge {
  readonly #call: SessionCall;
  readonly #connections = new Set<Connection>();
  readonly #waiting: Waiting[] = [];
  #owner: Connection | undefined;
  #isBusy = false;

  constructor(call: SessionCall) {
    this.#call = call;
  }

  /** A new connection; pass it to the driver as its `stream`. */
  connect(): Duplex {
    const held: Buffer[] = [];
    const connection: Connection = { stream: new Duplex({ read() {} }), isEnded: false };
    connection.stream._write = (chunk: Buffer, _encoding, done) => {
      held.push(chunk);
      const kind = classifyChunk(chunk);
      if (kind === 'more') return done();
      const bytes = held.length === 1 ? chunk : Buffer.concat(held);
      held.length = 0;
      if (kind === 'terminate') return this.#end(connection, done);
      this.#waiting.push({ connection, bytes, done });
      this.#serve();
    };
    connection.stream._destroy = (error, done) => {
      this.#end(connection, () => done(error));
    };
    this.#connections.add(connection);
    return asSocket(connection.stream);
  }

  #end(connection: Connection, done: () => void): void {
    if (!connection.isEnded) {
      connection.isEnded = true;
      this.#connections.delete(connection);
      connection.stream.push(null);
      if (this.#owner === connection) {
        this.#waiting.unshift({ connection, bytes: ROLLBACK, done: () => undefined });
        this.#serve();
      }
    }
    done();
  }

  #serve(): void {
    if (this.#isBusy) return;
    const index = this.#waiting.findIndex((item) => !this.#owner || item.connection === this.#owner);
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (!next) return;
    this.#isBusy = true;
    this.#call(copyOf(next.bytes))
      .then(
        (bytes) => this.#deliver(next, bytes),
        (error: Error) => next.done(error),
      )
      .finally(() => {
        this.#isBusy = false;
        this.#serve();
      });
  }

  #deliver(item: Waiting, bytes: Uint8Array): void {
    const answer = splitAnswer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (answer.status !== undefined) this.#owner = answer.status === 'open' ? item.connection : undefined;
    if (!item.connection.isEnded) for (const part of answer.own) item.connection.stream.push(part);
    else if (answer.status === 'open') this.#rollBackFor(item.connection);
    item.done();
    for (const notification of answer.notifications) {
      for (const connection of this.#connections) connection.stream.push(notification);
    }
  }

  /** The connection went away while its statement ran: nobody would ever end its transaction. */
  #rollBackFor(connection: Connection): void {
    this.#waiting.unshift({ connection, bytes: ROLLBACK, done: () => undefined });
  }
}

/** The driver reuses its buffers, and the bytes are handed over to another thread. */
function copyOf(bytes: Buffer): Uint8Array {
  return new Uint8Array(bytes);
}

/** What the driver calls on a socket beside a stream's own methods. */
function asSocket(stream: Duplex): Duplex {
  const nothing = () => stream;
  return Object.assign(stream, {
    setNoDelay: nothing,
    setKeepAlive: nothing,
    ref: nothing,
    unref: nothing,
    connect: () => {
      process.nextTick(() => stream.emit('connect'));
      return stream;
    },
  });
}
