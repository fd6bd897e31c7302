import {
  chmodSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { manifest } from '../../../connectors/salesforce/index.ts';
import { isTierlinkError } from '../../../src/errors.ts';
import { callbackAddress, USUAL_CALLBACK_PORT } from '../../../src/sync/browser-sign-in.ts';
import { everything, testHost } from '../../contract/connector-world.ts';
import { openAnySignIn, signInWith } from '../../services/sign-in.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

let world: SalesforceWorld;
let folder: string;
let file: string;
beforeAll(async () => {
  world = await salesforceWorld({ options: { retries: '1' } });
});
afterAll(async () => {
  await world.close();
});

const rotates = (does: boolean) =>
  world.simulator.apps.put({ ...world.simulator.apps.default, rotatesRefreshTokens: does });
const options = () => ({
  loginUrl: world.simulator.url,
  clientId: world.simulator.apps.default.clientId,
  retries: '1',
  signInFile: file,
});
const connect = (more: Record<string, string> = {}) =>
  manifest.connect({ ...options(), ...more }, testHost());
const kept = () => JSON.parse(readFileSync(file, 'utf8'));
const read = async (connector = connect()) =>
  await connector.count([{ object: 'Account', scope: everything }]);

/** Somebody who is signed in and has allowed the app is asked nothing. */
async function begin(given = options()) {
  const redirectUri = callbackAddress(USUAL_CALLBACK_PORT).href;
  const step = await manifest.browser!.begin(given, { connection: 'test', redirectUri, state: 's' });
  const asked = new URL(step.address);
  asked.searchParams.delete('prompt');
  const sent = await fetch(asked, { redirect: 'manual' });
  const code = new URL(sent.headers.get('location') ?? '').searchParams.get('code') ?? '';
  return { ...step, code };
}

/** Counts what the token endpoint is asked, and lets something befall before it answers. */
function tokenAnswers(befall: () => void = () => undefined) {
  const { apps } = world.simulator;
  const { find } = apps;
  let asked = 0;
  apps.find = (...given) => {
    asked += 1;
    befall();
    return find(...given);
  };
  return {
    stop: () => {
      apps.find = find;
      return asked;
    },
  };
}

beforeEach(async () => {
  rotates(false);
  folder = mkdtempSync(join(tmpdir(), 'tierlink-sign-in-'));
  file = join(folder, 'kept', 'prod.json');
  const { code, exchange } = await begin();
  await signInWith(file, await exchange(code));
});

describe('a sign-in by browser', () => {
  it('asks for a user, S256 and the scopes that it needs', async () => {
    const redirectUri = callbackAddress(USUAL_CALLBACK_PORT).href;
    const step = await manifest.browser!.begin(options(), { connection: 'test', redirectUri, state: 's' });
    expect(Object.fromEntries(new URL(step.address).searchParams)).toEqual({
      response_type: 'code',
      client_id: options().clientId,
      redirect_uri: 'http://localhost:8477/sign-in',
      scope: 'api refresh_token',
      state: 's',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
      code_challenge_method: 'S256',
      prompt: 'login',
    });
  });

  it('takes no code that was given for another verifier', async () => {
    const [one, other] = [await begin(), await begin()];
    const wrong = other.exchange(one.code);
    await expect(wrong).rejects.toMatchObject({
      code: 'CRM_SIGN_IN',
      message: expect.stringContaining('invalid code verifier'),
    });
  });

  it('is shared by processes and renewed once for all of them', async () => {
    const before = kept().session.accessToken;
    expect(await read()).toEqual([0]);
    expect(kept().session.accessToken).toBe(before);
    rotates(true);
    const first = kept().refreshToken;
    const connectors = [connect(), connect(), connect()];
    for (const each of connectors) await read(each);
    world.simulator.tokens.expire('all');
    await Promise.all(connectors.map(async (each) => expect(await read(each)).toEqual([0])));
    const second = kept();
    expect(second.refreshToken).not.toBe(first);
    // The token of the one before would have ended all of them.
    world.simulator.tokens.expire('all');
    expect(await read(connectors[0])).toEqual([0]);
    expect(kept().refreshToken).not.toBe(second.refreshToken);
    expect(readdirSync(join(folder, 'kept'))).toEqual(['prod.json', 'prod.json.lock']);
  });

  it('goes on where a process was killed before it kept the answer, or says in one sentence what to do', async () => {
    const killed = async () => {
      const { refreshToken } = kept();
      const body = {
        grant_type: 'refresh_token',
        refresh_token: refreshToken,
        client_id: options().clientId,
      };
      const url = `${world.simulator.url}/services/oauth2/token`;
      expect((await fetch(url, { method: 'POST', body: new URLSearchParams(body) })).status).toBe(200);
    };
    await killed();
    world.simulator.tokens.expire('all');
    expect(await read()).toEqual([0]);
    // The session that the file has outlives the token that went along with the process.
    rotates(true);
    await killed();
    expect(await read()).toEqual([0]);
    world.simulator.tokens.expire('all');
    const whole = readFileSync(file, 'utf8');
    for (const _ of ['once', 'again'])
      await expect(read()).rejects.toMatchObject({
        code: 'CRM_SIGN_IN_ENDED',
        exit: 4,
        actions: ['Sign in again: tierlink connect --connection test --browser'],
      });
    expect(readFileSync(file, 'utf8')).toBe(whole);
  });

  it('asks once where the answer cannot be written, and goes on with that answer when it can be', async () => {
    rotates(true);
    world.simulator.tokens.expire('all');
    const whole = readFileSync(file, 'utf8');
    const answers = tokenAnswers(() => rmSync(`${file}.${process.pid}.new`, { force: true }));
    await expect(read()).rejects.toMatchObject({
      code: 'CRM_SIGN_IN_FILE',
      message: expect.stringContaining('it cannot be written: no such file or directory (ENOENT)'),
    });
    answers.stop();
    expect(readFileSync(file, 'utf8')).toBe(whole);
    // The token before ended with that answer, which this process has not forgotten.
    expect(await read()).toEqual([0]);
    expect(kept().refreshToken).not.toBe(JSON.parse(whole).refreshToken);
  });

  const onLinux = process.platform === 'linux' ? it : it.skip;
  onLinux('asks for nothing where the disk is full', async () => {
    rotates(true);
    world.simulator.tokens.expire('all');
    symlinkSync('/dev/full', `${file}.${process.pid}.new`);
    const answers = tokenAnswers();
    await expect(read()).rejects.toMatchObject({
      code: 'CRM_SIGN_IN_FILE',
      message: expect.stringContaining('no space left on device (ENOSPC)'),
      actions: ['Free space on the disk.', expect.stringContaining('--browser')],
    });
    expect(answers.stop()).toBe(0);
    expect(await read()).toEqual([0]);
  });

  it('can be ended when nobody keeps it', async () => {
    const { code, exchange, end } = await begin();
    const text = await exchange(code);
    await end?.(text);
    await signInWith(file, text);
    await expect(read()).rejects.toMatchObject({ code: 'CRM_SIGN_IN_ENDED' });
  });

  it('never prints a secret when it has ended', async () => {
    world.simulator.tokens.expire('all');
    const { refreshToken, session } = kept();
    const body = new URLSearchParams({ token: refreshToken });
    await fetch(`${world.simulator.url}/services/oauth2/revoke`, { method: 'POST', body });
    const error = await read().catch((each: unknown) => each);
    if (!isTierlinkError(error, 'CRM_SIGN_IN_ENDED')) throw error;
    const printed = JSON.stringify([error.message, error.data, error.actions]);
    expect(printed).not.toContain(refreshToken);
    expect(printed).not.toContain(session.accessToken);
  });
});

describe('the file of a sign-in', () => {
  const refused = (reason: string) => ({
    code: 'CRM_SIGN_IN_FILE',
    exit: 4,
    message: expect.stringContaining(reason),
  });

  it.each([
    ['is gone', () => rmSync(file), 'it is not there'],
    ['is something else', () => writeFileSync(file, '{}'), 'it is not what tierlink connect wrote'],
    [
      'is of another app',
      () => writeFileSync(file, JSON.stringify({ ...kept(), clientId: 'other' })),
      'another org or app',
    ],
  ])('is refused where it %s', async (_what, befall, reason) => {
    befall();
    await expect(read()).rejects.toMatchObject(refused(reason));
  });

  const onPosix = process.platform === 'win32' ? it.skip : it;
  onPosix('is refused where others can read it, and its owner alone can after each renewal', async () => {
    chmodSync(file, 0o640);
    await expect(read()).rejects.toMatchObject({
      ...refused('other users of this machine can read it'),
      actions: [`Run: chmod 600 ${file}`, expect.stringContaining('--browser')],
    });
    chmodSync(file, 0o600);
    await openAnySignIn(file).renew(async (text, keep) => keep(`${text}\n`));
    chmodSync(file, 0o400);
    expect(await openAnySignIn(file).read()).toMatch(/\n\n$/);
  });

  it('is replaced by a new sign-in only when a renewal of the one before has ended', async () => {
    const order: string[] = [];
    let taking: Promise<unknown> | undefined;
    await openAnySignIn(file).renew(async (_text, keep) => {
      taking = signInWith(file, 'new').then(() => order.push('taken'));
      await setTimeout(100);
      keep('old');
      order.push('renewed');
    });
    await taking;
    expect(order).toEqual(['renewed', 'taken']);
    expect(readFileSync(file, 'utf8')).toBe('new');
    expect(readdirSync(join(folder, 'kept'))).toEqual(['prod.json', 'prod.json.lock']);
  });

  it('is one way to sign in, not a second one beside a key or a token', () => {
    for (const [key, value] of [
      ['privateKeyFile', file],
      ['refreshToken', 'token'],
    ] as const)
      expect(() => connect({ [key]: value })).toThrow(
        expect.objectContaining({ code: 'CONFIG_INVALID', message: expect.stringContaining(key) }),
      );
  });
});
