import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { stateReasonText } from '../../src/kpi/state-reason.ts';
import type { StateReason } from '../../src/kpi/types.ts';
import { rememberVersion } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { reviewClose } from '../../src/tier/look/adjustments.ts';
import { evaluateAsOf } from '../../src/tier/look/as-of.ts';
import { compareVersions } from '../../src/tier/look/compare-versions.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { closePeriod } from '../../src/tier/look/period-close.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertDeals, insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at } from './pass.ts';

/** A tier for the first half of a country: others decide about it as well. */
const rules = (top: number) =>
  programOf({
    kpis: `  place: { label: Place, help: P., unit: percent, better: lower, rank: { of: revenue, within: country, as: topShare } }
  revenue:
    label: Revenue
    help: Won deals.
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }`,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: member, label: Member }
      - { key: leader, label: Leader, requirements: { kpi: place, atMost: ${top} } }
    movement: { promote: immediately, demote: immediately }`,
  });
const program = rules(50);
let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(
    store,
    'partner',
    ['A', 'B', 'C', 'D'].map((id) => ({ id, name: id, country: 'SE', types: '{reseller}' })),
  );
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 4000 USD | yes | 2026-01-20 | sourced | 100
    d2   | B       | 3000 USD | yes | 2025-06-10 | sourced | 100
    d3   | C       | 2000 USD | yes | 2026-02-20 | sourced | 100
    d4   | D       | 1000 USD | yes | 2026-02-20 | sourced | 100`,
  );
  for (const table of ['partner', 'deal', 'credit'])
    await store.query(`update tierlink.${table} set known_from = '2026-02-25T00:00:00Z'`);
  await rememberVersion(store, program, '2026-02-25T00:00:00.000Z');
});

async function pass(day: string): Promise<void> {
  await recomputeKpis(store, { program, now: at(day) });
  await evaluateTiers(store, { program, now: at(day) });
}

async function tiers(): Promise<string> {
  const rows = await store.query<{ partner_id: string; tier: string; frozen_reason: StateReason | null }>(
    'select partner_id, tier, frozen_reason from tierlink.tier_state where closed_at is null order by partner_id',
  );
  return rows
    .map(
      ({ partner_id: id, tier, frozen_reason: reason }) =>
        `${id} ${tier}${reason === null ? '' : ` (${stateReasonText(reason)})`}`,
    )
    .join(', ');
}

async function setAmount(deal: string, partner: string, change: string): Promise<void> {
  await store.query(`update tierlink.deal set ${change} where id = '${deal}'`);
  await markDirty(store, 'deal', [partner]);
}

describe('a tier by rank', () => {
  it('is lost when somebody else does better', async () => {
    await pass('2026-03-01');
    expect(await tiers()).toBe('A leader, B leader, C member, D member');
    await setAmount('d4', 'D', 'amount = 9000');
    await pass('2026-03-02');
    expect(await tiers()).toBe('A leader, B member, C member, D leader');
  });

  it('is not lost while the figure of somebody in the group cannot be computed', async () => {
    await pass('2026-03-01');
    // Without B the group has three partners, and its second one is beyond the first half.
    await setAmount('d1', 'A', 'amount = 2500');
    await setAmount('d2', 'B', `amount_currency = 'CHF'`);
    await setAmount('d3', 'C', 'amount = 3000');
    await pass('2026-03-02');
    expect(await tiers()).toMatch(/^A leader \(.*the figure of 1 partner of the group cannot be computed\)/);
    await setAmount('d2', 'B', `amount_currency = 'USD', amount = 0`);
    await pass('2026-03-03');
    expect(await tiers()).toBe('A leader, B member, C leader, D member');
  });

  const evaluatedAt = async (time: string, used = program) => {
    const now = Date.parse(`2026-03-02T${time}:00Z`);
    await recomputeKpis(store, { program: used, now });
    return (await evaluateTiers(store, { program: used, now })).evaluated;
  };

  it('is looked at once when the figure of somebody cannot be computed, and once when it can', async () => {
    await pass('2026-03-01');
    await setAmount('d1', 'A', 'amount = 2500');
    await setAmount('d3', 'C', 'amount = 3000');
    await setAmount('d2', 'B', `amount_currency = 'CHF'`);
    expect(await evaluatedAt('08:00')).toBe(4);
    expect(await tiers()).toMatch(/^A leader \(.*the figure of 1 partner of the group cannot be computed\)/);
    expect(await evaluatedAt('08:01')).toBe(0);
    await setAmount('d4', 'D', `amount_currency = 'CHF'`);
    // Nothing is new for B, of which the own figure is missing.
    expect(await evaluatedAt('08:02')).toBe(3);
    expect(await evaluatedAt('08:03')).toBe(0);
    await setAmount('d4', 'D', `amount_currency = 'USD'`);
    await setAmount('d2', 'B', `amount_currency = 'USD', amount = 0`);
    expect(await evaluatedAt('08:04')).toBe(4);
    expect(await evaluatedAt('08:05')).toBe(0);
    expect(await tiers()).toBe('A leader, B member, C leader, D member');
  });

  it('is looked at when a doubt comes up, also where late inputs had made the figure provisional before', async () => {
    const byPlace = programOf({
      kpis: `  place: { label: Place, help: P., unit: count, better: lower, rank: { of: revenue, within: country, as: position } }
  revenue: { label: Revenue, help: Won deals., unit: money, measure: { sum: deal.amount } }`,
      ladders: `  - key: main
    label: Main
    tiers: [{ key: member, label: Member }, { key: leader, label: Leader, requirements: { kpi: place, atMost: 2 } }]`,
    });
    await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to)
         values ('prod', 'Opportunity', 'deal', '2026-02-20T00:00:00Z')`,
    );
    await evaluatedAt('08:00', byPlace);
    await store.query(`update tierlink.feed set complete_to = '2026-03-02T08:00:00Z'`);
    await evaluatedAt('08:10', byPlace);
    expect(await evaluatedAt('08:11', byPlace)).toBe(0);
    await setAmount('d4', 'D', `amount_currency = 'CHF'`);
    expect(await evaluatedAt('08:20', byPlace)).toBe(4);
    expect(await evaluatedAt('08:21', byPlace)).toBe(0);
  });

  it('is not lost while figures of others have changed and are not looked at again', async () => {
    await pass('2026-03-01');
    await setAmount('d4', 'D', 'amount = 9000');
    await markDirty(store, 'deal', ['C']);
    await recomputeKpis(store, { program, now: at('2026-03-02'), partners: ['D'] });
    await evaluateTiers(store, { program, now: at('2026-03-02'), only: 'all' });
    expect(await tiers()).toMatch(/B leader \(.*figures that it is compared with have changed since\)/);
    await pass('2026-03-03');
    expect(await tiers()).toBe('A leader, B member, C member, D leader');
  });

  it('is not lost while the figures of anybody are late', async () => {
    await pass('2026-03-01');
    await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to)
         values ('prod', 'Opportunity', 'deal', '2026-02-20T00:00:00Z')`,
    );
    await setAmount('d4', 'D', 'amount = 9000');
    await pass('2026-03-02');
    expect(await tiers()).toMatch(/B leader \(.*Opportunity of prod is complete only to 2026-02-20/);
  });

  it('comes out the same as known then, whatever others are today', async () => {
    await pass('2026-03-01');
    const now = at('2026-06-01');
    const asked = { program, day: '2026-03-01', now, withToday: true };
    const { partners: before } = await evaluateAsOf(store, { ...asked, partners: ['B'] });
    expect(before[0]).toMatchObject({
      known: { computedTier: 'leader' },
      check: { agrees: true, differences: [] },
    });
    // Somebody else is edited later: B is not what it was.
    await store.query(
      `insert into tierlink.record_version (entity, record_id, known_from, known_to, row)
       select 'deal', id, known_from, '2026-03-05T00:00:00Z', to_jsonb(d) from tierlink.deal d where id = 'd4'`,
    );
    await store.query(
      `update tierlink.deal set amount = 9000, known_from = '2026-03-05T00:00:00Z' where id = 'd4'`,
    );
    const { partners } = await evaluateAsOf(store, { ...asked, partners: ['B'] });
    expect(partners[0]).toMatchObject({
      known: { computedTier: 'leader' },
      today: { computedTier: 'member' },
      check: { agrees: true, differences: [] },
      differences: [{ kpi: 'place', known: '50 %', today: '75 %', records: [] }],
    });
  });

  it('can be supposed: with another figure, or in another group', async () => {
    await insertRows(store, 'partner', [{ id: 'E', name: 'E', country: 'NO' }]);
    await pass('2026-03-01');
    const simulate = async (name: string, value: string) => {
      const changes = [{ name, value }];
      const found = await simulateTier(store, { program, partnerId: 'D', changes, now: at('2026-03-01') });
      const figure = found!.after.evidence!.kpis.find(({ kpi }) => kpi === 'place')!;
      return [found!.after.evidence!.computedTier, figure.numerator, figure.rank!.size, figure.state];
    };
    expect(await simulate('revenue', '3500')).toEqual(['leader', '50', 4, 'current']);
    expect(await simulate('revenue', '3000')).toEqual(['leader', '50', 4, 'current']);
    expect(await simulate('revenue', '1500')).toEqual(['member', '100', 4, 'current']);
    expect(await simulate('partner.country', 'NO')).toEqual(['leader', '50', 2, 'current']);
    expect(await simulate('partner.country', '')).toEqual(['member', null, 0, 'current']);
    expect(await simulate('place', '10')).toEqual(['leader', '10', 4, 'current']);
  });

  it('is foreseen where the figure of somebody else leaves its window', async () => {
    await pass('2026-03-01');
    const { events } = await forecastTiers(store, { program, now: at('2026-03-02'), days: 200 });
    expect(events.map(({ day, partnerId, movement }) => `${day} ${partnerId} ${movement}`)).toEqual([
      '2026-06-11 B demote',
      '2026-06-11 C promote',
    ]);
    expect(events[1]!.flipped).toMatchObject([
      { kpi: 'place', before: { has: '75 %' }, after: { has: '50 %' } },
    ]);
  });

  it('is compared between versions of the rules', async () => {
    await pass('2026-03-01');
    const { moves } = await compareVersions(store, {
      before: program,
      after: rules(75),
      now: at('2026-03-02'),
    });
    const moved = moves.filter(({ move }) => move !== 'same');
    expect(moved.map(({ partnerId, move }) => `${partnerId} ${move}`)).toEqual(['C up']);
  });

  it('is signed off with the period, and adjusted by what others did', async () => {
    await pass('2026-04-02');
    const request = { program, period: '2026-Q1', author: 'me', now: at('2026-04-02') };
    const { close, partners } = await closePeriod(store, request);
    const closed = partners.map(({ partnerId, figures }) => [
      partnerId,
      figures.find(({ kpi }) => kpi === 'place')!.numerator,
    ]);
    expect(closed).toEqual([
      ['A', '25'],
      ['B', '50'],
      ['C', '75'],
      ['D', '100'],
    ]);
    await setAmount('d4', 'D', 'amount = 9000');
    await pass('2026-04-03');
    const found = await reviewClose(store, { program, close, now: at('2026-04-03') });
    expect(found.isIntact).toBe(true);
    const places = found.adjustments!.filter(({ kpi }) => kpi === 'place');
    expect(places.map((one) => `${one.partnerId} ${one.closed} ${one.today}`)).toEqual([
      'A 25 % 50 %',
      'B 50 % 75 %',
      'C 75 % 100 %',
      'D 100 % 25 %',
    ]);
  });
});
