import { existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { manifest } from '../../../connectors/salesforce/index.ts';
import { signInByBrowser } from '../../../src/app/connect-browser.ts';
import { singleUseHost } from '../../../src/app/single-use-host.ts';
import { loadConfig } from '../../../src/config.ts';
import { makeDemoProject } from '../../../src/demo/demo-project.ts';
import { loadProject } from '../../../src/project.ts';
import { callbackAddress } from '../../../src/sync/browser-sign-in.ts';
import { freePort } from '../../cli/stand-in-browser.ts';
import { everything, testHost } from '../../contract/connector-world.ts';
import { type Child, startChild } from '../../services/child.ts';
import type { SignInDeath, SignInOrder } from '../../services/sign-in-process.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

let world: SalesforceWorld;
let port: number;
let children: Child[] = [];
const apps = ['before', 'after'] as const;

beforeAll(async () => {
  world = await salesforceWorld();
  port = await freePort();
  const { apps: known } = world.simulator;
  for (const clientId of apps)
    known.put({
      ...known.default,
      clientId,
      callbackUrls: [callbackAddress(port).href],
      rotatesRefreshTokens: true,
    });
});
afterAll(async () => await world.close());
afterEach(async () => {
  for (const child of children) await child.kill();
  children = [];
});

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'tierlink-processes-'));
  await makeDemoProject(folder, manifest, 'prod');
  await signInByBrowser({
    config: loadConfig({ TIERLINK_PROJECT: folder }),
    project: loadProject(folder),
    alias: 'prod',
    manifest,
    options: typed('before'),
    host: singleUseHost('prod'),
    show: ({ address }) => {
      const asked = new URL(address);
      asked.searchParams.delete('prompt');
      void fetch(asked);
    },
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  });
});

const typed = (clientId: string) => ({
  loginUrl: world.simulator.url,
  clientId,
  callbackPort: String(port),
});
const signIns = () => join(folder, '.tierlink', 'sign-in');
const kept = () => JSON.parse(readFileSync(join(signIns(), 'prod.json'), 'utf8'));
/** The connection as the project has it now. */
const options = () => ({
  ...loadProject(folder).connections.prod!.options,
  signInFile: join(signIns(), 'prod.json'),
  retries: '1',
});

async function started(order: SignInOrder): Promise<Child> {
  const args = [JSON.stringify(order)];
  const child = await startChild('test/services/sign-in-process.ts', { args, line: 'ready' });
  children.push(child);
  return child;
}

/** Reads as a new process does, and says what the connector told the log. */
async function read(): Promise<string[]> {
  const told: string[] = [];
  const host = { ...testHost(), log: (_level: string, message: string) => void told.push(message) };
  const connector = manifest.connect(options(), host);
  expect(await connector.count([{ object: 'Account', scope: everything }])).toEqual([0]);
  return told;
}

/** Nothing is beside the sign-in, and it holds: a renewed session comes of it as well. */
async function expectWhole(clientId: string): Promise<void> {
  world.simulator.tokens.expire('all');
  await read();
  expect(kept().clientId).toBe(clientId);
  expect(readdirSync(signIns())).toEqual(['prod.json', 'prod.json.lock']);
}

const onPosix = process.platform === 'win32' ? describe.skip : describe;
onPosix('a sign-in of which each token is good once', () => {
  it('is renewed once by two processes that need it at the same time', async () => {
    const order: SignInOrder = {
      kind: 'use',
      crm: 'salesforce',
      object: 'Account',
      options: options(),
      death: null,
    };
    const both = await Promise.all([started(order), started(order)]);
    for (const round of [1, 2, 3]) {
      const { refreshToken } = kept();
      world.simulator.tokens.expire('all');
      for (const child of both) child.signal('SIGUSR2');
      await Promise.all(both.map((child) => child.said(`read ${round}`)));
      expect(kept().refreshToken).not.toBe(refreshToken);
    }
    await expectWhole('before');
  });

  const taken = ['a renewed sign-in that a killed process had not put in place is used'];
  const removed = ['what a killed process left beside the sign-in was removed'];
  it.each<[string, SignInDeath, string[]]>([
    ['was about to put it in place', { when: 'before', call: 'renameSync' }, taken],
    ['had put it in place', { when: 'after', call: 'renameSync' }, []],
  ])('holds where a process was killed that %s', async (_what, death, told) => {
    const { refreshToken } = kept();
    const child = await started({
      kind: 'use',
      crm: 'salesforce',
      object: 'Account',
      options: options(),
      death,
    });
    world.simulator.tokens.expire('all');
    child.signal('SIGUSR2');
    expect(await child.ended).toBeNull();
    // As if the new session had ended meanwhile: what was written has to be found for it.
    world.simulator.tokens.expire('all');
    expect(await read()).toEqual(told);
    expect(kept().refreshToken).not.toBe(refreshToken);
    await expectWhole('before');
  });

  it('has ended with a process that was killed before it wrote the answer, which is said, and nothing is left', async () => {
    const death: SignInDeath = { when: 'before', call: 'ftruncateSync' };
    const child = await started({
      kind: 'use',
      crm: 'salesforce',
      object: 'Account',
      options: options(),
      death,
    });
    world.simulator.tokens.expire('all');
    child.signal('SIGUSR2');
    await child.ended;
    await expect(read()).rejects.toMatchObject({ code: 'CRM_SIGN_IN_ENDED' });
    expect(readdirSync(signIns())).toEqual(['prod.json', 'prod.json.lock']);
  });

  const back = 'the sign-in before is used again: the process that brought a new one was killed';
  it.each<[string, string, SignInDeath, string[]]>([
    ['before', 'had tried it', { when: 'before', call: 'renameSync', file: 'prod.json' }, []],
    ['before', 'had put it in place', { when: 'after', call: 'renameSync', file: 'prod.json' }, [back]],
    ['after', 'had kept the rest', { when: 'after', call: 'renameSync', file: '.yaml' }, []],
  ])(
    'is the one %s where a process that brought one of another app was killed that %s',
    async (clientId, _what, death, told) => {
      const child = await started({ kind: 'connect', folder, options: typed('after'), death });
      expect(await child.ended).toBeNull();
      expect(loadProject(folder).connections.prod?.options.clientId).toBe(clientId);
      expect((await read()).filter((each) => !removed.includes(each))).toEqual(told);
      await expectWhole(clientId);
      expect(existsSync(join(signIns(), 'prod.json.before'))).toBe(false);
    },
  );
});
