import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { rememberVersion } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { loadRecords, saveRecords } from '../../src/sync/records/record-rows.ts';
import { reviewClose } from '../../src/tier/look/adjustments.ts';
import { closePeriod, listCloses, reopenPeriod } from '../../src/tier/look/period-close.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { markDirty, parsed } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, certify, insertPartners, pass, program } from './pass.ts';

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
  for (const table of ['partner', 'deal', 'credit', 'person', 'certification'])
    await store.query(`update tierlink.${table} set known_from = '2026-01-01T00:00:00Z'`);
  await rememberVersion(store, program, '2026-01-01T00:00:00.000Z');
  await pass(store, '2026-03-01');
});

const close = async (
  day: string,
  more: { period?: string; acceptIncomplete?: boolean; acceptReconstructed?: boolean } = {},
) => await closePeriod(store, { program, period: '2026-Q1', author: 'finance', now: at(day), ...more });

/** Somebody lowers the deal of partner A, long after the quarter. */
async function editDeal(day: string): Promise<void> {
  const now = new Date(at(day)).toISOString();
  const row = (await loadRecords(store, 'deal', ['d1'])).get('d1')!;
  const amount = { amount: '1200', currency: 'USD' };
  const changed = [{ ...row, values: { ...row.values, amount } }];
  await saveRecords(store, 'deal', { created: [], changed, now });
  await markDirty(store, 'deal', ['A']);
}

describe('a closed period', () => {
  it('keeps figures, tiers and evidence as they were, with who signed it off, under a hash', async () => {
    const { close: signed, partners } = await close('2026-04-03');
    expect(signed).toMatchObject({ period: '2026-Q1', closedBy: 'finance', programVersion: '1' });
    expect(signed.hash).toMatch(/^[0-9a-f]{64}$/);
    expect(
      partners.map(({ partnerId, tier, evidence }) => [partnerId, tier, evidence?.computedTier]),
    ).toEqual([
      ['A', 'gold', 'gold'],
      ['B', 'silver', 'silver'],
    ]);
    const review = await reviewClose(store, { program, close: signed, now: at('2026-04-04') });
    expect(review).toMatchObject({ isIntact: true, adjustments: [], tiers: [] });
    expect(review.partners).toEqual(partners);
  });

  it('shows later edits as adjustments beside it, and stays as it is', async () => {
    const { close: signed, partners } = await close('2026-04-03');
    await editDeal('2026-05-02');
    await pass(store, '2026-05-03');
    const review = await reviewClose(store, { program, close: signed, now: at('2026-05-04') });
    expect(review.partners).toEqual(partners);
    expect(review.isIntact).toBe(true);
    expect(review.adjustments).toEqual([
      {
        partnerId: 'A',
        name: 'Northwind',
        kpi: 'revenue',
        label: 'Sourced revenue',
        closed: '6,000 USD',
        today: '1,200 USD',
        records: [expect.objectContaining({ id: 'd1', change: 'changed', before: '6000', after: '1200' })],
      },
    ]);
    expect(review.tiers).toEqual([
      { partnerId: 'A', name: 'Northwind', ladder: 'main', beside: null, closed: 'Gold', today: 'Silver' },
    ]);
  });

  it('keeps the figures of the period that CRMs show, whatever is computed for it later', async () => {
    const figures = async () =>
      await store.query(
        `select partner_id, figures from tierlink.kpi_period where period = '2026-Q1' order by 1`,
      );
    const before = await figures();
    expect(before).toHaveLength(2);
    await close('2026-04-03');
    await editDeal('2026-05-02');
    await recomputeKpis(store, { program, now: at('2026-05-03'), asOf: '2026-03-31', only: 'all' });
    expect(await figures()).toEqual(before);
    const reopening = { program, period: '2026-Q1', author: 'me', reason: 'wrong', now: at('2026-05-04') };
    await reopenPeriod(store, reopening);
    await recomputeKpis(store, { program, now: at('2026-05-05'), asOf: '2026-03-31', only: 'all' });
    expect(await figures()).not.toEqual(before);
  });

  it('names the tier with the ladder that it is on, also where another one fits by the last day', async () => {
    const now = new Date(at('2026-03-31')).toISOString();
    const row = (await loadRecords(store, 'partner', ['A'])).get('A')!;
    const changed = [{ ...row, values: { ...row.values, types: ['msp'] } }];
    await saveRecords(store, 'partner', { created: [], changed, now });
    const { close: signed, partners } = await close('2026-04-03');
    const [first] = partners;
    expect([first?.ladder, first?.tier, first?.decisionId === null]).toEqual(['main', 'gold', false]);
    expect([first?.evidence?.ladder, first?.evidence?.computedTier]).toEqual(['services', 'member']);
    const was = { ...row, values: { ...row.values, types: ['reseller'] } };
    await saveRecords(store, 'partner', { created: [], changed: [was], now: '2026-05-02T08:00:00.000Z' });
    const review = await reviewClose(store, { program, close: signed, now: at('2026-05-04') });
    expect(review.tiers).toEqual([
      { partnerId: 'A', name: 'Northwind', ladder: 'main', beside: null, closed: 'Member', today: 'Gold' },
    ]);
  });

  it('keeps where partners stand on ladders beside the one of their tier, with what was earned there', async () => {
    const text = program.source.replace(
      'ladders:',
      `specialisations:
  - { key: seller, label: Seller, requirements: { kpi: revenue, atLeast: 5000 } }
  - { key: trained, label: Trained, partnerTypes: [reseller], requirements: { kpi: certified, atLeast: 1 } }
ladders:`,
    );
    const special = parsed(text);
    await rememberVersion(store, special, '2026-01-01T00:00:00.000Z');
    await recomputeKpis(store, { program: special, now: at('2026-03-02') });
    await evaluateTiers(store, { program: special, now: at('2026-03-02') });
    // Somebody let B be a seller all the same.
    await createOverride(store, {
      program: special,
      partnerId: 'B',
      tier: 'Seller',
      reason: 'Agreed',
      author: 'kim',
      until: '2026-12-31',
      now: at('2026-03-03'),
    });
    await evaluateTiers(store, { program: special, now: at('2026-03-03') });
    const request = { program: special, period: '2026-Q1', author: 'finance', now: at('2026-04-03') };
    const { close: signed, partners } = await closePeriod(store, request);
    const stood = partners.map(({ partnerId, beside }) => [
      partnerId,
      ...beside.map((one) => `${one.label} ${one.tier} ${one.status} ${one.evidence.computedTier}`),
    ]);
    expect(stood).toEqual([
      ['A', 'Seller seller keeps seller', 'Trained trained keeps trained'],
      ['B', 'Seller seller overridden null', 'Trained null keeps null'],
    ]);
    const decided = await store.query<{ id: string }>(
      `select id from tierlink.decision where partner_id = 'B' and ladder = 'seller' and movement = 'override'`,
    );
    expect(partners[1]!.beside[0]!.decisionId).toBe(decided[0]!.id);
    await editDeal('2026-05-02');
    const review = await reviewClose(store, { program: special, close: signed, now: at('2026-05-04') });
    expect(review.isIntact).toBe(true);
    expect(review.partners).toEqual(partners);
    const about = { partnerId: 'A', name: 'Northwind' };
    expect(review.tiers).toEqual([
      { ...about, ladder: 'main', beside: null, closed: 'Gold', today: 'Silver' },
      { ...about, ladder: 'seller', beside: 'Seller', closed: 'Seller', today: null },
    ]);
    await store.query(`update tierlink.period_close_partner set beside = '[]' where partner_id = 'B'`);
    expect(
      (await reviewClose(store, { program: special, close: signed, now: at('2026-05-04') })).isIntact,
    ).toBe(false);
  });

  it('holds the whole period also where a figure is that of the running one, and so do adjustments', async () => {
    const { revenue, certified } = program.kpis;
    const window = { current: 'quarter' as const, by: 'closeOn' };
    const quarterly = { ...revenue!, measure: { ...revenue!.measure!, window } };
    const own = { ...program, kpis: { revenue: quarterly, certified: certified! } };
    await store.query(`update tierlink.deal set close_on = '2026-03-31' where id = 'd1'`);
    const request = { program: own, period: '2026-Q1', author: 'finance', now: at('2026-04-03') };
    const { close: signed, partners } = await closePeriod(store, request);
    const figure = partners[0]!.figures.find(({ kpi }) => kpi === 'revenue');
    expect(figure).toMatchObject({ numerator: '6000', counted: 1 });
    expect(partners[0]!.evidence).toMatchObject({ computedTier: 'gold' });
    await editDeal('2026-05-02');
    const review = await reviewClose(store, { program: own, close: signed, now: at('2026-05-04') });
    expect(review.adjustments).toMatchObject([
      { closed: '6,000 USD', today: '1,200 USD', records: [{ id: 'd1', before: '6000', after: '1200' }] },
    ]);
  });

  it('tells when somebody changed in the database what was signed off', async () => {
    const { close: signed } = await close('2026-04-03');
    await store.query(`update tierlink.period_close_partner set tier = 'silver' where partner_id = 'A'`);
    const review = await reviewClose(store, { program, close: signed, now: at('2026-04-04') });
    expect(review.isIntact).toBe(false);
  });

  it('is opened again only with who and why, which stays on record, and can be closed again', async () => {
    const { close: first } = await close('2026-04-03');
    await expect(close('2026-04-04')).rejects.toMatchObject({ code: 'PERIOD_CLOSED' });
    const reopening = { program, period: '2026-Q1', author: 'me', reason: 'wrong', now: at('2026-04-05') };
    await reopenPeriod(store, reopening);
    await expect(reopenPeriod(store, reopening)).rejects.toMatchObject({ code: 'PERIOD_NOT_CLOSED' });
    const { close: second } = await close('2026-04-06');
    expect((await listCloses(store, program)).map(({ id, reopenedReason }) => [id, reopenedReason])).toEqual([
      [second.id, null],
      [first.id, 'wrong'],
    ]);
    const audit = await store.query<{ action: string; actor: string }>(
      `select action, actor from tierlink.audit where entity = 'periodClose' order by id`,
    );
    expect(audit.map(({ action, actor }) => `${action} ${actor}`)).toEqual([
      'close finance',
      'reopen me',
      'close finance',
    ]);
  });

  it.each([
    ['2026-Q9', 'PERIOD_UNKNOWN'],
    ['next', 'PERIOD_UNKNOWN'],
    ['2026-Q2', 'PERIOD_RUNNING'],
    ['2026', 'PERIOD_RUNNING'],
  ])('cannot be %s', async (period, code) => {
    await expect(close('2026-04-03', { period })).rejects.toMatchObject({ code });
    expect(await listCloses(store, program)).toEqual([]);
  });

  it('needs inputs that reach to its end, or a word that they may be missing', async () => {
    await store.query(`insert into tierlink.feed (connection, object, entity, complete_to)
      values ('c', 'Opportunity', 'deal', '2026-03-20T00:00:00Z')`);
    await expect(close('2026-04-03')).rejects.toMatchObject({
      code: 'PERIOD_INCOMPLETE',
      message: expect.stringContaining('Opportunity of c is complete only to 2026-03-20'),
    });
    const { incomplete } = await close('2026-04-03', { acceptIncomplete: true });
    expect(incomplete).toHaveLength(1);
  });

  it('needs what was known at its end, or a word that it may be reconstructed, which the hash holds', async () => {
    await store.query(`update tierlink.partner set known_from = '2026-04-02T00:00:00Z'`);
    await expect(close('2026-04-03')).rejects.toMatchObject({
      code: 'PERIOD_RECONSTRUCTED',
      message: expect.stringContaining('nothing was read before 2026-04-02'),
    });
    expect(await listCloses(store, program)).toEqual([]);
    const { close: signed } = await close('2026-04-03', { acceptReconstructed: true });
    expect(signed.reconstructed).toBe('nothing was read before 2026-04-02');
    const reviewed = async () => {
      const [kept] = await listCloses(store, program);
      return await reviewClose(store, { program, close: kept!, now: at('2026-04-04') });
    };
    expect(await reviewed()).toMatchObject({
      isIntact: true,
      close: { reconstructed: signed.reconstructed },
    });
    await store.query('update tierlink.period_close set reconstructed = null');
    expect(await reviewed()).toMatchObject({ isIntact: false });
  });

  it('needs facts that reach to its end where a tier asks for one', async () => {
    await store.query(`insert into tierlink.feed (connection, object, entity, complete_to)
      values ('c', 'Plan__c', 'fact', '2026-03-20T00:00:00Z')`);
    const text = program.source.replace('{ kpi: revenue, atLeast: 1000 }', '{ fact: plan }');
    const asking = parsed(text);
    await rememberVersion(store, asking, '2026-01-02T00:00:00.000Z');
    const request = { program: asking, period: '2026-Q1', author: 'finance', now: at('2026-04-03') };
    await expect(closePeriod(store, request)).rejects.toMatchObject({ code: 'PERIOD_INCOMPLETE' });
  });

  it('may be a month, a year or a fiscal period as well', async () => {
    const { close: month } = await close('2026-04-03', { period: '2026-02' });
    expect([month.startsOn, month.endsOn]).toEqual(['2026-02-01', '2026-02-28']);
    const fiscal = { ...program, fiscalYearStart: 7 };
    const request = { program: fiscal, period: 'FY2026-Q2', author: 'me', now: at('2026-04-03') };
    const { close: quarter } = await closePeriod(store, request);
    expect([quarter.startsOn, quarter.endsOn]).toEqual(['2025-10-01', '2025-12-31']);
  });
});
