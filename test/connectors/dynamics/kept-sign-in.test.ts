import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { manifest } from '../../../connectors/dynamics/index.ts';
import { callbackAddress, USUAL_CALLBACK_PORT } from '../../../src/sync/browser-sign-in.ts';
import { ledTo } from '../../cli/stand-in-browser.ts';
import { everything, testHost } from '../../contract/connector-world.ts';
import { signInWith } from '../../services/sign-in.ts';
import { type DynamicsWorld, dynamicsWorld, testApp } from './world.ts';

let world: DynamicsWorld;
let file: string;
const redirectUri = callbackAddress(USUAL_CALLBACK_PORT).href;

beforeAll(async () => {
  world = await dynamicsWorld();
  const { clientId, secret } = testApp;
  const app = { clientId, secrets: [{ value: secret }], certificates: [], redirectUris: [redirectUri] };
  world.simulator.entra.apps.add(app);
});
afterAll(async () => await world.close());

const options = (): Record<string, string> => {
  const { clientSecret: _secret, ...others } = world.options;
  return { ...others, retries: '1', signInFile: file };
};
const connect = (more: Record<string, string> = {}) =>
  manifest.connect({ ...options(), ...more }, testHost());
const read = async (connector = connect()) =>
  await connector.count([{ object: 'account', scope: everything }]);
const kept = () => JSON.parse(readFileSync(file, 'utf8'));
const secrets = (kind: 'AccessToken' | 'RefreshToken') =>
  Object.values<{ secret: string }>(kept().cache[kind]).map(({ secret }) => secret);

async function begin() {
  const step = await manifest.browser!.begin(options(), { connection: 'test', redirectUri, state: 's' });
  const brought = await ledTo(step.address, world.simulator.ca);
  return { ...step, code: brought.get('code') ?? '' };
}

beforeEach(async () => {
  file = join(mkdtempSync(join(tmpdir(), 'tierlink-sign-in-')), 'kept', 'prod.json');
  const { code, exchange } = await begin();
  await signInWith(file, await exchange(code));
});

it('asks which user it is, with S256, and takes no code that was given for another verifier', async () => {
  const [one, other] = [await begin(), await begin()];
  expect(Object.fromEntries(new URL(one.address).searchParams)).toMatchObject({
    response_type: 'code',
    redirect_uri: 'http://localhost:8477/sign-in',
    state: 's',
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: 'S256',
    prompt: 'select_account',
  });
  await expect(other.exchange(one.code)).rejects.toMatchObject({
    code: 'CRM_SIGN_IN',
    message: expect.stringContaining('AADSTS501481'),
  });
});

it('is shared by processes and renewed once for all of them', async () => {
  const [first] = secrets('AccessToken');
  const connectors = [connect(), connect(), connect()];
  for (const each of connectors) expect(await read(each)).toEqual([0]);
  expect(secrets('AccessToken')).toEqual([first]);
  let renewals = 0;
  const { grants } = world.simulator.entra;
  const { refresh } = grants;
  grants.refresh = (...given) => {
    renewals += 1;
    return refresh(...given);
  };
  world.simulator.tokens.expire('all');
  await Promise.all(connectors.map(async (each) => expect(await read(each)).toEqual([0])));
  grants.refresh = refresh;
  expect(renewals).toBe(1);
  expect(secrets('AccessToken')).not.toContain(first);
});

it('says in one sentence what to do when it has ended, without a secret', async () => {
  world.simulator.entra.grants.revokeAll();
  world.simulator.tokens.expire('all');
  const error = (await read().catch((each: unknown) => each)) as Error & { data: unknown };
  expect(error).toMatchObject({
    code: 'CRM_SIGN_IN_ENDED',
    exit: 4,
    message: expect.stringContaining('AADSTS50173'),
    actions: ['Sign in again: tierlink connect --connection test --browser'],
  });
  for (const secret of [...secrets('AccessToken'), ...secrets('RefreshToken')])
    expect(JSON.stringify([error.message, error.data])).not.toContain(secret);
});

it.each([
  ['is something else', () => '{}', 'it is not what tierlink connect wrote'],
  ['is of another app', () => JSON.stringify({ ...kept(), clientId: 'other' }), 'another environment or app'],
  ['has nobody in it', () => JSON.stringify({ ...kept(), cache: {} }), 'nobody is signed in'],
])('is refused where its file %s', async (_what, text, reason) => {
  writeFileSync(file, text());
  await expect(read()).rejects.toMatchObject({
    code: 'CRM_SIGN_IN_FILE',
    message: expect.stringContaining(reason),
  });
});

it('is one way to sign in, not a second one beside a secret', () => {
  expect(() => connect({ clientSecret: testApp.secret })).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining('clientSecret') }),
  );
});
