import { type Context, createContext } from '../../../connectors/dynamics/context.ts';
import { createConnector } from '../../../connectors/dynamics/index.ts';
import { readOptions } from '../../../connectors/dynamics/options.ts';
import { privilegeName, verbs } from '../../../connectors/dynamics/simulator/access.ts';
import { type Simulator, startDynamicsSimulator } from '../../../connectors/dynamics/simulator/server.ts';
import { type TestHost, testHost } from '../../contract/connector-world.ts';

export interface DynamicsWorld {
  simulator: Simulator;
  /** Ready settings of a connection to it. */
  options: Record<string, string>;
  context: Context;
  connector: ReturnType<typeof createConnector>;
  host: TestHost;
  /** The application user that the connector is. */
  userId: string;
  close(): Promise<void>;
}

export interface DynamicsWorldOptions {
  options?: Record<string, string>;
  now?: () => number;
  /** What the application user may ask for. (Default: the platform's own limits) */
  limits?: NonNullable<Parameters<typeof startDynamicsSimulator>[0]>['limits'];
  /** Privileges of the application user, by name. (Default: everything on all rows of every table) */
  privileges?: Parameters<Simulator['org']['addRole']>[1];
}

function allPrivileges({ org }: Simulator): Record<string, 'Global'> {
  const names = [...org.schema.tables()].flatMap((table) => verbs.map((verb) => privilegeName(verb, table)));
  return Object.fromEntries(names.map((name) => [name, 'Global' as const]));
}

export const testApp = { clientId: '11111111-2222-3333-4444-555555555555', secret: 'sesame-1ab8Q' };

/** An empty environment with one connection to it. */
export async function dynamicsWorld(given: DynamicsWorldOptions = {}): Promise<DynamicsWorld> {
  const simulator = await startDynamicsSimulator({
    ...(given.now === undefined ? {} : { now: given.now }),
    ...(given.limits === undefined ? {} : { limits: given.limits }),
  });
  const { org, entra } = simulator;
  // No administrator: nothing is hidden from one.
  const role = org.addRole('Tierlink', given.privileges ?? allPrivileges(simulator));
  const userId = org.addUser({
    fullName: 'Tierlink Integration',
    applicationId: testApp.clientId,
    roles: [role],
  });
  entra.apps.add({ clientId: testApp.clientId, secrets: [{ value: testApp.secret }], certificates: [] });
  const options = {
    url: simulator.url,
    tenantId: org.tenantId,
    clientId: testApp.clientId,
    clientSecret: testApp.secret,
    authority: new URL(entra.authority).origin,
    ca: simulator.ca,
    ...given.options,
  };
  const host = testHost(given.now);
  const context = createContext(readOptions(options, 'test'), host);
  const connector = createConnector(context);
  return { simulator, options, context, connector, host, userId, close: async () => await simulator.close() };
}
