import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { approveMoves, findApproval, rejectMoves } from '../../src/tier/approvals.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { changePartner, gated, insertPartners, programWith, services, standingsIn } from './family.ts';
import { at, passBy, tiers } from './pass.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

const everybody = ['A', 'B', 'C', 'Y', 'Z'];
const change = async (partner: string, set: string) =>
  await changePartner(store, { partner, set, marks: everybody });
const answer = { program: gated, actor: 'kim' };

describe('a subsidiary that comes from another ladder to the tier of its company', () => {
  beforeEach(async () => {
    await insertPartners(store, { Z: null, A: 'Z' });
    await store.query(`update tierlink.partner set types = '{msp}' where id = 'A'`);
    await passBy(store, gated, '2026-03-01');
    await change('A', "types = '{reseller}'");
  });
  const before = ['A services expert keeps', 'Z main silver keeps'];

  it('waits on the ladder that it is on where the approval policy asks for that', async () => {
    expect(await passBy(store, gated, '2026-03-02')).toMatchObject({ held: [{ down: 1 }] });
    expect(await tiers(store)).toEqual(before);
    const { items } = await findApproval(store, gated, 'a-000001');
    expect(items).toMatchObject([
      { why: 'It comes to Main with Silver, from Services, where it held Expert.' },
    ]);
    await rejectMoves(store, { ...answer, id: 'a-000001', reason: 'Wrong type', now: at('2026-03-02') });
    await passBy(store, gated, '2026-03-03');
    expect(await tiers(store)).toEqual(before);
  });

  it('has its inputs confirmed first', async () => {
    const program = programWith('', { ladders: services });
    let confirmed = 0;
    const confirmInputs = async () => {
      confirmed += 1;
      expect(await tiers(store)).toEqual(before);
    };
    await evaluateTiers(store, { program, now: at('2026-03-02'), confirmInputs });
    expect(confirmed).toBe(1);
    expect(await tiers(store)).toEqual(['A main silver keeps', 'Z main silver keeps']);
  });
});

describe('the end of an override of a subsidiary', () => {
  beforeEach(async () => {
    await insertPartners(store, { Z: null, A: 'Z', B: 'Z', C: 'B', Y: null });
    await passBy(store, gated, '2026-03-01');
    const about = { program: gated, reason: 'Agreed', author: 'kim', now: at('2026-03-02') };
    await createOverride(store, { ...about, partnerId: 'A', tier: 'gold', until: '2026-03-10' });
    await passBy(store, gated, '2026-03-02');
  });

  it('waits on a list of its own, which is named beside that of companies', async () => {
    await changePartner(store, { partner: 'Y', set: `types = '{msp}'`, marks: ['Y'] });
    const { held } = await passBy(store, gated, '2026-03-11');
    expect(held.map(({ approval, down }) => `${approval} ${down}`)).toEqual(['a-000001 1', 'a-000002 1']);
  });

  it('waits where the approval policy asks for moves down', async () => {
    expect(await passBy(store, gated, '2026-03-11')).toMatchObject({ held: [{ down: 1 }] });
    expect(await standingsIn(store)).toContain('A gold overridden Z');
    const { items } = await findApproval(store, gated, 'a-000001');
    expect(items).toMatchObject([
      { partnerId: 'A', why: 'The override for it alone ended; it belongs to Firm Z, which holds Silver.' },
    ]);
    await approveMoves(store, { ...answer, id: 'a-000001', reason: null, now: at('2026-03-12') });
    await passBy(store, gated, '2026-03-12');
    expect(await standingsIn(store)).toContain('A silver keeps Z');
  });

  it('takes nothing until the next review where a person rejects it', async () => {
    await passBy(store, gated, '2026-03-11');
    await rejectMoves(store, { ...answer, id: 'a-000001', reason: 'Keep it', now: at('2026-03-11') });
    for (const day of ['2026-03-12', '2026-03-20']) await passBy(store, gated, day);
    expect(await standingsIn(store)).toContain('A gold due_down Z');
    expect(await passBy(store, gated, '2026-04-01')).toMatchObject({ held: [{ down: 1 }] });
  });

  it('of the company takes the tier of its subsidiaries without asking for each', async () => {
    const program = programWith('approval: { downShare: 50 %, minimum: 3 }');
    const about = { program, reason: 'Agreed', author: 'kim', now: at('2026-03-11') };
    await passBy(store, program, '2026-03-11');
    for (const partnerId of ['Z', 'Y'])
      await createOverride(store, { ...about, partnerId, tier: 'gold', until: '2026-03-20' });
    await passBy(store, program, '2026-03-12');
    await store.query(`update tierlink.tier_override set until_on = '2026-03-21' where partner_id = 'Y'`);
    await passBy(store, program, '2026-03-21');
    expect(await standingsIn(store)).toContain('C silver keeps Z');
    // What Y loses on the same day is the second loss of the day, not the fifth.
    await store.query(`update tierlink.tier_override set until_on = '2026-03-20' where partner_id = 'Y'`);
    await change('Y', "name = 'Firm Y'");
    expect(await passBy(store, program, '2026-03-21')).toMatchObject({ held: [] });
    expect(await standingsIn(store)).toContain('Y silver keeps own');
  });
});

describe('subsidiaries that come to a company on one day', () => {
  it('are counted together, also where they come one after the other', async () => {
    const program = programWith('approval: { downShare: 25 %, minimum: 2 }');
    await insertPartners(store, { Z: null, A: 'Z', B: 'Z', C: 'Z', Y: null }, { A: 10, B: 10, C: 30 });
    await passBy(store, program, '2026-03-01');
    expect(await standingsIn(store)).toContain('B gold keeps Z');
    await change('A', "parent = 'Y'");
    expect(await passBy(store, program, '2026-03-02')).toMatchObject({ held: [] });
    expect(await standingsIn(store)).toContain('A silver keeps Y');
    await change('B', "parent = 'Y'");
    expect(await passBy(store, program, '2026-03-02')).toMatchObject({ held: [{ down: 1 }] });
    expect(await standingsIn(store)).toContain('B gold keeps Z');
  });
});
