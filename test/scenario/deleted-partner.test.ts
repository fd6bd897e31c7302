import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { listDifferences } from '../../src/sync/push/differences.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let partner: string;

beforeAll(async () => {
  stage = await openStage();
  const { cast } = stage;
  partner = cast.partner('Aspen');
  cast.won(partner, 150_000, '2025-11-01');
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
  await stage.pass();
});
afterAll(() => stage.close());

const namedPartners = () => stage.org.dump('Tierlink_Decision__c').map((row) => row.Account__c);

/** Deleting an account blanks the lookups of decisions and figures to it; nobody has edited them. */
describe('a partner that is deleted in the CRM and comes back', () => {
  it('leaves what was decided about it without calling it changed by hand', async () => {
    expect(namedPartners()).toEqual([partner]);
    stage.cast.remove([partner]);
    await stage.pass();
    const before = stage.writes();
    await stage.pass();
    await stage.pass({ full: true });
    expect(namedPartners()).toEqual([null]);
    expect(await listDifferences(stage.store)).toEqual([]);
    expect(stage.writes()).toBe(before);
  });

  it('agrees again on what names it', async () => {
    expect(stage.org.undelete([partner])).toMatchObject([{ success: true }]);
    await stage.pass();
    await stage.pass({ full: true });
    expect(namedPartners()).toContain(partner);
    expect(await listDifferences(stage.store)).toEqual([]);
    stage.cast.edit(String(stage.org.dump('Tierlink_Decision__c')[0]!.Id), { Account__c: null });
    await stage.pass();
    expect(await listDifferences(stage.store)).toMatchObject([{ attribute: 'partner', theirs: null }]);
  });
});
