import type { Tx } from '../../store/store.ts';
import type { CsvContents } from './csv-read.ts';
import { noteDecimals, numberColumns, type ShownDecimals } from './numbers.ts';
import { type ImportRow, type ParseOptions, parseImport, type RowError } from './parse.ts';
import { askFor, referencesOf } from './references.ts';
import {
  errorIn,
  hasSameCells,
  type ImportRules,
  type Reading,
  type RowsContext,
  rowReader,
} from './rows.ts';
import {
  addFailed,
  addFindings,
  analyzeStaging,
  rowPages,
  type StagedRecord,
  stagedRows,
  stagePage,
  stageRecords,
} from './staging.ts';

export interface StagedFile {
  /** How many rows it has. */
  rows: number;
  columns: readonly string[];
  /** What its numbers show of how it writes them. */
  shown: ShownDecimals;
}

/** Stages the rows of a file as they are, and what they refer to. */
export async function stageFile(
  tx: Tx,
  { file, contents, ...options }: ParseOptions & { file: string; contents: CsvContents },
): Promise<StagedFile> {
  const { definition } = options;
  const numeric = numberColumns(definition);
  const shown: ShownDecimals = { point: false, comma: false };
  let rows = 0;
  let columns: readonly string[] = [];
  for await (const page of parseImport(file, contents, options)) {
    for (const { cells } of page.rows) for (const name of numeric) noteDecimals(shown, cells[name] ?? '');
    await stagePage(tx, page);
    await askFor(tx, definition, page.rows);
    rows += page.rows.length + page.errors.length;
    columns = page.columns;
  }
  await analyzeStaging(tx, 'row');
  return { rows, columns, shown };
}

/**
 * Reads the staged rows: sound ones are staged as records, of others it is told what is wrong with them. Returns how many said
 * exactly what an earlier one said.
 */
export async function readStaged(tx: Tx, by: RowsContext): Promise<number> {
  const read = rowReader(by);
  let repeated = 0;
  for await (const rows of rowPages(tx)) {
    const references = await referencesOf(tx, rows);
    const readings = rows.map((row) => read(row, references));
    const earlier = await stagedRows(
      tx,
      readings.map(({ rowKey }) => rowKey),
    );
    const sifted = sift(readings, earlier, by.rules);
    await stageRecords(tx, sifted.sound);
    await addFindings(tx, 'error', sifted.errors);
    await addFailed(tx, sifted.failed);
    repeated += sifted.repeated;
  }
  await analyzeStaging(tx, 'record');
  await analyzeStaging(tx, 'failed');
  return repeated;
}

interface Sifted {
  sound: StagedRecord[];
  errors: RowError[];
  failed: { key: string; line: number }[];
  repeated: number;
}

function sift(
  readings: readonly Reading[],
  seen: Map<string, ImportRow>,
  { placeOf }: Pick<ImportRules, 'placeOf'>,
): Sifted {
  const sifted: Sifted = { sound: [], errors: [], failed: [], repeated: 0 };
  for (const { record, errors, rowKey } of readings) {
    const earlier = seen.get(rowKey);
    if (earlier !== undefined && hasSameCells(earlier, record)) {
      sifted.repeated += 1;
      continue;
    }
    const same = earlier && `the same record as in line ${earlier.line}, with other contents`;
    const wrong = same === undefined ? errors : [errorIn(record, '', same)];
    if (wrong.length === 0) {
      seen.set(rowKey, record);
      sifted.sound.push({ record, rowKey, place: placeOf?.(record) });
    } else {
      sifted.errors.push(...wrong);
      sifted.failed.push({ key: record.key, line: record.line });
    }
  }
  return sifted;
}
