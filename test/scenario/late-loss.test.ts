import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openStage, type Stage } from './stage.ts';

let stage: Stage;
let partner: string;
let deal: string;

beforeAll(async () => {
  stage = await openStage({ start: '2026-03-02T10:00:00Z' });
  const { cast } = stage;
  partner = cast.partner('Aspen');
  cast.certified(partner, 2);
  cast.won(partner, 50_000, '2025-11-01');
  deal = cast.open(partner, 80_000, '2026-04-30', { Name: 'The big one' });
  await stage.pass();
  await stage.takeOver();
  await stage.pass();
});
afterAll(() => stage.close());

interface StoredDecision {
  movement: string;
  summary: string;
  evidence: { kpis: { kpi: string; numerator: string | null; counted: number }[] };
}

const stored = async (movement: string): Promise<StoredDecision> => {
  const rows = await stage.store.query<StoredDecision & Record<string, unknown>>(
    'select movement, summary, evidence from tierlink.decision where movement = $1',
    [movement],
  );
  expect(rows).toHaveLength(1);
  return rows[0]!;
};
const revenueIn = ({ evidence }: StoredDecision) => evidence.kpis.find(({ kpi }) => kpi === 'sourcedRevenue');

describe('a won deal that promotes in March, reopens in April and is lost', () => {
  let march: StoredDecision;

  it('promotes in March, with the deal in the evidence', async () => {
    stage.clock.time = Date.parse('2026-03-15T12:00:00Z');
    stage.cast.edit(deal, { StageName: 'Closed Won', CloseDate: '2026-03-15' });
    await stage.passAt('2026-03-16T06:00:00Z');
    expect(await stage.why('Aspen')).toMatchObject({ tier: 'Silver', state: { since: '2026-03-16' } });
    expect(stage.cast.record(partner)).toMatchObject({ Partner_Tier__c: 'Silver' });
    march = await stored('promote');
    expect(revenueIn(march)).toMatchObject({ numerator: '130000', counted: 2 });
  });

  it('is explained by the April review, which warns and takes nothing yet', async () => {
    stage.clock.time = Date.parse('2026-04-01T02:00:00Z');
    stage.cast.edit(deal, { StageName: 'Negotiation/Review', CloseDate: '2026-04-30' });
    stage.clock.time = Date.parse('2026-04-01T04:00:00Z');
    stage.cast.edit(deal, { StageName: 'Closed Lost', CloseDate: '2026-04-01' });
    await stage.passAt('2026-04-01T06:00:00Z');
    const why = await stage.why('Aspen');
    expect(why).toMatchObject({
      tier: 'Silver',
      state: { status: 'due_down', warnedOn: '2026-04-01', graceUntil: '2026-07-01' },
      outlook: 'keep',
      missing: expect.stringMatching(/^sourced revenue: 50,000 USD more$/i),
      notCounted: expect.arrayContaining([expect.objectContaining({ why: 'lost' })]),
    });
    expect(why.history.map(({ movement, on }) => [movement, on])).toEqual(
      expect.arrayContaining([
        ['warn', '2026-04-01'],
        ['promote', '2026-03-16'],
      ]),
    );
    const april = await stored('warn');
    expect(revenueIn(april)).toMatchObject({ numerator: '50000', counted: 1 });
    expect(april.summary).toContain('To keep Silver: Sourced revenue');
    expect(stage.cast.record(partner)).toMatchObject({
      Partner_Tier__c: 'Silver',
      Partner_Tier_Status__c: 'due_down',
      Partner_Tier_Summary__c: april.summary,
    });
  });

  it('leaves the evidence of March as it was, on both sides, and what was known of the deal then', async () => {
    expect(await stored('promote')).toEqual(march);
    const told = stage.org.dump('Tierlink_Decision__c').map((row) => row.Movement__c);
    expect(told).toEqual(expect.arrayContaining(['promote', 'warn']));
    const known = await stage.store.query<{ stage: string }>(
      `select row->>'stage' as stage from tierlink.record_version where entity = 'deal'
         and known_from <= '2026-03-20' and known_to > '2026-03-20'`,
    );
    expect(known).toEqual([{ stage: 'Closed Won' }]);
  });

  it('takes the tier at the review after the grace, and keeps all three decisions', async () => {
    await stage.passAt('2026-07-01T06:00:00Z');
    expect(stage.cast.record(partner)).toMatchObject({ Partner_Tier__c: 'Registered' });
    expect((await stage.decisions('Aspen')).map(({ movement }) => movement)).toEqual(
      expect.arrayContaining(['promote', 'warn', 'demote']),
    );
    expect(await stored('promote')).toEqual(march);
  });
});
