import { readSetting, writeSetting } from '../../store/settings.ts';
import type { Executor, Store } from '../../store/store.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import { markEverything, writtenMappings } from './outbox.ts';

/** What the mappings of a connection write, kept from push to push: attributes with their fields, by object and entity. */
type Written = Record<string, string[]>;

interface Connected {
  connection: string;
  /** All mappings of the connection. */
  mappings: readonly ObjectMapping[];
  /** ISO instant. */
  now: string;
}

/**
 * Marks every record of what the mappings write only now: one was added, came back or says more than before. While it was
 * not there, nobody kept what should have been sent. Call it before marks are planned.
 */
export async function markNewlyWritten(store: Store, of: Connected): Promise<void> {
  const known = await loadWritten(store, of.connection);
  const now = writtenBy(of.mappings);
  if (JSON.stringify(known) === JSON.stringify(now)) return;
  const mappings = of.mappings.filter((mapping) =>
    now[placeOf(mapping)]?.some((line) => known[placeOf(mapping)]?.includes(line) !== true),
  );
  await store.transaction(async (tx) => {
    await markEverything(tx, { ...of, mappings });
    await keepWritten(tx, of);
  });
}

/** Notes what the mappings write; for whoever has marked all of it. */
export async function keepWritten(tx: Executor, { connection, mappings, now }: Connected): Promise<void> {
  await writeSetting(tx.db, { key: keyOf(connection), value: writtenBy(mappings), now });
}

async function loadWritten({ db }: Executor, connection: string): Promise<Written> {
  return sorted((await readSetting<Written>(db, keyOf(connection))) ?? {});
}

function keyOf(connection: string): string {
  return `written:${connection}`;
}

function placeOf({ object, entity }: ObjectMapping): string {
  return `${object} ${entity}`;
}

function writtenBy(mappings: readonly ObjectMapping[]): Written {
  const written: Written = {};
  for (const mapping of writtenMappings(mappings)) {
    const place = placeOf(mapping);
    const lines = Object.entries(mapping.attributes)
      .filter(([, { direction }]) => direction !== 'in')
      .map(([attribute, { field }]) => `${attribute} ${field}`);
    written[place] = [...new Set([...(written[place] ?? []), ...lines])].sort();
  }
  return sorted(written);
}

/** The store does not keep the order of names. */
function sorted(written: Written): Written {
  return Object.fromEntries(Object.entries(written).sort(([a], [b]) => (a < b ? -1 : 1)));
}
