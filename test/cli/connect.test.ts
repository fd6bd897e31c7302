import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { initProject } from '../../src/project-init.ts';
import { connectors } from '../../src/registry.ts';
import type { RunningSimulator } from '../../src/sync/connector-manifest.ts';
import { optionVariable } from '../../src/sync/option-variable.ts';
import { run } from './harness.ts';
import { newFolder } from './world.ts';

const manifest = connectors[0]!;
const secret = optionVariable('prod', 'clientSecret');
let simulator: RunningSimulator;
let folder: string;

beforeAll(async () => {
  simulator = await manifest.startSimulator({ empty: true });
});
afterAll(() => simulator.close());
beforeEach(() => {
  folder = newFolder();
  initProject({ folder, connection: { manifest, alias: 'prod' }, program: 'starter.yaml' });
});

/** Without a terminal: what is no secret by --option, the secret from the environment. */
async function connect(secretValue: string, more: Record<string, string> = {}) {
  const given = Object.entries(simulator.options).filter(([key]) => key !== 'clientSecret');
  const options = given.flatMap(([key, value]) => ['--option', `${key}=${value}`]);
  return await run(['connect', manifest.id, '--alias', 'prod', ...options], {
    commands,
    environment: { TIERLINK_PROJECT: folder, [secret]: secretValue, ...more },
  });
}

const kept = (name: string) =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';

describe('tierlink connect without a terminal', () => {
  it('signs in, keeps what is no secret, and says which secret it did not keep', async () => {
    const ran = await connect(simulator.options.clientSecret!);
    expect(ran.exit).toBe(0);
    // Nothing of ours was deployed there: found, and no reason for the connection to fail.
    expect(ran.out).toMatch(/What doctor finds.*\n.* ok \(--all to list\).*fail {5}prod: .* {2}DOC-\w+/s);
    expect(ran.err).toContain(`${secret} came from the environment and was not written to .env`);
    expect(kept('tierlink.yaml')).toContain(`loginUrl: ${simulator.options.loginUrl}`);
    expect(kept('tierlink.yaml') + kept('.env')).not.toContain(simulator.options.clientSecret!);
  });

  it('leaves no example beside a value in tierlink.yaml, and names a connection of which nothing is set', async () => {
    await connect(simulator.options.clientSecret!);
    expect(kept('tierlink.yaml')).not.toContain('# loginUrl:');
    expect(kept('tierlink.yaml')).toMatch(/loginUrl: \S+ # Address of the org\n/);
    const other = newFolder();
    initProject({ folder: other, connection: { manifest, alias: 'first' }, program: 'starter.yaml' });
    folder = other;
    const ran = await connect(simulator.options.clientSecret!);
    expect(ran.exit).toBe(0);
    expect(ran.err).toContain('Nothing of the connection first in');
    expect(ran.err).toContain('tierlink connect --alias first');
  });

  it('keeps nothing when the sign-in is refused', async () => {
    const before = [kept('tierlink.yaml'), kept('.env')];
    const ran = await connect('wrong');
    expect(ran).toMatchObject({ exit: 4, out: '' });
    expect(ran.err).toContain('CRM_SIGN_IN');
    expect([kept('tierlink.yaml'), kept('.env')]).toEqual(before);
  });

  it('keeps nothing where a variable means nothing, such as a secret of a connection that is not there yet', async () => {
    const before = [kept('tierlink.yaml'), kept('.env')];
    const ran = await connect(simulator.options.clientSecret!, { TIERLINK_ACQUIRED_CLIENT_SECRET: 's' });
    expect(ran.err).toContain('TIERLINK_ACQUIRED_CLIENT_SECRET');
    expect([kept('tierlink.yaml'), kept('.env')]).toEqual(before);
  });

  it('names all that is missing at once, with what each way to sign in lacks', async () => {
    const ran = await run(['connect', manifest.id, '--no-input', '--option', 'username=u@acme.example'], {
      commands,
      environment: { TIERLINK_PROJECT: folder },
    });
    expect(ran).toMatchObject({ exit: 2, out: '' });
    expect(ran.err.split('\n')).toEqual([
      [
        'Error CONFIG_MISSING: Not set, but needed for connection prod: ',
        'TIERLINK_PROD_LOGIN_URL (Address of the org), TIERLINK_PROD_CLIENT_ID (Consumer key); ',
        'to sign in with a private key (JWT bearer), TIERLINK_PROD_PRIVATE_KEY_FILE or TIERLINK_PROD_PRIVATE_KEY; ',
        'or with a consumer secret (client credentials), TIERLINK_PROD_CLIENT_SECRET; ',
        'or with a refresh token, TIERLINK_PROD_REFRESH_TOKEN and TIERLINK_PROD_CLIENT_SECRET; ',
        'or with a browser (tierlink connect --browser), TIERLINK_PROD_SIGN_IN_FILE.',
      ].join(''),
      'Try:  Set it in .env or in the environment; what it means: tierlink config --explain',
      `      Give it, or be asked for it on a terminal: tierlink connect ${manifest.id} --alias prod --option loginUrl=... --option clientId=...`,
      '',
    ]);
  });

  it('asks for no other way to sign in where one is complete', async () => {
    const ran = await run(['connect', manifest.id, '--no-input'], {
      commands,
      environment: { TIERLINK_PROJECT: folder, [secret]: 'shh' },
    });
    expect(ran.err).toContain('TIERLINK_PROD_CLIENT_ID');
    expect(ran.err).not.toContain('to sign in');
  });
});
