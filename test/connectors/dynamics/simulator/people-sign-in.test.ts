import { createHash } from 'node:crypto';
import { request } from 'node:https';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { decodeJwt } from 'jose';
import { type Simulator, startDynamicsSimulator } from '../../../../connectors/dynamics/simulator/server.ts';

const clientId = '11111111-2222-3333-4444-555555555555';
const redirect_uri = 'http://localhost:8477/sign-in';
const verifier = 'v'.repeat(43);
let simulator: Simulator;

beforeAll(async () => {
  simulator = await startDynamicsSimulator();
  const secrets = [{ value: 'secret' }];
  simulator.entra.apps.add({ clientId, secrets, certificates: [], redirectUris: [redirect_uri] });
});
afterAll(() => simulator.close());

interface Answer {
  status: number;
  back: URLSearchParams | null;
  json: Record<string, unknown>;
}

/** One request to the tenant's sign-in; a form is posted. */
async function ask(path: string, form?: Record<string, string>): Promise<Answer> {
  return await new Promise((resolve, reject) => {
    const method = form === undefined ? 'GET' : 'POST';
    const headers = form === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' };
    const given = { ca: simulator.ca, method, headers };
    const sent = request(`${simulator.entra.authority}/oauth2/v2.0/${path}`, given, (answer) => {
      let text = '';
      answer.on('data', (part) => {
        text += part;
      });
      answer.on('end', () => {
        const { location } = answer.headers;
        const isJson = answer.headers['content-type']?.includes('json') ?? false;
        resolve({
          status: answer.statusCode ?? 0,
          back: location === undefined ? null : new URL(location).searchParams,
          json: isJson ? JSON.parse(text) : {},
        });
      });
    });
    sent.on('error', reject);
    sent.end(form === undefined ? undefined : new URLSearchParams(form).toString());
  });
}

const scope = () => `${simulator.url}/.default offline_access openid profile`;

async function authorize(more: Record<string, string | undefined> = {}): Promise<Answer> {
  const asked = {
    client_id: clientId,
    response_type: 'code',
    redirect_uri,
    scope: scope(),
    state: 'here & now',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...more,
  };
  return await ask(`authorize?${new URLSearchParams(JSON.parse(JSON.stringify(asked)))}`);
}

const code = async () => String((await authorize()).back?.get('code'));
const token = async (form: Record<string, string>) => await ask('token', { client_id: clientId, ...form });
const redeem = async (given: string, more: Record<string, string> = {}) =>
  await token({
    grant_type: 'authorization_code',
    code: given,
    redirect_uri,
    code_verifier: verifier,
    client_info: '1',
    ...more,
  });
const refused = (error: string, number: number) => ({
  json: expect.objectContaining({ error, error_codes: [number] }),
});

it('gives a code once, for tokens of the person who allowed it', async () => {
  const { back } = await authorize();
  expect(back?.get('state')).toBe('here & now');
  const answer = await redeem(String(back?.get('code')));
  expect(answer.json).toMatchObject({ token_type: 'Bearer', expires_in: 3599 });
  expect(String(answer.json.scope)).toContain(`${simulator.url}/.default`);
  expect(simulator.tokens.subjectOf(String(answer.json.access_token))).toBe(simulator.org.admin.userId);
  expect(decodeJwt(String(answer.json.id_token))).toMatchObject({
    aud: clientId,
    iss: `${simulator.entra.authority}/v2.0`,
    tid: simulator.org.tenantId,
  });
  expect(await redeem(String(back?.get('code')))).toMatchObject(refused('invalid_grant', 54005));
});

it('gives a new refresh token with each use, while the one before stays good until all are revoked', async () => {
  const first = String((await redeem(await code())).json.refresh_token);
  const refresh = async (refresh_token: string) =>
    await token({ grant_type: 'refresh_token', refresh_token });
  const second = String((await refresh(first)).json.refresh_token);
  expect(second).not.toBe(first);
  expect((await refresh(first)).status).toBe(200);
  simulator.entra.grants.revokeAll();
  for (const each of [first, second])
    expect(await refresh(each)).toMatchObject(refused('invalid_grant', 50173));
  expect(await refresh('stranger')).toMatchObject(refused('invalid_grant', 9002313));
});

it.each<[string, Record<string, string>, string, number]>([
  ['another verifier', { code_verifier: 'w'.repeat(43) }, 'invalid_grant', 501481],
  [
    'another address than the code was sent to',
    { redirect_uri: 'http://localhost:1/sign-in' },
    'invalid_grant',
    500112,
  ],
  ['a secret, which a public client has not', { client_secret: 'secret' }, 'invalid_client', 700025],
  ['a code of nobody', { code: 'x' }, 'invalid_grant', 9002313],
])('takes no code with %s', async (_what, more, error, number) => {
  expect(await redeem(await code(), more)).toMatchObject(refused(error, number));
});

it('sends nobody to an address that is not the app’s; of localhost the port alone is free', async () => {
  for (const other of [
    'http://evil.example/sign-in',
    'http://localhost:8477/other',
    'http://127.0.0.1:8477/sign-in',
    'http://localhost:8477/sign-in?to=evil',
    'http://localhost.evil.example:8477/sign-in',
  ])
    expect(await authorize({ redirect_uri: other, prompt: 'login' })).toMatchObject({
      status: 400,
      back: null,
      ...refused('invalid_request', 50011),
    });
  expect((await authorize({ redirect_uri: 'http://localhost:9000/sign-in' })).status).toBe(302);
});

it('brings back why it did not work, with the state', async () => {
  const denied = await authorize({ decision: 'deny' });
  expect(Object.fromEntries(denied.back!)).toEqual({
    error: 'access_denied',
    error_subcode: 'cancel',
    error_description: 'AADSTS65004: User declined to consent to access the app.',
    state: 'here & now',
  });
  const other = await authorize({ scope: 'https://other.example/.default' });
  expect(other.back?.get('error')).toBe('invalid_resource');
  expect(other.back?.has('code')).toBe(false);
});

it('takes a plain challenge for the verifier itself, as where no method is said, and knows no third way', async () => {
  const plainly = async (code_challenge: string, method?: string) => {
    const { back } = await authorize({ code_challenge, code_challenge_method: method });
    return await redeem(String(back?.get('code')));
  };
  const hashed = createHash('sha256').update(verifier).digest('base64url');
  for (const method of [undefined, 'plain']) expect((await plainly(verifier, method)).status).toBe(200);
  expect(await plainly(hashed)).toMatchObject(refused('invalid_grant', 501481));
  const { back } = await authorize({ code_challenge_method: 's256' });
  expect(back?.get('error')).toBe('invalid_request');
});
