import type { Connector } from '../../src/sync/connector.ts';
import type { ConnectorManifest } from '../../src/sync/connector-manifest.ts';
import type { Installer } from '../../src/sync/installer.ts';
import { browser } from './browser.ts';
import { changes } from './changes.ts';
import { check } from './check.ts';
import { type Context, createContext } from './context.ts';
import { count } from './count.ts';
import { describeObjects } from './describe.ts';
import { limits } from './limits.ts';
import { connectorOptions, readOptions, signIns } from './options.ts';
import { usualPrefix } from './provision/publisher.ts';
import { read } from './read.ts';
import { write } from './write.ts';

export const manifest: ConnectorManifest = {
  id: 'dynamics',
  label: 'Dynamics 365',
  capabilities: {
    bulkWriteFrom: null,
    rowsPerWrite: 1_000,
    upsert: true,
    reportsDeletes: true,
    reads: { rowsPerCall: 5_000, idsPerCall: 5_000, bulk: null },
    users: { object: 'systemuser', field: 'fullname' },
  },
  options: connectorOptions,
  signIns,
  browser,
  connect: (options, host) => createConnector(createContext(readOptions(options, host.connection), host)),
  setUpPath: ({ object, field }) =>
    field === null
      ? `Power Platform admin center > Environments > Settings > Users + permissions > Security roles > ${object}`
      : `Power Apps > Tables > ${object} > Columns > ${field} > Advanced options > Enable column security`,
  // All of these are loaded when they are asked for: daily work never needs them.
  source: async (request) => (await import('./provision.ts')).source(request),
  installing: {
    parts: async (request) => (await import('./provision/parts.ts')).installParts(request),
    connect: (options, host) => connectInstaller(createContext(readOptions(options, host.connection), host)),
  },
  // https://learn.microsoft.com/power-platform/alm/create-solution
  prefix: {
    usual: usualPrefix,
    pattern: /^(?!mscrm)[a-z][a-z0-9]{1,7}$/,
    rule: '2 to 8 lower case letters and figures, a letter first, and not mscrm at the beginning',
  },
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

/** A connector on a line that is there already. */
export function createConnector(context: Context): Connector {
  return {
    check: async (objects) => await check(context, objects),
    describe: async (objects) => await describeObjects(context, objects),
    count: async (requests) => await count(context, requests),
    read: (request) => read(context, request),
    changes: (requests) => changes(context, requests),
    write: async (request) => await write(context, request),
    recordUrl: (table, id) => recordUrl(context.options.url, table, id),
    limits: async () => await limits(context),
  };
}

/** https://learn.microsoft.com/power-apps/developer/model-driven-apps/open-forms-views-dialogs-reports-url */
function recordUrl(url: string, table: string, id: string): string {
  return `${url}/main.aspx?pagetype=entityrecord&etn=${encodeURIComponent(table)}&id=${encodeURIComponent(id)}`;
}
