import { fork } from 'node:child_process';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';

/** A process of its own that answers named actions. */
export interface Child {
  /** Runs an action there; rejects with its error, or when the process ends before it has answered. */
  ask<T>(action: string, input?: unknown): Promise<T>;
  stop(): Promise<void>;
}

type Answer = { id: number } & ({ result: unknown } | { error: string });

/** Starts a file of this folder as a process. It ends with this process, however this one ends. */
export function startChild(file: string): Child {
  const loader = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
  const path = fileURLToPath(new URL(file, import.meta.url));
  const child = fork(path, [], { execArgv: ['--import', loader, ...profiling()] });
  const waiting = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  const failAll = (reason: string) => {
    for (const { reject } of waiting.values()) reject(new Error(reason));
    waiting.clear();
  };
  child.on('message', (answer: Answer) => {
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if ('error' in answer) asked?.reject(new Error(answer.error));
    else asked?.resolve(answer.result);
  });
  child.on('error', (error) => failAll(`${file}: ${error.message}`));
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (code, signal) => {
      failAll(`${file} ended (${signal ?? code})`);
      resolve();
    });
  });
  let count = 0;
  return {
    ask: <T>(action: string, input: unknown = null) =>
      new Promise<T>((resolve, reject) => {
        const id = count++;
        waiting.set(id, { resolve: resolve as (value: unknown) => void, reject });
        child.send({ id, action, input }, (error) => {
          if (error !== null) reject(error);
        });
      }),
    stop: async () => {
      if (child.connected) child.disconnect();
      await ended;
    },
  };
}

/** With TIERLINK_BENCH_PROFILE=FOLDER each process leaves CPU profiles of its threads there. */
function profiling(): string[] {
  const folder = process.env.TIERLINK_BENCH_PROFILE;
  return folder === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${folder}`];
}

type Actions = Record<string, (input: never) => Promise<unknown>>;

/** Answers what the parent asks, one question after the other; ends when the parent lets go. */
export function serve(actions: Actions): void {
  let last: Promise<void> = Promise.resolve();
  process.on('message', ({ id, action, input }: { id: number; action: string; input: unknown }) => {
    last = last.then(async () => {
      try {
        const run = actions[action];
        if (run === undefined) throw new Error(`there is no action ${action}`);
        process.send?.({ id, result: (await run(input as never)) ?? null });
      } catch (error) {
        process.send?.({
          id,
          error: error instanceof Error ? (error.stack ?? error.message) : String(error),
        });
      }
    });
  });
  process.on('disconnect', () => process.exit());
}
