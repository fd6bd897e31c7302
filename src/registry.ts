import { manifest as dynamics } from '../connectors/dynamics/index.ts';
import { manifest as salesforce } from '../connectors/salesforce/index.ts';
import type { ConfiguredConnection } from './config-connections.ts';
import { TierlinkError } from './errors.ts';
import type { Project } from './project.ts';
import type { ConnectorManifest } from './sync/connector-manifest.ts';

/** Every kind of CRM that this product knows. The only place in src that names one. */
export const connectors: readonly ConnectorManifest[] = [salesforce, dynamics];

/** Throws CONNECTOR_UNKNOWN naming those that exist. */
export function findConnector(id: string): ConnectorManifest {
  const found = connectors.find((manifest) => manifest.id === id);
  if (found !== undefined) return found;
  const known = connectors.map((manifest) => manifest.id).join(', ');
  throw new TierlinkError('CONNECTOR_UNKNOWN', { connector: id, known });
}

/** The connections of a project with their connectors. Throws CONNECTOR_UNKNOWN. */
export function configuredConnections(project: Project): ConfiguredConnection[] {
  return Object.entries(project.connections).map(([alias, { crm, options }]) => ({
    alias,
    manifest: findConnector(crm),
    options,
  }));
}
