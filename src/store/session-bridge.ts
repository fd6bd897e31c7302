import { Duplex } from 'node:stream';
import { classifyChunk, type Fatal, fatal, fatalError, splitAnswer } from './wire.ts';

/** Sends frontend messages to the one session and resolves with everything that it answered. */
export type SessionCall = (bytes: Uint8Array) => Promise<Uint8Array>;

export interface BridgeOptions {
  /**
   * A connection that has a transaction open and asks for nothing for so long is rolled back and cut off, because
   * nobody else is served meanwhile. (Default: without limit)
   */
  idleInTransactionMs?: number;
  /** Whether it is told what others notify. (Default: true) */
  isNotified?: boolean;
}

interface Connection extends BridgeOptions {
  stream: Duplex;
  isEnded: boolean;
  /** Runs while it has a transaction open and asks for nothing. */
  idleTimer?: NodeJS.Timeout;
}

interface Waiting {
  connection: Connection;
  bytes: Buffer;
  done: (error?: Error) => void;
}

const ROLLBACK = Buffer.from([0x51, 0, 0, 0, 13, ...Buffer.from('ROLLBACK'), 0]);
/**
 * Idleness is counted in looks, not by one long timer: after this process itself stood still, the first look comes
 * before the request that arrived meanwhile is read.
 */
const IDLE_LOOKS = 5;

/**
 * Lets many driver connections share one database session. Each connection is a stream that the driver takes for a
 * socket. From the answer that leaves a transaction open until the one that closes it, only its connection is served.
 */
export class SessionBridge {
  readonly #call: SessionCall;
  readonly #connections = new Map<Duplex, Connection>();
  #waiting: Waiting[] = [];
  /** Whose statement the session works on. */
  #running: Waiting | undefined;
  /** Who has a transaction open. */
  #owner: Connection | undefined;
  /** Why there is no session any more. */
  #loss: Error | undefined;

  constructor(call: SessionCall) {
    this.#call = call;
  }

  /** A new connection; pass it to the driver as its `stream`. Its transaction is rolled back when it ends. */
  connect(options: BridgeOptions = {}): Duplex {
    const held: Buffer[] = [];
    const connection: Connection = { ...options, stream: new Duplex({ read() {} }), isEnded: false };
    connection.stream._write = (chunk: Buffer, _encoding, done) => {
      held.push(chunk);
      const kind = classifyChunk(chunk);
      if (kind === 'more') return done();
      const bytes = held.length === 1 ? chunk : Buffer.concat(held);
      held.length = 0;
      if (kind === 'terminate') return this.#end(connection, done);
      clearInterval(connection.idleTimer);
      this.#waiting.push({ connection, bytes, done });
      this.#serve();
    };
    connection.stream._final = (done) => {
      this.#end(connection, done);
    };
    connection.stream._destroy = (error, done) => {
      this.#end(connection, () => done(error));
    };
    this.#connections.set(connection.stream, connection);
    // Not before the driver listens.
    if (this.#loss) process.nextTick(() => connection.stream.destroy(this.#loss));
    return asSocket(connection.stream);
  }

  /** Ends a connection from this side, as a server does that has a reason to. */
  cutOff(stream: Duplex, reason: Fatal): void {
    const connection = this.#connections.get(stream);
    if (!connection) return;
    stream.push(fatalError(reason));
    this.#end(connection, () => undefined);
  }

  /** The session is gone. Every connection fails with the reason, also one that is made later. */
  lose(reason: Error): void {
    if (this.#loss) return;
    this.#loss = reason;
    this.#waiting = [];
    for (const stream of [...this.#connections.keys()]) stream.destroy(reason);
  }

  #end(connection: Connection, done: () => void): void {
    if (!connection.isEnded) {
      connection.isEnded = true;
      clearInterval(connection.idleTimer);
      this.#connections.delete(connection.stream);
      this.#waiting = this.#waiting.filter((item) => item.connection !== connection);
      connection.stream.push(null);
      // While its statement runs, what to do is seen from the answer.
      if (this.#owner === connection && this.#running?.connection !== connection) this.#rollBack(connection);
    }
    done();
  }

  /** The connection went away: nobody else would ever end its transaction. */
  #rollBack(connection: Connection): void {
    this.#waiting.unshift({ connection, bytes: ROLLBACK, done: () => undefined });
    this.#serve();
  }

  #serve(): void {
    if (this.#running || this.#loss) return;
    const index = this.#waiting.findIndex((item) => !this.#owner || item.connection === this.#owner);
    const [next] = index < 0 ? [] : this.#waiting.splice(index, 1);
    if (!next) return;
    this.#running = next;
    this.#call(copyOf(next.bytes))
      .then(
        (bytes) => this.#deliver(next, bytes),
        // What a statement does wrong is an answer too; only a session that is gone gives none.
        (error: Error) => this.lose(error),
      )
      .finally(() => {
        this.#running = undefined;
        this.#serve();
      });
  }

  #deliver({ connection, done }: Waiting, bytes: Uint8Array): void {
    const answer = splitAnswer(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    if (answer.status !== undefined) this.#owner = answer.status === 'open' ? connection : undefined;
    if (!connection.isEnded) for (const part of answer.own) connection.stream.push(part);
    // Where the connection's end had come behind its statement, this is what ends it.
    done();
    if (this.#owner === connection) {
      if (connection.isEnded) this.#rollBack(connection);
      else this.#watchIdleness(connection);
    }
    for (const notification of answer.notifications) {
      for (const { stream, isNotified = true } of this.#connections.values()) {
        if (isNotified) stream.push(notification);
      }
    }
  }

  #watchIdleness(connection: Connection): void {
    const { idleInTransactionMs, stream } = connection;
    if (idleInTransactionMs === undefined) return;
    let looks = 0;
    connection.idleTimer = setInterval(() => {
      looks += 1;
      if (looks >= IDLE_LOOKS) this.cutOff(stream, fatal.idleInTransaction);
    }, idleInTransactionMs / IDLE_LOOKS);
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
