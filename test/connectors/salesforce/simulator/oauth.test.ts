import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { importPKCS8, SignJWT } from 'jose';
import jsforce from 'jsforce';
import { createApp, createSigningKeys } from '../../../../connectors/salesforce/simulator/oauth/apps.ts';
import {
  type Simulator,
  startSalesforceSimulator,
} from '../../../../connectors/salesforce/simulator/server.ts';
import { clientOf } from './http-client.ts';

let simulator: Simulator;
let client: ReturnType<typeof clientOf>;
let username: string;

beforeAll(async () => {
  simulator = await startSalesforceSimulator({ empty: true });
  client = clientOf(simulator);
  username = String(simulator.org.find(simulator.users.admin)?.row.Username);
});
afterAll(() => simulator.close());

const form = (path: string, parameters: Record<string, string>, headers: Record<string, string> = {}) =>
  client.call(`/services/oauth2/${path}`, {
    method: 'POST',
    body: new URLSearchParams(parameters).toString(),
    headers: { authorization: '', 'content-type': 'application/x-www-form-urlencoded', ...headers },
  });
const token = (parameters: Record<string, string>, headers?: Record<string, string>) =>
  form('token', parameters, headers);
const refusal = (error: string, error_description: string, status = 400) => ({
  status,
  json: { error, error_description },
});
const isAlive = async (accessToken: string) =>
  (await client.query('SELECT Id FROM User LIMIT 1', { headers: { authorization: `Bearer ${accessToken}` } }))
    .status === 200;

describe('client credentials', () => {
  const grant = () => ({ grant_type: 'client_credentials', client_id: simulator.clientCredentials.clientId });

  it('answer a token of the run-as user, without a life time', async () => {
    const answer = await token({ ...grant(), client_secret: simulator.clientCredentials.clientSecret });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('cache-control')).toBe('no-store');
    expect(Object.keys(answer.json).sort()).toEqual(
      ['access_token', 'id', 'instance_url', 'issued_at', 'scope', 'signature', 'token_type'].sort(),
    );
    expect(answer.json).toMatchObject({
      access_token: expect.stringMatching(/^00D\w{12}!.+/),
      instance_url: simulator.url,
      id: expect.stringMatching(new RegExp(`/id/${simulator.org.id}/${simulator.users.admin}$`)),
      issued_at: expect.stringMatching(/^\d{13}$/),
      token_type: 'Bearer',
    });
    expect(await isAlive(answer.json.access_token)).toBe(true);
  });

  it('come in a Basic header too', async () => {
    const { clientId, clientSecret } = simulator.clientCredentials;
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`;
    expect((await token({ grant_type: 'client_credentials' }, { authorization })).status).toBe(200);
  });

  it('are refused when wrong, unknown, or without a user', async () => {
    expect(await token({ ...grant(), client_secret: 'no' })).toMatchObject(
      refusal('invalid_client', 'invalid client credentials', 401),
    );
    expect(await token({ ...grant(), client_id: 'no', client_secret: 'no' })).toMatchObject(
      refusal('invalid_client_id', 'client identifier invalid'),
    );
    const app = createApp();
    simulator.apps.put(app);
    const parameters = {
      grant_type: 'client_credentials',
      client_id: app.clientId,
      client_secret: app.clientSecret,
    };
    expect(await token(parameters)).toMatchObject(
      refusal('invalid_grant', 'no client credentials user enabled'),
    );
    expect(await token({ ...parameters, grant_type: 'password' })).toMatchObject(
      refusal('unsupported_grant_type', 'grant type not supported'),
    );
  });

  it('serve jsforce', async () => {
    const { clientId, clientSecret } = simulator.clientCredentials;
    const connection = new jsforce.Connection({
      version: '67.0',
      oauth2: { loginUrl: simulator.url, clientId, clientSecret },
    });
    await connection.authorize({ grant_type: 'client_credentials' });
    expect(connection.userInfo).toMatchObject({
      id: simulator.users.admin,
      organizationId: simulator.org.id,
    });
    expect((await connection.identity()).username).toBe(username);
  });
});

describe('JWT bearer', () => {
  interface Claims {
    iss?: string;
    sub?: string;
    aud?: string;
    exp?: number;
    jti?: string;
    key?: string;
  }
  const assertionOf = async (claims: Claims = {}) => {
    const { key, ...given } = claims;
    const payload = {
      iss: simulator.clientCredentials.clientId,
      sub: username,
      aud: 'https://login.salesforce.com',
      exp: Math.floor(Date.now() / 1000) + 120,
      ...given,
    };
    const signer = await importPKCS8(key ?? simulator.apps.jwtKeys.privateKey, 'RS256');
    return await new SignJWT(payload).setProtectedHeader({ alg: 'RS256' }).sign(signer);
  };
  const sign = async (claims?: Claims) =>
    await token({
      grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer',
      assertion: await assertionOf(claims),
    });

  it('answers a token and never a refresh token', async () => {
    const answer = await sign();
    expect(answer.status).toBe(200);
    expect(answer.json).not.toHaveProperty('refresh_token');
    expect(await isAlive(answer.json.access_token)).toBe(true);
  });

  it('takes the My Domain as audience, and milliseconds as the CLI sends them', async () => {
    expect((await sign({ aud: simulator.url, exp: Date.now() + 60_000 })).status).toBe(200);
  });

  it.each<[string, Claims, string, string]>([
    ['another audience', { aud: 'https://test.salesforce.com' }, 'invalid_grant', 'audience is invalid'],
    ['an expiry in the past', { exp: 1_700_000_000 }, 'invalid_grant', 'invalid assertion'],
    [
      'an expiry far ahead',
      { exp: Math.floor(Date.now() / 1000) + 3600 },
      'invalid_grant',
      'invalid assertion',
    ],
    ['an unknown app', { iss: 'nobody' }, 'invalid_client_id', 'client identifier invalid'],
    ['an unknown user', { sub: 'nobody@example.com' }, 'invalid_grant', "user hasn't approved this consumer"],
    ['a foreign key', { key: createSigningKeys().privateKey }, 'invalid_grant', 'invalid assertion'],
  ])('refuses %s', async (_what, claims, error, description) => {
    expect(await sign(claims)).toMatchObject(refusal(error, description));
  });

  it('refuses what is no JWT, and an unsigned one', async () => {
    const grant_type = 'urn:ietf:params:oauth:grant-type:jwt-bearer';
    expect(await token({ grant_type, assertion: 'nonsense' })).toMatchObject(
      refusal('invalid_grant', 'invalid assertion'),
    );
    const [, payload] = (await assertionOf()).split('.');
    const none = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url');
    expect(await token({ grant_type, assertion: `${none}.${payload}.` })).toMatchObject(
      refusal('invalid_grant', 'invalid assertion'),
    );
  });

  it('refuses an assertion whose id was used', async () => {
    expect((await sign({ jti: 'once' })).status).toBe(200);
    expect(await sign({ jti: 'once' })).toMatchObject(refusal('invalid_grant', 'invalid assertion'));
  });

  it('signs in only those whom an admin approved', async () => {
    const keys = createSigningKeys();
    const strict = createApp({ publicKey: keys.publicKey, approvedUserIds: [] });
    const lenient = createApp({ publicKey: keys.publicKey, approvedUserIds: [], adminApprovedOnly: false });
    simulator.apps.put(strict);
    simulator.apps.put(lenient);
    const attempt = (iss: string) => sign({ iss, key: keys.privateKey });
    expect(await attempt(strict.clientId)).toMatchObject(
      refusal('invalid_app_access', 'user is not admin approved to access this app'),
    );
    expect(await attempt(lenient.clientId)).toMatchObject(
      refusal('invalid_grant', "user hasn't approved this consumer"),
    );
    simulator.apps.put({ ...strict, approvedUserIds: [simulator.users.admin] });
    expect((await attempt(strict.clientId)).status).toBe(200);
  });

  it('refuses a user who left', async () => {
    const userId = simulator.users.integration;
    const sub = String(simulator.org.find(userId)?.row.Username);
    simulator.org.update('User', [{ Id: userId, IsActive: false }]);
    expect(await sign({ sub })).toMatchObject(refusal('inactive_user', 'user is inactive'));
    simulator.org.update('User', [{ Id: userId, IsActive: true }]);
    expect((await sign({ sub: sub.toUpperCase() })).status).toBe(200);
  });
});

describe('web server flow', () => {
  const redirect_uri = 'http://localhost:1717/OauthRedirect';
  const verifier = 'v'.repeat(43);
  const authorize = async (parameters: Record<string, string> = {}) => {
    const { clientId } = simulator.clientCredentials;
    const all = {
      response_type: 'code',
      client_id: clientId,
      redirect_uri,
      state: 'here & now',
      ...parameters,
    };
    const answer = await client.call(`/services/oauth2/authorize?${new URLSearchParams(all)}`);
    const location = answer.headers.get('location');
    return { answer, back: location === null ? undefined : new URL(location) };
  };
  const exchange = async (code: string, parameters: Record<string, string> = {}) => {
    const { clientId, clientSecret } = simulator.clientCredentials;
    const base = {
      grant_type: 'authorization_code',
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uri,
    };
    return await token({ ...base, code, ...parameters });
  };

  it('hands out a code that is good once, for a token that can be refreshed', async () => {
    const { back } = await authorize();
    expect(back?.searchParams.get('state')).toBe('here & now');
    const code = String(back?.searchParams.get('code'));
    const answer = await exchange(code);
    expect(answer.json.refresh_token).toEqual(expect.any(String));
    expect(await exchange(code)).toMatchObject(refusal('invalid_grant', 'expired authorization code'));
    const again = await token({
      grant_type: 'refresh_token',
      refresh_token: answer.json.refresh_token,
      client_id: simulator.clientCredentials.clientId,
    });
    expect(again.status).toBe(200);
    expect(again.json).not.toHaveProperty('refresh_token');
    expect(await isAlive(again.json.access_token)).toBe(true);
  });

  it('proves itself by PKCE, S256 when nothing else is said', async () => {
    const code_challenge = createHash('sha256').update(verifier).digest('base64url');
    const codeFor = async () => String((await authorize({ code_challenge })).back?.searchParams.get('code'));
    expect(await exchange(await codeFor(), { code_verifier: 'w'.repeat(43) })).toMatchObject(
      refusal('invalid_grant', 'invalid code verifier'),
    );
    expect((await exchange(await codeFor(), { code_verifier: verifier })).status).toBe(200);
    const plain = await authorize({ code_challenge: verifier, code_challenge_method: 'plain' });
    expect(plain.back?.searchParams.get('error')).toBe('invalid_request');
  });

  it('signs in jsforce, which proves itself by PKCE in its own way', async () => {
    const { clientId } = simulator.clientCredentials;
    const oauth2 = new jsforce.OAuth2({
      loginUrl: simulator.url,
      clientId,
      redirectUri: redirect_uri,
      useVerifier: true,
    });
    const connection = new jsforce.Connection({ oauth2, instanceUrl: simulator.url, version: '67.0' });
    const address = oauth2.getAuthorizationUrl({ scope: 'api refresh_token' });
    const sent = await fetch(address, { redirect: 'manual' });
    const code = new URL(sent.headers.get('location') ?? '').searchParams.get('code') ?? '';
    await connection.authorize(code);
    simulator.tokens.expire('all');
    expect((await connection.query('SELECT Id FROM Organization')).totalSize).toBe(1);
  });

  it('lets a code lapse after 15 minutes', async () => {
    const { back } = await authorize();
    simulator.org.clock.advance(15 * 60_000);
    expect(await exchange(String(back?.searchParams.get('code')))).toMatchObject(
      refusal('invalid_grant', 'expired authorization code'),
    );
  });

  it('sends nobody to an address that is not the app’s', async () => {
    const { answer } = await authorize({ redirect_uri: 'http://evil.example/' });
    expect(answer).toMatchObject(refusal('redirect_uri_mismatch', 'redirect_uri must match configuration'));
    for (const other of ['http://localhost:1718/OauthRedirect', `${redirect_uri}/`, `${redirect_uri}?to=x`])
      expect((await authorize({ redirect_uri: other, prompt: 'login' })).answer.status).toBe(400);
    expect((await authorize({ response_type: 'token' })).back?.searchParams.get('error')).toBe(
      'unsupported_response_type',
    );
  });

  it('rotates refresh tokens where the app wants it', async () => {
    const { clientId } = simulator.clientCredentials;
    simulator.apps.put({ ...simulator.apps.default, clientId: 'rotating', rotatesRefreshTokens: true });
    const { back } = await authorize({ client_id: 'rotating' });
    const first = await exchange(String(back?.searchParams.get('code')), { client_id: 'rotating' });
    const refresh = (refresh_token: string, client_id = 'rotating') =>
      token({ grant_type: 'refresh_token', refresh_token, client_id });
    expect((await refresh(first.json.refresh_token, clientId)).json.error).toBe('invalid_grant');
    const second = await refresh(first.json.refresh_token);
    expect(second.json.refresh_token).not.toBe(first.json.refresh_token);
    const third = await refresh(second.json.refresh_token);
    expect(third.status).toBe(200);
    // Whoever uses one of the old ones may have stolen it: the new one and all sessions end too.
    const ended = refusal('invalid_grant', 'expired access/refresh token');
    expect(await refresh(first.json.refresh_token)).toMatchObject(ended);
    expect(await refresh(third.json.refresh_token)).toMatchObject(ended);
    expect(await isAlive(third.json.access_token)).toBe(false);
  });

  it('asks who it is where it is told to, and comes back with what the person answered', async () => {
    const { answer } = await authorize({ prompt: 'login' });
    const html = await answer.text;
    const links = [...html.matchAll(/href="([^"]+)">([^<]+)</g)].map(([, href = '', label]) => ({
      address: href.replaceAll('&#38;', '&'),
      label,
    }));
    expect(links.map(({ label }) => label)).toEqual(
      expect.arrayContaining(['integration@sim.example', 'Deny']),
    );
    const follow = async (label: string) => {
      const { address = '' } = links.find((each) => each.label === label) ?? {};
      const { headers } = await client.call(`/services/oauth2/authorize${address}`);
      return new URL(headers.get('location') ?? '').searchParams;
    };
    const denied = await follow('Deny');
    expect(Object.fromEntries(denied)).toEqual({
      error: 'access_denied',
      error_description: 'end-user denied authorization',
      state: 'here & now',
    });
    const { json } = await exchange(String((await follow('integration@sim.example')).get('code')));
    expect(json.id).toContain(simulator.users.integration);
  });
});

describe('tokens', () => {
  const issue = async () => {
    const { clientId, clientSecret } = simulator.clientCredentials;
    const credentials = { client_id: clientId, client_secret: clientSecret };
    const answer = await token({ grant_type: 'client_credentials', ...credentials });
    return { credentials, accessToken: String(answer.json.access_token) };
  };

  it('can be looked into and revoked', async () => {
    const { credentials, accessToken } = await issue();
    const look = async () => (await form('introspect', { token: accessToken, ...credentials })).json;
    expect(await look()).toMatchObject({ active: true, username, client_id: credentials.client_id });
    expect(await form('revoke', { token: accessToken })).toMatchObject({ status: 200, text: '' });
    expect(await look()).toEqual({ active: false });
    expect(await isAlive(accessToken)).toBe(false);
    expect((await form('revoke', { token: accessToken })).json.error).toBe('invalid_token');
  });

  it('are renewed by jsforce when the session ends in mid-run', async () => {
    const { accessToken } = await issue();
    const connection = new jsforce.Connection({
      version: '67.0',
      instanceUrl: simulator.url,
      accessToken,
      refreshFn: (_connection, done) => {
        issue().then(({ accessToken: fresh }) => done(null, fresh), done);
      },
    });
    simulator.tokens.expire(accessToken);
    expect((await connection.query('SELECT Id FROM User')).done).toBe(true);
  });
});
