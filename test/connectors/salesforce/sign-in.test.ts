import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { manifest } from '../../../connectors/salesforce/index.ts';
import { startStandIn } from '../../../connectors/salesforce/stand-in.ts';
import type { TierlinkError } from '../../../src/errors.ts';
import { everything, quietly, testHost } from '../../contract/connector-world.ts';
import { type SalesforceWorld, salesforceWorld, testSource } from './world.ts';

/** A refresh token by the way of a browser: authorize, then the code against tokens. */
async function issuedRefreshToken(
  url: string,
  app: { clientId: string; clientSecret: string },
): Promise<string> {
  const redirect_uri = 'http://localhost:1717/OauthRedirect';
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri,
    login_hint: 'admin@sim.example',
  });
  const sent = await fetch(`${url}/services/oauth2/authorize?${asked}`, { redirect: 'manual' });
  const code = new URL(sent.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const form = {
    grant_type: 'authorization_code',
    code,
    redirect_uri,
    client_id: app.clientId,
    client_secret: app.clientSecret,
  };
  const answer = await fetch(`${url}/services/oauth2/token`, {
    method: 'POST',
    body: new URLSearchParams(form),
  });
  return ((await answer.json()) as { refresh_token: string }).refresh_token;
}

describe('signing in to Salesforce', () => {
  let world: SalesforceWorld;
  beforeEach(async () => {
    world = await salesforceWorld({ options: { retries: '1' } });
  });
  afterEach(async () => {
    await world.close();
  });
  const connect = (options: Record<string, string>) =>
    manifest.connect({ loginUrl: world.simulator.url, retries: '1', ...options }, testHost());
  const count = { object: 'Account', scope: everything };
  const app = () => world.simulator.apps.default;

  it('works by JWT with a key from a file, without a secret', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'tierlink-key-'));
    const privateKeyFile = join(folder, 'server.key');
    writeFileSync(privateKeyFile, world.simulator.apps.jwtKeys.privateKey);
    const connector = connect({
      clientId: app().clientId,
      username: 'integration@sim.example',
      privateKeyFile,
    });
    const facts = await connector.check([]);
    rmSync(folder, { recursive: true });
    expect(facts.userName).toBe('integration@sim.example');
  });

  it('works by JWT with a key as text, its line ends escaped', async () => {
    const privateKey = world.simulator.apps.jwtKeys.privateKey.replaceAll('\n', '\\n');
    const connector = connect({ clientId: app().clientId, username: 'admin@sim.example', privateKey });
    expect((await connector.check([])).userName).toBe('admin@sim.example');
  });

  it('works by client credentials', async () => {
    expect((await world.connector.check([])).userName).toBe('integration@sim.example');
  });

  it.each([
    ['a wrong secret', { clientSecret: 'wrong' }, /^Copy the consumer secret .* > Consumer Key and Secret$/],
    ['an unknown app', { clientId: 'unknown' }, /^Compare the consumer key .* after about ten minutes$/],
    ['a dead refresh token', { refreshToken: 'dead' }, /^Check the connection's credentials/],
  ])('is refused once and for all with %s, and never prints a secret', async (_what, wrong, advice) => {
    const options = { clientId: app().clientId, clientSecret: app().clientSecret, ...wrong };
    const error = (await connect(options)
      .check([])
      .catch((each: unknown) => each)) as Error;
    expect(error).toMatchObject({ code: 'CRM_SIGN_IN', retry: 'never' });
    expect((error as TierlinkError).actions[0]).toMatch(advice);
    expect(JSON.stringify([error.message, (error as unknown as { data: unknown }).data])).not.toContain(
      app().clientSecret,
    );
  });

  it('is refused with a key that does not fit, and with one that is no key', async () => {
    const { createSigningKeys } = await import('../../../connectors/salesforce/simulator/oauth/apps.ts');
    const base = { clientId: app().clientId, username: 'admin@sim.example' };
    const stranger = connect({ ...base, privateKey: createSigningKeys().privateKey });
    await expect(stranger.check([])).rejects.toMatchObject({ code: 'CRM_SIGN_IN' });
    await expect(connect({ ...base, privateKey: 'not a key' }).check([])).rejects.toMatchObject({
      code: 'CRM_SIGN_IN',
    });
  });

  it('says that an org that does not answer may answer later', async () => {
    const connector = connect({ loginUrl: 'http://127.0.0.1:1', clientId: 'a', clientSecret: 'b' });
    await expect(connector.check([])).rejects.toMatchObject({ code: 'CRM_UNREACHABLE', retry: 'backoff' });
  });

  it('renews a session that ends in mid-run and repeats the read', async () => {
    await world.connector.count([count]);
    world.simulator.tokens.expire('all');
    expect(await world.connector.count([count])).toEqual([0]);
  });

  it('repeats a write after renewing: it was not executed', async () => {
    await world.connector.describe(['Account']);
    world.simulator.tokens.expire('all');
    const rows = [{ ref: 'r', key: 'k', fields: { Name: 'A' } }];
    const request = {
      object: 'Account',
      operation: 'upsert',
      keyField: 'Tierlink_Id__c',
      rows,
      manners: quietly,
    } as const;
    const [result] = await world.connector.write(request);
    expect(result?.outcome).toBe('created');
    expect(world.simulator.org.dump('Account')).toHaveLength(1);
  });

  it('does not go on in another org that answers in mid-run, and then tells which one it is', async () => {
    world.host.pinned = (await world.connector.check([])).orgId;
    await world.connector.describe(['Account']);
    const port = Number(new URL(world.simulator.url).port);
    await world.standIn.close();
    const other = await startStandIn(
      { empty: true, source: await testSource(), port },
      { orgId: '00DSm0000000002' },
    );
    await expect(world.connector.count([count])).rejects.toMatchObject({ code: 'SYNC_ORG_CHANGED' });
    const write = world.connector.write({
      object: 'Account',
      operation: 'upsert',
      keyField: 'Tierlink_Id__c',
      rows: [{ ref: 'r', key: 'k', fields: { Name: 'A' } }],
      manners: quietly,
    });
    await expect(write).rejects.toMatchObject({ code: 'SYNC_ORG_CHANGED' });
    expect(other.simulator.org.dump('Account')).toEqual([]);
    const facts = await world.connector.check([]);
    expect(facts.orgId).toMatch(/^00DSm0000000002/);
    world.host.pinned = facts.orgId;
    expect(await world.connector.count([count])).toEqual([0]);
    await other.close();
  });

  it('looks again when the org is exchanged between two checks', async () => {
    await world.connector.check([]);
    const port = Number(new URL(world.simulator.url).port);
    await world.standIn.close();
    const other = await startStandIn(
      { empty: true, source: await testSource(), port },
      { orgId: '00DSm0000000002' },
    );
    expect((await world.connector.check([])).orgId).toMatch(/^00DSm0000000002/);
    await other.close();
  });

  it('gives up when the renewed session is refused too, instead of renewing for ever', async () => {
    await world.connector.count([count]);
    world.simulator.faults.add({ kind: 'expired-token' });
    await expect(world.connector.count([count])).rejects.toMatchObject({
      code: 'CRM_SESSION_EXPIRED',
      retry: 'signIn',
    });
    expect(world.simulator.faults.struck['expired-token']).toBe(2);
  });

  it('tells the cause when the session cannot be renewed because the app was taken away', async () => {
    await world.connector.count([count]);
    world.simulator.apps.put({ ...app(), clientSecret: 'changed' });
    world.simulator.tokens.expire('all');
    await expect(world.connector.count([count])).rejects.toMatchObject({ code: 'CRM_SIGN_IN' });
  });

  it('signs in once for calls that start together, and renews once for them too', async () => {
    let signIns = 0;
    const { issue } = world.simulator.tokens;
    world.simulator.tokens.issue = (userId) => {
      signIns += 1;
      return issue(userId);
    };
    await Promise.all([1, 2, 3].map(async () => await world.connector.count([count])));
    expect(signIns).toBe(1);
    world.simulator.tokens.expire('all');
    await Promise.all([1, 2, 3].map(async () => await world.connector.count([count])));
    expect(signIns).toBe(2);
  });

  it('refuses an app that rotates refresh tokens, and says what to do', async () => {
    const { apps, url } = world.simulator;
    const refreshToken = await issuedRefreshToken(url, app());
    apps.put({ ...app(), rotatesRefreshTokens: true });
    const connector = connect({ clientId: app().clientId, clientSecret: app().clientSecret, refreshToken });
    const error = await connector.check([]).catch((each: unknown) => each);
    expect(error).toMatchObject({ code: 'CRM_SIGN_IN', message: expect.stringContaining('rotate') });
  });

  it('works by refresh token', async () => {
    const refreshToken = await issuedRefreshToken(world.simulator.url, app());
    const connector = connect({ clientId: app().clientId, clientSecret: app().clientSecret, refreshToken });
    expect((await connector.check([])).userName).toBe('admin@sim.example');
  });
});
