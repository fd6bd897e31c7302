import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { states } from '../../src/model/states.ts';
import { fromPackageRoot } from '../../src/package-root.ts';

/** What states are called, wherever people read of them, comes from one table: src/model/states.ts. */

const labels = new Set(
  Object.values(states).flatMap((table) => Object.values(table).map(({ label }) => label)),
);

/** Files with what people read, by their paths in the repository. */
function filesIn(folder: string, ending: string): string[] {
  return readdirSync(fromPackageRoot(folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith(ending))
    .map((path) => join(folder, path));
}

const code = filesIn('src', '.ts').filter((path) => path !== join('src', 'model', 'states.ts'));
const pages = ['README.md', 'CONTRIBUTING.md', ...filesIn('docs', '.md')].filter(
  // Decisions tell of words that were considered, too.
  (path) => !path.startsWith(join('docs', 'adr')),
);

function linesOf(path: string): [place: string, line: string][] {
  const lines = readFileSync(fromPackageRoot(path), 'utf8').split('\n');
  return lines.map((line, index) => [`${path}:${index + 1}`, line]);
}

/** Whole texts between quotes in a line of code. */
function textsIn(line: string): string[] {
  return [...line.matchAll(/(['"`])((?:(?!\1).)*)\1/g)].map(([, , text]) => text!);
}

/** Labels that mean no state where they stand. */
const otherMeaning: Readonly<Record<string, readonly string[]>> = {
  'src/cli/commands/plan/plan.messages.ts': ['Made'], // When a plan was made.
  'src/cli/partner-page.messages.ts': ['Held'], // What is held beside the tier.
  'src/model/mismatch-causes.ts': ['Invalid'], // A cause, in a table of its own.
  'src/tier/explain/decision-words.ts': ['Joined'], // A movement, in a table of its own.
};

it('no label of a state is written beside the table', () => {
  const written = code.flatMap((path) =>
    linesOf(path).flatMap(([place, line]) =>
      textsIn(line)
        .filter((text) => labels.has(text) && !otherMeaning[path]?.includes(text))
        .map((text) => `${place}: ${text}`),
    ),
  );
  expect(written).toEqual([]);
});

it('each exception is one', () => {
  for (const [path, words] of Object.entries(otherMeaning)) {
    const texts = linesOf(path).flatMap(([, line]) => textsIn(line));
    expect([path, words.filter((word) => !texts.includes(word))]).toEqual([path, []]);
  }
});

/** What other programs call states, with the word of ours. */
const foreign: Readonly<Record<string, string>> = {
  'Aborted|Canceled|Terminated': 'Cancelled',
  'Completed|Complete with errors|Finished|Successful|Success': 'Succeeded, Partial',
  'Degraded|Unhealthy|Disconnected|Needs attention|Attention required': 'Action required, Waiting',
  'Errored|Broken down|Crashed': 'Failed, Error',
  'In progress|In-progress|Processing|Syncing': 'Running',
  'Never ran|Never run|Not started': 'Not run yet, Not begun',
  'Out of date|Outdated|Out of sync|In sync|Synced': 'Stale, Different, In step',
  'On hold|Suspended': 'Paused, Held',
  'Retrying|Throttled|Rate limited': 'Waiting',
  'Unmet|Fulfilled|Satisfied|Unsatisfied|Exempt|Exempted': 'Met, Not met, Waived',
};

/** A word as people read it where a state stands: a whole text, a cell of a table, or after "State:". */
function foreignIn(texts: readonly string[]): string[] {
  return Object.entries(foreign).flatMap(([words, ours]) => {
    const form = new RegExp(`^(?:(?:State|Status): *)?(?:${words})(?: \\(.*\\))?$`);
    return texts.filter((text) => form.test(text)).map((text) => `"${text}", where the table says ${ours}`);
  });
}

it('no other word stands for a state', () => {
  const inCode = code.flatMap((path) =>
    linesOf(path).flatMap(([place, line]) => foreignIn(textsIn(line)).map((found) => `${place}: ${found}`)),
  );
  const inPages = pages.flatMap((path) =>
    linesOf(path).flatMap(([place, line]) =>
      // Cells of tables, and columns of what a command prints.
      foreignIn(line.split(/ {2,}|\|/).map((cell) => cell.trim().replace(/^`|`$/g, ''))).map(
        (found) => `${place}: ${found}`,
      ),
    ),
  );
  expect([...inCode, ...inPages]).toEqual([]);
});

it('a word that stands for a state is found', () => {
  expect(
    foreignIn(['Out of sync', 'Status: Completed', 'In progress (3 of 9)', 'is in progress']),
  ).toHaveLength(3);
});
