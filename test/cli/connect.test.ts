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
  initProject({ folder, manifest, alias: 'prod', program: 'starter.yaml' });
});

/** Without a terminal: what is no secret by --option, the secret from the environment. */
async function connect(secretValue: string) {
  const given = Object.entries(simulator.options).filter(([key]) => key !== 'clientSecret');
  const options = given.flatMap(([key, value]) => ['--option', `${key}=${value}`]);
  return await run(['connect', manifest.id, '--alias', 'prod', ...options], {
    commands,
    environment: { TIERLINK_PROJECT: folder, [secret]: secretValue },
  });
}

const kept = (name: string) =>
  existsSync(join(folder, name)) ? readFileSync(join(folder, name), 'utf8') : '';

describe('tierlink connect without a terminal', () => {
  it('signs in, keeps what is no secret, and says which secret it did not keep', async () => {
    const ran = await connect(simulator.options.clientSecret!);
    expect(ran.exit).toBe(0);
    expect(ran.err).toContain(`${secret} came from the environment and was not written to .env`);
    expect(kept('tierlink.yaml')).toContain(`loginUrl: ${simulator.options.loginUrl}`);
    expect(kept('tierlink.yaml') + kept('.env')).not.toContain(simulator.options.clientSecret!);
  });

  it('keeps nothing when the sign-in is refused', async () => {
    const before = [kept('tierlink.yaml'), kept('.env')];
    const ran = await connect('wrong');
    expect(ran).toMatchObject({ exit: 4, out: '' });
    expect(ran.err).toContain('CRM_SIGN_IN');
    expect([kept('tierlink.yaml'), kept('.env')]).toEqual(before);
  });
});
