import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readStandings } from '../../src/app/standings.ts';
import { loadFeeds } from '../../src/kpi/freshness.ts';
import { readKpis } from '../../src/kpi/read.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import { reasonOrNull } from '../../src/kpi/state-reason.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { readValueRows } from '../../src/kpi/value-rows.ts';
import { exactRatio, exactText } from '../../src/program/exact.ts';
import type { Store } from '../../src/store/store.ts';
import { profileFit } from '../../src/tier/method/profile.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { insertDeals, insertRows, markDirty, programOf } from './sample.ts';

/** Scores in the store: computed behind their parts, and only where a part has changed. */
const program = programOf({
  head: `tracks:
  - { key: big, label: Big, when: { kpi: revenue, atLeast: 5000 } }
  - { key: small, label: Small }`,
  kpis: `  total: { label: Total, help: T., unit: points, score: { sum: [sales, skills, plan] } }
  sales: { label: Sales, help: S., unit: points, score: { linear: { of: revenue, full: { big: 10000, small: 2000 }, points: 60 } } }
  skills: { label: Skills, help: S., unit: points, score: { each: { of: certified, points: 10, cap: 30 } } }
  plan:
    label: Plan
    help: P.
    unit: points
    score:
      choose:
        - { when: { partner: { attribute: extra.plan, is: signed } }, use: 10 }
        - { otherwise: 0 }
  revenue:
    label: Revenue
    help: Won deals.
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }
  certified:
    label: Certified
    help: People.
    unit: people
    freshness: 5 days
    measure: { distinct: certification.person, window: { validFrom: issuedOn, validThrough: expiresOn } }`,
});
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
  await insertRows(store, 'partner', [
    { id: 'A', name: 'A' },
    { id: 'B', name: 'B', extra: '{"plan":"signed"}' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
    d2   | B       | 6000 USD | yes | 2026-04-01 | sourced | 100`,
  );
  await insertRows(store, 'person', [{ id: 'p1', partner: 'A', email: 'a@a.example' }]);
  await insertRows(store, 'certification', [
    { id: 'c1', person: 'p1', issued_on: '2026-01-01', expires_on: '2026-12-31' },
  ]);
});

const recompute = async (options: { at?: number; only?: 'dirty' | 'due' | 'all' } = {}) =>
  await recomputeKpis(store, {
    program,
    now: options.at ?? now,
    ...(options.only && { only: options.only }),
  });

async function value(partner: string, kpi: string, at = now): Promise<KpiValue> {
  const values = await readKpis(store, { program, partners: [partner], now: at });
  return values.find((one) => one.kpi === kpi)!;
}

async function shown(partner: string, kpi: string, at = now): Promise<string> {
  const { numerator, denominator, state } = await value(partner, kpi, at);
  return `${numerator === null ? '-' : exactText(exactRatio(numerator, denominator!))} ${state}`;
}

describe('scores', () => {
  it('are computed behind their parts, wherever they stand in the file', async () => {
    await recompute();
    // A: 1,000 of 2,000 for 60, and one certified person. B is big: 6,000 of 10,000; its plan is signed.
    expect(await shown('A', 'total')).toBe('40 current');
    expect(await shown('B', 'total')).toBe('46 current');
  });

  it('change with the partner that changed, and with nobody else', async () => {
    await recompute();
    await store.query(`update tierlink.deal set amount = 1500 where id = 'd1'`);
    await markDirty(store, 'deal', ['A']);
    expect(await shown('A', 'total')).toBe('40 stale');
    const { values, changes } = await recompute();
    // revenue of A, and what reads it: sales and total. Skills and plan are not looked at.
    expect(values).toBe(3);
    expect(changes.map(({ partnerId, kpi }) => `${partnerId} ${kpi}`).sort()).toEqual([
      'A revenue',
      'A sales',
      'A total',
    ]);
    expect(await shown('A', 'total')).toBe('55 current');
  });

  it('change with an attribute of the partner that a condition reads', async () => {
    await recompute();
    await store.query(`update tierlink.partner set extra = '{"plan":"signed"}' where id = 'A'`);
    await markDirty(store, 'partner', ['A']);
    await recompute();
    expect(await shown('A', 'total')).toBe('50 current');
  });

  it('change when time alone changes a part', async () => {
    await recompute();
    expect(await value('A', 'total')).toMatchObject({ nextChangeAt: '2027-01-01T00:00:00.000Z' });
    const later = Date.parse('2027-01-01T09:00:00Z');
    expect(await shown('A', 'total', later)).toBe('40 stale');
    await recompute({ at: later, only: 'due' });
    expect(await shown('A', 'total', later)).toBe('30 current');
  });

  it('are not written again when nothing changed', async () => {
    await recompute();
    const before = await store.query('select * from tierlink.kpi_value order by partner_id, kpi');
    const { changed } = await recompute({ at: now + 60_000, only: 'all' });
    expect(changed).toBe(0);
    expect(await store.query('select * from tierlink.kpi_value order by partner_id, kpi')).toEqual(before);
  });

  it('are written when only what a part brings has changed, and the total has not', async () => {
    await recompute();
    // 1,000 less of revenue are 30 points fewer; three more certified people would be 30 more, of which 20 fit.
    await store.query(`update tierlink.deal set amount = 1000 - 2000.0 / 6 where id = 'd1'`);
    await insertRows(store, 'person', [{ id: 'p2', partner: 'A', email: 'b@a.example' }]);
    await insertRows(store, 'certification', [{ id: 'c2', person: 'p2' }]);
    await markDirty(store, 'deal', ['A']);
    await markDirty(store, 'certification', ['A']);
    await recompute();
    const { score } = await value('A', 'total');
    expect(score!.parts.map(({ kpi, brings }) => [kpi, brings!.numerator])).toContainEqual(['skills', '20']);
  });

  it('say what they are made of', async () => {
    await recompute();
    const { score } = await value('A', 'sales');
    expect(score).toEqual({
      form: 'linear',
      track: 'small',
      region: null,
      most: { numerator: '60', denominator: '1' },
      reason: null,
      parts: [
        {
          kpi: 'revenue',
          label: 'Revenue',
          value: { numerator: '1000', denominator: '1' },
          full: { numerator: '2000', denominator: '1' },
          brings: { numerator: '30', denominator: '1' },
          most: { numerator: '60', denominator: '1' },
          counts: true,
          note: null,
        },
      ],
    });
  });

  it('lead to the records of their parts, as many as they count', async () => {
    await recompute();
    const { included } = await kpiRecords(store, { program, kpi: 'total', partnerId: 'A', now });
    expect(included.map(({ id, part }) => [id, part]).sort()).toEqual([
      ['c1', 'certified'],
      ['d1', 'revenue'],
    ]);
    expect((await value('A', 'total')).counted).toBe(included.length);
  });

  it('are as old as their oldest part, and provisional with it', async () => {
    await recompute();
    await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values
         ('prod', 'Opportunity', 'deal', '2026-11-21T09:00:00Z'), ('prod', 'Cert', 'certification', '2026-11-17T09:00:00Z')`,
    );
    expect((await loadFeeds(store)).length).toBe(2);
    const total = await value('A', 'total');
    expect(total).toMatchObject({ state: 'provisional', inputsCompleteTo: '2026-11-17T09:00:00.000Z' });
    expect(reasonOrNull(total.stateReason)).toMatch(
      /^Certified: Cert of prod is complete only to 2026-11-17/,
    );
    expect(await shown('A', 'sales')).toBe('30 current');
  });

  it('are not there where a part was never read', async () => {
    await recompute();
    await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('prod', 'Cert', 'certification', null)`,
    );
    expect(await value('A', 'total')).toMatchObject({
      state: 'not_calculated',
      numerator: null,
      stateReason: { code: 'unread', object: 'Cert', connection: 'prod', behind: ['Certified'] },
    });
  });

  it('are in error with a part that cannot be computed, and say which', async () => {
    await store.query(`update tierlink.deal set amount_currency = 'CHF' where id = 'd1'`);
    await recompute();
    expect(await value('A', 'total')).toMatchObject({
      state: 'error',
      numerator: null,
      stateReason: { code: 'rate_missing', currency: 'CHF', recordId: 'd1', behind: ['Sales', 'Revenue'] },
      error: { recordId: 'd1' },
    });
    expect(await shown('A', 'skills')).toBe('10 current');
  });

  it('count in the ideal profile, and stand for a partner in tables', async () => {
    const idealProfile = {
      label: 'Ideal',
      criteria: [{ key: 'points', label: 'Points', weight: 1, kpi: 'total', target: 80 }],
    };
    const successFactors = [{ key: 'points', label: 'Points', kpis: ['total'] }];
    const rules = { ...program, idealProfile, successFactors };
    await recompute();
    const fits = await profileFit(store, { program: rules, partners: ['A', 'B'], now });
    // 40 of 80, and 46 of 80.
    expect(fits.map(({ partnerId, fit }) => [partnerId, fit])).toEqual([
      ['B', '57.5'],
      ['A', '50.0'],
    ]);
    const standings = await readStandings(store, {
      program: rules,
      partners: ['A'],
      now,
      asOf: '2026-11-23',
    });
    expect(standings.get('A')!.headline).toMatchObject({ kpi: 'total', numerator: '40', unit: 'points' });
  });

  it('go into the figures of the period', async () => {
    await recompute();
    const [row] = await store.query<{ figures: Record<string, string> }>(
      `select figures from tierlink.kpi_period where partner_id = 'A'`,
    );
    expect(row!.figures).toMatchObject({ total: '40', sales: '30', skills: '10', plan: '0' });
  });
});

describe('scores of a company', () => {
  const rules = programOf({
    kpis: `  points: { label: Points, help: P., unit: points, score: { each: { of: group, points: 1, per: 100 } } }
  group: { label: Group, help: G., unit: money, rollUp: company, measure: { sum: deal.amount } }`,
  });

  it('change with a subsidiary, also where only that one is looked at', async () => {
    await store.query(`update tierlink.partner set parent = 'A' where id = 'B'`);
    await recomputeKpis(store, { program: rules, now });
    await store.query(`update tierlink.deal set amount = 7000 where id = 'd2'`);
    await markDirty(store, 'deal', ['B']);
    await recomputeKpis(store, { program: rules, now, pageSize: 1 });
    const values = await readKpis(store, { program: rules, partners: ['A', 'B'], now });
    expect(values.filter(({ kpi }) => kpi === 'points').map(({ numerator }) => numerator)).toEqual([
      '80',
      '70',
    ]);
  });
});

/** Random changes, each worked off by itself, end in the figures that one full computation gives. */
describe('recomputing scores step by step', () => {
  const step = fc.record({
    partner: fc.constantFrom('A', 'B'),
    what: fc.constantFrom('amount', 'certificate', 'plan', 'time'),
    size: fc.integer({ min: 0, max: 9 }),
  });

  const said = (values: readonly KpiValue[]) =>
    values
      .map(({ partnerId, kpi, numerator, denominator, empty, counted, nextChangeAt, score }) =>
        JSON.stringify([
          partnerId,
          kpi,
          numerator,
          denominator,
          empty,
          counted,
          nextChangeAt,
          score?.parts.map((part) => [part.kpi, part.brings?.numerator, part.counts, part.note]),
        ]),
      )
      .sort();

  it('is computing them at once', async () => {
    await fc.assert(
      fc
        .asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
          let at = now;
          await recompute({ at });
          for (const [index, { partner, what, size }] of steps.entries()) {
            if (what === 'amount') {
              const deal = partner === 'A' ? 'd1' : 'd2';
              await store.query(`update tierlink.deal set amount = $2 where id = $1`, [deal, size * 1000]);
              await markDirty(store, 'deal', [partner]);
            } else if (what === 'certificate') {
              await insertRows(store, 'person', [{ id: `q${index}`, partner, email: `${index}@x.example` }]);
              await insertRows(store, 'certification', [{ id: `k${index}`, person: `q${index}` }]);
              await markDirty(store, 'certification', [partner]);
            } else if (what === 'plan') {
              const extra = size > 4 ? '{"plan":"signed"}' : '{}';
              await store.query(`update tierlink.partner set extra = $2 where id = $1`, [partner, extra]);
              await markDirty(store, 'partner', [partner]);
            } else at += size * 20 * 86_400_000;
            await recompute({ at });
          }
          const stepwise = said(await readValueRows(store, program, ['A', 'B']));
          await recompute({ at, only: 'all' });
          expect(said(await readValueRows(store, program, ['A', 'B']))).toEqual(stepwise);
        })
        .beforeEach(async () => {
          await emptyStore(store);
          await insertRows(store, 'partner', [{ id: 'A' }, { id: 'B' }]);
          await insertDeals(
            store,
            `
            deal | partner | amount   | won | closed     | role    | weight
            d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
            d2   | B       | 6000 USD | yes | 2026-04-01 | sourced | 100`,
          );
        }),
      { numRuns: 25 },
    );
  });
});
