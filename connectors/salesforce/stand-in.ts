import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunningSimulator, SimulatorOptions } from '../../src/sync/connector-manifest.ts';
import type { SourceFile } from '../../src/sync/mapping/provision.ts';
import { deploySource } from './simulator/deploy/source.ts';
import type { Org } from './simulator/org.ts';
import { playScene } from './simulator/scenes.ts';
import { type Simulator, startSalesforceSimulator } from './simulator/server.ts';
import type { SimulatedOrgOptions } from './simulator/simulated-org.ts';
import { PASSWORD } from './simulator/soap/login.ts';

/** A running simulator with its inside, for tests that arrange what people or the platform do. */
export interface StandIn extends RunningSimulator {
  simulator: Simulator;
}

/**
 * Starts the simulator as an org that an admin has prepared: the generated source is deployed and its permission set
 * given to the integration user, as whom the ready options sign in. Without source they sign in as an administrator.
 * `org` says which org it is.
 */
export async function startStandIn(
  options: SimulatorOptions,
  org: Pick<SimulatedOrgOptions, 'orgId' | 'sandbox' | 'organizationName'> = {},
): Promise<StandIn> {
  const { source } = options;
  const simulator = await startSalesforceSimulator({
    ...org,
    runAs: source === undefined ? 'admin' : 'integration',
    ...(options.port === undefined ? {} : { port: options.port }),
    ...(options.sample === undefined ? {} : { sample: options.sample }),
    ...(options.data === undefined ? {} : { data: options.data }),
    ...(options.empty === undefined ? {} : { empty: options.empty }),
    ...(options.metadata === undefined ? {} : { metadata: options.metadata }),
    ...(options.faults === undefined ? {} : { faults: options.faults }),
    ...(options.now === undefined ? {} : { now: options.now }),
    ...(options.tls === undefined ? {} : { tls: options.tls }),
  });
  if (source !== undefined) prepare(simulator, source);
  const { clientId, clientSecret } = simulator.clientCredentials;
  return {
    simulator,
    url: simulator.url,
    options: { loginUrl: simulator.url, clientId, clientSecret },
    credentials: [
      { label: 'Address', value: simulator.url },
      { label: 'Access token', value: simulator.tokens.issue(simulator.clientCredentials.runAsUserId) },
      { label: 'Consumer key', value: clientId },
      { label: 'Consumer secret', value: clientSecret },
      // The integration user may not change what people change.
      ...(source === undefined
        ? []
        : [{ label: "Administrator's token", value: simulator.tokens.issue(simulator.users.admin) }]),
      { label: 'Username', value: usernameOf(simulator) },
      { label: 'Password', value: PASSWORD },
    ],
    calls: () => ({ total: simulator.calls.total, byKind: { ...simulator.calls.byKind } }),
    act: async (scene) => playScene(simulator.org, scene),
    close: async () => await simulator.close(),
  };
}

function usernameOf({ org, clientCredentials }: Simulator): string {
  return String(org.find(clientCredentials.runAsUserId)?.row.Username);
}

function prepare(simulator: Simulator, source: readonly SourceFile[]): void {
  openAccounts(simulator.org);
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-source-'));
  try {
    for (const file of source) {
      const path = join(folder, file.path);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, file.text);
    }
    deploySource(simulator.org, folder, { assignTo: [simulator.users.integration] });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The permission set sees all records but may change only those that sharing opens to it. The prepared org has its
 * accounts public read/write, as the README asks for (or a sharing rule, or a place high in the role hierarchy).
 */
function openAccounts(org: Org): void {
  const account = org.schema.object('Account');
  if (account !== undefined) org.schema.put(account, { ...org.schema.traits(account), sharing: 'public' });
}
