import type { z } from 'zod';
import type { App } from '../app.ts';
import type { Config } from '../config.ts';
import type { Project } from '../project.ts';
import type { FlagSet, FlagValues } from './flags.ts';
import type { Progress } from './progress.ts';
import type { Prompt } from './prompt.ts';
import type { Screen } from './screen.ts';

export interface Argument {
  help: string;
  required: boolean;
  /** Takes all that is typed from here on, as a list; only the last one can. (Default: false) */
  many?: boolean;
}
export type ArgumentSet = Readonly<Record<string, Argument>>;
export type ArgumentValues<A extends ArgumentSet> = {
  readonly [K in keyof A]: A[K]['many'] extends true
    ? readonly string[]
    : A[K]['required'] extends true
      ? string
      : string | undefined;
};

/** Flags that mean the same everywhere. */
export interface GlobalFlags {
  connection: string | undefined;
  json: boolean;
  plain: boolean;
  color: boolean;
  input: boolean;
  quiet: boolean;
  debug: boolean;
  timeZone: string | undefined;
}

/** What a command is given. Everything that costs is made when it is first asked for. */
export interface CommandCall<F extends FlagSet, A extends ArgumentSet, R = unknown> {
  flags: FlagValues<F>;
  args: ArgumentValues<A>;
  global: GlobalFlags;
  config(): Config;
  /** tierlink.yaml of the project folder. */
  project(): Project;
  /** Store, connections and program, opened once; closed by the framework when the command has ended. */
  app(): Promise<App>;
  /** Forgets settings and project, for a command that has changed them; before app() only. */
  reload(): void;
  /** Prints the result now, once, for a command that then goes on until it is stopped. */
  publish(outcome: Outcome<R>): void;
  progress: Progress;
  prompt: Prompt;
  /** For commands that show something while they work; prints nothing with --json. */
  screen: Screen;
  /** Ends when the command is interrupted; finished work is kept. */
  signal: AbortSignal;
  /** Whether an npm script started it, so that the person may not have the command `tierlink` yet. */
  isNpmScript: boolean;
  /** Zone in which instants are shown: --time-zone, TIERLINK_TIME_ZONE, the program's, UTC. */
  zone(): string;
}

export interface Outcome<R> {
  result: R;
  /** (Default: 0) */
  exit?: number;
  /** Printed on stderr, and part of the --json envelope. */
  warnings?: string[];
  /** Commands to go on with, the best first; printed on stderr. */
  next?: string[];
}

/** A command as data: what it is called, what it takes, what it returns and how a person sees that. */
export interface Command<F extends FlagSet, A extends ArgumentSet, R> {
  /** Topic and verb, such as "tier why". */
  name: string;
  summary: string;
  description?: string;
  args?: A;
  flags?: F;
  examples: readonly string[];
  /** Schema of `result` in the --json envelope. */
  result: z.ZodType<R>;
  run(call: CommandCall<F, A, R>): Promise<Outcome<R>>;
  /** Prints the result for a person, from the result alone, so that --json never knows less. */
  show(result: R, screen: Screen): void;
}

export type AnyCommand = Command<FlagSet, ArgumentSet, unknown>;

export function defineCommand<R, F extends FlagSet = FlagSet, const A extends ArgumentSet = ArgumentSet>(
  command: Command<F, A, R>,
): AnyCommand {
  return command as unknown as AnyCommand;
}
