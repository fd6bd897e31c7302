import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import type { Tx } from '../../src/store/store.ts';
import { makeDue } from '../../src/tier/due.ts';
import { evaluateTiers, hasTierWork } from '../../src/tier/run.ts';
import { insertDeals, insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../services/shared-database.ts';
import { at, insertPartners, pass, passBy, program, tiers } from './pass.ts';

/** Long enough for another process to get as far as it can while a page is open. */
const besideMs = 700;

/** Longer than deciding a page of two takes on any machine. */
const longMs = 3000;

let database: TestDatabase;
let store: Store;
let other: Store;

/** A store in which `beside` begins when a page has read what it decides by; it may end after the page. */
function disturbed(beside: () => Promise<unknown>): { store: Store; done: Promise<unknown> } {
  let isReached = false;
  let reach = () => {};
  // What follows runs outside of the page's transaction, as another process does.
  const done = new Promise<void>((resolve) => {
    reach = resolve;
  }).then(beside);
  done.catch(() => undefined);
  const transaction: Store['transaction'] = async (work) =>
    await store.transaction(async (tx) => {
      const query: Tx['query'] = async (sql, parameters) => {
        if (!isReached && /insert into tierlink\.tier_state/.test(sql)) {
          isReached = true;
          reach();
          await Promise.race([done, new Promise((resolve) => setTimeout(resolve, besideMs))]);
        }
        return await tx.query(sql, parameters);
      };
      return await work({ ...tx, query });
    });
  return { store: { ...store, transaction }, done };
}

describeWith(postgresPrograms)('partners that change while they are evaluated', () => {
  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { dataFolder: '', databaseUrl: database.url };
    [store, other] = await Promise.all([openStore(options), openStore(options)]);
    await insertPartners(store);
    await store.query(
      `insert into tierlink.connection (id, crm, tier_mode) values ('north', 'memory', 'shadow')`,
    );
    await store.query(
      `insert into tierlink.link (connection, object, crm_id, entity, record_id, state, linked_at, changed_at)
       values ('north', 'Account', 'x', 'partner', 'B', 'live', now(), now())`,
    );
    await pass(store, '2026-03-01');
  });
  afterAll(async () => {
    await Promise.all([store.close(), other.close()]);
    await database.drop();
  });

  it('are evaluated once more when the program came to own their tiers meanwhile', async () => {
    await makeDue(store, { partners: ['B'], now: '2026-03-02T00:00:00Z' });
    const own = async (tx: Tx) => {
      await tx.query(`update tierlink.connection set tier_mode = 'owned' where id = 'north'`);
      await makeDue(tx, { partners: ['B'], now: '2026-03-02T08:00:00Z' });
    };
    const { store: watched, done } = disturbed(() => other.transaction(own));
    await evaluateTiers(watched, { program, now: at('2026-03-02') });
    await done;
    expect(await hasTierWork(store, { program, now: at('2026-03-03') })).toBe(true);
    await evaluateTiers(store, { program, now: at('2026-03-03') });
    const modes = await store.query(`select mode from tierlink.tier_state where partner_id = 'B'`);
    expect(modes).toEqual([{ mode: 'owned' }]);
  });

  it('are evaluated once more when a figure of somebody new changed meanwhile', async () => {
    await insertRows(store, 'partner', [
      { id: 'N', name: 'New', types: ['reseller'], started_on: '2020-01-01' },
    ]);
    await markDirty(store, 'partner', ['N']);
    await recomputeKpis(store, { program, now: at('2026-03-05') });
    const { store: watched, done } = disturbed(async () => {
      await insertDeals(
        other,
        `
    deal | partner | amount   | won | closed     | role    | weight
    d9   | N       | 2000 USD | yes | 2026-02-20 | sourced | 100`,
      );
      await markDirty(other, 'deal', ['N']);
      await recomputeKpis(other, { program, now: at('2026-03-05') });
    });
    await evaluateTiers(watched, { program, now: at('2026-03-05') });
    await done;
    const before = (await tiers(store)).find((line) => line.includes('N'));
    expect(await hasTierWork(store, { program, now: at('2026-03-06') })).toBe(true);
    await evaluateTiers(store, { program, now: at('2026-03-06') });
    expect((await tiers(store)).find((line) => line.includes('N'))).not.toEqual(before);
  });

  it('and whose figures are computed at the same time keep nobody waiting for each other', async () => {
    await insertRows(store, 'partner', [
      { id: 'Z', name: 'Zed', types: ['reseller'], started_on: '2020-01-01' },
    ]);
    await markDirty(store, 'partner', ['Z']);
    await recomputeKpis(store, { program, now: at('2026-03-06') });
    await markDirty(store, 'partner', ['Z', 'A', 'B']);
    await store.query(
      `update tierlink.tier_state set evaluate_at = '2026-03-07T00:00:00Z' where partner_id in ('A', 'B')`,
    );
    const { store: watched, done } = disturbed(() =>
      recomputeKpis(other, { program, now: at('2026-03-06') }),
    );
    await evaluateTiers(watched, { program, now: at('2026-03-07') });
    await done;
    expect(await hasTierWork(store, { program, now: at('2026-03-07') })).toBe(true);
  });
});

describeWith(postgresPrograms)('a page that is decided while the one before is stored', () => {
  beforeAll(async () => {
    database = await createTestDatabase();
    store = await openStore({ dataFolder: '', databaseUrl: database.url });
  });
  afterAll(async () => {
    await store.close();
    await database.drop();
  });

  /** The first page with a newcomer is stored once the partners on the ladders are counted, or nobody is about to. */
  function slow(): Store {
    let isSlow = true;
    let count = () => {};
    const counted = new Promise<void>((resolve) => {
      count = resolve;
    });
    const transaction: Store['transaction'] = async (work) =>
      await store.transaction(async (tx) => {
        const query: Tx['query'] = async (sql, parameters) => {
          if (isSlow && /insert into tierlink\.tier_state/.test(sql)) {
            isSlow = false;
            await Promise.race([counted, new Promise((resolve) => setTimeout(resolve, longMs))]);
          }
          const rows = tx.query(sql, parameters);
          if (/count\(distinct p\.id\)/.test(sql)) void rows.then(count);
          return (await rows) as never;
        };
        return await work({ ...tx, query });
      });
    return { ...store, transaction };
  }

  it('counts newcomers of that one among the partners on the ladders', async () => {
    const strict = programOf({
      head: 'approval: { downShare: 30 %, minimum: 1 }',
      kpis: '  points: { label: Points, help: Points, unit: number, measure: { sum: fact.quantity } }',
      ladders: `  - key: main
    label: Main
    tiers: [{ key: bronze, label: Bronze }, { key: gold, label: Gold, requirements: { kpi: points, atLeast: 30 } }]
    movement: { grace: { reviews: 0 } }`,
    });
    const insert = async (ids: readonly string[]) => {
      const partners = ids.map((id) => ({ id, name: id, types: ['reseller'], started_on: '2020-01-01' }));
      await insertRows(store, 'partner', partners);
      const points = { kind: 'points', quantity: 30, occurred_on: '2026-01-01' };
      await insertRows(
        store,
        'fact',
        ids.map((id) => ({ ...points, id: `f${id}`, partner: id })),
      );
      await markDirty(store, 'partner', [...ids]);
    };
    await insert(['Y', 'Z']);
    await passBy(store, strict, '2026-02-01');
    await insert(['A', 'B']);
    await store.query(`update tierlink.fact set quantity = 1 where partner = 'Z'`);
    await markDirty(store, 'fact', ['Z']);
    const now = at('2026-04-01');
    await recomputeKpis(store, { program: strict, now });
    const { held, movements } = await evaluateTiers(slow(), { program: strict, now, pageSize: 2 });
    expect({ held, movements }).toEqual({ held: [], movements: { enrol: 2, demote: 1 } });
  });
});
