import { expect, it } from '@jest/globals';
import { acquireLease, assertLease, releaseLease, renewLease, withLease } from '../../../src/store/leases.ts';
import { notesIn, type StoreSite } from './site.ts';

const LEASE = { key: 'pull:north:Account', ttlMs: 60_000 };
const NOON = Date.UTC(2026, 2, 1, 12);

/** Who holds a key, and for how long. */
export function testsOfLeases(at: StoreSite): void {
  it('gives a key to one holder only, until it is released', async () => {
    const lease = await acquireLease(at.store, { ...LEASE, holder: 'a' });
    expect(await acquireLease(at.other, { ...LEASE, holder: 'b' })).toBeNull();
    expect(await acquireLease(at.other, { ...LEASE, key: 'pull:north:Contact', holder: 'b' })).not.toBeNull();
    await releaseLease(at.store, lease!);
    expect(await acquireLease(at.other, { ...LEASE, holder: 'b' })).toMatchObject({ epoch: '2' });
  });

  it('gives it to exactly one of many that ask at once', async () => {
    const asked = Array.from({ length: 12 }, (_, n) =>
      acquireLease(n % 2 ? at.store : at.other, { ...LEASE, holder: `h${n}` }),
    );
    const granted = (await Promise.all(asked)).filter((lease) => lease !== null);
    expect(granted).toHaveLength(1);
  });

  it('can be taken over after it expired, and not before', async () => {
    await acquireLease(at.store, { ...LEASE, holder: 'a', now: NOON });
    expect(await acquireLease(at.other, { ...LEASE, holder: 'b', now: NOON + 59_999 })).toBeNull();
    expect(await acquireLease(at.other, { ...LEASE, holder: 'b', now: NOON + 60_000 })).not.toBeNull();
  });

  it('lives on while it is renewed, and cannot be renewed once it was taken over', async () => {
    const lease = await acquireLease(at.store, { ...LEASE, holder: 'a', now: NOON });
    expect(await renewLease(at.store, lease!, { ttlMs: 60_000, now: NOON + 50_000 })).toBe(true);
    expect(await acquireLease(at.other, { ...LEASE, holder: 'b', now: NOON + 100_000 })).toBeNull();
    await acquireLease(at.other, { ...LEASE, holder: 'b', now: NOON + 200_000 });
    expect(await renewLease(at.store, lease!, { ttlMs: 60_000, now: NOON + 200_001 })).toBe(false);
  });
}

/** What happens to holders that lose it. */
export function testsOfFencing(at: StoreSite): void {
  it('stops an overtaken holder from committing', async () => {
    const lease = await acquireLease(at.store, { ...LEASE, holder: 'a', now: NOON });
    const commit = () =>
      at.store.transaction(async (tx) => {
        await tx.query(`insert into probe.item values (1, 'mine')`);
        await assertLease(tx, lease!);
      });
    await acquireLease(at.other, { ...LEASE, holder: 'b', now: NOON + 60_000 });
    await expect(commit()).rejects.toMatchObject({ code: 'LEASE_LOST' });
    expect(await notesIn(at.store)).toEqual([]);
  });

  it('frees the key after work that failed, and names the holder to others meanwhile', async () => {
    const request = { ...LEASE, holder: 'run 1' };
    const working = withLease(at.store, request, async () => {
      await expect(withLease(at.other, { ...LEASE, holder: 'run 2' }, async () => 1)).rejects.toMatchObject({
        code: 'LEASE_HELD',
        data: { holder: 'run 1' },
      });
      throw new Error('stop');
    });
    await expect(working).rejects.toThrow('stop');
    expect(await withLease(at.other, { ...LEASE, holder: 'run 2' }, async () => 2)).toBe(2);
  });

  it('aborts work whose lease was taken over', async () => {
    const reason = await withLease(at.store, { ...LEASE, ttlMs: 60, holder: 'a' }, async ({ signal }) => {
      await at.other.query(`update tierlink.lease set epoch = epoch + 1, holder = 'b'`);
      return await new Promise((resolve) => {
        if (signal.aborted) resolve(signal.reason);
        signal.addEventListener('abort', () => resolve(signal.reason));
      });
    });
    expect(reason).toMatchObject({ code: 'LEASE_LOST' });
  });
}
