import type { Org } from '../../connectors/salesforce/simulator/org.ts';
import type { Row } from '../../connectors/salesforce/simulator/types.ts';
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
    state[name] = inOrder(rows.map((row) => withoutLedger(withPlainBase(without(row, left)))));
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

const writtenByUs = ['Tierlink_Decision__c', 'Tierlink_KPI_Period__c', 'Tierlink_Status__c'];
const people = [
  'Account',
  'Contact',
  'Lead',
  'Opportunity',
  'OpportunityPartner',
  'Partner_Certification__c',
  'Case',
];

/** Live records of the org. Ids of records that we create follow the order of creation, so these go by their key. */
export function orgState(org: Org): Record<string, Row[]> {
  const state: Record<string, Row[]> = {};
  for (const object of people) state[object] = org.dump(object);
  for (const object of writtenByUs) {
    state[object] = inOrder(org.dump(object).map((row) => without(row, new Set(['Id', 'Name']))));
  }
  return state;
}

function without<T extends object>(row: T, left: ReadonlySet<string>): T {
  return Object.fromEntries(Object.entries(row).filter(([column]) => !left.has(column))) as T;
}

function inOrder<T>(rows: readonly T[]): T[] {
  const keyed = rows.map((row) => ({ row, key: JSON.stringify(row) }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ row }) => row);
}
