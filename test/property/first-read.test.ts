import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { makeHouse } from '../sync/pull-house.ts';
import { change, type Event, event, makeOrg, pullEverything, quiet } from './lived-in.ts';

const runs = Number(process.env.TIERLINK_HISTORIES ?? 10);
let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

/** A reference to what is not alive counts as blank. */
const isAlive = (row: string) =>
  `${row}.deleted_at is null and ${row}.merged_into is null and ${row}.in_scope`;
const reference = (table: string, column: string) =>
  `(select x.id from tierlink.${table} x where x.id = t.${column} and ${isAlive('x')}) as ${column}`;
const belongsTo = (table: string, column: string) =>
  `exists (select from tierlink.${table} x where x.id = t.${column} and ${isAlive('x')})`;

/** What counts of each entity: columns, and what must be alive for a record to count. */
const counting: Record<string, { columns: string[]; when?: string }> = {
  partner: { columns: ['id', 'name', 'country', reference('partner', 'parent'), 'started_on'] },
  customer: { columns: ['id', 'name', 'country', reference('customer', 'parent')] },
  person: { columns: ['id', 'partner', 'email', 'left_on'], when: belongsTo('partner', 'partner') },
  deal: {
    columns: [
      'id',
      reference('customer', 'customer'),
      'amount',
      'is_won',
      'close_on',
      'created_at',
      'registered_at',
    ],
  },
  credit: {
    columns: ['deal', 'partner', 'role', 'share', 'weight'],
    when: `${belongsTo('partner', 'partner')} and ${belongsTo('deal', 'deal')}`,
  },
  lead: { columns: ['id', reference('partner', 'partner'), reference('deal', 'deal'), 'delivered_at'] },
  certification: {
    columns: ['id', reference('partner', 'partner'), reference('person', 'person'), 'issued_on'],
  },
  support_case: {
    columns: ['id', reference('partner', 'partner'), reference('customer', 'customer'), 'closed_at'],
  },
};

async function whatCounts(): Promise<Record<string, unknown[]>> {
  const found: Record<string, unknown[]> = {};
  for (const [table, { columns, when = 'true' }] of Object.entries(counting)) {
    const selected = columns.map((column) => (column.startsWith('(') ? column : `t.${column}`)).join(', ');
    const order = columns.map((_column, index) => index + 1).join(', ');
    found[table] = await store.query(
      `select ${selected} from tierlink.${table} t where ${isAlive('t')} and ${when} order by ${order}`,
    );
  }
  return found;
}

async function play(history: readonly Event[]): Promise<void> {
  await emptyStore(store);
  const house = makeHouse(store, makeOrg());
  for (const each of history) {
    if (each.do === 'pull') await house.pull(each.object, { ...quiet, full: each.full });
    else if (each.do !== 'compute') change(house.crm, each);
  }
  await pullEverything(house);
  const lived = await whatCounts();
  await emptyStore(store);
  await pullEverything(makeHouse(store, house.crm));
  expect(lived).toEqual(await whatCounts());
}

describe('what a history of changes left behind', () => {
  it('is what a first read of the org finds', async () => {
    const histories = fc.array(event, { minLength: 15, maxLength: 50 });
    await fc.assert(fc.asyncProperty(histories, play), { numRuns: runs });
  }, 3_600_000);
});
