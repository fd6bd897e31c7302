import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let partner: string;

/** Silver with two certified people; the certificate of one of them is valid through 20 March. */
beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast } = stage;
  partner = cast.partner('Aspen');
  cast.certified(partner, 1);
  cast.certificate(cast.person(partner, 'Kim Keen'), { expiresOn: '2026-03-20' });
  cast.won(partner, 150_000, '2025-11-01');
  const other = cast.partner('Beech');
  cast.certified(other, 3);
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
});
afterAll(() => stage.close());

const people = async () => await stage.figure('Aspen', 'certifiedPeople');

describe('a certificate that expires by time alone', () => {
  it('is known beforehand to change the figure, at the instant after its last day', async () => {
    expect(await people()).toMatchObject({ numerator: '2', nextChangeAt: '2026-03-21T00:00:00.000Z' });
  });

  it('counts until the last second of its last day', async () => {
    await stage.passAt('2026-03-20T23:59:59.999Z');
    expect(await people()).toMatchObject({ numerator: '2', state: 'current' });
    expect((await stage.why('Aspen')).state.status).toBe('keeps');
  });

  it('is recomputed at exactly that instant, for that partner, although no record was edited', async () => {
    const run = await stage.passAt('2026-03-21T00:00:00.000Z');
    const changed = run.value!.connections[0]!.pull!.objects.flatMap(({ counts }) => Object.values(counts));
    expect(changed.reduce((sum, each) => sum + each.created + each.updated, 0)).toBe(0);
    expect(run.value!.kpis).toMatchObject({ partners: 1 });
    expect(await people()).toMatchObject({
      numerator: '1',
      excluded: 1,
      state: 'current',
    });
    expect((await stage.why('Aspen')).state).toMatchObject({ status: 'at_risk', warnedOn: null });
    expect(stage.cast.record(partner)).toMatchObject({
      Partner_Tier__c: 'Silver',
      Partner_Tier_Status__c: 'at_risk',
      Partner_Tier_Summary__c: 'To keep Silver: Certified people.',
    });
  });

  it('warns at the review and not before, and names who is left out and why', async () => {
    await stage.passAt('2026-03-31T23:00:00Z');
    expect((await stage.why('Aspen')).state).toMatchObject({ status: 'at_risk', warnedOn: null });
    await stage.passAt('2026-04-01T00:00:00Z');
    const why = await stage.why('Aspen');
    expect(why.state).toMatchObject({ status: 'due_down', warnedOn: '2026-04-01' });
    expect(why.missing).toBe('Certified people: 1 more');
    expect(why.notCounted).toMatchObject([{ kpi: 'certifiedPeople', why: 'ended 2026-03-20' }]);
    expect(why.notCounted[0]!.name).toContain('Kim Keen');
    expect(stage.cast.record(partner)).toMatchObject({ Partner_Tier_Status__c: 'due_down' });
  });
});
