import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Simulator, startDynamicsSimulator } from '../../../../connectors/dynamics/simulator/server.ts';
import { sendSecurely } from './client.ts';

const clientId = '11111111-2222-3333-4444-555555555555';
const lateId = '11111111-2222-3333-4444-666666666666';

let simulator: Simulator;
let role: string;

beforeAll(async () => {
  simulator = await startDynamicsSimulator({ tls: 'authority' });
  const { org, entra } = simulator;
  role = org.addRole('Everything', { prvReadUser: 'Global' });
  org.addUser({ fullName: 'Tier Link', applicationId: clientId, roles: [role] });
  for (const id of [clientId, lateId])
    entra.apps.add({ clientId: id, secrets: [{ value: 'secret' }], certificates: [] });
});
afterAll(async () => await simulator.close());

async function tokenOf(app: string): Promise<string> {
  const { body } = await sendSecurely(`${simulator.entra.authority}/oauth2/v2.0/token`, {
    ca: simulator.ca,
    method: 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'client_credentials',
      client_id: app,
      client_secret: 'secret',
      scope: `${simulator.url}/.default`,
    }).toString(),
  });
  return body.access_token;
}

async function whoAmI(token?: string) {
  return await sendSecurely(`${simulator.url}/api/data/v9.2/WhoAmI`, {
    ca: simulator.ca,
    headers: token === undefined ? {} : { Authorization: `Bearer ${token}` },
  });
}

describe('the Web API over https', () => {
  it('shows a certificate of the authority that has signed that of the sign-in', async () => {
    expect(simulator.url).toMatch(/^https:/);
    await expect(fetch(`${simulator.url}/api/data/v9.2/WhoAmI`)).rejects.toThrow();
    const { status, body } = await whoAmI(await tokenOf(clientId));
    expect(status).toBe(200);
    expect(simulator.org.get('systemuser', body.UserId)).toMatchObject({ applicationid: clientId });
  });

  it('names the sign-in and itself where a token is missing, has run out or is of another environment', async () => {
    const ended = await tokenOf(clientId);
    simulator.tokens.expire(ended);
    const other = await startDynamicsSimulator();
    const foreign = other.tokens.issue({ appId: clientId });
    await other.close();
    const { authority } = simulator.entra;
    for (const token of [undefined, 'none', ended, foreign]) {
      const { status, headers, body } = await whoAmI(token);
      expect([status, body]).toEqual([401, '']);
      expect(headers['www-authenticate']).toBe(
        `Bearer authorization_uri=${authority}/oauth2/authorize, resource_id=${simulator.url}/`,
      );
    }
  });

  it('knows an app from the moment that it has a user, and refuses one whose user is disabled', async () => {
    const token = await tokenOf(lateId);
    expect(await whoAmI(token)).toMatchObject({ status: 403, body: { error: { code: '0x80072560' } } });
    const id = simulator.org.addUser({ fullName: 'Late Link', applicationId: lateId, roles: [role] });
    expect(await whoAmI(token)).toMatchObject({ status: 200, body: { UserId: id } });
    simulator.org.set('systemuser', id, { isdisabled: true });
    expect(await whoAmI(token)).toMatchObject({ status: 403, body: { error: { code: '0x80040225' } } });
  });
});
