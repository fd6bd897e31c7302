import { existsSync, mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type BrowserRequest, signInByBrowser } from '../../src/app/connect-browser.ts';
import { singleUseHost } from '../../src/app/single-use-host.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { loadConfig } from '../../src/config.ts';
import { makeDemoProject } from '../../src/demo/demo-project.ts';
import { loadProject } from '../../src/project.ts';
import { type BrowserSignIn, callbackAddress } from '../../src/sync/browser-sign-in.ts';
import { type BrowserWorld, browserWorlds } from '../services/browser-worlds.ts';
import { createTestDatabase } from '../services/shared-database.ts';
import { isStoreEmbedded } from '../services/test-store.ts';
import { type RunOptions, run } from './harness.ts';
import { browse, type Choice, freePort } from './stand-in-browser.ts';
import { newFolder } from './world.ts';

describe.each(browserWorlds)('tierlink connect --browser to $label', ({ manifest, start }) => {
  let world: BrowserWorld;
  let folder: string;
  let port: number;
  let environment: Record<string, string>;
  let dropDatabase: () => Promise<void>;
  beforeEach(async () => {
    folder = newFolder();
    world = await start(await makeDemoProject(folder, manifest, 'prod'));
    const database = isStoreEmbedded() ? null : await createTestDatabase();
    environment = { TIERLINK_PROJECT: folder, ...(database === null ? {} : { DATABASE_URL: database.url }) };
    dropDatabase = async () => await database?.drop();
    port = await freePort();
    world.register(callbackAddress(port).href);
  });
  afterEach(async () => {
    await world.close();
    await dropDatabase();
  });

  const tierlink = async (argv: string[], more: Partial<RunOptions> = {}) =>
    await run(argv, { commands, environment, ...more });
  const connecting = (flag: string) => {
    const options = Object.entries({ ...world.options, callbackPort: String(port) });
    const typed = options.flatMap(([key, value]) => ['--option', `${key}=${value}`]);
    return ['connect', manifest.id, '--alias', 'prod', flag, ...typed];
  };
  const connect = async (choice: Choice, flag = '--browser') => {
    const seen: ReturnType<typeof browse>[] = [];
    const open = (address: string) => void seen.push(browse(address, choice, world.ca));
    const ran = await tierlink(connecting(flag), {
      openAddress: open,
      onNote: (text) => {
        const [address] = flag === '--no-browser' ? (/^http\S+authorize\S+$/m.exec(text) ?? []) : [];
        if (address !== undefined) open(address);
      },
    });
    return { ...ran, seen: await Promise.all(seen) };
  };
  const file = () => join(folder, '.tierlink', 'sign-in', 'prod.json');
  const written = () =>
    ['tierlink.yaml', '.env'].map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');

  it('ends with a connection that doctor finds nothing wrong with, and keeps the sign-in for its owner alone', async () => {
    const ran = await connect({ as: world.person });
    expect(ran).toMatchObject({ exit: 0 });
    expect(ran.out).toMatch(/^\d+ checks: .* 0 fail/m);
    expect(ran.err).toContain(`The app has to know the callback address http://localhost:${port}/sign-in`);
    expect(ran.err).toContain(`prod signs in as ${world.person}: what that user cannot see counts nowhere`);
    expect(ran.seen[0]?.html).toContain('You can close this window');
    expect(written()).toContain('signInFile: ./.tierlink/sign-in/prod.json');
    if (process.platform !== 'win32') expect(statSync(file()).mode & 0o777).toBe(0o600);
    for (const secret of world.secretsIn(readFileSync(file(), 'utf8')))
      expect(written() + ran.out + ran.err + ran.seen[0]?.html).not.toContain(secret);
    expect(readdirSync(join(folder, '.tierlink', 'sign-in'))).toEqual(['prod.json', 'prod.json.lock']);
    const doctor = await tierlink(['doctor', '--connection', 'prod', '--all']);
    expect(doctor.out).toContain(`signed in by browser as ${world.person}`);
    const sync = await tierlink(['sync', '--connection', 'prod']);
    expect(sync).toMatchObject({ exit: 0 });

    // Somebody ends the sign-in: one error, and the next step mends it.
    await world.revoke(readFileSync(file(), 'utf8'));
    const ended = await tierlink(['check', '--connection', 'prod']);
    expect(ended).toMatchObject({ exit: 4, out: '' });
    expect(ended.err).toMatch(/^Error CRM_SIGN_IN_ENDED: /);
    expect(ended.err).toContain('tierlink connect --connection prod --browser');
    expect((await tierlink(['status'])).out).toContain('Action required');
    expect(await connect('deny')).toMatchObject({ exit: 4 });
    expect(await connect({ as: world.person }, '--no-browser')).toMatchObject({ exit: 0 });
    expect(await tierlink(['check', '--connection', 'prod'])).toMatchObject({ exit: 0 });
  });

  it('keeps nothing where the person denies it', async () => {
    const before = written();
    const denied = await connect('deny');
    expect(denied).toMatchObject({ exit: 4, out: '' });
    expect(denied.err).toContain('Error SIGN_IN_DENIED');
    expect(denied.err).toContain('access_denied');
    expect(denied.seen[0]?.html).toContain('Not signed in');
    expect(written()).toBe(before);
    expect(existsSync(file())).toBe(false);
  });

  it('ends at once where nobody can sign in: a port in use, no person to ask, an interruption', async () => {
    const other = createServer().listen(port, '127.0.0.1');
    const taken = await tierlink(connecting('--browser'));
    await new Promise((resolve) => other.close(resolve));
    expect(taken).toMatchObject({ exit: 2, out: '' });
    expect(taken.err).toContain(`Error SIGN_IN_PORT: Port ${port}`);
    const alone = await tierlink([...connecting('--browser'), '--no-input']);
    expect(alone).toMatchObject({ exit: 2, out: '' });
    expect(alone.err).toContain('needs a person');
    const both = await tierlink(['connect', '--browser', '--write-back', 'on', '--connection', 'prod']);
    expect(both.err).toContain('--browser sets a connection up');
    const stop = new AbortController();
    const stopped = await tierlink(connecting('--browser'), {
      signal: stop.signal,
      openAddress: () => stop.abort(),
    });
    expect(stopped).toMatchObject({ exit: 130 });
    expect(existsSync(file())).toBe(false);
  });

  const asked = (more: Partial<BrowserRequest> = {}): BrowserRequest => ({
    config: loadConfig({ TIERLINK_PROJECT: folder }),
    project: loadProject(folder),
    alias: 'prod',
    manifest,
    options: { ...world.options, callbackPort: String(port) },
    host: singleUseHost('prod'),
    show: () => undefined,
    timeoutMs: 30,
    signal: new AbortController().signal,
    ...more,
  });

  it('waits for as long as it says, whoever else comes, and frees the port', async () => {
    await expect(signInByBrowser(asked())).rejects.toMatchObject({ code: 'SIGN_IN_TIMEOUT', exit: 4 });
    const show = () => void fetch(`${callbackAddress(port)}?code=theirs&state=theirs`);
    await expect(signInByBrowser(asked({ show, timeoutMs: 1_000 }))).rejects.toMatchObject({
      code: 'SIGN_IN_TIMEOUT',
      actions: expect.arrayContaining([expect.stringContaining('Close older windows')]),
    });
  });

  it('asks nobody where the sign-in cannot be kept', async () => {
    const shown: string[] = [];
    const options = { ...asked().options, signInFile: './tierlink.yaml/prod.json' };
    const show = ({ address }: { address: string }) => void shown.push(address);
    await expect(signInByBrowser(asked({ options, show }))).rejects.toMatchObject({
      code: 'CRM_SIGN_IN_FILE',
      message: expect.stringContaining('it cannot be written'),
    });
    expect(shown).toEqual([]);
  });

  it('leaves the sign-in before in its place, and ends the new one, where the rest cannot be kept', async () => {
    const show = ({ address }: { address: string }) => void browse(address, { as: world.person }, world.ca);
    const ended: string[] = [];
    const begin: BrowserSignIn['begin'] = async (...given) => {
      const step = await manifest.browser!.begin(...given);
      return { ...step, end: async (kept) => void ended.push(kept) };
    };
    const request = { manifest: { ...manifest, browser: { begin } }, show, timeoutMs: 60_000 };
    await signInByBrowser(asked(request));
    const before = readFileSync(file(), 'utf8');
    mkdirSync(join(folder, `tierlink.yaml.${process.pid}.new`));
    await expect(signInByBrowser(asked(request))).rejects.toMatchObject({ code: 'EISDIR' });
    expect(readFileSync(file(), 'utf8')).toBe(before);
    expect(readdirSync(join(folder, '.tierlink', 'sign-in'))).toEqual(['prod.json', 'prod.json.lock']);
    expect(ended).toEqual([expect.not.stringContaining(before)]);
    expect(ended[0]).toContain(world.options.clientId);
  });
});
