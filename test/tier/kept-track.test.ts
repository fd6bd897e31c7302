import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { tierWhy } from '../../src/cli/commands/tier/why.ts';
import { shownExplanation } from '../../src/cli/explanation.ts';
import { partnerPage } from '../../src/cli/partner-page.ts';
import { createScreen } from '../../src/cli/screen.ts';
import { hasKpiWork, recomputeKpis } from '../../src/kpi/recompute.ts';
import { instantOf } from '../../src/model/clock.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import { trackKeptUntil } from '../../src/program/track-keeping.ts';
import type { Store } from '../../src/store/store.ts';
import { earnedTiers } from '../../src/tier/company/earned.ts';
import { recomputeDecision } from '../../src/tier/computed.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { simulateTier } from '../../src/tier/look/simulate.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { recordingStream } from '../cli/harness.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

/** A track that is given is kept for a period, whatever its condition says meanwhile. */
function rules(keeping: string | null, tracks = ['enterprise', 'smb']): Program {
  const [big, small] = tracks as [string, string];
  return programOf({
    head: `fiscalYearStart: 2
tracks:
  - { key: ${big}, label: Enterprise, when: { kpi: size, atLeast: 100 } }
  - { key: ${small}, label: SMB }
${keeping === null ? '' : `trackKeeping: ${keeping}`}`,
    kpis: `${['size', 'deals']
      .map(
        (kpi) =>
          `  ${kpi}: { label: ${kpi}, help: x, unit: number, freshness: 3 days, measure: { max: fact.quantity, where: { attribute: kind, is: ${kpi} } } }`,
      )
      .join('\n')}
  fit: { label: Fit, help: x, unit: points, score: { linear: { of: deals, full: { ${big}: 20, ${small}: 5 }, points: 100 } } }`,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: deals, atLeast: { ${big}: 20, ${small}: 5 } }, { kpi: fit, atLeast: 100 }] }`,
  });
}

const fiscal = rules('fiscalYear');

let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});
beforeEach(async () => {
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'A', name: 'A', types: ['reseller'] }]);
  await insertRows(store, 'fact', [
    { id: 'size', partner: 'A', kind: 'size', quantity: 200 },
    { id: 'deals', partner: 'A', kind: 'deals', quantity: 10 },
  ]);
});

const at = (day: string) => Date.parse(`${day}T08:00:00Z`);

async function pass(day: string, program = fiscal) {
  await recomputeKpis(store, { program, now: at(day) });
  return await evaluateTiers(store, { program, now: at(day) });
}

async function grow(size: number): Promise<void> {
  await store.query(`update tierlink.fact set quantity = $1 where id = 'size'`, [size]);
  await markDirty(store, 'fact', ['A']);
}

/** The tier, the track that the score was made for, and the tracks that were given. */
async function standing(): Promise<string> {
  const [row] = await store.query<{ tier: string; track: string }>(
    `select t.tier, v.detail->'score'->>'track' as track from tierlink.tier_state t
     join tierlink.kpi_value v on v.partner_id = t.partner_id and v.kpi = 'fit'`,
  );
  const given = await store.query<{ track: string; since: string; until: string }>(
    'select track, since, until from tierlink.partner_track order by since',
  );
  const words = given.map(({ track, since, until }) => `${track} ${since}..${until}`);
  return [`${row!.tier} by ${row!.track}`, ...words].join('; ');
}

describe('how long a track is kept', () => {
  it.each([
    ['fiscalYear', '2027-02-01'],
    ['year', '2027-01-01'],
    ['fiscalQuarter', '2027-02-01'],
    ['month', '2026-12-01'],
    ['12 months', '2027-11-30'],
    ['90 days', '2027-02-28'],
  ])('%s', (keeping, until) => {
    expect(trackKeptUntil(rules(keeping), '2026-11-30')).toBe(until);
  });
});

describe('a kept track', () => {
  it('stays while its condition no longer holds, in the score and in the requirement, and changes on its day', async () => {
    await pass('2026-11-23');
    expect(await standing()).toBe('silver by enterprise; enterprise 2026-11-23..2027-02-01');
    await grow(50);
    await pass('2026-11-24');
    expect(await standing()).toBe('silver by enterprise; enterprise 2026-11-23..2027-02-01');
    expect(await hasKpiWork(store, { program: fiscal, now: at('2026-12-24') })).toBe(false);
    expect(await hasKpiWork(store, { program: fiscal, now: at('2027-02-01') })).toBe(true);
    expect(await pass('2027-02-01')).toMatchObject({ evaluated: 1 });
    expect(await standing()).toBe(
      'gold by smb; enterprise 2026-11-23..2027-02-01; smb 2027-02-01..2028-02-01',
    );
    expect(await hasKpiWork(store, { program: fiscal, now: at('2027-02-01') })).toBe(false);
  });

  it('has its end among the days on which the figure and the tier change by time alone', async () => {
    await pass('2026-11-23');
    const rows = await store.query<{ kpi: string; next: string }>(
      `select kpi, next_change_at as next from tierlink.kpi_value order by kpi`,
    );
    const next = Object.fromEntries(
      rows.map((row) => [row.kpi, row.next && instantOf(Date.parse(row.next))]),
    );
    expect(next).toMatchObject({ fit: instantOf(Date.parse('2027-02-01T00:00:00Z')), size: null });
    const [state] = await store.query<{ at: string }>('select evaluate_at as at from tierlink.tier_state');
    expect(Date.parse(state!.at)).toBeLessThanOrEqual(Date.parse('2027-02-01T00:00:00Z'));
  });

  it('is in the evidence, which replays, and in the explanation', async () => {
    await pass('2026-11-23');
    const [row] = await store.query<{ evidence: Evidence; tier: string }>(
      'select evidence, to_tier as tier from tierlink.decision',
    );
    const { evidence, tier } = row!;
    expect(evidence).toMatchObject({
      track: 'enterprise',
      trackKept: { since: '2026-11-23', until: '2027-02-01' },
    });
    expect(evidence.partner).toEqual({});
    expect(recomputeDecision(evidence)).toBe(tier);
    const why = await explainTier(store, { program: fiscal, partnerId: 'A', now: at('2026-11-24') });
    expect(why.track).toEqual({ label: 'Enterprise', since: '2026-11-23', until: '2027-02-01' });
    const words = 'On the Enterprise track since 2026-11-23, kept until 2027-02-01.';
    expect(partnerPage(why, String)).toContainEqual({ text: words });
    const stream = recordingStream();
    const style = { color: false, plain: false, accessible: false, width: 400 };
    const screen = createScreen(stream, style, () => 'UTC');
    tierWhy.show(shownExplanation(why, { setByHand: [], page: null }), screen);
    expect(stream.text()).toContain(words);
  });

  it('is that of a past day for a past day, and of the coming days for a forecast', async () => {
    await pass('2026-11-23');
    await grow(50);
    await pass('2027-02-01');
    const now = at('2027-02-02');
    const earned = async (asOf: string) => {
      const request = { program: fiscal, asOf, now, heldAt: instantOf(now), feeds: [] };
      const [one] = await earnedTiers(store, request);
      return `${one!.evidence!.track} ${one!.evidence!.computedTier}`;
    };
    expect(await earned('2026-12-24')).toBe('enterprise silver');
    expect(await earned('2027-02-01')).toBe('smb gold');
  });

  it('ends in a forecast, after which the next one is kept', async () => {
    await pass('2026-11-23');
    await grow(50);
    await pass('2026-11-24');
    const { events } = await forecastTiers(store, { program: fiscal, now: at('2026-11-24'), days: 120 });
    expect(events.map(({ day, toTier }) => `${day} ${toTier}`)).toEqual(['2027-02-01 Gold']);
    expect(await standing()).toBe('silver by enterprise; enterprise 2026-11-23..2027-02-01');
  });

  it('that only a score differs by is given anew in a forecast, and kept in turn', async () => {
    const program = programOf({
      head: `tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: size, atLeast: 100 } }
  - { key: smb, label: SMB }
trackKeeping: 90 days`,
      kpis: `  size: { label: Size, help: x, unit: number, whenEmpty: zero, measure: { sum: fact.quantity, where: { attribute: kind, is: size }, window: { last: 6 months, by: occurredOn } } }
  deals: { label: Deals, help: x, unit: number, measure: { max: fact.quantity, where: { attribute: kind, is: deals } } }
  fit: { label: Fit, help: x, unit: points, score: { linear: { of: deals, full: { enterprise: 20, smb: 5 }, points: 100 } } }`,
      ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: fit, atLeast: 100 }] }`,
    });
    await store.query(`update tierlink.fact set occurred_on = '2026-10-15'`);
    await pass('2026-11-23', program);
    const { events } = await forecastTiers(store, { program, now: at('2026-11-24'), days: 200 });
    // 90 days and 90 days more, although the size is not there any more from April on.
    expect(events.map(({ day, toTier }) => `${day} ${toTier}`)).toEqual(['2027-05-22 Gold']);
  });

  it('stays in a simulation of other figures', async () => {
    await pass('2026-11-23');
    const changes = [{ name: 'size', value: '1' }];
    const found = await simulateTier(store, {
      program: fiscal,
      partnerId: 'A',
      changes,
      now: at('2026-11-24'),
    });
    expect(found!.after.evidence).toMatchObject({ track: 'enterprise', computedTier: 'silver' });
  });
});

describe('companies', () => {
  const company = async (parent: string | null) => {
    await insertRows(store, 'partner', [{ id: 'B', name: 'B', types: ['reseller'], parent }]);
    await insertRows(store, 'fact', [
      { id: 'size-b', partner: 'B', kind: 'size', quantity: 1 },
      { id: 'deals-b', partner: 'B', kind: 'deals', quantity: 1 },
    ]);
    await pass('2026-11-23');
  };
  const tracks = async () => {
    const now = at('2026-11-25');
    const request = { program: fiscal, asOf: '2026-11-25', now, heldAt: instantOf(now), feeds: [] };
    return (await earnedTiers(store, request)).map((one) => `${one.partnerId} ${one.evidence!.track}`);
  };

  it('of one company are each on their own track', async () => {
    await company('A');
    expect(await tracks()).toEqual(['A enterprise', 'B smb']);
  });

  it('that are merged leave the survivor on its own track', async () => {
    await company(null);
    await store.query(`update tierlink.fact set partner = 'B' where partner = 'A'`);
    await store.query(`update tierlink.partner set merged_into = 'B' where id = 'A'`);
    await markDirty(store, 'fact', ['B']);
    await markDirty(store, 'partner', ['A', 'B']);
    await pass('2026-11-25');
    expect(await tracks()).toEqual(['B smb']);
    expect(await hasKpiWork(store, { program: fiscal, now: at('2026-11-25') })).toBe(false);
  });
});

describe('a backtest', () => {
  it('gives tracks on its way and keeps them', async () => {
    await store.query(`update tierlink.partner set known_from = '2025-01-01', started_on = '2025-01-01'`);
    await store.query('delete from tierlink.fact');
    const dated = programOf({
      head: `tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: size, atLeast: 100 } }
  - { key: smb, label: SMB }
trackKeeping: 12 months`,
      kpis: ['size', 'deals']
        .map(
          (kpi) =>
            `  ${kpi}: { label: ${kpi}, help: x, unit: number, whenEmpty: zero, measure: { sum: fact.quantity, where: { attribute: kind, is: ${kpi} }, window: { last: 3 months, by: occurredOn } } }`,
        )
        .join('\n'),
      ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: deals, atLeast: { enterprise: 20, smb: 5 } }] }`,
    });
    const fact = { partner: 'A', known_from: '2025-01-01' };
    await insertRows(store, 'fact', [
      { ...fact, id: 's', kind: 'size', quantity: 200, occurred_on: '2026-02-15' },
      ...['2026-02-15', '2026-05-15', '2026-08-15'].map((day, index) => ({
        ...fact,
        id: `d${index}`,
        kind: 'deals',
        quantity: 10,
        occurred_on: day,
      })),
    ]);
    const found = await backtest(store, { program: dated, quarters: 3, now: at('2026-11-23') });
    const earned = found.map(({ asOf, ladders }) => {
      const tiers = ladders[0]!.tiers.filter((one) => one.earned > 0);
      return `${asOf} ${tiers.map(({ tier }) => tier).join()}`;
    });
    expect(earned).toEqual(['2026-04-01 silver', '2026-07-01 silver', '2026-10-01 silver']);
  });
});

describe('the check of a program', () => {
  const found = (head: string) =>
    parseProgram(
      `name: test
title: Test
version: '1'
validFrom: 2020-01-01
timeZone: UTC
currency: { code: USD }
partnerTypes: [{ key: reseller, label: Reseller }]
${head}
kpis:
  deals: { label: Deals, help: D., unit: number, measure: { sum: fact.quantity } }
  place: { label: Place, help: P., unit: number, rank: { of: deals, as: position }, better: lower }
`,
      'test.yaml',
    ).findings.map(({ line, column, reason }) => `${line}:${column} ${reason}`);

  it.each([
    ['trackKeeping: 12 months', '8:1 there are no tracks to keep; say which there are with "tracks"'],
    [
      `tracks:
  - { key: big, label: Big, when: { kpi: place, atMost: 3 } }
  - { key: small, label: Small }
trackKeeping: fiscalYear`,
      '9:29 "place" is a rank, and no track that is kept is given by one',
    ],
  ])('%s', (head, finding) => {
    expect(found(head)).toEqual([finding]);
  });

  it('names what a period may be', () => {
    expect(found('trackKeeping: yearly')).toEqual([
      '8:1 a track is kept to the end of a period such as fiscalYear, or for a time such as "12 months"',
    ]);
  });
});

describe('late figures', () => {
  const feed = async (day: string) => {
    await store.query('delete from tierlink.feed');
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('crm', 'Fact', 'fact', $1)`,
      [`${day}T08:00:00Z`],
    );
  };

  it('change no track: it stays after its day, costs no tier, and is given once they are complete', async () => {
    await feed('2026-11-23');
    await pass('2026-11-23');
    await grow(50);
    await pass('2027-02-01');
    expect(await standing()).toBe('silver by enterprise; enterprise 2026-11-23..2027-02-01');
    expect(await hasKpiWork(store, { program: fiscal, now: at('2027-02-01') })).toBe(false);
    const why = await explainTier(store, { program: fiscal, partnerId: 'A', now: at('2027-02-02') });
    expect(why.evidence).toMatchObject({ track: 'enterprise', ceilingTier: 'gold' });
    await feed('2027-02-03');
    expect(await hasKpiWork(store, { program: fiscal, now: at('2027-02-03') })).toBe(true);
    await pass('2027-02-03');
    expect(await standing()).toBe(
      'gold by smb; enterprise 2026-11-23..2027-02-01; smb 2027-02-03..2028-02-01',
    );
  });

  it('are those of the past for a past day: who waited then was on its track', async () => {
    await feed('2026-11-23');
    await pass('2026-11-23');
    await grow(50);
    await pass('2027-02-01');
    await feed('2027-02-03');
    await pass('2027-02-03');
    const request = {
      program: fiscal,
      now: at('2027-02-04'),
      heldAt: instantOf(at('2027-02-04')),
      feeds: [],
    };
    const tracks = ['2027-02-02', '2027-02-03'].map(async (asOf) => {
      const [one] = await earnedTiers(store, { ...request, asOf });
      return one!.evidence!.track;
    });
    expect(await Promise.all(tracks)).toEqual(['enterprise', 'smb']);
  });

  it('of the partner itself change no track either', async () => {
    const byChoice = programOf({
      head: `tracks:
  - { key: big, label: Big, when: { partner: { attribute: extra.plan, is: big } } }
  - { key: small, label: Small }
trackKeeping: year`,
      kpis: '  deals: { label: Deals, help: D., unit: number, measure: { max: fact.quantity, where: { attribute: kind, is: deals } } }',
      ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: deals, atLeast: { big: 20, small: 5 } }] }`,
    });
    const partners = async (day: string) => {
      await store.query('delete from tierlink.feed');
      await store.query(
        `insert into tierlink.feed (connection, object, entity, complete_to) values ('crm', 'Account', 'partner', $1)`,
        [`${day}T08:00:00Z`],
      );
    };
    const tier = async () =>
      (await store.query<{ tier: string }>('select tier from tierlink.tier_state')).map((row) => row.tier);
    await partners('2026-11-23');
    await store.query(`update tierlink.partner set extra = '{"plan":"big"}'`);
    await pass('2026-11-23', byChoice);
    await store.query(`update tierlink.partner set extra = '{"plan":"small"}'`);
    await markDirty(store, 'partner', ['A']);
    await pass('2026-12-31', byChoice);
    await pass('2027-01-01', byChoice);
    expect(await tier()).toEqual(['silver']);
    await partners('2027-01-02');
    await pass('2027-01-02', byChoice);
    expect(await tier()).toEqual(['gold']);
    const tracks = await store.query('select track, since, until from tierlink.partner_track order by since');
    expect(tracks).toEqual([
      { track: 'big', since: '2026-11-23', until: '2027-01-01' },
      { track: 'small', since: '2027-01-02', until: '2028-01-01' },
    ]);
  });

  it('give nobody its first track', async () => {
    await feed('2026-11-01');
    await pass('2026-11-23');
    expect(await standing()).toBe('silver by enterprise');
    await feed('2026-11-24');
    await pass('2026-11-24');
    expect(await standing()).toBe('silver by enterprise; enterprise 2026-11-24..2027-02-01');
  });
});

describe('another version of the rules', () => {
  it('that has the track no more gives another one at once', async () => {
    await pass('2026-11-23');
    await pass('2026-11-24', rules('fiscalYear', ['large', 'smb']));
    expect(await standing()).toBe(
      'silver by large; enterprise 2026-11-23..2027-02-01; large 2026-11-24..2027-02-01',
    );
  });

  it('that keeps none explains the track of today, also where only other ladders differ by it', async () => {
    const why = async (program: Program, ladder?: string) => {
      await pass('2026-11-23', program);
      const asked = { program, partnerId: 'A', ladder, now: at('2026-11-23') };
      const explained = await explainTier(store, asked);
      return { track: explained.track, page: partnerPage(explained, String) };
    };
    const words = { text: 'On the Enterprise track.' };
    const track = { label: 'Enterprise', since: null, until: null };
    expect(await why(rules(null))).toMatchObject({ track, page: expect.arrayContaining([words]) });
    const { ladders, ...rest } = rules(null);
    const plain = { ...ladders[0]!, key: 'plain', tiers: ladders[0]!.tiers.slice(0, 1), beside: true };
    expect(await why({ ...rest, ladders: [...ladders, plain] } as Program, 'plain')).toMatchObject({ track });
    const { fit: _fit, ...kpis } = rest.kpis;
    const even = { ...rest, kpis, ladders: [plain] } as unknown as Program;
    expect(await why(even, 'plain')).toMatchObject({ track: null });
  });

  it('that keeps none takes the track of today', async () => {
    await pass('2026-11-23');
    await grow(50);
    await pass('2026-11-24', rules(null));
    expect(await standing()).toBe('gold by smb; enterprise 2026-11-23..2027-02-01');
    await pass('2027-02-01', rules(null));
    expect(await hasKpiWork(store, { program: rules(null), now: at('2027-02-01') })).toBe(false);
  });
});
