import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { type Client, createClient } from './client.ts';
import { createMetadata, type Metadata } from './metadata.ts';
import type { DynamicsOptions } from './options.ts';

/** What every member of the connector works with. */
export interface Context {
  client: Client;
  metadata: Metadata;
  options: DynamicsOptions;
  host: ConnectorHost;
}

export function createContext(options: DynamicsOptions, host: ConnectorHost): Context {
  const client = createClient(options, host);
  return { client, metadata: createMetadata(client), options, host };
}
