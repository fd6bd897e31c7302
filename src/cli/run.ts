import { setTimeout as wait } from 'node:timers/promises';
import { CommanderError } from 'commander';
import { type Config, isTimeZone, loadConfig } from '../config.ts';
import { errorRegistry, isTierlinkError, TierlinkError } from '../errors.ts';
import { packageVersion } from '../package-root.ts';
import type { Store } from '../store/store.ts';
import { openCall } from './call.ts';
import type { AnyCommand, Outcome } from './command.ts';
import { failureEnvelope, failureText, printEnvelope, successEnvelope, toTierlinkError } from './envelope.ts';
import { type Io, styleOf } from './io.ts';
import { text } from './messages.ts';
import { buildProgram, type Parsed } from './program.ts';
import { createScreen } from './screen.ts';
import { harmless, wrapLine } from './text-layout.ts';
import { untilAborted } from './until-aborted.ts';

export interface Patience {
  /** To come to the end of its page. */
  workMs: number;
  /** Then to close what it had opened; other processes that use its store have five seconds of that. */
  closingMs: number;
}

const ownPatience: Patience = { workMs: 15_000, closingMs: 13_000 };

export interface CliOptions {
  argv: readonly string[];
  io: Io;
  commands: readonly AnyCommand[];
  /** Replaces the process environment. */
  environment?: Readonly<Record<string, string | undefined>>;
  signal: AbortSignal;
  /** How long an interrupted command has. (Default: 15 seconds for the page at work, then 13 for closing) */
  patience?: Patience;
  /** A store that is open already and stays open; the project's own is not touched then. */
  store?: Store;
}

/** Runs one command line and returns its exit code. Never throws; prints the failure instead. */
export async function runCli(options: CliOptions): Promise<number> {
  const { io, argv } = options;
  const asked = {
    json: argv.includes('--json'),
    debug: argv.includes('--debug'),
    plain: argv.includes('--plain'),
  };
  let exit = 0;
  const root = buildProgram({
    commands: options.commands,
    version: packageVersion(),
    out: (written) => void io.stdout.write(written),
    width: io.stdout.columns || 100,
    onCommand: async (parsed) => {
      exit = await runCommand(parsed, options);
    },
  });
  try {
    if (argv.length === 0) root.outputHelp();
    else await root.parseAsync([...argv], { from: 'user' });
    return exit;
  } catch (thrown) {
    if (thrown instanceof CommanderError && thrown.exitCode === 0) return 0;
    const error = thrown instanceof CommanderError ? usageError(thrown, options) : toTierlinkError(thrown);
    if (asked.json) printEnvelope(io.stdout, failureEnvelope(error));
    else {
      const { width } = styleOf(io.stderr, safeSettings(options), { color: false, plain: asked.plain });
      io.stderr.write(failureText(error, { debug: asked.debug, width }));
    }
    return error.exit;
  }
}

async function runCommand(parsed: Parsed, options: CliOptions): Promise<number> {
  const { command, global } = parsed;
  if (global.timeZone !== undefined && !isTimeZone(global.timeZone)) {
    throw new TierlinkError('USAGE', { reason: text.notATimeZone(global.timeZone), command: command.name });
  }
  let isPrinted = false;
  const publish = (outcome: Outcome<unknown>) => {
    if (isPrinted) return;
    isPrinted = true;
    opened.call.progress.stop();
    print(parsed, outcome, options, opened.call.zone);
  };
  const opened = openCall(parsed, options, publish);
  const close = () => {
    opened.call.progress.stop();
    return closable(opened.close(), options);
  };
  let outcome: Outcome<unknown>;
  try {
    outcome = await stoppable(command.run(opened.call), options);
    publish(outcome);
  } catch (thrown) {
    // Why the command failed says more than what closing then fails with.
    await close().catch(() => undefined);
    throw thrown;
  }
  await close();
  return outcome.exit ?? 0;
}

type Interruption = Pick<CliOptions, 'signal' | 'patience'>;

/** Waits for the command; an interrupted one ends with INTERRUPTED whatever it threw on its way out, unless that says the same. */
async function stoppable<R>(work: Promise<Outcome<R>>, options: Interruption): Promise<Outcome<R>> {
  const { signal, patience: { workMs } = ownPatience } = options;
  const patience = new AbortController();
  try {
    return await Promise.race([work, interrupted({ signal, ended: patience.signal, graceMs: workMs })]);
  } catch (thrown) {
    if (signal.aborted && !saysInterrupted(thrown))
      throw new TierlinkError('INTERRUPTED', {}, { cause: thrown });
    throw thrown;
  } finally {
    patience.abort();
  }
}

function saysInterrupted(thrown: unknown): boolean {
  return isTierlinkError(thrown) && thrown.exit === errorRegistry.INTERRUPTED.exit;
}

/**
 * Waits until everything is closed; an interrupted command does so for a while only, because a store that does not answer
 * does not close either. What was finished is kept all the same, as when the process is killed.
 */
async function closable(closing: Promise<void>, options: Interruption): Promise<void> {
  const { signal, patience: { closingMs } = ownPatience } = options;
  const patience = new AbortController();
  try {
    await Promise.race([closing, late({ signal, ended: patience.signal, graceMs: closingMs })]);
  } finally {
    patience.abort();
  }
}

/** Rejects when the command has not ended by itself within its grace; never resolves. */
async function interrupted(of: Parameters<typeof late>[0]): Promise<never> {
  await late(of);
  throw new TierlinkError('INTERRUPTED');
}

/** Resolves so long after the interruption, or after the call when that comes later; never when it has ended before. */
async function late(of: { signal: AbortSignal; ended: AbortSignal; graceMs: number }): Promise<void> {
  const { signal, ended } = of;
  await untilAborted(AbortSignal.any([signal, ended]));
  if (!ended.aborted) await wait(of.graceMs, undefined, { signal: ended }).catch(() => {});
  if (ended.aborted) await new Promise<never>(() => {});
}

function print(parsed: Parsed, outcome: Outcome<unknown>, options: CliOptions, zone: () => string): void {
  const { command, global } = parsed;
  const { io } = options;
  const warnings = outcome.warnings ?? [];
  if (global.json) {
    printEnvelope(io.stdout, successEnvelope(outcome.exit ?? 0, outcome.result, warnings));
    return;
  }
  command.show(
    outcome.result,
    createScreen(io.stdout, styleOf(io.stdout, safeSettings(options), global), zone),
  );
  const { width } = styleOf(io.stderr, safeSettings(options), global);
  for (const warning of warnings) io.stderr.write(`${wrapLine(harmless(text.warning(warning)), width)}\n`);
  if (!global.quiet && outcome.next !== undefined && outcome.next.length > 0) {
    io.stderr.write(`\n${harmless(text.next(outcome.next))}\n`);
  }
}

/** The settings that say how to print, also when another setting is wrong. */
export function safeSettings(options: Pick<CliOptions, 'environment'>): Partial<Config['settings']> {
  try {
    return loadConfig(options.environment).settings;
  } catch {
    return {};
  }
}

/** commander's own words, which name the flag, as an error of the registry. */
function usageError(thrown: CommanderError, options: CliOptions): TierlinkError {
  const words = options.argv.filter((each) => !each.startsWith('-'));
  const name = [2, 1]
    .map((count) => words.slice(0, count).join(' '))
    .find((each) => isCommandOrTopic(each, options));
  const verbs = options.commands
    .filter((command) => command.name.startsWith(`${name} `))
    .map((command) => command.name.split(' ')[1]);
  const said = thrown.message.replace(/^error: /, '').replace(/\n/g, ' ');
  const isExcess = thrown.code === 'commander.excessArguments';
  const instead = isExcess || thrown.code === 'commander.unknownCommand' ? insteadOf(words) : undefined;
  const reason =
    thrown.code === 'commander.help' && name !== undefined
      ? text.giveOneOf(name, verbs.join(', '))
      : (instead ?? (isExcess ? `${said} ${text.quoteNames}` : said));
  return new TierlinkError('USAGE', { reason: sentence(reason), command: name ?? '' });
}

/** What to do instead of a command that there is none of, because none is needed. */
function insteadOf(words: readonly string[]): string | undefined {
  return text.insteadOf[words.slice(0, 2).join(' ')] ?? text.insteadOf[words[0] ?? ''];
}

function isCommandOrTopic(name: string, options: CliOptions): boolean {
  return options.commands.some((command) => command.name === name || command.name.startsWith(`${name} `));
}

function sentence(reason: string): string {
  const capital = reason.charAt(0).toUpperCase() + reason.slice(1);
  return /[.?!)]$/.test(capital) ? capital : `${capital}.`;
}
