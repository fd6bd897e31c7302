import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { AnyCommand } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import type { Io } from '../../src/cli/io.ts';
import { runCli } from '../../src/cli/run.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { recordingStream } from './harness.ts';
import { comparePublished } from './published.ts';
import { newFolder, openWorld, type World } from './world.ts';

/** What holds for every command, by the list of commands, so that none can be forgotten. */

let world: World;
let store: Store;
const place = process.cwd();
beforeAll(async () => {
  [world, store] = await Promise.all([openWorld(), openTestStore()]);
  // Some commands write a folder where they are run.
  process.chdir(newFolder());
});
afterAll(async () => {
  process.chdir(place);
  await store.close();
  await world.close();
});

/** A closed stdin of which nobody may want anything but whether it is a terminal. */
function closedStdin(wanted: string[]): Io['stdin'] {
  return new Proxy({} as Io['stdin'], {
    get: (_stdin, key) => {
      if (key !== 'isTTY') wanted.push(String(key));
      return undefined;
    },
  });
}

/** Ends by being told to, so that it is told to at once. */
const endless: ReadonlySet<string> = new Set(['demo', 'simulator', 'start', 'worker']);

/** Runs a command with a word for each of its arguments, in a pipe. */
async function piped(command: AnyCommand, ...more: string[]) {
  const words = Object.keys(command.args ?? {}).map(() => 'nothing-of-that-name');
  const [stdout, stderr, wanted] = [recordingStream(), recordingStream(), [] as string[]];
  const exit = await runCli({
    argv: [...command.name.split(' '), ...words, ...more],
    io: { stdout, stderr, stdin: closedStdin(wanted), openAddress: (address) => wanted.push(address) },
    commands,
    environment: { TIERLINK_PROJECT: world.folder, NO_COLOR: '1' },
    patience: { workMs: 500, closingMs: 5_000 },
    signal: endless.has(command.name) ? AbortSignal.abort() : new AbortController().signal,
    store,
  });
  return { exit, out: stdout.text(), err: stderr.text(), wanted };
}

describe.each(commands.map((command) => [command.name, command] as const))('%s', (_name, command) => {
  it('ends with stdin closed, asks nothing, and says without escapes what to do where it fails', async () => {
    const { exit, out, err, wanted } = await piped(command);
    expect(wanted).toEqual([]);
    expect(`${out}${err}`).not.toContain('\u001b');
    expect(err).not.toMatch(/\n\s+at /);
    // One that goes on until it is stopped may have shown something by then.
    if (/^Error /m.test(err) && !endless.has(command.name))
      expect({ exit, out, err }).toMatchObject({ out: '', err: expect.stringContaining('Try:') });
    if (exit !== 0 && out === '') expect(err).toMatch(/^Error [A-Z_]+: /m);
  });

  it('prints with --json what is published, and nothing else', async () => {
    const { exit, out, err } = await piped(command, '--json');
    comparePublished(command.name.split(' '), { exit, out, err });
  });
});
