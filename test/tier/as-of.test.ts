import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rememberVersion } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { pruneHistory } from '../../src/sync/pass/prune.ts';
import { loadRecords, saveRecords } from '../../src/sync/records/record-rows.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { type AsOfRequest, evaluateAsOf } from '../../src/tier/look/as-of.ts';
import { partnersToClose } from '../../src/tier/look/period-close.ts';
import { markDirty, programOf } from '../kpi/sample.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, certify, insertPartners, pass, passBy, program } from './pass.ts';

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
  await certify(store);
  await known('2026-01-01');
  await rememberVersion(store, program, '2026-01-01T00:00:00.000Z');
});

/** Says of every record that it is known from a day on. */
async function known(day: string): Promise<void> {
  for (const table of ['partner', 'deal', 'credit', 'person', 'certification'])
    await store.query(`update tierlink.${table} set known_from = $1`, [`${day}T00:00:00Z`]);
}

/** What somebody changes of a deal in the CRM on a day, in the afternoon. */
async function editDeal(id: string, day: string, change: { amount?: string; deleted?: boolean }) {
  const now = new Date(at(day) + 6 * 3_600_000).toISOString();
  const row = (await loadRecords(store, 'deal', [id])).get(id)!;
  const amount =
    change.amount === undefined ? row.values.amount! : { amount: change.amount, currency: 'USD' };
  const deletedAt = change.deleted === true ? now : row.deletedAt;
  const changed = [{ ...row, deletedAt, values: { ...row.values, amount } }];
  await saveRecords(store, 'deal', { created: [], changed, now });
  await markDirty(store, 'deal', ['A', 'B']);
}

async function asOf(day: string, options: Partial<AsOfRequest> = {}) {
  return await evaluateAsOf(store, { program, day, now: at('2026-09-01'), ...options });
}

describe('the past as it was known then', () => {
  it('has the amounts of then, and today says what has changed since', async () => {
    await pass(store, '2026-03-01');
    await editDeal('d1', '2026-03-05', { amount: '1200' });
    await pass(store, '2026-03-06');
    const { partners, availability } = await asOf('2026-03-01', { partners: ['A'], withToday: true });
    const [found] = partners;
    expect(availability).toEqual({ isKnown: true });
    expect([found?.known?.computedTier, found?.today?.computedTier]).toEqual(['gold', 'silver']);
    expect(found?.decision).toMatchObject({ tier: 'gold', effectiveOn: '2026-03-01' });
    expect(found?.check).toEqual({ agrees: true, differences: [] });
    expect(found?.differences).toEqual([
      {
        kpi: 'revenue',
        label: 'Sourced revenue',
        known: '6,000 USD',
        today: '1,200 USD',
        records: [expect.objectContaining({ id: 'd1', change: 'changed', before: '6000', after: '1200' })],
      },
    ]);
  });

  it('has everybody laid beside the records of today, with what differs, and each decision worked out again', async () => {
    await pass(store, '2026-03-01');
    await editDeal('d1', '2026-03-05', { amount: '1200' });
    await store.query(`update tierlink.deal set name = 'x' where id = 'd2'`);
    await pass(store, '2026-03-06');
    const { partners } = await asOf('2026-03-04', { withToday: true });
    const said = partners.map(({ partnerId, known, today, check, differences, flipped }) => [
      partnerId,
      `${known?.computedTier} ${today?.computedTier}`,
      check,
      differences.map(({ kpi, records }) => `${kpi} ${records.map(({ id }) => id).join()}`),
      flipped.map(({ id, before, after }) => `${id} ${before.has} ${after.has}`),
    ]);
    const agrees = { agrees: true, differences: [] };
    expect(said).toEqual([
      ['A', 'gold silver', agrees, ['revenue d1'], ['revenue 6,000 USD 1,200 USD']],
      ['B', 'silver silver', agrees, [], []],
    ]);
    expect((await asOf('2026-03-04')).partners.map(({ check }) => check)).toEqual([null, null]);
  });

  it('has what was deleted since, and not what came since', async () => {
    await pass(store, '2026-03-01');
    await editDeal('d2', '2026-03-05', { deleted: true });
    await store.query(`insert into tierlink.deal (id, amount, amount_currency, is_won, is_closed, close_on, known_from)
      values ('d9', 900, 'USD', true, true, '2026-02-01', '2026-03-05T00:00:00Z')`);
    await store.query(`insert into tierlink.credit (id, deal, partner, role, weight, known_from)
      values ('d9-0', 'd9', 'B', 'sourced', 100, '2026-03-05T00:00:00Z')`);
    const { partners } = await asOf('2026-03-04', { partners: ['B'], withToday: true });
    expect(partners[0]?.known?.kpis[0]?.numerator).toBe('1500');
    expect(partners[0]?.today?.kpis[0]?.numerator).toBe('900');
    expect(partners[0]?.differences[0]?.records.map(({ id, change }) => `${id} ${change}`).sort()).toEqual([
      'd2 gone',
      'd9 added',
    ]);
  });

  it('keeps nothing that it did', async () => {
    await pass(store, '2026-03-01');
    const counts = async () =>
      await store.query(`select (select count(*) from tierlink.decision)::int as decisions,
        (select count(*) from tierlink.kpi_value)::int as values,
        (select count(*) from pg_views where viewname = 'deal')::int as views`);
    const before = await counts();
    await asOf('2026-03-01', { withToday: true });
    expect(await counts()).toEqual(before);
  });

  it('is not available before anything was read; today then stands alone', async () => {
    const { availability, partners } = await asOf('2025-12-01', { partners: ['A'] });
    expect(availability).toEqual({ isKnown: false, reason: 'nothing was read before 2026-01-01' });
    expect(partners[0]?.known).toBeNull();
    expect(partners[0]?.today?.asOf).toBe('2025-12-01');
  });

  it('is not available once versions of its time are pruned', async () => {
    await editDeal('d1', '2026-02-01', { amount: '5500' });
    const retention = { runs: 100, audit: 100, versions: 100, kpiPeriods: 100 };
    await pruneHistory({ store, clock: { now: () => at('2026-09-01') }, retention });
    const pruned = 'what records said before 2026-05-24 is no longer kept (retention.versions)';
    expect((await asOf('2026-01-15', { partners: ['A'] })).availability).toEqual({
      isKnown: false,
      reason: pruned,
    });
    expect((await asOf('2026-06-01', { partners: ['A'] })).availability).toEqual({ isKnown: true });
  });

  it('goes by the version of the rules that was loaded then', async () => {
    const later = { ...program, version: '2', validFrom: '2026-02-01', hash: 'later' };
    await rememberVersion(store, { ...later, source: program.source }, '2026-04-01T00:00:00.000Z');
    const used = async (day: string) => (await asOf(day, { partners: ['A'] })).isVersionKnown;
    expect(await used('2026-03-01')).toBe(true);
    expect((await asOf('2026-03-01', { partners: ['A'] })).program.version).toBe('1');
    expect(await used('2025-12-01')).toBe(false);
  });
});

describe('a ladder beside that of the tier', () => {
  const both = programOf({
    kpis: '  revenue: { label: Revenue, help: Won., unit: money, measure: { sum: deal.amount } }',
    ladders: `  - { key: main, label: Main, partnerTypes: [reseller], tiers: [{ key: member, label: Member }] }
  - key: distribution
    label: Distribution
    beside: true
    partnerTypes: [msp]
    where: { attribute: country, is: SE }
    tiers: [{ key: authorised, label: Authorised }, { key: strategic, label: Strategic, requirements: { kpi: revenue, atLeast: 1000 } }]`,
    head: `specialisations:
  - { key: export, label: Export, partnerTypes: [msp], requirements: { kpi: revenue, atLeast: 1000 } }`,
  });
  const day = '2026-03-01';
  const become = async (country: string, ...types: string[]) => {
    await store.query(`update tierlink.partner set country = $1, types = $2 where id = 'B'`, [
      country,
      types,
    ]);
  };

  it('is evaluated where it is asked for, with what was decided there', async () => {
    await become('SE', 'msp');
    await passBy(store, both, day);
    const now = at('2026-03-09');
    const found = async (ladder?: string) => {
      const { partners } = await evaluateAsOf(store, { program: both, day, now, ...(ladder && { ladder }) });
      return partners.map(({ partnerId, known, decision, check }) => [
        partnerId,
        known?.ladder,
        known?.computedTier,
        decision?.ladder,
        decision?.tier,
        check?.agrees,
      ]);
    };
    const nothing = [undefined, undefined, undefined, undefined, undefined];
    expect(await found()).toEqual([
      ['A', 'main', 'member', 'main', 'member', true],
      ['B', ...nothing],
    ]);
    expect(await found('distribution')).toEqual([
      ['A', ...nothing],
      ['B', 'distribution', 'strategic', 'distribution', 'strategic', true],
    ]);
    expect(await found('export')).toEqual([
      ['A', ...nothing],
      ['B', 'export', 'export', 'export', 'export', true],
    ]);
  });

  it('explains the partner that is on no other one, and specialisations do where they are asked for', async () => {
    const why = async (ladder?: string) => {
      const found = await explainTier(store, { program: both, partnerId: 'B', now: at(day), ladder });
      return [found.ladder.key, found.tier, found.beside.map(({ label }) => label)];
    };
    await become('SE', 'msp');
    await passBy(store, both, day);
    expect(await why()).toEqual(['distribution', 'Strategic', ['Export']]);
    await become('SE', 'msp', 'reseller');
    expect((await why())[0]).toBe('main');
    await become('NO', 'msp');
    expect(await why('export')).toEqual(['export', 'Export', []]);
    await expect(why()).rejects.toMatchObject({
      code: 'TIER_NONE',
      data: { because: expect.stringContaining('; for its specialisations give --ladder: Export') },
    });
  });
});

describe('a partner that leaves a ladder and comes back', () => {
  async function become(...types: string[]) {
    await store.query(`update tierlink.partner set types = $1 where id = 'A'`, [types]);
    await markDirty(store, 'partner', ['A']);
  }
  const standing = async (day: string) => {
    const { decision, left } = (await asOf(day, { partners: ['A'] })).partners[0]!;
    return [decision && `${decision.ladder} ${decision.tier}`, left && `${left.decision.ladder} ${left.at}`];
  };

  it('was on the other one meanwhile, and on the first one again without a decision', async () => {
    await pass(store, '2026-03-01');
    await become('msp');
    await pass(store, '2026-04-01');
    await become('reseller');
    await pass(store, '2026-05-01');
    await pass(store, '2026-06-01');
    expect(await standing('2026-03-15')).toEqual(['main gold', null]);
    expect(await standing('2026-04-15')).toEqual(['services member', null]);
    expect(await standing('2026-05-15')).toEqual(['main gold', null]);
  });

  it('held nothing while it was on none, which is told', async () => {
    await pass(store, '2026-03-01');
    await become('none');
    await pass(store, '2026-04-01');
    await become('reseller');
    await pass(store, '2026-05-01');
    expect(await standing('2026-04-15')).toEqual([null, 'main 2026-04-01T08:00:00.000Z']);
    expect(await standing('2026-05-15')).toEqual(['main gold', null]);
    const scope = { program, endsOn: '2026-04-14', now: at('2026-09-01'), feeds: [] };
    const [closed] = await partnersToClose(store, scope);
    expect(closed).toMatchObject({ partnerId: 'A', tier: null, decisionId: null });
  });
});

describe('a decision of the past', () => {
  const day = fc.integer({ min: 0, max: 80 });
  const step = fc.record({
    day,
    deal: fc.constantFrom('d1', 'd2', 'd3'),
    amount: fc.integer({ min: 0, max: 8 }).map((thousands) => String(thousands * 1000)),
    deleted: fc.boolean(),
  });

  it('comes out the same when it is worked out again as known then, whatever was changed later', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
        await emptyStore(store);
        await insertPartners(store);
        await certify(store);
        await known('2026-01-01');
        const dayText = (offset: number) =>
          new Date(Date.UTC(2026, 2, 1 + offset)).toISOString().slice(0, 10);
        await pass(store, '2026-03-01');
        const days: string[] = [];
        for (const one of steps.toSorted((left, right) => left.day - right.day)) {
          const on = dayText(one.day);
          await editDeal(one.deal, on, one.deleted ? { deleted: true } : { amount: one.amount });
          days.push(dayText(one.day + 1));
          await pass(store, days.at(-1)!);
        }
        for (const on of new Set(['2026-03-01', ...days])) {
          const { partners } = await asOf(on);
          for (const { check, decision } of partners) {
            if (decision?.effectiveOn !== on) continue;
            expect(check).toEqual({ agrees: true, differences: [] });
          }
          for (const partnerId of ['A', 'B']) {
            const {
              partners: [one],
            } = await asOf(on, { partners: [partnerId] });
            expect(one?.check).toEqual({ agrees: true, differences: [] });
          }
        }
      }),
      { numRuns: 12 },
    );
  });
});
