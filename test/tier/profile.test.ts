import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { loadProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { markDirty } from '../../src/sync/records/dirty.ts';
import { profileFit } from '../../src/tier/method/profile.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertDeals, insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

const program = loadProgram('programs/no-tiers.yaml');
const now = Date.parse('2026-11-23T09:00:00Z');
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
});

describe('a program without tiers', () => {
  it('measures partners, ranks them by their fit to the ideal one, and moves nobody', async () => {
    await insertRows(store, 'partner', [
      { id: 'A', name: 'A', employees: 10 },
      { id: 'B', name: 'B', employees: 20 },
    ]);
    await insertDeals(
      store,
      `
      deal | partner | amount     | won  | closed     | role    | weight
      d1   | A       | 125000 USD | yes  | 2026-03-01 | sourced | 100
      d2   | B       | 900000 USD | yes  | 2026-03-01 | sourced | 100
      d3   | B       | 50000 USD  | open | 2027-03-01 | sourced | 100`,
    );
    await recomputeKpis(store, { program, now });
    expect(await evaluateTiers(store, { program, now })).toMatchObject({ evaluated: 0 });
    const fits = await profileFit(store, { program, partners: ['A', 'B'], now });
    // B: (4 x 100 + 2 x 25 + 3 x 0 + 1 x 100) / 10 = 55. A: (4 x 50) / 10 = 20.
    expect(fits.map(({ partnerId, fit }) => `${partnerId} ${fit}`)).toEqual(['B 55.0', 'A 20.0']);
    expect(
      fits[0]!.criteria.map(({ label, score, has, ideal }) => `${label}: ${score} (${has} of ${ideal})`),
    ).toEqual([
      'Sourced revenue: 100.0 (900,000 USD of 250,000 USD)',
      'Open pipeline: 25.0 (50,000 USD of 200,000 USD)',
      'Certified people: 0.0 (0 of 5)',
      'Size of the company: 100.0 (20 of number of employees is at least 20)',
    ]);
  });

  it('scores prospects by graded answers, the first that holds, and nothing where none does', async () => {
    const yaml = `    - key: size
      label: Size
      weight: 37.5
      grades:
        - { when: { attribute: employees, atLeast: 100 }, gives: 100 }
        - { when: { attribute: employees, atLeast: 20 }, gives: 40 }
    - { key: place, label: Place, weight: '12.5', partner: { attribute: country, is: SE } }`;
    const graded = programOf({
      kpis: '  deals: { label: Deals, help: Deals., unit: count, measure: { count: deal } }',
      head: `idealProfile:\n  label: Ideal\n  criteria:\n${yaml}`,
    });
    await insertRows(store, 'partner', [
      { id: 'A', name: 'A', status: 'prospect', employees: 20, country: 'SE' },
      { id: 'B', name: 'B', status: 'applicant', employees: 100 },
      { id: 'C', name: 'C', status: 'prospect', country: 'SE' },
    ]);
    const fits = await profileFit(store, { program: graded, partners: ['A', 'B', 'C'], now });
    expect(fits.map(({ partnerId, fit }) => `${partnerId} ${fit}`)).toEqual(['B 75.0', 'A 55.0', 'C 25.0']);
    expect(fits[1]!.criteria[0]).toMatchObject({
      score: '40.0',
      has: '20',
      ideal: 'number of employees is at least 100',
    });
  });

  it('keeps the fit with the figures of the period, follows the partner, and marks it for the CRM', async () => {
    await insertRows(store, 'partner', [
      { id: 'A', name: 'A', employees: 10 },
      { id: 'B', name: 'B', employees: 20 },
    ]);
    await insertDeals(
      store,
      `
      deal | partner | amount     | won  | closed     | role    | weight
      d1   | A       | 130000 USD | yes  | 2026-03-01 | sourced | 100`,
    );
    await recomputeKpis(store, { program, now });
    const fits = async () =>
      (
        await store.query<{ id: string; fit: string }>(
          "select partner_id || ' ' || fit as fit from tierlink.kpi_period order by partner_id",
        )
      ).map(({ fit }) => fit);
    // A: (4 x 52) / 10. B: (1 x 100) / 10.
    expect(await fits()).toEqual(['A 20.8', 'B 10']);
    await store.query('delete from tierlink.outbox');
    await store.query(`update tierlink.partner set employees = 25 where id = 'A'`);
    await markDirty({ tx: store, now: new Date(now).toISOString() }, 'partner', ['A', 'B']);
    await recomputeKpis(store, { program, now });
    expect(await fits()).toEqual(['A 30.8', 'B 10']);
    expect(await store.query('select entity from tierlink.outbox')).toEqual([{ entity: 'kpiPeriod' }]);
  });

  it('keeps the fit that it had while something that it is measured by is not shown', async () => {
    await insertRows(store, 'partner', [{ id: 'A', name: 'A', employees: 20 }]);
    await recomputeKpis(store, { program, now });
    const kept = async () => (await store.query('select fit from tierlink.kpi_period'))[0];
    expect(await kept()).toEqual({ fit: '10' });
    const feed = async (missing: string[]) =>
      await store.query(
        `insert into tierlink.feed (connection, object, entity, complete_to, missing)
         values ('north', 'Account', 'partner', $1, $2)
         on conflict (connection, object, entity) do update set missing = excluded.missing`,
        [new Date(now).toISOString(), missing],
      );
    await feed(['employees']);
    await store.query('update tierlink.partner set employees = null');
    await markDirty({ tx: store, now: new Date(now).toISOString() }, 'partner', ['A']);
    await recomputeKpis(store, { program, now });
    expect(await kept()).toEqual({ fit: '10' });
    // Shown from now on, and blank: everybody is looked at once more.
    await feed([]);
    await recomputeKpis(store, { program, now });
    expect(await kept()).toEqual({ fit: '0' });
  });

  it('measures growth against a base that is large enough, and says nothing otherwise', async () => {
    await insertRows(store, 'partner', [
      { id: 'A', name: 'A' },
      { id: 'B', name: 'B' },
    ]);
    await insertDeals(
      store,
      `
      deal | partner | amount    | won | closed     | role    | weight
      d1   | A       | 20000 USD | yes | 2025-03-01 | sourced | 100
      d2   | A       | 25000 USD | yes | 2026-03-01 | sourced | 100
      d3   | B       | 9999 USD  | yes | 2025-03-01 | sourced | 100
      d4   | B       | 90000 USD | yes | 2026-03-01 | sourced | 100`,
    );
    await recomputeKpis(store, { program, now });
    const rows = await store.query<Record<string, string>>(
      `select partner_id, numerator, denominator, detail ->> 'empty' as empty from tierlink.kpi_value
       where kpi = 'revenueGrowth' order by partner_id`,
    );
    expect(rows).toEqual([
      { partner_id: 'A', numerator: '25', denominator: '1', empty: null },
      { partner_id: 'B', numerator: null, denominator: null, empty: 'no_base' },
    ]);
  });
});
