import { createReadStream } from 'node:fs';
import { z } from 'zod';
import type { App } from '../app.ts';
import { TierlinkError } from '../errors.ts';
import { type ImportKind, type ImportReport, importDefinitions, importFile } from '../sync/import.ts';
import { defineCommand } from './command.ts';
import { text } from './commands/import.messages.ts';
import { switchFlag } from './flags.ts';
import { formatCount, formatMany } from './format.ts';
import type { Screen } from './screen.ts';
import { currentActor } from './who.ts';

const resultSchema = z.strictObject({
  kind: z.string(),
  file: z.string(),
  rows: z.int(),
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  invalid: z.int(),
  peopleAdded: z.int(),
  errors: z.array(
    z.strictObject({ line: z.int(), column: z.string(), value: z.string(), reason: z.string() }),
  ),
  isDryRun: z.boolean(),
});
type Result = z.infer<typeof resultSchema>;

/** The commands that import files differ in what the rows are. */
export function importCommand(kind: ImportKind) {
  const columns = importDefinitions[kind].columns.map(({ name, required }) =>
    required ? `${name} (required)` : name,
  );
  return defineCommand({
    name: `import ${kind}`,
    summary: text.summary[kind],
    description: text.description(columns.join(', ')),
    args: { file: { help: text.file, required: true } },
    flags: { dryRun: switchFlag(text.dryRun), skipInvalid: switchFlag(text.skipInvalid) },
    examples: [`tierlink import ${kind} ${kind}.csv --dry-run`, `tierlink import ${kind} ${kind}.csv`],
    result: resultSchema,
    run: async ({ args, flags, app }) => {
      const report = await readFileInto(await app(), { kind, file: args.file, ...flags });
      return {
        result: { ...report },
        exit: report.invalid > 0 ? 68 : 0,
        next: report.isDryRun ? [] : [text.next],
      };
    },
    show,
  });
}

async function readFileInto(
  { store, clock, program }: App,
  asked: { kind: ImportKind; file: string; dryRun: boolean; skipInvalid: boolean },
): Promise<ImportReport> {
  const { kind, file, dryRun, skipInvalid } = asked;
  try {
    return await importFile(kind, createReadStream(file), {
      store,
      clock,
      context: { timeZone: program.timeZone, currency: program.currency.code },
      author: currentActor(),
      file,
      dryRun,
      skipInvalid,
    });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    if (cause instanceof TierlinkError || !['ENOENT', 'EISDIR', 'EACCES'].includes(code ?? '')) throw cause;
    throw new TierlinkError('IMPORT_FILE', { file, reason: text.unreadable(code ?? '') }, { cause });
  }
}

function show(result: Result, screen: Screen): void {
  screen.line(text.done(result.file, formatMany(result.rows, 'row')));
  screen.facts([
    [text.counts.created, formatCount(result.created)],
    [text.counts.updated, formatCount(result.updated)],
    [text.counts.unchanged, formatCount(result.unchanged)],
    [text.counts.invalid, formatCount(result.invalid)],
    ...(result.peopleAdded > 0 ? [[text.counts.people, formatCount(result.peopleAdded)] as const] : []),
  ]);
  if (result.errors.length > 0) {
    screen.line();
    screen.table(
      text.errorColumns.map((title, index) => ({ title, wrap: index === 3 })),
      result.errors.map((error) => [String(error.line), error.column, error.value, error.reason]),
    );
  }
  if (result.isDryRun) screen.line(text.dry);
}
