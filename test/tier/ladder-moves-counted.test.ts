import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { approveMoves } from '../../src/tier/approvals.ts';
import { programOf } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { changePartner, insertPartners, programWith, services } from './family.ts';
import { at, passBy, tiers } from './pass.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

const everybody = ['A', 'B', 'C', 'D', 'Z'];
const retype = async (partner: string, type: string) =>
  await changePartner(store, { partner, set: `types = '{${type}}'`, marks: everybody });
const mspAtFirst = async (ids: string) =>
  await store.query(`update tierlink.partner set types = '{msp}' where id = any(string_to_array($1, ','))`, [
    ids,
  ]);

describe('changes of ladder that arrive in parts on one day', () => {
  const program = programOf({
    head: 'approval: { downShare: 25 %, minimum: 2 }',
    kpis: `  points: { label: Points, help: x, unit: number, measure: { sum: fact.quantity } }`,
    ladders: `  - key: main
    label: Main
    partnerTypes: [reseller]
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: points, atLeast: 30 }] }${services}`,
  });
  const pass = async (day: string) => await passBy(store, program, day);

  beforeEach(async () => {
    await insertPartners(store, { A: null, B: null, C: null, D: null }, { A: 30, B: 30 });
    await mspAtFirst('A,B');
    await pass('2026-03-01');
  });

  it('are counted together, in the direction in which a person is asked about them', async () => {
    await retype('A', 'reseller');
    expect(await pass('2026-03-02')).toMatchObject({ held: [] });
    expect(await tiers(store)).toContain('A main gold keeps');
    await retype('B', 'reseller');
    expect(await pass('2026-03-02')).toMatchObject({ held: [{ down: 1, up: 0 }] });
    expect(await tiers(store)).toContain('B services expert keeps');
  });

  it('are not counted on another day, nor where a person approved them', async () => {
    await retype('A', 'reseller');
    await retype('B', 'reseller');
    expect(await pass('2026-03-02')).toMatchObject({ held: [{ down: 2 }] });
    await approveMoves(store, {
      program,
      id: 'a-000001',
      actor: 'kim',
      reason: null,
      now: at('2026-03-02'),
    });
    await pass('2026-03-02');
    expect(await tiers(store)).toContain('B main gold keeps');
    await retype('C', 'msp');
    expect(await pass('2026-03-02')).toMatchObject({ held: [] });
    expect(await tiers(store)).toContain('C services expert keeps');
    await retype('D', 'msp');
    expect(await pass('2026-03-03')).toMatchObject({ held: [] });
    expect(await tiers(store)).toContain('D services expert keeps');
  });
});

describe('subsidiaries that come to the ladder of their company on one day', () => {
  it('count as the losses that they are, and not as rises', async () => {
    const program = programWith('approval: { downShare: 25 %, upShare: 25 %, minimum: 2 }', {
      ladders: services,
    });
    await insertPartners(store, { Z: null, A: 'Z', B: 'Z', C: null }, { C: 10 });
    await mspAtFirst('A,B');
    await passBy(store, program, '2026-03-01');
    await retype('A', 'reseller');
    expect(await passBy(store, program, '2026-03-02')).toMatchObject({ held: [] });
    expect(await tiers(store)).toContain('A main silver keeps');
    // A rise of another partner on that day is the first one.
    await store.query(`update tierlink.fact set quantity = 40 where partner = 'C'`);
    await changePartner(store, { partner: 'C', set: `name = 'Firm C'`, marks: everybody });
    expect(await passBy(store, program, '2026-03-02')).toMatchObject({ held: [] });
    expect(await tiers(store)).toContain('C main gold keeps');
    await retype('B', 'reseller');
    expect(await passBy(store, program, '2026-03-02')).toMatchObject({ held: [{ down: 1, up: 0 }] });
  });
});
