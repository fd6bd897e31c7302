import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { type Channel, idsOf } from '../services/channel/channel.ts';
import { crms, startChannel } from '../services/channel/start.ts';
import { type ChannelEngine, openChannelEngine, starterProgram } from '../services/channel-engine.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/** Contacts take part because of their account; the CRM reports no change of theirs when the account changes. */
describe.each(crms)('people whose company enters or leaves the program in %s', (crm) => {
  const clock = { time: Date.parse('2026-03-02T10:00:00Z') };
  let store: Store;
  let channel: Channel;
  let beginning: { restore(): void };
  let engine: ChannelEngine;

  beforeAll(async () => {
    store = await openTestStore();
    channel = await startChannel(crm, { seed: 5, now: () => clock.time, program: starterProgram() });
    beginning = channel.snapshot();
  });
  afterAll(async () => {
    await channel.close();
    await store.close();
  });

  beforeEach(async () => {
    await emptyStore(store);
    beginning.restore();
    const connections = [{ crm, connect: channel.connect }];
    engine = await openChannelEngine({ store, now: () => clock.time, connections });
    await engine.pass();
  });

  const pass = async () => {
    clock.time += 600_000;
    return await engine.pass();
  };
  const peopleOf = async (account: string) => {
    const people = channel.rows('person').filter(({ partner }) => partner === account);
    const rows = await store.query<{ crm_id: string; state: string; in_scope: boolean }>(
      `select l.crm_id, l.state, p.in_scope from tierlink.link l join tierlink.person p on p.id = l.record_id
       where l.crm_id = any($1::text[]) order by l.crm_id`,
      [people.map(({ id }) => id)],
    );
    return rows.map(({ state, in_scope: isIn }) => `${state} ${isIn}`);
  };
  const named = (kind: 'partner' | 'customer', name: string) =>
    channel.rows(kind).find((row) => row.name === name)!.id;

  it('leave with it and come back with it', async () => {
    const account = named('partner', 'Partner 1');
    idsOf(channel.leave(account));
    await pass();
    expect(await peopleOf(account)).toEqual(['out_of_scope false', 'out_of_scope false']);
    idsOf(channel.enter(account));
    await pass();
    expect(await peopleOf(account)).toEqual(['live true', 'live true']);
  });

  it('are read when it becomes a partner, however old they are', async () => {
    const account = named('customer', 'Customer 1');
    idsOf(channel.add('person', { name: 'Early', partner: account }));
    await pass();
    clock.time += 3_600_000;
    expect(await peopleOf(account)).toEqual([]);
    idsOf(channel.enter(account));
    await pass();
    expect(await peopleOf(account)).toEqual(['live true']);
  });

  it('are asked about once only', async () => {
    idsOf(channel.enter(named('customer', 'Customer 2')));
    await pass();
    expect(await store.query('select * from tierlink.rescope')).toEqual([]);
    const { connections } = await pass();
    const people = connections[0]!.pull!.objects.find(({ counts }) => counts.person !== undefined);
    expect(people?.counts.person?.read ?? 0).toBe(0);
  });
});
