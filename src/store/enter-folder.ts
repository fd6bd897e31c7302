import { basename } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { TierlinkError } from '../errors.ts';
import { canShare, type Greeting, ownEdition } from './folder-greeting.ts';
import { type FolderLock, findHolder, type Holder, type SharedStore, tryLock } from './folder-lock.ts';

export interface EntryOptions {
  /** What a second process is told. (Default: this process's command line) */
  command?: string | undefined;
  /** What others may use through the lock. (Default: nothing) */
  shared?: SharedStore;
}

/** A process whose store can be used. */
export interface SharingHolder {
  path: string;
  greeting: Greeting;
}

/** How often a process that has not made up its mind, opens its store or closes it is asked again. */
const ASK_AGAIN_MS = 50;
/** Making a new database takes seconds, on a slow machine some more; a closing store lets its guests finish. */
const PATIENCE_MS = 45_000;

/**
 * Takes the data folder. Throws STORE_LOCKED naming the process that has it, STORE_OWNER_SILENT when that process does
 * not answer, STORE_FOLDER_UNUSABLE.
 */
export async function lockFolder(folder: string, options: EntryOptions = {}): Promise<FolderLock> {
  return await untilDecided<never>(folder, options, (holder) => {
    if (isPassing(holder.greeting)) return undefined;
    throw locked(folder, holder.greeting);
  });
}

/**
 * Takes the data folder, or finds the process that has it and shares its store; waits while that one opens or closes it.
 * Throws as lockFolder does, STORE_LOCKED when the store is not shared, and STORE_OTHER_VERSION.
 */
export async function enterFolder(
  folder: string,
  options: EntryOptions = {},
): Promise<FolderLock | SharingHolder> {
  return await untilDecided(folder, options, (holder) => {
    const { greeting } = holder;
    if (isPassing(greeting)) return undefined;
    if (!canShare(greeting, ownEdition())) throw otherVersion(folder, greeting);
    if (greeting.store === 'none') throw locked(folder, greeting);
    return greeting.store === 'open' ? holder : undefined;
  });
}

/** Whether it is not settled yet that this process has the folder, or it is about to leave. */
function isPassing({ state, store }: Greeting): boolean {
  return state === 'trying' || store === 'closing';
}

/** Tries until the folder is ours, or `decide` knows what to do about the process that has it. */
async function untilDecided<T>(
  folder: string,
  options: EntryOptions,
  decide: (holder: SharingHolder) => T | undefined,
): Promise<FolderLock | T> {
  const { command = commandLine(), shared } = options;
  const patienceEnds = Date.now() + PATIENCE_MS;
  for (;;) {
    const entry =
      (await findHolder(folder)) ?? (await tryLock(folder, { command, ...(shared && { shared }) }));
    if ('release' in entry) return entry;
    const holder = answered(folder, entry);
    const decision = decide(holder);
    if (decision !== undefined) return decision;
    if (Date.now() > patienceEnds) throw locked(folder, holder.greeting);
    await wait(ASK_AGAIN_MS);
  }
}

function answered(folder: string, { path, greeting }: Holder): SharingHolder {
  if (greeting === 'silent') throw new TierlinkError('STORE_OWNER_SILENT', { folder, socket: path });
  return { path, greeting };
}

function locked(folder: string, { pid, command, since }: Greeting): TierlinkError {
  return new TierlinkError('STORE_LOCKED', { folder, pid, command, since });
}

function otherVersion(folder: string, { pid, command, version, schema }: Greeting): TierlinkError {
  const own = ownEdition();
  return new TierlinkError('STORE_OTHER_VERSION', {
    folder,
    pid,
    command,
    version,
    schema,
    ownVersion: own.version,
    ownSchema: own.schema,
  });
}

/** The command as typed, without the paths of Node and the script. Secrets never come in arguments. */
export function commandLine(): string {
  const [, script = 'node', ...rest] = process.argv;
  return [basename(script).replace(/\.(ts|js|mjs|cjs)$/, ''), ...rest].join(' ');
}
