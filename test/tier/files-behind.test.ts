import { describe, expect, it } from '@jest/globals';
import { readKpis } from '../../src/kpi/read.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { reasonOrNull } from '../../src/kpi/state-reason.ts';
import type { StateReason } from '../../src/kpi/types.ts';
import { filesAlias } from '../../src/model/record-id.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { type ImportOptions, type ImportReport, importFile } from '../../src/sync/import/import.ts';
import { forecastTiers } from '../../src/tier/look/forecast.ts';
import { closePeriod } from '../../src/tier/look/period-close.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import type { Evidence } from '../../src/tier/types.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';
import { storeForEach } from '../services/store-for-each.ts';
import { at, tiers } from './pass.ts';

let store: Store;
storeForEach(async (opened) => {
  store = opened;
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind', types: ['reseller'], started_on: '2020-01-01' },
  ]);
});

/** Gold for the usage of the last full month, lost at once. */
function programWith(head: string, { own = '', where = '{ attribute: kind, is: Usage }' } = {}): Program {
  return programOf({
    head,
    kpis: `  usage:
    label: Usage
    help: Usage.
    unit: number
    ${own}
    measure: { sum: fact.quantity, where: ${where}, window: { lastFull: 1 month, by: occurredOn } }`,
    ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze }
      - { key: gold, label: Gold, requirements: [{ kpi: usage, atLeast: 100 }] }
    movement: { demote: immediately }`,
  });
}
const limited = programWith('freshness: { fact: 20 days }');

async function bringIn(
  day: string,
  rows: readonly string[],
  how: Pick<Partial<ImportOptions>, 'completeTo' | 'skipInvalid' | 'remove' | 'factKinds'> = {},
): Promise<ImportReport> {
  return await importFile('facts', ['partner,kind,occurred_on,quantity', ...rows].join('\n'), {
    store,
    clock: { now: () => at(day) },
    context: { timeZone: 'UTC', currency: 'EUR' },
    author: 'kim',
    file: 'usage.csv',
    ...how,
  });
}

async function pass(program: Program, day: string): Promise<string[]> {
  await recomputeKpis(store, { program, now: at(day) });
  await evaluateTiers(store, { program, now: at(day) });
  return await tiers(store);
}

const reasonHeld = async () =>
  reasonOrNull(
    (
      await store.query<{ reason: StateReason | null }>(
        'select frozen_reason as reason from tierlink.tier_state',
      )
    )[0]!.reason,
  );

const october = 'Northwind,usage,2026-10-31,150';

describe('a file that is not imported yet', () => {
  it('of certificates costs and holds nothing by the limit that is written for the CRM', async () => {
    const program = programOf({
      head: 'freshness: { certification: 7 days }',
      kpis: `  certified:
    label: Certified
    help: x
    unit: people
    measure: { distinct: certification.person, window: { validFrom: issuedOn, validThrough: expiresOn } }`,
      ladders: `  - key: main
    label: Main
    tiers: [{ key: bronze, label: Bronze }, { key: gold, label: Gold, requirements: [{ kpi: certified, atLeast: 1 }] }]
    movement: { demote: immediately }`,
    });
    const rows = 'email,partner,code,issued_on,expires_on\nkim@x.example,Northwind,PRO,2026-01-01,2026-11-10';
    await importFile('certifications', rows, {
      store,
      clock: { now: () => at('2026-10-01') },
      context: { timeZone: 'UTC', currency: 'EUR' },
      author: 'kim',
      file: 'certificates.csv',
    });
    expect(await pass(program, '2026-10-02')).toEqual(['A main gold keeps']);
    expect(await pass(program, '2026-11-20')).toEqual(['A main bronze keeps']);
    expect(await reasonHeld()).toBeNull();
  });

  it('costs nobody a tier once the program says how late it may be, and says so', async () => {
    await bringIn('2026-11-05', [october]);
    expect(await pass(limited, '2026-11-05')).toEqual(['A main gold keeps']);
    expect(await pass(limited, '2026-12-01')).toEqual(['A main gold keeps']);
    expect(await reasonHeld()).toBe(
      'Usage: what files hold of facts of kind usage is complete only to 2026-10-31, and may be 20 days behind at most; import the next file',
    );
    await bringIn('2026-12-03', ['Northwind,usage,2026-11-30,10']);
    expect(await pass(limited, '2026-12-03')).toEqual(['A main bronze keeps']);
  });

  it('is no fall in a forecast', async () => {
    await bringIn('2026-11-05', [october]);
    await pass(limited, '2026-11-05');
    await pass(limited, '2026-11-30');
    const { events } = await forecastTiers(store, { program: limited, now: at('2026-11-30'), days: 10 });
    expect(events.filter(({ movement }) => movement === 'demote')).toEqual([]);
  });

  it('holds by the limit of the KPI as well', async () => {
    const program = programWith('', { own: 'freshness: 20 days' });
    await bringIn('2026-11-05', [october]);
    await pass(program, '2026-11-05');
    expect(await pass(program, '2026-12-01')).toEqual(['A main gold keeps']);
  });

  it('holds by the limit of its own kind, which may be a longer or a shorter one', async () => {
    await bringIn('2026-11-05', [october]);
    const seats = programWith('freshness: { fact: 20 days, factKinds: { USAGE: 400 days } }');
    await pass(seats, '2026-11-05');
    expect(await pass(seats, '2026-12-01')).toEqual(['A main bronze keeps']);
    await bringIn('2026-12-02', ['Northwind,usage,2026-11-30,150']);
    const usage = programWith('freshness: { factKinds: { usage: 10 days } }');
    expect(await pass(usage, '2026-12-03')).toEqual(['A main gold keeps']);
    expect(await pass(usage, '2027-01-20')).toEqual(['A main gold keeps']);
    expect(await reasonHeld()).toContain('may be 10 days behind at most');
  });

  it('has no limit where the program writes none for facts, whatever its default', async () => {
    const program = programWith('freshness: { default: 3 days }');
    await bringIn('2026-11-05', [october]);
    await pass(program, '2026-11-05');
    expect(await pass(program, '2026-12-01')).toEqual(['A main bronze keeps']);
  });

  it('of another kind holds nothing; where the figure may read any kind, it does', async () => {
    await bringIn('2026-11-05', [october]);
    expect(await pass(limited, '2026-11-05')).toEqual(['A main gold keeps']);
    await bringIn('2026-12-01', ['Northwind,Usage,2026-11-30,10', 'Northwind,visits,2026-09-30,5']);
    expect(await pass(limited, '2026-12-01')).toEqual(['A main bronze keeps']);
    const any = programWith('freshness: { fact: 20 days }', {
      where: '{ attribute: quantity, moreThan: 0 }',
    });
    await pass(any, '2026-12-01');
    const [value] = await readKpis(store, { program: any, partners: ['A'], now: at('2026-12-01') });
    expect(reasonOrNull(value!.stateReason)).toMatch(
      /^what files hold of facts of kind visits is complete only to 2026-09-30/,
    );
  });

  it('leaves requirements of other kinds certain, also one that wants nothing on file', async () => {
    const program = programOf({
      head: 'freshness: { fact: 20 days }',
      kpis: '  visits: { label: Visits, help: x, unit: count, measure: { count: fact } }',
      ladders: `  - key: main
    label: Main
    tiers:
      - { key: bronze, label: Bronze, requirements: { not: { fact: complaint } } }
      - { key: gold, label: Gold, requirements: [{ fact: business plan }, { fact: review }] }
    movement: { demote: immediately }`,
    });
    await bringIn('2026-10-01', ['Northwind,Business plan,2026-10-01,', 'Northwind,review,2026-10-01,']);
    expect(await pass(program, '2026-10-01')).toEqual(['A main gold keeps']);
    await bringIn('2026-11-05', ['Northwind,review,2026-11-05,']);
    await pass(program, '2026-11-05');
    const asked = async (tier: number) => {
      const [decided] = await store.query<{ evidence: Evidence }>(
        'select evidence from tierlink.decision order by effective_on desc, decided_at desc limit 1',
      );
      return decided!.evidence.tiers[tier]!.requirements.map(({ id, isCertain, reason }) => ({
        id,
        isCertain,
        reason,
      }));
    };
    await store.query("update tierlink.fact set expires_on = '2026-11-04' where lower(kind) = 'review'");
    await markDirty(store, 'fact', ['A']);
    expect(await pass(program, '2026-11-06')).toEqual(['A main bronze keeps']);
    expect(await asked(0)).toEqual([{ id: 'complaint', isCertain: true, reason: null }]);
    expect(await asked(1)).toMatchObject([
      {
        isCertain: false,
        reason: expect.stringMatching(/^what files hold of facts of kind business plan is complete only/i),
      },
      { isCertain: true, reason: null },
    ]);
  });

  it('holds nothing once a file of a wrong kind was taken back', async () => {
    const any = programWith('freshness: { fact: 20 days }', {
      where: '{ attribute: quantity, moreThan: 0 }',
    });
    await bringIn('2026-11-20', [october, 'Northwind,usage,2026-11-20,1']);
    const wrong = ['Northwind,usgae,2026-10-31,150'];
    await bringIn('2026-11-20', wrong);
    await pass(any, '2026-11-25');
    const stateOf = async () =>
      reasonOrNull(
        (await readKpis(store, { program: any, partners: ['A'], now: at('2026-11-25') }))[0]!.stateReason,
      );
    expect(await stateOf()).toContain('facts of kind usgae is complete only to 2026-10-31');
    await bringIn('2026-11-25', wrong, { remove: true });
    await pass(any, '2026-11-25');
    expect(await stateOf()).toBeNull();
  });

  it('lets no period be closed that it belongs to', async () => {
    await bringIn('2026-12-01', ['Northwind,usage,2026-11-29,10']);
    const request = { program: limited, period: '2026-11', now: at('2026-12-02'), author: 'kim' };
    await expect(closePeriod(store, request)).rejects.toMatchObject({
      message: expect.stringContaining('facts of kind usage is complete only to 2026-11-29'),
    });
    await bringIn('2026-12-02', ['Northwind,usage,2026-11-29,10'], { completeTo: '2026-11-30' });
    expect((await closePeriod(store, request)).incomplete).toEqual([]);
  });
});

describe('up to which day a file is complete', () => {
  const noted = async () =>
    (
      await store.query<{ object: string; day: string | null }>(
        `select object, (complete_to at time zone 'UTC')::date as day from tierlink.feed order by object`,
      )
    ).map(({ object, day }) => `${object} ${day}`);

  it('is by kind the newest day in it that is not ahead, and never goes back by itself', async () => {
    const { feeds } = await bringIn('2026-11-05', [
      october,
      'Northwind,Usage,2026-12-31,1',
      'Northwind,visits,2026-10-15,1',
    ]);
    expect(feeds).toEqual([
      { object: 'facts of kind usage', completeTo: '2026-10-31', lacksRows: false, isNamed: null },
      { object: 'facts of kind visits', completeTo: '2026-10-15', lacksRows: false, isNamed: null },
    ]);
    await bringIn('2026-11-06', ['Northwind,usage,2026-09-30,90']);
    expect(await noted()).toEqual(['facts of kind usage 2026-10-31', 'facts of kind visits 2026-10-15']);
  });

  it('is what who imports it says, also where that is earlier', async () => {
    await bringIn('2026-11-05', [october], { completeTo: '2026-11-04' });
    expect(await noted()).toEqual(['facts of kind usage 2026-11-04']);
    await bringIn('2026-11-05', [october], { completeTo: '2026-10-30' });
    expect(await noted()).toEqual(['facts of kind usage 2026-10-30']);
    await bringIn('2026-12-02', [], { completeTo: '2026-11-30' });
    expect(await noted()).toEqual(['facts of kind usage 2026-11-30']);
  });

  it('stays where it was when rows were left out; a first file of that sort leaves no figure', async () => {
    const rows = [october, 'Nobody,usage,2026-10-31,1'];
    await bringIn('2026-11-05', rows, { skipInvalid: true });
    expect(await noted()).toEqual(['facts of kind usage null']);
    await recomputeKpis(store, { program: limited, now: at('2026-11-05') });
    const [value] = await readKpis(store, { program: limited, partners: ['A'], now: at('2026-11-05') });
    expect(value).toMatchObject({
      state: 'not_calculated',
      stateReason: { code: 'unread', connection: filesAlias, object: 'facts of kind usage' },
    });
    await bringIn('2026-11-06', [october], { completeTo: '2026-10-31' });
    await bringIn('2026-12-02', ['Northwind,usage,2026-11-30,1', 'Nobody,usage,2026-11-30,1'], {
      skipInvalid: true,
    });
    expect(await noted()).toEqual(['facts of kind usage 2026-10-31']);
  });

  it('is not moved on by a day that was given for a file of which rows were left out', async () => {
    await bringIn('2026-11-05', [october]);
    const rows = ['Northwind,usage,2026-11-30,1', 'Nobody,usage,2026-11-30,1'];
    const how = { skipInvalid: true, completeTo: '2026-11-30' };
    expect((await bringIn('2026-12-02', rows, how)).feeds).toEqual([
      { object: 'facts of kind usage', completeTo: '2026-10-31', lacksRows: true, isNamed: null },
    ]);
    expect(await noted()).toEqual(['facts of kind usage 2026-10-31']);
  });

  it('is not moved on by a whole file after one that lacks rows, until somebody says that all are here', async () => {
    const of = (month: string) => `Northwind,usage,2026-${month},1`;
    await bringIn('2026-11-01', [october]);
    await bringIn('2026-12-02', [of('11-30'), 'Nobody,usage,2026-11-29,1'], { skipInvalid: true });
    const later = await bringIn('2027-01-02', [of('12-31')]);
    expect(later.feeds).toEqual([
      { object: 'facts of kind usage', completeTo: '2026-10-31', lacksRows: true, isNamed: null },
    ]);
    await bringIn('2027-01-02', ['Northwind,usage,2026-11-29,1'], { completeTo: '2026-12-31' });
    expect(await noted()).toEqual(['facts of kind usage 2026-12-31']);
    await bringIn('2027-02-02', ['Northwind,usage,2027-01-31,1']);
    expect(await noted()).toEqual(['facts of kind usage 2027-01-31']);
  });

  it('is moved on for the kinds of a file of which no row was left out, unless one may be misspelt', async () => {
    const rows = [october, 'Northwind,visits,2026-10-31,1', 'Nobody,usage,2026-10-31,1'];
    await bringIn('2026-11-05', rows, { skipInvalid: true });
    expect(await noted()).toEqual(['facts of kind usage null', 'facts of kind visits 2026-10-31']);
    const more = ['Northwind,visits,2026-11-30,1', 'Nobody,vists,2026-11-30,1'];
    await bringIn('2026-12-05', more, { skipInvalid: true });
    expect(await noted()).toEqual(['facts of kind usage null', 'facts of kind visits 2026-10-31']);
  });

  it('of a file without a sound row says nothing of the kinds that are not in it', async () => {
    await bringIn('2026-11-05', [october, 'Northwind,visits,2026-10-31,1']);
    const how = { skipInvalid: true, completeTo: '2026-11-30' };
    await bringIn('2026-12-02', ['Nobody,usage,2026-11-30,1'], how);
    expect(await noted()).toEqual(['facts of kind usage 2026-10-31', 'facts of kind visits 2026-10-31']);
  });

  it('is open for a kind of which every row was left out, so that its figures are not taken for zero', async () => {
    const rows = ['Northwind,visits,2026-10-31,1', 'Nobody,Usage,2026-10-31,150'];
    const { feeds } = await bringIn('2026-11-05', rows, { skipInvalid: true, factKinds: ['USAGE'] });
    expect(feeds).toEqual([
      { object: 'facts of kind usage', completeTo: null, lacksRows: true, isNamed: true },
      { object: 'facts of kind visits', completeTo: '2026-10-31', lacksRows: false, isNamed: false },
    ]);
    await recomputeKpis(store, { program: limited, now: at('2026-11-05') });
    const [value] = await readKpis(store, { program: limited, partners: ['A'], now: at('2026-11-05') });
    expect(value).toMatchObject({ state: 'not_calculated' });
  });

  it('is told of a kind that files have brought before, also when every row of it was left out now', async () => {
    await bringIn('2026-11-05', [october]);
    const rows = ['Northwind,visits,2026-11-30,1', 'Nobody,Usage,2026-11-30,150'];
    const { feeds } = await bringIn('2026-12-02', rows, { skipInvalid: true });
    expect(feeds).toEqual([
      { object: 'facts of kind usage', completeTo: '2026-10-31', lacksRows: true, isNamed: null },
      { object: 'facts of kind visits', completeTo: '2026-11-30', lacksRows: false, isNamed: null },
    ]);
  });

  it('is not opened by a kind that nobody knows in rows that were left out, such as a misspelt one', async () => {
    const any = programWith('freshness: { fact: 20 days }', {
      where: '{ attribute: quantity, moreThan: 0 }',
    });
    await bringIn('2026-11-05', [october]);
    const rows = ['Northwind,usage,2026-10-31,160', 'Nobody,usgae,2026-10-31,150'];
    await bringIn('2026-11-05', rows, { skipInvalid: true, factKinds: ['usage'] });
    expect(await noted()).toEqual(['facts of kind usage 2026-10-31']);
    await recomputeKpis(store, { program: any, now: at('2026-11-05') });
    const [value] = await readKpis(store, { program: any, partners: ['A'], now: at('2026-11-05') });
    expect(value).toMatchObject({ state: 'current', numerator: '160' });
  });

  it('is not opened by a row with too few cells, whose kind may be the word of another column', async () => {
    const { feeds } = await bringIn('2026-11-05', [october, 'Northwind,2026-10-31,150'], {
      skipInvalid: true,
    });
    expect(feeds).toEqual([
      { object: 'facts of kind usage', completeTo: null, lacksRows: true, isNamed: null },
    ]);
  });
});
