import { TierlinkError } from './errors.ts';

/** What a person can do about a failure of the file system, by the system's code. */
const remedies: Readonly<Record<string, string>> = {
  EACCES: 'Let the user who runs Tierlink write there, or choose another folder.',
  EPERM: 'Let the user who runs Tierlink write there, or choose another folder.',
  EROFS: 'The disk is read-only: choose a folder on another one.',
  ENOSPC: 'Free space on the disk.',
  EDQUOT: 'Free space within the quota of the user who runs Tierlink.',
  EMFILE: 'Raise the number of files that a process may open (ulimit -n).',
  EIO: 'Check the disk: the system could not read or write it.',
  ENOENT: 'Check the path.',
  EEXIST: 'Check the path: a file is where a folder has to be.',
  ENOTDIR: 'Check the path: a part of it is no folder.',
  EISDIR: 'Check the path: it is a folder.',
};

/** SQLSTATE with which the database reports a full disk, of one statement or of its session. */
export const diskFull = '53100';

/**
 * A failure of the file system, also under the database, or of a listening socket as an error of the registry; undefined
 * for anything else.
 */
export function fromSystemError(thrown: unknown): TierlinkError | undefined {
  const { code, syscall, path, port, message } = (thrown ?? {}) as NodeJS.ErrnoException & {
    port?: number;
  };
  if (code === diskFull) return new TierlinkError('STORE_FULL', { reason: message }, { cause: thrown });
  if (code === undefined || syscall === undefined) return undefined;
  const reason = systemReason(thrown as NodeJS.ErrnoException);
  if (syscall === 'listen' && port !== undefined) {
    return new TierlinkError('SIMULATOR_PORT', { port, reason }, { cause: thrown });
  }
  const remedy = remedies[code];
  if (remedy === undefined || path === undefined) return undefined;
  return new TierlinkError('FILE_UNUSABLE', { file: path, reason, remedy }, { cause: thrown });
}

/** What a person can do about it, or null where only the reason tells. */
export function systemRemedy({ code }: NodeJS.ErrnoException): string | null {
  return remedies[code ?? ''] ?? null;
}

/** "EACCES: permission denied, mkdir '/x'" in the system's words alone: permission denied (EACCES). */
export function systemReason({ code, message }: NodeJS.ErrnoException): string {
  const words = /\b[A-Z]+: ([^,]+?)(?: [\d.]+:\d+)?(?:,|$)/.exec(message)?.[1];
  return `${words ?? message} (${code})`;
}
