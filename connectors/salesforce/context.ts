import { TierlinkError } from '../../src/errors.ts';
import type { ConnectorHost } from '../../src/sync/connector-manifest.ts';
import { type Client, createClient } from './client.ts';
import { createMetadata, type Metadata } from './describe.ts';
import type { SalesforceOptions } from './options.ts';

/** What every member of the connector works with. */
export interface Context {
  client: Client;
  metadata: Metadata;
  options: SalesforceOptions;
  host: ConnectorHost;
}

export function createContext(options: SalesforceOptions, host: ConnectorHost): Context {
  const client = createClient(options, host);
  const missing = (object: string): TierlinkError =>
    new TierlinkError('CRM_OBJECT_MISSING', { object, connection: host.connection });
  const line = { client, options, host };
  return { ...line, metadata: createMetadata(line, missing) };
}
