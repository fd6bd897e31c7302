import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listPartners } from '../../src/app/partners.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let ids: Record<'Aspen' | 'Beech' | 'Cedar', string>;

/** Aspen is warned and has its grace, Beech has a tier by override, Cedar is in its ramp. */
beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast, app } = stage;
  ids = {
    Aspen: cast.partner('Aspen'),
    Beech: cast.partner('Beech'),
    Cedar: cast.partner('Cedar', { Partner_Start_Date__c: '2026-02-20' }),
  };
  cast.certified(ids.Aspen, 2);
  cast.won(ids.Aspen, 150_000, '2025-03-15');
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
  await createOverride(stage.store, {
    program: app.program,
    partnerId: (await stage.why('Beech')).partnerId,
    tier: 'Gold',
    reason: 'Strategic',
    author: 'Paula',
    until: '2026-12-31',
    now: stage.clock.now(),
  });
  await stage.passAt('2026-04-01T06:00:00Z');
});
afterAll(() => stage.close());

const states = async () =>
  await stage.store.query(
    `select p.name, p.id, t.tier, t.since, t.status, t.warned_on, t.grace_until, t.ramp_until, t.next_review,
       t.decision_id, t.closed_at
     from tierlink.tier_state t join tierlink.partner p on p.id = t.partner_id order by p.name`,
  );
const links = async () =>
  await stage.store.query(
    `select crm_id, record_id, state from tierlink.link where entity = 'partner' order by crm_id`,
  );
const decided = async () => await stage.store.query('select id from tierlink.decision order by id');
const inCrm = () =>
  Object.values(ids).map((id) => {
    const { Partner_Tier__c, Partner_Tier_Since__c, Partner_Tier_Status__c } = stage.cast.record(id);
    return { Partner_Tier__c, Partner_Tier_Since__c, Partner_Tier_Status__c };
  });
const become = (type: string) => {
  for (const id of Object.values(ids)) stage.cast.edit(id, { RecordTypeId: stage.cast.recordType(type) });
};

describe('an account that loses its partner record type for one day', () => {
  let before: { states: unknown; links: unknown[]; decided: unknown; crm: unknown };

  it('had a warning, an override or a ramp before', async () => {
    before = { states: await states(), links: await links(), decided: await decided(), crm: inCrm() };
    expect(before.states).toMatchObject([
      {
        name: 'Aspen',
        tier: 'silver',
        status: 'due_down',
        warned_on: '2026-04-01',
        grace_until: '2026-07-01',
      },
      { name: 'Beech', tier: 'gold', status: 'overridden' },
      { name: 'Cedar', tier: 'registered', ramp_until: '2026-05-21' },
    ]);
  });

  it('is out of the program that day, with nothing decided and nothing written about it', async () => {
    stage.clock.time = Date.parse('2026-04-10T09:00:00Z');
    become('Customer');
    const writes = stage.writes();
    await stage.pass();
    expect(await listPartners(stage.store)).toEqual([]);
    expect((await listPartners(stage.store, { outOfScope: true })).map(({ name }) => name)).toEqual([
      'Aspen',
      'Beech',
      'Cedar',
    ]);
    expect(await states()).toEqual(before.states);
    expect(await decided()).toEqual(before.decided);
    expect(stage.writes()).toBe(writes);
    await expect(stage.why('Aspen')).rejects.toMatchObject({ code: 'PARTNER_OUTSIDE' });
  });

  it('comes back with link, since, grace, override and its one ramp, even when everything was read meanwhile', async () => {
    await stage.pass({ full: true });
    stage.clock.time = Date.parse('2026-04-11T09:00:00Z');
    become('Partner');
    await stage.pass();
    expect(await links()).toEqual(before.links);
    expect(await states()).toEqual(before.states);
    expect(await decided()).toEqual(before.decided);
    expect(inCrm()).toEqual(before.crm);
    expect(await stage.figure('Aspen', 'certifiedPeople')).toMatchObject({ numerator: '2' });
    expect((await stage.why('Beech')).override).toMatchObject({ tier: 'gold', reason: 'Strategic' });
  });

  it('ends its grace and its ramp on the days on which they would have ended', async () => {
    await stage.passAt('2026-07-01T06:00:00Z');
    expect(await stage.why('Aspen')).toMatchObject({ tier: 'Registered' });
    expect(await stage.why('Beech')).toMatchObject({ tier: 'Gold', state: { status: 'overridden' } });
    expect((await stage.decisions('Cedar')).filter(({ movement }) => movement === 'enrol')).toHaveLength(1);
  });
});
