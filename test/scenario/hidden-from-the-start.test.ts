import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readStatus } from '../../src/app/status.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let partners: string[];
let viewAll: string;

/** Partners whose Silver was kept by hand and is well earned, by deals that the integration user was never shown. */
beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast, org } = stage;
  partners = ['Adatum', 'Contoso', 'Fabrikam'].map((name) =>
    cast.partner(name, { Partner_Tier__c: 'Silver' }),
  );
  for (const partner of partners) {
    cast.certified(partner, 2);
    for (let deal = 0; deal < 3; deal += 1) cast.won(partner, 60_000, '2025-11-01');
  }
  const [granted] = [...org.rows('ObjectPermissions')].filter(
    (row) =>
      row.SobjectType === 'Opportunity' &&
      row.PermissionsViewAllRecords === true &&
      org.find(String(row.ParentId))?.row.IsOwnedByProfile !== true,
  );
  viewAll = String(granted!.Id);
  org.setSystemFields(viewAll, { PermissionsViewAllRecords: false });
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
});
afterAll(() => stage.close());

const tiersInCrm = () => partners.map((id) => stage.cast.record(id).Partner_Tier__c);
const movedDown = () =>
  stage.store.query(`select movement from tierlink.decision where movement in ('warn', 'demote')`);
const frozen = async () =>
  (await readStatus(stage.app)).feeds
    .filter((feed) => feed.frozen !== null)
    .map((feed) => `${feed.object} ${feed.frozen}`);

describe('deals that the integration user was never shown', () => {
  it('cost nobody the tier, not even at reviews, and the cause is named', async () => {
    expect([...new Set(await frozen())]).toEqual([
      'Opportunity not_all_visible',
      // What belongs to a deal is seen by those who see the deal.
      'OpportunityPartner not_all_visible',
    ]);
    for (const day of ['2026-04-01', '2026-07-01', '2026-10-01']) await stage.passAt(`${day}T06:00:00Z`);
    expect(await movedDown()).toEqual([]);
    expect(tiersInCrm()).toEqual(['Silver', 'Silver', 'Silver']);
    expect((await stage.why('Adatum')).frozenReason).toMatch(
      /^Sourced revenue: Opportunity(Partner)? of demo: the integration user does not see every record$/,
    );
  });

  it('count once they are shown, within the hour', async () => {
    stage.org.setSystemFields(viewAll, { PermissionsViewAllRecords: true });
    await stage.passAt('2026-10-01T07:30:00Z');
    // Nine deals are too few to be noticed missing, and no change tells of them: all deals are read.
    expect(await frozen()).toEqual([]);
    expect(await movedDown()).toEqual([]);
    expect(await stage.why('Adatum')).toMatchObject({ tier: 'Silver', frozenReason: null });
    expect(tiersInCrm()).toEqual(['Silver', 'Silver', 'Silver']);
  });
});
