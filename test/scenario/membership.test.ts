import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { fromPackageRoot } from '../../src/package-root.ts';
import { parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { idsOf } from '../services/channel/channel.ts';
import { startChannel } from '../services/channel/start.ts';
import { type ChannelEngine, openChannelEngine } from '../services/channel-engine.ts';
import { openTestStore } from '../services/test-store.ts';

/** The platform has no table for members of a program: ours has a row for each ladder that a partner stands on, or stood. */

/** The starter's ladder for resellers alone, and the same one again for the others. */
const program = (() => {
  const source = parse(readFileSync(fromPackageRoot('programs/starter.yaml'), 'utf8'));
  const [ladder] = source.ladders;
  source.ladders = [
    { ...ladder, key: 'resellers', label: 'Resellers', partnerTypes: ['reseller'] },
    { ...ladder, key: 'providers', label: 'Service providers', partnerTypes: ['msp'] },
  ];
  const parsed = parseProgram(stringify(source), 'two-ladders.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings));
  return parsed.program;
})();

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

describe('a partner of Dynamics 365', () => {
  const clock = { time: Date.parse('2026-03-02T10:00:00Z') };
  const now = () => clock.time;
  let channel: Awaited<ReturnType<typeof startChannel<'dynamics'>>>;
  let house: ChannelEngine;
  let aspen: string;
  let birch: string;

  beforeAll(async () => {
    channel = await startChannel('dynamics', { seed: 5, now, program });
    [aspen, birch] = idsOf(
      channel.add('partner', { name: 'Aspen', type: 'reseller', startedOn: '2024-01-01' }),
      channel.add('partner', { name: 'Birch', type: 'reseller', startedOn: '2024-01-01' }),
    ) as [string, string];
    const connections = [{ crm: 'dynamics' as const, connect: channel.connect }];
    house = await openChannelEngine({ store, now, program, connections });
    await pass();
  });
  afterAll(async () => await channel.close());

  async function pass() {
    clock.time += 60_000;
    return await house.pass();
  }

  const memberships = () =>
    channel.org
      .dump('tierlink_membership')
      .filter((row) => [aspen, birch].includes(String(row.tierlink_accountid)))
      .map((row) => ({
        account: row.tierlink_accountid,
        ladder: row.tierlink_ladder,
        tier: row.tierlink_tier,
        ended: row.tierlink_endedat ?? null,
        hasStatus: row.tierlink_status != null,
      }))
      .sort((one, other) => (`${one.account} ${one.ladder}` < `${other.account} ${other.ladder}` ? -1 : 1));

  it('has none while the program only compares', () => {
    expect(memberships()).toEqual([]);
  });

  it('has one on its ladder once the program owns the tiers, and no pass after that writes it again', async () => {
    await house.takeOver();
    await pass();
    const expected = [aspen, birch]
      .sort()
      .map((account) => ({ account, ladder: 'Resellers', tier: 'Registered', ended: null, hasStatus: true }));
    expect(memberships()).toEqual(expected);
    await pass();
    const versions = () => channel.org.dump('tierlink_membership').map(({ versionnumber }) => versionnumber);
    const before = versions();
    await pass();
    expect(versions()).toEqual(before);
  });

  it('has a second one when it comes to another ladder, and the first one says when it ended', async () => {
    channel.edit('partner', aspen, { type: 'msp' });
    await pass();
    await pass();
    expect(memberships().filter(({ account }) => account === aspen)).toEqual([
      {
        account: aspen,
        ladder: 'Resellers',
        tier: 'Registered',
        ended: expect.any(String),
        hasStatus: false,
      },
      { account: aspen, ladder: 'Service providers', tier: 'Registered', ended: null, hasStatus: true },
    ]);
  });

  it('keeps those of the account that was merged into its own', async () => {
    channel.merge('partner', { loser: birch, winner: aspen });
    await pass();
    await pass();
    expect(memberships()).toEqual([
      {
        account: aspen,
        ladder: 'Resellers',
        tier: 'Registered',
        ended: expect.any(String),
        hasStatus: false,
      },
      {
        account: aspen,
        ladder: 'Resellers',
        tier: 'Registered',
        ended: expect.any(String),
        hasStatus: false,
      },
      { account: aspen, ladder: 'Service providers', tier: 'Registered', ended: null, hasStatus: true },
    ]);
  });
});
