import type { Connector } from '../../src/sync/connector.ts';
import type { ConnectorHost, ConnectorManifest } from '../../src/sync/connector-manifest.ts';
import { changes } from './changes.ts';
import { createMemoryClient, type MemoryClientOptions } from './client.ts';
import type { MemoryCrm } from './crm.ts';
import { check, describeObjects } from './describe.ts';
import { count, read } from './read.ts';
import { write } from './write.ts';

export { createMemoryCrm, type MemoryCrm } from './crm.ts';

/** Opens a connection to a CRM in memory. */
export function connectMemory(
  crm: MemoryCrm,
  host: ConnectorHost,
  options: MemoryClientOptions = {},
): Connector {
  const client = createMemoryClient(crm, host, options);
  return {
    check: async (objects) => await check(client, objects),
    describe: async (objects) => await describeObjects(client, objects),
    count: async (requests) => await count(client, requests),
    read: (request) => read(client, request),
    changes: (requests) => requests.map((request) => changes(client, request)),
    write: async (request) => await write(client, request),
    recordUrl: (object, id) => `memory://${crm.orgId}/${object}/${id}`,
    limits: async () => ({ used: crm.calls.total, max: null, resetsAt: null }),
  };
}

/** A manifest whose connections all lead to one CRM in memory. It has nothing to install and no simulator. */
export function memoryManifest(crm: MemoryCrm, options: MemoryClientOptions = {}): ConnectorManifest {
  return {
    id: 'memory',
    label: 'In memory',
    capabilities: {
      bulkWriteFrom: null,
      rowsPerWrite: options.rowsPerWrite ?? 200,
      upsert: true,
      reportsDeletes: true,
      reads: { rowsPerCall: 1_000, idsPerCall: 1_000, bulk: null },
      users: null,
    },
    options: [],
    signIns: [],
    browser: null,
    connect: (_options, host) => connectMemory(crm, host, options),
    setUpPath: ({ object, field }) => [object, ...(field === null ? [] : [field])].join(' > '),
    source: async () => [],
    installing: null,
    prefix: null,
    startSimulator: async () => ({
      url: `memory://${crm.orgId}`,
      options: {},
      credentials: [],
      calls: () => ({ total: crm.calls.total, byKind: { ...crm.calls.byKind } }),
      act: async () => [],
      close: async () => undefined,
    }),
  };
}
