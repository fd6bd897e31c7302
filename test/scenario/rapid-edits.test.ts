import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStage, type Stage } from './stage.ts';

/** People edit fast, and edit what we have just written: what content says counts, not who wrote or when. */

let stage: Stage;
let partner: string;

beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  partner = stage.cast.partner('Aspen', { Phone: '100', Partner_Region__c: 'EMEA' });
  stage.cast.won(partner, 150_000, '2025-11-01');
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
});
afterAll(() => stage.close());

const ours = async (): Promise<Record<string, unknown>> =>
  (await stage.store.query(`select phone, region from tierlink.partner where name = 'Aspen'`))[0]!;

describe('an edit in the CRM', () => {
  it('pitfall 20: is taken although the record was written by us in the same second', async () => {
    const id = stage.standIn.simulator.users.integration;
    const { org } = stage.standIn.simulator;
    org.update('Account', [{ Id: partner, Phone: '101' }], { as: org.as(id) });
    org.update('Account', [{ Id: partner, Partner_Region__c: 'AMER' }]);
    await stage.pass();
    expect(await ours()).toMatchObject({ phone: '101', region: 'AMER' });
  });

  it('pitfall 31: that clears a value clears it here', async () => {
    stage.cast.edit(partner, { Phone: null });
    await stage.pass();
    expect(await ours()).toMatchObject({ phone: null });
  });

  it('pitfall 33: back and forth ends with what was set last, on both sides, and nothing flips', async () => {
    const before = stage.writes();
    for (const phone of ['200', '201', '200', '202']) {
      stage.cast.edit(partner, { Phone: phone });
      await stage.pass();
    }
    await stage.pass({ full: true });
    expect(await ours()).toMatchObject({ phone: '202' });
    expect(stage.cast.record(partner)).toMatchObject({ Phone: '202' });
    expect(stage.writes()).toBe(before);
  });

  it('pitfall 33: of a record with an unsent write of ours is kept beside it', async () => {
    const { standIn, cast } = stage;
    cast.certified(partner, 2);
    const stop = standIn.simulator.faults.add({
      kind: 'row-error',
      object: 'Account',
      statusCode: 'UNABLE_TO_LOCK_ROW',
    });
    await stage.pass();
    stop();
    cast.edit(partner, { Phone: '300' });
    await stage.passAt('2026-03-02T14:00:00Z');
    await stage.passAt('2026-03-02T18:00:00Z');
    expect(await ours()).toMatchObject({ phone: '300' });
    expect(cast.record(partner)).toMatchObject({ Phone: '300', Partner_Tier__c: 'Silver' });
  });
});
