import { describe, expect, it } from '@jest/globals';
import type { AnyCommand } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import type { Flag } from '../../src/cli/flags.ts';
import { buildProgram, kebab, type Parsed } from '../../src/cli/program.ts';
import { run } from './harness.ts';

async function parse(argv: readonly string[]): Promise<Parsed[]> {
  const parsed: Parsed[] = [];
  const root = buildProgram({
    commands,
    version: '0',
    out: () => {},
    width: 80,
    onCommand: async (one) => void parsed.push(one),
  });
  await root.parseAsync([...argv], { from: 'user' });
  return parsed;
}

/** A value that the flag takes: one of its choices, a number or a day. */
function sampleOf({ kind, value, choices }: Flag<unknown>): string {
  if (choices !== undefined) return choices.at(-1)!;
  if (kind === 'integer') return '1';
  if (value === 'DAYS') return '30d';
  return value === 'YYYY-MM-DD' ? '2026-09-30' : 'sample';
}

function argumentsOf(command: AnyCommand): string[] {
  return Object.values(command.args ?? {}).flatMap(({ required }) => (required ? ['given'] : []));
}

const withFlags = commands.filter(({ flags }) => Object.keys(flags ?? {}).length > 0);

describe('flags of commands below another command', () => {
  it.each(withFlags.map((command) => [command.name, command] as const))(
    '%s has its own',
    async (_, command) => {
      const flags = Object.entries(command.flags!);
      const typed = flags.flatMap(([name, flag]) =>
        ['switch', 'toggle'].includes(flag.kind)
          ? [`--${kebab(name)}`]
          : [`--${kebab(name)}`, sampleOf(flag)],
      );
      const [parsed] = await parse([...command.name.split(' '), ...argumentsOf(command), ...typed, '--json']);
      expect(parsed?.command.name).toBe(command.name);
      expect(parsed?.global.json).toBe(true);
      const given = (flag: Flag<unknown>) =>
        ['switch', 'toggle'].includes(flag.kind) ? true : flag.parse!(sampleOf(flag), undefined);
      expect(parsed?.flags).toEqual(Object.fromEntries(flags.map(([name, flag]) => [name, given(flag)])));
    },
  );

  it.each([
    ['before all', ['--json', '--no-color', 'partners', 'show', 'Acme']],
    ['between', ['partners', '--json', '--no-color', 'show', 'Acme']],
    ['after all', ['partners', 'show', 'Acme', '--json', '--no-color']],
  ])('takes global flags %s', async (_, argv) => {
    const [parsed] = await parse(argv);
    expect(parsed).toMatchObject({
      command: { name: 'partners show' },
      global: { json: true, color: false },
    });
    expect(parsed?.global.input).toBe(true);
  });

  it('refuses a flag that stands before the command, which would not take part', async () => {
    const { exit, err } = await run(['partners', '--by', 'fit', 'expectations'], { commands });
    expect(exit).toBe(2);
    expect(err).toContain('--by belongs after "partners expectations", not before it.');
  });

  it.each(['--connection', '--time-zone', '--type'])(
    'refuses a flag in the place of the value of %s',
    async (flag) => {
      const { exit, err } = await run(['partners', flag, '--plain'], { commands });
      expect([exit, err]).toEqual([2, expect.stringContaining('That is a flag; the value is missing.')]);
    },
  );

  it('shows no flag of the command above as a global one', async () => {
    const { out } = await run(['partners', 'show', '--help'], { commands });
    expect(out).not.toContain('--by');
    expect(out).toContain('--json');
  });
});
