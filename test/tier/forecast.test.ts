import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { addDays } from '../../src/program/civil-date.ts';
import { rememberVersion } from '../../src/program/versions.ts';
import type { Executor, Store } from '../../src/store/store.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { changed, insertRows, parsed } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, certify, insertPartners, movements, pass, passBy, program, tiers } from './pass.ts';

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertPartners(store);
});

const forecast = async (day: string, days: number) =>
  await forecastTiers(store, { program, now: at(day), days });
const inWords = ({ events }: Awaited<ReturnType<typeof forecast>>) =>
  events.map(
    ({ day, partnerId, movement, fromTier, toTier, status }) =>
      `${day} ${partnerId} ${movement} ${fromTier} ${toTier} ${status}`,
  );

/** The sample program with tiers that companies hold. */
const heldByCompany = program.source
  .replace('label: Sourced revenue', 'label: Sourced revenue\n    rollUp: company')
  .replace('label: Certified people', 'label: Certified people\n    rollUp: company')
  .replace('partnerTypes: [reseller]\n', 'partnerTypes: [reseller]\n    heldBy: company\n');

describe('a forecast', () => {
  it('follows a certificate that ends through risk, warning and loss, and names it', async () => {
    await certify(store, '2026-05-31');
    await pass(store, '2026-03-01');
    const found = await forecast('2026-03-02', 250);
    expect(inWords(found).filter((line) => line.includes(' A '))).toEqual([
      '2026-06-01 A keep Gold Gold at_risk',
      '2026-07-01 A warn Gold Gold due_down',
      '2026-10-01 A demote Gold Silver keeps',
    ]);
    expect(found.events.find(({ partnerId }) => partnerId === 'A')?.flipped).toMatchObject([
      {
        id: 'certified',
        before: { has: '1', state: 'met' },
        after: { has: '0', state: 'not_met' },
        records: [{ id: 'c1', change: 'ended', why: 'ended 2026-05-31' }],
      },
    ]);
    const later = found.events.filter(({ partnerId, day }) => partnerId === 'A' && day > '2026-06-01');
    expect(later.map(({ movement, flipped }) => [movement, flipped])).toEqual([
      ['warn', []],
      ['demote', []],
    ]);
    for (const { missing } of later)
      expect(missing).toMatchObject([
        { id: 'certified', has: '0', needs: '1', records: [{ id: 'c1', why: 'ended 2026-05-31' }] },
      ]);
  });

  it('follows the figures of another track, as evaluations do, where those of the own one stay', async () => {
    const rules = changed(
      program,
      [
        'requirements: [{ kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }]',
        'onBestTrack: true, requirements: [{ kpi: skills, atLeast: 10 }]',
      ],
      [
        '  certified:\n',
        '  skills: { label: Skills, help: S, unit: points, score: { bands: { of: certified, table: [{ from: { large: 1, small: 5 }, points: 10 }] } } }\n  certified:\n',
      ],
      [
        'kpis:\n',
        'tracks: [{ key: large, label: Large, when: { kpi: revenue, atLeast: 90000 } }, { key: small, label: Small }]\nkpis:\n',
      ],
    );
    await certify(store, '2026-05-31');
    await passBy(store, rules, '2026-03-01');
    expect(await tiers(store)).toContain('A main gold keeps');
    const found = await forecastTiers(store, { program: rules, now: at('2026-03-02'), days: 100 });
    expect(inWords(found).filter((line) => line.includes(' A '))).toEqual([
      '2026-06-01 A keep Gold Gold at_risk',
    ]);
    await passBy(store, rules, '2026-04-01');
    await passBy(store, rules, '2026-06-01');
    expect(await tiers(store)).toContain('A main gold at_risk');
  });

  it('names what a warning rests on also where the partner is short of its tier already', async () => {
    await certify(store, '2026-05-31');
    await pass(store, '2026-03-01');
    await pass(store, '2026-04-01');
    await pass(store, '2026-06-01');
    const [warning] = (await forecast('2026-06-10', 60)).events;
    expect(warning).toMatchObject({
      day: '2026-07-01',
      movement: 'warn',
      missing: [{ id: 'certified', records: [{ id: 'c1', why: 'ended 2026-05-31' }] }],
    });
  });

  it('takes nothing that cannot be told for the reason of a warning', async () => {
    const rules = changed(
      program,
      [
        'requirements: [{ kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }]',
        'requirements: [{ kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }, { kpi: average, atLeast: 1 }]',
      ],
      [
        '  certified:\n',
        '  average: { label: Average, help: A, unit: number, measure: { average: fact.quantity } }\n  certified:\n',
      ],
    );
    await certify(store, '2026-05-31');
    await store.query(
      `update tierlink.partner set crm_tier = 'Gold', crm_tier_since = '2024-01-01' where id = 'A'`,
    );
    await passBy(store, rules, '2026-03-01');
    const { events } = await forecastTiers(store, { program: rules, now: at('2026-03-02'), days: 200 });
    const [warning] = events.filter(({ partnerId, movement }) => partnerId === 'A' && movement === 'warn');
    expect(warning?.missing.map(({ id }) => id)).toEqual(['certified']);
  });

  it('names what keeping a tier takes, not what the tier below takes to be reached', async () => {
    const rules = changed(program, [
      'requirements: [{ kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }]',
      'requirements: [{ kpi: revenue, atLeast: 5000 }], keepRequirements: [{ kpi: revenue, atLeast: 800 }]',
    ]);
    await passBy(store, rules, '2026-03-01');
    const { events } = await forecastTiers(store, { program: rules, now: at('2026-03-02'), days: 366 });
    const risk = events.find(({ partnerId, status }) => partnerId === 'A' && status === 'at_risk');
    expect(risk).toMatchObject({
      day: '2027-02-21',
      fromTier: 'Gold',
      flipped: [{ tier: 'Gold', id: 'revenue', after: { needs: '800 USD', has: '0 USD', state: 'not_met' } }],
    });
  });

  it('says that what is asked for moves where the bound is a figure itself, and what moves it', async () => {
    const rules = changed(
      program,
      [
        'requirements: [{ kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }]',
        'requirements: [{ kpi: certified, atLeast: { kpi: needed } }]',
      ],
      [
        '  certified:\n',
        '  needed: { label: People needed, help: N, unit: people, round: { digits: 0, direction: up }, score: { ratio: { of: revenue, to: 10000 } } }\n  certified:\n',
      ],
    );
    await passBy(store, rules, '2026-03-01');
    const { events } = await forecastTiers(store, { program: rules, now: at('2026-03-02'), days: 366 });
    const own = events.filter(({ partnerId, day }) => partnerId === 'A' && day === '2027-02-21');
    expect(own[0]?.flipped).toMatchObject([
      {
        tier: 'Gold',
        kpi: 'certified',
        thresholdKpi: 'needed',
        before: { has: '0', needs: '1 (People needed)' },
        after: { has: '0', needs: '0 (People needed)' },
        records: [{ id: 'd1', change: 'ended' }],
      },
    ]);
  });

  it('names what the tiers below ask for, where all of them count, and what a rise rests on', async () => {
    const rules = changed(program, [
      'tiers:\n      - { key: bronze, label: Bronze }\n      - { key: silver, label: Silver, requirements: [{ kpi: revenue, atLeast: 1000 }] }\n      - { key: gold, label: Gold, requirements: [{ kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }] }\n    movement: {',
      'hold: cumulative\n    tiers:\n      - { key: bronze, label: Bronze }\n      - { key: silver, label: Silver, requirements: [{ kpi: revenue, atLeast: 1000 }, { kpi: certified, atLeast: 1 }] }\n      - { key: gold, label: Gold, requirements: [{ kpi: revenue, atLeast: 5000 }] }\n    movement: { promote: at_review,',
    ]);
    await passBy(store, rules, '2026-02-21');
    await certify(store, '2026-05-31');
    await passBy(store, rules, '2026-03-02');
    const { events } = await forecastTiers(store, { program: rules, now: at('2026-03-03'), days: 366 });
    const own = events.filter(({ partnerId }) => partnerId === 'A');
    expect(own.find(({ movement }) => movement === 'promote')).toMatchObject({
      toTier: 'Gold',
      flipped: [],
      reason: 'Gold met: Sourced revenue 6,000 USD (needs 5,000 USD).',
    });
    expect(own.find(({ movement, toTier }) => movement === 'demote' && toTier === 'Silver')).toMatchObject({
      flipped: [],
      missing: [{ id: 'certified', has: '0', needs: '1' }],
    });
  });

  it('sees a deal leave its window', async () => {
    await pass(store, '2026-01-01');
    await pass(store, '2026-03-01');
    const found = await forecast('2026-03-02', 366);
    expect(inWords(found)).toContain('2027-02-21 B keep Silver Silver at_risk');
  });

  it('sees an override end', async () => {
    await certify(store);
    await pass(store, '2026-03-01');
    const override = { tier: 'gold', reason: 'agreed', author: 'me', until: '2026-04-15' };
    await createOverride(store, { program, partnerId: 'B', now: at('2026-03-02'), ...override });
    await pass(store, '2026-03-02');
    expect(inWords(await forecast('2026-03-03', 60))).toContain(
      '2026-04-16 B override_end Gold Gold due_down',
    );
  });

  it('names what is missing where the end of an override takes the tier', async () => {
    const atOnce = changed(program, ['afterOverride: at_review', 'afterOverride: immediately']);
    await certify(store);
    await passBy(store, atOnce, '2026-03-01');
    const override = { tier: 'gold', reason: 'agreed', author: 'me', until: '2026-04-15' };
    await createOverride(store, { program: atOnce, partnerId: 'B', now: at('2026-03-02'), ...override });
    await passBy(store, atOnce, '2026-03-02');
    const found = await forecastTiers(store, { program: atOnce, now: at('2026-03-03'), days: 60 });
    expect(inWords(found)).toContain('2026-04-16 B override_end Gold Silver keeps');
    const end = found.events.find(({ movement }) => movement === 'override_end');
    expect(end?.missing.map(({ id }) => id)).toEqual(['revenue', 'certified']);
  });

  it('looks only at days on which something changes', async () => {
    await certify(store);
    await pass(store, '2026-03-01');
    const { days, events } = await forecast('2026-03-02', 90);
    expect(events).toEqual([]);
    expect(days).toBeLessThan(8);
  });

  it('reads only the records of figures that change on the day', async () => {
    await certify(store, '2026-05-31');
    await pass(store, '2026-03-01');
    const read: string[] = [];
    const counting: Executor = {
      db: store.db,
      query: async (sql, parameters) => {
        for (const table of ['deal', 'certification'])
          if (sql.includes(`tierlink.${table}`) && !sql.includes('crm_id')) read.push(table);
        return await store.query(sql, parameters);
      },
    };
    const { days } = await forecastTiers(counting, { program, now: at('2026-03-02'), days: 250 });
    expect(days).toBeGreaterThan(4);
    // On the first day all of it; then what begins or ends to count, which is certificates alone.
    expect(read.filter((table) => table === 'deal')).toHaveLength(1);
    expect(read.filter((table) => table === 'certification').length).toBeLessThanOrEqual(3);
  });

  it('does not look each day at what waits for late inputs', async () => {
    await certify(store, '2026-05-31');
    await pass(store, '2026-03-01');
    await store.query(
      `insert into tierlink.feed (connection, object, entity) values ('c', 'Certificate__c', 'certification')`,
    );
    await recomputeKpis(store, { program, now: at('2026-06-02') });
    await evaluateTiers(store, { program, now: at('2026-06-02') });
    const [state] = await store.query(`select frozen_reason from tierlink.tier_state where partner_id = 'A'`);
    expect(state).toEqual({ frozen_reason: expect.objectContaining({ code: 'unread' }) });
    expect((await forecast('2026-06-02', 90)).days).toBeLessThan(8);
  });

  it('sees at a subsidiary alone what becomes of its company', async () => {
    const family = parsed(heldByCompany);
    await insertRows(store, 'partner', [
      { id: 'C', name: 'Subsidiary', types: ['reseller'], parent: 'A', started_on: '2020-01-01' },
    ]);
    await certify(store, '2026-05-31');
    await recomputeKpis(store, { program: family, now: at('2026-03-01') });
    for (let times = 0; times < 2; times++)
      await evaluateTiers(store, { program: family, now: at('2026-03-01') });
    const request = { program: family, now: at('2026-03-02'), days: 250 };
    const alone = await forecastTiers(store, { ...request, partners: ['C'] });
    expect(inWords(alone).filter((line) => line.startsWith('2026-10-01'))).toEqual([
      '2026-10-01 C inherit Gold Silver keeps',
    ]);
    const all = await forecastTiers(store, request);
    expect(all.events.filter(({ partnerId }) => partnerId === 'C')).toEqual(alone.events);
    expect([alone.partners, all.partners]).toEqual([1, 3]);
  });

  it('goes by what a later version asks for: the company, and what was held on the way', async () => {
    await insertRows(store, 'partner', [
      { id: 'C', name: 'Subsidiary', types: ['reseller'], parent: 'A', started_on: '2020-01-01' },
    ]);
    await certify(store);
    await pass(store, '2026-03-01');
    const later = parsed(
      heldByCompany.replace("version: '1'", "version: '2'").replace('2020-01-01', '2026-04-10'),
    );
    await rememberVersion(store, program, '2026-01-01T00:00:00.000Z');
    const found = await forecastTiers(store, {
      program: later,
      now: at('2026-03-02'),
      days: 60,
      partners: ['C'],
    });
    expect(inWords(found)).toEqual(['2026-04-10 C inherit Bronze Gold keeps']);
  });

  it('stays where inputs are late or were never read', async () => {
    await certify(store, '2026-05-31');
    await pass(store, '2026-03-01');
    await store.query(
      `insert into tierlink.feed (connection, object, entity) values ('c', 'Certificate__c', 'certification')`,
    );
    expect(inWords(await forecast('2026-03-02', 250)).filter((line) => line.includes(' A '))).toEqual([]);
  });

  it('says what then comes, when nothing but time passes', async () => {
    await certify(store, '2026-05-31');
    await pass(store, '2026-03-01');
    const found = await forecast('2026-03-02', 400);
    const decided = async () => (await movements(store)).length;
    const before = await decided();
    for (let day = '2026-03-02'; day <= found.to; day = addDays(day, 1)) {
      await recomputeKpis(store, { program, now: at(day), only: 'due' });
      await evaluateTiers(store, { program, now: at(day) });
    }
    const label = { bronze: 'Bronze', silver: 'Silver', gold: 'Gold' } as Record<string, string>;
    const after = (await movements(store)).slice(before).map((line) => {
      const [day, partner, movement, from, to] = line.split(' ') as [string, string, string, string, string];
      return `${day} ${partner} ${movement} ${label[from] ?? null} ${label[to] ?? null}`;
    });
    const said = inWords(found).map((line) => line.split(' ').slice(0, 5).join(' '));
    expect(said.length).toBeGreaterThan(3);
    expect(after.filter((line) => !line.includes(' keep ')).sort()).toEqual(
      said.filter((line) => !line.includes(' keep ')).sort(),
    );
    expect(said.filter((line) => !after.includes(line))).toEqual([]);
  });
});
