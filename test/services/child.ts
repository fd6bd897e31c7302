import { type ChildProcess, spawn } from 'node:child_process';
import { fromPackageRoot } from '../../src/package-root.ts';

export interface Child {
  pid: number;
  /** Ends it as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
}

/** Starts a TypeScript file in a process of its own and waits until it prints the line. */
export async function startChild(file: string, options: { args?: string[]; line: string }): Promise<Child> {
  const path = fromPackageRoot(file);
  const child = spawn(process.execPath, ['--import', 'tsx', path, ...(options.args ?? [])], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: fromPackageRoot(),
  });
  await printed(child, options.line);
  return {
    pid: child.pid ?? 0,
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = new Promise((done) => child.once('exit', done));
      child.kill('SIGKILL');
      await exit;
    },
  };
}

function printed(child: ChildProcess, line: string): Promise<void> {
  let text = '';
  return new Promise((resolve, reject) => {
    const read = (chunk: Buffer) => {
      text += chunk.toString();
      if (text.split('\n').includes(line)) resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => reject(new Error(`ended with ${code} before it said "${line}": ${text}`)));
  });
}
