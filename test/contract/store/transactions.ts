import { AsyncResource } from 'node:async_hooks';
import { expect, it } from '@jest/globals';
import { notesIn, type StoreSite } from './site.ts';

/** All or nothing, and apart from each other. */
export function testsOfTransactions(at: StoreSite): void {
  it('commits what resolves and rolls back what throws', async () => {
    await at.store.transaction((tx) => tx.query(`insert into probe.item values (1, 'kept')`));
    const failing = at.store.transaction(async (tx) => {
      await tx.query(`insert into probe.item values (2, 'lost')`);
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(await notesIn(at.other)).toEqual(['kept']);
  });

  it('shows nothing to others before the commit', async () => {
    let seen: Promise<string[]> | undefined;
    await at.store.transaction(async (tx) => {
      await tx.query(`insert into probe.item values (1, 'first')`);
      await tx.query(`insert into probe.item values (2, 'second')`);
      // Embedded, the other reader waits for the commit; on a server it reads at once. Neither sees half.
      seen = outsideTransaction(() => notesIn(at.other));
      await tx.query('select 1');
    });
    expect([0, 2]).toContain((await seen)?.length);
  });

  it('keeps statements of many transactions at once apart', async () => {
    await at.store.query(`insert into probe.item values (1, '0')`);
    await Promise.all(
      Array.from({ length: 20 }, () =>
        at.store.transaction(async (tx) => {
          const [row] = await tx.query<{ note: string }>(
            'select note from probe.item where id = 1 for update',
          );
          await tx.query('update probe.item set note = $1 where id = 1', [String(Number(row?.note) + 1)]);
        }),
      ),
    );
    expect(await notesIn(at.store)).toEqual(['20']);
  });

  it('goes on after a statement failed inside a transaction', async () => {
    const failing = at.store.transaction((tx) => tx.query('select 1 / 0'));
    await expect(failing).rejects.toMatchObject({ code: '22012' });
    await at.store.transaction((tx) => tx.query(`insert into probe.item values (1, 'after')`));
    expect(await notesIn(at.store)).toEqual(['after']);
  });
}

/** What the code inside a transaction may do. */
export function testsOfContext(at: StoreSite): void {
  it('refuses the store inside an open transaction, at once and by code', async () => {
    const misuses = [
      () => at.store.query('select 1'),
      () => at.store.db.selectFrom('tierlink.lease').selectAll().execute(),
      () => at.store.transaction(async () => undefined),
      async () => await at.store.pool.query('select 1'),
    ];
    for (const misuse of misuses) {
      const attempt = at.store.transaction(async (tx) => {
        await tx.query(`insert into probe.item values (1, 'lost')`);
        await misuse();
      });
      await expect(attempt).rejects.toMatchObject({ code: 'STORE_POOL_IN_TRANSACTION' });
    }
    expect(await notesIn(at.store)).toEqual([]);
  });

  it('sends wake-ups after the commit, where the store may be used again', async () => {
    const seen: string[][] = [];
    await at.store.transaction(async (tx) => {
      tx.afterCommit(async () => void seen.push(await notesIn(at.store)));
      await tx.query(`insert into probe.item values (1, 'committed')`);
      expect(seen).toEqual([]);
    });
    expect(seen).toEqual([['committed']]);
  });

  it('sends no wake-up of a transaction that rolled back', async () => {
    let isWoken = false;
    const failing = at.store.transaction(async () => {
      at.store.afterCommit(() => {
        isWoken = true;
      });
      throw new Error('stop');
    });
    await expect(failing).rejects.toThrow('stop');
    expect(isWoken).toBe(false);
  });
}

/** Runs work as a caller outside of the surrounding transaction would: in the context in which this file loaded. */
const outsideTransaction = AsyncResource.bind(<T>(work: () => Promise<T>) => work());
