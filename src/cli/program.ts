import { Command as Commander, Option } from 'commander';
import type { AnyCommand, ArgumentSet, ArgumentValues, GlobalFlags } from './command.ts';
import { exitCodes } from './exit-codes.ts';
import type { Flag } from './flags.ts';
import { text } from './messages.ts';

/** What was typed, as commander read it. */
export interface Parsed {
  command: AnyCommand;
  args: ArgumentValues<ArgumentSet>;
  flags: Record<string, unknown>;
  global: GlobalFlags;
}

export interface ProgramOptions {
  commands: readonly AnyCommand[];
  version: string;
  out(text: string): void;
  err(text: string): void;
  width: number;
  onCommand(parsed: Parsed): Promise<void>;
}

/** The command tree: one level of topics, commands below. Nothing exits the process; commander throws instead. */
export function buildProgram(options: ProgramOptions): Commander {
  const root = prepare(new Commander('tierlink'), options)
    .description(text.description)
    .version(options.version, '--version', text.version)
    .addHelpText('after', `\n${text.helpFooter(exitCodes)}`);
  addGlobalFlags(root);
  for (const command of options.commands) addCommand(root, command, options);
  return root;
}

function prepare(commander: Commander, options: ProgramOptions): Commander {
  return commander
    .exitOverride()
    .helpOption('-h, --help', text.help)
    .helpCommand(false)
    .allowExcessArguments(false)
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: options.out,
      // Mistakes are printed once, by the one place that prints failures.
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(options.width, 110),
      getOutHasColors: () => false,
    });
}

function addGlobalFlags(root: Commander): void {
  root
    .option('--connection <alias>', text.global.connection)
    .option('--json', text.global.json)
    .option('--plain', text.global.plain)
    .option('--no-color', text.global.color)
    .option('--no-input', text.global.input)
    .option('--quiet', text.global.quiet)
    .option('--debug', text.global.debug)
    .option('--time-zone <zone>', text.global.timeZone);
}

function addCommand(root: Commander, command: AnyCommand, options: ProgramOptions): void {
  const words = command.name.split(' ');
  const parent = words.length === 1 ? root : topicOf(root, words[0]!, options);
  const commander = prepare(new Commander(words.at(-1)!), options).summary(command.summary);
  commander.description([command.summary, inParagraphs(command.description ?? '')].join('\n\n').trim());
  for (const [name, argument] of Object.entries(command.args ?? {})) {
    const typed = argument.many === true ? `${name}...` : name;
    commander.argument(argument.required ? `<${typed}>` : `[${typed}]`, argument.help);
  }
  for (const [name, flag] of Object.entries(command.flags ?? {})) commander.addOption(toOption(name, flag));
  commander.addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}\n`).join('')}`);
  commander.action(() => options.onCommand(readParsed(command, commander)));
  parent.addCommand(commander);
}

/** A single line break is where the text was typed; the terminal decides where its lines end. */
function inParagraphs(description: string): string {
  return description.replace(/(?<=\S)\n(?=\S)/g, ' ');
}

function topicOf(root: Commander, name: string, options: ProgramOptions): Commander {
  const existing = root.commands.find((each) => each.name() === name);
  if (existing !== undefined) return existing;
  const topic = prepare(new Commander(name), options).description(text.topics[name] ?? name);
  root.addCommand(topic);
  return topic;
}

function toOption(name: string, flag: Flag<unknown>): Option {
  const long = kebab(name);
  if (flag.kind === 'switch') return new Option(`--${long}`, flag.help);
  const choices = flag.choices === undefined ? '' : ` (${flag.choices.join(', ')})`;
  const option = new Option(`--${long} <${flag.value ?? 'value'}>`, `${flag.help}${choices}`);
  return option.argParser((typed, previous) => flag.parse!(typed, previous));
}

function readParsed(command: AnyCommand, commander: Commander): Parsed {
  const all = commander.optsWithGlobals() as Record<string, unknown>;
  const given = Object.entries(command.args ?? {}).map(([name, { many }], index) => {
    const typed = commander.args.slice(index);
    return [name, many === true ? typed : typed[0]] as const;
  });
  return {
    command,
    // Each command knows which of its own are lists.
    args: Object.fromEntries(given) as ArgumentValues<ArgumentSet>,
    flags: Object.fromEntries(
      Object.entries(command.flags ?? {}).map(([name, flag]) => [name, all[name] ?? blankOf(flag)]),
    ),
    global: {
      connection: all.connection as string | undefined,
      json: all.json === true,
      plain: all.plain === true,
      color: all.color !== false,
      input: all.input !== false,
      quiet: all.quiet === true,
      debug: all.debug === true,
      timeZone: all.timeZone as string | undefined,
    },
  };
}

function blankOf(flag: Flag<unknown>): unknown {
  if (flag.kind === 'switch') return false;
  return flag.kind === 'list' ? [] : undefined;
}

export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
