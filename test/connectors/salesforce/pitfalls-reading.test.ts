import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { cursorNow, everything, pagesOf, quietly, readAll } from '../../contract/connector-world.ts';
import { type SalesforceWorld, salesforceWorld } from './world.ts';

describe('reading', () => {
  let world: SalesforceWorld;
  beforeEach(async () => {
    world = await salesforceWorld();
  });
  afterEach(async () => {
    await world.close();
  });

  it('counts per month of creation, which add up to all', async () => {
    const { org } = world.simulator;
    const months = ['2019-02', '2024-02', '2024-03', '2026-01'];
    org.bulkLoad(
      'Account',
      months.flatMap((month, index) =>
        Array.from({ length: index + 1 }, () => ({
          Name: month,
          CreatedDate: Date.parse(`${month}-15T10:00:00Z`),
        })),
      ),
    );
    const accounts = { object: 'Account', scope: everything };
    const made = (from: string, before: string) => ({
      ...accounts,
      scope: { ...everything, created: { from, before } },
    });
    expect(
      await world.connector.count([
        made('2019-02-01', '2019-03-01'),
        made('2024-02-01', '2024-03-01'),
        made('2024-03-01T00:00:00.000Z', '2024-04-01T00:00:00.000Z'),
        accounts,
      ]),
    ).toEqual([1, 2, 3, 10]);
    const [byMonth] = await world.connector.count([{ ...accounts, by: 'month' }]);
    expect(byMonth).toEqual(months.map((month, index) => ({ month, records: index + 1 })));
    const read = await readAll(world.connector, { object: 'Account', fields: ['Name'], scope: everything });
    expect(read).toHaveLength(10);
  });

  it('pitfall 16: small reads and small changes never start a bulk job', async () => {
    const { org, calls } = world.simulator;
    org.insert(
      'Account',
      Array.from({ length: 2_000 }, (_unused, index) => ({ Name: `row ${index}` })),
    );
    const cursor = await cursorNow(world.connector, 'Account');
    org.insert('Account', [{ Name: 'one more' }]);
    const request = { object: 'Account', fields: ['Name'], scopes: [everything], cursor };
    await pagesOf(world.connector.changes([request])[0]!);
    expect(calls.byKind.bulk ?? 0).toBe(0);
    await readAll(world.connector, { object: 'Account', fields: ['Name'], scope: everything });
    expect(calls.byKind.bulk).toBeGreaterThan(0);
  });

  it('pitfall 24: describe tells values beside labels and whether the list is closed', async () => {
    const [account] = await world.connector.describe(['Account']);
    const tier = account?.fields.find((field) => field.name === 'Partner_Tier__c');
    expect(tier).toMatchObject({ type: 'choice', restricted: true });
    expect(tier?.values?.map((each) => each.value)).toEqual(['Silver', 'Gold']);
    const industry = account?.fields.find((field) => field.name === 'Industry');
    expect(industry?.restricted).toBe(false);
  });

  it('pitfall 24: a value outside a closed list is refused by name, with the row', async () => {
    const [{ id = null } = {}] = world.simulator.org.insert('Account', [{ Name: 'A' }]);
    const rows = [{ ref: 'r', id: id ?? '', fields: { Partner_Tier__c: 'Platinum' } }];
    const [result] = await world.connector.write({
      object: 'Account',
      operation: 'update',
      rows,
      manners: quietly,
    });
    expect(result).toMatchObject({
      outcome: 'rejected',
      code: 'CRM_PICKLIST',
      field: 'Partner_Tier__c',
      retry: 'never',
    });
  });

  it.each(['Asia/Tokyo', 'America/Los_Angeles', 'Europe/London'])(
    'pitfall 25: a day stays that day and an instant that instant, whatever the zone of the user (%s)',
    async (zone) => {
      const { org, users } = world.simulator;
      expect(org.update('User', [{ Id: users.integration, TimeZoneSidKey: zone }])[0]?.success).toBe(true);
      expect((await world.connector.check([])).timeZone).toBe(zone);
      const created = Date.parse('2026-03-29T01:30:00Z');
      org.bulkLoad('Opportunity', [
        { Name: 'D', StageName: 'Prospecting', CloseDate: '2026-03-29', Amount: 0.1, CreatedDate: created },
      ]);
      const request = {
        object: 'Opportunity',
        fields: ['CloseDate', 'CreatedDate', 'Amount'],
        scope: everything,
      };
      const [rest] = await readAll(world.connector, request);
      expect(rest?.fields).toEqual({
        CloseDate: '2026-03-29',
        CreatedDate: '2026-03-29T01:30:00.000Z',
        Amount: '0.1',
      });
      const rows = [{ ref: 'r', id: rest?.id ?? '', fields: { CloseDate: '2026-10-25' } }];
      await world.connector.write({ object: 'Opportunity', operation: 'update', rows, manners: quietly });
      expect(org.dump('Opportunity')[0]?.CloseDate).toBe('2026-10-25');
    },
  );

  it('pitfall 25: zone and currency are known from the start', async () => {
    const facts = await world.connector.check([]);
    expect(facts).toMatchObject({ currency: 'USD', timeZone: expect.stringMatching(/\w+\/\w+|GMT|UTC/) });
  });

  it('pitfall 29: a field that is hidden in mid-life is absent from the next page, never blank', async () => {
    const { org, faults } = world.simulator;
    org.insert('Account', [{ Name: 'A', Phone: '1' }]);
    const request = { object: 'Account', fields: ['Name', 'Phone'], scope: everything };
    expect((await readAll(world.connector, request))[0]?.fields).toEqual({ Name: 'A', Phone: '1' });
    faults.add({ kind: 'hidden-field', object: 'Account', field: 'Phone' });
    expect((await readAll(world.connector, request))[0]?.fields).toEqual({ Name: 'A' });
    faults.clear();
    faults.add({ kind: 'dropped-field', object: 'Account', field: 'Phone' });
    expect((await readAll(world.connector, request))[0]?.fields).toEqual({ Name: 'A' });
  });

  it('pitfall 29: a blank is never sent to a field that cannot be seen', async () => {
    const { org, faults } = world.simulator;
    const [{ id = null } = {}] = org.insert('Account', [{ Name: 'A', Phone: '1' }]);
    faults.add({ kind: 'hidden-field', object: 'Account', field: 'Phone' });
    const rows = [{ ref: 'r', id: id ?? '', fields: { Phone: null } }];
    const [result] = await world.connector.write({
      object: 'Account',
      operation: 'update',
      rows,
      manners: quietly,
    });
    expect(result).toMatchObject({ outcome: 'rejected', code: 'CRM_FIELD_MISSING', field: 'Phone' });
    expect(org.dump('Account')[0]?.Phone).toBe('1');
  });

  it('pitfall 29: what sharing hides is told as not seeing all', async () => {
    const facts = await world.connector.check(['Account', 'Campaign']);
    expect(facts.objects.map(({ object, seesAll }) => [object, seesAll])).toEqual([
      ['Account', true],
      ['Campaign', null],
    ]);
    const { org } = world.simulator;
    const granted = [...org.rows('ObjectPermissions')].filter((row) => row.SobjectType === 'Account');
    const narrowed = granted.map(({ Id = null }) => ({ Id, PermissionsViewAllRecords: false }));
    expect(org.update('ObjectPermissions', narrowed).every((result) => result.success)).toBe(true);
    expect((await world.connector.check(['Account'])).objects[0]).toMatchObject({
      seesAll: true,
      editsAll: true,
    });
    const account = org.schema.object('Account');
    if (account !== undefined) org.schema.put(account, { ...org.schema.traits(account), sharing: 'private' });
    const after = await world.connector.check(['Account']);
    expect(after.objects[0]).toMatchObject({ seesAll: false, editsAll: false });
  });
});
