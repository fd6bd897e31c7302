import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readKpis } from '../../src/kpi/read.ts';
import { hasKpiWork, recomputeKpis } from '../../src/kpi/recompute.ts';
import { reasonOrNull } from '../../src/kpi/state-reason.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { insertDeals, insertRows, markDirty, programOf } from './sample.ts';

const revenue = `  revenue:
    label: Revenue
    help: Won deals.
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }`;
const certified = `  certified:
    label: Certified
    help: People.
    unit: people
    measure: { distinct: certification.person, window: { validFrom: issuedOn, validThrough: expiresOn } }`;
const company = `  company:
    label: Company
    help: With subsidiaries.
    unit: money
    rollUp: company
    measure: { sum: deal.amount, where: { attribute: isWon, is: true } }`;

const program = programOf({ kpis: `${revenue}\n${certified}` });
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
    { id: 'B', name: 'B' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
    d2   | B       | 500 USD  | yes | 2026-04-01 | sourced | 100`,
  );
});

async function recompute(options: { program?: Program; at?: number; only?: 'dirty' | 'due' | 'all' } = {}) {
  const { at, ...rest } = options;
  return await recomputeKpis(store, { program, now: at ?? now, ...rest });
}

async function revenueOf(partner: string, at = now): Promise<string> {
  const values = await readKpis(store, { program, partners: [partner], now: at });
  const value = values.find(({ kpi }) => kpi === 'revenue')!;
  return `${value.numerator}/${value.denominator} ${value.state}`;
}

async function outbox(): Promise<number> {
  const rows = await store.query(`select 1 from tierlink.outbox where entity = 'kpiPeriod'`);
  return rows.length;
}

describe('recomputing', () => {
  it('computes everything once and then nothing', async () => {
    expect(await recompute()).toMatchObject({ partners: 2, values: 4, changed: 4, periodsChanged: 2 });
    expect(await recompute()).toMatchObject({ partners: 0, values: 0, changed: 0, periodsChanged: 0 });
  });

  it('looks only at what time has changed when asked for what is due', async () => {
    await recompute();
    expect(await recompute({ only: 'due' })).toMatchObject({ partners: 0 });
    await store.query(`update tierlink.kpi_value set next_change_at = '2020-01-01Z' where partner_id = 'B'`);
    await markDirty(store, 'deal', ['A']);
    expect(await recompute({ only: 'due' })).toMatchObject({ partners: 1 });
  });

  it('computes only the KPIs that read what was dirtied, and takes the dirty rows away', async () => {
    await recompute();
    await store.query(`update tierlink.deal set amount = 1500 where id = 'd1'`);
    await markDirty(store, 'deal', ['A']);
    expect(await revenueOf('A')).toBe('1000/1 stale');
    const result = await recompute();
    expect(result).toMatchObject({ partners: 1, values: 1, changed: 1 });
    expect(result.changes).toEqual([
      expect.objectContaining({
        partnerId: 'A',
        kpi: 'revenue',
        before: expect.objectContaining({ numerator: '1000' }),
        after: expect.objectContaining({ numerator: '1500' }),
      }),
    ]);
    expect(await revenueOf('A')).toBe('1500/1 current');
    expect(await store.query('select 1 from tierlink.dirty_partner')).toHaveLength(0);
  });

  it('tells the CRM nothing when a dirtied figure comes out the same', async () => {
    await recompute();
    await store.query('delete from tierlink.outbox');
    await markDirty(store, 'deal', ['A', 'B']);
    expect(await recompute()).toMatchObject({ partners: 2, values: 2, changed: 0, periodsChanged: 0 });
    expect(await outbox()).toBe(0);
  });

  it('computes again on exactly the day on which time alone changes a figure', async () => {
    await recompute();
    const day = (text: string) => Date.parse(`${text}T00:00:00Z`);
    expect(await recompute({ at: day('2027-01-01') })).toMatchObject({ values: 0, periodsChanged: 2 });
    expect(await recompute({ at: day('2027-03-01') })).toMatchObject({ values: 0 });
    expect(await revenueOf('A', day('2027-03-02'))).toBe('1000/1 stale');
    expect(await recompute({ at: day('2027-03-02') })).toMatchObject({ partners: 1, values: 1, changed: 1 });
    expect(await revenueOf('A', day('2027-03-02'))).toBe('0/1 current');
  });

  it('keeps the number of records left out as time changes it: near the window, then in it, back, and too far', async () => {
    await recompute();
    await store.query(`update tierlink.deal set close_on = '2028-01-15' where id = 'd1'`);
    await markDirty(store, 'deal', ['A']);
    const leftOut = async (day: string) => {
      await recompute({ at: Date.parse(`${day}T00:00:00Z`) });
      const [value] = await readKpis(store, { program, partners: ['A'], now });
      return `${value!.counted} counted, ${JSON.stringify(value!.excludedBy)}`;
    };
    // The window is [a year ago, today); what lies within a year of it is named.
    expect(await leftOut('2027-01-15')).toBe('0 counted, {}');
    expect(await leftOut('2027-01-16')).toBe('0 counted, {"after_window":1}');
    expect(await leftOut('2028-01-16')).toBe('1 counted, {}');
    expect(await leftOut('2029-01-15')).toBe('1 counted, {}');
    expect(await leftOut('2029-01-16')).toBe('0 counted, {"before_window":1}');
    expect(await leftOut('2030-01-15')).toBe('0 counted, {"before_window":1}');
    expect(await leftOut('2030-01-16')).toBe('0 counted, {}');
  });

  it('begins a new record for the CRM with each period', async () => {
    await recompute();
    await recompute({ at: Date.parse('2027-01-01T00:00:00Z') });
    const rows = await store.query('select distinct period from tierlink.kpi_period order by 1');
    expect(rows).toEqual([{ period: '2026-Q4' }, { period: '2027-Q1' }]);
  });

  it('looks at every partner once when a period begins, also when it is stopped on the way, and then no more', async () => {
    await recompute();
    const at = Date.parse('2027-01-01T00:00:00Z');
    const stop = () => {
      throw new Error('stop');
    };
    await expect(recomputeKpis(store, { program, now: at, pageSize: 1, onPage: stop })).rejects.toThrow(
      'stop',
    );
    expect(await hasKpiWork(store, { program, now: at })).toBe(true);
    expect(await recompute({ at })).toMatchObject({ partners: 1, periodsChanged: 1 });
    expect(await hasKpiWork(store, { program, now: at })).toBe(false);
    const asked: string[] = [];
    const listening: Store = {
      ...store,
      query: (sql, parameters) => {
        asked.push(sql);
        return store.query(sql, parameters);
      },
    };
    await recomputeKpis(listening, { program, now: at });
    expect(asked.filter((sql) => sql.includes('not exists'))).toEqual([]);
    expect(asked.filter((sql) => sql.includes('dirty_partner'))).toHaveLength(1);
  });

  it('computes a partner that joins between two periods', async () => {
    await recompute();
    await insertRows(store, 'partner', [{ id: 'C', name: 'C' }]);
    await markDirty(store, 'partner', ['C']);
    expect(await recompute()).toMatchObject({ partners: 1, values: 2, periodsChanged: 1 });
  });

  it('computes everything again when the program file has changed', async () => {
    await recompute();
    const changed = programOf({ kpis: revenue.replace('12 months', '6 months') });
    expect(await recompute({ program: changed })).toMatchObject({ values: 2, changed: 2 });
    expect(await recompute({ program: changed })).toMatchObject({ values: 0 });
  });

  it('keeps the values of a partner out of scope as they were, and computes them when it is back', async () => {
    await recompute();
    await store.query(`update tierlink.partner set in_scope = false where id = 'A'`);
    await store.query(`update tierlink.deal set amount = 7 where id = 'd1'`);
    await markDirty(store, 'deal', ['A']);
    expect(await recompute()).toMatchObject({ values: 0 });
    expect(await store.query('select 1 from tierlink.dirty_partner')).toHaveLength(0);
    await store.query(`update tierlink.partner set in_scope = true where id = 'A'`);
    await markDirty(store, 'partner', ['A']);
    await recompute();
    expect(await revenueOf('A')).toBe('7/1 current');
  });

  it('ends the same whatever the size of the pages', async () => {
    await recomputeKpis(store, { program, now, pageSize: 1 });
    const one = await store.query('select * from tierlink.kpi_value order by partner_id, kpi');
    await store.query('truncate tierlink.kpi_value, tierlink.kpi_period, tierlink.setting');
    await recomputeKpis(store, { program, now, pageSize: 100 });
    expect(await store.query('select * from tierlink.kpi_value order by partner_id, kpi')).toEqual(one);
  });

  it('keeps finished pages and the rest of the work when it is stopped', async () => {
    const stopped = recomputeKpis(store, {
      program,
      now,
      pageSize: 1,
      onPage: () => {
        throw new Error('stop');
      },
    });
    await expect(stopped).rejects.toThrow('stop');
    expect(await store.query('select distinct partner_id from tierlink.kpi_value')).toEqual([
      { partner_id: 'A' },
    ]);
    expect(await recompute()).toMatchObject({ partners: 2 });
    expect(await revenueOf('B')).toBe('500/1 current');
  });
});

describe('freshness', () => {
  it('makes figures provisional while an input is behind its limit, unread or frozen, and says which', async () => {
    await recompute();
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('prod', 'Opportunity', 'deal', $1)`,
      ['2026-11-19T09:00:00Z'],
    );
    const state = async () => {
      const values = await readKpis(store, { program, partners: ['A'], now });
      return values.map((value) =>
        `${value.kpi}: ${value.state} ${reasonOrNull(value.stateReason) ?? ''}`.trim(),
      );
    };
    expect(await state()).toEqual([
      'revenue: provisional Opportunity of prod is complete only to 2026-11-19, and may be 3 days behind at most',
      'certified: current',
    ]);
    await store.query(`update tierlink.feed set complete_to = '2026-11-22T00:00:00Z'`);
    expect(await state()).toEqual(['revenue: current', 'certified: current']);
    await store.query(`update tierlink.feed set frozen_reason = '40 % of the deals can no longer be seen'`);
    expect(await state()).toEqual([
      'revenue: provisional Opportunity of prod: 40 % of the deals can no longer be seen',
      'certified: current',
    ]);
    await store.query('update tierlink.feed set frozen_reason = null, complete_to = null');
    expect((await state())[0]).toBe(
      'revenue: not_calculated Opportunity of prod has not been read completely yet',
    );
  });
});

describe('roll-up to the company', () => {
  it('counts each deal of the parent and its subsidiaries once, and reaches the parent when one changes', async () => {
    const withCompany = programOf({ kpis: company });
    await insertRows(store, 'partner', [
      { id: 'S1', name: 'S1', parent: 'A' },
      { id: 'S2', name: 'S2', parent: 'S1' },
    ]);
    await insertDeals(
      store,
      `
      deal | partner | amount  | won | closed     | role        | weight
      d3   | S1      | 200 USD | yes | 2026-03-01 | distributor | 100
      d3   | S2      | 200 USD | yes | 2026-03-01 | sourced     | 100`,
    );
    const figures = async () => {
      const values = await readKpis(store, { program: withCompany, partners: ['A', 'S1', 'S2'], now });
      return values.map(({ partnerId, numerator }) => `${partnerId} ${numerator}`);
    };
    await recompute({ program: withCompany });
    expect(await figures()).toEqual(['A 1200', 'S1 200', 'S2 200']);
    await store.query(`update tierlink.deal set amount = 300 where id = 'd3'`);
    await markDirty(store, 'deal', ['S2']);
    await recompute({ program: withCompany });
    expect(await figures()).toEqual(['A 1300', 'S1 300', 'S2 300']);
  });

  it('is not led round in circles by partners that are each other’s parent', async () => {
    await store.query(`update tierlink.partner set parent = case id when 'A' then 'B' else 'A' end`);
    const withCompany = programOf({ kpis: company });
    await recompute({ program: withCompany });
    const values = await readKpis(store, { program: withCompany, partners: ['A', 'B'], now });
    expect(values.map(({ numerator }) => numerator)).toEqual(['1500', '1500']);
  });
});
