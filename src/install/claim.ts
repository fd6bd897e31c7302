import type { Kysely } from 'kysely';
import { readSetting, writeSetting } from '../store/settings.ts';
import type { Database } from '../store/tables.ts';
import { installKey } from '../sync/installer.ts';
import type { InstallStep } from './steps.ts';

/**
 * What an installation has in hand on a connection, written before the CRM is told: whoever comes after a process that died
 * knows what may have been done without having been noted.
 */
export interface Claim {
  runId: string;
  planId: string;
  /** Who asked for it. */
  actor: string;
  /** What is being done, beside what was there before; null between two steps. */
  step: InstallStep | null;
  /** Objects of which something was made that people cannot see yet. */
  unpublished: string[];
}

/** null: nothing is in hand. */
export async function readClaim(db: Kysely<Database>, connection: string): Promise<Claim | null> {
  return (await readSetting<Claim | null>(db, installKey(connection))) ?? null;
}

/** now: ISO instant. */
export async function keepClaim(
  db: Kysely<Database>,
  { connection, claim, now }: { connection: string; claim: Claim | null; now: string },
): Promise<void> {
  await writeSetting(db, { key: installKey(connection), value: claim, now });
}
