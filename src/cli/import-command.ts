import { z } from 'zod';
import type { App, AppConnection } from '../app.ts';
import { isTierlinkError, TierlinkError } from '../errors.ts';
import { factKindsNamed } from '../kpi/reads.ts';
import { stateLabel } from '../model/states.ts';
import { dayOf } from '../program/civil-date.ts';
import {
  type DayOrder,
  type DecimalMark,
  dayOrders,
  decimalMarks,
  type FoundRow,
  findingColumns,
  givenFlags,
  type ImportKind,
  type ImportReport,
  importDefinitions,
  importFile,
  listedFindings,
} from '../sync/import/import.ts';
import { tierNames } from '../tier/evaluate.ts';
import { defineCommand } from './command.ts';
import { text } from './commands/import/import.messages.ts';
import { csvMark, csvText } from './csv.ts';
import { contentsOf } from './file-pieces.ts';
import { choiceFlag, dayFlag, switchFlag, textFlag } from './flags.ts';
import { formatCount, formatMany } from './format.ts';
import { refuseExisting, type Write, writeWholeFile } from './out-file.ts';
import type { Screen } from './screen.ts';
import { currentActor } from './who.ts';

const rowSchema = z.strictObject({
  line: z.int(),
  column: z.string().describe('Name of the column; blank where it is about the whole row.'),
  value: z.string(),
  reason: z.string(),
});

const resultSchema = z.strictObject({
  kind: z.string(),
  file: z.string(),
  rows: z.int(),
  created: z.int(),
  updated: z.int(),
  removed: z.int().describe('Rows whose records were taken out of the program, with --remove.'),
  unchanged: z.int(),
  repeated: z
    .int()
    .describe(
      'Of the unchanged, rows that say exactly what an earlier row of the file says; they count once.',
    ),
  invalid: z.int(),
  peopleAdded: z.int(),
  customersAdded: z.int(),
  customersChanged: z.int().describe('Customers that files hold and of which a deal says something new.'),
  errors: z.array(rowSchema).describe(`The first ${listedFindings} by line; all: --errors FILE.`),
  errorCount: z.int().describe('How many errors there are altogether.'),
  waiting: z
    .array(rowSchema)
    .describe('Rows that were imported and count for nothing until another record comes; the first ones.'),
  waitingCount: z.int().describe('How many rows wait altogether.'),
  ignored: z
    .array(rowSchema)
    .describe(
      'Cells that changed nothing, because a CRM holds the customer or the deal and says something else of it; the first ones.',
    ),
  ignoredCount: z.int().describe('How many cells changed nothing altogether.'),
  errorsFile: z
    .string()
    .nullable()
    .describe('Path of the file with all rows of which something is told; null where none was asked for.'),
  feeds: z
    .array(
      z.strictObject({
        object: z.string().describe('The kind of import; of facts, with the kind of these.'),
        completeTo: z
          .string()
          .nullable()
          .describe('Last day up to which it is complete; null: files brought it in part only.'),
        lacksRows: z
          .boolean()
          .describe(
            'Whether rows of it were left out, by this file or one before, and nobody has said with --complete-to since that all are here.',
          ),
        isNamed: z
          .boolean()
          .nullable()
          .describe(
            'Of facts, whether a KPI of the program names this kind: otherwise it may be misspelt; null where no KPI names any.',
          ),
      }),
    )
    .describe('Up to which day what files hold of this kind is complete now.'),
  isDryRun: z.boolean(),
});
type Result = z.infer<typeof resultSchema>;

/** The commands that import files differ in what the rows are. */
export function importCommand(kind: ImportKind) {
  const columns = importDefinitions[kind].columns.map(({ name, required }) =>
    required ? `${name} (required)` : name,
  );
  columns.push(text.ownColumns);
  return defineCommand({
    name: `import ${kind}`,
    summary: text.summary[kind],
    description: text.description(columns.join(', ')),
    args: { file: { help: text.file, required: true } },
    flags: {
      dryRun: switchFlag(text.dryRun),
      skipInvalid: switchFlag(text.skipInvalid),
      remove: switchFlag(text.remove),
      completeTo: dayFlag(text.completeTo),
      decimals: choiceFlag('mark', text.decimals, decimalMarks),
      days: choiceFlag('order', text.days, dayOrders),
      asWritten: switchFlag(text.asWritten),
      errors: textFlag('CSV', text.errors),
      force: switchFlag(text.force),
    },
    examples: [`tierlink import ${kind} ${kind}.csv --dry-run`, `tierlink import ${kind} ${kind}.csv`],
    result: resultSchema,
    run: async ({ args, flags, app }) => {
      const { file } = args;
      const { errors: errorsFile, force, ...how } = flags;
      const out = { force, command: `import ${kind}` };
      if (errorsFile !== undefined) refuseExisting(errorsFile, out);
      const contents = contentsOf(file);
      const opened = await app();
      const { store, clock, program } = opened;
      if (flags.completeTo !== undefined && flags.completeTo > dayOf(clock.now(), program.timeZone)) {
        const reason = text.ahead(flags.completeTo);
        throw new TierlinkError('USAGE', { reason, command: `import ${kind}` });
      }
      const report = await importFile(kind, contents, {
        store,
        clock,
        context: { timeZone: program.timeZone, currency: program.currency.code },
        partnerTypes: program.partnerTypes.map(({ key }) => key),
        // What is held beside the tier is not it.
        tiers: program.ladders
          .filter(({ beside }) => !beside)
          .flatMap(({ tiers }) => tiers.flatMap(tierNames)),
        factKinds: factKindsNamed(program),
        attributes: program.attributes,
        author: currentActor(),
        file,
        ...how,
        onFindings:
          errorsFile === undefined
            ? undefined
            : (pages, columns) =>
                writeWholeFile(errorsFile, out, (write) => writeFindings(columns, { pages, write })),
      });
      const next = nextSteps(
        report,
        { ...how, errorsFile },
        isConnected(opened) ? text.nextSync : text.nextConnect,
      );
      const result = { ...report, errorsFile: errorsFile ?? null };
      return { result, exit: report.invalid > 0 ? 68 : 0, next };
    },
    show,
  });
}

/** Rows as a file that can be corrected and imported: before their own columns what is told of them. */
async function writeFindings(
  columns: readonly string[],
  { pages, write }: { pages: AsyncGenerator<FoundRow[]>; write: Write },
): Promise<void> {
  await write(csvMark + csvText([[...findingColumns, ...columns]]));
  for await (const page of pages)
    await write(
      csvText(
        page.map(({ line, kind, cells, reasons }) => [
          String(line),
          kind,
          reasons.map(({ column, reason }) => (column === '' ? reason : `${column}: ${reason}`)).join('; '),
          ...columns.map((column) => cells?.[column] ?? ''),
        ]),
      ),
    );
}

/** Whether a sync can run: some connection has all its settings, or the project has none and works on files alone. */
function isConnected({ connections }: App): boolean {
  return connections.length === 0 || connections.some(hasSettings);
}

function hasSettings(connection: AppConnection): boolean {
  try {
    connection.connector();
    return true;
  } catch (error) {
    if (isTierlinkError(error)) return false;
    throw error;
  }
}

interface Given {
  skipInvalid: boolean;
  remove: boolean;
  completeTo: string | undefined;
  decimals: DecimalMark | undefined;
  days: DayOrder | undefined;
  asWritten: boolean;
  errorsFile: string | undefined;
}

/** What changed nothing leads nowhere. */
function nextSteps(report: ImportReport, flags: Given, onward: string): string[] {
  const { kind, file, created, updated, removed, isDryRun } = report;
  const { peopleAdded, customersAdded, customersChanged } = report;
  const changes = created + updated + removed + peopleAdded + customersAdded + customersChanged;
  const complete = isDryRun ? [] : toComplete(report, flags);
  if (changes === 0) return complete;
  if (isDryRun) return [text.nextImport(kind, file, { ...flags, written: givenFlags(flags) })];
  return [...complete, onward];
}

/** How what lacks rows comes to have them all. */
function toComplete({ kind, file, invalid, removed, feeds }: ImportReport, flags: Given): string[] {
  if (removed > 0 || !feeds.some(({ lacksRows }) => lacksRows)) return [];
  const written = givenFlags(flags);
  if (invalid === 0) return [text.nextSayComplete(kind, file, written)];
  const { errorsFile } = flags;
  return [
    ...(errorsFile === undefined ? [text.nextErrors(kind, file, written)] : []),
    text.nextComplete(kind, errorsFile ?? 'wrong.csv', written),
  ];
}

function added(title: string, count: number): (readonly [string, string])[] {
  return count > 0 ? [[title, formatCount(count)]] : [];
}

function completeText({ completeTo, lacksRows, isNamed }: Result['feeds'][number]): string {
  const given = lacksRows && completeTo !== null ? text.asBefore(completeTo) : (completeTo ?? text.inPart);
  return isNamed === false ? text.notNamed(given) : given;
}

function showRows(rows: Result['errors'], count: number, screen: Screen): void {
  if (rows.length === 0) return;
  screen.line();
  screen.table(
    text.errorColumns.map((title, index) => ({ title, wrap: index === 3 })),
    rows.map(({ line, column, value, reason }) => [String(line), column, value, reason]),
  );
  if (count > rows.length) screen.line(text.more(formatCount(count - rows.length)));
}

function show(result: Result, screen: Screen): void {
  screen.line(text.done(result.file, formatMany(result.rows, 'row')));
  screen.facts([
    [stateLabel('record', 'created'), formatCount(result.created)],
    [stateLabel('record', 'updated'), formatCount(result.updated)],
    ...added(text.counts.removed, result.removed),
    [stateLabel('record', 'unchanged'), formatCount(result.unchanged)],
    ...added(text.counts.repeated, result.repeated),
    [stateLabel('record', 'invalid'), formatCount(result.invalid)],
    ...added(text.counts.people, result.peopleAdded),
    ...added(text.counts.customers, result.customersAdded),
    ...added(text.counts.customersChanged, result.customersChanged),
    ...result.feeds.map((feed) => [text.completeOf(feed.object), completeText(feed)] as const),
  ]);
  showRows(result.errors, result.errorCount, screen);
  if (result.waitingCount > 0) {
    screen.line();
    screen.line(text.waiting(formatMany(result.waitingCount, 'row waits', 'rows wait')));
    showRows(result.waiting, result.waitingCount, screen);
  }
  if (result.ignoredCount > 0) {
    screen.line();
    screen.line(text.ignored(formatMany(result.ignoredCount, 'cell')));
    showRows(result.ignored, result.ignoredCount, screen);
  }
  if (result.errorsFile !== null) screen.line(text.errorsWritten(result.errorsFile));
  if (result.removed === 0 && result.feeds.some(({ lacksRows }) => lacksRows)) screen.line(text.lacking);
  if (result.removed > 0 && result.feeds.length === 0) screen.line(text.dayStays);
  if (result.isDryRun) screen.line(text.dry);
}
