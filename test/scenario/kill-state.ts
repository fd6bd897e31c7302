import type { Org } from '../../connectors/salesforce/simulator/org.ts';
import type { Executor } from '../../src/store/store.ts';
import type { StoreState } from './kill-words.ts';

/** Tables about how the work went, which tell the restarts by their nature. */
const aboutTheWork = new Set(['lease', 'run', 'budget', 'coverage', 'migration']);

/** Columns that name a run, count attempts, or hold the database's own clock. */
const aboutTheRun = new Set(['run_id', 'attempts']);
const ownColumns: Readonly<Record<string, readonly string[]>> = {
  audit: ['id'],
  connection: ['created_at'],
  // Whether and when a record was read once more since it was written.
  link: ['seen_at', 'seen_hash', 'changed_at'],
};

/** Every row of every table that a clean run and a killed one must agree on. */
export async function storeState(store: Executor): Promise<StoreState> {
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

/** Rows of both sides as text, by table and object; ids that the CRM gave to what we made in it are replaced by our own. */
export type EndState = Record<string, string[]>;

const madeByUs = ['Tierlink_Decision__c', 'Tierlink_KPI_Period__c', 'Tierlink_Status__c'];
const madeByPeople = [
  'Account',
  'Contact',
  'Lead',
  'Opportunity',
  'OpportunityPartner',
  'Partner_Certification__c',
  'Case',
];

/** Ids of records that we create in the CRM follow the order of creation, and so do their automatic names. */
export function endStateOf(store: StoreState, org: Org): EndState {
  const names = new Map<string, string>();
  for (const object of madeByUs) {
    for (const row of org.rows(object)) names.set(String(row.Id), `${object} ${row.Tierlink_Id__c}`);
  }
  const textOf = (row: Record<string, unknown>) =>
    JSON.stringify(Object.fromEntries(Object.entries(row).sort(byName))).replaceAll(
      /\b[a-zA-Z0-9]{18}\b/g,
      (id) => names.get(id) ?? id,
    );
  const state: EndState = {};
  for (const [table, rows] of Object.entries(store)) state[table] = rows.map(textOf).sort();
  for (const object of madeByPeople) state[object] = org.dump(object).map(textOf).sort();
  for (const object of madeByUs) {
    state[object] = org
      .dump(object)
      .map((row) => textOf(without(row, new Set(['Name']))))
      .sort();
  }
  return state;
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
