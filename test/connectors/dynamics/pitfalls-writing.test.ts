import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { WriteResult, WriteRow } from '../../../src/sync/connector.ts';
import { accounts, addColumn, KEY, type WriteWorld, writeWorld } from './write-world.ts';

const outcomes = (results: readonly WriteResult[]) => new Set(results.map(({ outcome }) => outcome));

describe('writing to Dynamics', () => {
  let world: WriteWorld;
  beforeEach(async () => {
    world = await writeWorld();
  });
  afterEach(async () => await world.close());
  const stored = (table = 'account') => world.simulator.org.dump(table);
  const only = (table: string) => stored(table)[0] ?? {};

  it.each([
    ['one row', 1, '/accounts('],
    ['a batch', 20, '$batch'],
    ['a bulk message', 300, 'UpsertMultiple'],
  ])(
    'pitfall 21: when the answer about %s is lost there is one record, never three',
    async (_lane, count, path) => {
      world.simulator.faults.add({ kind: 'lost-answer', path, times: 1 });
      const lost = await world.upsert(accounts(count));
      expect(outcomes(lost)).toEqual(new Set(['unknown']));
      expect(world.writes()).toHaveLength(1);
      expect(world.host.spent).toHaveLength(1);
      expect(stored()).toHaveLength(count);
      const again = await world.upsert(accounts(count));
      expect(outcomes(again)).toEqual(new Set([count === 300 ? 'written' : 'updated']));
      expect(stored()).toHaveLength(count);
    },
  );

  it.each([1, 20, 300])(
    'pitfall 21: an inner error of the platform is no reason to write twice (%d rows)',
    async (count) => {
      world.simulator.faults.add({ kind: 'status', status: 500, times: 1 });
      expect(outcomes(await world.upsert(accounts(count)))).toEqual(new Set(['unknown']));
      expect(world.host.spent).toHaveLength(1);
    },
  );

  it('pitfall 21: two upserts of one key at the same moment end in one record', async () => {
    const { org, faults } = world.simulator;
    const [id = ''] = org.create('account', [{ name: 'Theirs', [KEY]: 'k0' }]);
    faults.add({ kind: 'row-error', object: 'account', status: 412, code: '0x80060892', times: 1 });
    const [alone] = await world.upsert(accounts(1));
    expect(alone).toEqual({ ref: 'r0', id, outcome: 'updated' });
    faults.add({ kind: 'row-error', object: 'account', status: 412, code: '0x80040237', times: 1 });
    const together = await world.upsert(accounts(2));
    expect(together.map(({ outcome }) => outcome)).toEqual(['updated', 'created']);
    expect(stored()).toHaveLength(2);
  });

  it('pitfall 21: a key that no address can hold still makes one record, whoever asks at the same time', async () => {
    const [first] = await world.upsert([{ ref: 'a', key: 'a/b?', fields: { name: 'A' } }]);
    expect(first).toMatchObject({ outcome: 'created', id: only('account').accountid });
    const rows = [
      { ref: 'a', key: 'A/B?', fields: { name: 'A2' } },
      { ref: 'b', key: 'b%', fields: { name: 'B' } },
    ];
    const results = await world.upsert(rows);
    expect(results.map(({ outcome }) => outcome)).toEqual(['updated', 'created']);
    expect(stored().map((row) => [row.name, row[KEY]])).toEqual(
      expect.arrayContaining([
        ['A2', 'a/b?'],
        ['B', 'b%'],
      ]),
    );
    expect(stored()).toHaveLength(2);
  });

  it('pitfall 22: children of one parent share a page, so that pages do not lock each other out', async () => {
    const { org } = world.simulator;
    const parents = org.create('account', [{ name: 'P1' }, { name: 'P2' }]);
    const rows = Array.from({ length: 2_000 }, (_unused, index): WriteRow => {
      const parent = parents[index % 2] ?? '';
      return {
        ref: `r${index}`,
        key: `c${index}`,
        parent,
        fields: { lastname: 'C', parentcustomerid_account: parent },
      };
    });
    const pages: unknown[][] = [];
    const { send } = world.context.client;
    world.context.client.send = async (call) => {
      const { Targets = [] } = JSON.parse(String(call.body)) as { Targets?: Record<string, unknown>[] };
      pages.push(Targets.map((target) => target['parentcustomerid_account@odata.bind']));
      return await send(call);
    };
    const results = await world.upsert(rows, { object: 'contact' });
    expect(results.map(({ ref }) => ref)).toEqual(rows.map(({ ref }) => ref));
    expect(pages.map((page) => new Set(page).size)).toEqual([1, 1]);
  });

  it('pitfall 22: locked rows alone are tried again, after a pause', async () => {
    const { org, faults } = world.simulator;
    const ids = org.create(
      'account',
      accounts(100).map((row) => row.fields),
    );
    faults.add({
      kind: 'row-error',
      object: 'account',
      matching: { name: 'A7' },
      status: 400,
      code: '0x80044339',
      times: 2,
    });
    const rows = ids.map((id, index) => ({ ref: `r${index}`, id, fields: { telephone1: '1' } }));
    const results = await world.update(rows);
    expect(outcomes(results)).toEqual(new Set(['updated']));
    expect(world.host.waited).toHaveLength(2);
    expect(world.writes()).toEqual(['POST $batch', 'POST $batch', 'POST $batch']);
    expect(stored().filter((row) => row.telephone1 === '1')).toHaveLength(100);
  });

  it('pitfall 22: a row that stays locked is told as locked and worth another try, the others are written', async () => {
    world.simulator.faults.add({
      kind: 'row-error',
      object: 'account',
      matching: { name: 'A3' },
      status: 400,
      code: '0x80044339',
    });
    const results = await world.upsert(accounts(300));
    const refused = results.filter(({ outcome }) => outcome === 'rejected');
    expect(refused).toHaveLength(1);
    expect(refused[0]).toMatchObject({ ref: 'r3', code: 'CRM_LOCKED', retry: 'backoff' });
    expect(stored()).toHaveLength(299);
  });

  it('pitfall 22: a deadlock undoes its transaction, so the page goes out again by itself', async () => {
    const deadlock = { status: 500, code: '0x80044150', message: 'Sql Number: 1205' };
    world.simulator.faults.add({ kind: 'row-error', object: 'account', times: 1, ...deadlock });
    expect(outcomes(await world.upsert(accounts(300)))).toEqual(new Set(['written']));
    expect(world.host.waited).toHaveLength(1);
    expect(stored()).toHaveLength(300);
  });

  it('pitfall 24: a choice that the column does not have is refused before anything is sent', async () => {
    const [gone, label, good, several] = await world.upsert([
      { ref: 'a', key: 'a', fields: { name: 'A', tl_tier: '7' } },
      { ref: 'b', key: 'b', fields: { name: 'B', tl_tier: 'Gold' } },
      { ref: 'c', key: 'c', fields: { name: 'C', tl_tier: '100000001', tl_certs: '1;2' } },
      { ref: 'd', key: 'd', fields: { name: 'D', tl_certs: '1;9' } },
    ]);
    const refused = { outcome: 'rejected', code: 'CRM_PICKLIST', retry: 'never' };
    expect(gone).toMatchObject({ ...refused, field: 'tl_tier' });
    expect(label).toMatchObject({ ...refused, field: 'tl_tier' });
    expect(several).toMatchObject({ ...refused, field: 'tl_certs' });
    expect(good).toMatchObject({ outcome: 'created' });
    expect(stored().map((row) => [row.tl_tier, row.tl_certs])).toEqual([[100_000_001, '1,2']]);
  });

  it('pitfall 24: a value that was added to a choice meanwhile is taken', async () => {
    const column = world.simulator.org.table('account').columns.get('tl_tier');
    column?.options?.push({ value: 100_000_002, label: 'Platinum' });
    const [result] = await world.upsert([
      { ref: 'a', key: 'a', fields: { name: 'A', tl_tier: 100_000_002 } },
    ]);
    expect(result).toMatchObject({ outcome: 'created' });
  });

  it('pitfall 25: an amount keeps its digits, and its currency is said', async () => {
    const { org } = world.simulator;
    const [usd = '', eur = ''] = ['USD', 'EUR'].map(
      (code) =>
        stored('transactioncurrency').find((row) => row.isocurrencycode === code)?.transactioncurrencyid,
    ) as string[];
    const results = await world.upsert(
      [
        { ref: 'a', key: 'a', fields: { name: 'A', estimatedvalue: '1234567890.12' } },
        {
          ref: 'b',
          key: 'b',
          fields: { name: 'B', estimatedvalue: '10', 'transactioncurrencyid.isocurrencycode': 'EUR' },
        },
        {
          ref: 'c',
          key: 'c',
          fields: { name: 'C', estimatedvalue: '10', 'transactioncurrencyid.isocurrencycode': 'XXX' },
        },
      ],
      { object: 'opportunity' },
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'rejected']);
    expect(results[2]).toMatchObject({ code: 'CRM_REFERENCE' });
    const byName = new Map(org.dump('opportunity').map((row) => [row.name, row]));
    expect(byName.get('A')).toMatchObject({ estimatedvalue: 1234567890.12, transactioncurrencyid: usd });
    expect(byName.get('B')).toMatchObject({ estimatedvalue: 10, transactioncurrencyid: eur });
    const before = world.simulator.calls.total;
    await world.upsert([{ ref: 'a', key: 'a', fields: { estimatedvalue: '1' } }], { object: 'opportunity' });
    // One to see whether the row is there, which has its own currency then.
    expect(world.simulator.calls.total - before).toBe(2);
  });

  it.each([1, 3, 300])(
    'pitfall 25: amounts that are upserted leave the currency of rows alone that are there (%d rows)',
    async (count) => {
      const { org } = world.simulator;
      const currency = (code: string) =>
        stored('transactioncurrency').find((row) => row.isocurrencycode === code)?.transactioncurrencyid;
      const rows = (amount: string) =>
        accounts(count + 1).map(({ ref, key }) => ({
          ref,
          key: key!,
          fields: { name: 'A', estimatedvalue: amount },
        }));
      org.create(
        'opportunity',
        rows('5')
          .slice(0, count)
          .map(({ key }) => ({
            name: 'A',
            [KEY]: key,
            estimatedvalue: 5,
            'transactioncurrencyid@odata.bind': `/transactioncurrencies(${String(currency('EUR'))})`,
          })),
      );
      const results = await world.upsert(rows('7'), { object: 'opportunity' });
      expect(results.filter(({ outcome }) => outcome === 'rejected')).toEqual([]);
      const found = new Map(stored('opportunity').map((row) => [row[KEY], row]));
      expect(found.size).toBe(count + 1);
      for (const [key, row] of found) {
        const code = key === `k${count}` ? 'USD' : 'EUR';
        expect(row).toMatchObject({ estimatedvalue: 7, transactioncurrencyid: currency(code) });
      }
    },
  );

  it('pitfall 25: an amount that is changed leaves the currency of its row alone', async () => {
    const { org } = world.simulator;
    const eur = stored('transactioncurrency').find((row) => row.isocurrencycode === 'EUR');
    const bind = `/transactioncurrencies(${String(eur?.transactioncurrencyid)})`;
    const [id = ''] = org.create('opportunity', [
      { name: 'A', estimatedvalue: 5, 'transactioncurrencyid@odata.bind': bind },
    ]);
    await world.update([{ ref: 'a', id, fields: { estimatedvalue: '7' } }], { object: 'opportunity' });
    expect(only('opportunity')).toMatchObject({
      estimatedvalue: 7,
      transactioncurrencyid: eur?.transactioncurrencyid,
    });
  });

  it('pitfall 25: a day stays the day, an instant the instant, and neither goes where the other belongs', async () => {
    const [good, day, instant] = await world
      .upsert(
        [
          { ref: 'a', key: 'a', fields: { name: 'A', estimatedclosedate: '2026-03-31' } },
          { ref: 'b', key: 'b', fields: { name: 'B', estimatedclosedate: '2026-03-31T23:30:00.000Z' } },
        ],
        { object: 'opportunity' },
      )
      .then(async (results) => [
        ...results,
        ...(await world.upsert(
          [
            { ref: 'c', key: 'c', fields: { title: 'C', followupby: '2026-03-31T23:30:00.000Z' } },
            { ref: 'd', key: 'd', fields: { title: 'D', followupby: '2026-03-31' } },
          ].map((row) => withCustomer(row)),
          { object: 'incident' },
        )),
      ]);
    expect(good).toMatchObject({ outcome: 'created' });
    expect(day).toMatchObject({ outcome: 'rejected', code: 'CRM_BAD_VALUE', field: 'estimatedclosedate' });
    expect(instant).toMatchObject({ outcome: 'created' });
    expect(only('opportunity').estimatedclosedate).toBe('2026-03-31');
    expect(stored('incident').map((row) => row.followupby)).toEqual(['2026-03-31T23:30:00Z']);
  });

  it('pitfall 25: a day in a column that keeps instants is midnight where the user lives', async () => {
    const { org } = world.simulator;
    const settings = org.dump('usersettings').find((row) => row.systemuserid === world.userId);
    org.set('usersettings', String(settings?.systemuserid), { timezonecode: 110 });
    const row = (key: string, day: string) => ({ ref: key, key, fields: { name: key, tl_since: day } });
    addColumn(org, 'account', 'tl_Since', 'UserDate cu');
    await world.upsert([row('winter', '2026-03-28'), row('summer', '2026-03-30')]);
    expect(
      stored()
        .map((each) => each.tl_since)
        .sort(),
    ).toEqual(['2026-03-27T23:00:00Z', '2026-03-29T22:00:00Z']);
    const before = world.simulator.calls.total;
    await world.upsert([row('summer', '2026-03-31')]);
    expect(world.simulator.calls.total - before).toBe(1);
    const scope = { name: 'all' };
    const days = [];
    for await (const page of world.connector.read({ object: 'account', fields: ['tl_since'], scope }))
      days.push(...page.records.map(({ fields }) => fields.tl_since));
    expect(days.sort()).toEqual(['2026-03-28', '2026-03-31']);
  });

  const withCustomer = (row: WriteRow): WriteRow => {
    const [customer] = world.simulator.org.create('account', [{ name: 'Customer' }]);
    return { ...row, fields: { ...row.fields, customerid_account: customer ?? null } };
  };

  it.each([1, 2, 300])(
    'pitfall 27: a lookup to several tables is set by the property of the table (%d rows)',
    async (count) => {
      const { org } = world.simulator;
      const [account = ''] = org.create('account', [{ name: 'P', [KEY]: 'parent' }]);
      const [contact = ''] = org.create('contact', [{ lastname: 'C', [KEY]: 'person' }]);
      const rows = (customerid: WriteRow['fields'][string]): WriteRow[] =>
        accounts(count).map((row) => ({ ...row, fields: { ...row.fields, customerid } }));
      const customers = () => new Set(stored('opportunity').map((row) => row.customerid ?? null));
      const send = async (customerid: WriteRow['fields'][string]) => {
        const results = await world.upsert(rows(customerid), { object: 'opportunity' });
        expect(results.filter(({ outcome }) => outcome === 'rejected')).toEqual([]);
        return customers();
      };
      expect(await send({ object: 'account', keyField: KEY, key: 'parent' })).toEqual(new Set([account]));
      expect(await send({ object: 'contact', keyField: KEY, key: 'person' })).toEqual(new Set([contact]));
      expect(await send(account)).toEqual(new Set([account]));
      expect(await send(contact)).toEqual(new Set([contact]));
      expect(await send(null)).toEqual(new Set([null]));
    },
  );

  it('pitfall 27: a lookup of ours goes by the name of its property, case and all', async () => {
    const [account = ''] = world.simulator.org.create('account', [{ name: 'P', [KEY]: 'parent' }]);
    const byPath = { name: 'A', [`tl_partnerref.${KEY}`]: 'parent' };
    await world.upsert([{ ref: 'a', key: 'a', fields: byPath }], { object: 'opportunity' });
    expect(only('opportunity').tl_partnerref).toBe(account);
    await world.upsert([{ ref: 'a', key: 'a', fields: { tl_partnerref: null } }], { object: 'opportunity' });
    expect(only('opportunity').tl_partnerref).toBeNull();
    await world.upsert([{ ref: 'a', key: 'a', fields: { tl_PartnerRef: account } }], {
      object: 'opportunity',
    });
    expect(only('opportunity').tl_partnerref).toBe(account);
  });

  it('pitfall 27: a parent is found by a column that is no key, and by a key that no address can hold', async () => {
    const { org } = world.simulator;
    const [plain = '', odd = ''] = org.create('account', [
      { name: "O'Neil & Sons", [KEY]: 'p1' },
      { name: 'Twice', [KEY]: 'a/b' },
      { name: 'Twice' },
    ]);
    const to = (keyField: string, key: string) => ({ parentaccountid: { object: 'account', keyField, key } });
    const results = await world.upsert(
      [to('name', "O'Neil & Sons"), to(KEY, 'a/b'), to('name', 'Twice'), to('name', 'Nobody')].map(
        (fields, index) => ({ ref: `r${index}`, key: `d${index}`, fields: { name: `D${index}`, ...fields } }),
      ),
      { object: 'opportunity' },
    );
    expect(results.map(({ outcome }) => outcome)).toEqual(['created', 'created', 'rejected', 'rejected']);
    expect(results[2]).toMatchObject({
      code: 'CRM_REFERENCE',
      message: expect.stringContaining('more than one'),
    });
    expect(results[3]).toMatchObject({ code: 'CRM_REFERENCE', field: 'parentaccountid' });
    const parents = new Map(stored('opportunity').map((row) => [row.name, row.parentaccountid]));
    expect([parents.get('D0'), parents.get('D1')]).toEqual([plain, odd]);
  });

  it('pitfall 27: an owner is a user, by id or by name', async () => {
    const sales = world.simulator.org.addUser({ fullName: 'Sam Sales' });
    const byName = { object: 'systemuser', keyField: 'fullname', key: 'Sam Sales' };
    const results = await world.upsert([
      { ref: 'a', key: 'a', fields: { name: 'A', ownerid: byName } },
      { ref: 'b', key: 'b', fields: { name: 'B', ownerid: sales } },
    ]);
    expect(outcomes(results)).toEqual(new Set(['created']));
    expect(stored().map((row) => row.ownerid)).toEqual([sales, sales]);
  });

  it.each([1, 2, 300])(
    'pitfall 28: a child whose parent is gone is told so, the others are written (%d rows)',
    async (count) => {
      const missing = '00000000-0000-4000-8000-000000000001';
      const rows = accounts(count).map((row, index) =>
        index === 0 ? { ...row, fields: { ...row.fields, parentaccountid: missing } } : row,
      );
      const results = await world.upsert(rows);
      expect(results[0]).toMatchObject({ outcome: 'rejected', code: 'CRM_REFERENCE' });
      expect(results.slice(1).filter(({ outcome }) => outcome === 'rejected')).toEqual([]);
      expect(stored()).toHaveLength(count - 1);
    },
  );

  it('pitfall 29: a column that security keeps from the user is refused by name and nothing is blanked', async () => {
    const { org } = world.simulator;
    addColumn(org, 'account', 'tl_Secret', 'String(100) cus');
    const [id = ''] = org.create('account', [{ name: 'A', tl_secret: 'x' }]);
    const [result] = await world.update([{ ref: 'r', id, fields: { tl_secret: null } }]);
    expect(result).toMatchObject({ code: 'CRM_FIELD_READONLY', field: 'tl_secret' });
    expect(org.get('account', id)?.tl_secret).toBe('x');
  });

  it('pitfall 30: a column that was dropped or renamed is named, and stops only the rows that have it', async () => {
    const results = await world.upsert([
      { ref: 'a', key: 'a', fields: { name: 'A', tl_gone: 'x' } },
      { ref: 'b', key: 'b', fields: { name: 'B' } },
    ]);
    expect(results[0]).toMatchObject({ code: 'CRM_FIELD_MISSING', field: 'tl_gone' });
    expect(results[1]).toMatchObject({ outcome: 'created' });
  });

  it('pitfall 30: a column that was added meanwhile is found', async () => {
    addColumn(world.simulator.org, 'account', 'tl_New', 'String(10) cu');
    const [result] = await world.upsert([{ ref: 'a', key: 'a', fields: { name: 'A', tl_new: 'x' } }]);
    expect(result).toMatchObject({ outcome: 'created' });
    expect(only('account').tl_new).toBe('x');
  });

  it('pitfall 31: a cleared value travels: blank is sent, absent is not', async () => {
    const { org } = world.simulator;
    const [id = ''] = org.create('account', [{ name: 'A', telephone1: '1', fax: '2', revenue: 5 }]);
    await world.update([{ ref: 'a', id, fields: { telephone1: '', revenue: null } }]);
    expect(org.get('account', id)).toMatchObject({ telephone1: null, revenue: null, fax: '2', name: 'A' });
  });

  it('pitfall 32: every row is accounted for, whatever becomes of it', async () => {
    const { org, faults } = world.simulator;
    const ids = org.create(
      'account',
      accounts(400).map((row) => row.fields),
    );
    faults.add({ kind: 'row-error', object: 'account', matching: { name: 'A5' } });
    const rows = ids.map((id, index): WriteRow => {
      if (index === 1) return { ref: 'r1', id, fields: {} };
      if (index === 2) return { ref: 'r2', id, fields: { createdon: '2026-01-01T00:00:00.000Z' } };
      if (index === 3) return { ref: 'r3', id, fields: { fax: 'x'.repeat(51) } };
      if (index === 4) return { ref: 'r4', id: '00000000-0000-4000-8000-000000000009', fields: { fax: '1' } };
      return { ref: `r${index}`, id, fields: { fax: '1' } };
    });
    const results = await world.update(rows);
    expect(results.map(({ ref }) => ref)).toEqual(rows.map(({ ref }) => ref));
    expect(results[1]).toMatchObject({ outcome: 'unchanged' });
    expect(results[2]).toMatchObject({ code: 'CRM_FIELD_READONLY', field: 'createdon' });
    expect(results[3]).toMatchObject({ code: 'CRM_TOO_LONG', field: 'fax' });
    expect(results[4]).toMatchObject({ code: 'CRM_GONE' });
    expect(results[5]).toMatchObject({ code: 'CRM_RULE' });
    expect(results.filter(({ outcome }) => outcome === 'updated')).toHaveLength(395);
  });
});
