import { readdirSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { AnyCommand } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { buildProgram, kebab } from '../../src/cli/program.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { run } from './harness.ts';

/** What scripts rely on: a difference in this snapshot is a breaking change unless it only adds. */
function surfaceOf(command: AnyCommand) {
  return {
    arguments: Object.entries(command.args ?? {}).map(([name, { required, many }]) => {
      const typed = many === true ? `${name}...` : name;
      return required ? `<${typed}>` : `[${typed}]`;
    }),
    flags: Object.entries(command.flags ?? {}).map(([name, { kind, value, choices }]) =>
      [`--${kebab(name)}`, value ?? '', choices?.join('|') ?? '', kind === 'list' ? 'repeatable' : '']
        .filter((part) => part !== '')
        .join(' '),
    ),
  };
}

const verbs =
  'list show why override compare evaluate simulate forecast backtest check test retry source resolve accept refuse undo close reopen approve choose reject waive set end ignore export verify policy suggest ack plan apply make break move apart fix'.split(
    ' ',
  );
const verbless = [
  ...['partners', 'deals', 'certifications', 'leads', 'people', 'facts'].map((kind) => `import ${kind}`),
  // A list about partners or the program is called by what it lists.
  'program goals',
  'partners scorecard',
  'partners expectations',
  'partners benefits',
];

describe('the command line', () => {
  it('has these commands and flags', () => {
    expect(
      Object.fromEntries(commands.map((command) => [command.name, surfaceOf(command)])),
    ).toMatchSnapshot();
  });

  it('names commands by topic and a verb of the house', () => {
    const odd = commands
      .filter(({ name }) => name.includes(' ') && !verbless.includes(name))
      .filter(({ name }) => !verbs.includes(name.split(' ')[1]!));
    expect(odd.map(({ name }) => name)).toEqual([]);
  });

  it('says of every topic and command what it is for, in sentences and not by its name again', () => {
    const root = buildProgram({
      commands,
      version: '1',
      out: () => {},
      width: 80,
      onCommand: async () => {},
    });
    const all = [root, ...root.commands].flatMap((topic) => topic.commands);
    expect(all.map((each) => each.name())).toEqual(expect.arrayContaining(['alerts', 'ack']));
    const told = all.map((each) => [each.name(), each.summary() || each.description()] as const);
    expect(told.filter(([, said]) => !/^[A-Z].* .*\.$/s.test(said))).toEqual([]);
  });

  it('keeps one command per file, in the folder of its topic and named alike', () => {
    const folder = fromPackageRoot('src/cli/commands');
    const all = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
      (file) => file.endsWith('.ts') && !/messages|index/.test(file),
    );
    const unnamed = commands.flatMap(({ name }) => {
      const places = [`${name.replace(' ', '/')}.ts`, `${name}/${name}.ts`];
      return places.filter((place) => all.includes(place)).length === 1 ? [] : [name];
    });
    expect(unnamed).toEqual([]);
    expect(all.length).toBe(commands.length);
  });

  it('explains every command, argument and flag, and gives examples', () => {
    for (const command of commands) {
      const texts = [
        command.summary,
        ...Object.values(command.args ?? {}).map(({ help }) => help),
        ...Object.values(command.flags ?? {}).map(({ help }) => help),
      ];
      for (const text of texts) expect(text).toMatch(/^[A-Z"-].*[.)]$|^owned: /);
      expect(command.examples.length).toBeGreaterThan(0);
      for (const example of command.examples) expect(example).toContain(`tierlink ${command.name}`);
    }
  });

  it('names only flags of the command in its examples', async () => {
    const globals = [
      '--connection',
      '--json',
      '--plain',
      '--no-color',
      '--no-input',
      '--quiet',
      '--debug',
      '--time-zone',
    ];
    for (const command of commands) {
      const known = [...globals, ...Object.keys(command.flags ?? {}).map((name) => `--${kebab(name)}`)];
      const used = command.examples.flatMap((example) => example.match(/--[a-z-]+/g) ?? []);
      expect(used.filter((flag) => !known.includes(flag))).toEqual([]);
    }
  });

  it.each(commands.map(({ name }) => [name]))(
    '%s --help is printed without reading anything',
    async (name) => {
      const ran = await run([...name.split(' '), '--help'], {
        commands,
        environment: { TIERLINK_PROJECT: '/nowhere' },
      });
      expect(ran).toMatchObject({ exit: 0, err: '' });
      expect(ran.out).toContain('Examples:');
    },
  );
});
