import { callbackAddress, USUAL_CALLBACK_PORT } from '../../src/sync/browser-sign-in.ts';
import type { RunningSimulator, SimulatorOptions } from '../../src/sync/connector-manifest.ts';
import { deploySolution } from './simulator/deploy/solution.ts';
import type { ProtectionLimits } from './simulator/protection.ts';
import { playScene } from './simulator/scenes.ts';
import { type Simulator, startDynamicsSimulator } from './simulator/server.ts';
import {
  createSimulatedOrg,
  type SimulatedOrg,
  type SimulatedOrgOptions,
} from './simulator/simulated-org.ts';

/** A running simulator with its inside, for tests that arrange what people or the platform do. */
export interface StandIn extends RunningSimulator {
  simulator: Simulator;
  inside: SimulatedOrg;
}

export interface StandInEnvironment extends Pick<SimulatedOrgOptions, 'name' | 'kind'> {
  limits?: Partial<ProtectionLimits>;
}

/** The secret of every simulated app registration: whoever reaches this machine's loopback may know it. */
const clientSecret = 'simulated-secret';

/**
 * Starts the simulator as an environment that an admin has prepared, with the sign-in of its tenant: the ready options
 * sign in as an application user. Without source that user is an administrator. `environment` says which one it is, and
 * what one user may ask of it (the platform's own limits unless it says so).
 */
export async function startStandIn(
  options: SimulatorOptions,
  { limits = {}, ...environment }: StandInEnvironment = {},
): Promise<StandIn> {
  const { port, faults, tls, now, sample, empty, data, metadata } = options;
  const inside = createSimulatedOrg({
    ...environment,
    ...(now === undefined ? {} : { now }),
    ...(sample === undefined ? {} : { sample }),
    ...(empty === undefined ? {} : { empty }),
    ...(data === undefined ? {} : { data }),
    ...(metadata === undefined ? {} : { metadata }),
  });
  const { org, users, clientId, administratorRoleId } = inside;
  if (options.source === undefined)
    org.grants.rolesOfUser.set(users.integration, new Set([administratorRoleId]));
  else deploySolution(org, options.source, { assignTo: [users.integration] });
  const simulator = await startDynamicsSimulator({
    org,
    limits,
    ...(port === undefined ? {} : { port }),
    ...(faults === undefined ? {} : { faults }),
    ...(tls === undefined ? {} : { tls }),
  });
  simulator.entra.apps.add({
    clientId,
    secrets: [{ value: clientSecret }],
    certificates: [],
    redirectUris: [callbackAddress(USUAL_CALLBACK_PORT).href],
  });
  const authority = new URL(simulator.entra.authority).origin;
  return {
    simulator,
    inside,
    url: simulator.url,
    options: {
      url: simulator.url,
      tenantId: org.tenantId,
      clientId,
      clientSecret,
      authority,
      ca: simulator.ca,
    },
    credentials: [
      { label: 'Address', value: simulator.url },
      { label: 'Access token', value: simulator.tokens.issue({ appId: clientId }) },
      // The integration user may not change what people change.
      ...(options.source === undefined
        ? []
        : [{ label: "Administrator's token", value: simulator.tokens.issue(users.admin) }]),
      { label: 'Sign-in', value: simulator.entra.authority },
      { label: 'Tenant ID', value: org.tenantId },
      { label: 'Client ID', value: clientId },
      { label: 'Client secret', value: clientSecret },
      { label: 'Certificate authority', value: simulator.ca },
    ],
    calls: () => ({ total: simulator.calls.total, byKind: { ...simulator.calls.byKind } }),
    act: async (scene) => playScene(org, scene),
    close: async () => await simulator.close(),
  };
}
