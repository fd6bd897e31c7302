import { execFile } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importJWK, type JWK, jwtVerify } from 'jose';
import {
  type KeyPair,
  makeAppCertificate,
} from '../../../../connectors/dynamics/simulator/entra/certificate.ts';
import { type Simulator, startDynamicsSimulator } from '../../../../connectors/dynamics/simulator/server.ts';
import { fromPackageRoot } from '../../../../src/package-root.ts';
import { sendSecurely } from './client.ts';

const clientId = '11111111-2222-3333-4444-555555555555';
const strangerId = '11111111-2222-3333-4444-666666666666';

let simulator: Simulator;
let pair: KeyPair;
let folder: string;

beforeAll(async () => {
  simulator = await startDynamicsSimulator();
  pair = await makeAppCertificate(Date.now());
  const { org, entra, ca } = simulator;
  const role = org.addRole('Everything', { prvReadUser: 'Global' });
  org.addUser({ fullName: 'Tier Link', applicationId: clientId, roles: [role] });
  const old = { value: 'old', expiresAt: Date.now() - 1000 };
  entra.apps.add({ clientId, secrets: [{ value: 'secret' }, old], certificates: [pair.cert] });
  entra.apps.add({ clientId: strangerId, secrets: [{ value: 'secret' }], certificates: [] });
  folder = mkdtempSync(join(tmpdir(), 'tierlink-entra-'));
  writeFileSync(join(folder, 'ca.pem'), ca);
});
afterAll(async () => {
  await simulator.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Microsoft's own client, in a process that trusts the authority as the platform's documentation says. */
async function msal(auth: Record<string, unknown>, scope = `${simulator.url}/.default`) {
  const { authority } = simulator.entra;
  const known = { authority, knownAuthorities: [new URL(authority).host] };
  const program = `
    const { ConfidentialClientApplication } = await import('@azure/msal-node');
    const app = new ConfidentialClientApplication({ auth: ${JSON.stringify({ ...known, clientId, ...auth })} });
    const ask = () => app.acquireTokenByClientCredential({ scopes: [${JSON.stringify(scope)}] });
    try {
      const first = await ask();
      const second = await ask();
      const expiresIn = Math.round((first.expiresOn - Date.now()) / 1000);
      console.log(JSON.stringify({ token: first.accessToken, again: second.fromCache, expiresIn }));
    } catch (error) {
      console.log(JSON.stringify({ error: error.errorCode, numbers: error.errorNo, message: error.errorMessage }));
    }`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
    cwd: fromPackageRoot(),
    env: { ...process.env, NODE_OPTIONS: '', NODE_EXTRA_CA_CERTS: join(folder, 'ca.pem') },
  });
  return JSON.parse(stdout) as Record<string, unknown>;
}

async function whoAmI(token: unknown): Promise<{ status: number; body: Record<string, unknown> }> {
  const answer = await fetch(`${simulator.url}/api/data/v9.2/WhoAmI`, {
    headers: { Authorization: `Bearer ${String(token)}` },
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

type Form = Record<string, string>;

/** A plain request to the sign-in; with a form a POST. */
async function entra(path: string, form?: Form): Promise<{ status: number; body: Record<string, unknown> }> {
  return await sendSecurely(`${simulator.entra.authority}${path}`, {
    ca: simulator.ca,
    method: form === undefined ? 'GET' : 'POST',
    headers: { 'Content-Type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams(form ?? {}).toString(),
  });
}

describe("Microsoft's client", () => {
  it('signs in with a secret, keeps the token, and is the application user', async () => {
    const { token, again, expiresIn } = await msal({ clientSecret: 'secret' });
    expect(again).toBe(true);
    expect(expiresIn).toBeGreaterThan(3500);
    const { status, body } = await whoAmI(token);
    expect(status).toBe(200);
    expect(simulator.org.get('systemuser', String(body.UserId))).toMatchObject({ applicationid: clientId });
  });

  it('signs in with a certificate', async () => {
    const der = new X509Certificate(pair.cert).raw;
    const thumbprintSha256 = createHash('sha256').update(der).digest('hex');
    const { token, error, message } = await msal({
      clientCertificate: { thumbprintSha256, privateKey: pair.key },
    });
    expect({ error, message }).toEqual({});
    expect((await whoAmI(token)).status).toBe(200);
  });

  it('is refused in the words of the platform', async () => {
    expect(await msal({ clientSecret: 'wrong' })).toMatchObject({
      error: 'invalid_client',
      message: expect.stringContaining('AADSTS7000215'),
    });
    const other = await makeAppCertificate(Date.now());
    const der = new X509Certificate(other.cert).raw;
    const thumbprintSha256 = createHash('sha256').update(der).digest('hex');
    expect(await msal({ clientCertificate: { thumbprintSha256, privateKey: other.key } })).toMatchObject({
      error: 'invalid_client',
      message: expect.stringContaining('AADSTS700027'),
    });
    expect(await msal({ clientSecret: 'secret' }, 'https://elsewhere.example/.default')).toMatchObject({
      message: expect.stringContaining('AADSTS500011'),
    });
  });
});

describe('the token endpoint', () => {
  const whole = { grant_type: 'client_credentials', client_id: clientId, client_secret: 'secret' };
  const asked = () => ({ ...whole, scope: `${simulator.url}/.default` });

  it.each([
    ['an unknown app', { client_id: strangerId.replace('6666', '7777') }, 400, 'unauthorized_client', 700016],
    ['a secret that has ended', { client_secret: 'old' }, 401, 'invalid_client', 7000222],
    ['another grant', { grant_type: 'password' }, 400, 'unsupported_grant_type', 70003],
    ['a scope that is none', { scope: 'user_impersonation' }, 400, 'invalid_scope', 1002012],
    [
      'an assertion that is none',
      {
        client_assertion: 'x',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      },
      401,
      'invalid_client',
      700027,
    ],
  ])('refuses %s', async (_what, more, status, error, code) => {
    expect(await entra('/oauth2/v2.0/token', { ...asked(), ...more })).toMatchObject({
      status,
      body: { error, error_codes: [code] },
    });
  });

  it('takes one slash too many for another resource, as the platform does', async () => {
    expect(
      await entra('/oauth2/v2.0/token', { ...whole, scope: `${simulator.url}//.default` }),
    ).toMatchObject({
      status: 400,
      body: { error: 'invalid_resource', error_codes: [500011] },
    });
  });

  it('gives a token to an app that has no user in the environment, which refuses it', async () => {
    const { body } = await entra('/oauth2/v2.0/token', { ...asked(), client_id: strangerId });
    expect(await whoAmI(body.access_token)).toMatchObject({
      status: 403,
      body: { error: { code: '0x80072560' } },
    });
  });

  it('gives tokens that its published key has signed', async () => {
    const { body } = await entra('/oauth2/v2.0/token', asked());
    const { body: about } = await entra('/v2.0/.well-known/openid-configuration');
    expect(about.token_endpoint).toBe(`${simulator.entra.authority}/oauth2/v2.0/token`);
    const { body: published } = await entra('/discovery/v2.0/keys');
    const [key] = published.keys as JWK[];
    const { payload } = await jwtVerify(String(body.access_token), await importJWK(key!));
    expect(payload).toMatchObject({ aud: simulator.url, appid: clientId, tid: simulator.org.tenantId });
  });
});
