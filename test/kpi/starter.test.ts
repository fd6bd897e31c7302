import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readKpis } from '../../src/kpi/read.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { kpiRecords } from '../../src/kpi/records.ts';
import { reasonOrNull } from '../../src/kpi/state-reason.ts';
import { loadProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { figureWords } from '../../src/tier/explain/wording.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { emptyStore, openEmbeddedTestStore, openPostgresTestStore } from '../services/test-store.ts';
import { insertDeals, insertRows } from './sample.ts';

/** The starter's KPIs on small tables, checked by hand. As of 2026-11-23; windows are [2025-11-23, 2026-11-23). */
const program = loadProgram('programs/starter.yaml');
const now = Date.parse('2026-11-23T09:00:00Z');
function goldenCases(make: () => Promise<{ store: Store; close: () => Promise<void> }>): void {
  let store: Store;
  let close: () => Promise<void>;

  beforeAll(async () => {
    ({ store, close } = await make());
  });
  afterAll(async () => {
    await close();
  });
  beforeEach(async () => {
    await emptyStore(store);
    await insertRows(store, 'partner', [
      { id: 'A', name: 'Northwind', started_on: '2026-01-10' },
      { id: 'B', name: 'Contoso', started_on: '2026-10-01' },
    ]);
  });

  /** "figure | counted | left out" of a partner's KPI. */
  async function figure(kpi: string, partner = 'A'): Promise<string> {
    await recomputeKpis(store, { program, now, only: 'all' });
    const values = await readKpis(store, { program, partners: [partner], now });
    const value = values.find((one) => one.kpi === kpi)!;
    const left = Object.entries(value.excludedBy)
      .map(([reason, count]) => `${count} ${reason}`)
      .sort()
      .join(', ');
    const text =
      value.state === 'error' ? `error: ${reasonOrNull(value.stateReason)}` : figureWords(value, value);
    return `${text}${value.empty === null ? '' : ` (${value.empty})`} | ${value.counted} | ${left}`;
  }

  describe('deals', () => {
    const deals = `
    deal | partner | amount     | won  | closed     | role       | weight
    d1   | A       | 100000 USD | yes  | 2026-03-01 | sourced    | 100
    d2   | A       | 50000 EUR  | yes  | 2025-11-23 | sourced    | 50
    d3   | A       | 80000 USD  | yes  | 2025-11-22 | sourced    | 100
    d4   | A       | 70000 USD  | yes  | 2026-11-23 | sourced    | 100
    d5   | A       | -          | yes  | 2026-05-01 | sourced    | 100
    d6   | A       | 30000 USD  | no   | 2026-05-01 | sourced    | 100
    d7   | A       | 40000 USD  | yes  | 2026-06-01 | influenced | 25
    d8   | A       | 20000 USD  | open | 2027-01-31 | sourced    | 100
    d9   | A       | 90000 USD  | yes  | -          | sourced    | 100`;

    it('sourced revenue: the first day counts, today does not, each by its share, blanks are named', async () => {
      await insertDeals(store, deals);
      // 100,000 + half of 50,000 EUR at 1.08 = 100,000 + 27,000
      expect(await figure('sourcedRevenue')).toBe(
        '127,000 USD | 2 | 1 after_window, 1 before_window, 1 date_blank, 1 except lost, 1 value_blank',
      );
    });

    it('influenced revenue: whole deals that somebody else brought, also without a share of them', async () => {
      await insertDeals(
        store,
        `
      deal | partner | amount     | won | closed     | role        | weight
      d1   | B       | 100000 USD | yes | 2026-03-01 | sourced     | 100
      d1   | A       | 100000 USD | yes | 2026-03-01 | influenced  | 0
      d2   | B       | 50000 EUR  | yes | 2026-04-01 | sourced     | 70
      d2   | A       | 50000 EUR  | yes | 2026-04-01 | distributor | 30
      d3   | A       | 7000 USD   | yes | 2026-05-01 | influenced  | -
      d4   | A       | 9000 USD   | yes | 2026-05-01 | sourced     | 100
      d4   | A       | 9000 USD   | yes | 2026-05-01 | influenced  | 0
      d5   | A       | 2000 USD   | no  | 2026-05-01 | influenced  | 0
      d6   | A       | 3000 USD   | yes | 2025-11-22 | influenced  | 0`,
      );
      // 100,000 + 50,000 EUR at 1.08 + 7,000, whoever gets how much; d4 is A's own
      expect(await figure('influencedRevenue')).toBe('161,000 USD | 3 | 1 before_window');
      expect(await figure('sourcedRevenue')).toBe('9,000 USD | 1 | ');
      expect(await figure('influencedRevenue', 'B')).toBe('0 USD | 0 | ');
      // 100,000 + 70 % of 54,000
      expect(await figure('sourcedRevenue', 'B')).toBe('137,800 USD | 2 | ');
    });

    it('win rate: won out of closed, by number', async () => {
      await insertDeals(store, deals);
      // won d1, d2, d5, d7; lost d6: 4 of 5
      expect(await figure('winRate')).toBe('80 % | 5 | 1 after_window, 1 before_window, 1 date_blank');
    });

    it('win rate says nothing with fewer than three closed deals', async () => {
      await insertDeals(store, deals.split('\n').slice(0, 4).join('\n'));
      expect(await figure('winRate')).toBe('- (minimum_sample) | 2 | ');
    });

    it('win rate says something from the third closed deal on', async () => {
      await insertDeals(
        store,
        `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 1000 USD | yes | 2025-11-23 | sourced | 100
      d2   | A       | 500 USD  | no  | 2026-11-22 | sourced | 100
      d3   | A       | 300 USD  | no  | 2026-03-01 | sourced | 100`,
      );
      // 1 of 3
      expect(await figure('winRate')).toBe('33.3 % | 3 | ');
    });

    it('open pipeline: what is neither won nor lost', async () => {
      await insertDeals(store, deals);
      expect(await figure('openPipeline')).toBe('20,000 USD | 1 | ');
    });

    it('average deal: whole deals with a value that the partner brought', async () => {
      await insertDeals(
        store,
        `${deals}\n    d10  | A       | 1000 USD   | yes  | 2026-06-01 | sourced    | 100`,
      );
      // (100,000 + 54,000 + 1,000) / 3 = 51,666.67
      expect(await figure('averageDeal')).toBe(
        '51,666.67 USD | 3 | 1 after_window, 1 before_window, 1 date_blank',
      );
    });

    it('counts a deal once for a partner with two roles, and leaves out shares that do not add up', async () => {
      await insertDeals(
        store,
        `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 60
      d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 60
      d2   | A       | 500 USD  | yes | 2026-03-01 | sourced | -
      d3   | A       | 300 USD  | yes | 2026-03-01 | sourced | 0`,
      );
      expect(await figure('sourcedRevenue')).toBe('1,000 USD | 1 | 1 share_unknown');
    });

    it('is an error that names the deal when a currency has no rate, never a smaller sum', async () => {
      await insertDeals(
        store,
        `
      deal | partner | amount   | won | closed     | role    | weight
      d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
      d2   | A       | 500 CHF  | yes | 2026-03-01 | sourced | 100`,
      );
      expect(await figure('sourcedRevenue')).toBe(
        'error: a deal has an amount in CHF, for which the program has no rate | 1 | 1 rate_missing',
      );
    });

    it('sales cycle: the middle of an odd number, the mean of the two middle ones of an even number', async () => {
      const cycle = (id: string, createdAt: string, closedOn: string) => ({
        id,
        created_at: createdAt,
        close_on: closedOn,
        is_won: true,
        is_closed: true,
      });
      await insertRows(store, 'deal', [
        cycle('d1', '2026-01-01T10:00:00Z', '2026-01-11'),
        cycle('d2', '2026-01-01T10:00:00Z', '2026-01-31'),
        cycle('d3', '2026-01-01T10:00:00Z', '2026-01-16'),
      ]);
      const credit = (deal: string) => ({
        id: `c-${deal}`,
        deal,
        partner: 'A',
        role: 'sourced',
        weight: '100',
      });
      await insertRows(store, 'credit', ['d1', 'd2', 'd3'].map(credit));
      expect(await figure('salesCycle')).toBe('15 days | 3 | ');
      await insertRows(store, 'deal', [cycle('d4', '2026-01-01T10:00:00Z', '2026-01-21')]);
      await insertRows(store, 'credit', [credit('d4')]);
      expect(await figure('salesCycle')).toBe('17.5 days | 4 | ');
      await insertRows(store, 'deal', [cycle('d5', '2026-02-01T10:00:00Z', '2026-01-21')]);
      await insertRows(store, 'credit', [credit('d5')]);
      expect(await figure('salesCycle')).toBe('17.5 days | 4 | 1 ends_before_start');
    });

    it('deal registrations: approved ones by the day they were handed in', async () => {
      await insertDeals(
        store,
        `
      deal | partner | amount  | won  | closed     | role    | weight
      d1   | A       | 100 USD | open | 2027-01-01 | sourced | 100
      d2   | A       | 100 USD | open | 2027-01-01 | sourced | 100`,
      );
      await store.query(
        `update tierlink.deal set registration = 'approved', registered_at = '2026-05-01T00:00:00Z'`,
      );
      await store.query(`update tierlink.deal set registration = 'declined' where id = 'd2'`);
      expect(await figure('dealRegistrations')).toBe('1 | 1 | ');
    });
  });

  describe('people and certificates', () => {
    beforeEach(async () => {
      await insertRows(store, 'person', [
        { id: 'p1', partner: 'A', name: 'Ann', email: 'ann@a.example' },
        { id: 'p2', partner: 'A', name: 'Ann again', email: ' ANN@a.example' },
        { id: 'p3', partner: 'A', name: 'Bo', email: null },
        { id: 'p4', partner: 'A', name: 'Left', email: 'left@a.example', left_on: '2026-06-30' },
        { id: 'p5', partner: 'A', name: 'Expired', email: 'e@a.example' },
      ]);
      await insertRows(store, 'certification', [
        { id: 'c1', person: 'p1', code: 'X', issued_on: '2025-01-01', expires_on: '2027-01-31' },
        { id: 'c2', person: 'p2', code: 'X', issued_on: '2025-01-01', expires_on: null },
        { id: 'c3', person: 'p3', code: 'X', issued_on: '2026-11-23', expires_on: '2026-11-23' },
        { id: 'c4', person: 'p4', code: 'X', issued_on: '2025-01-01', expires_on: '2027-12-31' },
        { id: 'c5', person: 'p5', code: 'X', issued_on: '2024-01-01', expires_on: '2026-11-22' },
        { id: 'c6', person: 'p5', code: 'Y', issued_on: '2026-11-24', expires_on: '2027-11-22' },
        { id: 'c7', person: 'p5', code: 'Z', issued_on: '2025-01-01', expires_on: null, status: 'revoked' },
        { id: 'c8', person: null, partner: 'A', code: 'X', issued_on: '2025-01-01', expires_on: null },
      ]);
    });

    it('certified people: one e-mail address is one person, the last day is valid, who left does not count', async () => {
      // Ann (c1, c2) and Bo (c3, valid on this very day)
      expect(await figure('certifiedPeople')).toBe(
        '2 | 3 | 1 except revoked, 1 expired, 1 left, 1 not_yet_valid, 1 value_blank',
      );
    });

    it('expiring certificates: the next 90 days from today', async () => {
      // c1 on 2027-01-31 and c3 today; c5 ended yesterday, c2 and c8 have no end, c4 and c6 end in a year or later
      expect(await figure('expiringCertificates')).toBe('2 | 2 | 1 before_window, 2 date_blank');
    });

    it('knows the days on which certificates alone change the figure', async () => {
      await recomputeKpis(store, { program, now, only: 'all' });
      const values = await readKpis(store, { program, partners: ['A'], now });
      // c3 ends today, c6 begins tomorrow
      expect(values.find(({ kpi }) => kpi === 'certifiedPeople')!.nextChangeAt).toBe(
        '2026-11-24T00:00:00.000Z',
      );
    });
  });

  describe('leads', () => {
    const lead = (id: string, delivered: string, accepted: string | null, converted: string | null) => ({
      id,
      partner: 'A',
      delivered_at: delivered,
      accepted_at: accepted,
      is_converted: converted !== null,
      converted_on: converted,
    });

    it('lead conversion: accepted leads that had their 90 days, converted within them', async () => {
      // The cohort was delivered in [2025-08-25, 2026-08-25).
      await insertRows(store, 'lead', [
        lead('l1', '2026-01-01T08:00:00Z', '2026-01-02T08:00:00Z', '2026-03-01'),
        lead('l2', '2026-01-01T08:00:00Z', '2026-01-02T08:00:00Z', '2026-06-01'),
        lead('l3', '2026-02-01T08:00:00Z', '2026-02-02T08:00:00Z', null),
        lead('l4', '2026-02-01T08:00:00Z', null, null),
        lead('l5', '2026-08-25T08:00:00Z', '2026-08-26T08:00:00Z', '2026-09-01'),
        lead('l6', '2026-08-24T08:00:00Z', '2026-08-26T08:00:00Z', '2026-11-22'),
      ]);
      // l1 and l6 (day 90) of l1, l2, l3, l6
      expect(await figure('leadConversion')).toBe('50 % | 4 | 1 after_window');
    });

    it('lead acceptance time: the middle number of hours, exactly', async () => {
      await insertRows(store, 'lead', [
        lead('l1', '2026-11-01T08:00:00Z', '2026-11-01T09:30:00Z', null),
        lead('l2', '2026-11-02T08:00:00Z', '2026-11-02T12:00:00Z', null),
        lead('l3', '2026-11-03T08:00:00Z', null, null),
      ]);
      // (1.5 + 4) / 2 = 2.75 hours, shown with one digit
      expect(await figure('leadAcceptanceTime')).toBe('2.8 hours | 2 | ');
    });
  });

  describe('activation and satisfaction', () => {
    it('activation: a first deal within 90 days, known only when they are over', async () => {
      await insertDeals(
        store,
        `
      deal | partner | amount  | won | closed     | role    | weight
      d1   | A       | 100 USD | yes | 2026-04-09 | sourced | 100
      d2   | B       | 100 USD | yes | 2026-10-09 | sourced | 100`,
      );
      // A started on 2026-01-10: day 90 is 2026-04-10. B is only in its day 53.
      expect(await figure('activation')).toBe('100 % | 1 | ');
      expect(await figure('activation', 'B')).toBe('- (over_zero) | 0 | 1 after_window');
      const values = await readKpis(store, { program, partners: ['B'], now });
      expect(values.find(({ kpi }) => kpi === 'activation')!.nextChangeAt).toBe('2026-12-30T00:00:00.000Z');
    });

    it('activation: a deal on day 90 is too late', async () => {
      await insertDeals(
        store,
        `
      deal | partner | amount  | won | closed     | role    | weight
      d1   | A       | 100 USD | yes | 2026-04-10 | sourced | 100`,
      );
      expect(await figure('activation')).toBe('0 % | 1 | 1 after_window');
    });

    it('customer satisfaction: ratings of 4 and 5 out of all, at least five of them', async () => {
      const rated = (id: string, satisfaction: number | null) => ({
        id,
        partner: 'A',
        is_closed: true,
        closed_at: '2026-05-01T00:00:00Z',
        satisfaction,
      });
      await insertRows(store, 'case', [
        rated('c1', 5),
        rated('c2', 4),
        rated('c3', 3),
        rated('c4', 5),
        rated('c5', null),
      ]);
      expect(await figure('customerSatisfaction')).toBe('- (minimum_sample) | 4 | ');
      await insertRows(store, 'case', [rated('c6', 1)]);
      // c1, c2, c4 of five
      expect(await figure('customerSatisfaction')).toBe('60 % | 5 | ');
      await insertRows(store, 'case', [rated('c7', 4)]);
      // c1, c2, c4, c7 of six
      expect(await figure('customerSatisfaction')).toBe('66.7 % | 6 | ');
    });
  });

  describe('the records behind a figure', () => {
    it('are those that it counts, and each one left out says why', async () => {
      await insertDeals(
        store,
        `
      deal | partner | amount   | won | closed     | role    | weight
      in   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
      old  | A       | 1000 USD | yes | 2025-09-29 | sourced | 100
      now  | A       | 1000 USD | yes | 2026-11-23 | sourced | 100
      void | A       | -        | yes | 2026-03-01 | sourced | 100`,
      );
      const { included, excluded } = await kpiRecords(store, {
        program,
        kpi: 'sourcedRevenue',
        partnerId: 'A',
        now,
      });
      expect(included.map(({ id }) => id)).toEqual(['in']);
      expect(Object.fromEntries(excluded.map(({ id, why }) => [id, why]))).toEqual({
        old: 'dated 2025-09-29, before the window, which begins on 2025-11-23',
        now: 'dated 2026-11-23, today; it counts from 2026-11-24',
        void: 'its amount is empty',
      });
    });

    it('of an unknown KPI is an error that names the known ones', async () => {
      const asked = kpiRecords(store, { program, kpi: 'nothing', partnerId: 'A', now });
      await expect(asked).rejects.toMatchObject({ code: 'KPI_UNKNOWN' });
    });
  });
}

describe('embedded', () => {
  goldenCases(async () => {
    const store = await openEmbeddedTestStore();
    return { store, close: () => store.close() };
  });
});

describeWith(postgresPrograms)('PostgreSQL', () => {
  goldenCases(async () => {
    const store = await openPostgresTestStore();
    return { store, close: () => store.close() };
  });
});
