import { Command as Commander, InvalidArgumentError, Option } from 'commander';
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
  width: number;
  onCommand(parsed: Parsed): Promise<void>;
}

/** The command tree: one level of topics, commands below. Nothing exits the process; commander throws instead. */
export function buildProgram(options: ProgramOptions): Commander {
  const root = prepare(new Commander('tierlink'), options)
    .description(text.description)
    .enablePositionalOptions()
    .addHelpText('after', `\n${text.helpFooter(exitCodes)}`);
  addGlobalFlags(root, options.version, 'Options:');
  for (const command of options.commands) addCommand(root, command, options);
  return root;
}

function prepare(commander: Commander, options: ProgramOptions): Commander {
  return commander
    .exitOverride()
    .helpCommand(false)
    .allowExcessArguments(false)
    .showSuggestionAfterError(true)
    .configureOutput({
      writeOut: options.out,
      // Mistakes are printed once, by the one place that prints failures.
      writeErr: () => {},
      getOutHelpWidth: () => Math.min(options.width, 110),
      getOutHasColors: () => false,
    });
}

/** On every command, so that they may stand anywhere while the flags of a command above stay its own. */
function addGlobalFlags(commander: Commander, version: string, heading: string): void {
  commander
    .optionsGroup(heading)
    .addHelpOption(new Option('-h, --help', text.help).helpGroup(heading))
    .version(version, '--version', text.version)
    .option('--connection <alias>', text.global.connection, givenValue)
    .option('--json', text.global.json)
    .option('--plain', text.global.plain)
    .option('--no-color', text.global.color)
    .option('--no-input', text.global.input)
    .option('--quiet', text.global.quiet)
    .option('--debug', text.global.debug)
    .option('--time-zone <zone>', text.global.timeZone, givenValue);
}

function addCommand(root: Commander, command: AnyCommand, options: ProgramOptions): void {
  const words = command.name.split(' ');
  const parent = words.length === 1 ? root : topicOf(root, words[0]!, options);
  // What stands after the name of a command below belongs to that one.
  const commander = prepare(new Commander(words.at(-1)!), options)
    .enablePositionalOptions()
    .summary(command.summary);
  commander.description([command.summary, inParagraphs(command.description ?? '')].join('\n\n').trim());
  for (const [name, argument] of Object.entries(command.args ?? {})) {
    const typed = argument.many === true ? `${name}...` : name;
    commander.argument(argument.required ? `<${typed}>` : `[${typed}]`, argument.help);
  }
  for (const [name, flag] of Object.entries(command.flags ?? {}))
    for (const option of toOptions(name, flag)) commander.addOption(option);
  addGlobalFlags(commander, options.version, 'Global Options:');
  commander.addHelpText('after', `\nExamples:\n${command.examples.map((line) => `  ${line}\n`).join('')}`);
  commander.action(() => {
    refuseEarly(command, commander);
    return options.onCommand(readParsed(command, commander));
  });
  parent.addCommand(commander);
}

/** A single line break is where the text was typed; the terminal decides where its lines end. */
function inParagraphs(description: string): string {
  return description.replace(/(?<=\S)\n(?=\S)/g, ' ');
}

function topicOf(root: Commander, name: string, options: ProgramOptions): Commander {
  const existing = root.commands.find((each) => each.name() === name);
  if (existing !== undefined) return existing;
  const topic = prepare(new Commander(name), options)
    .enablePositionalOptions()
    .description(text.topics[name] ?? name);
  addGlobalFlags(topic, options.version, 'Global Options:');
  root.addCommand(topic);
  return topic;
}

function toOptions(name: string, flag: Flag<unknown>): Option[] {
  const long = kebab(name);
  if (flag.kind === 'switch') return [new Option(`--${long}`, flag.help)];
  // In this order: the second one alone would make the first the default.
  if (flag.kind === 'toggle')
    return [new Option(`--${long}`, flag.help), new Option(`--no-${long}`, flag.helpNo)];
  const choices = flag.choices === undefined ? '' : ` (${flag.choices.join(', ')})`;
  const option = new Option(`--${long} <${flag.value ?? 'value'}>`, `${flag.help}${choices}`);
  return [option.argParser((typed, previous) => flag.parse!(givenValue(typed), previous))];
}

/** What stands behind a flag that takes a value. Throws InvalidArgumentError where that is the next flag. */
function givenValue(typed: string): string {
  if (/^--[a-z]/.test(typed)) throw new InvalidArgumentError(text.flagForValue);
  return typed;
}

/** A flag before the name of the command was read as one of the command above, which does not run. */
function refuseEarly(command: AnyCommand, commander: Commander): void {
  const above = commander.parent!;
  const early = above.options.find(
    (option) => option.helpGroupHeading === undefined && isTyped(above, option.attributeName()),
  );
  if (early !== undefined) commander.error(text.flagTooEarly(early.long ?? early.flags, command.name));
}

function readParsed(command: AnyCommand, commander: Commander): Parsed {
  const own = commander.opts() as Record<string, unknown>;
  const all = globalsOf(commander);
  const given = Object.entries(command.args ?? {}).map(([name, { many }], index) => {
    const typed = commander.args.slice(index);
    return [name, many === true ? typed : typed[0]] as const;
  });
  return {
    command,
    // Each command knows which of its own are lists.
    args: Object.fromEntries(given) as ArgumentValues<ArgumentSet>,
    flags: Object.fromEntries(
      Object.entries(command.flags ?? {}).map(([name, flag]) => [name, own[name] ?? blankOf(flag)]),
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

/** As typed anywhere on the line; a default of one command does not hide what was typed for another. */
function globalsOf(commander: Commander): Record<string, unknown> {
  const above = commander.parent === null ? {} : globalsOf(commander.parent);
  const typed = Object.entries(commander.opts()).filter(([name]) => isTyped(commander, name));
  return { ...above, ...Object.fromEntries(typed) };
}

function isTyped(commander: Commander, name: string): boolean {
  return commander.getOptionValueSource(name) === 'cli';
}

function blankOf(flag: Flag<unknown>): unknown {
  if (flag.kind === 'switch') return false;
  return flag.kind === 'list' ? [] : undefined;
}

export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
