import { type ChildProcess, spawn } from 'node:child_process';
import { expect } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import { compiled } from './compiled.ts';
import { untilItWorks } from './server-process.ts';

export interface Ended {
  code: number | null;
  /** Both streams, as they came. */
  text: string;
}

/** A command line as a process of its own. */
export interface Running {
  child: ChildProcess;
  text(): string;
  ended: Promise<Ended>;
}

export interface CommandLines {
  /** Starts `tierlink` with these arguments. */
  start(...argv: string[]): Running;
  /** Kills what still runs. */
  stop(): Promise<void>;
}

/** Command lines in a project folder, in an environment that holds nothing else. */
export function commandLines(environment: Record<string, string>): CommandLines {
  const running: Running[] = [];
  return {
    start(...argv) {
      const child = spawn(process.execPath, [compiled('src/cli/main.ts'), ...argv], {
        cwd: fromPackageRoot(),
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { PATH: process.env.PATH, ...environment },
      });
      let text = '';
      for (const stream of [child.stdout, child.stderr]) {
        stream.on('data', (chunk: Buffer) => {
          text += chunk.toString();
        });
      }
      const ended = new Promise<Ended>((done) => {
        child.once('close', (code) => done({ code, text }));
      });
      const one = { child, text: () => text, ended };
      running.push(one);
      return one;
    },
    async stop() {
      for (const { child, ended } of running) {
        child.kill('SIGKILL');
        await ended;
      }
    },
  };
}

/** Waits until the words were printed. */
export async function said(one: Running, words: string, limitMs: number): Promise<void> {
  await untilItWorks(async () => expect(one.text()).toContain(words), limitMs);
}
