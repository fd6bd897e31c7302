import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import type { FieldType } from '../../src/sync/crm-description.ts';
import type { Client } from './client.ts';
import { fetchTables } from './metadata-read.ts';

/** A table as the metadata of the environment tells it, as far as it is used here. All names are logical names. */
export interface Table {
  name: string;
  schemaName: string;
  /** In addresses: accounts. */
  entitySet: string;
  metadataId: string;
  label: string;
  primaryId: string;
  primaryName: string | null;
  /** Whether delta links work on it. */
  tracksChanges: boolean;
  /** Whether If-Match with a version works on it. */
  hasVersions: boolean;
  /** Names of its privileges by what they allow: Read, Create, Write, ...; activities share theirs. */
  privileges: ReadonlyMap<string, string>;
  columns: ReadonlyMap<string, Column>;
  /** Alternate keys whose index is built. */
  keys: readonly AlternateKey[];
  /** Those whose index is not built, or could not be, with the platform's word for how far it is. */
  unfinishedKeys: readonly (AlternateKey & { status: string })[];
  /** Ways out through lookup columns. */
  lookups: readonly Lookup[];
}

export interface Column {
  name: string;
  metadataId: string;
  label: string;
  type: FieldType;
  /** The platform's own type: Picklist, State, Customer, ... */
  vendorType: string;
  required: boolean;
  creatable: boolean;
  updatable: boolean;
  /** Whether the Web API hands it out at all; names of lookups and files are not. */
  readable: boolean;
  /** Under column security: for most users it is blank without a word. */
  secured: boolean;
  /** Calculated and rollup columns do not move the row's modification stamp. */
  calculated: boolean;
  maxLength: number | null;
  /** Digits after the point. */
  scale: number | null;
  targets: readonly string[];
  options: readonly Option[] | null;
  /** The choice that it shares with other columns; null where it has its own, or none. */
  sharedChoice: string | null;
  /** A day that is kept as an instant: midnight in the zone of whoever set it. */
  isLocalDay: boolean;
  /** A day that is kept as an instant of no zone: midnight, as it is written. */
  isDayOfInstant: boolean;
}

export interface Option {
  value: number;
  label: string;
  /** Of a status: the state that it belongs to. */
  state?: number;
}

export interface AlternateKey {
  name: string;
  columns: readonly string[];
}

/** One way through a lookup column: to one table. A lookup to several tables has several. */
export interface Lookup {
  column: string;
  target: string;
  /** As it stands in $expand and @odata.bind, with its case. */
  property: string;
}

/** How long kept metadata is good: a column that was added meanwhile shows up after this at the latest. */
const KEPT_MS = 60 * 60_000;

/** Metadata kept between calls. */
export interface Metadata {
  /** Throws CRM_OBJECT_MISSING. */
  table(table: string): Promise<Table>;
  /** Asks again, all in one call, and keeps the answers; undefined for one that does not exist. */
  fresh(tables: readonly string[]): Promise<(Table | undefined)[]>;
  /** Asks again for all that are kept, in one call. */
  renew(): Promise<void>;
  /** Asks for those that are not kept, together, because they will be needed. */
  learn(tables: readonly string[]): Promise<void>;
  /** The column at the end of a path such as parentaccountid.name, or undefined when there is none that can be read. */
  resolve(table: string, path: string): Promise<ResolvedColumn | undefined>;
}

/** A column, and the navigation properties that lead to the row that holds it; none for the table's own. */
export interface ResolvedColumn {
  via: readonly string[];
  table: Table;
  column: Column;
}

export function createMetadata(client: Pick<Client, 'library' | 'heed' | 'host'>): Metadata {
  const { host } = client;
  const known = new Map<string, { table: Table; at: number }>();
  const kept = (name: string): Table | undefined => {
    const found = known.get(name);
    return found !== undefined && host.now() - found.at < KEPT_MS ? found.table : undefined;
  };
  const fresh = async (names: readonly string[]): Promise<(Table | undefined)[]> => {
    const tables = await fetchTables(client, names);
    for (const [index, name] of names.entries()) {
      const table = tables[index];
      if (table === undefined) known.delete(name);
      else known.set(name, { table, at: host.now() });
    }
    return tables;
  };
  const metadata: Metadata = {
    fresh,
    renew: async () => {
      if (known.size > 0) await fresh([...known.keys()]);
    },
    learn: async (names) => {
      const unknown = [...new Set(names)].filter((name) => kept(name) === undefined);
      if (unknown.length > 0) await fresh(unknown);
    },
    table: async (name) => {
      const table = kept(name) ?? (await fresh([name]))[0];
      if (table === undefined)
        throw new TierlinkError('CRM_OBJECT_MISSING', { object: name, connection: host.connection });
      return table;
    },
    resolve: async (name, path) => await resolve(metadata, name, path.split('.')),
  };
  return metadata;
}

async function resolve(
  metadata: Metadata,
  name: string,
  [head = '', ...rest]: readonly string[],
): Promise<ResolvedColumn | undefined> {
  const table = await metadata.table(name);
  if (rest.length === 0) {
    const column = table.columns.get(head);
    return column?.readable === true ? { via: [], table, column } : undefined;
  }
  for (const { target, property } of waysThrough(table, head)) {
    const found = await resolveIn(metadata, target, rest);
    if (found !== undefined) return { ...found, via: [property, ...found.via] };
  }
  return undefined;
}

/** An owner is a user or a team, of which nothing can be selected; the user has a lookup of its own beside it. */
function waysThrough(table: Table, column: string): Lookup[] {
  const own = table.columns.get(column)?.vendorType === 'Owner' ? 'owninguser' : column;
  return table.lookups.filter((lookup) => lookup.column === own);
}

async function resolveIn(
  metadata: Metadata,
  target: string,
  rest: readonly string[],
): Promise<ResolvedColumn | undefined> {
  try {
    return await resolve(metadata, target, rest);
  } catch (error) {
    if (isTierlinkError(error, 'CRM_OBJECT_MISSING')) return undefined;
    throw error;
  }
}
