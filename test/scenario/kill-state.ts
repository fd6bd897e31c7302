import { verifyAudit } from '../../src/store/audit-verify.ts';
import type { Store } from '../../src/store/store.ts';
import type { Side } from './kill-sides.ts';
import type { StoreState } from './kill-words.ts';

/** Tables about how the work went, which tell the restarts by their nature. */
const aboutTheWork = new Set([
  ...['lease', 'run', 'budget', 'coverage', 'migration', 'crm_user'],
  // The chain of the audit is in the order in which it was sealed.
  ...['seal', 'unsealed', 'chain'],
]);

/** Columns that name a run, count attempts, or hold the database's own clock. */
const aboutTheRun = new Set(['run_id', 'attempts', 'sent_for']);
const ownColumns: Readonly<Record<string, readonly string[]>> = {
  audit: ['id'],
  connection: ['created_at', 'state_since'],
  // Whether and when a record was read once more since it was written.
  link: ['seen_at', 'seen_hash', 'changed_at'],
};

/** Every row of every table that a clean run and a killed one must agree on. Throws where the chain of the audit is broken. */
export async function storeState(store: Store): Promise<StoreState> {
  const { faults } = await verifyAudit(store);
  if (faults.length > 0) throw new Error(`the audit is broken: ${JSON.stringify(faults)}`);
  const tables = await store.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'tierlink' order by 1`,
  );
  const state: StoreState = {};
  for (const { name } of tables) {
    if (aboutTheWork.has(name)) continue;
    const rows = await store.query(`select * from tierlink.${name}`);
    const left = new Set([...aboutTheRun, ...(ownColumns[name] ?? [])]);
    state[name] = rows.map((row) => withoutLedger(withPlainBase(without(row, left))));
  }
  return state;
}

/** A value that was read back as it was sent is the same as one that was read. */
function withPlainBase(row: Record<string, unknown>): Record<string, unknown> {
  if (!isObject(row.base)) return row;
  const base = Object.entries(row.base).map(([attribute, value]) => [attribute, plain(value)]);
  return { ...row, base: Object.fromEntries(base) };
}

/** A restart reads windows once more, and the ledger of windows read tells so, as the table of coverage does. */
function withoutLedger(row: Record<string, unknown>): Record<string, unknown> {
  if (!isObject(row.position) || !isObject(row.position.cursor)) return row;
  return {
    ...row,
    position: { ...row.position, cursor: without(row.position.cursor, new Set(['covered'])) },
  };
}

function plain(value: unknown): unknown {
  if (!isObject(value) || !('sent' in value)) return value;
  return JSON.stringify(value.ours) === JSON.stringify(value.theirs) ? value.ours : value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Rows of all sides as text, by table and object; ids that a CRM gave to what we made in it are replaced by our own. */
export type EndState = Record<string, string[]>;

/** Ids of records that we create in a CRM follow the order of creation, and those of matches that of finding them. */
export function endStateOf(store: StoreState, sides: readonly Side[]): EndState {
  const names = new Map(sides.flatMap(({ records }) => [...records.keys()]));
  const numbers = new Map([...store.match!, ...store.reject!].map((row) => [row.id, aboutWhat(row)]));
  const textOf = (row: Record<string, unknown>) =>
    sides.reduce(
      (text, { records }) => text.replaceAll(records.id, (id) => names.get(id) ?? id),
      JSON.stringify(Object.fromEntries(Object.entries(row).sort(byName))).replaceAll(
        /\b[mx]-\d{6}\b/g,
        (id) => numbers.get(id) ?? id,
      ),
    );
  const state: EndState = {};
  const take = (table: string, rows: readonly Record<string, unknown>[]) => {
    state[table] = rows.map(textOf).sort();
  };
  for (const [table, rows] of Object.entries(store))
    take(
      table,
      rows.map((row) => withPlainCursor(row, sides)),
    );
  for (const { alias, records } of sides) {
    const held = { ...records.people(), ...records.ours() };
    for (const [object, rows] of Object.entries(held)) take(`${alias} ${object}`, rows);
  }
  return state;
}

/** A death may use up the number of a match or of something that was refused; this names it without. */
function aboutWhat({ rule, one, other, ...row }: Record<string, unknown>): string {
  const { connection, object, entity, crm_id: crmId, record_id: recordId, direction, attribute } = row;
  return [rule, one, other, connection, object, entity, crmId, recordId, direction, attribute].join(' ');
}

function withPlainCursor(row: Record<string, unknown>, sides: readonly Side[]): Record<string, unknown> {
  if (!isObject(row.position) || !isObject(row.position.cursor)) return row;
  const { records } = sides.find(({ alias }) => alias === row.connection)!;
  const cursor = records.cursor(String(row.object), row.position.cursor);
  return { ...row, position: { ...row.position, cursor } };
}

const byName = ([left]: [string, unknown], [right]: [string, unknown]) => (left < right ? -1 : 1);

/** What two states do not share, by table; empty when they are the same. */
export function differencesOf(expected: EndState, actual: EndState): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const table of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
    const [should, is] = [expected[table] ?? [], actual[table] ?? []];
    const missing = linesNotIn(should, is);
    const added = linesNotIn(is, should);
    if (missing.length + added.length > 0) found[table] = { missing, added };
  }
  return found;
}

/** The lines of one list that another does not have, as often as it does not have them. */
function linesNotIn(lines: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return lines.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

function without<T extends object>(row: T, left: ReadonlySet<string>): T {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !left.has(column))) as T;
}
