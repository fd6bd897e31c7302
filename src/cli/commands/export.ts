import { join, resolve } from 'node:path';
import { z } from 'zod';
import { exportTables, readExport } from '../../app/export.ts';
import type { ExportColumn, ExportTable } from '../../app/export-columns.ts';
import { TierlinkError } from '../../errors.ts';
import { suggestion } from '../../model/closest.ts';
import { sealAudit } from '../../store/audit-chain.ts';
import type { Store } from '../../store/store.ts';
import { defineCommand } from '../command.ts';
import { csvMark, csvText } from '../csv.ts';
import { type ExportFormat, exportText } from '../export-file.ts';
import { switchFlag, textFlag } from '../flags.ts';
import { formatCount, formatMany } from '../format.ts';
import { refuseExisting, writeWholeFile } from '../out-file.ts';
import { text } from './export.messages.ts';

const name = 'export';

export const exportCommand = defineCommand({
  name,
  summary: text.summary,
  description: text.description,
  args: { tables: { help: text.tables, required: false, many: true } },
  flags: {
    all: switchFlag(text.all),
    csv: textFlag('PATH', text.csv),
    jsonl: textFlag('PATH', text.jsonl),
    force: switchFlag(text.force),
  },
  examples: [
    'tierlink export partners --csv partners.csv',
    'tierlink export deals credits --jsonl handover',
    'tierlink export --all --csv tierlink-export',
  ],
  result: z.strictObject({
    tables: z
      .array(
        z.strictObject({
          table: z.string().describe('Name of the table.'),
          rows: z.int().describe('Rows that were written.'),
          file: z.string().describe('The file.'),
        }),
      )
      .describe('What was written, a line for each file.'),
  }),
  run: async ({ app, args, flags, zone, progress, signal }) => {
    const { format, path } = targetOf(flags);
    const tables = chosen(args.tables, flags.all);
    const isOne = tables.length === 1 && !flags.all;
    const files = tables.map((table) => ({
      table,
      file: resolve(isOne ? path : join(path, `${table.name}.${format}`)),
    }));
    const { force } = flags;
    // Before the first one is written, so that none is where another is refused.
    for (const { file } of files) refuseExisting(file, { force, command: name });
    const { store } = await app();
    await sealAudit(store);
    const written: { table: string; rows: number; file: string }[] = [];
    for (const { table, file } of files) {
      progress.note(text.doing(table.name));
      const rows = await writeTable(store, table, { file, format, zone: zone(), force, signal });
      written.push({ table: table.name, rows, file });
    }
    return { result: { tables: written } };
  },
  show: ({ tables }, screen) => {
    screen.table(
      text.columns.map((title, index) => ({ title, align: index === 1 ? 'right' : 'left' })),
      tables.map(({ table, rows, file }) => [table, formatCount(rows), file]),
    );
    screen.line();
    const rows = tables.reduce((sum, one) => sum + one.rows, 0);
    screen.line(text.wrote(formatMany(tables.length, 'file'), formatMany(rows, 'row')));
  },
});

function targetOf({ csv, jsonl }: { csv: string | undefined; jsonl: string | undefined }): {
  format: ExportFormat;
  path: string;
} {
  if (csv !== undefined && jsonl === undefined) return { format: 'csv', path: csv };
  if (jsonl !== undefined && csv === undefined) return { format: 'jsonl', path: jsonl };
  throw usage(text.oneFormat);
}

/** The tables meant, each once, in their own order. Throws USAGE. */
function chosen(words: readonly string[] | undefined, all: boolean): readonly ExportTable[] {
  const known = exportTables.map((table) => table.name);
  const wanted = (words ?? []).map((word) => word.toLowerCase());
  if (all && wanted.length > 0) throw usage(text.notBoth);
  if (all) return exportTables;
  if (wanted.length === 0) throw usage(text.someTables(known.join(', ')));
  for (const word of wanted) {
    if (known.includes(word)) continue;
    const near = suggestion(word, known);
    throw usage(text.badTable(word, near === '' ? text.listTables(known.join(', ')) : near));
  }
  return exportTables.filter((table) => wanted.includes(table.name));
}

async function writeTable(
  store: Store,
  table: ExportTable,
  of: { file: string; format: ExportFormat; zone: string; force: boolean; signal: AbortSignal },
): Promise<number> {
  const { file, format, zone, force, signal } = of;
  let rows = 0;
  await writeWholeFile(file, { force, command: name }, async (write) => {
    let columns: readonly ExportColumn[] = [];
    rows = await readExport(store, table, {
      columns: async (found) => {
        columns = found;
        if (format === 'csv') await write(csvMark + csvText([found.map((column) => column.name)]));
      },
      rows: async (page) => {
        if (signal.aborted) throw new TierlinkError('INTERRUPTED');
        await write(exportText(page, { columns, format, zone }));
      },
    });
  });
  return rows;
}

function usage(reason: string): TierlinkError {
  return new TierlinkError('USAGE', { reason, command: name });
}
