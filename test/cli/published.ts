import { readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { commands } from '../../src/cli/commands/index.ts';
import { schemaFile } from '../../src/cli/json-page.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Ran } from './harness.ts';

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
  comparedCommands.add(command.name);
}
