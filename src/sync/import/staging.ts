import { createHash } from 'node:crypto';
import { fileKeyOf } from '../../model/record-id.ts';
import type { Tx } from '../../store/store.ts';
import { recordsPerBatch } from './kinds.ts';
import type { ImportRow, ParsedPage, RowError } from './parse.ts';
import type { BroughtRecord, ImportRecord } from './rows.ts';

/**
 * Where the rows of a file are while it is imported: in temporary tables, which go with the transaction. So a file is never
 * in memory but for a page of it, whatever its rows have to do with one another.
 *
 * import_row: the cells as they are in the file · import_asked, import_found: what rows call others, and whom that means ·
 * import_record: rows that are sound, as records · import_failed: keys of rows with errors · import_place: who was the first
 * to say something that only one may say · import_brought: records that come along · import_finding: what people are told.
 *
 * Texts of any length are looked up by hash indexes, which take long ones, or by their digests, of which the planner knows
 * without being told that no two are the same.
 */
const tables = [
  'import_row (line integer primary key, cells json not null)',
  'import_asked (entity text not null, word text not null)',
  'import_found (entity text not null, word text not null, ids text[] not null)',
  `import_record (line integer primary key, key text not null, row_key text not null unique, id text not null, own_id text,
     place text, stays boolean not null default true, record json not null)`,
  'import_failed (key text not null, line integer not null)',
  'import_place (place text primary key, line integer not null, said json)',
  `import_brought (number bigint generated always as identity, entity text not null, id text not null,
     record jsonb not null, primary key (entity, id))`,
  `import_finding (number bigint generated always as identity, kind text not null, line integer not null,
     column_name text not null, value text not null, reason text not null)`,
];
const indexes = [
  'import_found using hash (word)',
  ...['key', 'id', 'place'].map((column) => `import_record using hash (${column})`),
  'import_failed using hash (key)',
  'import_finding (line)',
];

/** Makes the tables of one import in its transaction, in one statement. */
export async function openStaging(tx: Tx): Promise<void> {
  const made = [
    ...tables.map((table) => `create temporary table ${table} on commit drop;`),
    ...indexes.map((index) => `create index on pg_temp.${index};`),
  ];
  await tx.query(`do $$ begin ${made.join(' ')} end $$`);
}

/** error: the row is not imported. waiting: it counts for nothing yet. ignored: the cell changes nothing. */
export type FindingKind = 'error' | 'waiting' | 'ignored';

/** Keeps the rows of a page, and what is wrong with those that have too many cells or too few. */
export async function stagePage(tx: Tx, { rows, errors, broken }: ParsedPage): Promise<void> {
  await insert(tx, 'import_row (line, cells)', 'line integer, cells json', rows);
  await addFindings(tx, 'error', errors);
  await addFailed(
    tx,
    broken.map(({ line, cells }) => ({ key: fileKeyOf(cells.id ?? ''), line })),
  );
}

/** Tells the planner how much is staged; without that a page would be looked up in the whole table. */
export async function analyzeStaging(
  tx: Tx,
  table: 'row' | 'record' | 'failed' | 'asked' | 'found',
): Promise<void> {
  await tx.query(`analyze pg_temp.import_${table}`);
}

/** The rows of the file, page by page in their order. */
export async function* rowPages(tx: Tx): AsyncGenerator<ImportRow[]> {
  yield* pages<ImportRow & { [column: string]: unknown }>(
    tx,
    'select line, cells from pg_temp.import_row where line > $1 order by line limit $2',
  );
}

/** A record and what tells its row from others. */
export interface StagedRecord {
  record: ImportRecord;
  /** Equal for rows that mean the same. */
  rowKey: string;
  /** Equal for rows that mean the same in another way of naming it. (Default: there is none) */
  place?: string | undefined;
}

export async function stageRecords(tx: Tx, staged: readonly StagedRecord[]): Promise<void> {
  const rows = staged.map(({ record: { cells, ...record }, rowKey, place }) => ({
    ...{ line: record.line, key: record.key, id: record.id, row_key: digestOf(rowKey), place, record },
    own_id: cells.id || undefined,
  }));
  await insert(
    tx,
    'import_record (line, key, id, row_key, place, own_id, record)',
    'line integer, key text, id text, row_key text, place text, own_id text, record json',
    rows,
  );
}

/** Rows that were read before with these keys, by key. */
export async function stagedRows(tx: Tx, rowKeys: readonly string[]): Promise<Map<string, ImportRow>> {
  const byDigest = new Map(rowKeys.map((key) => [digestOf(key), key]));
  const rows = await tx.query<ImportRow & { digest: string }>(
    `select r.row_key as digest, r.line, w.cells from pg_temp.import_record r
     join pg_temp.import_row w on w.line = r.line where r.row_key = any($1::text[])`,
    [[...byDigest.keys()]],
  );
  return new Map(rows.map(({ digest, line, cells }) => [byDigest.get(digest)!, { line, cells }]));
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64');
}

/** The records that stay, page by page in the order of the file, under the ids and keys that they have by now. */
export async function* recordPages(tx: Tx): AsyncGenerator<ImportRecord[]> {
  const found = pages<StoredRecord>(
    tx,
    `select r.line, r.key, r.id, r.record, w.cells from pg_temp.import_record r
     join pg_temp.import_row w on w.line = r.line where r.line > $1 and r.stays order by r.line limit $2`,
  );
  for await (const page of found) yield page.map(recordOf);
}

interface StoredRecord extends Record<string, unknown> {
  line: number;
  key: string;
  id: string;
  record: Omit<ImportRecord, 'cells'>;
  cells: ImportRecord['cells'];
}

function recordOf({ key, id, record, cells }: StoredRecord): ImportRecord {
  return { ...record, key, id, cells };
}

/**
 * Records that stay, page by page, those with the same key together and in the order of the first of them. A page has as many
 * as others, or all of one key.
 */
export async function* keyPages(tx: Tx): AsyncGenerator<ImportRecord[]> {
  await tx.query('drop table if exists pg_temp.import_key');
  await tx.query(
    `create temporary table import_key on commit drop as
     select min(line) as line, key, count(*)::integer as rows from pg_temp.import_record where stays group by key`,
  );
  await tx.query('create index on pg_temp.import_key (line)');
  for (let after = 0; ; ) {
    const next = await tx.query<{ line: number; key: string; rows: number }>(
      'select line, key, rows from pg_temp.import_key where line > $1 order by line limit $2',
      [after, recordsPerBatch],
    );
    if (next.length === 0) return;
    let rows = 0;
    const taken = next.filter((each, index) => {
      const isTaken = index === 0 || rows + each.rows <= recordsPerBatch;
      rows = isTaken ? rows + each.rows : Number.POSITIVE_INFINITY;
      return isTaken;
    });
    after = taken.at(-1)!.line;
    const found = await tx.query<StoredRecord>(
      `select r.line, r.key, r.id, r.record, w.cells from unnest($1::text[]) with ordinality k(key, number)
       join pg_temp.import_record r on r.key = k.key and r.stays
       join pg_temp.import_row w on w.line = r.line order by k.number, r.line`,
      [taken.map(({ key }) => key)],
    );
    yield found.map(recordOf);
  }
}

/** Gives records another id, and another key where they have one. */
export async function renameRecords(
  tx: Tx,
  renamed: readonly Pick<ImportRecord, 'line' | 'id' | 'key'>[],
): Promise<void> {
  if (renamed.length === 0) return;
  await tx.query(
    `update pg_temp.import_record r set id = n.id, key = n.key
     from jsonb_to_recordset($1::jsonb) as n(line integer, id text, key text) where r.line = n.line`,
    [JSON.stringify(renamed.map(({ line, id, key }) => ({ line, id, key })))],
  );
}

/** Whether any record that stays has an id of its own. */
export async function hasOwnIds(tx: Tx): Promise<boolean> {
  const rows = await tx.query('select from pg_temp.import_record where own_id is not null and stays limit 1');
  return rows.length > 0;
}

/** Which of these ids records have that stay. */
export async function idsTaken(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    'select distinct id from pg_temp.import_record where id = any($1::text[]) and stays',
    [[...new Set(ids)]],
  );
  return new Set(rows.map(({ id }) => id));
}

/** Leaves out every record of whose row an error is told. */
export async function leaveOutErrors(tx: Tx): Promise<void> {
  await tx.query(
    `update pg_temp.import_record r set stays = false
     where stays and exists (select from pg_temp.import_finding f where f.line = r.line and f.kind = 'error')`,
  );
}

/** Notes rows with errors as such by their keys, and leaves them out. */
export async function failFound(tx: Tx): Promise<void> {
  await tx.query(
    `insert into pg_temp.import_failed (key, line) select r.key, r.line from pg_temp.import_record r
     where r.stays and exists (select from pg_temp.import_finding f where f.line = r.line and f.kind = 'error')`,
  );
  await leaveOutErrors(tx);
}

/** Notes what was said first, of what only one row may say; `said` comes back with it. */
export async function addPlaces(
  tx: Tx,
  places: ReadonlyMap<string, { line: number; said?: unknown }>,
): Promise<void> {
  const rows = [...places].map(([place, { line, said = null }]) => ({ place: digestOf(place), line, said }));
  await insert(tx, 'import_place (place, line, said)', 'place text, line integer, said json', rows);
}

/** Of these places the rows that were first. */
export async function placesOf<Said = null>(
  tx: Tx,
  places: readonly string[],
): Promise<Map<string, { line: number; said: Said }>> {
  const byDigest = new Map(places.map((place) => [digestOf(place), place]));
  const rows = await tx.query<{ digest: string; line: number; said: Said }>(
    'select place as digest, line, said from pg_temp.import_place where place = any($1::text[])',
    [[...byDigest.keys()]],
  );
  return new Map(rows.map(({ digest, line, said }) => [byDigest.get(digest)!, { line, said }]));
}

export async function addFailed(tx: Tx, failed: readonly { key: string; line: number }[]): Promise<void> {
  await insert(tx, 'import_failed (key, line)', 'key text, line integer', failed);
}

/** Of these keys the first rows that had errors. */
export async function failedOf(tx: Tx, keys: readonly string[]): Promise<Map<string, number>> {
  const rows = await tx.query<{ key: string; line: number }>(
    'select key, min(line) as line from pg_temp.import_failed where key = any($1::text[]) group by key',
    [[...new Set(keys)]],
  );
  return new Map(rows.map(({ key, line }) => [key, line]));
}

/** Notes what comes along. Of several rows that name somebody new, the first that says something is taken at its word. */
export async function addBrought(tx: Tx, brought: readonly BroughtRecord[]): Promise<void> {
  const byId = new Map<string, BroughtRecord>();
  for (const each of brought) {
    const place = `${each.entity} ${each.id}`;
    byId.set(place, { ...each, values: { ...each.values, ...byId.get(place)?.values } });
  }
  if (byId.size === 0) return;
  const rows = [...byId.values()].map((record) => ({ entity: record.entity, id: record.id, record }));
  await tx.query(
    `insert into pg_temp.import_brought (entity, id, record)
     select r.entity, r.id, r.record from json_to_recordset($1::json) as r(entity text, id text, record jsonb)
     on conflict (entity, id) do update set record = jsonb_set(excluded.record, '{values}',
       (excluded.record->'values') || (import_brought.record->'values'))`,
    [JSON.stringify(rows)],
  );
}

/** What comes along, page by page, an entity after the other. */
export async function* broughtPages(tx: Tx): AsyncGenerator<BroughtRecord[]> {
  const entities = await tx.query<{ entity: string }>(
    'select entity from pg_temp.import_brought group by entity order by min(number)',
  );
  for (const { entity } of entities) {
    const found = pages<{ line: number; record: BroughtRecord }>(
      tx,
      `select number::integer as line, record from pg_temp.import_brought
       where number > $1 and entity = $3 order by number limit $2`,
      [entity],
    );
    for await (const page of found) yield page.map(({ record }) => record);
  }
}

export async function addFindings(tx: Tx, kind: FindingKind, findings: readonly RowError[]): Promise<void> {
  const rows = findings.map(({ line, column, value, reason }) => ({
    ...{ kind, line, value, reason },
    column_name: column,
  }));
  await insert(
    tx,
    'import_finding (kind, line, column_name, value, reason)',
    'kind text, line integer, column_name text, value text, reason text',
    rows,
  );
}

/** How many rows and cells have a finding, and the first of them by line. */
export async function findingsOf(
  tx: Tx,
  kind: FindingKind,
  limit: number,
): Promise<{ rows: number; findings: number; first: RowError[] }> {
  const [counted] = await tx.query<{ rows: number; findings: number }>(
    `select count(distinct line)::integer as rows, count(*)::integer as findings
     from pg_temp.import_finding where kind = $1`,
    [kind],
  );
  const first = await tx.query<RowError & Record<string, unknown>>(
    `select line, column_name as column, value, reason from pg_temp.import_finding
     where kind = $1 order by line, number limit $2`,
    [kind, limit],
  );
  return { ...counted!, first };
}

/** A row of which something is told: its cells and all that is. */
export interface FoundRow {
  line: number;
  /** The worst of what is told. */
  kind: FindingKind;
  /** null for a row that has too many cells or too few: which of them is which is not known. */
  cells: Record<string, string> | null;
  /** The worst first. */
  reasons: { column: string; reason: string }[];
}

/** The rows of which something is told, each once, page by page in the order of the file. */
export async function* foundPages(tx: Tx): AsyncGenerator<FoundRow[]> {
  yield* pages<FoundRow & { [column: string]: unknown }>(
    tx,
    `select p.line, f.kind, w.cells, f.reasons
     from (select distinct line from pg_temp.import_finding where line > $1 order by line limit $2) p
     cross join lateral (select (array_agg(kind order by worst))[1] as kind,
         json_agg(json_build_object('column', column_name, 'reason', reason) order by worst, number) as reasons
       from (select *, array_position(array['error', 'waiting', 'ignored'], kind) as worst
         from pg_temp.import_finding where line = p.line) told) f
     left join pg_temp.import_row w on w.line = p.line
     order by p.line`,
  );
}

/** Pages of what a statement selects after the line $1, at most $2 of it. */
async function* pages<Row extends { line: number }>(
  tx: Tx,
  sql: string,
  more: readonly unknown[] = [],
): AsyncGenerator<Row[]> {
  for (let after = 0; ; ) {
    const page = await tx.query<Row>(sql, [after, recordsPerBatch, ...more]);
    if (page.length > 0) yield page;
    if (page.length < recordsPerBatch) return;
    after = page.at(-1)!.line;
  }
}

/** Rows as json and not as jsonb, which would put the keys of objects into another order. */
async function insert(tx: Tx, into: string, columns: string, rows: readonly object[]): Promise<void> {
  if (rows.length === 0) return;
  const names = into.slice(into.indexOf('(') + 1, -1);
  await tx.query(
    `insert into pg_temp.${into} select ${names} from json_to_recordset($1::json) as r(${columns})`,
    [JSON.stringify(rows)],
  );
}
