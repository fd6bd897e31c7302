import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Store } from '../../src/store/store.ts';
import { approveMoves, findApproval } from '../../src/tier/approvals.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { hasTierWork } from '../../src/tier/run.ts';
import { insertRows, programOf } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { changePartner, gated, insertPartners } from './family.ts';
import { at, passBy, tiers } from './pass.ts';

let store: Store;
storeForEach((opened) => {
  store = opened;
});

/** Every loss waits, so that a company that comes from another ladder is not decided until somebody approves. */
const program = gated;
const pass = async (day: string) => await passBy(store, program, day);
const hasWork = async (day: string) => await hasTierWork(store, { program, now: at(day) });
const retype = async (partner: string, type: string) =>
  await changePartner(store, { partner, set: `types = '{${type}}'`, marks: ['A', 'M', 'N', 'Z'] });
const approve = async (day: string, ids: readonly string[]) => {
  for (const id of ids) await approveMoves(store, { program, id, actor: 'kim', reason: null, now: at(day) });
};

describe('subsidiaries of a company that is not decided yet', () => {
  beforeEach(async () => {
    // Z and M come from Services, A stands on Main by itself.
    await insertPartners(store, { Z: null, A: 'Z', M: 'Z' }, { A: 30 });
    await store.query(`update tierlink.partner set types = '{msp}' where id in ('Z', 'M')`);
    await pass('2026-03-01');
    expect(await tiers(store)).toEqual([
      'A main gold keeps',
      'M services expert keeps',
      'Z services expert keeps',
    ]);
  });

  it('keep what they have, cost nothing until the next day, and follow in the pass that decides it', async () => {
    await insertRows(store, 'partner', [{ id: 'N', name: 'Firm N', types: ['reseller'], parent: 'Z' }]);
    await retype('Z', 'reseller');
    await retype('M', 'reseller');
    expect(await pass('2026-03-02')).toMatchObject({ held: [{ down: 1 }] });
    const before = ['A main gold keeps', 'M services expert keeps', 'Z services expert keeps'];
    expect(await tiers(store)).toEqual(before);
    expect(await hasWork('2026-03-02')).toBe(false);
    expect(await hasWork('2026-03-03')).toBe(true);
    await pass('2026-03-03');
    expect(await tiers(store)).toEqual(before);
    await approve('2026-03-03', ['a-000001']);
    await pass('2026-03-03');
    // M comes from another ladder too, and waits for its own approval.
    expect(await tiers(store)).toEqual([
      'A main gold keeps',
      'M services expert keeps',
      'N main gold keeps',
      'Z main gold keeps',
    ]);
    await approve('2026-03-03', ['a-000002']);
    await pass('2026-03-03');
    expect(await tiers(store)).toContain('M main gold keeps');
    expect(await hasWork('2026-03-03')).toBe(false);
  });

  it('keep the changes that a person was asked about on the list', async () => {
    await retype('M', 'reseller');
    expect(await pass('2026-03-02')).toMatchObject({ held: [{ approval: 'a-000001', down: 1 }] });
    await retype('Z', 'reseller');
    await pass('2026-03-03');
    const { items } = await findApproval(store, program, 'a-000001');
    expect(items.map(({ state }) => state)).toEqual(['open']);
  });
});

describe('a tier that asks for a specialisation of a company that is not decided yet', () => {
  it('stays until it is, and in a forecast', async () => {
    const asked = programOf({
      head: `specialisations:
  - { key: security, label: Security, partnerTypes: [reseller], heldBy: company, requirements: { kpi: points, atLeast: 30 }, movement: { demote: immediately } }`,
      kpis: `  points:
    label: Points
    help: x
    unit: number
    rollUp: company
    measure: { sum: fact.quantity }`,
      ladders: `  - key: main
    label: Main
    partnerTypes: [reseller, msp]
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ holds: { ladder: security } }] }
    movement: { demote: immediately }`,
    });
    await insertPartners(store, { A: null }, { A: 30 });
    await passBy(store, asked, '2026-03-01');
    const own = ['A main gold keeps', 'A security security keeps'];
    expect(await tiers(store)).toEqual(own);
    // The company is new, and its inputs were never read: it joins no ladder.
    await insertRows(store, 'partner', [{ id: 'Z', name: 'Firm Z', types: ['reseller'] }]);
    await changePartner(store, { partner: 'A', set: `parent = 'Z'`, marks: ['A', 'Z'] });
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('sf', 'Fact', 'fact', null)`,
    );
    await passBy(store, asked, '2026-03-02');
    expect(await tiers(store)).toEqual(own);
    expect(await hasTierWork(store, { program: asked, now: at('2026-03-02') })).toBe(false);
    const { events } = await forecastTiers(store, {
      program: asked,
      now: at('2026-03-02'),
      days: 5,
      partners: ['A'],
    });
    expect(events).toEqual([]);
    await store.query(`update tierlink.feed set complete_to = '2026-03-03T08:00:00Z'`);
    await passBy(store, asked, '2026-03-03');
    expect(await tiers(store)).toEqual([...own, 'Z main gold keeps', 'Z security security keeps']);
  });
});

describe('a specialisation that asks for the ladder of the tier that is left', () => {
  it('is kept while the company is not decided', async () => {
    const program = programOf({
      head: `approval: { always: down }
specialisations:
  - { key: care, label: Care, requirements: { holds: { ladder: services, atLeast: expert } }, movement: { demote: immediately } }`,
      kpis: `  points:
    label: Points
    help: x
    unit: number
    rollUp: company
    measure: { sum: fact.quantity }`,
      ladders: `  - key: main
    label: Main
    partnerTypes: [reseller]
    heldBy: company
    tiers: [{ key: silver, label: Silver }]
  - key: services
    label: Services
    partnerTypes: [msp]
    tiers: [{ key: expert, label: Expert }]`,
    });
    await insertPartners(store, { Z: null, M: 'Z' });
    await store.query(`update tierlink.partner set types = '{msp}'`);
    await passBy(store, program, '2026-03-01');
    await retype('Z', 'reseller');
    await retype('M', 'reseller');
    // Of Z a person is asked; of M nothing is known yet.
    expect(await passBy(store, program, '2026-03-02')).toMatchObject({
      held: [{ approval: 'a-000001', down: 2 }],
    });
    expect(await tiers(store)).toEqual([
      'M care care keeps',
      'M services expert keeps',
      'Z care care keeps',
      'Z services expert keeps',
    ]);
  });
});
