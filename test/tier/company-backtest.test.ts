import { describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { insertPartners, programWith } from './family.ts';
import { at } from './pass.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

/** Day of each review, reconstructed or not, how many would have held Gold and Silver, and earned them. */
async function reviews(): Promise<string[]> {
  const found = await backtest(store, { program: programWith(), quarters: 2, now: at('2026-04-10') });
  return found.map(({ asOf, reconstructed, ladders }) => {
    const [gold, silver] = ladders[0]!.tiers;
    const known = reconstructed === null ? 'known' : 'reconstructed';
    return `${asOf} ${known} | ${gold!.held} ${silver!.held} | ${gold!.earned} ${silver!.earned}`;
  });
}

describe('a backtest before anything was known', () => {
  it('parts the family of a company that had not started, as one that is out of scope does', async () => {
    // M is a subsidiary of Z, with A and B below it; Y has most of the points.
    await insertPartners(store, { Z: null, M: 'Z', A: 'M', B: 'M', Y: 'Z' }, { A: 10, Y: 30 });
    await store.query(`update tierlink.fact set occurred_on = '2025-06-01'`);
    await store.query(`update tierlink.partner set started_on = '2026-01-15' where id in ('Z', 'M')`);
    for (const table of ['partner', 'fact'])
      await store.query(`update tierlink.${table} set known_from = '2026-02-25T00:00:00Z'`);
    expect(await reviews()).toEqual([
      // Y alone has enough; A and B stand by their own figures.
      '2026-01-01 reconstructed | 1 2 | 1 2',
      '2026-04-01 known | 5 0 | 5 0',
    ]);
  });
});
