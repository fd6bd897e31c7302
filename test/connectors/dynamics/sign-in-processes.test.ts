import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { manifest } from '../../../connectors/dynamics/index.ts';
import { callbackAddress, USUAL_CALLBACK_PORT } from '../../../src/sync/browser-sign-in.ts';
import { ledTo } from '../../cli/stand-in-browser.ts';
import { everything, testHost } from '../../contract/connector-world.ts';
import { type Child, startChild } from '../../services/child.ts';
import { signInWith } from '../../services/sign-in.ts';
import type { SignInDeath, SignInOrder } from '../../services/sign-in-process.ts';
import { type DynamicsWorld, dynamicsWorld, testApp } from './world.ts';

jest.setTimeout(60_000);

let world: DynamicsWorld;
/** How often somebody's tokens were renewed. */
let renewals = 0;
let children: Child[] = [];
const redirectUri = callbackAddress(USUAL_CALLBACK_PORT).href;

beforeAll(async () => {
  world = await dynamicsWorld();
  const { clientId, secret } = testApp;
  const { apps, grants } = world.simulator.entra;
  apps.add({ clientId, secrets: [{ value: secret }], certificates: [], redirectUris: [redirectUri] });
  const { refresh } = grants;
  grants.refresh = (...given) => {
    renewals += 1;
    return refresh(...given);
  };
});
afterAll(async () => await world.close());
beforeEach(() => {
  renewals = 0;
});
afterEach(async () => {
  for (const child of children) await child.kill();
  children = [];
});

async function started(options: Record<string, string>, death: SignInDeath | null = null): Promise<Child> {
  const order: SignInOrder = { kind: 'use', crm: 'dynamics', object: 'account', options, death };
  const args = [JSON.stringify(order)];
  const child = await startChild('test/services/sign-in-process.ts', { args, line: 'ready' });
  children.push(child);
  return child;
}

/** Every token ends, and each process reads once more. */
async function readAfterExpiry(all: readonly Child[], round: number): Promise<void> {
  world.simulator.tokens.expire('all');
  for (const child of all) child.signal('SIGUSR2');
  await Promise.all(all.map((child) => child.said(`read ${round}`)));
}

const onPosix = process.platform === 'win32' ? describe.skip : describe;
onPosix('a sign-in by browser that processes share', () => {
  let file: string;
  const options = (): Record<string, string> => {
    const { clientSecret: _secret, ...others } = world.options;
    return { ...others, retries: '1', signInFile: file };
  };
  const refreshTokens = () =>
    Object.values<{ secret: string }>(JSON.parse(readFileSync(file, 'utf8')).cache.RefreshToken).map(
      ({ secret }) => secret,
    );

  beforeEach(async () => {
    file = join(mkdtempSync(join(tmpdir(), 'tierlink-processes-')), 'sign-in', 'prod.json');
    const request = { connection: 'prod', redirectUri, state: 's' };
    const { address, exchange } = await manifest.browser!.begin(options(), request);
    const brought = await ledTo(address, world.simulator.ca);
    await signInWith(file, await exchange(brought.get('code') ?? ''));
  });

  /** Reads as a new process does, and says what the connector told the log. */
  async function read(): Promise<string[]> {
    const told: string[] = [];
    const host = { ...testHost(), log: (_level: string, message: string) => void told.push(message) };
    const connector = manifest.connect(options(), host);
    expect(await connector.count([{ object: 'account', scope: everything }])).toEqual([0]);
    return told;
  }

  it('is renewed once by two that need it at the same time, and both go on', async () => {
    const both = await Promise.all([started(options()), started(options())]);
    for (const round of [1, 2, 3]) {
      const before = refreshTokens();
      await readAfterExpiry(both, round);
      expect(renewals).toBe(round);
      expect(refreshTokens()).not.toEqual(before);
    }
    await read();
    expect(readdirSync(dirname(file))).toEqual(['prod.json', 'prod.json.lock']);
  });

  const removed = 'what a killed process left beside the sign-in was removed';
  const taken = ['a renewed sign-in that a killed process had not put in place is used'];
  it.each<[string, SignInDeath, string[]]>([
    ['was about to write the answer', { when: 'before', call: 'ftruncateSync' }, []],
    ['was about to put it in place', { when: 'before', call: 'renameSync' }, taken],
    ['had put it in place', { when: 'after', call: 'renameSync' }, []],
  ])(
    'holds where one was killed that %s, and another one that waited for it goes on',
    async (_what, death, told) => {
      const waiting = await started(options());
      const killed = await started(options(), death);
      world.simulator.tokens.expire('all');
      killed.signal('SIGUSR2');
      expect(await killed.ended).toBeNull();
      expect(renewals).toBe(1);
      // As if the new token had ended meanwhile: what was written has to be found for it.
      world.simulator.tokens.expire('all');
      expect((await read()).filter((each) => each !== removed)).toEqual(told);
      waiting.signal('SIGUSR2');
      await waiting.said('read 1');
      expect(readdirSync(dirname(file))).toEqual(['prod.json', 'prod.json.lock']);
    },
  );
});

onPosix('a sign-in by a secret', () => {
  it('is made by each of two processes for itself, as often as they need it', async () => {
    const options = { ...world.options, retries: '1' };
    const both = await Promise.all([started(options), started(options)]);
    for (const round of [1, 2, 3]) await readAfterExpiry(both, round);
    expect(renewals).toBe(0);
  });
});
