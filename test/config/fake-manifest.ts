import type { ConfiguredConnection } from '../../src/config-connections.ts';
import type { ConnectorManifest } from '../../src/sync/connector-manifest.ts';

function unused(): never {
  throw new Error('not part of this test');
}

/** A connector that only has options: one of each sort. */
export const fakeManifest: ConnectorManifest = {
  id: 'salesforce',
  label: 'Some CRM',
  browser: null,
  capabilities: {
    bulkWriteFrom: null,
    rowsPerWrite: 1,
    upsert: true,
    reportsDeletes: true,
    reads: { rowsPerCall: 1, idsPerCall: 1, bulk: null },
    users: null,
  },
  options: [
    {
      key: 'host',
      label: 'Address',
      help: 'Where it is.',
      example: 'https://a',
      secret: false,
      required: true,
    },
    { key: 'secret', label: 'Secret', help: 'What opens it.', example: '1A', secret: true, required: true },
    {
      key: 'pages',
      label: 'Pages',
      help: 'How many.',
      example: '3',
      secret: false,
      required: false,
      default: '10',
    },
  ],
  signIns: [],
  connect: unused,
  source: unused,
  installing: null,
  prefix: null,
  setUpPath: unused,
  startSimulator: unused,
};

export function fakeConnection(options: Record<string, string>): ConfiguredConnection {
  return { alias: 'prod', manifest: fakeManifest, options };
}
