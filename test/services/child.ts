import { type ChildProcess, spawn } from 'node:child_process';
import { fromPackageRoot } from '../../src/package-root.ts';
import { compiled } from './compiled.ts';

export interface Child {
  pid: number;
  /** Waits until it prints the line. */
  said(line: string): Promise<void>;
  /** Sends a signal. */
  signal(name: NodeJS.Signals): void;
  /** Waits until it has ended by itself; its exit code. */
  ended: Promise<number | null>;
  /** Ends it as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a TypeScript file in a process of its own and waits until it prints the line. */
export async function startChild(file: string, options: { args?: string[]; line: string }): Promise<Child> {
  const child = spawn(process.execPath, [compiled(file), ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: fromPackageRoot(),
  });
  const said = listen(child);
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  await said(options.line);
  return {
    pid: child.pid ?? 0,
    said,
    signal: (name) => void child.kill(name),
    ended,
    async kill() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL');
      await ended;
    },
  };
}

/** Collects what it prints; the result waits for a line of it. */
function listen(child: ChildProcess): (line: string) => Promise<void> {
  let text = '';
  const looks = new Set<() => void>();
  const read = (chunk: Buffer) => {
    text += chunk.toString();
    for (const look of looks) look();
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  return (line) =>
    new Promise((resolve, reject) => {
      const look = () => {
        if (text.split('\n').includes(line)) resolve();
      };
      looks.add(look);
      look();
      child.once('close', (code) =>
        reject(new Error(`ended with ${code} before it said "${line}": ${text}`)),
      );
    });
}
