import { type ChildProcess, fork } from 'node:child_process';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Bundle } from '../services/bundle.ts';
import type { ChildAnswer, ChildOrder } from './kill-words.ts';

/** The process is gone. */
export class Died extends Error {}

/** A process that does as it is told. */
export interface Worker {
  /** Throws Died when the process was killed meanwhile, and what it said when it ended by itself. */
  ask<Kind extends ChildAnswer['kind']>(
    order: ChildOrder,
    kind: Kind,
  ): Promise<Extract<ChildAnswer, { kind: Kind }>>;
  killNow(): void;
  /** Kills it and waits until it is gone. */
  kill(): Promise<void>;
}

/** Hands out processes that have loaded the program, always with one more that loads meanwhile. */
export interface WorkerPool {
  take(): Promise<Worker>;
  close(): Promise<void>;
}

export function workerPool(program: Bundle): WorkerPool {
  let spare = start(program);
  return {
    take: async () => {
      const worker = spare;
      spare = start(program);
      await worker.ready;
      return worker;
    },
    close: () => spare.kill(),
  };
}

function start({ command, flags }: Bundle): Worker & { ready: Promise<unknown> } {
  const [file, ...args] = command;
  const child = fork(file, args, {
    execArgv: [...flags],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    cwd: fromPackageRoot(),
  });
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  const gone = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  let isKilled = false;
  const killNow = () => {
    isKilled = true;
    child.kill('SIGKILL');
  };
  const ready = answerOf(child, 'ready', () => said);
  ready.catch(() => undefined);
  return {
    ready,
    ask: async (order, kind) => {
      const answer = answerOf(child, kind, () => said);
      child.send(order, () => undefined);
      const given = await answer;
      // What it had said already arrives before the news of its death.
      if (isKilled) throw new Died('killed');
      return given;
    },
    killNow,
    kill: async () => {
      killNow();
      await gone;
    },
  };
}

function answerOf<Kind extends ChildAnswer['kind']>(
  child: ChildProcess,
  kind: Kind,
  said: () => string,
): Promise<Extract<ChildAnswer, { kind: Kind }>> {
  return new Promise((resolve, reject) => {
    if (child.exitCode !== null || child.signalCode !== null) return reject(new Died('gone'));
    const onExit = (code: number | null) =>
      reject(code === null ? new Died('killed') : new Error(`the process ended with ${code}: ${said()}`));
    child.once('exit', onExit);
    child.on('message', function onMessage(answer: ChildAnswer) {
      if (answer.kind !== kind) return;
      child.off('exit', onExit);
      child.off('message', onMessage);
      resolve(answer as Extract<ChildAnswer, { kind: Kind }>);
    });
  });
}
