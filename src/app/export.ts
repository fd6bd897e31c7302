import type { Store, Tx } from '../store/store.ts';
import { column, type ExportColumn, type ExportTable } from './export-columns.ts';
import { recordTables } from './export-records.ts';
import { resultTables } from './export-results.ts';
import { syncTables } from './export-sync.ts';

/** Every table that can be written to a file, in the order of the documentation. */
export const exportTables: readonly ExportTable[] = [...recordTables, ...resultTables, ...syncTables];

/** Rows that are in memory at once. */
const pageSize = 2_000;

/** A value as the store gives it: numbers with decimals and whole numbers beyond 2^53 as text. */
export type ExportRow = readonly unknown[];

/**
 * Reads a table as it is at one moment, and hands over its columns, attributes of one's own among them, and then its rows,
 * page by page in a stable order. On the embedded store everybody else waits meanwhile.
 */
export async function readExport(
  store: Store,
  table: ExportTable,
  on: {
    columns: (columns: readonly ExportColumn[]) => Promise<void>;
    rows: (rows: readonly ExportRow[]) => Promise<void>;
  },
): Promise<number> {
  return await store.transaction(async (tx) => {
    // Columns and rows of one moment.
    await tx.query('set transaction isolation level repeatable read');
    const columns = [...table.columns, ...(await extraColumns(tx, table))];
    await on.columns(columns);
    const values = columns.map(({ sql }, index) => `${sql} as c${index}`).join(', ');
    await tx.query(
      `declare export_rows no scroll cursor for select ${values} from ${table.from} order by ${table.order}`,
    );
    let count = 0;
    for (;;) {
      const page = await tx.query(`fetch ${pageSize} from export_rows`);
      if (page.length > 0)
        await on.rows(page.map((row) => columns.map((_column, index) => row[`c${index}`])));
      count += page.length;
      if (page.length < pageSize) return count;
    }
  });
}

/** A column for each attribute of one's own that a record has; an amount of money has its currency in another one. */
async function extraColumns(tx: Tx, { from, extra }: ExportTable): Promise<ExportColumn[]> {
  if (extra === null) return [];
  const found = await tx.query<{ key: string; isMoney: boolean; isList: boolean }>(
    `select e.key, bool_or(e.value ? 'amount' and e.value ? 'currency') as "isMoney",
       bool_or(jsonb_typeof(e.value) = 'array') as "isList"
     from ${from}, lateral jsonb_each(${extra}.extra) e group by e.key order by e.key collate "C"`,
  );
  return found.flatMap(({ key, isMoney, isList }) => {
    const quoted = `'${key.replaceAll("'", "''")}'`;
    const meaning = 'An attribute of your own.';
    const value = `${extra}.extra -> ${quoted}`;
    const text = `${extra}.extra ->> ${quoted}`;
    if (isMoney)
      return [
        column(`extra.${key}`, 'text', `coalesce(${value} ->> 'amount', ${text})`, meaning),
        column(`extra.${key}Currency`, 'text', `${value} ->> 'currency'`, 'Its currency.'),
      ];
    return [
      isList ? column(`extra.${key}`, 'list', value, meaning) : column(`extra.${key}`, 'text', text, meaning),
    ];
  });
}
