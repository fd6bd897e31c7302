import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Ran } from './harness.ts';
import { openWorld, type World } from './world.ts';

/**
 * The guides, done as they say: each command of a guide runs in its order, ends as it says there, and prints the lines that
 * are shown. In a line ... stands for anything, blanks count once, and a line that is ... alone for any number of lines.
 */

const folder = fromPackageRoot('docs', 'guides');

interface Step {
  line: number;
  argv: string[];
  exit: number;
  shown: string[];
}

function stepsOf(text: string): Step[] {
  const steps: Step[] = [];
  let isBlock = false;
  for (const [index, line] of text.split('\n').entries()) {
    if (line.startsWith('```')) isBlock = line === '```console';
    else if (isBlock && line.startsWith('$ tierlink ')) {
      const [command = '', exit] = line.slice(2).split(/ +# exit /);
      steps.push({ line: index + 1, argv: argvOf(command), exit: Number(exit ?? 0), shown: [] });
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
  try {
    process.chdir(world.folder);
    for (const { line, argv, exit, shown } of steps) {
      const ran = await world.tierlink(...argv.map((word) => (word === 'r-000012' ? lastRun : word)));
      const said = `${file}:${line}: tierlink ${argv.join(' ')}\n${ran.out}${ran.err}`;
      if (ran.exit !== exit) throw new Error(`ended with ${ran.exit}, not ${exit}: ${said}`);
      const missing = isPrinted(shown, ran);
      if (missing !== undefined) throw new Error(`did not print "${missing}": ${said}`);
      if (argv[0] === 'apply') lastRun = /\b(r-\d+)\b/.exec(ran.out)?.[1] ?? lastRun;
    }
  } finally {
    process.chdir(place);
  }
});
