import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { readSuppositions, supposedInput } from '../../src/app/supposed-inputs.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
import { programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, certify, insertPartners, pass, program } from './pass.ts';

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
  await certify(store);
  await pass(store, '2026-03-01');
});

/** What is said of partner B, which holds Silver by 1,500 USD and has no certified person. */
async function simulate(...changes: string[]) {
  const request = { program, partnerId: 'B', changes: changes.map(supposedInput), now: at('2026-03-02') };
  return (await simulateTier(store, request))!;
}

describe('a simulation', () => {
  it('says what is met with the changed figures, and what is still missing', async () => {
    const { inForce, before, after, tier, requirementsBefore } = await simulate('revenue=4500 EUR');
    expect([inForce, before.evidence?.computedTier, after.evidence?.computedTier]).toEqual([
      'silver',
      'silver',
      'silver',
    ]);
    expect(tier?.label).toBe('Gold');
    const rows = tier!.requirements.map((one, index) => [
      one.id,
      requirementsBefore[index]?.has,
      one.has,
      one.state,
    ]);
    expect(rows).toEqual([
      ['revenue', '1,500 USD', '4,950 USD', 'not_met'],
      ['certified', '0', '0', 'not_met'],
    ]);
  });

  it('goes as far as the tier that follows, up and down', async () => {
    const up = await simulate('revenue=5000', 'certified=1');
    expect([up.after.evidence?.computedTier, up.after.state?.tier]).toEqual(['gold', 'gold']);
    const down = await simulate('revenue=0');
    expect([down.after.evidence?.computedTier, down.after.state?.tier, down.after.state?.status]).toEqual([
      'bronze',
      'silver',
      'at_risk',
    ]);
    expect(down.after.prospect[0]).toContain('Short of Silver');
  });

  it('says what the evaluation would do: of a partner that was never evaluated, that it joins', async () => {
    const decided = async (...changes: string[]) => (await simulate(...changes)).after.decision;
    expect(await decided('revenue=1500')).toBeNull();
    expect(await decided('revenue=5000', 'certified=1')).toMatchObject({
      movement: 'promote',
      toTier: 'gold',
    });
    await store.query('delete from tierlink.decision');
    await store.query('delete from tierlink.tier_state');
    expect(await decided('revenue=1500')).toMatchObject({ movement: 'enrol', toTier: 'silver' });
  });

  it('is of no use where the program has no tiers', async () => {
    const request = {
      program: { ...program, ladders: [] },
      partnerId: 'B',
      changes: [],
      now: at('2026-03-02'),
    };
    await expect(simulateTier(store, request)).rejects.toMatchObject({ code: 'TIER_NONE' });
  });

  it('takes a KPI by its label as well, as the tables show it, in any case', async () => {
    const { after } = await simulate('sourced revenue=5000', 'Certified people=1');
    expect(after.evidence?.computedTier).toBe('gold');
    await expect(simulate('Certified persons=1')).rejects.toMatchObject({ code: 'SIMULATION_INVALID' });
  });

  it('changes the ladder with the type of the partner', async () => {
    const { before, after } = await simulate('partner.types=msp');
    expect([before.ladder, after.ladder]).toEqual(['main', 'services']);
    expect((await simulate('partner.types=')).after).toMatchObject({ ladder: null, state: null });
  });

  it('takes a blank for no figure', async () => {
    const { tier } = await simulate('revenue=');
    expect(tier?.requirements[0]).toMatchObject({ has: '-', state: 'pending' });
  });

  it('says on which figures no tier rests', async () => {
    expect((await simulate('revenue=1', 'partner.country=SE')).unasked).toEqual([]);
    const more = programOf({
      head: `regions: { records: { deal: customer.country }, list: [{ key: se, label: Sweden, countries: [SE] }, { key: no, label: Norway, countries: [NO] }] }`,
      kpis: `  won: { label: Won, help: x, unit: count, perRegion: true, measure: { count: deal } }
  half: { label: Half, help: x, unit: points, score: { linear: { of: cases, full: 10, points: 5 } } }
  cases: { label: Cases, help: x, unit: count, measure: { count: case } }
  idle: { label: Idle, help: x, unit: count, measure: { count: lead } }`,
      ladders: `  - key: main
    label: Main
    tiers: [{ key: a, label: A }, { key: b, label: B, onBestRegion: true, requirements: [{ kpi: won, atLeast: 2 }, { kpi: half, atLeast: 3 }] }]`,
    });
    const changes = ['won=5', 'idle=1', 'cases=3'].map(supposedInput);
    const found = await simulateTier(store, {
      program: more,
      partnerId: 'B',
      changes,
      now: at('2026-03-02'),
    });
    expect(found!.unasked).toEqual([
      { label: 'Won', instead: ['Won (Sweden)', 'Won (Norway)'] },
      { label: 'Idle', instead: [] },
    ]);
  });

  it('stores nothing', async () => {
    const all = async () => [
      await store.query('select * from tierlink.tier_state order by partner_id'),
      await store.query('select id from tierlink.decision order by id'),
      await store.query('select partner_id, kpi, numerator from tierlink.kpi_value order by 1, 2'),
      await store.query('select version, hash from tierlink.program_version order by 1, 2'),
    ];
    const before = await all();
    await simulate('revenue=9000', 'certified=3');
    const edited = { ...program, version: '2', hash: 'not loaded yet' };
    await simulateTier(store, { program: edited, partnerId: 'B', changes: [], now: at('2026-03-02') });
    expect(await all()).toEqual(before);
  });

  it.each([
    ['revenu=1', 'did you mean "revenue"'],
    ['revenue=much', 'is no figure in money'],
    ['revenue=5 SEK', 'no rate for SEK'],
    ['certified=5 USD', 'is no figure in people'],
    ['certified=2.5', 'always a whole number'],
    ['certified=-1', 'never less than 0'],
    ['partner.startedOn=soon', 'is no date'],
    ['partner.tier=gold', 'no such attribute'],
  ])('refuses %s', async (change, reason) => {
    await expect(simulate(change)).rejects.toMatchObject({
      code: 'SIMULATION_INVALID',
      message: expect.stringContaining(reason),
    });
  });
});

describe('a supposed amount in a currency with rates by date', () => {
  const dated = programOf({
    currency:
      '{ code: USD, rates: { EUR: [{ from: 2026-02-01, rate: "1.10" }, { from: 2026-03-02, rate: "1.25" }, { from: 2026-03-03, rate: "1.50" }] } }',
    kpis: '  revenue: { label: Revenue, help: Won., unit: money, measure: { sum: deal.amount } }',
    ladders: `  - key: main
    label: Main
    tiers: [{ key: high, label: High, requirements: { kpi: revenue, atLeast: 5000 } }]`,
  });
  const suppose = async (day: string) => {
    const now = at(day);
    await recomputeKpis(store, { program: dated, now });
    const changes = [supposedInput('revenue=1000 EUR')];
    const found = await simulateTier(store, { program: dated, partnerId: 'B', changes, now });
    return found!.tier!.requirements[0]!.has;
  };

  it.each([
    ['2026-03-01', '1,100 USD'],
    ['2026-03-02', '1,250 USD'],
    ['2026-03-09', '1,500 USD'],
  ])('is at the rate of the day: %s', async (day, has) => {
    expect(await suppose(day)).toBe(has);
  });

  it('is refused before the first rate', async () => {
    await expect(suppose('2026-01-31')).rejects.toMatchObject({
      code: 'SIMULATION_INVALID',
      message: expect.stringContaining('the program has no rate for EUR on 2026-01-31'),
    });
  });
});

describe('a supposed percentage', () => {
  const shares = programOf({
    kpis: `  winRate:
    label: Win rate
    help: Won deals of all closed ones.
    unit: percent
    ratio:
      of: { count: deal, where: { attribute: isWon, is: true } }
      to: { count: deal, where: { attribute: isClosed, is: true } }
  growth:
    label: Growth
    help: This year over the last.
    unit: percent
    growth: { now: { count: deal }, before: { count: deal, where: { attribute: isWon, is: true } } }`,
    ladders: `  - key: main
    label: Main
    tiers: [{ key: high, label: High, requirements: [{ kpi: winRate, atLeast: 30 }, { kpi: growth, atLeast: 5 }] }]`,
  });
  const suppose = async (change: string) => {
    const now = at('2026-03-02');
    await recomputeKpis(store, { program: shares, now });
    return (await simulateTier(store, {
      program: shares,
      partnerId: 'B',
      changes: [supposedInput(change)],
      now,
    }))!;
  };

  it.each([
    ['winRate=150', 'never more than 100 %'],
    ['winRate=-5', 'never less than 0'],
  ])('is refused where it is a share that cannot be: %s', async (change, reason) => {
    await expect(suppose(change)).rejects.toMatchObject({
      code: 'SIMULATION_INVALID',
      message: expect.stringContaining(reason),
    });
  });

  it('may be more than 100, or less than 0, where it is a growth', async () => {
    for (const [change, has] of [
      ['growth=150', '150 %'],
      ['growth=-20', '-20 %'],
    ] as const) {
      const { tier } = await suppose(change);
      expect(tier?.requirements.find(({ id }) => id === 'growth')?.has).toBe(has);
    }
  });
});

describe('a file of suppositions', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tierlink-suppose-'));
  const fileOf = (name: string, text: string) => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const wanted = [
    {
      partner: 'Northwind',
      changes: [
        { name: 'revenue', value: '5' },
        { name: 'partner.types', value: 'msp,isv' },
      ],
    },
    { partner: 'Contoso', changes: [{ name: 'certified', value: '' }] },
  ];

  it('is CSV or YAML', () => {
    const csv =
      'partner,name,value\nNorthwind,revenue,5\nNorthwind,partner.types,"msp,isv"\nContoso,certified,\n';
    expect(readSuppositions(fileOf('a.csv', csv))).toEqual(wanted);
    const yaml = 'Northwind: { revenue: 5, partner.types: [msp, isv] }\nContoso: { certified: null }\n';
    expect(readSuppositions(fileOf('a.yaml', yaml))).toEqual(wanted);
  });

  it.each([
    ['empty.csv', 'partner,name,value\n'],
    ['header.csv', 'who,name,value\nNorthwind,revenue,5\n'],
    ['list.yaml', '- Northwind\n'],
    ['broken.yaml', 'a: [1\n'],
    ['twice.yaml', 'Northwind: { revenue: 5, revenue: 6 }\n'],
  ])('is refused when it is none: %s', (name, text) => {
    expect(() => readSuppositions(fileOf(name, text))).toThrow(
      expect.objectContaining({ code: 'SIMULATION_FILE' }),
    );
  });
});

describe('a supposed figure of each customer or period', () => {
  const each = programOf({
    kpis: `  middle: { label: Middle, help: Deals of the median customer., unit: count, measure: { count: deal, perEach: { of: customer, take: median } } }
  months:
    label: Months
    help: Months of the last four quarters in which something was won.
    unit: count
    measure:
      sum: deal.amount
      window: { lastFull: 4 quarters, by: closeOn }
      having: { count: deal, atLeast: 1 }
      perEach: { of: { period: month, by: closeOn }, take: count }`,
    ladders: `  - key: main
    label: Main
    tiers: [{ key: high, label: High, requirements: [{ kpi: middle, atLeast: 2 }, { kpi: months, atLeast: 5 }] }]`,
  });
  const suppose = async (change: string) => {
    const now = at('2026-03-02');
    await recomputeKpis(store, { program: each, now });
    const changes = [supposedInput(change)];
    return await simulateTier(store, { program: each, partnerId: 'B', changes, now });
  };

  it.each([
    ['months=2.5', 'always a whole number'],
    ['months=-1', 'never less than 0'],
    ['months=13', 'never more than 12'],
    ['middle=-0.5', 'never less than 0'],
  ])('is refused where it cannot be: %s', async (change, reason) => {
    await expect(suppose(change)).rejects.toMatchObject({
      code: 'SIMULATION_INVALID',
      message: expect.stringContaining(reason),
    });
  });

  it.each(['middle=2.5', 'months=12'])('is taken where it can be: %s', async (change) => {
    expect(await suppose(change)).not.toBeNull();
  });
});
