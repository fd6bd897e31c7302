import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import type { AnyCommand } from '../../src/cli/command.ts';
import { commands } from '../../src/cli/commands/index.ts';
import { schemaFile } from '../../src/cli/json-page.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import { type Ran, shown } from './harness.ts';

const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
const validators = new Map<string, ValidateFunction>();

/** Commands whose results were compared with what is published, in this test file. */
export const comparedCommands = new Set<string>();

/** The command that a command line names. */
export function commandOf(argv: readonly string[]) {
  const names = [2, 1].map((count) => argv.slice(0, count).join(' '));
  return names.map((name) => commands.find((each) => each.name === name)).find((each) => each !== undefined);
}

/** Throws when what was printed with --json is not what docs/json/ says, or says less than the command's own schema. */
export function comparePublished(argv: readonly string[], ran: Ran): void {
  const command = commandOf(argv);
  if (command === undefined) return;
  const printed = JSON.parse(ran.out) as { status: number; result?: unknown };
  if (ran.err !== '') throw new Error(`stderr: ${ran.err}`);
  if (printed.status !== ran.exit) throw new Error(`status ${printed.status} and exit ${ran.exit} differ`);
  const isResult = printed.result !== undefined;
  const file = isResult ? schemaFile(command) : 'failure.json';
  const validate =
    validators.get(file) ??
    ajv.compile(JSON.parse(readFileSync(fromPackageRoot('docs', 'json', file), 'utf8')));
  validators.set(file, validate);
  if (!validate(printed)) throw new Error(`${argv.join(' ')}: ${file}: ${ajv.errorsText(validate.errors)}`);
  if (!isResult) return;
  command.result.parse(printed.result);
  expectWhole(command, printed.result);
  comparedCommands.add(command.name);
}

/** Throws when people on a narrow terminal do not see a value that others see, or colours where they want none. */
function expectWhole(command: AnyCommand, result: unknown): void {
  const [wide, narrow] = [Number.POSITIVE_INFINITY, 60].map((columns) => shown(command, result, columns));
  if (`${wide}${narrow}`.includes('\u001b')) throw new Error(`${command.name}: escapes without colours`);
  const pieces = new Set(wordsOf(narrow!));
  const lost = [...new Set(wordsOf(wide!))].filter((word) => !isMadeOf(word, pieces));
  if (lost.length > 0) throw new Error(`${command.name}: lost at 60 columns: ${lost.join(' ')}\n${narrow}`);
}

/** Titles of columns have a colon where a row is a list. */
function wordsOf(text: string): string[] {
  return text
    .split(/\s+/)
    .map((word) => word.replace(/:$/, ''))
    .filter((word) => word !== '');
}

/** Whether a word is there, whole or broken where a line ended. */
function isMadeOf(word: string, pieces: ReadonlySet<string>): boolean {
  if (word === '' || pieces.has(word)) return true;
  for (let end = word.length - 1; end > 0; end -= 1)
    if (pieces.has(word.slice(0, end)) && isMadeOf(word.slice(end), pieces)) return true;
  return false;
}
