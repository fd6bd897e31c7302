import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { defineCommand } from '../../src/cli/command.ts';
import { choiceFlag, dayFlag, integerFlag, listFlag, switchFlag, textFlag } from '../../src/cli/flags.ts';
import { TierlinkError } from '../../src/errors.ts';
import { run } from './harness.ts';

const rowSchema = z.object({ name: z.string(), figure: z.string() });

const list = defineCommand({
  name: 'thing list',
  summary: 'List things.',
  description:
    'Things are listed by name, each with the figure that counts for it today and the state that\nfollows.\n\nNothing is changed.',
  args: { which: { help: 'Which ones.', required: false } },
  flags: {
    full: switchFlag('All of them.'),
    owner: textFlag('NAME', 'Of one owner.'),
    max: integerFlag('N', 'At most so many.', { min: 1, max: 9 }),
    order: choiceFlag('ORDER', 'Order.', ['name', 'age']),
    since: dayFlag('From this day.'),
    tag: listFlag('TAG', 'With a tag.'),
  },
  examples: ['tierlink thing list'],
  result: z.object({ given: z.unknown(), rows: z.array(rowSchema) }),
  run: async ({ args, flags }) => ({
    result: {
      given: { ...args, ...flags },
      rows: [{ name: 'Nordwind Systemhaus mit einem langen Namen', figure: '1,234,567.89 EUR' }],
    },
    warnings: ['one thing is old'],
    next: ['tierlink thing show'],
  }),
  show: ({ rows }, screen) =>
    screen.table(
      [{ title: 'NAME' }, { title: 'FIGURE', align: 'right' }, { title: 'STATE' }],
      rows.map((row) => [row.name, row.figure, screen.tone('good', 'met')]),
    ),
});

const failing = defineCommand({
  name: 'fail',
  summary: 'Fails.',
  flags: { ask: switchFlag('Ask first.'), crash: switchFlag('With a fault.') },
  examples: ['tierlink fail'],
  result: z.null(),
  run: async ({ flags, prompt, signal }) => {
    if (flags.ask) await prompt.ask({ flag: '--answer', label: 'The answer' });
    if (flags.crash) throw new TypeError('x is not a function');
    if (signal.aborted) throw new Error('stopped in the middle');
    throw new TierlinkError('PARTNER_UNKNOWN', { partner: 'Acme', closest: 'Acne' });
  },
  show: () => {},
});

const commands = [list, failing];

function json(text: string): Record<string, unknown> {
  return JSON.parse(text) as Record<string, unknown>;
}

describe('a command that succeeds', () => {
  it('prints its result on stdout and warnings and next steps on stderr', async () => {
    const ran = await run(['thing', 'list'], { commands });
    expect(ran.exit).toBe(0);
    expect(ran.out).toMatch(/NAME +FIGURE +STATE\n {2}Nordwind .* 1,234,567\.89 EUR +met\n/);
    expect(ran.err).toBe('Warning: one thing is old\n\nNext:  tierlink thing show\n');
  });

  it('prints only the envelope with --json, with what was given', async () => {
    const ran = await run(
      ['--json', 'thing', 'list', 'all', '--max', '3', '--tag', 'a', '--tag', 'b', '--since', '2026-02-28'],
      { commands },
    );
    expect(ran.err).toBe('');
    expect(json(ran.out)).toMatchObject({
      status: 0,
      warnings: ['one thing is old'],
      result: { given: { which: 'all', full: false, max: 3, since: '2026-02-28', tag: ['a', 'b'] } },
    });
  });

  it('takes the flags that mean the same everywhere before and after the command', async () => {
    const before = await run(['--quiet', 'thing', 'list'], { commands });
    const after = await run(['thing', 'list', '--quiet'], { commands });
    expect(after).toEqual(before);
    expect(after.err).not.toContain('Next:');
  });
});

describe('what is printed for whom', () => {
  it('has no escape byte in a pipe, nor on a terminal with NO_COLOR', async () => {
    const piped = await run(['thing', 'list'], { commands });
    const noColor = await run(['thing', 'list'], {
      commands,
      terminal: true,
      environment: { NO_COLOR: '1' },
    });
    const flag = await run(['thing', 'list', '--no-color'], { commands, terminal: true });
    for (const ran of [piped, noColor, flag]) expect(`${ran.out}${ran.err}`).not.toContain('\u001b');
  });

  it('colours words on a terminal', async () => {
    const ran = await run(['thing', 'list'], { commands, terminal: true });
    expect(ran.out).toContain('\u001b[32mmet\u001b[39m');
  });

  it('loses no value at 60 columns', async () => {
    const ran = await run(['thing', 'list'], { commands, environment: { COLUMNS: '60' } });
    for (const word of 'Nordwind Systemhaus mit einem langen Namen met'.split(' '))
      expect(ran.out).toContain(word);
    expect(ran.out).toContain('1,234,567.89 EUR');
    for (const line of ran.out.split('\n')) expect(line.length).toBeLessThanOrEqual(60);
  });

  it('prints lists for screen readers and tab-separated lines with --plain', async () => {
    const accessible = await run(['thing', 'list'], { commands, environment: { TIERLINK_ACCESSIBLE: '1' } });
    expect(accessible.out).toContain('    FIGURE: 1,234,567.89 EUR\n');
    const plain = await run(['thing', 'list', '--plain'], { commands });
    expect(plain.out).toBe(
      'NAME\tFIGURE\tSTATE\nNordwind Systemhaus mit einem langen Namen\t1,234,567.89 EUR\tmet\n',
    );
  });
});

describe('a command that fails', () => {
  it('says what happened and what to do on stderr, leaves stdout empty and shows no stack', async () => {
    const ran = await run(['fail'], { commands });
    expect(ran.exit).toBe(2);
    expect(ran.out).toBe('');
    expect(ran.err).toBe(
      'Error PARTNER_UNKNOWN: No partner is named or numbered "Acme".\n' +
        'Try:  Closest: Acne\n      List them: tierlink partners\n',
    );
  });

  it('prints the envelope of a failure with --json', async () => {
    const ran = await run(['fail', '--json'], { commands });
    expect(ran.err).toBe('');
    expect(json(ran.out)).toEqual({
      status: 2,
      name: 'PARTNER_UNKNOWN',
      message: 'No partner is named or numbered "Acme".',
      actions: ['Closest: Acne', 'List them: tierlink partners'],
      data: { partner: 'Acme', closest: 'Acne' },
      warnings: [],
    });
  });

  it('shows the stack of a fault with --debug only', async () => {
    const quiet = await run(['fail', '--crash'], { commands });
    expect(quiet.exit).toBe(1);
    expect(quiet.err).not.toMatch(/\n\s+at /);
    const debug = await run(['fail', '--crash', '--debug'], { commands });
    expect(debug.err).toMatch(/caused by TypeError: x is not a function\n\s+at /);
  });

  it('never asks without a terminal, but names the flag', async () => {
    const ran = await run(['fail', '--ask'], { commands });
    expect(ran).toMatchObject({ exit: 2, out: '' });
    expect(ran.err).toContain('--answer is needed');
  });

  it('never asks with --no-input on a terminal either', async () => {
    const ran = await run(['fail', '--ask', '--no-input'], { commands, terminal: true, typed: ['42'] });
    expect(ran.exit).toBe(2);
  });

  it('asks on a terminal', async () => {
    const ran = await run(['fail', '--ask'], { commands, terminal: true, typed: ['42'] });
    expect(ran.err).toContain('The answer: ');
    expect(ran.err).toContain('PARTNER_UNKNOWN');
  });

  it('ends with 130 when it was interrupted, whatever it threw on its way out', async () => {
    const ran = await run(['fail'], { commands, signal: AbortSignal.abort() });
    expect(ran.exit).toBe(130);
    expect(ran.err).toContain('INTERRUPTED');
  });
});

describe('an argument that takes many', () => {
  const many = defineCommand({
    name: 'pile show',
    summary: 'Show piles.',
    args: { from: { help: 'First.', required: true }, pile: { help: 'Piles.', required: false, many: true } },
    examples: ['tierlink pile show a'],
    result: z.object({ from: z.string(), pile: z.array(z.string()) }),
    run: async ({ args }) => ({ result: { from: args.from, pile: [...args.pile] } }),
    show: () => {},
  });
  const shown = async (...typed: string[]) => {
    const { out } = await run(['pile', 'show', ...typed, '--json'], { commands: [many] });
    return (JSON.parse(out) as { result: unknown }).result;
  };

  it('is a list, each as it was typed, and empty where nothing was', async () => {
    expect(await shown('a', 'b c', 'd')).toEqual({ from: 'a', pile: ['b c', 'd'] });
    expect(await shown('a')).toEqual({ from: 'a', pile: [] });
  });
});

describe('mistakes on the command line end with 2 and name the mistake', () => {
  const mistakes: [string[], string][] = [
    [['thing', 'list', '--ful'], "Unknown option '--ful' (Did you mean --full?)"],
    [['thing', 'list', '--max', '10'], '--max <N>'],
    [['thing', 'list', '--max', '3x'], 'It must be a whole number from 1 to 9.'],
    [['thing', 'list', '--order', 'size'], 'Use one of: name, age.'],
    [['thing', 'list', '--since', '2026-02-30'], '--since <YYYY-MM-DD>'],
    [['thing', 'list', '--owner'], '--owner <NAME>'],
    [['thing', 'list', 'a', 'b'], 'Too many arguments'],
    [['thing', 'lst'], "Unknown command 'lst'"],
    [['thing'], '"thing" needs one of: list.'],
    [['nothing'], "Unknown command 'nothing'"],
    [['thing', 'list', '--time-zone', 'Mars/Base'], '--time-zone: Mars/Base is not an IANA time zone'],
  ];
  it.each(mistakes)('%j', async (argv, reason) => {
    const text = await run(argv, { commands });
    expect(text).toMatchObject({ exit: 2, out: '' });
    expect(text.err).toContain(reason);
    const asJson = await run([...argv, '--json'], { commands });
    expect(json(asJson.out)).toMatchObject({ status: 2, name: 'USAGE' });
    expect(asJson.err).toBe('');
  });
});

describe('help', () => {
  it('of the whole names the exit codes', async () => {
    const { out } = await run(['--help'], { commands });
    expect(out).toMatch(/Exit codes:\n {2}0 +done\n/);
    expect(out).toMatch(/^ {2}69 +not done when --wait was over/m);
  });

  it('is printed on stdout and ends with 0', async () => {
    for (const argv of [[], ['--help'], ['thing', '--help'], ['thing', 'list', '--help']]) {
      const ran = await run(argv, { commands });
      expect(ran).toMatchObject({ exit: 0, err: '' });
      expect(ran.out).toContain('Usage: tierlink');
    }
  });

  it('breaks what it says where the terminal ends, and keeps its paragraphs', async () => {
    const { out } = await run(['thing', 'list', '--help'], { commands, columns: 80 });
    expect(out).toContain(
      '\n\nThings are listed by name, each with the figure that counts for it today and the\nstate that follows.\n\nNothing is changed.\n',
    );
  });

  it('names arguments, flags, the flags that mean the same everywhere, and examples', async () => {
    const { out } = await run(['thing', 'list', '--help'], { commands });
    for (const part of ['[which]', '--max <N>', '--json', 'Examples:', '(name, age)'])
      expect(out).toContain(part);
  });
});
