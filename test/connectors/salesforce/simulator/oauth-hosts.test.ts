import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importPKCS8, SignJWT } from 'jose';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.pem`, import.meta.url), 'utf8');
const tls = { key: fixture('localhost-rsa-key'), cert: fixture('localhost-rsa-cert') };

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true, tls });
});
afterAll(() => simulator.close());

/** Asks for a token as a client that knows the simulator by another name. */
function token(parameters: Record<string, string>, host?: string): Promise<Record<string, string>> {
  const headers = {
    'content-type': 'application/x-www-form-urlencoded',
    ...(host === undefined ? {} : { host }),
  };
  return new Promise((resolve, reject) => {
    const call = request(
      `${simulator.url}/services/oauth2/token`,
      { method: 'POST', headers, ca: tls.cert, checkServerIdentity: () => undefined },
      async (message) => {
        let text = '';
        for await (const part of message) text += String(part);
        resolve(JSON.parse(text) as Record<string, string>);
      },
    );
    call.on('error', reject);
    call.end(new URLSearchParams(parameters).toString());
  });
}

async function byJwt(
  audience: string,
  host?: string,
  claims: Record<string, unknown> = { exp: Math.floor(Date.now() / 1000) + 180 },
): Promise<Record<string, string>> {
  const assertion = await new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256' })
    .setIssuer(simulator.clientCredentials.clientId)
    .setSubject(String(simulator.org.find(simulator.users.admin)?.row.Username))
    .setAudience(audience)
    .sign(await importPKCS8(tls.key, 'RS256'));
  return await token({ grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion }, host);
}

describe('a simulator with a certificate', () => {
  it('takes assertions signed with its key', async () => {
    expect((await byJwt('https://login.salesforce.com')).access_token).toMatch(/^00D/);
  });

  it('takes an expiry that is written as a text, as simple-salesforce does', async () => {
    const inTime = { exp: String(Math.floor(Date.now() / 1000) + 180) };
    expect((await byJwt('https://login.salesforce.com', undefined, inTime)).access_token).toMatch(/^00D/);
    for (const exp of ['1', 'soon', '', null])
      expect((await byJwt('https://login.salesforce.com', undefined, { exp })).error).toBe('invalid_grant');
  });

  it('answers to the name by which it was called', async () => {
    expect((await byJwt('https://acme.my.salesforce.com', 'acme.my.salesforce.com')).access_token).toMatch(
      /^00D/,
    );
    expect((await byJwt('https://other.my.salesforce.com', 'acme.my.salesforce.com')).error_description).toBe(
      'audience is invalid',
    );
  });

  it('does not take a production audience for a sandbox one', async () => {
    expect((await byJwt('https://test.salesforce.com', 'test.salesforce.com')).error_description).toBe(
      'audience is invalid',
    );
  });
});

describe('client credentials', () => {
  const grant = () => ({
    grant_type: 'client_credentials',
    client_id: simulator.clientCredentials.clientId,
    client_secret: simulator.clientCredentials.clientSecret,
  });

  it('are for the domain of an org, never for the login host', async () => {
    expect(await token(grant(), 'login.salesforce.com')).toEqual({
      error: 'invalid_grant',
      error_description: 'request not supported on this domain',
    });
    expect((await token(grant(), 'acme.my.salesforce.com')).access_token).toMatch(/^00D/);
  });
});
