import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { tiersSetByHand } from '../../src/app/tiers-set-by-hand.ts';
import { type ImportKind, importFile } from '../../src/sync/import/import.ts';
import { setWriteBack } from '../../src/sync/links/connection-settings.ts';
import { compareTiers } from '../../src/tier/look/compare.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let before: ReturnType<Stage['org']['dump']>;
let peoplesOwn: Record<string, number>;

/**
 * 200 partners kept higher by hand than their figures give, 100 kept lower, 20 kept as computed, 5 without any and one
 * with a tier that the program does not know.
 */
beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast } = stage;
  const byHand = (count: number, tier: string | null, name: string) =>
    cast.crowd(
      Array.from({ length: count }, (_, index) => ({
        Name: `${name} ${index + 1}`,
        Partner_Tier__c: tier,
        Partner_Tier_Since__c: tier === null ? null : '2024-05-01',
      })),
    );
  byHand(200, 'Gold', 'Higher by hand');
  for (const partner of byHand(100, 'Registered', 'Lower by hand')) {
    cast.certified(partner, 2);
    cast.won(partner, 120_000, '2025-11-01');
  }
  byHand(20, 'Registered', 'Same');
  byHand(5, null, 'Never had one');
  byHand(1, 'Diamond', 'Old program');
  before = stage.org.dump('Account');
  peoplesOwn = sizes();
});
afterAll(() => stage.close());

const hand = async () =>
  await compareTiers(stage.store, {
    program: stage.app.program,
    setByHand: await tiersSetByHand(stage.store),
  });

const objects = [
  'Account',
  'Contact',
  'Lead',
  'Opportunity',
  'Case',
  'Partner_Certification__c',
  'Tierlink_Decision__c',
  'Tierlink_KPI_Period__c',
];
const sizes = () => Object.fromEntries(objects.map((object) => [object, stage.org.dump(object).length]));

async function bringIn(kind: ImportKind, lines: readonly string[]): Promise<void> {
  const { program, store, clock } = stage.app;
  const context = { timeZone: program.timeZone, currency: program.currency.code };
  const options = { store, clock, context, author: 'admin', file: `${kind}.csv` };
  expect(await importFile(kind, lines.join('\n'), options)).toMatchObject({
    created: lines.length - 1,
    invalid: 0,
  });
}

describe('the first day, on which 300 tiers kept by hand differ from the computed ones', () => {
  it('changes nothing in the CRM', async () => {
    const run = await stage.pass();
    expect(run.value!.connections[0]).toMatchObject({ notWritten: 'write_back_off' });
    expect(stage.writes()).toBe(0);
    expect(stage.org.dump('Account')).toEqual(before);
  });

  it('lists all that differ, with both tiers and what is missing', async () => {
    const { outcomes, list } = await hand();
    expect(outcomes).toEqual({
      same: 20,
      higher_by_rules: 100,
      lower_by_rules: 200,
      none_by_hand: 5,
      not_on_ladder: 1,
    });
    expect(list).toHaveLength(306);
    const one = (name: string) => list.find(({ partnerName }) => partnerName === name);
    expect(one('Higher by hand 7')).toMatchObject({ byHand: 'Gold', byRules: 'Registered', mode: 'shadow' });
    expect(one('Higher by hand 7')!.summary).toMatch(/sourced revenue/i);
    expect(one('Lower by hand 7')).toMatchObject({ byHand: 'Registered', byRules: 'Silver' });
    expect(one('Old program 1')).toMatchObject({ byHand: 'Diamond', outcome: 'not_on_ladder' });
  });

  it('compares with the tier as it is kept now, also where people change it before the program owns it', async () => {
    const account = String(stage.org.dump('Account').find(({ Name }) => Name === 'Same 3')!.Id);
    stage.cast.edit(account, { Partner_Tier__c: 'Gold' });
    await stage.pass();
    expect((await hand()).list.find(({ partnerName }) => partnerName === 'Same 3')).toMatchObject({
      byHand: 'Gold',
      hand: 'edited',
      byRules: 'Registered',
      outcome: 'lower_by_rules',
      mode: 'shadow',
    });
    stage.cast.edit(account, { Partner_Tier__c: 'Registered' });
    await stage.pass();
    expect((await hand()).outcomes).toMatchObject({ same: 20 });
    before = stage.org.dump('Account');
  });

  it('leaves the accounts alone also when write-back is on but the tiers are only compared', async () => {
    const { alias, mappings } = stage.app.connection();
    await setWriteBack({
      store: stage.store,
      clock: stage.app.clock,
      id: alias,
      actor: 'admin',
      mappings: mappings(),
      on: true,
      confirm: alias,
    });
    await stage.pass();
    expect(stage.org.dump('Account')).toEqual(before);
  });

  it('takes over the tiers as they were kept, and takes nobody down that day', async () => {
    await stage.takeOver();
    await stage.pass();
    const tiers = (name: string) =>
      stage.org
        .dump('Account')
        .filter((row) => String(row.Name).startsWith(name))
        .map((row) => `${row.Partner_Tier__c} since ${row.Partner_Tier_Since__c}`);
    expect(new Set(tiers('Higher by hand'))).toEqual(new Set(['Gold since 2024-05-01']));
    expect(new Set(tiers('Same'))).toEqual(new Set(['Registered since 2024-05-01']));
    expect(new Set(tiers('Lower by hand'))).toEqual(new Set(['Silver since 2026-03-02']));
    const lost = `select id from tierlink.decision where movement in ('warn', 'demote')`;
    expect(await stage.store.query(lost)).toEqual([]);
  });

  it('pitfall 35: makes no account, person or lead, neither of those that it met nor of those from files', async () => {
    const met = sizes();
    expect(met).toEqual({ ...peoplesOwn, Tierlink_Decision__c: 326, Tierlink_KPI_Period__c: 326 });
    await bringIn('people', [
      'email,partner,name,phone',
      'ann@one.example,Same 1,Ann Berg,+46 8 1',
      'bo@two.example,Lower by hand 7,Bo Ek,+46 8 2',
    ]);
    await bringIn('leads', ['partner,name,company,email', 'Same 1,Cy Dahl,Northwind,cy@northwind.example']);
    const run = await stage.pass();
    expect(run.value!.connections[0]!.push!.total).toMatchObject({ created: 0, rejected: 0 });
    expect(sizes()).toEqual(met);
  });

  it('pitfall 35: makes nothing a second time, also where it no longer knows what it made', async () => {
    const met = sizes();
    await stage.store.query(`delete from tierlink.link where entity in ('decision', 'kpiPeriod')`);
    await stage.store.query(`insert into tierlink.outbox (entity, record_id, since)
      select 'decision', id, now() from tierlink.decision union all
      select 'kpiPeriod', id, now() from tierlink.kpi_period on conflict do nothing`);
    const run = await stage.pass();
    // Two of each partner, and the status of the connection.
    expect(run.value!.connections[0]!.push!.total).toMatchObject({ claimed: 653, created: 0, rejected: 0 });
    expect(sizes()).toEqual(met);
    const keys = stage.org.dump('Tierlink_Decision__c').map((row) => row.Tierlink_Id__c);
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('has nothing left to compare once the rules decide', async () => {
    expect(await hand()).toEqual({ partners: 326, outcomes: { by_rules: 326 }, list: [] });
  });
});
