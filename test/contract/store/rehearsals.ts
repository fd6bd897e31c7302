import { AsyncResource } from 'node:async_hooks';
import { expect, it } from '@jest/globals';
import { acquireLease, leaseHolder, renewLease } from '../../../src/store/leases.ts';
import type { Executor } from '../../../src/store/store.ts';
import type { StoreSite } from './site.ts';

const insert = (id: number) => `insert into probe.item values (${id}, 'x')`;
const idsOf = async (executor: Executor) =>
  (await executor.query<{ id: number }>('select id from probe.item order by id')).map(({ id }) => id);

/** Work on a store that sees what it does, of which nothing stays. */
export function testsOfRehearsals(at: StoreSite): void {
  it('shows the work what it does, statement by statement and in transactions, and keeps nothing', async () => {
    await at.store.query(insert(1));
    const seen = await at.store.rehearse(async () => {
      await at.store.query(insert(2));
      await at.store.transaction(async (tx) => {
        await tx.query(insert(3));
        expect(await idsOf(tx)).toEqual([1, 2, 3]);
      });
      await at.store.db.transaction().execute(async () => undefined);
      return await idsOf(at.store);
    });
    expect(seen).toEqual([1, 2, 3]);
    expect(await idsOf(at.store)).toEqual([1]);
  });

  it('keeps nothing of work that fails, and lets its error through', async () => {
    const work = at.store.rehearse(async () => {
      await at.store.query(insert(1));
      throw new Error('no more');
    });
    await expect(work).rejects.toThrow('no more');
    expect(await idsOf(at.store)).toEqual([]);
  });

  it('undoes a statement or a transaction that fails, and nothing beside it', async () => {
    const seen = await at.store.rehearse(async () => {
      await at.store.query(insert(1));
      await expect(at.store.query(insert(1))).rejects.toMatchObject({ code: '23505' });
      const failing = at.store.transaction(async (tx) => {
        await tx.query(insert(2));
        await tx.query(insert(1));
      });
      await expect(failing).rejects.toMatchObject({ code: '23505' });
      await at.store.transaction(async (tx) => await tx.query(insert(3)));
      return await idsOf(at.store);
    });
    expect(seen).toEqual([1, 3]);
  });

  it('lets what runs side by side take turns', async () => {
    const seen = await at.store.rehearse(async () => {
      const failing = at.store.transaction(async (tx) => {
        await tx.query(insert(100));
        await tx.query('select 1');
        throw new Error('undone');
      });
      const beside = [1, 2, 3].map((id) => at.store.query(insert(id)));
      await expect(failing).rejects.toThrow('undone');
      await Promise.all(beside);
      return await idsOf(at.store);
    });
    expect(seen).toEqual([1, 2, 3]);
  });

  it('refuses the pool to the work, and the store inside its transactions', async () => {
    const fault = { code: 'STORE_POOL_IN_TRANSACTION' };
    await at.store.rehearse(async () => {
      await expect((async () => await at.store.pool.query('select 1'))()).rejects.toMatchObject(fault);
      const inside = at.store.transaction(async () => await at.store.query('select 1'));
      await expect(inside).rejects.toMatchObject(fault);
    });
    await at.store.query('select 1');
  });

  it('wakes nobody up, and takes no lease that stays', async () => {
    let woken = 0;
    await at.store.rehearse(async () => {
      await at.store.transaction(async (tx) => tx.afterCommit(() => (woken += 1)));
      expect(await acquireLease(at.store, { key: 'k', holder: 'rehearsal', ttlMs: 60_000 })).not.toBeNull();
    });
    expect(woken).toBe(0);
    expect(await leaseHolder(at.store, 'k')).toBeNull();
  });

  it('renews the statistics of what it has made', async () => {
    await at.store.rehearse(async () => await at.store.analyze());
  });

  it('has no hold over a lease that somebody else has: its holder renews it and works on', async () => {
    const wanted = { key: 'k', holder: 'live', ttlMs: 60_000 };
    const lease = (await acquireLease(at.other, wanted))!;
    await at.store.rehearse(async () => {
      expect(await acquireLease(at.store, { ...wanted, holder: 'rehearsal' })).toBeNull();
      // On the embedded store, which is one session also for other processes, everybody waits; on a server nobody does.
      if (at.store.kind === 'embedded') return;
      const renewed = outsideRehearsal(() => renewLease(at.other, lease, { ttlMs: 60_000 }));
      expect(await renewed).toBe(true);
    });
    expect(await renewLease(at.other, lease, { ttlMs: 60_000 })).toBe(true);
  });

  it('lets nobody wait for a lease that it has: they find it held', async () => {
    await at.store.rehearse(async () => {
      await acquireLease(at.store, { key: 'k', holder: 'rehearsal', ttlMs: 60_000 });
      if (at.store.kind === 'embedded') return;
      const wanted = { key: 'k', holder: 'live', ttlMs: 60_000 };
      expect(await outsideRehearsal(() => acquireLease(at.other, wanted))).toBeNull();
    });
    expect(await acquireLease(at.other, { key: 'k', holder: 'live', ttlMs: 60_000 })).not.toBeNull();
  });

  it('fails what it has left behind, instead of letting it into the next transaction', async () => {
    let later: (() => Promise<unknown>) | undefined;
    await at.store.rehearse(async () => {
      later = AsyncResource.bind(() => at.store.query(insert(9)));
    });
    await at.store.transaction(async (tx) => {
      await tx.query(insert(1));
      await expect(later!()).rejects.toThrow('The rehearsal has ended');
    });
    expect(await idsOf(at.store)).toEqual([1]);
  });
}

/** As another process would, which knows of no rehearsal. */
const elsewhere = new AsyncResource('elsewhere');
const outsideRehearsal = <T>(work: () => Promise<T>) => elsewhere.runInAsyncScope(work);
