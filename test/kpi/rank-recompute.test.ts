import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { computeAll } from '../../src/kpi/compute-all.ts';
import { readKpis } from '../../src/kpi/read.ts';
import { hasKpiWork, recomputeKpis } from '../../src/kpi/recompute.ts';
import { keyed } from '../../src/kpi/recompute-page.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { readValueRows } from '../../src/kpi/value-rows.ts';
import { exactRatio, exactText } from '../../src/program/exact.ts';
import type { Store } from '../../src/store/store.ts';
import { fc } from '../services/fast-check.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { insertMany } from './measure-house.ts';
import { insertDeals, insertRows, markDirty, programOf } from './sample.ts';

/** Ranks in the store: computed group by group, where something in the group has changed. */
const program = programOf({
  kpis: `  total: { label: Total, help: T., unit: points, score: { sum: [placePoints, dealPoints] } }
  placePoints: { label: Place points, help: P., unit: points, score: { bands: { of: place, table: [{ from: 0, points: 30 }, { above: 50, points: 10 }] } } }
  dealPoints: { label: Deal points, help: D., unit: points, score: { each: { of: deals, points: 1 } } }
  dealPlace: { label: Place by deals, help: P., unit: count, better: lower, rank: { of: dealPoints, among: { attribute: types, is: reseller }, as: position } }
  totalPlace: { label: Place by points, help: P., unit: count, better: lower, rank: { of: total, as: position } }
  place:
    label: Place
    help: In the top share of resellers in its country.
    unit: percent
    better: lower
    rank: { of: revenue, among: { attribute: types, is: reseller }, within: country, as: topShare }
  ofAll: { label: Share of all revenue, help: S., unit: percent, rank: { of: revenue, as: share } }
  deals: { label: Deals, help: D., unit: count, measure: { count: deal } }
  revenue:
    label: Revenue
    help: Won deals.
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }`,
});
const now = Date.parse('2026-11-23T09:00:00Z');
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

const everybody = ['A', 'B', 'C', 'D', 'E', 'M'];

async function fill(): Promise<void> {
  await emptyStore(store);
  await insertRows(store, 'partner', [
    { id: 'A', country: 'SE', types: '{reseller}' },
    { id: 'B', country: 'SE', types: '{reseller,msp}' },
    { id: 'C', country: 'SE', types: '{reseller}' },
    { id: 'D', country: 'NO', types: '{reseller}' },
    { id: 'E', country: 'NO', types: '{reseller}' },
    { id: 'M', country: 'SE', types: '{msp}' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
    d2   | B       | 3000 USD | yes | 2026-04-01 | sourced | 100
    d3   | C       | 2000 USD | yes | 2026-05-01 | sourced | 100
    d4   | D       | 1000 USD | yes | 2026-03-01 | sourced | 100
    d5   | E       | 500 USD  | yes | 2026-03-01 | sourced | 100
    d6   | M       | 2500 USD | yes | 2026-03-01 | sourced | 100`,
  );
}
beforeEach(fill);

const recompute = async (options: { at?: number; only?: 'dirty' | 'due' | 'all'; pageSize?: number } = {}) =>
  await recomputeKpis(store, {
    program,
    now: options.at ?? now,
    ...(options.only && { only: options.only }),
    ...(options.pageSize && { pageSize: options.pageSize }),
  });

const text = ({ numerator, denominator, empty }: KpiValue) =>
  numerator === null ? String(empty) : exactText(exactRatio(numerator, denominator!));

async function shown(kpi: string, at = now): Promise<string> {
  const values = await readKpis(store, { program, partners: everybody, now: at });
  return values
    .filter((one) => one.kpi === kpi)
    .map((one) => `${one.partnerId} ${text(one)}${one.state === 'current' ? '' : ` ${one.state}`}`)
    .join(', ');
}

async function value(partner: string, kpi: string): Promise<KpiValue> {
  const values = await readKpis(store, { program, partners: [partner], now });
  return values.find((one) => one.kpi === kpi)!;
}

async function change(sql: string, entity: 'deal' | 'partner', partners: string[]): Promise<void> {
  await store.query(sql);
  await markDirty(store, entity, partners);
}

describe('ranks', () => {
  it('stand among the partners of their group', async () => {
    await recompute({ pageSize: 2 });
    expect(await shown('place')).toBe('A 100, B 100/3, C 200/3, D 50, E 100, M outside');
    expect(await shown('ofAll')).toBe('A 10, B 30, C 20, D 10, E 5, M 25');
  });

  it('are part of scores, and a score of theirs can be ranked again', async () => {
    await recompute({ pageSize: 2 });
    // One deal each; 30 points down to the middle of the group.
    expect(await shown('total')).toBe('A 11, B 31, C 11, D 31, E 11, M part_empty');
    expect(await shown('totalPlace')).toBe('A 3, B 1, C 3, D 1, E 3, M unranked');
  });

  it('say of a partner in no group by what it would be ranked', async () => {
    await recompute();
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      d7   | M       | 2500 USD | yes | 2026-03-01 | sourced | 100`,
    );
    await markDirty(store, 'deal', ['M']);
    await recompute();
    expect(await value('M', 'dealPlace')).toMatchObject({
      empty: 'outside',
      counted: 2,
      rank: { value: { numerator: '2', denominator: '1' } },
    });
  });

  it('change for everybody in the group that changed, and for nobody else', async () => {
    await recompute();
    const before = await readValueRows(store, program, everybody);
    await change(`update tierlink.deal set amount = 5000 where id = 'd1'`, 'deal', ['A']);
    const { changes } = await recompute();
    expect(await shown('place')).toBe('A 100/3, B 200/3, C 100, D 50, E 100, M outside');
    expect(
      changes
        .filter(({ kpi }) => kpi === 'place')
        .map(({ partnerId }) => partnerId)
        .sort(),
    ).toEqual(['A', 'B', 'C']);
    const after = await readValueRows(store, program, everybody);
    const norway = (values: readonly KpiValue[]) =>
      values.filter(({ partnerId, kpi }) => 'DE'.includes(partnerId) && kpi === 'place');
    expect(norway(after)).toEqual(norway(before));
  });

  it('are not looked at where nothing that they compare has changed', async () => {
    await recompute();
    await change(`update tierlink.deal set name = 'other' where id = 'd1'`, 'deal', ['A']);
    // revenue and deals of A, and the three scores that rest on them.
    expect((await recompute()).values).toBe(5);
    expect(await hasKpiWork(store, { program, now })).toBe(false);
  });

  it('follow a partner into another group, and out of all', async () => {
    await recompute();
    await change(`update tierlink.partner set country = 'NO' where id = 'B'`, 'partner', ['B']);
    await recompute();
    expect(await shown('place')).toBe('A 100, B 100/3, C 50, D 200/3, E 100, M outside');
    await change(`update tierlink.partner set country = null where id = 'B'`, 'partner', ['B']);
    await recompute();
    expect(await shown('place')).toBe('A 100, B outside, C 50, D 50, E 100, M outside');
    await change(`update tierlink.partner set types = '{reseller}' where id = 'M'`, 'partner', ['M']);
    await recompute();
    expect(await shown('place')).toBe('A 100, B outside, C 200/3, D 50, E 100, M 100/3');
  });

  it('forget a partner that leaves, and know it again when it is back', async () => {
    await recompute();
    await change(`update tierlink.partner set in_scope = false where id = 'B'`, 'partner', ['B']);
    await recompute();
    expect(await shown('place')).toContain('A 100, B 100/3 stale, C 50, D 50, E 100');
    await change(`update tierlink.partner set in_scope = true where id = 'B'`, 'partner', ['B']);
    await recompute();
    expect(await shown('place')).toBe('A 100, B 100/3, C 200/3, D 50, E 100, M outside');
  });

  it('and other figures of a partner that is back are computed anew, whatever is asked for', async () => {
    for (const only of ['dirty', undefined] as const) {
      await fill();
      await recompute();
      const valuesOfB = async () => keyed(await readValueRows(store, program, ['B']));
      const before = await valuesOfB();
      await change(`update tierlink.partner set in_scope = false where id = 'B'`, 'partner', ['B']);
      await recompute(only && { only });
      expect(await value('B', 'revenue')).toMatchObject({
        state: 'stale',
        stateReason: { code: 'kept_away' },
        nextChangeAt: null,
      });
      await change(`update tierlink.partner set in_scope = true where id = 'B'`, 'partner', ['B']);
      await recompute(only && { only });
      expect(await valuesOfB()).toEqual(before);
      expect(await hasKpiWork(store, { program, now })).toBe(false);
    }
  });

  it('and what is due are found without looking at those who left', async () => {
    await insertMany(store, 'partner', {
      columns: 'id text, country text, types text[]',
      rows: Array.from({ length: 300 }, (_none, index) => ({
        id: `X${index}`,
        country: 'SE',
        types: ['reseller'],
      })),
    });
    await recompute({ only: 'all' });
    await store.query(`update tierlink.partner set in_scope = false where id like 'X%'`);
    await markDirty(
      store,
      'partner',
      Array.from({ length: 300 }, (_none, index) => `X${index}`),
    );
    await recompute();
    await store.query('analyze tierlink.kpi_value');
    const looked: number[] = [];
    const watched: typeof store = {
      ...store,
      query: async (sql, parameters) => {
        if (/next_change_at <= /.test(sql))
          await store.transaction(async (tx) => {
            await tx.query('set local enable_seqscan = off');
            const [plan] = await tx.query(`explain (analyze, format json) ${sql}`, parameters);
            looked.push(rowsLookedAt(plan));
          });
        return await store.query(sql, parameters);
      },
    };
    await readKpis(watched, { program, partners: ['A'], now: now + 1 });
    expect(await hasKpiWork(watched, { program, now: now + 1 })).toBe(false);
    expect(looked.length).toBeGreaterThan(1);
    expect(Math.max(...looked)).toBe(0);
  });

  it('change by time alone when a figure of somebody else does', async () => {
    await recompute();
    const later = Date.parse('2027-03-20T09:00:00Z');
    await recompute({ at: later, only: 'due' });
    // Only what was won in April and May counts any more.
    expect(await shown('place', later)).toBe('A 100, B 100/3, C 200/3, D 50, E 50, M outside');
    expect(await shown('ofAll', later)).toBe('A 0, B 60, C 40, D 0, E 0, M 0');
  });

  it('are stale as long as somebody in the group is not looked at again', async () => {
    await recompute();
    await change(`update tierlink.deal set amount = 5000 where id = 'd1'`, 'deal', ['A']);
    expect(await shown('place')).toBe('A 100 stale, B 100/3 stale, C 200/3 stale, D 50, E 100, M outside');
    expect((await value('B', 'total')).state).toBe('stale');
    expect((await value('B', 'dealPoints')).state).toBe('current');
    await recompute();
    // Time has moved the window of A, and only in its group a rank could be another.
    expect(await shown('place', Date.parse('2027-03-02T09:00:00Z'))).toMatch(
      /^A .* stale, B .* stale, C .* stale/,
    );
  });

  it('of ranks are stale while somebody of an inner group is not looked at again', async () => {
    const nested = programOf({
      kpis: `  outer: { label: Outer, help: O., unit: count, better: lower, rank: { of: total, among: { attribute: employees, atLeast: 10 }, as: position } }
  top: { label: Top, help: T., unit: points, score: { sum: [total] } }
  total: { label: Total, help: T., unit: points, score: { bands: { of: inner, table: [{ from: 0, points: 3 }, { above: 40, points: 1 }] } } }
  inner: { label: Inner, help: I., unit: percent, rank: { of: deals, within: country, as: share } }
  outermost: { label: Outermost, help: O., unit: percent, rank: { of: outerPoints, as: share } }
  outerPoints: { label: Outer points, help: O., unit: points, score: { bands: { of: outer, table: [{ from: 1, points: 3 }, { above: 1, points: 1 }] } } }
  deals: { label: Deals, help: D., unit: count, measure: { count: deal } }`,
    });
    await store.query(
      `update tierlink.partner set employees = case when id in ('B', 'D', 'M') then 20 else 1 end`,
    );
    await recomputeKpis(store, { program: nested, now });
    const stale = async () => {
      const values = await readKpis(store, { program: nested, partners: everybody, now });
      return values
        .flatMap(({ partnerId, kpi, state }) => (state === 'stale' ? [`${partnerId} ${kpi}`] : []))
        .sort();
    };
    expect(await stale()).toEqual([]);
    // E stands in no group of the outer rank. D, of the same country, does, and so changes the place of those in Sweden.
    await change(`update tierlink.deal set amount = 1 where id = 'd5'`, 'deal', ['E']);
    expect(await stale()).toEqual(
      [
        ...['D', 'E'].flatMap((id) => [`${id} inner`, `${id} total`, `${id} top`]),
        ...['B', 'D', 'M'].flatMap((id) => [`${id} outer`, `${id} outerPoints`]),
        ...everybody.map((id) => `${id} outermost`),
        ...['deals', 'outer', 'outerPoints'].map((kpi) => `E ${kpi}`),
      ].sort(),
    );
    await recomputeKpis(store, { program: nested, now });
    expect(await stale()).toEqual([]);
  });

  it('are stale while a changed partner could join any group', async () => {
    await recompute();
    await change(`update tierlink.partner set country = 'NO' where id = 'B'`, 'partner', ['B']);
    expect(await shown('place')).toMatch(/D 50 stale, E 100 stale/);
  });

  it('are provisional while the figure of somebody in the group cannot be computed', async () => {
    await recompute();
    await change(`update tierlink.deal set amount_currency = 'CHF' where id = 'd3'`, 'deal', ['C']);
    await recompute();
    expect(await shown('place')).toBe(
      'A 100 provisional, B 50 provisional, C null error, D 50, E 100, M outside',
    );
    expect(await value('A', 'place')).toMatchObject({
      stateReason: { code: 'group_open', partners: 1 },
    });
    expect(await value('A', 'total')).toMatchObject({
      state: 'provisional',
      stateReason: { code: 'group_open', partners: 1 },
    });
    // Behind it stands a rank of that score, of everybody.
    expect((await value('D', 'totalPlace')).state).toBe('provisional');
    await change(`update tierlink.deal set amount_currency = 'USD' where id = 'd3'`, 'deal', ['C']);
    await recompute();
    expect(await shown('place')).toBe('A 100, B 100/3, C 200/3, D 50, E 100, M outside');
    expect(await shown('total')).toBe('A 11, B 31, C 11, D 31, E 11, M part_empty');
  });

  it('are provisional while partners themselves are read late', async () => {
    await recompute();
    await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values
         ('prod', 'Account', 'partner', '2026-11-01T09:00:00Z')`,
    );
    expect((await value('A', 'place')).stateReason).toMatchObject({
      ...{ code: 'late', object: 'Account', connection: 'prod', completeTo: '2026-11-01' },
    });
    expect((await value('A', 'revenue')).state).toBe('current');
  });

  it('say where a partner stands, and nothing of the others', async () => {
    await recompute();
    expect((await value('C', 'place')).rank).toEqual({
      as: 'topShare',
      of: 'revenue',
      value: { numerator: '2000', denominator: '1' },
      group: [{ attribute: 'country', value: 'SE' }],
      size: 3,
      withoutFigure: 0,
      position: { numerator: '2', denominator: '1' },
      tied: 0,
      total: null,
    });
    expect((await value('M', 'place')).rank).toMatchObject({ group: null, position: null });
  });

  it("lead to the partner's own records, as many as they count", async () => {
    await recompute();
    const { included } = await kpiRecords(store, { program, kpi: 'place', partnerId: 'A', now });
    expect(included.map(({ id, part }) => [id, part])).toEqual([['d1', 'revenue']]);
    expect((await value('A', 'place')).counted).toBe(1);
  });

  it('are not written again when nothing changed', async () => {
    await recompute();
    const before = await store.query('select * from tierlink.kpi_value order by partner_id, kpi');
    expect((await recompute({ at: now + 60_000, only: 'all' })).changed).toBe(0);
    expect(await store.query('select * from tierlink.kpi_value order by partner_id, kpi')).toEqual(before);
  });

  it('of ranks take the rules of another version of the program', async () => {
    const version = (minimum: number) =>
      programOf({
        kpis: `  outer: { label: Outer, help: O., unit: percent, better: lower, rank: { of: inner, as: topShare, minimum: ${minimum} } }
  inner: { label: Inner, help: I., unit: percent, rank: { of: deals, within: country, as: share } }
  deals: { label: Deals, help: D., unit: count, measure: { count: deal } }`,
      });
    const outer = async (used: ReturnType<typeof programOf>) => {
      await recomputeKpis(store, { program: used, now });
      const values = await readKpis(store, { program: used, partners: ['A', 'D'], now });
      return values.filter(({ kpi }) => kpi === 'outer').map((one) => `${text(one)} ${one.state}`);
    };
    expect(await outer(version(2))).toEqual(['50 current', '50/3 current']);
    expect(await outer(version(9))).toEqual(['few_partners current', 'few_partners current']);
  });

  it('are ranked by the next run where one died behind the figures', async () => {
    await recompute();
    await change(`update tierlink.deal set amount = 5000 where id = 'd1'`, 'deal', ['A']);
    const died = recomputeKpis(store, {
      program,
      now,
      onPage: () => {
        throw new Error('died');
      },
    });
    await expect(died).rejects.toThrow('died');
    expect(await shown('place')).toMatch(/^A 100 stale, B 100\/3 stale/);
    expect(await hasKpiWork(store, { program, now })).toBe(true);
    await recompute();
    expect(await shown('place')).toBe('A 100/3, B 200/3, C 100, D 50, E 100, M outside');
  });

  it('go into the figures of the period', async () => {
    await recompute();
    const [row] = await store.query<{ figures: Record<string, string> }>(
      `select figures from tierlink.kpi_period where partner_id = 'B'`,
    );
    expect(row!.figures).toMatchObject({ place: '33.3', ofAll: '30', total: '31', totalPlace: '1' });
  });

  it('that rest on no other one are written into the record of a period together', async () => {
    const all = everybody.length;
    // Each record is made once and has its ranks put in; then those of resellers the rank that rests on one of those.
    expect((await recompute()).periodsChanged).toBe(all + all + (all - 1));
  });

  it('of more groups than a transaction takes are all made', async () => {
    const ids = Array.from({ length: 60 }, (_one, index) => `P${String(index).padStart(2, '0')}`);
    await insertRows(
      store,
      'partner',
      ids.map((id) => ({ id, country: `country ${id}`, types: '{reseller}' })),
    );
    await recompute();
    const values = await readKpis(store, { program, partners: ids, now });
    const places = values.filter(({ kpi }) => kpi === 'place').map(text);
    expect(places).toEqual(ids.map(() => '100'));
    expect(await hasKpiWork(store, { program, now })).toBe(false);
  });
});

/** Rows of values that a statement has read, by its plan. */
function rowsLookedAt(plan: unknown): number {
  if (typeof plan !== 'object' || plan === null) return 0;
  const own = plan as Record<string, unknown>;
  const rows = ['Actual Rows', 'Rows Removed by Filter'].map((key) => Number(own[key] ?? 0));
  const isOfValues = own['Relation Name'] === 'kpi_value';
  return Object.values(own).reduce<number>(
    (sum, part) => sum + rowsLookedAt(part),
    isOfValues ? rows.reduce((sum, one) => sum + one, 0) : 0,
  );
}

/** Random changes, each worked off by itself, end in the figures that one full computation gives. */
describe('ranking step by step', () => {
  const step = fc.record({
    partner: fc.constantFrom(...everybody),
    what: fc.constantFrom('amount', 'country', 'types', 'scope', 'currency', 'time'),
    size: fc.integer({ min: 0, max: 9 }),
  });
  const dealOf: Readonly<Record<string, string>> = { A: 'd1', B: 'd2', C: 'd3', D: 'd4', E: 'd5', M: 'd6' };

  const said = (values: readonly KpiValue[]) =>
    values
      .map(({ partnerId, kpi, state, doubt, rank, ...one }) => ({
        figure: `${partnerId} ${kpi} ${text({ partnerId, kpi, state, ...one })}`,
        state,
        doubt: doubt ?? null,
        rank: rank ?? null,
      }))
      .sort((left, right) => (left.figure < right.figure ? -1 : 1));

  it('is ranking at once, and is what the records alone give', async () => {
    await fc.assert(
      fc
        .asyncProperty(fc.array(step, { minLength: 1, maxLength: 6 }), async (steps) => {
          let at = now;
          await recompute({ at });
          for (const { partner, what, size } of steps) {
            const deal = dealOf[partner]!;
            const sql = {
              amount: `update tierlink.deal set amount = ${size} where id = '${deal}'`,
              currency: `update tierlink.deal set amount_currency = '${size > 5 ? 'CHF' : 'USD'}' where id = '${deal}'`,
              country: `update tierlink.partner set country = ${['null', `'SE'`, `'NO'`][size % 3]} where id = '${partner}'`,
              types: `update tierlink.partner set types = '{${size > 4 ? 'reseller' : 'msp'}}' where id = '${partner}'`,
              scope: `update tierlink.partner set in_scope = ${size > 3} where id = '${partner}'`,
              time: 'select 1',
            }[what]!;
            await change(sql, what === 'amount' || what === 'currency' ? 'deal' : 'partner', [partner]);
            if (what === 'time') at += size * 20 * 86_400_000;
            await recompute({ at, pageSize: 1 + (size % 4) });
          }
          const live = (
            await store.query<{ id: string }>('select id from tierlink.partner where in_scope order by id')
          ).map(({ id }) => id);
          const stepwise = said(await readValueRows(store, program, live));
          await recompute({ at, only: 'all' });
          expect(said(await readValueRows(store, program, live))).toEqual(stepwise);
          const asOf = new Date(at).toISOString().slice(0, 10);
          const scope = { program, asOf, now: at, feeds: [] };
          const kpis = Object.keys(program.kpis);
          expect(said(await computeAll(store, scope, { kpis, partners: live }))).toEqual(stepwise);
        })
        .beforeEach(fill),
      { numRuns: 12 },
    );
  });
});
