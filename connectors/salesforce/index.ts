import type { Connector } from '../../src/sync/connector.ts';
import type { ConnectorHost, ConnectorManifest } from '../../src/sync/connector-manifest.ts';
import type { Installer } from '../../src/sync/installer.ts';
import { browser } from './browser.ts';
import { changes } from './changes.ts';
import { check } from './check.ts';
import { type Context, createContext } from './context.ts';
import { count } from './count.ts';
import { describeObjects } from './describe.ts';
import { limits } from './limits.ts';
import { connectorOptions, readOptions, signIns } from './options.ts';
import { read } from './read.ts';
import { write } from './write.ts';

export const manifest: ConnectorManifest = {
  id: 'salesforce',
  label: 'Salesforce',
  capabilities: {
    bulkWriteFrom: 2_000,
    rowsPerWrite: 200,
    upsert: true,
    reportsDeletes: true,
    // A page to learn how many there are, the job, and the questions whether it is done.
    reads: { rowsPerCall: 2_000, idsPerCall: 500, bulk: { from: 2_000, calls: 5, rowsPerCall: 20_000 } },
    users: { object: 'User', field: 'Name' },
  },
  options: connectorOptions,
  signIns,
  browser,
  connect: (options, host) => connect(options, host),
  setUpPath: ({ object, field }) =>
    field === null
      ? `Setup > Users > Permission Sets > the integration user's > Object Settings > ${object}`
      : `Setup > Object Manager > ${object} > Fields & Relationships > ${field} > Set Field-Level Security`,
  // All of these are loaded when they are asked for: daily work never needs them.
  source: async (request) => (await import('./provision.ts')).source(request),
  installing: {
    parts: async (request) => (await import('./provision/parts.ts')).installParts(request),
    connect: (options, host) => connectInstaller(createContext(readOptions(options, host.connection), host)),
  },
  prefix: null,
  startSimulator: async (options) => (await import('./stand-in.ts')).startStandIn(options),
};

/** Loaded at the first call, like everything that daily work never needs. */
function connectInstaller(context: Context): Installer {
  const load = async () => (await import('./install.ts')).createInstaller(context);
  return {
    inspect: async (parts) => await (await load()).inspect(parts),
    apply: async (lacking) => await (await load()).apply(lacking),
    publish: async (objects) => await (await load()).publish(objects),
    automations: async (objects) => await (await load()).automations(objects),
  };
}

function connect(given: Readonly<Record<string, string>>, host: ConnectorHost): Connector {
  const options = readOptions(given, host.connection);
  const context: Context = createContext(options, host);
  return {
    check: async (objects) => await check(context, objects),
    describe: async (objects) => await describeObjects(context.metadata, objects),
    count: async (requests) => await count(context, requests),
    read: (request) => read(context, request),
    changes: (requests) => changes(context, requests),
    write: async (request) => await write(context, request),
    recordUrl: (object, id) => recordUrl(context.client.instanceUrl(), object, id),
    limits: async () => await limits(context),
  };
}

/** The page of a record; My Domain forwards it to the user interface. */
function recordUrl(instanceUrl: string, object: string, id: string): string {
  return `${instanceUrl}/lightning/r/${encodeURIComponent(object)}/${encodeURIComponent(id)}/view`;
}
