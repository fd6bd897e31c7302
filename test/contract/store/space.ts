import { expect, it } from '@jest/globals';
import type { StoreSite } from './site.ts';

/** Upkeep. */
export function testsOfSpace(at: StoreSite): void {
  it('gives the space of dead rows back for reuse', async () => {
    const fill = `insert into probe.item select n, repeat('x', 500) from generate_series(1, 2000) n
                  on conflict (id) do update set note = excluded.note`;
    const size = async () => {
      const [row] = await at.store.query<{ bytes: string }>(`select pg_relation_size('probe.item') as bytes`);
      return Number(row?.bytes);
    };
    await at.store.query(fill);
    const once = await size();
    for (let round = 0; round < 5; round += 1) {
      await at.store.query(fill);
      await at.store.pool.query('vacuum probe.item');
    }
    expect(await size()).toBeLessThan(once * 3);
    await at.store.vacuum();
    await at.store.analyze();
  });
}
