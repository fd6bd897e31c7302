import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { fromPackageRoot } from '../../src/package-root.ts';
import { loadProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { idsOf } from '../services/channel/channel.ts';
import { crms, startChannel } from '../services/channel/start.ts';
import { type ChannelEngine, openChannelEngine } from '../services/channel-engine.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/** A company without tiers reports on its partners in the CRM: growth and fit are among the figures of the period. */
const program = loadProgram(fromPackageRoot('programs/no-tiers.yaml'));

const periods = {
  salesforce: {
    object: 'Tierlink_KPI_Period__c',
    partner: 'Account__c',
    growth: 'Revenue_Growth__c',
    fit: 'Fit__c',
  },
  dynamics: {
    object: 'tierlink_kpiperiod',
    partner: 'tierlink_accountid',
    growth: 'tierlink_revenuegrowth',
    fit: 'tierlink_fit',
  },
} as const;

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

describe.each(crms)('a program without tiers in %s', (crm) => {
  const clock = { time: Date.parse('2026-03-02T10:00:00Z') };
  const now = () => clock.time;
  let channel: Awaited<ReturnType<typeof startChannel>>;
  let house: ChannelEngine;
  let aspen: string;

  beforeAll(async () => {
    await emptyStore(store);
    channel = await startChannel(crm, { seed: 3, now, program });
    [aspen] = idsOf(channel.add('partner', { name: 'Aspen', type: 'reseller', startedOn: '2024-01-01' })) as [
      string,
    ];
    sell('20000', 'won', '2024-11-01');
    sell('26000', 'won', '2025-11-01');
    sell('100000', 'open', '2026-06-01');
    house = await openChannelEngine({
      store,
      now,
      program,
      connections: [{ crm, connect: channel.connect }],
    });
    await pass();
    await house.takeOver();
    await pass();
  });
  afterAll(async () => await channel.close());

  function sell(amount: string, state: 'won' | 'open', closeOn: string): void {
    idsOf(channel.add('deal', { name: `Deal of ${amount}`, partner: aspen, amount, state, closeOn }));
  }

  async function pass(): Promise<void> {
    clock.time += 60_000;
    await house.pass();
  }

  function figures(): { growth: unknown; fit: unknown } {
    const names = periods[crm];
    const dump = channel.org.dump(names.object) as unknown as Record<string, unknown>[];
    const row = dump.find((each) => each[names.partner] === aspen)!;
    return { growth: Number(row[names.growth]), fit: Number(row[names.fit]) };
  }

  it('writes growth and fit into the period, exactly', () => {
    // Revenue 26,000 of 250,000 with weight 4, pipeline 100,000 of 200,000 with weight 2, nothing else: 141.6 / 10.
    expect(figures()).toEqual({ growth: 30, fit: 14.2 });
  });

  it('writes them again when they changed, and not otherwise', async () => {
    const writes = () => channel.calls.made().filter(({ isWrite }) => isWrite).length;
    const before = writes();
    await pass();
    expect(writes()).toBe(before);
    sell('100000', 'open', '2026-06-01');
    await pass();
    expect(figures()).toEqual({ growth: 30, fit: 24.2 });
  });
});
