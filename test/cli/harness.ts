import { PassThrough } from 'node:stream';
import type { AnyCommand } from '../../src/cli/command.ts';
import type { Io, OutStream, Style } from '../../src/cli/io.ts';
import { type Patience, runCli } from '../../src/cli/run.ts';
import { createScreen } from '../../src/cli/screen.ts';
import type { Store } from '../../src/store/store.ts';

/** A terminal or pipe that keeps what is written to it. */
export function recordingStream(
  options: { isTTY?: boolean; columns?: number } = {},
  onOutput: (text: string) => void = () => {},
): OutStream & { text(): string } {
  const written: string[] = [];
  const write = (text: string) => {
    written.push(text);
    onOutput(text);
  };
  return { ...options, write, text: () => written.join('') };
}

export interface Ran {
  exit: number;
  out: string;
  err: string;
}

export interface RunOptions {
  commands: readonly AnyCommand[];
  environment?: Record<string, string>;
  terminal?: boolean;
  columns?: number;
  /** Lines typed by a person; without them stdin is closed. */
  typed?: string[];
  signal?: AbortSignal;
  /** The browser; without it an address is opened nowhere. */
  openAddress?: (address: string) => void;
  /** Called with each piece of the result as it is printed. */
  onOutput?: (text: string) => void;
  /** Called with each piece that is printed for people beside the result. */
  onNote?: (text: string) => void;
  /** How long an interrupted command has, where a test does not wait for as long as a person. */
  patience?: Patience;
  /** Shared by the commands of a test instead of a store of their own. */
  store?: Store;
}

/** Runs a command line in this process, away from the real terminal and environment. */
export async function run(argv: readonly string[], options: RunOptions): Promise<Ran> {
  const facts = { isTTY: options.terminal ?? false, columns: options.columns ?? 80 };
  const stdout = recordingStream(facts, options.onOutput);
  const stderr = recordingStream(facts, options.onNote);
  const stdin = Object.assign(new PassThrough(), { isTTY: options.terminal ?? false });
  for (const line of options.typed ?? []) stdin.write(`${line}\n`);
  if (options.typed === undefined) stdin.end();
  const io: Io = { stdout, stderr, stdin, openAddress: options.openAddress ?? (() => {}) };
  const exit = await runCli({
    argv,
    io,
    commands: options.commands,
    environment: options.environment ?? {},
    signal: options.signal ?? new AbortController().signal,
    ...(options.patience === undefined ? {} : { patience: options.patience }),
    ...(options.store === undefined ? {} : { store: options.store }),
  });
  return { exit, out: stdout.text(), err: stderr.text() };
}

/** What a command prints of a result for a person, on a terminal as wide as `columns`. Throws for what it cannot have as a result. */
export function shown(command: AnyCommand, result: unknown, columns = 100): string {
  const stream = recordingStream();
  const style: Style = { color: false, plain: false, accessible: false, width: columns };
  command.show(
    command.result.parse(result),
    createScreen(stream, style, () => 'UTC'),
  );
  return stream.text();
}
