import type { Executor } from '../store/store.ts';
import { dayOf } from './civil-date.ts';
import { type Program, readKeptProgram } from './load.ts';

interface VersionRow {
  version: string;
  valid_from: string;
  source: string;
  hash: string;
}

/** Keeps a program file as it is, so that evaluations of its time can be repeated. Harmless to repeat. */
export async function rememberVersion(executor: Executor, program: Program, now: string): Promise<void> {
  await executor.query(
    `insert into tierlink.program_version (program, version, valid_from, hash, source, loaded_at)
     values ($1, $2, $3, $4, $5, $6) on conflict do nothing`,
    [program.name, program.version, program.validFrom, program.hash, program.source, now],
  );
}

/**
 * The version that is in force at an instant: of all that were ever loaded the one with the latest first day, and of
 * several with the same first day the one loaded last. A file whose first day is still to come thus waits for it. When
 * none is in force yet, the file itself.
 */
export async function effectiveProgram(executor: Executor, program: Program, now: number): Promise<Program> {
  await rememberVersion(executor, program, new Date(now).toISOString());
  const day = dayOf(now, program.timeZone);
  if (program.validFrom <= day) {
    const [newer] = await versionRows(executor, program.name, { day, after: program.validFrom });
    return newer === undefined ? program : programOfRow(newer, program);
  }
  const [row] = await versionRows(executor, program.name, { day, after: '0001-01-01' });
  return row === undefined ? program : programOfRow(row, program);
}

/**
 * The version that was in force on a day as known at an instant (ISO 8601): one that was loaded later does not count.
 * Null when none had been loaded by then.
 */
export async function programAsKnown(
  executor: Executor,
  program: Program,
  { day, knownAt }: { day: string; knownAt: string },
): Promise<Program | null> {
  const [row] = await executor.query<VersionRow & Record<string, unknown>>(
    `select version, valid_from, source, hash from tierlink.program_version
     where program = $1 and valid_from <= $2 and loaded_at <= $3
     order by valid_from desc, loaded_at desc, hash collate "C" limit 1`,
    [program.name, day, knownAt],
  );
  return row === undefined ? null : programOfRow(row, program);
}

/** The version that holds on a day by all that is loaded by now and the file itself. Stores nothing. */
export async function programOn(
  executor: Executor,
  program: Program,
  { day, now }: { day: string; now: number },
): Promise<Program> {
  const known = await programAsKnown(executor, program, { day, knownAt: new Date(now).toISOString() });
  if (known === null) return program;
  return program.validFrom <= day && program.validFrom >= known.validFrom ? program : known;
}

/** Every version that was loaded, with the day from which on it was used, the oldest first. The first one is no change. */
export async function ruleChanges(
  executor: Executor,
  { name, timeZone }: Pick<Program, 'name' | 'timeZone'>,
): Promise<{ version: string; hash: string; inUseOn: string }[]> {
  const rows = await executor.query<VersionRow & { loaded_at: string }>(
    `select version, valid_from, hash, source, loaded_at from tierlink.program_version where program = $1
     order by loaded_at, hash collate "C"`,
    [name],
  );
  const used = rows.map(({ version, hash, valid_from: validFrom, loaded_at: loadedAt }) => {
    const loadedOn = dayOf(Date.parse(loadedAt), timeZone);
    return { version, hash, inUseOn: [validFrom, loadedOn].sort().at(-1)! };
  });
  return used.toSorted((left, right) =>
    left.inUseOn < right.inUseOn ? -1 : left.inUseOn > right.inUseOn ? 1 : 0,
  );
}

/** The first days, after one day and up to another, of versions that wait for theirs. */
export async function startsOfVersions(
  executor: Executor,
  { name, validFrom }: Pick<Program, 'name' | 'validFrom'>,
  { after, until }: { after: string; until: string },
): Promise<string[]> {
  const rows = await executor.query<{ valid_from: string }>(
    `select distinct valid_from from tierlink.program_version
     where program = $1 and valid_from > $2 and valid_from <= $3`,
    [name, after, until],
  );
  const own = validFrom > after && validFrom <= until ? [validFrom] : [];
  return [...new Set([...rows.map((row) => row.valid_from), ...own])].sort();
}

/** The very text that a decision was made by; null when it is not kept or no longer passes the checks. */
export async function programOfHash(
  executor: Executor,
  program: Program,
  hash: string,
): Promise<Program | null> {
  if (program.hash === hash) return program;
  const [row] = await executor.query<VersionRow & Record<string, unknown>>(
    'select version, valid_from, source, hash from tierlink.program_version where program = $1 and hash = $2',
    [program.name, hash],
  );
  const found = row === undefined ? program : programOfRow(row, program);
  return found.hash === hash ? found : null;
}

async function versionRows(
  executor: Executor,
  name: string,
  { day, after }: { day: string; after: string },
): Promise<VersionRow[]> {
  return await executor.query<VersionRow & Record<string, unknown>>(
    `select version, valid_from, source, hash from tierlink.program_version
     where program = $1 and valid_from <= $2 and valid_from > $3
     order by valid_from desc, loaded_at desc, hash collate "C" limit 1`,
    [name, day, after],
  );
}

/** A version that is kept; should the language not have it any more, the file counts. */
function programOfRow(row: VersionRow, fallback: Program): Program {
  if (row.hash === fallback.hash) return fallback;
  return readKeptProgram(row.source, `${fallback.name} version ${row.version}`) ?? fallback;
}
