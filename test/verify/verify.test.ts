import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { TierlinkError } from '../../src/errors.ts';
import { type MismatchCause, mismatchCauses } from '../../src/model/mismatch-causes.ts';
import type { Store } from '../../src/store/store.ts';
import { breakLink } from '../../src/sync/links/changes.ts';
import { relinkConnection } from '../../src/sync/links/connection-settings.ts';
import { readUnsettled } from '../../src/verify/read.ts';
import { openTestStore } from '../services/test-store.ts';
import { mapping, mappings, type PassHouse } from '../sync/pass-house.ts';
import { corruptions } from './corrupt.ts';
import { found, settledHouse, states, verify } from './verify-house.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(() => store.close());

/** Each deal again, as a lead that takes a partner. */
const lead = mapping('lead', {
  object: 'Deal',
  entity: 'lead',
  attributes: {
    name: { field: 'Name', direction: 'in' },
    partner: { field: 'Partner', direction: 'in', required: true },
  },
});

const verifiedTo = async () =>
  await store.query<{ object: string; to: string | null }>(
    'select object, verified_to as "to" from tierlink.verification order by object',
  );

async function callsOf(house: PassHouse, work: () => Promise<unknown>): Promise<string[]> {
  const before = house.crm.calls.log.length;
  await work();
  return house.crm.calls.log.slice(before);
}

describe('a store that is as the CRM', () => {
  it('is verified up to where changes were read, with equal checksums', async () => {
    const house = await settledHouse(store);
    const run = await verify(house, { full: true });
    expect(await found(store)).toEqual([]);
    expect(run.state).toBe('succeeded');
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'verified' });
    const [first] = await verifiedTo();
    expect(first!.to).toBe(new Date(house.clock.time).toISOString());
    const months = await store.query(
      `select object, month, counted, linked, theirs = ours as same from tierlink.verification_month order by 1, 2`,
    );
    expect(months).toHaveLength(4 + 6);
    expect(months).toContainEqual({ object: 'Deal', month: '2025-01', counted: 2, linked: 2, same: true });
  });

  it('is verified although a person left a record out', async () => {
    const house = await settledHouse(store);
    const [account] = house.crm.rows('Account');
    const link = { connection: 'north', object: 'Account', entity: 'partner', crmId: account!.id } as const;
    await breakLink(house.engine, { link, reason: 'a test account' });
    await house.pass();
    await verify(house, { full: true });
    const accounts = (await found(store)).filter((each) => JSON.stringify(each).includes('Account'));
    expect(accounts).toEqual([]);
    expect(await states(store)).toMatchObject({ Account: 'verified' });
  });

  it('is not verified once the connection is on another org', async () => {
    const house = await settledHouse(store);
    await verify(house, { full: true });
    await corruptions.unstamped_change!(house, house.crm.rows('Deal')[4]!.id);
    await verify(house, { full: true });
    house.crm.becomeOrg('org-memory-2');
    await house.pass();
    const { store: of, clock, connection } = house;
    const change = { store: of, clock, id: 'north', actor: 'admin', mappings: connection.mappings() };
    expect(await relinkConnection(change)).toMatchObject({ pinned_org_id: 'org-memory-2' });
    expect(await found(store)).toEqual([]);
    expect(await verifiedTo()).toEqual([]);
    expect(await store.query('select month from tierlink.verification_month')).toEqual([]);
  });

  it('is read month by month in turns, and never as a whole', async () => {
    const house = await settledHouse(store);
    const turn = async () => await callsOf(house, () => verify(house, { days: 6 }));
    const first = await turn();
    expect(first.filter((call) => call.startsWith('count'))).toEqual([
      'count Account',
      'count Deal',
      'count Account',
      'count Deal',
    ]);
    expect(first.filter((call) => call.startsWith('read'))).toEqual(['read Account', 'read Deal']);
    const compared = async () =>
      await store.query<{ months: number }>(
        `select count(*)::integer as months from tierlink.verification_month where object = 'Deal' and compared_at is not null`,
      );
    expect(await compared()).toEqual([{ months: 1 }]);
    for (let day = 2; day <= 6; day += 1) await turn();
    expect(await compared()).toEqual([{ months: 6 }]);
  });

  it('has the records of a month found by an index', async () => {
    const house = await settledHouse(store);
    const asked: [sql: string, parameters: readonly unknown[]][] = [];
    const query: Store['query'] = async (sql, parameters = []) => {
      if (sql.includes('created_on >=')) asked.push([sql, parameters]);
      return await store.query(sql, parameters);
    };
    await verify({ ...house, engine: { ...house.engine, store: { ...store, query } } }, { full: true });
    const [sql, parameters] = asked[0]!;
    const plan = await store.transaction(async (tx) => {
      await tx.query('set local enable_seqscan = off');
      return await tx.query(`explain ${sql}`, parameters);
    });
    expect(JSON.stringify(plan)).toContain('link_created');
  });

  it('is verified while people work in it', async () => {
    const house = await settledHouse(store);
    const connector = house.connection.connector();
    const { read } = connector;
    connector.read = (request) => {
      // After the counts were taken and before the month is read.
      if (request.scope.created !== undefined) {
        house.clock.time += 5_000;
        house.crm.update('Deal', house.crm.rows('Deal')[0]!.id, { Amount: `${house.clock.time % 1_000}` });
        house.crm.remove('Deal', house.crm.rows('Deal').at(-1)!.id);
        house.addDeal(house.crm.rows('Account')[0]!.id, '1.00');
      }
      return read(request);
    };
    await verify(house, { full: true });
    connector.read = read;
    expect(await found(store)).toEqual([]);
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'verified' });
  });
});

describe('a record that is not here as the CRM has it', () => {
  it.each(Object.keys(corruptions) as MismatchCause[])('is found as %s, and nothing else', async (cause) => {
    const house = await settledHouse(store);
    const crmId = await corruptions[cause]!(house, house.crm.rows('Deal')[4]!.id);
    const { isKnown } = mismatchCauses[cause];
    const run = await verify(house, { full: true });
    expect(await found(store)).toMatchObject([{ crmId, cause, settled: true }]);
    expect(Object.values(await states(store)).includes('different')).toBe(!isKnown);
    expect(run.state).toBe(isKnown ? 'succeeded' : 'partial');
    await verify(house);
    expect(await found(store)).toMatchObject([{ crmId, cause, settled: true }]);
  });

  const healed = Object.keys(corruptions).filter(
    (cause) => !mismatchCauses[cause as MismatchCause].isKnown,
  ) as MismatchCause[];
  it.each(healed)('called %s is mended by a complete read', async (cause) => {
    const house = await settledHouse(store);
    await corruptions[cause]!(house, house.crm.rows('Deal')[4]!.id);
    await verify(house, { full: true });
    await house.pass({ full: true });
    await verify(house);
    expect(await found(store)).toEqual([]);
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'verified' });
  });

  it('is found by counting alone where one side has more of them', async () => {
    for (const cause of ['late_row', 'missed_delete', 'lost_link'] as const) {
      const house = await settledHouse(store);
      await verify(house, { full: true });
      const crmId = await corruptions[cause]!(house, house.crm.rows('Deal')[4]!.id);
      const calls = await callsOf(house, () => verify(house, { days: 366 }));
      expect(await found(store)).toMatchObject([{ crmId, cause }]);
      expect(calls.filter((call) => call === 'read Deal').length).toBeLessThanOrEqual(4);
    }
  });

  it('is found once, also where its day is not known here or has moved', async () => {
    for (const day of [null, '2025-06-15']) {
      const house = await settledHouse(store);
      const crmId = await corruptions.local_edit!(house, house.crm.rows('Deal')[0]!.id);
      await store.query(`update tierlink.link set created_on = $2 where object = 'Deal' and crm_id = $1`, [
        crmId,
        day,
      ]);
      const run = await verify(house, { full: true });
      expect({ day, state: run.state }).toEqual({ day, state: 'partial' });
      expect(await found(store)).toEqual([{ object: 'Deal', crmId, cause: 'local_edit', settled: true }]);
    }
  });

  it('waits for its parent, or is no good: both are explained', async () => {
    const house = await settledHouse(store, { mappings: [mappings[0]!, lead] });
    const customer = house.crm.insert('Account', [{ Name: 'No partner', Kind: 'Customer' }])[0]!;
    const orphan = house.addDeal(customer, '1.00');
    const nameless = house.addPartner('', { Name: null });
    await house.pass();
    await verify(house, { full: true });
    expect(await found(store)).toEqual([
      { object: 'Account', crmId: nameless, cause: 'invalid', settled: true },
      { object: 'Deal', crmId: orphan, cause: 'orphan', settled: true },
    ]);
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'verified' });
  });
});

describe('a record that is live here and of which a change cannot be used', () => {
  it('is listed as invalid, once, whatever is compared', async () => {
    const house = await settledHouse(store);
    const [account] = house.crm.rows('Account');
    house.crm.update('Account', account!.id, { Name: null, Started_On: 'soon' });
    await house.pass();
    for (const full of [true, false]) {
      const run = await verify(house, { full });
      expect(await found(store)).toEqual([
        { object: 'Account', crmId: account!.id, cause: 'invalid', settled: true },
      ]);
      expect(run.state).toBe('succeeded');
    }
    house.crm.update('Account', account!.id, { Name: 'Northwind' });
    await house.pass();
    await verify(house, { full: true });
    expect(await found(store)).toEqual([]);
  });
});

describe('a count that does not agree with what was read', () => {
  /** Has the CRM count one deal more than there are. */
  function countOneMore(house: PassHouse, isMore: () => boolean): void {
    const connector = house.connection.connector();
    const { count } = connector;
    connector.count = async (requests) => {
      const counts = await count(requests);
      return counts.map((counted, index) => {
        const { object, by } = requests[index]!;
        if (object !== 'Deal' || by !== 'month' || !Array.isArray(counted) || !isMore()) return counted;
        return counted.map((each, at) => (at === 0 ? { ...each, records: each.records + 1 } : each));
      });
    };
  }

  it('leaves it unsettled for as long as it does not', async () => {
    const house = await settledHouse(store);
    let isMore = true;
    countOneMore(house, () => isMore);
    const run = await verify(house);
    expect(await found(store)).toEqual([]);
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'unsettled' });
    expect(run.state).toBe('partial');
    const [month, ...others] = await readUnsettled(store, 'north', 5);
    expect(others).toEqual([]);
    expect(month).toMatchObject({ object: 'Deal', recounted: true, changed: 0, moved: [] });
    expect(month!.counted).toBe(month!.here + 1);
    expect(month!.next).toEqual(['tierlink verify --connection north --object Deal']);
    isMore = false;
    await verify(house);
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'verified' });
    expect(await readUnsettled(store, 'north', 5)).toEqual([]);
  });

  it('says that it was not counted once more where the CRM refused that', async () => {
    const house = await settledHouse(store);
    const connector = house.connection.connector();
    countOneMore(house, () => true);
    const { count } = connector;
    let times = 0;
    connector.count = async (requests) => {
      if (requests.every(({ by }) => by !== 'month')) return await count(requests);
      times += 1;
      if (times === 1) return await count(requests);
      return requests.map(
        () => new TierlinkError('CRM_PERMISSION', { connection: 'north', reason: 'count Deal' }),
      );
    };
    await verify(house);
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'unsettled' });
    const [feed] = await store.query<{ reason: { code: string } }>(
      `select reason from tierlink.verification where object = 'Deal'`,
    );
    expect(feed!.reason.code).toBe('CRM_PERMISSION');
    expect(await readUnsettled(store, 'north', 5)).toMatchObject([{ object: 'Deal', recounted: false }]);
  });

  it('names the records of the month that changed meanwhile', async () => {
    const house = await settledHouse(store);
    await verify(house, { full: true });
    const inMonth = await store.query<{ crm_id: string }>(
      `select crm_id from tierlink.link where object = 'Deal' and to_char(created_on, 'YYYY-MM') =
         (select min(to_char(created_on, 'YYYY-MM')) from tierlink.link where object = 'Deal') order by 1`,
    );
    const [deal] = inMonth;
    let times = 0;
    countOneMore(house, () => {
      times += 1;
      if (times === 1) {
        house.clock.time += 1_000;
        house.crm.update('Deal', deal!.crm_id, { Name: 'Renamed meanwhile' });
      }
      return true;
    });
    await verify(house, { full: true });
    const moved = (await readUnsettled(store, 'north', 5)).flatMap((each) => each.moved);
    expect(moved.map(({ crmId }) => crmId)).toContain(deal!.crm_id);
  });

  it('is taken once more for what was on its way', async () => {
    const house = await settledHouse(store);
    let times = 0;
    countOneMore(house, () => {
      times += 1;
      return times === 1;
    });
    await verify(house);
    expect([times, await states(store)]).toEqual([2, { Account: 'verified', Deal: 'verified' }]);
    const months = await store.query('select 1 from tierlink.verification_month where counted <> linked');
    expect(months).toEqual([]);
  });

  it('may have records that describe nobody', async () => {
    const describing = mapping('won', {
      object: 'Deal',
      entity: 'partner',
      of: 'Partner',
      attributes: { 'extra.won': { field: 'Won', direction: 'in', type: 'boolean' } },
    });
    const house = await settledHouse(store, { mappings: [mappings[0]!, describing] });
    house.crm.insert('Deal', [{ Name: 'Of nobody' }]);
    await verify(house);
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'verified' });
  });

  it.each(['invalid', 'waiting', 'left out'])(
    'names one that was %s here and is gone there',
    async (kind) => {
      const house = await settledHouse(store, { mappings: [mappings[0]!, lead] });
      const customer = house.crm.insert('Account', [{ Name: 'No partner', Kind: 'Customer' }])[0]!;
      const kept = {
        invalid: () => ['Account', house.addPartner('', { Name: null })] as const,
        waiting: () => ['Deal', house.addDeal(customer, '1.00')] as const,
        'left out': () => ['Account', house.addPartner('Test')] as const,
      };
      const [object, crmId] = kept[kind as keyof typeof kept]();
      await house.pass();
      const link = { connection: 'north', object: 'Account', entity: 'partner', crmId } as const;
      if (kind === 'left out') await breakLink(house.engine, { link, reason: 'a test account' });
      await verify(house, { full: true });
      expect(await states(store)).toEqual({ Account: 'verified', Deal: 'verified' });
      house.crm.purge(object, crmId);
      await verify(house);
      expect(await found(store)).toEqual([{ object, crmId, cause: 'missed_delete', settled: true }]);
      expect(await states(store)).toMatchObject({ [object]: 'different' });
      await house.pass({ full: true });
      await verify(house);
      expect(await found(store)).toEqual([]);
      expect(await states(store)).toEqual({ Account: 'verified', Deal: 'verified' });
    },
  );
});

describe('a user who cannot see everything', () => {
  it('verifies nothing, and what was verified before stays said', async () => {
    const house = await settledHouse(store);
    await verify(house);
    const before = await verifiedTo();
    house.crm.share('Deal', (row) => row.id !== house.crm.rows('Deal')[0]!.id);
    const run = await verify(house, { full: true });
    expect(run.state).toBe('partial');
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'unknown' });
    const [reason] = await store.query<{ reason: { code: string; next: string[] } }>(
      `select reason from tierlink.verification where object = 'Deal'`,
    );
    expect(reason!.reason.code).toBe('not_all_visible');
    expect(reason!.reason.next[0]).toMatch(/tierlink doctor --connection north/);
    expect((await verifiedTo())[1]).toEqual(before[1]);
    expect(await found(store)).toEqual([]);
  });

  it('has nothing said to be deleted that was hidden while both sides were compared', async () => {
    const house = await settledHouse(store);
    const hidden = house.crm.rows('Deal')[3]!.id;
    const connector = house.connection.connector();
    const { count } = connector;
    connector.count = async (requests) => {
      const isByMonth = requests.some(({ by }) => by === 'month');
      if (isByMonth) house.crm.share('Deal', (row) => row.id !== hidden);
      return await count(requests);
    };
    await verify(house);
    expect(await found(store)).toEqual([
      { object: 'Deal', crmId: hidden, cause: 'missed_delete', settled: false },
    ]);
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'unsettled' });
  });

  it('verifies nothing of an object of which it does not see a field', async () => {
    const house = await settledHouse(store);
    house.crm.hide('Deal', 'Amount');
    house.clock.time += 2 * 86_400_000;
    await verify(house);
    expect(await states(store)).toEqual({ Account: 'verified', Deal: 'unknown' });
  });

  it.each([
    { optional: false, code: 'CRM_OBJECT_MISSING' },
    { optional: true, code: 'not_described' },
  ])(
    'verifies nothing of an object that is shown no longer (optional: $optional)',
    async ({ optional, code }) => {
      const used = mappings.map((each) => (each.object === 'Deal' ? { ...each, optional } : each));
      const house = await settledHouse(store, { mappings: used });
      await verify(house);
      expect(await states(store)).toEqual({ Account: 'verified', Deal: 'verified' });
      const connector = house.connection.connector();
      const { describe: describeAll } = connector;
      connector.describe = async (objects) => await describeAll(objects.filter((name) => name !== 'Deal'));
      house.clock.time += 2 * 86_400_000;
      const run = await verify(house);
      expect(run.state).toBe('partial');
      expect(await states(store)).toEqual({ Account: 'verified', Deal: 'unknown' });
      expect(
        await store.query(`select reason->>'code' as code from tierlink.verification where object = 'Deal'`),
      ).toEqual([{ code }]);
    },
  );

  it('is not asked about an object that may be absent and always was', async () => {
    const used = mappings.map((each) => (each.object === 'Deal' ? { ...each, optional: true } : each));
    const house = await settledHouse(store, {
      mappings: used,
      wrap: (connector) => ({
        ...connector,
        describe: async (objects) => await connector.describe(objects.filter((name) => name !== 'Deal')),
      }),
    });
    expect((await verify(house)).state).toBe('succeeded');
    expect(await states(store)).toEqual({ Account: 'verified' });
  });

  it('verifies nothing where the CRM does not say what it sees', async () => {
    const house = await settledHouse(store);
    const connector = house.connection.connector();
    const { check } = connector;
    connector.check = async (objects) => {
      const facts = await check(objects);
      return { ...facts, objects: facts.objects.map((each) => ({ ...each, seesAll: null })) };
    };
    await verify(house);
    expect(await states(store)).toEqual({ Account: 'unknown', Deal: 'unknown' });
  });
});
