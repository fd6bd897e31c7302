import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { commands } from '../../src/cli/commands/index.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { fromPackageRoot } from '../../src/package-root.ts';

/** Command lines that a page prints are ones that the command line takes: commands, arguments and flags exist. */

/** The lines of shell blocks and the code in sentences that begin with tierlink, without what a shell does with them. */
function linesOf(page: string): string[] {
  const text = readFileSync(fromPackageRoot(page), 'utf8');
  const blocks = [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)].flatMap(([, block]) => block!.split('\n'));
  const inSentences = [...text.replaceAll(/^```[\s\S]*?^```/gm, '').matchAll(/`(tierlink [^`]+)`/g)];
  return [...blocks, ...inSentences.map(([, line]) => line!)].filter((line) => line.startsWith('tierlink '));
}

function wordsOf(line: string): string[] {
  const [command = ''] = line.split(/ +(?:#|\||>)/);
  return [...command.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare!);
}

async function taken(line: string): Promise<string> {
  let name = 'none';
  const root = buildProgram({
    commands,
    version: '0',
    out: () => {},
    width: 100,
    onCommand: async ({ command }) => {
      name = command.name;
    },
  });
  await root.parseAsync(wordsOf(line).slice(1), { from: 'user' });
  return name;
}

const lines = ['docs/plans.md', 'docs/links.md'].flatMap((page) =>
  linesOf(page).map((line) => [page, line] as const),
);

it('finds the lines of pages', () => expect(lines.length).toBeGreaterThan(20));

it.each(lines)('%s: %s', async (_page, line) => {
  const name = await taken(line);
  // A word too many would be an argument of the command above.
  expect(line.startsWith(`tierlink ${name}`)).toBe(true);
  expect(name).not.toBe('none');
});

it('does not take a flag that there is none of', async () => {
  await expect(taken('tierlink plan show changes.plan --pdf x')).rejects.toThrow("unknown option '--pdf'");
});
