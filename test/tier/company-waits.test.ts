import { beforeEach, describe, expect, it } from '@jest/globals';
import { readStandings } from '../../src/app/standings.ts';
import { printPage } from '../../src/cli/page.ts';
import { partnerPage } from '../../src/cli/partner-page.ts';
import { requirementCounts } from '../../src/cli/requirement-counts.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { approveMoves, rejectMoves } from '../../src/tier/approvals.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { insertRows } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { changePartner, gated, insertPartners, standingsIn } from './family.ts';
import { at, passBy, tiers } from './pass.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

const program = gated;
const pass = async (day: string, by: Program = program) => await passBy(store, by, day);
const retype = async (partner: string, type: string) =>
  await changePartner(store, { partner, set: `types = '{${type}}'`, marks: ['A', 'M', 'Z'] });
const explain = async (partnerId: string, day: string) =>
  await explainTier(store, { program, partnerId, now: at(day) });
const pageOf = async (partnerId: string, day: string) =>
  printPage(
    partnerPage(await explain(partnerId, day), (iso) => iso),
    'html',
  );
const answer = { program, id: 'a-000001', actor: 'kim' };

describe('what is said of a subsidiary whose company is not decided yet', () => {
  beforeEach(async () => {
    // Z and M come from Services, A stands on Main by itself.
    await insertPartners(store, { Z: null, A: 'Z', M: 'Z' }, { A: 30 });
    await store.query(`update tierlink.partner set types = '{msp}' where id in ('Z', 'M')`);
    await pass('2026-03-01');
    await retype('Z', 'reseller');
    await retype('M', 'reseller');
    await pass('2026-03-02');
  });

  it('is for whom it waits, for what and until when, and nothing of its own figures', async () => {
    const waits =
      'Waits for Firm Z, the company that holds the tier and of which nothing is decided yet: Gold there waits for an approval since 2026-03-02 (a-000001).';
    const again = 'It is looked at again each day, and follows in the evaluation that decides it.';
    expect(await explain('A', '2026-03-03')).toMatchObject({
      tier: 'Gold',
      outlook: 'company',
      forTier: null,
      requirements: [],
      missing: null,
      prospect: [waits, `Until then it stays Gold. ${again}`],
    });
    expect(await explain('M', '2026-03-03')).toMatchObject({
      tier: null,
      isEvaluated: false,
      requirements: [],
      prospect: [waits, `Until then it stays on Services with Expert. ${again}`],
    });
  });

  it('names what a person answered, and what comes then', async () => {
    await approveMoves(store, { ...answer, reason: null, now: at('2026-03-03') });
    expect((await explain('A', '2026-03-03')).prospect[0]).toContain(
      'what was approved there (a-000001) comes with the next evaluation.',
    );
    await pass('2026-03-03');
    expect((await explain('A', '2026-03-03')).prospect).toEqual([
      'The tier is that of the company: Firm Z holds it, and its subsidiaries have the same. See: tierlink tier why "Firm Z"',
    ]);
  });

  it('names the day before which a rejected change is not proposed again', async () => {
    await rejectMoves(store, { ...answer, reason: 'No', now: at('2026-03-03') });
    await pass('2026-03-03');
    expect((await explain('A', '2026-03-04')).prospect[0]).toContain(
      'its coming to the ladder was rejected (a-000001), and is not proposed again before 2026-04-01.',
    );
  });

  it('is said as well of what is supposed of it', async () => {
    const changes = [{ name: 'points', value: '99' }];
    const request = { program, partnerId: 'A', changes, now: at('2026-03-03') };
    const found = await simulateTier(store, request);
    const { prospect } = await explain('A', '2026-03-03');
    expect(prospect[0]).toContain('Waits for Firm Z');
    for (const side of [found!.before, found!.after])
      expect(side).toMatchObject({ ladder: 'main', state: null, prospect });
    expect([found!.inForce, found!.tier]).toEqual(['gold', null]);
  });

  it('tells the partner the same without what waits among colleagues', async () => {
    const page = await pageOf('A', '2026-03-03');
    expect(page).toContain(
      'The company Firm Z holds the tier, and nothing is decided of it yet. Until then it stays Gold.',
    );
    expect(page).not.toContain('highest tier');
    expect(page).not.toContain('a-000001');
  });

  it('is short in lists', async () => {
    const list = { program, partners: ['A'], now: at('2026-03-03'), asOf: '2026-03-03' };
    const row = (await readStandings(store, list)).get('A')!;
    expect(row).toMatchObject({
      tier: 'Gold',
      against: null,
      company: 'Firm Z',
      summary: 'Waits for Firm Z, of which nothing is decided yet.',
    });
    expect(requirementCounts(row)).toBe('see Firm Z');
  });

  it('does not hold up a tier that a person sets for it alone', async () => {
    const about = { program, reason: 'Agreed', author: 'kim', now: at('2026-03-03') };
    await createOverride(store, { ...about, partnerId: 'A', tier: 'silver', until: '2026-03-10' });
    await pass('2026-03-03');
    expect(await tiers(store)).toContain('A main silver overridden');
    await pass('2026-03-11');
    expect(await tiers(store)).toContain('A main silver overridden');
    await approveMoves(store, { ...answer, reason: null, now: at('2026-03-12') });
    await pass('2026-03-12');
    expect(await standingsIn(store)).toContain('A gold keeps Z');
  });
});

describe('what is said of a company whose inputs were never read', () => {
  it('names what is missing', async () => {
    await insertPartners(store, { A: null }, { A: 30 });
    await pass('2026-03-01');
    await insertRows(store, 'partner', [{ id: 'Z', name: 'Firm Z', types: ['reseller'] }]);
    await changePartner(store, { partner: 'A', set: `parent = 'Z'`, marks: ['A', 'Z'] });
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('sf', 'Fact', 'fact', null)`,
    );
    await pass('2026-03-02');
    expect((await explain('A', '2026-03-02')).prospect[0]).toMatch(
      /nothing is decided yet: it comes to the ladder once its inputs were read \(.+\)\.$/,
    );
  });
});

describe('what is said of a subsidiary with the tier of its company', () => {
  it('does not call that the highest tier where it is none', async () => {
    await insertPartners(store, { Z: null, A: 'Z' });
    await pass('2026-03-01');
    expect(await explain('A', '2026-03-02')).toMatchObject({ tier: 'Silver', outlook: 'company' });
    const page = await pageOf('A', '2026-03-02');
    expect(page).toContain('The tier is that of the company Firm Z.');
    expect(page).not.toContain('highest tier');
    const list = { program, partners: ['A'], now: at('2026-03-02'), asOf: '2026-03-02' };
    expect(requirementCounts((await readStandings(store, list)).get('A')!)).toBe('see Firm Z');
  });

  it('says which tier it has instead after the end of its override was rejected', async () => {
    await insertPartners(store, { Z: null, A: 'Z' });
    await pass('2026-03-01');
    const about = { program, reason: 'Agreed', author: 'kim', now: at('2026-03-02') };
    await createOverride(store, { ...about, partnerId: 'A', tier: 'gold', until: '2026-03-10' });
    await pass('2026-03-02');
    expect((await explain('A', '2026-03-02')).prospect).toEqual([
      'Set by hand to Gold until 2026-03-10 by kim (Agreed). After that it has the tier of its company again: Firm Z holds Silver.',
    ]);
    await pass('2026-03-11');
    await rejectMoves(store, { ...answer, reason: 'Keep it', now: at('2026-03-11') });
    await pass('2026-03-11');
    expect((await explain('A', '2026-03-12')).prospect).toEqual([
      'Silver was rejected by kim on 2026-03-11: Keep it (a-000001). It is not proposed again before 2026-04-01, unless something else is missing or met.',
      'The company Firm Z holds Silver, and meanwhile it stays Gold. See: tierlink tier why "Firm Z"',
    ]);
  });
});
