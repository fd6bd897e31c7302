import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import {
  type ChannelEngine,
  openChannelEngine,
  shippedMappings,
  starterProgram,
} from '../services/channel-engine.ts';
import { accepted, add, type ChannelOrg, startChannelOrg } from '../services/channel-org.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/** Contacts take part because of their account; the CRM reports no change of theirs when the account changes. */
describe('people whose company enters or leaves the program', () => {
  const clock = { time: 0 };
  let store: Store;
  let channel: ChannelOrg;
  let engine: ChannelEngine;

  beforeAll(async () => {
    store = await openTestStore();
  });
  afterAll(async () => {
    await channel.close();
    await store.close();
  });

  beforeEach(async () => {
    clock.time = Date.parse('2026-03-02T10:00:00Z');
    const now = () => clock.time;
    await emptyStore(store);
    await channel?.close();
    channel = await startChannelOrg({ seed: 5, now, program: starterProgram(), mappings: shippedMappings() });
    engine = await openChannelEngine({ store, now, connect: channel.standIn.options });
    await engine.pass();
  });

  const pass = async () => {
    clock.time += 600_000;
    return await engine.pass();
  };
  const become = (account: string, recordType: 'Partner' | 'Customer') =>
    accepted(
      channel.org.update('Account', [{ Id: account, RecordTypeId: channel.recordTypes[recordType]! }]),
    );
  const peopleOf = async (account: string) => {
    const contacts = channel.org.dump('Contact').filter((row) => row.AccountId === account);
    const rows = await store.query<{ crm_id: string; state: string; in_scope: boolean }>(
      `select l.crm_id, l.state, p.in_scope from tierlink.link l join tierlink.person p on p.id = l.record_id
       where l.crm_id = any($1::text[]) order by l.crm_id`,
      [contacts.map((row) => row.Id)],
    );
    return rows.map(({ state, in_scope: isIn }) => `${state} ${isIn}`);
  };
  const accountNamed = (name: string) =>
    String(channel.org.dump('Account').find((row) => row.Name === name)!.Id);

  it('leave with it and come back with it', async () => {
    const account = accountNamed('Partner 1');
    become(account, 'Customer');
    await pass();
    expect(await peopleOf(account)).toEqual(['out_of_scope false', 'out_of_scope false']);
    become(account, 'Partner');
    await pass();
    expect(await peopleOf(account)).toEqual(['live true', 'live true']);
  });

  it('are read when it becomes a partner, however old they are', async () => {
    const account = accountNamed('Customer 1');
    add(channel.org, 'Contact', [{ LastName: 'Early', AccountId: account }]);
    await pass();
    clock.time += 3_600_000;
    expect(await peopleOf(account)).toEqual([]);
    become(account, 'Partner');
    await pass();
    expect(await peopleOf(account)).toEqual(['live true']);
  });

  it('are asked about once only', async () => {
    become(accountNamed('Customer 2'), 'Partner');
    await pass();
    expect(await store.query('select * from tierlink.rescope')).toEqual([]);
    const { connections } = await pass();
    const people = connections[0]!.pull!.objects.find(({ object }) => object === 'Contact');
    expect(people?.counts.person?.read ?? 0).toBe(0);
  });
});
