import { parentPort, workerData } from 'node:worker_threads';
// The thread that owns the embedded database. Plain JavaScript, because a worker is loaded by Node itself and must
// load alike from the source, under the test runner and from the build.
import { PGlite } from '@electric-sql/pglite';

/**
 * @typedef {{ dataFolder: string | null, template: Uint8Array | null }} WorkerOptions
 * @typedef {{ id: number, kind: 'wire' | 'dump' | 'close', bytes?: Uint8Array }} WorkerRequest
 * @typedef {{ id: number, bytes?: Uint8Array, error?: { message: string, stack?: string } }} WorkerReply
 */

const port = /** @type {import('node:worker_threads').MessagePort} */ (parentPort);
const options = /** @type {WorkerOptions} */ (workerData);

/** @type {Record<number, string>} */
const refusals = {
  2: 'permission denied',
  29: 'the disk cannot be read or written',
  51: 'no space left on device',
  54: 'a file is in the place of a folder',
  69: 'the disk is read-only',
};

const ready = PGlite.create({
  ...(options.dataFolder === null ? {} : { dataDir: options.dataFolder }),
  ...(options.template === null ? {} : { loadDataDir: new Blob([new Uint8Array(options.template)]) }),
});
// Each request awaits it and answers with the reason; without this line a failed start would end the process first.
ready.catch(() => undefined);

/**
 * The answer as it is. execProtocolRaw would take every message apart as well, which costs more than the statement where
 * there are many rows.
 * @param {PGlite} database @param {Uint8Array} bytes @returns {Promise<Uint8Array>}
 */
async function ask(database, bytes) {
  /** @type {Uint8Array[]} */
  const parts = [];
  // What is handed over is a view of the database's own memory.
  await database.execProtocolRawStream(bytes, { onRawData: (part) => void parts.push(part.slice()) });
  if (parts.length === 1) return /** @type {Uint8Array} */ (parts[0]);
  const answer = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let end = 0;
  for (const part of parts) {
    answer.set(part, end);
    end += part.length;
  }
  return answer;
}

/** @param {WorkerRequest} request @returns {Promise<Uint8Array>} */
async function answer(request) {
  const database = await ready;
  if (request.kind === 'wire') return ask(database, request.bytes ?? new Uint8Array());
  if (request.kind === 'dump') {
    const dump = await database.dumpDataDir('none');
    return new Uint8Array(await dump.arrayBuffer());
  }
  await database.close();
  return new Uint8Array();
}

/** What the system refuses comes as a number of the WebAssembly system interface. @param {unknown} error */
function wordsOf(error) {
  const { errno } = /** @type {{ errno?: number }} */ (error ?? {});
  if (errno === undefined) return String(error);
  return refusals[errno] ?? `the system refused it (${errno})`;
}

/** One request after the other: the database is one session, and its file system is not safe for two. */
let turn = Promise.resolve();

port.on('message', (/** @type {WorkerRequest} */ request) => {
  turn = turn.then(async () => {
    try {
      const bytes = await answer(request);
      port.postMessage({ id: request.id, bytes }, [/** @type {ArrayBuffer} */ (bytes.buffer)]);
    } catch (error) {
      const { message, stack } = error instanceof Error ? error : new Error(wordsOf(error));
      port.postMessage({ id: request.id, error: { message, stack } });
    }
    if (request.kind === 'close') port.close();
  });
});
