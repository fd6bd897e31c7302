import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals';
import pg from 'pg';
import { readKpis } from '../../src/kpi/read.ts';
import { hasKpiWork, recomputeKpis } from '../../src/kpi/recompute.ts';
import { exactRatio, exactText } from '../../src/program/exact.ts';
import { conflictAttempts } from '../../src/store/conflicts.ts';
import { acquireLease, releaseLease, renewLease } from '../../src/store/leases.ts';
import { openStore, type Store } from '../../src/store/open-store.ts';
import type { Executor, Tx } from '../../src/store/store.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { createTestDatabase, type TestDatabase } from '../services/shared-database.ts';
import { emptyStore } from '../services/test-store.ts';
import { until } from '../services/until.ts';
import { insertDeals, insertRows, markDirty, programOf } from './sample.ts';

/** Recomputations side by side, as after a lease that ran out. */
const program = programOf({
  kpis: `  place: { label: Place, help: P., unit: count, better: lower, rank: { of: revenue, within: country, as: position } }
  revenue: { label: Revenue, help: R., unit: money, measure: { sum: deal.amount } }`,
});
const now = Date.parse('2026-11-23T09:00:00Z');
let database: TestDatabase;
let store: Store;
let other: Store;

/**
 * A store in which `beside` begins at the first statement of a kind, and gets as far as it can while the transaction is open:
 * to its end, or to where it waits for its turn.
 */
function disturbed(when: RegExp, beside: () => Promise<unknown>): { store: Store; done: Promise<unknown> } {
  let isReached = false;
  let reach = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  let isOver = false;
  const done = reached.then(beside).finally(() => {
    isOver = true;
  });
  done.catch(() => undefined);
  const halted = reached.then(() => until(async () => isOver || (await isWaiting(other))));
  const transaction: Store['transaction'] = async (work) =>
    await store.transaction(async (tx) => {
      const query: Tx['query'] = async (sql, parameters) => {
        const rows = await tx.query(sql, parameters);
        if (!isReached && when.test(sql)) {
          isReached = true;
          reach();
          await halted;
        }
        return rows as never;
      };
      return await work({ ...tx, query });
    });
  return { store: { ...store, transaction }, done };
}

/** Whether somebody waits for a lock of the kind that recomputations take turns by. */
async function isWaiting(executor: Store): Promise<boolean> {
  const rows = await executor.query(`select from pg_locks where locktype = 'advisory' and not granted
    and database = (select oid from pg_database where datname = current_database())`);
  return rows.length > 0;
}

/** A connection as what statements go to. */
function executorOf(client: pg.Client): Executor {
  return {
    ...other,
    query: async (sql, parameters) => (await client.query(sql, [...(parameters ?? [])])).rows,
  };
}

async function places(): Promise<string> {
  const values = await readKpis(store, { program, partners: ['A', 'B', 'C', 'N'], now });
  return values
    .filter(({ kpi }) => kpi === 'place')
    .map(({ partnerId, numerator, denominator, state, empty }) => {
      const place = numerator === null ? empty : exactText(exactRatio(numerator, denominator!));
      return `${partnerId} ${place} ${state}`;
    })
    .join(', ');
}

describeWith(postgresPrograms)('recomputations at the same time', () => {
  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { dataFolder: '', databaseUrl: database.url };
    [store, other] = await Promise.all([openStore(options), openStore(options)]);
  });
  afterAll(async () => {
    await Promise.all([store.close(), other.close()]);
    await database.drop();
  });
  beforeEach(async () => {
    await emptyStore(store);
    await insertRows(
      store,
      'partner',
      ['A', 'B', 'C'].map((id) => ({ id, name: id, country: 'SE' })),
    );
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
      d2   | B       | 3000 USD | yes | 2026-04-01 | sourced | 100
      d3   | C       | 2000 USD | yes | 2026-05-01 | sourced | 100`,
    );
    await recomputeKpis(store, { program, now });
  });

  const raise = async (deal: string, partner: string, amount: number) => {
    await store.query('update tierlink.deal set amount = $2 where id = $1', [deal, amount]);
    await markDirty(store, 'deal', [partner]);
  };

  it('lose no mark of a group that one is just taking', async () => {
    await raise('d1', 'A', 9000);
    // The mark is there already when the second one sets it, and is taken before that has committed.
    await expect(
      recomputeKpis(store, {
        program,
        now,
        onPage: () => {
          throw new Error('died');
        },
      }),
    ).rejects.toThrow('died');
    await raise('d3', 'C', 8000);
    const { store: watched, done } = disturbed(/insert into tierlink\.dirty_group/, () =>
      recomputeKpis(other, { program, now, partners: ['B'] }),
    );
    await recomputeKpis(watched, { program, now });
    await done;
    expect(await places()).toBe('A 1 current, B 3 current, C 2 current, N null not_calculated');
    expect(await hasKpiWork(store, { program, now })).toBe(false);
  });

  it('rank a group again for what changed while it was ranked', async () => {
    await raise('d1', 'A', 9000);
    const { store: watched, done } = disturbed(
      /join tierlink\.partner p on p\.id = m\.partner_id/,
      async () => {
        await raise('d3', 'C', 10_000);
        await recomputeKpis(other, { program, now });
      },
    );
    await recomputeKpis(watched, { program, now });
    await done;
    expect(await places()).toBe('A 2 current, B 3 current, C 1 current, N null not_calculated');
  });

  it('put a partner into its group once', async () => {
    await insertRows(store, 'partner', [{ id: 'N', name: 'New', country: 'SE' }]);
    const { store: watched, done } = disturbed(/insert into tierlink\.rank_member/, () =>
      recomputeKpis(other, { program, now, only: 'all' }),
    );
    await recomputeKpis(watched, { program, now, only: 'all' });
    await done;
    expect(await places()).toBe('A 3 current, B 1 current, C 2 current, N 4 current');
  });

  it('let a lease be renewed, and taken over, while its run waits for its turn', async () => {
    const request = { key: 'kpis:waits', holder: 'one', ttlMs: 60_000 };
    const lease = (await acquireLease(store, request))!;
    await raise('d1', 'A', 9000);
    const ahead = new pg.Client({ connectionString: database.url });
    await ahead.connect();
    await ahead.query(`select pg_advisory_lock(hashtextextended('tierlink kpis test', 0))`);
    const waiting = recomputeKpis(store, { program, now, lease });
    waiting.catch(() => undefined);
    await until(async () => await isWaiting(other));
    // On its connection, where what waits fails: it would wait for the turn of the one ahead otherwise, and that for it.
    await ahead.query(`set lock_timeout = '10s'`);
    expect(await renewLease(executorOf(ahead), lease, { ttlMs: 60_000 })).toBe(true);
    await releaseLease(executorOf(ahead), lease);
    expect(await acquireLease(executorOf(ahead), { ...request, holder: 'two' })).not.toBeNull();
    await ahead.end();
    await expect(waiting).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await places()).toMatch(/^A 3 stale/);
  });

  it('give up a page that others keep getting in the way of after a few attempts', async () => {
    await raise('d1', 'A', 9000);
    let attempts = 0;
    const transaction: Store['transaction'] = async (work) =>
      await store.transaction(async (tx) => {
        const query: Tx['query'] = async (sql, parameters) => {
          if (sql.includes('pg_advisory_xact_lock(hashtextextended')) {
            attempts += 1;
            throw Object.assign(new Error('a conflict'), { code: '40001' });
          }
          return await tx.query(sql, parameters);
        };
        return await work({ ...tx, query });
      });
    await expect(recomputeKpis({ ...store, transaction }, { program, now })).rejects.toThrow('a conflict');
    expect(attempts).toBe(conflictAttempts);
  });

  it('keep nothing of one whose lease was taken over', async () => {
    const request = { key: 'kpis:test', holder: 'one', ttlMs: 60_000 };
    const lease = (await acquireLease(store, request))!;
    await raise('d1', 'A', 9000);
    let isRead = false;
    const transaction: Store['transaction'] = async (work) => {
      const found = await store.transaction(async (tx) => {
        const query: Tx['query'] = async (sql, parameters) => {
          isRead ||= /insert into tierlink\.kpi_value/.test(sql);
          return await tx.query(sql, parameters);
        };
        return await work({ ...tx, query });
      });
      // Between the page and the ranks.
      if (isRead) {
        await releaseLease(store, lease);
        await acquireLease(store, { ...request, holder: 'two' });
      }
      return found;
    };
    const halted = recomputeKpis({ ...store, transaction }, { program, now, lease });
    await expect(halted).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await places()).toMatch(/^A 3 stale/);
    await raise('d3', 'C', 9500);
    await expect(recomputeKpis(store, { program, now, lease })).rejects.toMatchObject({ code: 'LEASE_LOST' });
    await recomputeKpis(store, { program, now });
    expect(await places()).toBe('A 2 current, B 3 current, C 1 current, N null not_calculated');
  });
});
