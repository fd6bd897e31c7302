import { readColumn } from '../../../connectors/dynamics/simulator/metadata-column.ts';
import type { Org } from '../../../connectors/dynamics/simulator/org.ts';
import { write } from '../../../connectors/dynamics/write.ts';
import type { WriteRequest, WriteResult, WriteRow } from '../../../src/sync/connector.ts';
import { quietly } from '../../contract/connector-world.ts';
import { type DynamicsWorld, type DynamicsWorldOptions, dynamicsWorld } from './world.ts';

/** The key column that the tests write by. */
export const KEY = 'tl_partnerid';

export interface WriteWorld extends DynamicsWorld {
  write(rows: readonly WriteRow[], more?: Partial<WriteRequest>): Promise<WriteResult[]>;
  upsert(rows: readonly WriteRow[], more?: Partial<WriteRequest>): Promise<WriteResult[]>;
  update(rows: readonly WriteRow[], more?: Partial<WriteRequest>): Promise<WriteResult[]>;
  /** Requests that write, as the simulator saw them: "POST $batch". */
  writes(): string[];
}

/** An environment whose tables have our key, and a connection that writes to it. Metadata is read before it is handed out. */
export async function writeWorld(given: DynamicsWorldOptions = {}): Promise<WriteWorld> {
  const world = await dynamicsWorld(given);
  const { org, calls } = world.simulator;
  for (const table of ['account', 'opportunity', 'incident', 'lead', 'contact']) addKey(org, table);
  addColumn(org, 'account', 'tl_Tier', 'Picklist cu : 100000000=Silver; 100000001=Gold');
  addColumn(org, 'account', 'tl_Certs', 'MultiSelectPicklist cu : 1=Sales; 2=Service');
  addColumn(org, 'opportunity', 'tl_PartnerRef', 'Lookup cu -> account < tl_partner_deals');
  await world.context.metadata.learn(['account', 'opportunity', 'incident', 'contact']);
  calls.reset();
  world.host.spent.length = 0;
  const run: WriteWorld['write'] = async (rows, more = {}) =>
    await write(world.context, { object: 'account', operation: 'update', rows, manners: quietly, ...more });
  return {
    ...world,
    write: run,
    update: run,
    upsert: async (rows, more) => await run(rows, { operation: 'upsert', keyField: KEY, ...more }),
    writes: () =>
      calls.log
        .filter((line) => !line.startsWith('GET'))
        .map((line) => decodeURIComponent(line.replace('/api/data/v9.2/', ''))),
  };
}

export function addColumn(org: Org, name: string, schemaName: string, notation: string): void {
  const table = org.table(name);
  const { column, collections, onDelete } = readColumn(name, schemaName, notation);
  org.schema.addColumn(table, column);
  if (column.targets !== undefined) org.schema.addLookup(table, { column, collections, onDelete });
}

function addKey(org: Org, name: string): void {
  addColumn(org, name, 'tl_PartnerId', 'String(100) cu');
  org.schema.addKey(org.table(name), { schemaName: 'tl_Key', columns: [KEY], status: 'Active' });
}

/** New accounts by key. */
export function accounts(count: number): WriteRow[] {
  return Array.from({ length: count }, (_unused, index) => ({
    ref: `r${index}`,
    key: `k${index}`,
    fields: { name: `A${index}` },
  }));
}
