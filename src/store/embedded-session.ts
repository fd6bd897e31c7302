import { Worker } from 'node:worker_threads';
import { TierlinkError } from '../errors.ts';
import { diskFull } from '../system-errors.ts';
import { SessionBridge } from './session-bridge.ts';
import { endOfSession, type Fatal } from './wire.ts';

/** The embedded database in its own thread, so that a long statement never stops the rest of the process. */
export interface EmbeddedSession {
  bridge: SessionBridge;
  /** Why the session is gone, when it went before it was closed: STORE_FULL or STORE_ENDED. */
  loss(): TierlinkError | undefined;
  /** Calls the listener once when the session goes before it is closed; returns how to stop that. */
  onLost(listener: (reason: TierlinkError) => void): () => void;
  /** A tar archive of the whole database, which a later session can start from. */
  dump(): Promise<Uint8Array>;
  /** Ends the thread as a crash would, whatever it is at; what waits for an answer fails with STORE_ENDED. */
  abandon(reason: string): void;
  /**
   * Waits for what was asked before, then closes the database and ends the thread. One that does not answer in time is
   * ended as a crash would: that loses nothing which was committed.
   */
  close(): Promise<void>;
}

/** Closing writes what memory has and the files do not, which takes a fraction of a second. */
const CLOSE_MS = 5_000;

type RequestKind = 'wire' | 'dump' | 'close';
type Ask = (kind: RequestKind, bytes?: Uint8Array) => Promise<Uint8Array>;

interface Reply {
  id: number;
  bytes?: Uint8Array;
  error?: { message: string; stack?: string };
}

interface Pending {
  resolve: (bytes: Uint8Array) => void;
  reject: (error: Error) => void;
}

const ownThread = new URL('./pglite-worker.js', import.meta.url);

/** Starts the thread. `dataFolder: null` keeps everything in memory; `template` is an archive made by dump(). */
export function startEmbeddedSession(options: {
  dataFolder: string | null;
  template: Uint8Array | null;
  /** Module that runs in the thread. (Default: our own) */
  thread?: URL | undefined;
}): EmbeddedSession {
  const { thread = ownThread, ...workerData } = options;
  // Without this the thread would load the loaders of its parent, a TypeScript one for example, and need none.
  const worker = new Worker(thread, { workerData, execArgv: [] });
  const { ask, fail } = askThrough(worker);
  const listeners = new Set<(reason: TierlinkError) => void>();
  let loss: TierlinkError | undefined;
  let isClosed = false;
  const lose = (reason: TierlinkError): TierlinkError => {
    if (loss || isClosed) return loss ?? reason;
    loss = reason;
    // Not only forgotten: a thread that computes for ever would keep a processor busy and the process alive.
    void worker.terminate();
    fail(reason);
    bridge.lose(reason);
    for (const listener of listeners) listener(reason);
    return reason;
  };
  const bridge = new SessionBridge((bytes) => askSession(ask, bytes, lose));
  worker.on('error', (error) => lose(endedBy(error)));
  worker.on('exit', () => lose(endedBy(new Error('its thread has ended'))));
  return {
    bridge,
    loss: () => loss,
    onLost(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    dump: () => ask('dump'),
    abandon: (reason) => void lose(endedBy(new Error(reason))),
    async close() {
      if (!loss) await answeredWithin(ask('close'), CLOSE_MS);
      isClosed = true;
      await worker.terminate();
    },
  };
}

/**
 * What a statement does wrong is in its answer. No answer, or one in which the server panics, is the end of the session: it
 * must not be asked anything more.
 */
async function askSession(
  ask: Ask,
  bytes: Uint8Array,
  lose: (reason: TierlinkError) => TierlinkError,
): Promise<Uint8Array> {
  const answer = await ask('wire', bytes).catch((error: Error) => {
    throw lose(endedBy(error));
  });
  const fatal = endOfSession(Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength));
  if (fatal) throw lose(endedAs(fatal));
  return answer;
}

function endedAs({ code, message }: Fatal): TierlinkError {
  const cause = Object.assign(new Error(message), { code });
  return code === diskFull ? new TierlinkError('STORE_FULL', { reason: message }, { cause }) : endedBy(cause);
}

function endedBy(cause: Error): TierlinkError {
  if (cause instanceof TierlinkError) return cause;
  return new TierlinkError('STORE_ENDED', { reason: cause.message.replace(/\.$/, '') }, { cause });
}

/** Waits for the answer, but not longer; a failure is an end as well. */
async function answeredWithin(answer: Promise<unknown>, limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([answer.catch(() => undefined), late]);
  clearTimeout(timer);
}

/** Request and reply over the thread's port. Once it has failed, everything pending and all that follows fails. */
function askThrough(worker: Worker): { ask: Ask; fail: (reason: Error) => void } {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let death: Error | undefined;
  const fail = (error: Error) => {
    death ??= error;
    for (const waiting of pending.values()) waiting.reject(death);
    pending.clear();
  };
  worker.on('message', (reply: Reply) => {
    const waiting = pending.get(reply.id);
    pending.delete(reply.id);
    if (reply.error) waiting?.reject(Object.assign(new Error(reply.error.message), reply.error));
    else waiting?.resolve(reply.bytes ?? new Uint8Array());
  });
  worker.on('exit', () => fail(new Error('the embedded database has ended')));
  const ask: Ask = (kind, bytes) =>
    new Promise((resolve, reject) => {
      if (death) return reject(death);
      lastId += 1;
      pending.set(lastId, { resolve, reject });
      worker.postMessage({ id: lastId, kind, bytes }, bytes ? [bytes.buffer as ArrayBuffer] : []);
    });
  return { ask, fail };
}
