import type { App, AppConnection } from '../app.ts';
import type { CallLimits } from '../sync/connector.ts';
import type { ConnectionFacts } from '../sync/crm-description.ts';
import { type CheckResult, checkConnection, inspectConnection } from '../sync/pull/connection-check.ts';
import { objectsOf } from '../sync/pull/metadata.ts';

/** What a check of a connection found. */
export interface ConnectionReport {
  alias: string;
  crm: string;
  label: string;
  org: { id: string; name: string; kind: ConnectionFacts['orgKind']; kindLabel: string };
  user: string;
  apiVersion: string;
  /** Calls used and allowed in the CRM's own window; null where the CRM has not said. */
  calls: CallLimits;
  /** CRM objects that the mappings name, and those of them that can be read. */
  needed: string[];
  readable: string[];
  /** Readable, but the user does not see every record. */
  partlyVisible: string[];
  /** Readable; whether every record is seen could not be found out. */
  visibilityUnknown: string[];
  clockSkewMs: number | null;
  state: string;
  writeBack: boolean;
  tierMode: string;
}

/** Asks the CRM who we are there and what we may read. Pins the connection to its org at the first time. */
export async function checkAppConnection(app: App, connection: AppConnection): Promise<ConnectionReport> {
  return await reportOf(connection, await checkConnection({ clock: app.clock, ...request(app, connection) }));
}

/** The same answers, with nothing kept of them. */
export async function inspectAppConnection(
  app: App,
  connection: AppConnection,
): Promise<{ report: ConnectionReport; found: CheckResult }> {
  const found = await inspectConnection(request(app, connection));
  return { report: await reportOf(connection, found), found };
}

function request(app: App, connection: AppConnection) {
  return {
    store: app.store,
    id: connection.alias,
    connector: connection.connector(),
    objects: objectsOf(connection.mappings()),
  };
}

async function reportOf(connection: AppConnection, found: CheckResult): Promise<ConnectionReport> {
  const { facts, connection: record } = found;
  const needed = neededObjects(connection);
  return {
    alias: connection.alias,
    crm: connection.manifest.id,
    label: connection.manifest.label,
    org: { id: facts.orgId, name: facts.orgName, kind: facts.orgKind, kindLabel: facts.orgKindLabel },
    user: facts.userName,
    apiVersion: facts.apiVersion,
    calls: await connection.connector().limits(),
    needed,
    readable: needed.filter((object) => !found.unreadable.includes(object) && isListed(facts, object)),
    partlyVisible: found.partlyVisible,
    visibilityUnknown: found.visibilityUnknown,
    clockSkewMs: facts.clockSkewMs,
    state: record.state,
    writeBack: record.write_back,
    tierMode: record.tier_mode,
  };
}

/** The CRM objects that the mappings cannot do without. */
export function neededObjects(connection: AppConnection): string[] {
  const needed = connection.mappings().filter((mapping) => !mapping.optional);
  return [...new Set(needed.map((mapping) => mapping.object))].sort();
}

function isListed(facts: ConnectionFacts, object: string): boolean {
  return facts.objects.some((access) => access.object === object);
}
