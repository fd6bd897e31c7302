import { closeSync, openSync, readFileSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { isTierlinkError, TierlinkError } from '../errors.ts';
import type { CsvContents } from '../sync/import/csv-read.ts';
import { systemReason } from '../system-errors.ts';
import { text } from './commands/import/import.messages.ts';

/** What a file holds: read piece by piece, as often as need be; a pipe, which can be read once only, as a whole. Throws IMPORT_FILE. */
export function contentsOf(file: string): CsvContents {
  try {
    if (!statSync(file).isFile()) return readFileSync(file);
    closeSync(openSync(file, 'r'));
    return () => piecesOf(file);
  } catch (cause) {
    throw unreadable(file, cause);
  }
}

/** What is written to meanwhile would be taken in part as it was and in part as it is. */
async function* piecesOf(file: string): AsyncGenerator<Uint8Array> {
  const handle = await open(file, 'r').catch((cause: unknown) => {
    throw unreadable(file, cause);
  });
  try {
    const before = await handle.stat();
    yield* handle.createReadStream({ autoClose: false }) as AsyncIterable<Uint8Array>;
    const after = await handle.stat();
    if (after.size !== before.size || after.mtimeMs !== before.mtimeMs)
      throw new TierlinkError('IMPORT_FILE', { file, reason: text.changedMeanwhile, remedy: text.tryAgain });
  } catch (cause) {
    throw isTierlinkError(cause) ? cause : unreadable(file, cause);
  } finally {
    await handle.close();
  }
}

function unreadable(file: string, cause: unknown): TierlinkError {
  const reason = systemReason(cause as NodeJS.ErrnoException);
  return new TierlinkError('IMPORT_FILE', { file, reason, remedy: text.checkPath }, { cause });
}
