import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { csvText } from '../../src/cli/csv.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { parseCsv } from '../../src/sync/import/csv-read.ts';
import type { Ran } from './harness.ts';
import { openWorld, type World } from './world.ts';

/**
 * The guides, done as they say: each command of a guide runs in its order, ends as it says there, and prints the lines that
 * are shown. In a line ... stands for anything, blanks count once, and a line that is ... alone for any number of lines. A
 * table of VALUE and NEW_VALUE is what a person fills into the spreadsheet that was exported last.
 */

const folder = fromPackageRoot('docs', 'guides');

interface Step {
  line: number;
  argv: string[];
  exit: number;
  shown: string[];
  /** What is filled in before: NEW_VALUE by VALUE. */
  filled: [string, string][];
}

function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  let isBlock = false;
  let filled: Step['filled'] | undefined;
  for (const [index, line] of text.split('\n').entries()) {
    if (line === '| VALUE | NEW_VALUE |') filled = [];
    else if (filled !== undefined && /^\| \w/.test(line)) {
      const [, value = '', typed = ''] = line.split('|').map((cell) => cell.trim());
      filled.push([value, typed]);
    } else if (line.startsWith('```')) isBlock = line === '```console';
    else if (isBlock && line.startsWith('$ tierlink ')) {
      const [command = '', exit] = line.slice(2).split(/ +# exit /);
      const step = { line: index + 1, argv: argvOf(command), exit: Number(exit ?? 0), shown: [] };
      steps.push({ ...step, filled: filled ?? [] });
      filled = undefined;
    } else if (isBlock && line.trim() !== '') steps.at(-1)?.shown.push(line);
  }
  return steps;
}

function argvOf(command: string): string[] {
  const words = command.match(/"[^"]*"|\S+/g) ?? [];
  return words.slice(1).map((word) => word.replaceAll('"', ''));
}

const plain = (line: string) => line.trim().replace(/\s+/g, ' ');

/** Whether the lines come in their order. */
function isPrinted(shown: readonly string[], { out, err }: Ran): string | undefined {
  const printed = `${out}\n${err}`.split('\n').map(plain);
  let at = 0;
  for (const line of shown.filter((each) => plain(each) !== '...')) {
    const parts = plain(line)
      .split('...')
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
    const pattern = new RegExp(`^${parts.join('.*')}$`);
    const found = printed.findIndex((each, index) => index >= at && pattern.test(each));
    if (found < 0) return line;
    at = found + 1;
  }
  return undefined;
}

/** Fills values into an exported table, each in all of its rows. */
function fillIn(file: string, filled: Step['filled']): void {
  const [header = [], ...rows] = parseCsv(file, readFileSync(file, 'utf8')).map(({ cells }) => cells);
  const [from, to] = [header.indexOf('VALUE'), header.indexOf('NEW_VALUE')];
  for (const [value, typed] of filled) {
    const meant = rows.filter((row) => row[from] === value);
    expect(meant.length).toBeGreaterThan(0);
    for (const row of meant) row[to] = typed;
  }
  writeFileSync(file, csvText([header, ...rows]));
}

let world: World;
afterEach(async () => {
  await world.close();
});

it.each(readdirSync(folder).filter((file) => file.endsWith('.md')))('%s', async (file) => {
  const steps = stepsOf(readFileSync(join(folder, file), 'utf8'));
  expect(steps.length).toBeGreaterThan(5);
  world = await openWorld();
  await world.tierlink('sync');
  await world.tierlink('connect', '--alias', 'demo', '--tiers', 'owned');
  await world.simulator.act('quarter');
  const place = process.cwd();
  let lastRun = '';
  let lastTable = '';
  try {
    process.chdir(world.folder);
    for (const { line, argv, exit, shown, filled } of steps) {
      if (filled.length > 0) fillIn(lastTable, filled);
      const ran = await world.tierlink(...argv.map((word) => (word === 'r-000012' ? lastRun : word)));
      const said = `${file}:${line}: tierlink ${argv.join(' ')}\n${ran.out}${ran.err}`;
      if (ran.exit !== exit) throw new Error(`ended with ${ran.exit}, not ${exit}: ${said}`);
      const missing = isPrinted(shown, ran);
      if (missing !== undefined) throw new Error(`did not print "${missing}": ${said}`);
      if (argv.includes('--csv')) lastTable = argv[argv.indexOf('--csv') + 1]!;
      if (argv[0] === 'apply') lastRun = /\b(r-\d+)\b/.exec(ran.out)?.[1] ?? lastRun;
    }
  } finally {
    process.chdir(place);
  }
});
