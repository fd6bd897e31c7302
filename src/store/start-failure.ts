import { statfsSync } from 'node:fs';
import { isTierlinkError, TierlinkError } from '../errors.ts';

/** The database begins by making a file of this size for its log, whole, and says nothing of use when it cannot. */
const LOG_FILE_BYTES = 16 * 1024 * 1024;

/** Why the database of a folder does not start: STORE_FULL when its disk is, else STORE_NOT_STARTED. */
export function startFailure(folder: string | null, cause: Error, bytesFreeOf = freeBytesOf): Error {
  if (folder === null || isTierlinkError(cause, 'STORE_FULL')) return cause;
  const freeBytes = bytesFreeOf(folder);
  if (freeBytes < LOG_FILE_BYTES) {
    const freeMegabytes = Math.floor(freeBytes / 1024 / 1024);
    const reason = `${freeMegabytes} MB are free, and it does not start with less than 16`;
    return new TierlinkError('STORE_FULL', { reason }, { cause });
  }
  const said = isTierlinkError(cause, 'STORE_ENDED') ? String(cause.data.reason) : cause.message;
  const reason = said.replace(/\.$/, '');
  return new TierlinkError('STORE_NOT_STARTED', { folder, reason }, { cause });
}

/** For this user; more than enough where the system does not say. */
function freeBytesOf(folder: string): number {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize;
  } catch {
    return Number.POSITIVE_INFINITY;
  }
}
