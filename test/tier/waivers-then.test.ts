import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { earnedTiers } from '../../src/tier/company/earned.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { createWaiver, endWaiver } from '../../src/tier/waivers.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, insertPartners, program } from './pass.ts';

/** A has the revenue of Gold and nobody who is certified, which is waived. */
let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertPartners(store);
});

const waiver = {
  program,
  tier: 'gold',
  requirement: 'certified',
  reason: 'Exam center closed',
  author: 'kim',
  from: '2026-03-01',
  until: '2026-12-31',
};

/** What A earns as of 10 March, as known at the end of a day. */
async function earnedAt(day: string): Promise<string | null | undefined> {
  const heldAt = `${day}T23:59:59.999Z`;
  const request = { program, asOf: '2026-03-10', now: at('2026-05-01'), heldAt, feeds: [], partners: ['A'] };
  const [earned] = await earnedTiers(store, request);
  return earned?.evidence?.computedTier;
}

describe('waivers on a past day', () => {
  it('count once they had been made, and as long as nobody had ended them', async () => {
    const made = await createWaiver(store, { ...waiver, partnerId: 'A', now: at('2026-03-05') });
    const order = { program, id: made.id, reason: 'Open again', actor: 'bo', now: at('2026-03-08') };
    await endWaiver(store, order);
    expect(await earnedAt('2026-03-04')).toBe('silver');
    expect(await earnedAt('2026-03-06')).toBe('gold');
    expect(await earnedAt('2026-03-10')).toBe('silver');
  });

  it('count from the instant on at which they were made, up to that at which they were ended', async () => {
    const instant = (day: string) => ({ heldAt: new Date(at(day)).toISOString(), now: at(day) });
    const earned = async (day: string) => {
      const request = { program, asOf: '2026-03-10', ...instant(day), feeds: [], partners: ['A'] };
      return (await earnedTiers(store, request))[0]?.evidence?.computedTier;
    };
    const made = await createWaiver(store, { ...waiver, partnerId: 'A', now: at('2026-03-05') });
    const order = { program, id: made.id, reason: 'Open again', actor: 'bo', now: at('2026-03-08') };
    await endWaiver(store, order);
    expect([await earned('2026-03-05'), await earned('2026-03-08')]).toEqual(['gold', 'silver']);
  });

  it('of a partner that was merged into another one count for that', async () => {
    await store.query(`insert into tierlink.partner (id, name, types, started_on)
      values ('L', 'Old', '{reseller}', '2020-01-01')`);
    await createWaiver(store, { ...waiver, partnerId: 'L', now: at('2026-03-05') });
    await store.query(`update tierlink.partner set merged_into = 'A' where id = 'L'`);
    expect(await earnedAt('2026-03-10')).toBe('gold');
  });

  it('count in a backtest, for what is earned and for what is held', async () => {
    for (const table of ['partner', 'deal', 'credit'])
      await store.query(`update tierlink.${table} set known_from = '2026-02-25T00:00:00Z'`);
    await createWaiver(store, { ...waiver, partnerId: 'A', now: at('2026-03-05') });
    const [found] = await backtest(store, { program, quarters: 1, now: at('2026-04-10') });
    expect(found?.ladders[0]?.tiers[0]).toMatchObject({ tier: 'gold', held: 1, earned: 1 });
  });
});
