import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readStatus } from '../../src/app/status.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let partners: string[];
let deals: string[];

/** Ten Silver partners with five deals each; Partner 10 really falls below in the middle of March, before the review. */
beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast } = stage;
  partners = Array.from({ length: 10 }, (_, index) => cast.partner(`Partner ${index + 1}`));
  for (const partner of partners) cast.certified(partner, 2);
  deals = partners.flatMap((partner, index) =>
    Array.from({ length: 5 }, () => cast.won(partner, 30_000, index === 9 ? '2025-03-15' : '2025-11-01')),
  );
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
});
afterAll(() => stage.close());

const idOf = async (crmId: string): Promise<string> => {
  const found = await stage.store.query<{ record_id: string }>(
    `select record_id from tierlink.link where crm_id = $1 and entity = 'partner'`,
    [crmId],
  );
  return found[0]!.record_id;
};

const why = async (partner: string) =>
  await explainTier(stage.store, {
    program: stage.app.program,
    partnerId: await idOf(partner),
    now: stage.clock.now(),
  });

/** View All goes; what is left are shares of three deals in five. Deals change no stamp by that. */
function narrowSharing(): () => void {
  const { org, standIn } = stage;
  const [granted] = [...org.rows('ObjectPermissions')].filter(
    (row) =>
      row.SobjectType === 'Opportunity' && row.PermissionsViewAllRecords === true && isOurs(row.ParentId),
  );
  const { integration } = standIn.simulator.users;
  for (const [index, deal] of deals.entries()) if (index % 5 < 3) org.share(deal, integration);
  org.setSystemFields(String(granted!.Id), { PermissionsViewAllRecords: false });
  return () => org.setSystemFields(String(granted!.Id), { PermissionsViewAllRecords: true });
}

const isOurs = (set: unknown) => stage.org.find(String(set))?.row.IsOwnedByProfile !== true;

const movements = async () =>
  await stage.store.query(
    `select movement, count(*)::int as times from tierlink.decision where movement in ('warn', 'demote') group by 1`,
  );
const tiersInCrm = () => partners.map((id) => stage.cast.record(id).Partner_Tier__c);
const silver = Array.from({ length: 10 }, () => 'Silver');

describe('sharing that is narrowed overnight', () => {
  let widen: () => void;

  it('warns and demotes nobody at the review, although 40 % of the deals have vanished', async () => {
    expect(tiersInCrm()).toEqual(silver);
    stage.clock.time = Date.parse('2026-03-31T22:00:00Z');
    widen = narrowSharing();
    const run = await stage.passAt('2026-04-01T06:00:00Z');
    expect(run.value!.connections[0]!.pull!.objects.flatMap(({ frozen }) => frozen)).toContainEqual({
      entity: 'deal',
      reason: 'not_all_visible',
    });
    expect(await movements()).toEqual([]);
    expect(tiersInCrm()).toEqual(silver);
  });

  it('neither does so on a full read, nor when weeks have passed', async () => {
    await stage.pass({ full: true });
    await stage.passAt('2026-04-20T06:00:00Z');
    expect(await movements()).toEqual([]);
    expect(tiersInCrm()).toEqual(silver);
    const gone = 'select id from tierlink.deal where deleted_at is not null or not in_scope';
    expect(await stage.store.query(gone)).toEqual([]);
  });

  it('names the cause in the status and beside the tier that is held', async () => {
    const status = await readStatus(stage.app);
    const feed = status.feeds.find(({ object, entity }) => object === 'Opportunity' && entity === 'deal');
    expect(feed).toMatchObject({ frozen: 'not_all_visible' });
    const held = await why(partners[9]!);
    expect(held).toMatchObject({ tier: 'Silver' });
    expect(held.frozenReason).toMatch(
      /^Sourced revenue: Opportunity(Partner)? of demo: the integration user does not see every record$/,
    );
    const revenue = held.requirements.find(({ kpi }) => kpi === 'sourcedRevenue');
    expect(revenue).toMatchObject({ isCertain: false });
  });

  it('goes on when everything is seen again: the review is made up for, and only who fell below is warned', async () => {
    widen();
    await stage.passAt('2026-04-21T06:00:00Z');
    expect(await movements()).toEqual([{ movement: 'warn', times: 1 }]);
    expect((await why(partners[9]!)).state).toMatchObject({ status: 'due_down', warnedOn: '2026-04-21' });
    expect((await why(partners[0]!)).state).toMatchObject({ status: 'keeps', frozenReason: null });
    const status = await readStatus(stage.app);
    expect(status.feeds.filter(({ frozen }) => frozen !== null)).toEqual([]);
  });
});
