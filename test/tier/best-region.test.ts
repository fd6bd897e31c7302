import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { createWaiver } from '../../src/tier/waivers.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { openTestStore } from '../services/test-store.ts';
import { at, passBy, tiers } from './pass.ts';

/** The best country of a company gives its tier to all of it: all that is asked for has to hold in one country. */
const head = `regions:
  records: { fact: partner.country }
  list:
    - { key: sweden, label: Sweden, countries: [Sweden, SE] }
    - { key: brazil, label: Brazil, countries: [Brazil, BR] }
    - { key: growth, label: Growth markets, regions: [brazil] }`;
const fact = (kpi: string, aggregate: string) =>
  `  ${kpi}: { label: ${kpi}, help: x, unit: number, perRegion: true, rollUp: company, measure: { ${aggregate}: fact.quantity, where: { attribute: kind, is: ${kpi} } } }`;
const kpis = `${fact('sales', 'sum')}
${fact('people', 'sum')}
  points: { label: Points, help: x, unit: points, score: { sum: [salesPoints, peoplePoints] } }
  salesPoints: { label: Sales points, help: x, unit: points, score: { linear: { of: sales, full: { sweden: 100, growth: 40 }, points: 60 } } }
  peoplePoints: { label: People points, help: x, unit: points, score: { choose: [{ when: { kpi: people, atLeast: { sweden: 4, growth: 2 } }, use: 40 }, { otherwise: 0 }] } }`;
const ladders = (gold: string) => `  - key: main
    label: Main
    heldBy: company
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, ${gold} }`;
const asked =
  'onBestRegion: true, requirements: [{ kpi: sales, atLeast: { sweden: 50, growth: 20 } }, { kpi: people, atLeast: 2 }, { kpi: points, atLeast: 65 }]';
const program = programOf({ head, kpis, ladders: ladders(asked) });

/** What a part of the company has: sales and people. */
type Has = [sales: number, people: number];

describe('a tier that is judged in the best region', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openTestStore();
    await insertRows(store, 'partner', [
      { id: 'Z', name: 'Holding', types: ['reseller'], country: 'Sweden' },
      { id: 'B', name: 'Brazil', types: ['reseller'], country: 'BR', parent: 'Z' },
    ]);
    await insertRows(
      store,
      'fact',
      ['Z', 'B'].flatMap((partner) =>
        ['sales', 'people'].map((kind) => ({ id: `${partner} ${kind}`, partner, kind, quantity: 0 })),
      ),
    );
  });
  afterAll(async () => {
    await store.close();
  });

  let day = 0;
  const pass = async (has: Readonly<Record<string, Has>>) => {
    for (const [partner, numbers] of Object.entries(has))
      for (const [index, kind] of ['sales', 'people'].entries())
        await store.query('update tierlink.fact set quantity = $1 where id = $2', [
          numbers[index],
          `${partner} ${kind}`,
        ]);
    await markDirty(store, 'fact', ['Z', 'B']);
    day += 1;
    await passBy(store, program, `2026-03-${String(day).padStart(2, '0')}`);
    const held = (await tiers(store)).map((line) => line.split(' ').slice(0, 3).join(' '));
    const why = await explainTier(store, { program, partnerId: 'Z', now: at('2026-03-20') });
    const { evidence, judgedIn } = why;
    expect(recomputeDecision(JSON.parse(JSON.stringify(evidence)))).toBe(evidence.computedTier);
    return { held, judgedIn, why };
  };

  it('is given by one country to all of the company, and by no two together', async () => {
    // Sales of Sweden and people of Brazil are of no one country.
    expect(await pass({ Z: [100, 1], B: [5, 4] })).toMatchObject({
      held: ['B main silver', 'Z main silver'],
      judgedIn: 'Sweden',
    });
    // 30 of 40 sales are 45 points, and 2 people 40: Brazil alone has it, of which Sweden knows nothing.
    expect(await pass({ Z: [0, 0], B: [30, 2] })).toMatchObject({
      held: ['B main gold', 'Z main gold'],
      judgedIn: 'Brazil',
    });
  });

  it('says what is met in that country, by its figures and its numbers', async () => {
    const { why } = await pass({ Z: [49, 3], B: [19, 9] });
    expect(why.judgedIn).toBe('Brazil');
    expect(
      why.requirements.map(({ id, label, needs, has, state }) => [id, label, needs, has, state]),
    ).toEqual([
      ['sales', 'sales (Brazil)', '20', '19', 'not_met'],
      ['people', 'people (Brazil)', '2', '9', 'met'],
      ['points', 'Points (Brazil)', '65 points', '68.5 points', 'met'],
    ]);
    expect(why.enoughAlone.map(({ text }) => text)).toEqual(['sales (Brazil): 1 more, to 20']);
  });

  it('is waived by the name that the file has', async () => {
    const waiver = { partnerId: 'Z', tier: 'Gold', requirement: 'sales', until: '2026-04-30' };
    await createWaiver(store, { program, ...waiver, reason: 'x', author: 'x', now: at('2026-03-03') });
    const { why } = await pass({ Z: [0, 0], B: [19, 9] });
    expect([why.computedTier, why.requirements.map(({ state }) => state)]).toEqual([
      'Gold',
      ['waived', 'met', 'met'],
    ]);
  });
});

describe('the check of such a tier', () => {
  const findings = (gold: string, changed = (text: string) => text) => {
    const text = changed(programOf({ head, kpis, ladders: ladders(asked) }).source.replace(asked, gold));
    return parseProgram(text, 'test.yaml').findings.map(({ path, reason }) => `${path}: ${reason}`);
  };

  it('refuses what differs in no region, both ways of judging, and a program without regions', () => {
    expect(findings('onBestRegion: true, requirements: { partner: { attribute: country, is: SE } }')).toEqual(
      [
        'ladders.0.tiers.1.onBestRegion: what it asks for is the same in every region; measure a KPI of it, or one behind it, with "perRegion: true"',
      ],
    );
    expect(findings(asked.replace('onBestRegion', 'onBestTrack: true, onBestRegion'))).toContain(
      'ladders.0.tiers.1.onBestRegion: use onBestTrack or onBestRegion, not both; a tier is judged by one',
    );
    const plain = 'onBestRegion: true, requirements: { kpi: sales, atLeast: 5 }';
    const withoutRegions = (text: string) =>
      text
        .replace(head, '')
        .replaceAll('perRegion: true, ', '')
        .replaceAll(/\{ sweden: (\d+), growth: \d+ \}/g, '$1');
    expect(findings(plain, withoutRegions)).toEqual([
      'ladders.0.tiers.1.onBestRegion: the program has no regions to choose from',
    ]);
  });
});
