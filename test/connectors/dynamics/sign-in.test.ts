import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createContext } from '../../../connectors/dynamics/context.ts';
import { readOptions } from '../../../connectors/dynamics/options.ts';
import { makeAppCertificate } from '../../../connectors/dynamics/simulator/entra/certificate.ts';
import { type DynamicsWorld, dynamicsWorld, testApp } from './world.ts';

let world: DynamicsWorld;

beforeEach(async () => {
  world = await dynamicsWorld();
});
afterEach(async () => await world.close());

/** The user that a connection with these settings is, or the error. */
async function signIn(given: Record<string, string>): Promise<unknown> {
  const { client } = createContext(readOptions({ ...world.options, ...given }, 'test'), world.host);
  return await client.session().then(
    ({ userId }) => userId,
    (error: unknown) => error,
  );
}

describe('signing in', () => {
  it('works with a secret and with a certificate', async () => {
    const pair = await makeAppCertificate(Date.now());
    world.simulator.entra.apps.add({
      clientId: testApp.clientId,
      secrets: [{ value: testApp.secret }],
      certificates: [pair.cert],
    });
    expect(await signIn({})).toBe(world.userId);
    const byCertificate = { clientSecret: '', certificate: pair.cert, privateKey: pair.key };
    expect(await signIn(byCertificate)).toBe(world.userId);
    const other = await makeAppCertificate(Date.now());
    expect(await signIn({ ...byCertificate, certificate: other.cert, privateKey: other.key })).toMatchObject({
      code: 'CRM_SIGN_IN',
      message: expect.stringContaining('AADSTS700027'),
      actions: [expect.stringMatching(/Certificates & secrets > Certificates$/), expect.anything()],
    });
  });

  it.each([
    ['a wrong secret', { clientSecret: 'wrong' }, 'CRM_SIGN_IN', 'AADSTS7000215'],
    ['an unknown app', { clientId: '99999999-2222-3333-4444-555555555555' }, 'CRM_SIGN_IN', 'AADSTS700016'],
    ['no certificate', { certificate: 'x', privateKey: 'y' }, 'CRM_SIGN_IN', 'PEM'],
    ['a tenant that does not exist', { tenantId: 'nowhere.example' }, 'CRM_UNREACHABLE', 'nowhere.example'],
    ['nobody there', { authority: 'https://localhost:1' }, 'CRM_UNREACHABLE', 'https://localhost:1'],
    ['an authority that is not trusted', { ca: '' }, 'CRM_UNREACHABLE', 'is not trusted'],
  ])('%s is told as it is, without secrets', async (_what, given, code, said) => {
    const error = await signIn(given);
    expect(error).toMatchObject({ code, message: expect.stringContaining(said) });
    expect(String(error)).not.toContain(testApp.secret);
    expect(String(error)).not.toContain('Trace ID');
  });

  it("that Microsoft's own host does not answer names the host: it is not the one that was typed", async () => {
    const fetched = globalThis.fetch;
    globalThis.fetch = async () => {
      throw new TypeError('fetch failed');
    };
    try {
      expect(await signIn({ authority: 'https://login.microsoftonline.com', ca: '' })).toMatchObject({
        code: 'CRM_UNREACHABLE',
        message: expect.stringContaining('https://login.microsoftonline.com'),
      });
    } finally {
      globalThis.fetch = fetched;
    }
  });

  it('an app without its user in the environment is told so', async () => {
    const stranger = '22222222-2222-3333-4444-555555555555';
    world.simulator.entra.apps.add({ clientId: stranger, secrets: [{ value: 's' }], certificates: [] });
    expect(await signIn({ clientId: stranger, clientSecret: 's' })).toMatchObject({
      code: 'CRM_SIGN_IN',
      message: expect.stringContaining('not a member of the organization'),
      actions: [expect.stringMatching(/Application users > New app user$/), expect.anything()],
    });
  });
});
