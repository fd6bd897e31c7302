import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findPartner } from '../../src/app/partners.ts';
import { readKpis } from '../../src/kpi/read.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let loser: string;
let winner: string;

/** Aspen lost its revenue and was warned in April; its demotion waits for the review of July, when it is merged. */
beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast } = stage;
  loser = cast.partner('Aspen');
  winner = cast.partner('Beech');
  cast.won(loser, 150_000, '2025-03-15');
  cast.won(winner, 50_000, '2025-11-01');
  for (const [account, name, email] of [
    [loser, 'Ann Alder', 'ann@aspen.example'],
    [loser, 'Pat Pine', 'pat@both.example'],
    [winner, 'Pat Pine', 'Pat@both.example'],
    [winner, 'Bob Birch', 'bob@beech.example'],
  ] as const) {
    cast.certificate(cast.person(account, name, email));
  }
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
  await stage.passAt('2026-04-01T06:00:00Z');
});
afterAll(() => stage.close());

const why = async (partner: string) => {
  const { id } = await findPartner(stage.store, partner);
  return await explainTier(stage.store, {
    program: stage.app.program,
    partnerId: id,
    now: stage.clock.now(),
  });
};

describe('a partner that is merged while its demotion awaits review', () => {
  it('was warned, with both companies in the program', async () => {
    const before = await why('Aspen');
    expect(before).toMatchObject({ tier: 'Silver', state: { status: 'due_down', warnedOn: '2026-04-01' } });
    expect(before.history.map(({ movement }) => movement)).toContain('warn');
    expect(stage.cast.record(loser)).toMatchObject({
      Partner_Tier__c: 'Silver',
      Partner_Tier_Status__c: 'due_down',
    });
    expect(stage.cast.record(winner)).toMatchObject({ Partner_Tier__c: 'Registered' });
  });

  it('leaves one survivor that both names lead to, with both histories', async () => {
    stage.clock.time = Date.parse('2026-05-04T09:00:00Z');
    const [aspen, beech] = [await findPartner(stage.store, loser), await findPartner(stage.store, winner)];
    stage.cast.merge(winner, [loser]);
    await stage.pass();
    for (const name of [loser, winner, aspen.id, 'aspen', 'Beech']) {
      expect((await findPartner(stage.store, name)).id).toBe(beech.id);
    }
    const live = 'select id from tierlink.partner where merged_into is null and deleted_at is null';
    expect(await stage.store.query(live)).toEqual([{ id: beech.id }]);
    const { history } = await why('Beech');
    expect(new Set(history.map(({ partnerId }) => partnerId))).toEqual(new Set([aspen.id, beech.id]));
    expect(history).toContainEqual(
      expect.objectContaining({ partnerId: aspen.id, mergedName: 'Aspen', movement: 'warn' }),
    );
    const open = `select partner_id, tier, status from tierlink.tier_state where closed_at is null`;
    expect(await stage.store.query(open)).toEqual([
      { partner_id: beech.id, tier: 'silver', status: 'due_down' },
    ]);
  });

  it('keeps the warning and its term on the survivor, in the CRM too', async () => {
    expect((await why('Beech')).state).toMatchObject({ warnedOn: '2026-04-01', graceUntil: '2026-07-01' });
    expect(stage.cast.record(winner)).toMatchObject({
      Partner_Tier__c: 'Silver',
      Partner_Tier_Status__c: 'due_down',
      Partner_Tier_Next_Review__c: '2026-07-01',
    });
  });

  it('counts the deals of both, and a person who was a contact of both once', async () => {
    const { id } = await findPartner(stage.store, 'Beech');
    const values = await readKpis(stage.store, {
      program: stage.app.program,
      partners: [id],
      now: stage.clock.now(),
    });
    const figure = (kpi: string) => values.find((value) => value.kpi === kpi);
    expect(figure('sourcedRevenue')).toMatchObject({ numerator: '50000', state: 'current' });
    expect(figure('certifiedPeople')).toMatchObject({ numerator: '3', counted: 4 });
  });

  it('reports the joint figures of the period once in the CRM', () => {
    const rows = stage.org
      .dump('Tierlink_KPI_Period__c')
      .filter((row) => row.Account__c === winner && row.Period__c === '2026-Q2');
    const figures = rows.map((row) => [row.Sourced_Revenue__c, row.Certified_People__c]);
    expect(figures).toHaveLength(2);
    expect(figures).toContainEqual([50_000, 3]);
    expect(figures).toContainEqual([null, null]);
  });

  it('holds the review once, for the survivor, and then nothing more', async () => {
    await stage.passAt('2026-07-01T06:00:00Z');
    expect(await why('Beech')).toMatchObject({ tier: 'Registered' });
    expect(stage.cast.record(winner)).toMatchObject({ Partner_Tier__c: 'Registered' });
    const demoted = `select partner_id from tierlink.decision where movement = 'demote'`;
    expect(await stage.store.query(demoted)).toHaveLength(1);
    const before = stage.writes();
    await stage.pass();
    expect(stage.writes()).toBe(before);
  });
});
