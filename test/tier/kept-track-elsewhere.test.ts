import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Program } from '../../src/program/load.ts';
import { rememberVersion } from '../../src/program/versions.ts';
import { openStore } from '../../src/store/open-store.ts';
import type { Store } from '../../src/store/store.ts';
import { reviewClose } from '../../src/tier/look/adjustments.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { compareVersions } from '../../src/tier/look/compare-versions.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { closePeriod } from '../../src/tier/look/period-close.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { describeWith } from '../services/describe-with.ts';
import { postgresPrograms } from '../services/postgres.ts';
import { createTestDatabase } from '../services/shared-database.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { emptyStore, openEmbeddedTestStore } from '../services/test-store.ts';
import { at } from './pass.ts';

/** Gold takes 20 deals of an enterprise and 5 of a small partner; a track is kept to the end of January. */
function rules({
  keeping = 'trackKeeping: fiscalYear',
  smb = 5,
  heldBy = 'partner',
  fields = '',
  window = '',
} = {}): Program {
  return programOf({
    head: `fiscalYearStart: 2
tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: size, atLeast: 100 } }
  - { key: smb, label: SMB }
${keeping}`,
    kpis: `${['size', 'deals']
      .map(
        (kpi) =>
          `  ${kpi}: { label: ${kpi}, help: x, unit: number, ${fields} measure: { max: fact.quantity, where: { attribute: kind, is: ${kpi} }${window} } }`,
      )
      .join('\n')}
  fit: { label: Fit, help: x, unit: points, score: { linear: { of: deals, full: { enterprise: 20, smb: ${smb} }, points: 100 } } }`,
    ladders: `  - key: main
    label: Main
    heldBy: ${heldBy}
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: deals, atLeast: { enterprise: 20, smb: ${smb} } }, { kpi: fit, atLeast: 100 }] }`,
  });
}
const fiscal = rules();

async function insertPartner(store: Store, id: string, { size = 200, parent = null as string | null } = {}) {
  const known = { known_from: '2026-01-01' };
  await insertRows(store, 'partner', [
    { id, name: id, types: ['reseller'], started_on: '2026-01-01', parent, ...known },
  ]);
  await insertRows(store, 'fact', [
    { id: `size-${id}`, partner: id, kind: 'size', quantity: size, ...known },
    { id: `deals-${id}`, partner: id, kind: 'deals', quantity: 10, ...known },
  ]);
}

async function pass(store: Store, day: string, program = fiscal) {
  await recomputeKpis(store, { program, now: at(day) });
  return await evaluateTiers(store, { program, now: at(day) });
}

async function shrink(store: Store, id: string): Promise<void> {
  await store.query(`update tierlink.fact set quantity = 50 where id = $1`, [`size-${id}`]);
  await markDirty(store, 'fact', [id]);
}

const tracksIn = async (store: Store) => {
  const rows = await store.query<Record<string, string>>(
    'select partner_id, track, since, until from tierlink.partner_track order by partner_id collate "C", since',
  );
  return rows.map((row) => `${row.partner_id} ${row.track} ${row.since}..${row.until}`);
};
const tiersIn = async (store: Store) => {
  const rows = await store.query<Record<string, string>>(
    'select partner_id, tier from tierlink.tier_state where closed_at is null order by partner_id collate "C"',
  );
  return rows.map((row) => `${row.partner_id} ${row.tier}`);
};

describe('a kept track', () => {
  let store: Store;
  storeForEach((opened) => {
    store = opened;
  });

  it('is the one that versions of the rules are compared by, where they keep it', async () => {
    await insertPartner(store, 'A');
    await pass(store, '2026-11-23');
    await shrink(store, 'A');
    await pass(store, '2026-11-24');
    const moves = async (after: Program) => {
      const found = await compareVersions(store, { before: fiscal, after, now: at('2026-11-25') });
      return found.moves.map(({ move, before, after: then }) => `${move} ${before.tier} ${then.tier}`);
    };
    expect(await moves(rules({ smb: 9 }))).toEqual(['same Silver Silver']);
    expect(await moves(rules({ keeping: '' }))).toEqual(['up Silver Gold']);
  });

  it('is that of the last day of a closed period, also where the next one was given on the day after', async () => {
    await insertPartner(store, 'A');
    await rememberVersion(store, fiscal, '2026-01-01T00:00:00.000Z');
    await pass(store, '2026-11-23');
    await shrink(store, 'A');
    await pass(store, '2026-11-24');
    await pass(store, '2027-02-01');
    expect(await tracksIn(store)).toEqual([
      'A enterprise 2026-11-23..2027-02-01',
      'A smb 2027-02-01..2028-02-01',
    ]);
    const request = { program: fiscal, period: 'FY2027-Q4', author: 'finance', now: at('2027-02-10') };
    const { close, partners } = await closePeriod(store, request);
    const fit = (partners[0]!.figures.find(({ kpi }) => kpi === 'fit')!.numerator ?? '').split('.')[0];
    expect([fit, partners[0]!.evidence!.track, partners[0]!.evidence!.computedTier]).toEqual([
      '50',
      'enterprise',
      'silver',
    ]);
    const review = await reviewClose(store, { program: fiscal, close, now: at('2027-03-10') });
    expect(review).toMatchObject({ isIntact: true, adjustments: [], tiers: [] });
  });
});

describe('a kept track and a tier held by the company', () => {
  const held = rules({ heldBy: 'company', fields: 'rollUp: company,' });
  let store: Store;
  storeForEach(async (opened) => {
    store = opened;
    // The subsidiary alone would be on the other track.
    await insertPartner(store, 'Z');
    await insertPartner(store, 'A', { size: 1, parent: 'Z' });
    await rememberVersion(store, held, '2026-01-01T00:00:00.000Z');
    await pass(store, '2026-11-23', held);
    expect(await tiersIn(store)).toEqual(['A silver', 'Z silver']);
    await shrink(store, 'Z');
    await markDirty(store, 'fact', ['A']);
    await pass(store, '2026-11-24', held);
  });

  it('change for the company, and for its subsidiaries in the same pass', async () => {
    expect(await tiersIn(store)).toEqual(['A silver', 'Z silver']);
    await pass(store, '2027-02-01', held);
    expect(await tiersIn(store)).toEqual(['A gold', 'Z gold']);
    expect(await tracksIn(store)).toEqual([
      'A smb 2026-11-23..2027-02-01',
      'A smb 2027-02-01..2028-02-01',
      'Z enterprise 2026-11-23..2027-02-01',
      'Z smb 2027-02-01..2028-02-01',
    ]);
  });

  it('change together in a forecast', async () => {
    const { events } = await forecastTiers(store, { program: held, now: at('2026-11-25'), days: 100 });
    expect(events.map(({ partnerId, day, toTier }) => `${day} ${partnerId} ${toTier}`).sort()).toEqual([
      '2027-02-01 A Gold',
      '2027-02-01 Z Gold',
    ]);
  });

  it('are those of the company where versions are compared', async () => {
    const after = rules({ heldBy: 'company', fields: 'rollUp: company,', keeping: '' });
    const { moves } = await compareVersions(store, { before: held, after, now: at('2026-11-25') });
    expect(moves.map(({ partnerId, move }) => `${partnerId} ${move}`)).toEqual(['A up', 'Z up']);
  });

  it('are those of the company in a closed period', async () => {
    await pass(store, '2027-02-01', held);
    const request = { program: held, period: 'FY2027-Q4', author: 'finance', now: at('2027-02-10') };
    const { partners } = await closePeriod(store, request);
    expect(partners.map(({ evidence }) => evidence!.track)).toEqual(['enterprise', 'enterprise']);
  });

  it('are given in a backtest to the company, and kept', async () => {
    const dated = rules({
      heldBy: 'company',
      fields: 'rollUp: company, whenEmpty: zero,',
      window: ', window: { last: 3 months, by: occurredOn }',
    });
    await store.query('delete from tierlink.fact');
    const fact = { partner: 'Z', known_from: '2026-01-01' };
    await insertRows(store, 'fact', [
      { ...fact, id: 'size', kind: 'size', quantity: 200, occurred_on: '2026-05-15' },
      { ...fact, id: 'deals-1', kind: 'deals', quantity: 10, occurred_on: '2026-05-15' },
      { ...fact, id: 'deals-2', kind: 'deals', quantity: 10, occurred_on: '2026-08-15' },
    ]);
    const found = await backtest(store, { program: dated, quarters: 2, now: at('2026-11-23') });
    const tiers = found.map(({ asOf, ladders }) => {
      const own = ladders[0]!.tiers.filter(({ held: count }) => count > 0);
      return `${asOf} ${own.map(({ tier, held: count }) => `${tier} ${count}`).join()}`;
    });
    expect(tiers).toEqual(['2026-07-01 silver 2', '2026-10-01 silver 2']);
  });
});

describe('tracks in an embedded store', () => {
  let store: Store;
  beforeAll(async () => {
    store = await openEmbeddedTestStore();
  });
  afterAll(async () => await store.close());

  it('are kept and given anew on their days', async () => {
    await keepsTracks(store);
  });
});

describeWith(postgresPrograms)('tracks in PostgreSQL', () => {
  let database: Awaited<ReturnType<typeof createTestDatabase>>;
  let store: Store;
  let other: Store;
  beforeAll(async () => {
    database = await createTestDatabase();
    const options = { dataFolder: '', databaseUrl: database.url };
    [store, other] = await Promise.all([openStore(options), openStore(options)]);
  });
  afterAll(async () => {
    await Promise.all([store.close(), other.close()]);
    await database.drop();
  });
  beforeEach(async () => {
    await emptyStore(store);
  });

  it('are kept and given anew on their days', async () => {
    await keepsTracks(store);
  });

  it('are given once by two processes that compute at the same time', async () => {
    const ids = ['A', 'B', 'C', 'D', 'E', 'F'];
    for (const id of ids) await insertPartner(store, id);
    const compute = async (day: string) =>
      await Promise.all(
        [store, other].map(
          async (one) => await recomputeKpis(one, { program: fiscal, now: at(day), pageSize: 2 }),
        ),
      );
    await compute('2026-11-23');
    for (const id of ids) await shrink(store, id);
    await compute('2027-02-01');
    expect(await tracksIn(store)).toEqual(
      ids.flatMap((id) => [`${id} enterprise 2026-11-23..2027-02-01`, `${id} smb 2027-02-01..2028-02-01`]),
    );
  });
});

async function keepsTracks(store: Store): Promise<void> {
  await insertPartner(store, 'A');
  await insertPartner(store, 'B', { size: 50 });
  await pass(store, '2026-11-23');
  await shrink(store, 'A');
  await pass(store, '2027-01-31');
  expect(await tiersIn(store)).toEqual(['A silver', 'B gold']);
  await pass(store, '2027-02-01');
  expect(await tiersIn(store)).toEqual(['A gold', 'B gold']);
  expect(await tracksIn(store)).toEqual([
    'A enterprise 2026-11-23..2027-02-01',
    'A smb 2027-02-01..2028-02-01',
    'B smb 2026-11-23..2027-02-01',
    'B smb 2027-02-01..2028-02-01',
  ]);
}
