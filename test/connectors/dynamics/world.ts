import { type Context, createContext } from '../../../connectors/dynamics/context.ts';
import { readOptions } from '../../../connectors/dynamics/options.ts';
import { type Simulator, startDynamicsSimulator } from '../../../connectors/dynamics/simulator/server.ts';
import { type TestHost, testHost } from '../../contract/connector-world.ts';

export interface DynamicsWorld {
  simulator: Simulator;
  /** Ready settings of a connection to it. */
  options: Record<string, string>;
  context: Context;
  host: TestHost;
  /** The application user that the connector is. */
  userId: string;
  close(): Promise<void>;
}

export interface DynamicsWorldOptions {
  options?: Record<string, string>;
  now?: () => number;
  /** Privileges of the application user, by name. (Default: it is an administrator) */
  privileges?: Parameters<Simulator['org']['addRole']>[1];
}

export const testApp = { clientId: '11111111-2222-3333-4444-555555555555', secret: 'a secret' };

/** An empty environment with one connection to it. */
export async function dynamicsWorld(given: DynamicsWorldOptions = {}): Promise<DynamicsWorld> {
  const simulator = await startDynamicsSimulator(given.now === undefined ? {} : { now: given.now });
  const { org, entra } = simulator;
  const [administrator = ''] = org.dump('role').map((role) => String(role.roleid));
  const role = given.privileges === undefined ? administrator : org.addRole('Tierlink', given.privileges);
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
  return { simulator, options, context, host, userId, close: async () => await simulator.close() };
}
