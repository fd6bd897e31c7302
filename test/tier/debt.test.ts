import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { csvText } from '../../src/cli/csv.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Executor, Store } from '../../src/store/store.ts';
import { debtOf } from '../../src/tier/method/debt.ts';
import { insertDeals, insertRows, markDirty, parsed } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, certify, insertPartners, pass, passBy, program } from './pass.ts';

/** Silver takes 1,000 USD, Gold 5,000 USD and a certified person; B has 1,500 USD in the window. */
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
  await store.query(`update tierlink.partner set owner = 'Kim' where id = 'B'`);
  await store.query(`insert into tierlink.connection (id, crm) values ('prod', 'memory')`);
});

const debt = async () => await debtOf(store, { program, now: at('2026-03-01') });

async function deals(table: string, owners: Record<string, string> = {}): Promise<void> {
  await insertDeals(store, `deal | partner | amount | won | closed | role | weight\n${table}`);
  for (const [id, owner] of Object.entries(owners))
    await store.query('update tierlink.deal set owner = $2 where id = $1', [id, owner]);
}

describe('what blank and wrong fields cost', () => {
  it('is nothing where nothing is left out for them, whatever the calendar leaves out', async () => {
    await pass(store, '2026-03-01');
    expect(await debt()).toMatchObject({ owners: [], records: [], tiers: [] });
  });

  it('groups records by who keeps them, what most is lost to first', async () => {
    await deals(
      `e1 | B | 400 EUR | yes | -          | sourced | 100
       e2 | B | 9000 USD | yes | 2026-02-01 | sourced | -
       e3 | B | -       | yes | 2026-02-01 | sourced | 100
       e4 | A | 10 XXX  | yes | 2026-02-01 | sourced | 100`,
      { e2: 'Ann', e3: 'Ann' },
    );
    await pass(store, '2026-03-01');
    const { owners, records } = await debt();
    expect(owners).toEqual([
      { owner: 'Ann', records: 2, amount: '9000', unknown: 1, withoutPartner: 0, withoutPartnerAmount: '0' },
      // Without an owner of its own a deal is kept by whoever keeps the partner.
      { owner: 'Kim', records: 1, amount: '440', unknown: 0, withoutPartner: 0, withoutPartnerAmount: '0' },
      { owner: null, records: 1, amount: '0', unknown: 1, withoutPartner: 0, withoutPartnerAmount: '0' },
    ]);
    expect(records.map(({ id, partner, kpis, amount }) => [id, partner, kpis, amount])).toEqual([
      ['e2', 'Contoso', ['revenue'], '9000'],
      ['e1', 'Contoso', ['revenue'], '440'],
      ['e4', 'Northwind', ['revenue'], null],
      ['e3', 'Contoso', ['revenue'], null],
    ]);
  });

  it('names the partners that would hold a higher tier if they counted', async () => {
    await insertRows(store, 'person', [{ id: 'p2', partner: 'B', email: 'b@b.example' }]);
    await insertRows(store, 'certification', [{ id: 'c2', person: 'p2', issued_on: '2025-01-01' }]);
    await deals(
      `e1 | B | 4000 USD | yes | - | sourced | 100
       e2 | A | 4000 USD | yes | - | sourced | 100`,
      { e1: 'Ann' },
    );
    await pass(store, '2026-03-01');
    // A lacks a certified person as well, so that its deal alone changes nothing.
    expect((await debt()).tiers).toEqual([
      { partnerId: 'B', partner: 'Contoso', today: 'Silver', couldBe: 'Gold', owners: ['Ann'] },
    ]);
  });

  it('does not say what a figure would be that is the largest of several', async () => {
    const largest = parsed(
      program.source
        .replace('{ sum: deal.amount, ', '{ sum: deal.amount, perEach: { of: isWon, take: max }, ')
        .replace(
          '{ kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }',
          '{ kpi: revenue, atLeast: 5000 }',
        ),
    );
    await deals('e1 | B | 4000 USD | yes | - | sourced | 100');
    await passBy(store, largest, '2026-03-01');
    const { records, tiers } = await debtOf(store, { program: largest, now: at('2026-03-01') });
    expect(records.map(({ id }) => id)).toEqual(['e1']);
    expect(tiers).toEqual([]);
  });

  it('counts a record once that several partners share, or that is left out for several reasons', async () => {
    const text = program.source.replace(
      'kpis:\n',
      `kpis:
  customers: { label: Customers, help: x, unit: number, measure: { distinct: deal.customer } }
`,
    );
    const both = parsed(
      text.replace(
        'kpi: revenue, atLeast: 1000 }',
        'kpi: revenue, atLeast: 1000 }, { kpi: customers, atLeast: 1 }',
      ),
    );
    await deals(
      `e1 | B | 1000 USD | yes | - | sourced | 60
       e1 | A | 1000 USD | yes | - | sourced | 40`,
      { e1: 'Ann' },
    );
    await recomputeKpis(store, { program: both, now: at('2026-03-01') });
    const { owners, records } = await debtOf(store, { program: both, now: at('2026-03-01') });
    const found = records.filter(({ id }) => id === 'e1');
    expect(found.map(({ partner, kpis, why, amount }) => [partner, kpis, why, amount])).toEqual([
      [
        'Northwind, Contoso',
        ['customers', 'revenue'],
        'its close date is empty; its customer is empty',
        '1000',
      ],
    ]);
    expect(owners.find(({ owner }) => owner === 'Ann')).toMatchObject({ records: 1, amount: '1000' });
  });

  it('knows deals without the customer that figures are taken of', async () => {
    const text = program.source.replace(
      'kpis:\n',
      `kpis:
  best: { label: Best, help: x, unit: money, measure: { sum: deal.amount, perEach: { of: customer, take: max } } }
`,
    );
    const rules = parsed(
      text.replace(
        'kpi: revenue, atLeast: 1000 }',
        'kpi: revenue, atLeast: 1000 }, { kpi: best, atLeast: 1 }',
      ),
    );
    await deals('e1 | B | 1000 USD | yes | 2026-02-01 | sourced | 100');
    await recomputeKpis(store, { program: rules, now: at('2026-03-01') });
    const { records } = await debtOf(store, { program: rules, now: at('2026-03-01') });
    expect(records.filter(({ id }) => id === 'e1')).toMatchObject([
      { kpis: ['best'], why: 'its customer is empty', amount: '1000' },
    ]);
  });

  it('adds to each figure the share of the partner that counts there', async () => {
    const text = program.source
      .replace(
        'kpis:\n',
        `kpis:
  touched:
    label: Touched revenue
    help: x
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn }, credit: { roles: [influenced] } }
`,
      )
      .replace(
        'kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }',
        'kpi: touched, atLeast: 5000 }',
      );
    const rules = parsed(text);
    await deals(
      `e1 | B | 6000 USD | yes | - | influenced | 10
       e1 | B | 6000 USD | yes | - | sourced    | 100`,
    );
    await recomputeKpis(store, { program: rules, now: at('2026-03-01') });
    const { tiers, records } = await debtOf(store, { program: rules, now: at('2026-03-01') });
    expect(records.map(({ id, kpis, amount }) => [id, kpis, amount])).toEqual([
      ['e1', ['revenue', 'touched'], '6000'],
    ]);
    expect(tiers).toEqual([]);
  });

  it('counts won deals that name no partner apart, because some may be sales of the company itself', async () => {
    await insertRows(store, 'deal', [
      {
        id: 'n1',
        name: 'n1',
        amount: 700,
        amount_currency: 'USD',
        is_won: true,
        close_on: '2026-01-10',
        owner: 'Ann',
      },
      {
        id: 'n2',
        name: 'n2',
        amount: 700,
        amount_currency: 'USD',
        is_won: true,
        close_on: '2024-01-10',
        owner: 'Ann',
      },
      {
        id: 'n3',
        name: 'n3',
        amount: 700,
        amount_currency: 'USD',
        is_won: false,
        close_on: '2026-01-10',
        owner: 'Ann',
      },
    ]);
    await pass(store, '2026-03-01');
    const { owners, records } = await debt();
    expect(owners).toEqual([
      { owner: 'Ann', records: 0, amount: '0', unknown: 0, withoutPartner: 1, withoutPartnerAmount: '700' },
    ]);
    expect(records).toMatchObject([{ id: 'n1', partnerId: null, why: 'it names no partner', amount: '700' }]);
  });

  it('names no partner by a credit that was deleted, left the scope or was merged into that of another deal', async () => {
    const gone = { n1: "deleted_at = '2026-02-01'", n2: 'in_scope = false', n3: `merged_into = 'd2-1'` };
    for (const [id, how] of Object.entries(gone)) {
      await deals(`${id} | A | 700 USD | yes | 2026-01-10 | sourced | 100`);
      await store.query(`update tierlink.credit set ${how} where deal = $1`, [id]);
    }
    await pass(store, '2026-03-01');
    const { records } = await debt();
    expect(records.map(({ id, partnerId, why }) => [id, partnerId, why])).toEqual(
      Object.keys(gone).map((id) => [id, null, 'it names no partner']),
    );
  });

  it('names records of which a field could not be read, once where a figure leaves them out for it', async () => {
    await deals('e3 | B | - | yes | 2026-02-01 | sourced | 100');
    const reject = `insert into tierlink.reject (id, connection, object, entity, crm_id, record_id, direction, attribute, code,
      message, retry, first_at, last_at) values ($1, 'prod', 'Opportunity', 'deal', $1, $2, 'in', 'amount', 'RECORD_INVALID',
      '"12,x" is no amount', 'never', now(), now())`;
    await store.query(reject, ['x1', 'e3']);
    await store.query(reject, ['x2', '']);
    await pass(store, '2026-03-01');
    expect((await debt()).records.map(({ id, crmId, why }) => [id, crmId, why])).toEqual([
      ['e3', null, 'its amount is empty'],
      [null, 'x2', '"12,x" is no amount'],
    ]);
  });

  it('names a record that counts although a field of it could not be read, and who keeps it', async () => {
    await deals('e4 | B | 100 EUR | yes | 2026-02-01 | sourced | 100');
    await store.query(`update tierlink.deal set name = 'Harbour rollout', owner = 'Kim' where id = 'e4'`);
    await store.query(
      `insert into tierlink.reject (id, connection, object, entity, crm_id, record_id, direction, attribute, code,
         message, retry, first_at, last_at) values ('x4', 'prod', 'Opportunity', 'deal', 'x4', 'e4', 'in', 'probability',
         'RECORD_INVALID', '"often" is no number', 'never', now(), now())`,
    );
    await pass(store, '2026-03-01');
    expect((await debt()).records).toMatchObject([
      { id: 'e4', name: 'Harbour rollout', owner: 'Kim', crmId: 'x4', why: '"often" is no number' },
    ]);
  });

  it('names records that wait for one that never came', async () => {
    await store.query(
      `insert into tierlink.held (connection, object, crm_id, entity, attribute, waits_for, whole_record, payload, since)
       values ('prod', 'Certificate__c', 'x1', 'certification', 'person', 'Contact 003', true, '{}', now())`,
    );
    expect((await debt()).records).toMatchObject([
      { entity: 'certification', crmId: 'x1', why: 'its person Contact 003 is not known', amount: null },
    ]);
  });
});

describe('a record that the figures of a whole company miss', () => {
  const family = parsed(
    program.source.replace('label: Sourced revenue', 'label: Sourced revenue\n    rollUp: company'),
  );
  const ofFamily = async (executor: Executor = store) =>
    await debtOf(executor, { program: family, now: at('2026-03-01') });

  beforeEach(async () => {
    await store.query(`update tierlink.partner set parent = 'A' where id = 'B'`);
    await insertRows(store, 'partner', [{ id: 'C', name: 'Fabrikam', types: ['reseller'], parent: 'B' }]);
  });

  it('is counted once, with the partner that it is of, and tried at each of them', async () => {
    await certify(store);
    await store.query(`update tierlink.deal set amount = 100 where id = 'd1'`);
    await deals(
      `e1 | C | 4000 USD | yes | - | sourced | 100
       e2 | A | 50 USD   | yes | - | sourced | 100`,
    );
    await recomputeKpis(store, { program: family, now: at('2026-03-01') });
    const { owners, records, tiers } = await ofFamily();
    expect(records.map(({ id, partner, amount, kpis }) => [id, partner, amount, kpis])).toEqual([
      ['e1', 'Fabrikam', '4000', ['revenue']],
      ['e2', 'Northwind', '50', ['revenue']],
    ]);
    expect(owners).toMatchObject([{ owner: null, records: 2, amount: '4050', unknown: 0 }]);
    expect(tiers.map(({ partner, today, couldBe }) => `${partner} ${today} ${couldBe}`)).toEqual([
      'Northwind Silver Gold',
      'Fabrikam Bronze Silver',
    ]);
  });

  it('is counted once where subsidiaries of one company share it, with what it would bring all of them', async () => {
    await insertRows(store, 'partner', [{ id: 'D', name: 'Litware', types: ['reseller'], parent: 'A' }]);
    await deals(
      `e1 | B | 1000 USD | yes | - | sourced | 60
       e1 | D | 1000 USD | yes | - | sourced | 30
       e2 | A | 500 USD  | yes | - | sourced | 60
       e2 | D | 500 USD  | yes | - | sourced | 40
       e3 | B | 300 USD  | yes | - | sourced | -
       e3 | D | 300 USD  | yes | - | sourced | -`,
    );
    await recomputeKpis(store, { program: family, now: at('2026-03-01') });
    const { owners, records } = await ofFamily();
    expect(records.map(({ id, partner, amount }) => [id, partner, amount])).toEqual([
      ['e1', 'Contoso, Litware', '900'],
      ['e2', 'Litware', '500'],
      ['e3', 'Contoso, Litware', '300'],
    ]);
    expect(owners.map(({ owner, records: count, amount }) => [owner, count, amount])).toEqual([
      ['Kim', 2, '1200'],
      [null, 1, '500'],
    ]);
  });

  it('is found by so many statements, however many partners there are', async () => {
    const asked = async () => {
      let statements = 0;
      await recomputeKpis(store, { program: family, now: at('2026-03-01') });
      await ofFamily({
        db: store.db,
        query: async (sql, parameters) => {
          statements += 1;
          return await store.query(sql, parameters);
        },
      });
      return statements;
    };
    await deals('e1 | C | 4000 USD | yes | - | sourced | 100');
    const few = await asked();
    for (let index = 0; index < 20; index++) {
      await insertRows(store, 'partner', [{ id: `m${index}`, name: `Many ${index}`, types: ['reseller'] }]);
      await deals(`x${index} | m${index} | 4000 USD | yes | - | sourced | 100`);
    }
    await markDirty(
      store,
      'deal',
      Array.from({ length: 20 }, (_, index) => `m${index}`),
    );
    expect((await ofFamily()).records.length).toBe(1);
    expect(await asked()).toBe(few);
    expect((await ofFamily()).records.length).toBe(21);
  });
});

it('a spreadsheet takes no name for a formula', () => {
  expect(csvText([['=1+1', 'a "b", c', '-5.50', '-x']])).toBe(`'=1+1,"a ""b"", c",-5.50,'-x\r\n`);
});
