import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Store } from '../../src/store/store.ts';

/** Tables about calls and processes, which a command that only looks may write too. */
const besides: ReadonlySet<string> = new Set(['migration', 'lease', 'budget']);

/** What a store and a folder hold, by table and file, as a sum. */
async function sums(store: Store, folder: string): Promise<Map<string, string>> {
  const tables = await store.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'tierlink' order by 1`,
  );
  const selects = tables
    .filter(({ name }) => !besides.has(name))
    .map(
      ({ name }) =>
        `select '${name}' as name, md5(coalesce(string_agg(t::text, ',' order by t::text), '')) as sum from tierlink.${name} t`,
    );
  const rows = await store.query<{ name: string; sum: string }>(selects.join(' union all '));
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const contents = files.map((file): [string, string] => [
    file.slice(folder.length + 1),
    createHash('sha256').update(readFileSync(file)).digest('hex'),
  ]);
  return new Map([...rows.map(({ name, sum }): [string, string] => [name, sum]), ...contents]);
}

/** Looks again and again; tells each time which tables and files are not as they were the time before. */
export function watchWrites(store: Store, folder: string): () => Promise<string[]> {
  let last: Map<string, string> | undefined;
  return async () => {
    const [before, now] = [last, await sums(store, folder)];
    last = now;
    if (before === undefined) return [];
    return [...new Set([...before.keys(), ...now.keys()])].filter(
      (name) => before.get(name) !== now.get(name),
    );
  };
}
