// Run as a process of its own: uses a sign-in by browser, or brings a new one, and dies where it is told to.
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { signInByBrowser } from '../../src/app/connect-browser.ts';
import { singleUseHost } from '../../src/app/single-use-host.ts';
import { loadConfig } from '../../src/config.ts';
import { loadProject } from '../../src/project.ts';
import { findConnector } from '../../src/registry.ts';

/** The first call of this function, of this file where one is named, is the last thing it does or the first that it does not. */
export interface SignInDeath {
  when: 'before' | 'after';
  call: 'ftruncateSync' | 'renameSync' | 'writeFileSync';
  /** How the path ends. (Default: any) */
  file?: string;
}

export type SignInOrder =
  /** object: what it reads. */
  | { kind: 'use'; crm: string; object: string; options: Record<string, string>; death: SignInDeath | null }
  | { kind: 'connect'; folder: string; options: Record<string, string>; death: SignInDeath };

const say = (line: string): void => void process.stdout.write(`${line}\n`);
const order = JSON.parse(process.argv[2] ?? '') as SignInOrder;
await (order.kind === 'use' ? use(order) : connect(order));

/** Reads once, and once more with each signal. */
async function use({ crm, object, options, death }: Extract<SignInOrder, { kind: 'use' }>): Promise<void> {
  const connector = findConnector(crm).connect(options, singleUseHost('prod'));
  const read = async () => {
    const [counted] = await connector.count([{ object, scope: { name: 'all' } }]);
    if (counted instanceof Error) throw counted;
  };
  await read();
  let asked = 0;
  process.on('SIGUSR2', () => {
    asked += 1;
    const number = asked;
    read().then(
      () => say(`read ${number}`),
      (error: unknown) => say(String(error)),
    );
  });
  if (death !== null) dieAt(death);
  setInterval(() => undefined, 1000);
  say('ready');
}

async function connect(request: Extract<SignInOrder, { kind: 'connect' }>): Promise<void> {
  const { folder, options } = request;
  dieAt(request.death);
  await signInByBrowser({
    config: loadConfig({ TIERLINK_PROJECT: folder }),
    project: loadProject(folder),
    alias: 'prod',
    manifest: findConnector('salesforce'),
    options,
    host: singleUseHost('prod'),
    show: ({ address }) => {
      say('ready');
      // Somebody who is signed in and has allowed the app is asked nothing.
      const asked = new URL(address);
      asked.searchParams.delete('prompt');
      void fetch(asked);
    },
    timeoutMs: 60_000,
    signal: new AbortController().signal,
  });
}

function dieAt({ when, call, file = '' }: SignInDeath): void {
  const die = () => process.kill(process.pid, 'SIGKILL');
  const done = fs[call] as (...given: unknown[]) => unknown;
  const patched = (...given: unknown[]): unknown => {
    const isHere = String(given[call === 'renameSync' ? 1 : 0]).endsWith(file);
    if (isHere && when === 'before') die();
    const result = done(...given);
    if (isHere && when === 'after') die();
    return result;
  };
  Object.assign(fs, { [call]: patched });
  syncBuiltinESMExports();
}
