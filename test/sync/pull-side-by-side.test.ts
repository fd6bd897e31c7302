import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import { readKpis } from '../../src/kpi/read.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { newRecordId } from '../../src/model/record-id.ts';
import type { Store } from '../../src/store/open-store.ts';
import type { Tx } from '../../src/store/store.ts';
import { spreadOutbox } from '../../src/sync/push/pending.ts';
import { programOf } from '../kpi/sample.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { emptyStore, openPostgresTestStore } from '../services/test-store.ts';
import { until } from '../services/until.ts';
import { makeHouse, type PullHouse } from './pull-house.ts';

const program = programOf({
  currency: '{ code: EUR }',
  kpis: `  revenue:
    label: Revenue
    help: All deals.
    unit: money
    measure: { sum: deal.amount }`,
});
const partner = newRecordId('partner', 'north', 'Account', 'A1');
const now = Date.parse('2026-03-02T00:00:00Z');

let store: Store;
let house: PullHouse;

/** A store of which the first transaction that writes records waits at the gate, its work done, before it commits. */
function gated(real: Store): { store: Store; reached: Promise<void>; open: () => void } {
  const gate: { open: () => void; arrive: () => void } = { open: () => {}, arrive: () => {} };
  const opened = new Promise<void>((resolve) => {
    gate.open = resolve;
  });
  const reached = new Promise<void>((resolve) => {
    gate.arrive = resolve;
  });
  let isClosed = true;
  const transaction: Store['transaction'] = async (work) =>
    await real.transaction(async (tx) => {
      let writes = false;
      const query: Tx['query'] = async (sql, parameters) => {
        writes ||= /^insert into tierlink\.(partner|person|deal|credit) /.test(sql);
        return await tx.query(sql, parameters);
      };
      const result = await work({ ...tx, query });
      if (isClosed && writes) {
        isClosed = false;
        gate.arrive();
        await opened;
      }
      return result;
    });
  return { store: { ...real, transaction }, reached, open: () => gate.open() };
}

/** Starts the other work while a pull has done its own and not committed, and lets the pull go once that waits or ends. */
async function beside(object: string, other: () => Promise<unknown>): Promise<void> {
  const gate = gated(store);
  const pull = house.pull(object, { store: gate.store });
  await gate.reached;
  let hasEnded = false;
  const work = other().finally(() => {
    hasEnded = true;
  });
  await until(async () => {
    const waiting = await store.query(
      `select 1 from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()`,
    );
    return hasEnded || waiting.length > 0;
  });
  gate.open();
  await Promise.all([pull, work]);
}

describeWith(postgresPrograms)('a pull beside other work', () => {
  beforeAll(async () => {
    store = await openPostgresTestStore();
  });
  afterAll(async () => {
    await store.close();
  });
  beforeEach(async () => {
    await emptyStore(store);
    house = makeHouse(store);
    house.crm.put('Account', 'A1', { Name: 'One', Type: 'Partner', Phone: '1' });
  });

  it('loses no mark when figures are computed while its changes cannot be read yet', async () => {
    house.crm.put('Deal', 'D1', { Name: 'Deal', Partner: 'A1', Amount: '100' });
    await house.pullAll();
    house.crm.put('Deal', 'D1', { Amount: '250' });
    // The mark of the first pull is still there, so that of the second one changes nothing.
    await beside('Deal', () => recomputeKpis(store, { program, now }));
    await recomputeKpis(store, { program, now });
    const [value] = await readKpis(store, { program, partners: [partner], now });
    expect(value).toMatchObject({ numerator: '250' });
  });

  it('loses nothing that the CRM should be told when a push compares meanwhile', async () => {
    await store.query(`insert into tierlink.connection (id, crm, write_back) values ('north', 'fake', true)`);
    await house.pullAll();
    await store.query(`update tierlink.partner set phone = 'ours'`);
    await store.query(
      `insert into tierlink.outbox (entity, record_id, since) values ('partner', $1, now()) on conflict do nothing`,
      [partner],
    );
    house.crm.put('Account', 'A1', { Country: 'SE' });
    let compared: unknown[] = [];
    await beside('Account', async () => {
      await spreadOutbox(store);
      compared = await store.query('select country from tierlink.partner');
    });
    const marks = await store.query('select 1 from tierlink.outbox');
    expect({ compared, isMarked: marks.length > 0 }).not.toEqual({
      compared: [{ country: null }],
      isMarked: false,
    });
  });

  it('keeps what it read anew of a record that heals at the same moment', async () => {
    house.crm.put('Contact', 'K1', { Name: 'Ann', Email: 'first@x.example', Account: 'A1' });
    await house.pullAll();
    house.crm.put('Contact', 'K1', { Account: 'A2', Email: 'old@x.example' });
    await house.pullAll();
    house.crm.put('Contact', 'K1', { Account: 'A1', Email: 'new@x.example' });
    house.crm.put('Account', 'A2', { Name: 'Two', Type: 'Partner' });
    await beside('Contact', () => house.pull('Account'));
    expect(await store.query('select partner, email from tierlink.person')).toEqual([
      { partner, email: 'new@x.example' },
    ]);
    expect(await store.query('select 1 from tierlink.held')).toEqual([]);
  });
});
