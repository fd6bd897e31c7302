import { createHash } from 'node:crypto';
import { z } from 'zod';
import { packageVersion } from '../package-root.ts';
import { migrationChecksum } from './migrate.ts';
import { migrations } from './migrations/index.ts';

/**
 * What is said on the socket of a data folder. Whoever connects sends one line of JSON: either it asks who owns the
 * folder, which is answered by one line, or it says that it wants the store, and then speaks PostgreSQL's wire protocol.
 * Fields may be added; the question for the owner and the fields of its answer stay, so that any two versions can name
 * each other.
 */

/** Raised when guests and owners of before could not work together, for a reason that the schema does not show. */
const PROTOCOL = 1;

const editionSchema = z.object({
  protocol: z.number(),
  version: z.string(),
  /** Number of the newest migration and a hash of them all. */
  schema: z.string(),
});
/** What two processes must have alike to share a store; the version is for people. */
export type Edition = z.infer<typeof editionSchema>;

const ownerSchema = z.object({
  pid: z.number(),
  command: z.string(),
  /** ISO instant at which it took the folder. */
  since: z.string(),
});
/** Who has a data folder. */
export type LockOwner = z.infer<typeof ownerSchema>;

const greetingSchema = z.object({
  ...editionSchema.shape,
  ...ownerSchema.shape,
  /** trying: it has not made up its mind yet whether the folder is its own. */
  state: z.enum(['trying', 'held']).catch('held'),
  /** Whether its store can be used. none: it has none to share. */
  store: z.enum(['none', 'opening', 'open', 'closing']).catch('none'),
});
export type Greeting = z.infer<typeof greetingSchema>;
export type SharedState = Greeting['store'];

const guestSchema = z.object({
  /** Names the process; the same for all of its connections. */
  id: z.string(),
  pid: z.number(),
  command: z.string(),
});
/** A process that uses the store of the owner. */
export type Guest = z.infer<typeof guestSchema>;

const requestSchema = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('owner') }),
  z.object({ ask: z.literal('store'), edition: editionSchema, guest: guestSchema }),
]);
export type FolderRequest = z.infer<typeof requestSchema>;

/** The edition of this process. */
export function ownEdition(): Edition {
  const checksums = migrations.map(migrationChecksum).join();
  const hash = createHash('sha256').update(checksums).digest('hex').slice(0, 8);
  const newest = Math.max(...migrations.map(({ version }) => version));
  return { protocol: PROTOCOL, version: packageVersion(), schema: `${newest}-${hash}` };
}

export function canShare(one: Edition, other: Edition): boolean {
  return one.protocol === other.protocol && one.schema === other.schema;
}

export function lineOf(words: FolderRequest | Greeting): string {
  return `${JSON.stringify(words)}\n`;
}

/** Undefined for anything else: it asks in words that this version does not know. */
export function readRequest(line: string): FolderRequest | undefined {
  return parse(requestSchema, line);
}

/** Undefined for anything else. */
export function readGreeting(line: string): Greeting | undefined {
  return parse(greetingSchema, line);
}

function parse<T>(schema: z.ZodType<T>, line: string): T | undefined {
  try {
    return schema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
