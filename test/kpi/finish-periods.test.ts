import { describe, expect, it } from '@jest/globals';
import { waitingPeriods } from '../../src/kpi/finish-periods.ts';
import { loadFeeds } from '../../src/kpi/freshness.ts';
import { readKeptPeriods } from '../../src/kpi/kept-periods.ts';
import { hasKpiWork, type RecomputeOptions, recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Program } from '../../src/program/load.ts';
import { effectiveProgram } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { closePeriod } from '../../src/tier/look/period-close.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { insertDeals, insertRows, markDirty, programOf } from './sample.ts';

const won = 'sum: deal.amount, where: { attribute: isWon, is: true }';
const kpis = `  quarter: { label: Quarter, help: Q., unit: money, measure: { ${won}, window: { current: quarter, by: closeOn } } }
  year: { label: Year, help: Y., unit: money, measure: { ${won}, window: { last: 12 months, by: closeOn } } }
  place: { label: Place, help: P., unit: count, better: lower, rank: { of: quarter, as: position } }`;
const program = programOf({ kpis });
const at = (day: string) => Date.parse(`${day}T08:00:00Z`);
let store: Store;

/** On the last day B, which was behind, wins a deal. */
storeForEach(async (opened) => {
  store = opened;
  await insertRows(store, 'partner', [
    { id: 'A', name: 'A' },
    { id: 'B', name: 'B' },
    { id: 'C', name: 'C' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 1000 USD | yes | 2026-11-02 | sourced | 100
    d2   | B       | 500 USD  | yes | 2026-11-03 | sourced | 100`,
  );
  await recompute('2026-12-30');
});

async function recompute(day: string, options: Partial<RecomputeOptions> = {}) {
  return await recomputeKpis(store, { program, now: at(day), ...options });
}

async function winOnLastDay(): Promise<void> {
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d3   | B       | 2000 USD | yes | 2026-12-31 | sourced | 100`,
  );
  await markDirty(store, 'deal', ['B']);
}

/** The periods that are over and not final, as the status names them on 2 January. */
async function waiting(): Promise<{ period: string; waitsFor: string[] }[]> {
  const kept = await readKeptPeriods(store, program);
  const run = { program, now: at('2027-01-02'), feeds: await loadFeeds(store), kept };
  return (await waitingPeriods(store, run)).map(({ period, waitsFor }) => ({ period, waitsFor }));
}

/** Partner: quarter, year, place of each. */
async function figures(period: string): Promise<string[]> {
  const rows = await store.query<{ partner_id: string; figures: Record<string, string | null> }>(
    'select partner_id, figures from tierlink.kpi_period where period = $1 order by partner_id',
    [period],
  );
  return rows.map(({ partner_id: id, figures: { quarter, year, place } }) =>
    [`${id}:`, quarter ?? '-', year ?? '-', place ?? '-'].join(' '),
  );
}

const atLastRun = ['A: 1000 1000 1', 'B: 500 500 2', 'C: 0 0 3'];
const final = ['A: 1000 1000 2', 'B: 2500 2500 1', 'C: 0 0 3'];

/** The records that a push would write. */
async function marked(): Promise<string[]> {
  const rows = await store.query<{ name: string }>(
    `select k.partner_id || ' ' || k.period as name from tierlink.outbox o join tierlink.kpi_period k on k.id = o.record_id
     where o.entity = 'kpiPeriod' order by 1`,
  );
  return rows.map(({ name }) => name);
}

/** What a recomputation asks the store. */
async function statementsOf(day: string): Promise<string[]> {
  const asked: string[] = [];
  const listening: Store = {
    ...store,
    query: (sql, parameters) => {
      asked.push(sql);
      return store.query(sql, parameters);
    },
    transaction: (work) => {
      asked.push('transaction');
      return store.transaction(work);
    },
  };
  await recomputeKpis(listening, { program, now: at(day) });
  return asked;
}

const stop = () => {
  throw new Error('stop');
};

describe('a period that has ended', () => {
  it('gets its last day with the first recomputation after it, also in the ranks of others, and only what changed is written', async () => {
    expect(await figures('2026-Q4')).toEqual(atLastRun);
    await store.query('delete from tierlink.outbox');
    await winOnLastDay();
    await recompute('2026-12-31');
    expect(await figures('2026-Q4')).toEqual(atLastRun);
    expect(await marked()).toEqual([]);
    await recompute('2027-01-01');
    expect(await figures('2026-Q4')).toEqual(final);
    expect(await figures('2027-Q1')).toEqual(['A: 0 1000 1', 'B: 0 2500 1', 'C: 0 0 1']);
    expect(await marked()).toEqual(['A 2026-Q4', 'A 2027-Q1', 'B 2026-Q4', 'B 2027-Q1', 'C 2027-Q1']);
  });

  it('is brought to its end when it is stopped between pages, also by ranks, and then asked for nothing more', async () => {
    const quiet = await statementsOf('2026-12-30');
    await winOnLastDay();
    await recompute('2027-01-01', { only: 'dirty' });
    const pages: string[][] = [];
    for (let done = false; !done; ) {
      const attempt = recompute('2027-01-01', { pageSize: 1, onPage: stop });
      done = await attempt.then(
        () => true,
        () => false,
      );
      pages.push(await figures('2026-Q4'));
      expect(await hasKpiWork(store, { program, now: at('2027-01-01') })).toBe(!done);
    }
    expect(pages).toContainEqual([final[0], ...atLastRun.slice(1)]);
    expect(pages.at(-1)).toEqual(final);
    expect(await statementsOf('2027-01-02')).toEqual(quiet);
    expect(await store.query(`select value from tierlink.setting where key = 'kpi.period.test'`)).toEqual([
      {
        value: {
          running: { period: '2027-Q1', startsOn: '2027-01-01', endsOn: '2027-03-31' },
          unfinished: [],
        },
      },
    ]);
  });

  it('stays as it was signed off', async () => {
    await winOnLastDay();
    await closePeriod(store, { program, period: '2026-Q4', author: 'finance', now: at('2027-01-01') });
    await recompute('2027-01-01');
    expect(await figures('2026-Q4')).toEqual(atLastRun);
    expect(await hasKpiWork(store, { program, now: at('2027-01-01') })).toBe(false);
  });

  it('is final after that: a deal that is dated back into it later changes it no more', async () => {
    await recompute('2027-01-01');
    await winOnLastDay();
    await recompute('2027-01-02');
    await recompute('2027-01-03', { only: 'all' });
    expect(await figures('2026-Q4')).toEqual(atLastRun);
  });

  it('waits for what was not read to its end, or is not certain, and asks for no work meanwhile', async () => {
    const feed = async (completeTo: string, frozen: string | null = null) =>
      await store.query(
        `insert into tierlink.feed (connection, object, entity, complete_to, frozen_reason)
         values ('prod', 'Opportunity', 'deal', $1, $2) on conflict (connection, object, entity)
         do update set complete_to = excluded.complete_to, frozen_reason = excluded.frozen_reason`,
        [completeTo, frozen],
      );
    await feed('2026-12-31T23:59:00Z');
    await recompute('2027-01-01');
    await winOnLastDay();
    await recompute('2027-01-02');
    expect(await hasKpiWork(store, { program, now: at('2027-01-02') })).toBe(false);
    expect(await waiting()).toEqual([
      { period: '2026-Q4', waitsFor: ['Opportunity of prod is complete only to 2026-12-31'] },
    ]);
    await feed('2027-01-02T07:00:00Z', 'shrunk');
    await recompute('2027-01-02');
    expect((await waiting())[0]!.waitsFor).toEqual([expect.stringContaining('is not certain')]);
    expect(await figures('2026-Q4')).toEqual(atLastRun);
    await feed('2027-01-02T07:00:00Z');
    expect(await hasKpiWork(store, { program, now: at('2027-01-02') })).toBe(true);
    await recompute('2027-01-02');
    expect(await figures('2026-Q4')).toEqual(final);
    expect(await waiting()).toEqual([]);
  });

  it('keeps the figures of which inputs were never read, and does not wait for them', async () => {
    const two = programOf({
      kpis: `${kpis}\n  leads: { label: L, help: L., unit: count, measure: { count: lead } }`,
    });
    const leads = async () =>
      await store.query(
        `select figures ->> 'leads' as leads, figures ->> 'quarter' as quarter from tierlink.kpi_period
         where period = '2026-Q4' and partner_id = 'B'`,
      );
    await insertRows(store, 'lead', [{ id: 'l1', partner: 'B' }]);
    await recompute('2026-12-31', { program: two });
    expect(await leads()).toEqual([{ leads: '1', quarter: '500' }]);
    await store.query('delete from tierlink.lead');
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('prod', 'Lead', 'lead', null)`,
    );
    await winOnLastDay();
    await recompute('2027-01-01', { program: two });
    expect(await leads()).toEqual([{ leads: '1', quarter: '2500' }]);
  });

  it('counts for who was a partner in it: who came on its last day, not who began after it', async () => {
    await insertRows(store, 'partner', [
      { id: 'D', name: 'D', started_on: '2026-12-31' },
      { id: 'E', name: 'E', started_on: '2027-01-01' },
    ]);
    await markDirty(store, 'partner', ['D', 'E']);
    await recompute('2027-01-01');
    expect(await figures('2026-Q4')).toEqual([...atLastRun, 'D: 0 0 3']);
    expect(await figures('2027-Q1')).toHaveLength(5);
  });

  it('holds a partner that was merged after it in one record only', async () => {
    await store.query(`update tierlink.partner set merged_into = 'A' where id = 'B'`);
    await store.query(`update tierlink.credit set partner = 'A' where partner = 'B'`);
    await markDirty(store, 'deal', ['A', 'B']);
    await recompute('2027-01-01');
    expect(await figures('2026-Q4')).toEqual(['A: 1500 1500 1', 'B: - - -', 'C: 0 0 2']);
  });

  it('is computed by the version of the rules of its last day', async () => {
    const next = {
      ...programOf({ kpis: kpis.replace('is: true', 'is: false') }),
      ...{ version: '2', validFrom: '2027-01-01', hash: 'next' },
    } satisfies Program;
    await effectiveProgram(store, program, at('2026-12-30'));
    await winOnLastDay();
    await recompute('2027-01-01', { program: next });
    expect(await figures('2026-Q4')).toEqual(final);
    expect(await figures('2027-Q1')).toEqual(['A: 0 1000 1', 'B: 0 2500 1', 'C: 0 0 1']);
  });
});

describe('several periods that have ended', () => {
  it('finishes the one of the last recomputation, and makes up none for those in which nothing was computed', async () => {
    await winOnLastDay();
    await recompute('2027-07-05');
    expect(await figures('2026-Q4')).toEqual(final);
    expect(await figures('2027-Q1')).toEqual([]);
    expect(await figures('2027-Q2')).toEqual([]);
    expect(await figures('2027-Q3')).toHaveLength(3);
  });

  it('finishes nothing before the first recomputation', async () => {
    await store.query('truncate tierlink.kpi_value, tierlink.kpi_period, tierlink.setting');
    await recompute('2027-01-01');
    expect(await figures('2026-Q4')).toEqual([]);
  });

  it('leaves a running one alone when a later day was looked at', async () => {
    await recompute('2026-12-30', { asOf: '2027-01-05', only: 'all' });
    await winOnLastDay();
    await recompute('2026-12-31');
    expect((await figures('2026-Q4'))[1]).toMatch(/^B: 500 /);
    await recompute('2027-01-01');
    expect(await figures('2026-Q4')).toEqual(final);
  });
});
