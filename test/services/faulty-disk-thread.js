// Runs the embedded database on a disk with a fault, which is named by the file "fault" beside the folder of the
// database while that exists. Plain JavaScript, because a worker is loaded by Node itself.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { dirname, join } from 'node:path';
import { workerData } from 'node:worker_threads';

const { existsSync, openSync, readFileSync, writeSync } = fs;
/** @typedef {[file: number, bytes: Uint8Array, offset: number, length: number, position: number]} Write */

const faultFile = join(dirname(workerData.dataFolder), 'fault');
/** Paths of open files. @type {Map<number, string>} */
const paths = new Map();
/** Writes to the log since the fault was switched on. */
let logWrites = 0;

Object.assign(fs, {
  /** @param {string} path @param {number} flags @param {number} mode */
  openSync(path, flags, mode) {
    const file = openSync(path, flags, mode);
    paths.set(file, path);
    return file;
  },
  /** @param {Write} write */
  writeSync(...write) {
    if (existsSync(faultFile)) meet(readFileSync(faultFile, 'utf8'), write);
    return writeSync(...write);
  },
});

/** @param {string} fault @param {Write} write */
function meet(fault, [file, , , length, position]) {
  const [kind, after = '0'] = fault.split(' ');
  const path = paths.get(file) ?? '';
  if (kind === 'exit') process.exit(1);
  if (kind === 'stuck') for (;;);
  // As on a disk that needs space also for what is written over: the database cannot go on without its log.
  if (kind === 'log' && path.includes('pg_wal')) {
    logWrites += 1;
    if (logWrites > Number(after)) refuse();
  }
  if (kind === 'growth' && position + length > fs.fstatSync(file).size) refuse();
}

function refuse() {
  throw Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC', errno: -28 });
}

syncBuiltinESMExports();
await import('../../src/store/pglite-worker.js');
