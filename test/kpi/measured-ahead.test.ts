import { describe, expect, it } from '@jest/globals';
import { setAsideMarks } from '../../src/kpi/dirty-partners.ts';
import { readKpis } from '../../src/kpi/read.ts';
import { hasKpiWork, recomputeKpis } from '../../src/kpi/recompute.ts';
import { TurnNumbers } from '../../src/kpi/turn-numbers.ts';
import { exactRatio, exactText } from '../../src/program/exact.ts';
import type { Store } from '../../src/store/store.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { insertDeals, insertRows, markDirty, programOf } from './sample.ts';

/** Where everything is computed, figures are measured while the page before is written; what happens in between. */
const program = programOf({
  kpis: `  revenue: { label: Revenue, help: R., unit: money, measure: { sum: deal.amount } }
  group: { label: Group, help: G., unit: money, rollUp: company, measure: { sum: deal.amount } }`,
});
const now = Date.parse('2026-11-23T09:00:00Z');

describe('figures that were measured ahead', () => {
  let store: Store;

  storeForEach(async (opened) => {
    store = opened;
    await insertRows(store, 'partner', [
      { id: 'A', name: 'A' },
      { id: 'B', name: 'B', parent: 'C' },
      { id: 'C', name: 'C' },
    ]);
    await insertDeals(
      store,
      `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
      d2   | B       | 2000 USD | yes | 2026-04-01 | sourced | 100
      d3   | C       | 3000 USD | yes | 2026-05-01 | sourced | 100`,
    );
  });

  /** A store in which something happens once both figures of B have been measured, before they are used. */
  function disturbed(happens: () => Promise<unknown>): { store: Store; measured: string[] } {
    const measured: string[] = [];
    const query: Store['query'] = async (sql, parameters) => {
      const rows = await store.query(sql, parameters);
      const partners = /tierlink\.credit/.test(sql) ? parameters?.find(isListOfPartners) : undefined;
      if (partners !== undefined) measured.push(String(partners));
      if (String(partners) === 'B' && measured.filter((of) => of === 'B').length === 2) await happens();
      return rows as never;
    };
    return { store: { ...store, query }, measured };
  }

  const raise = async (amount: number) => {
    await store.query(`update tierlink.deal set amount = $1 where id = 'd2'`, [amount]);
    await markDirty(store, 'deal', ['B']);
  };

  const all = { program, now, only: 'all', pageSize: 1 } as const;

  it('are those of the partners whose turn it is', async () => {
    const watched = disturbed(async () => undefined);
    const { partners, values } = await recomputeKpis(watched.store, all);
    expect({ partners, values }).toEqual({ partners: 3, values: 6 });
    expect(await figures()).toBe('A 1000 1000, B 2000 2000, C 3000 5000');
    expect(new Set(watched.measured)).toEqual(new Set(['A', 'B', 'C']));
  });

  it('are written though a record has changed since, which keeps its mark', async () => {
    await recomputeKpis(disturbed(() => raise(9000)).store, all);
    // The page behind it is measured at the same time: before the change or after it.
    expect(await figures()).toMatch(/^A 1000 1000, B 2000 2000, C 3000 (5000|12000)$/);
    expect(await hasKpiWork(store, { program, now })).toBe(true);
    await recomputeKpis(store, { program, now, only: 'dirty' });
    expect(await figures()).toBe('A 1000 1000, B 9000 9000, C 3000 12000');
  });

  it('are measured again where another recomputation has written newer ones', async () => {
    const watched = disturbed(async () => {
      await raise(9000);
      await recomputeKpis(store, { program, now, only: 'dirty' });
    });
    await recomputeKpis(watched.store, all);
    expect(await figures()).toBe('A 1000 1000, B 9000 9000, C 3000 12000');
    expect(await hasKpiWork(store, { program, now })).toBe(false);
  });

  it('are measured again where another one that died had set the mark of a change aside', async () => {
    const watched = disturbed(async () => {
      await raise(9000);
      await setAsideMarks(store, { partners: ['B'], numbers: new TurnNumbers() });
    });
    await recomputeKpis(watched.store, all);
    expect(await figures()).toBe('A 1000 1000, B 9000 9000, C 3000 12000');
    expect(await hasKpiWork(store, { program, now })).toBe(false);
  });

  it('are measured when it is their turn where that could not be done before', async () => {
    const watched = disturbed(async () => {
      throw new Error('out of connections');
    });
    await recomputeKpis(watched.store, all);
    expect(await figures()).toBe('A 1000 1000, B 2000 2000, C 3000 5000');
  });

  it('keep what was written when the run dies, and the next one does the rest', async () => {
    const dying = recomputeKpis(store, {
      ...all,
      onPage: () => {
        throw new Error('died');
      },
    });
    await expect(dying).rejects.toThrow('died');
    expect(await figures()).toBe('A 1000 1000, B null null, C null null');
    await recomputeKpis(store, { program, now });
    expect(await figures()).toBe('A 1000 1000, B 2000 2000, C 3000 5000');
  });

  it('lose no mark that was set aside for a page which a run that died did not come to', async () => {
    await recomputeKpis(store, all);
    await raise(9000);
    const onPage = () => {
      throw new Error('died');
    };
    await expect(recomputeKpis(store, { ...all, onPage })).rejects.toThrow('died');
    const marks = await store.query('select partner_id, set_aside from tierlink.dirty_partner');
    expect(marks).toEqual([{ partner_id: 'B', set_aside: true }]);
    expect(await hasKpiWork(store, { program, now })).toBe(true);
    await recomputeKpis(store, { program, now, only: 'dirty' });
    expect(await figures()).toBe('A 1000 1000, B 9000 9000, C 3000 12000');
  });

  async function figures(): Promise<string> {
    const values = await readKpis(store, { program, partners: ['A', 'B', 'C'], now });
    const figure = (partner: string, kpi: string) => {
      const { numerator, denominator } = values.find(
        (value) => value.partnerId === partner && value.kpi === kpi,
      )!;
      return numerator === null ? 'null' : exactText(exactRatio(numerator, denominator!));
    };
    return ['A', 'B', 'C']
      .map((partner) => `${partner} ${figure(partner, 'revenue')} ${figure(partner, 'group')}`)
      .join(', ');
  }
});

/** The statement takes its partners as an array. */
function isListOfPartners(parameter: unknown): boolean {
  return Array.isArray(parameter) && parameter.every((id) => ['A', 'B', 'C'].includes(id as string));
}
