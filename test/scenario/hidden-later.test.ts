import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import { checkAppConnection } from '../../src/app/check.ts';
import { readStatus } from '../../src/app/status.ts';
import { openStage, type Stage } from './stage.ts';

/** What belongs to a deal is seen by those who see the deal. */
const allDeals = ['Opportunity not_all_visible', 'OpportunityPartner not_all_visible'];
let stage: Stage | undefined;
let deals: string[];
let viewAll: string;

/** Three Silver partners, each with enough revenue for the year; what the integration user sees is everything. */
beforeEach(async () => {
  await stage?.close();
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast, org } = stage;
  const partners = ['Adatum', 'Contoso', 'Fabrikam'].map((name) => cast.partner(name));
  for (const partner of partners) cast.certified(partner, 2);
  deals = partners.flatMap((partner) => [1, 2, 3].map(() => cast.won(partner, 40_000, '2025-04-10')));
  const [granted] = [...org.rows('ObjectPermissions')].filter(
    (row) =>
      row.SobjectType === 'Opportunity' &&
      row.PermissionsViewAllRecords === true &&
      org.find(String(row.ParentId))?.row.IsOwnedByProfile !== true,
  );
  viewAll = String(granted!.Id);
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
});
afterAll(() => stage?.close());

const here = () => stage!;
const viewsAll = (is: boolean) => here().org.setSystemFields(viewAll, { PermissionsViewAllRecords: is });
/** View All goes; sharing still shows some of the deals. */
function hideAllBut(shown: readonly string[]): void {
  for (const deal of shown) here().org.share(deal, here().standIn.simulator.users.integration);
  viewsAll(false);
}

const movedDown = async () =>
  await here().store.query(`select movement from tierlink.decision where movement in ('warn', 'demote')`);
const frozen = async () => [
  ...new Set(
    (await readStatus(here().app)).feeds
      .filter((feed) => feed.frozen !== null)
      .map((feed) => `${feed.object} ${feed.frozen}`),
  ),
];

describe('deals that are hidden after they were read', () => {
  it('freeze what is computed from them with the next pass, be it only one, and are asked about once', async () => {
    const { calls } = here().standIn.simulator;
    hideAllBut(deals.slice(1));
    await here().pass();
    expect(await frozen()).toEqual(allDeals);
    here().clock.time += 10 * 60_000;
    await here().pass();
    calls.reset();
    here().clock.time += 5 * 60_000;
    await here().pass();
    expect(calls.log).toHaveLength(3);
    // The day of the check comes and goes; what was known stays known.
    await checkAppConnection(here().app, here().app.connection());
    await here().pass();
    expect(await frozen()).toEqual(allDeals);
    await here().passAt('2026-07-01T06:00:00Z');
    expect(await movedDown()).toEqual([]);
  });

  it('count as they are by now once they are shown again', async () => {
    const [one, ...others] = deals;
    hideAllBut(others);
    await here().pass();
    here().cast.edit(one!, { Amount: 70_000 });
    here().clock.time += 60 * 60_000;
    await here().pass();
    viewsAll(true);
    here().clock.time += 60 * 60_000;
    await here().pass();
    expect(await frozen()).toEqual([]);
    expect(await here().figure('Adatum', 'sourcedRevenue')).toMatchObject({ numerator: '150000' });
  });

  it('demote nobody where no count tells of them: what is seen is asked before somebody goes down', async () => {
    const { cast } = here();
    // All that were read are still seen; those of this year, which keep the tiers, are hidden from the first moment.
    hideAllBut(deals);
    for (const index of [0, 3, 6]) {
      cast.won(String(cast.record(deals[index]!).Partner__c), 150_000, '2026-03-02');
    }
    await here().pass();
    expect(await frozen()).toEqual([]);
    await here().passAt('2026-07-01T06:00:00Z');
    expect(await movedDown()).toEqual([]);
    expect(await frozen()).toEqual(allDeals);
    expect((await here().why('Contoso')).frozenReason).toMatch(/does not see every record$/);
  });

  it('may be the case while the CRM does not answer: who would go down waits for it', async () => {
    const { faults } = here().standIn.simulator;
    await here().passAt('2026-04-01T06:00:00Z');
    await here().passAt('2026-06-30T12:00:00Z');
    here().clock.time = Date.parse('2026-07-01T06:00:00Z');
    faults.add({ kind: 'status', status: 403, statusCode: 'REQUEST_LIMIT_EXCEEDED' });
    await here().tryPass();
    expect(await movedDown()).toEqual([]);
    expect(await frozen()).toContain('Opportunity unconfirmed');
    faults.clear();
    await here().passAt('2026-07-01T07:00:00Z');
    expect(await frozen()).toEqual([]);
    expect(await movedDown()).toEqual([{ movement: 'warn' }, { movement: 'warn' }, { movement: 'warn' }]);
  });
});
