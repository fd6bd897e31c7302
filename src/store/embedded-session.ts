import { Worker } from 'node:worker_threads';
import { SessionBridge } from './session-bridge.ts';

/** The embedded database in its own thread, so that a long statement never stops the rest of the process. */
export interface EmbeddedSession {
  bridge: SessionBridge;
  /** A tar archive of the whole database, which a later session can start from. */
  dump(): Promise<Uint8Array>;
  /** Waits for what was asked before, then closes the database and ends the thread. */
  close(): Promise<void>;
}

type RequestKind = 'wire' | 'dump' | 'close';

interface Reply {
  id: number;
  bytes?: Uint8Array;
  error?: { message: string; stack?: string };
}

interface Pending {
  resolve: (bytes: Uint8Array) => void;
  reject: (error: Error) => void;
}

/** Starts the thread. `dataFolder: null` keeps everything in memory; `template` is an archive made by dump(). */
export function startEmbeddedSession(options: {
  dataFolder: string | null;
  template: Uint8Array | null;
}): EmbeddedSession {
  const file = new URL('./pglite-worker.js', import.meta.url);
  // Without this the thread would load the loaders of its parent, a TypeScript one for example, and need none.
  const worker = new Worker(file, { workerData: options, execArgv: [] });
  const ask = askThrough(worker);
  return {
    bridge: new SessionBridge((bytes) => ask('wire', bytes)),
    dump: () => ask('dump'),
    async close() {
      await ask('close').catch(() => undefined);
      await worker.terminate();
    },
  };
}

/** Request and reply over the thread's port; when the thread dies, everything pending fails with its reason. */
function askThrough(worker: Worker): (kind: RequestKind, bytes?: Uint8Array) => Promise<Uint8Array> {
  const pending = new Map<number, Pending>();
  let lastId = 0;
  let death: Error | undefined;
  const failAll = (error: Error) => {
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
  worker.on('error', failAll);
  worker.on('exit', () => failAll(new Error('the embedded database has ended')));
  return (kind, bytes) =>
    new Promise((resolve, reject) => {
      if (death) return reject(death);
      lastId += 1;
      pending.set(lastId, { resolve, reject });
      worker.postMessage({ id: lastId, kind, bytes }, bytes ? [bytes.buffer as ArrayBuffer] : []);
    });
}
