import { AsyncResource } from 'node:async_hooks';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { acquireLease, assertLease, releaseLease, renewLease, withLease } from '../../src/store/leases.ts';
import { migrate } from '../../src/store/migrate.ts';
import type { Store } from '../../src/store/open-store.ts';
import { emptyStore } from '../services/test-store.ts';

export interface StoreContract {
  name: string;
  /** Two views of one database: two pools on a server, the same one twice where only one process can have it. */
  make: () => Promise<{ store: Store; other: Store; close: () => Promise<void> }>;
  describe?: typeof describe | typeof describe.skip;
}

const LEASE = { key: 'pull:north:Account', ttlMs: 60_000 };
const NOON = Date.UTC(2026, 2, 1, 12);

/** What every size of the store does alike. */
export function runStoreContract(contract: StoreContract): void {
  (contract.describe ?? describe)(`store: ${contract.name}`, () => {
    let store: Store;
    let other: Store;
    let close: () => Promise<void>;

    beforeAll(async () => {
      ({ store, other, close } = await contract.make());
      await store.query('create schema if not exists probe');
      await store.query('create table probe.item (id integer primary key, note text)');
    });
    afterEach(async () => {
      await emptyStore(store);
      await store.query('truncate probe.item');
    });
    afterAll(async () => {
      await close?.();
    });

    const notes = async (from: Store) =>
      (await from.query<{ note: string }>('select note from probe.item order by id')).map((row) => row.note);

    describe('values', () => {
      it('hands exact types out as text, dates as days and instants as UTC', async () => {
        const [row] = await store.query(
          `select 9007199254740993::int8 as big, 7::int8 as small, 12.340::numeric as amount, 3::int4 as count,
                  date '2026-03-01' as day, timestamptz '2026-03-01 10:20:30.123456+05:30' as instant,
                  '{"a":[1,null]}'::jsonb as document, array['x','y "z"', null] as words, array[1::int8] as ids,
                  array[date '2026-01-02'] as days, array[1.50::numeric] as amounts, true as yes, null::text as nothing`,
        );
        expect(row).toEqual({
          big: '9007199254740993',
          small: '7',
          amount: '12.340',
          count: 3,
          day: '2026-03-01',
          instant: '2026-03-01T04:50:30.123Z',
          document: { a: [1, null] },
          words: ['x', 'y "z"', null],
          ids: ['1'],
          days: ['2026-01-02'],
          amounts: ['1.50'],
          yes: true,
          nothing: null,
        });
      });

      it('takes text, numbers, null, arrays, JSON and bytes as parameters', async () => {
        const [row] = await store.query(
          'select $1::text as text, $2::numeric as amount, $3::text as nothing, $4::text[] as words, $5::jsonb as doc, $6::bytea as bytes, $7::date as day',
          [
            'ä "quote" \\',
            '0.1',
            null,
            ['a,b', 'c'],
            JSON.stringify({ k: '✓' }),
            Buffer.from([0, 255]),
            '2026-12-31',
          ],
        );
        expect(row).toEqual({
          text: 'ä "quote" \\',
          amount: '0.1',
          nothing: null,
          words: ['a,b', 'c'],
          doc: { k: '✓' },
          bytes: Buffer.from([0, 255]),
          day: '2026-12-31',
        });
      });

      it('works in UTC', async () => {
        expect(await store.query('show timezone')).toEqual([{ TimeZone: 'UTC' }]);
      });

      it('writes a page of 2,000 records from one JSON parameter', async () => {
        const page = Array.from({ length: 2000 }, (_, id) => ({ id, note: `note ${id} ${'x'.repeat(100)}` }));
        await store.query(
          'insert into probe.item select * from jsonb_to_recordset($1::jsonb) as page(id integer, note text)',
          [JSON.stringify(page)],
        );
        expect(await store.query('select count(*) from probe.item')).toEqual([{ count: '2000' }]);
      });

      it('tells a failing statement by its SQLSTATE and goes on working', async () => {
        await expect(store.query('select 1 / $1::int', [0])).rejects.toMatchObject({ code: '22012' });
        await expect(store.query('select * from probe.missing')).rejects.toMatchObject({ code: '42P01' });
        expect(await store.query('select 1 as one')).toEqual([{ one: 1 }]);
      });
    });

    describe('transactions', () => {
      it('commits what resolves and rolls back what throws', async () => {
        await store.transaction((tx) => tx.query(`insert into probe.item values (1, 'kept')`));
        const failing = store.transaction(async (tx) => {
          await tx.query(`insert into probe.item values (2, 'lost')`);
          throw new Error('stop');
        });
        await expect(failing).rejects.toThrow('stop');
        expect(await notes(other)).toEqual(['kept']);
      });

      it('shows nothing to others before the commit', async () => {
        let seen: Promise<string[]> | undefined;
        await store.transaction(async (tx) => {
          await tx.query(`insert into probe.item values (1, 'first')`);
          await tx.query(`insert into probe.item values (2, 'second')`);
          // Embedded, the other reader waits for the commit; on a server it reads at once. Neither sees half.
          seen = outsideTransaction(() => notes(other));
          await tx.query('select 1');
        });
        expect([0, 2]).toContain((await seen)?.length);
      });

      it('keeps statements of many transactions at once apart', async () => {
        await store.query(`insert into probe.item values (1, '0')`);
        await Promise.all(
          Array.from({ length: 20 }, () =>
            store.transaction(async (tx) => {
              const [row] = await tx.query<{ note: string }>(
                'select note from probe.item where id = 1 for update',
              );
              await tx.query('update probe.item set note = $1 where id = 1', [String(Number(row?.note) + 1)]);
            }),
          ),
        );
        expect(await notes(store)).toEqual(['20']);
      });

      it('refuses the store inside an open transaction, at once and by code', async () => {
        const misuses = [
          () => store.query('select 1'),
          () => store.db.selectFrom('tierlink.lease').selectAll().execute(),
          () => store.transaction(async () => undefined),
          async () => await store.pool.query('select 1'),
        ];
        for (const misuse of misuses) {
          const attempt = store.transaction(async (tx) => {
            await tx.query(`insert into probe.item values (1, 'lost')`);
            await misuse();
          });
          await expect(attempt).rejects.toMatchObject({ code: 'STORE_POOL_IN_TRANSACTION' });
        }
        expect(await notes(store)).toEqual([]);
      });

      it('goes on after a statement failed inside a transaction', async () => {
        const failing = store.transaction((tx) => tx.query('select 1 / 0'));
        await expect(failing).rejects.toMatchObject({ code: '22012' });
        await store.transaction((tx) => tx.query(`insert into probe.item values (1, 'after')`));
        expect(await notes(store)).toEqual(['after']);
      });

      it('sends wake-ups after the commit, where the store may be used again', async () => {
        const seen: string[][] = [];
        await store.transaction(async (tx) => {
          tx.afterCommit(async () => void seen.push(await notes(store)));
          await tx.query(`insert into probe.item values (1, 'committed')`);
          expect(seen).toEqual([]);
        });
        expect(seen).toEqual([['committed']]);
      });

      it('sends no wake-up of a transaction that rolled back', async () => {
        let isWoken = false;
        const failing = store.transaction(async () => {
          store.afterCommit(() => {
            isWoken = true;
          });
          throw new Error('stop');
        });
        await expect(failing).rejects.toThrow('stop');
        expect(isWoken).toBe(false);
      });
    });

    describe('schema', () => {
      it('applies nothing twice', async () => {
        expect(await migrate(store.pool)).toEqual([]);
      });

      it('lets several starting processes take turns', async () => {
        const version = 900;
        const more = [
          ...(await appliedMigrations()),
          { version, name: 'probe', sql: 'create table probe.once ()' },
        ];
        const results = await Promise.all([
          migrate(store.pool, more),
          migrate(other.pool, more),
          migrate(store.pool, more),
        ]);
        expect(results.flat()).toEqual([version]);
        await store.query('drop table probe.once');
        await store.query('delete from tierlink.migration where version = $1', [version]);
      });

      it('records nothing of a migration that fails', async () => {
        const broken = { version: 901, name: 'broken', sql: 'create table probe.half (); select 1 / 0' };
        const attempt = migrate(store.pool, [...(await appliedMigrations()), broken]);
        await expect(attempt).rejects.toMatchObject({ code: '22012' });
        expect(await store.query(`select to_regclass('probe.half') as found`)).toEqual([{ found: null }]);
        expect(await migrate(store.pool)).toEqual([]);
      });

      it('refuses a schema that a newer version wrote', async () => {
        await store.query(
          `insert into tierlink.migration (version, name, checksum) values (999, 'later', 'x')`,
        );
        await expect(migrate(store.pool)).rejects.toMatchObject({
          code: 'STORE_SCHEMA_NEWER',
          data: { found: 999 },
        });
        await store.query('delete from tierlink.migration where version = 999');
      });

      it('refuses a migration whose contents changed after it was applied', async () => {
        const [first, ...rest] = await appliedMigrations();
        const changed = [{ ...first!, sql: `${first!.sql} -- changed` }, ...rest];
        await expect(migrate(store.pool, changed)).rejects.toMatchObject({ code: 'STORE_MIGRATION_CHANGED' });
      });
    });

    describe('leases', () => {
      it('gives a key to one holder only, until it is released', async () => {
        const lease = await acquireLease(store, { ...LEASE, holder: 'a' });
        expect(await acquireLease(other, { ...LEASE, holder: 'b' })).toBeNull();
        expect(
          await acquireLease(other, { ...LEASE, key: 'pull:north:Contact', holder: 'b' }),
        ).not.toBeNull();
        await releaseLease(store, lease!);
        expect(await acquireLease(other, { ...LEASE, holder: 'b' })).toMatchObject({ epoch: '2' });
      });

      it('gives it to exactly one of many that ask at once', async () => {
        const asked = Array.from({ length: 12 }, (_, n) =>
          acquireLease(n % 2 ? store : other, { ...LEASE, holder: `h${n}` }),
        );
        const granted = (await Promise.all(asked)).filter((lease) => lease !== null);
        expect(granted).toHaveLength(1);
      });

      it('can be taken over after it expired, and not before', async () => {
        await acquireLease(store, { ...LEASE, holder: 'a', now: NOON });
        expect(await acquireLease(other, { ...LEASE, holder: 'b', now: NOON + 59_999 })).toBeNull();
        expect(await acquireLease(other, { ...LEASE, holder: 'b', now: NOON + 60_000 })).not.toBeNull();
      });

      it('lives on while it is renewed, and cannot be renewed once it was taken over', async () => {
        const lease = await acquireLease(store, { ...LEASE, holder: 'a', now: NOON });
        expect(await renewLease(store, lease!, { ttlMs: 60_000, now: NOON + 50_000 })).toBe(true);
        expect(await acquireLease(other, { ...LEASE, holder: 'b', now: NOON + 100_000 })).toBeNull();
        await acquireLease(other, { ...LEASE, holder: 'b', now: NOON + 200_000 });
        expect(await renewLease(store, lease!, { ttlMs: 60_000, now: NOON + 200_001 })).toBe(false);
      });

      it('stops an overtaken holder from committing', async () => {
        const lease = await acquireLease(store, { ...LEASE, holder: 'a', now: NOON });
        const commit = () =>
          store.transaction(async (tx) => {
            await tx.query(`insert into probe.item values (1, 'mine')`);
            await assertLease(tx, lease!);
          });
        await acquireLease(other, { ...LEASE, holder: 'b', now: NOON + 60_000 });
        await expect(commit()).rejects.toMatchObject({ code: 'LEASE_LOST' });
        expect(await notes(store)).toEqual([]);
      });

      it('frees the key after work that failed, and names the holder to others meanwhile', async () => {
        const request = { ...LEASE, holder: 'run 1' };
        const working = withLease(store, request, async () => {
          await expect(withLease(other, { ...LEASE, holder: 'run 2' }, async () => 1)).rejects.toMatchObject({
            code: 'LEASE_HELD',
            data: { holder: 'run 1' },
          });
          throw new Error('stop');
        });
        await expect(working).rejects.toThrow('stop');
        expect(await withLease(other, { ...LEASE, holder: 'run 2' }, async () => 2)).toBe(2);
      });

      it('aborts work whose lease was taken over', async () => {
        const reason = await withLease(store, { ...LEASE, ttlMs: 60, holder: 'a' }, async ({ signal }) => {
          await other.query(`update tierlink.lease set epoch = epoch + 1, holder = 'b'`);
          return await new Promise((resolve) => {
            signal.addEventListener('abort', () => resolve(signal.reason));
          });
        });
        expect(reason).toMatchObject({ code: 'LEASE_LOST' });
      });
    });

    it('gives the space of dead rows back for reuse', async () => {
      const fill = `insert into probe.item select n, repeat('x', 500) from generate_series(1, 2000) n
                    on conflict (id) do update set note = excluded.note`;
      const size = async () => {
        const [row] = await store.query<{ bytes: string }>(`select pg_relation_size('probe.item') as bytes`);
        return Number(row?.bytes);
      };
      await store.query(fill);
      const once = await size();
      for (let round = 0; round < 5; round += 1) {
        await store.query(fill);
        await store.pool.query('vacuum probe.item');
      }
      expect(await size()).toBeLessThan(once * 3);
      await store.vacuum();
      await store.analyze();
    });

    async function appliedMigrations() {
      return (await import('../../src/store/migrations/index.ts')).migrations;
    }
  });
}

/** Runs work as a caller outside of the surrounding transaction would: in the context in which this file loaded. */
const outsideTransaction = AsyncResource.bind(<T>(work: () => Promise<T>) => work());
