import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import { rememberVersion } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { guardSentences } from '../../src/tier/explain/guard-words.ts';
import { type ChangeGuard, guardChange } from '../../src/tier/look/change-guard.ts';
import { createOverride } from '../../src/tier/overrides.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';
import { at, certify, insertPartners, pass, passBy, program, tiers } from './pass.ts';

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

/** The sample program as another version of it, with some of its text replaced. */
function version(number: string, validFrom: string, ...edits: [from: string, to: string][]): Program {
  return versionOf(program, { number, validFrom }, ...edits);
}

function versionOf(
  { source }: Program,
  { number, validFrom }: { number: string; validFrom: string },
  ...edits: [from: string, to: string][]
): Program {
  let text = source
    .replace("version: '1'", `version: '${number}'`)
    .replace('validFrom: 2020-01-01', `validFrom: ${validFrom}`);
  for (const [from, to] of edits) {
    if (!text.includes(from)) throw new Error(`not in the program: ${from}`);
    text = text.replace(from, to);
  }
  const result = parseProgram(text, 'new.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.findings));
  return result.program;
}

const guard = async (file: Program, day: string) => await guardChange(store, { program: file, now: at(day) });
const longGrace: [string, string] = ['rampDays: 90,', 'rampDays: 90, grace: { reviews: 3 },'];

describe('the change guard', () => {
  it('counts the changes of the rules in 90 days, and not the first version', async () => {
    await rememberVersion(store, version('1', '2025-01-01'), '2025-01-01T00:00:00.000Z');
    await rememberVersion(store, version('2', '2026-02-01'), '2026-01-20T00:00:00.000Z');
    await rememberVersion(store, version('3', '2026-03-01'), '2026-03-05T00:00:00.000Z');
    const found = await guard(version('4', '2026-04-01'), '2026-03-10');
    expect(found?.changes).toEqual([
      { version: '2', inUseOn: '2026-02-01' },
      { version: '3', inUseOn: '2026-03-05' },
      { version: '4', inUseOn: '2026-04-01' },
    ]);
    expect(
      (await guard(version('4', '2026-05-15'), '2026-03-10'))?.changes.map((one) => one.version),
    ).toEqual(['3', '4']);
  });

  it('follows a tier on the best of several tracks by what its figures are made of there', async () => {
    const measured = (kpi: string) =>
      `  ${kpi}: { label: ${kpi}, help: x, unit: number, measure: { max: fact.quantity, where: { attribute: kind, is: ${kpi} } } }`;
    const base = programOf({
      head: `tracks:
  - { key: enterprise, label: Enterprise, when: { kpi: size, atLeast: 100 } }
  - { key: smb, label: SMB }`,
      kpis: `${['size', 'sales'].map(measured).join('\n')}
  total: { label: Total, help: x, unit: points, score: { linear: { of: sales, full: 10, points: { enterprise: 90, smb: 50 } } } }`,
      ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, onBestTrack: true, requirements: { kpi: total, atLeast: { enterprise: 85, smb: 40 } } }
    movement: { review: quarter, grace: { reviews: 1 } }`,
    });
    const fact = { partner: 'A', occurred_on: '2026-01-01' };
    await insertRows(store, 'fact', [
      { ...fact, id: 'f1', kind: 'size', quantity: 100 },
      { ...fact, id: 'f2', kind: 'sales', quantity: 9 },
    ]);
    await passBy(store, base, '2026-03-05');
    await rememberVersion(store, base, '2026-03-05T00:00:00.000Z');
    // 81 points as Enterprise, which it is, and 45 as SMB.
    expect(await tiers(store)).toContain('A main gold keeps');
    const lostBy = async (least: number) => {
      const asked: [string, string] = ['smb: 40 }', `smb: ${least} }`];
      const sooner: [string, string] = ['reviews: 1', 'reviews: 0'];
      const next = versionOf(base, { number: '2', validFrom: '2026-04-01' }, asked, sooner);
      return (await guard(next, '2026-03-10'))!.noticeLost;
    };
    expect(await lostBy(45)).toEqual([]);
    expect(await lostBy(46)).toMatchObject([{ partnerId: 'A', tier: 'Gold', before: null, isWarned: false }]);
  });

  it.each([
    [{ reviews: 3 }, { reviews: 1 }, '2029-01-01', '2027-01-01', { before: 1006, after: 275 }],
    [{ reviews: 4 }, { reviews: 3 }, '2030-01-01', '2029-01-01', { before: 1371, after: 1006 }],
    [{ days: 1200 }, { days: 1000 }, '2030-01-01', '2029-01-01', { before: 1371, after: 1006 }],
  ])(
    'looks as far ahead as rules put off a loss: grace %j before and %j after, with a review a year',
    async (given, changed, before, after, notice) => {
      await pass(store, '2026-03-01');
      const yearly = (grace: object): [string, string] => [
        'rampDays: 90,',
        `rampDays: 90, review: year, grace: ${JSON.stringify(grace)},`,
      ];
      const harder: [string, string] = ['atLeast: 1000 ', 'atLeast: 2000 '];
      const inForce = version('2', '2026-03-05', harder, yearly(given));
      await passBy(store, inForce, '2026-03-05');
      await rememberVersion(store, inForce, '2026-03-05T00:00:00.000Z');
      const found = await guard(version('3', '2026-04-01', harder, yearly(changed)), '2026-03-10');
      expect(found?.noticeLost).toEqual([
        { partnerId: 'B', name: 'Contoso', tier: 'Silver', before, after, isWarned: true, notice },
      ]);
    },
  );

  it('names the ladders that get other reviews, and the first one', async () => {
    await pass(store, '2026-03-01');
    const under = async (validFrom: string, review: string, head = '') =>
      await guard(
        version(
          '2',
          validFrom,
          ['rampDays: 90,', `rampDays: 90, review: ${review},`],
          ['timeZone: UTC', `timeZone: UTC${head}`],
        ),
        '2026-03-10',
      );
    const monthly = await under('2026-04-01', 'month');
    expect(monthly?.otherReviews).toEqual([{ ladder: 'Main', first: '2026-05-01' }]);
    expect(guardSentences(monthly!)).toEqual([
      'Main has other reviews: the first one is held on 2026-05-01, or on the day that was known before where that is sooner; who was warned keeps the tier until the day that it was told.',
    ]);
    const own = await under('2026-04-01', '{ every: year, onAnniversaryOf: startedOn }');
    expect(own?.otherReviews).toEqual([{ ladder: 'Main', first: null }]);
    // The same days, in other words or with another lag.
    for (const same of ['quarter', '{ every: quarter, day: 1 }', '{ every: quarter, inForceAfter: 1 month }'])
      expect((await under('2026-04-01', same, '\nfiscalYearStart: 4'))?.otherReviews).toEqual([]);
    const fiscal = await under('2026-04-01', 'fiscalYear', '\nfiscalYearStart: 4');
    expect(fiscal?.otherReviews).toEqual([{ ladder: 'Main', first: '2027-04-01' }]);
  });

  it('looks past the days for which a new tier is kept', async () => {
    const lock: [string, string] = ['rampDays: 90,', 'rampDays: 90, lock: { for: 3 years },'];
    const kept = version('1', '2020-01-01', lock);
    await passBy(store, kept, '2026-03-01');
    const sooner = version('2', '2026-04-01', ['atLeast: 1000 ', 'atLeast: 2000 '], lock, [
      'lock: { for: 3 years },',
      'lock: { for: 3 years }, grace: { reviews: 0 },',
    ]);
    expect((await guard(sooner, '2026-03-10'))?.noticeLost).toMatchObject([
      { partnerId: 'B', before: null, after: '2029-04-01', isWarned: false },
    ]);
  });

  it('says nothing while no version is in use', async () => {
    expect(await guard(program, '2026-03-10')).toBeNull();
  });

  it('names who would lose its tier without the warning that the rules in force give', async () => {
    await pass(store, '2026-03-01');
    const harder = version(
      '2',
      '2026-04-01',
      ['atLeast: 1000 ', 'atLeast: 2000 '],
      ['rampDays: 90,', 'grace: { reviews: 0 },'],
    );
    expect((await guard(harder, '2026-03-10'))?.noticeLost).toEqual([
      {
        partnerId: 'B',
        name: 'Contoso',
        tier: 'Silver',
        before: null,
        after: '2026-04-01',
        isWarned: false,
        notice: { before: 91, after: 0 },
      },
    ]);
  });

  it('does not name who loses the tier on the same day by the rules in force, with no more warning', async () => {
    const atOnce: [string, string] = ['afterOverride: at_review', 'afterOverride: immediately'];
    const now = version('1', '2020-01-01', atOnce);
    await passBy(store, now, '2026-03-01');
    const override = { tier: 'gold', reason: 'agreed', author: 'me', until: '2026-04-15' };
    await createOverride(store, { program: now, partnerId: 'B', now: at('2026-03-02'), ...override });
    await passBy(store, now, '2026-03-02');
    const renamed = version('2', '2026-04-01', atOnce, ['label: Services', 'label: Service partners']);
    expect((await guard(renamed, '2026-03-10'))?.noticeLost).toEqual([]);
  });

  it('knows the facts on file that only the new rules ask for', async () => {
    await pass(store, '2026-03-01');
    const asking = version(
      '2',
      '2026-04-01',
      ['{ kpi: revenue, atLeast: 1000 }', '{ kpi: revenue, atLeast: 1000 }, { fact: plan }'],
      ['rampDays: 90,', 'grace: { reviews: 0 },'],
    );
    const lose = async () =>
      (await guard(asking, '2026-03-10'))?.noticeLost.map(({ partnerId }) => partnerId);
    expect(await lose()).toEqual(['A', 'B']);
    await insertRows(store, 'fact', [{ id: 'f', partner: 'B', kind: 'plan', occurred_on: '2026-01-01' }]);
    expect(await lose()).toEqual(['A']);
  });

  const rolledUp: [string, string] = [
    'label: Sourced revenue',
    'label: Sourced revenue\n    rollUp: company',
  ];
  const rolledUpPeople: [string, string] = [
    'label: Certified people',
    'label: Certified people\n    rollUp: company',
  ];
  const byCompany: [string, string] = [
    'partnerTypes: [reseller]\n',
    'partnerTypes: [reseller]\n    heldBy: company\n',
  ];
  const noGrace: [string, string] = ['rampDays: 90,', 'grace: { reviews: 0 },'];

  it('knows of the company whose tier partners have by the new rules alone', async () => {
    await insertRows(store, 'partner', [
      { id: 'P', name: 'Parent', types: ['reseller'], started_on: '2020-01-01' },
    ]);
    await store.query(`update tierlink.partner set parent = 'P' where id = 'B'`);
    await insertRows(store, 'fact', [{ id: 'f', partner: 'B', kind: 'plan', occurred_on: '2026-01-01' }]);
    await pass(store, '2026-03-01');
    const held = version('2', '2026-04-01', rolledUp, rolledUpPeople, byCompany, noGrace, [
      '{ kpi: revenue, atLeast: 1000 }',
      '{ kpi: revenue, atLeast: 1000 }, { fact: plan }',
    ]);
    const lost = (await guard(held, '2026-03-10'))!.noticeLost;
    expect(lost.map(({ partnerId, after }) => `${partnerId} ${after}`)).toEqual([
      'A 2026-04-01',
      'B 2026-04-01',
    ]);
  });

  it('sees at subsidiaries what becomes of the company', async () => {
    const family = version('1', '2020-06-01', rolledUp, rolledUpPeople, byCompany);
    await insertRows(store, 'partner', [{ id: 'C', name: 'Subsidiary', types: ['reseller'], parent: 'B' }]);
    await rememberVersion(store, family, '2026-01-01T00:00:00.000Z');
    await recomputeKpis(store, { program: family, now: at('2026-03-01') });
    await evaluateTiers(store, { program: family, now: at('2026-03-01') });
    const harder = version('2', '2026-04-01', rolledUp, rolledUpPeople, byCompany, noGrace, [
      'atLeast: 1000 ',
      'atLeast: 2000 ',
    ]);
    const lost = (await guard(harder, '2026-03-10'))!.noticeLost;
    expect(lost.map(({ partnerId, tier, after }) => `${partnerId} ${tier} ${after}`)).toEqual([
      'B Silver 2026-04-01',
      'C Silver 2026-04-01',
    ]);
  });

  it('knows what was held before, which only the new rules look back on', async () => {
    const head = `specialisations:
  - { key: expert, label: Expert, requirements: { kpi: certified, atLeast: 1 }, movement: { demote: immediately } }
kpis:`;
    const old = version('1', '2020-06-01', ['kpis:', head]);
    await certify(store, '2025-10-10');
    await rememberVersion(store, old, '2025-01-01T00:00:00.000Z');
    for (const day of ['2025-10-01', '2025-10-11', '2026-03-01']) {
      await recomputeKpis(store, { program: old, now: at(day) });
      await evaluateTiers(store, { program: old, now: at(day) });
    }
    const asking = (months: number) =>
      version('2', '2026-04-01', ['kpis:', head], noGrace, [
        '{ kpi: revenue, atLeast: 1000 }',
        `{ kpi: revenue, atLeast: 1000 }, { holds: { ladder: expert, withinMonths: ${months} } }`,
      ]);
    const lose = async (months: number) =>
      (await guard(asking(months), '2026-03-10'))!.noticeLost.map((one) => `${one.partnerId} ${one.after}`);
    expect(await lose(7)).toEqual(['A 2026-07-01', 'B 2026-04-01']);
    expect(await lose(6)).toEqual(['A 2026-04-01', 'B 2026-04-01']);
  });

  it('leaves out who is warned as before', async () => {
    await pass(store, '2026-03-01');
    const harder = version('2', '2026-04-01', ['atLeast: 1000 ', 'atLeast: 2000 ']);
    expect((await guard(harder, '2026-03-10'))?.noticeLost).toEqual([]);
  });

  it('names who would have kept its tier, and has less notice than the rules in force give', async () => {
    const old = version('1', '2020-06-01', longGrace);
    await rememberVersion(store, old, '2026-01-01T00:00:00.000Z');
    await pass(store, '2026-03-01');
    const harder = (...edits: [from: string, to: string][]) =>
      version('2', '2026-04-01', ['atLeast: 1000 ', 'atLeast: 2000 '], ...edits);
    expect((await guard(harder(), '2026-03-10'))?.noticeLost).toMatchObject([
      {
        partnerId: 'B',
        before: null,
        after: '2026-07-01',
        isWarned: true,
        notice: { before: 275, after: 91 },
      },
    ]);
    expect((await guard(harder(longGrace), '2026-03-10'))?.noticeLost).toEqual([]);
  });

  it('says nothing of a warning where the rules in force give none either', async () => {
    const old = version('1', '2020-06-01', noGrace);
    await rememberVersion(store, old, '2026-01-01T00:00:00.000Z');
    await pass(store, '2026-03-01');
    const harder = version('2', '2026-04-01', noGrace, ['atLeast: 1000 ', 'atLeast: 2000 ']);
    expect((await guard(harder, '2026-03-10'))?.noticeLost).toEqual([]);
  });

  it('follows a company that has a tier of another company itself', async () => {
    const head = `specialisations:
  - { key: expert, label: Expert, heldBy: company, requirements: { kpi: certified, atLeast: 1 }, movement: { demote: immediately, grace: { reviews: 0 } } }
kpis:`;
    const asks: [string, string] = [
      '{ kpi: revenue, atLeast: 1000 }',
      '{ kpi: revenue, atLeast: 1000 }, { holds: { ladder: expert } }',
    ];
    const edits: [string, string][] = [['kpis:', head], rolledUp, rolledUpPeople, byCompany, asks];
    const old = version('1', '2020-06-01', ...edits);
    // The top of the company is on no reseller ladder; its experts are those of everybody below it.
    await insertRows(store, 'partner', [
      { id: 'T', name: 'Top', types: ['msp'] },
      { id: 'Z', name: 'Below', types: ['reseller'], parent: 'B', started_on: '2020-01-01' },
    ]);
    await store.query(`update tierlink.partner set parent = 'T' where id = 'B'`);
    await insertRows(store, 'person', [{ id: 'p9', partner: 'T', email: 't@t.example' }]);
    await insertRows(store, 'certification', [{ id: 'c9', person: 'p9', issued_on: '2025-01-01' }]);
    await rememberVersion(store, old, '2026-01-01T00:00:00.000Z');
    for (const _time of ['company', 'subsidiaries', 'theirs']) await passBy(store, old, '2026-03-01');
    const harder = version('2', '2026-04-01', ...edits, noGrace, [
      'kpi: certified, atLeast: 1 }, movement',
      'kpi: certified, atLeast: 2 }, movement',
    ]);
    const lost = (await guard(harder, '2026-03-10'))!.noticeLost;
    expect(await tiers(store)).toContain('Z main silver keeps');
    expect(lost.map(({ partnerId, after }) => `${partnerId} ${after}`)).toEqual([
      'B 2026-04-01',
      'Z 2026-04-01',
    ]);
  });

  it('names whose grace is cut short', async () => {
    await certify(store, '2026-03-10');
    const old = version('1', '2020-06-01', longGrace);
    await rememberVersion(store, old, '2026-01-01T00:00:00.000Z');
    await pass(store, '2026-03-01');
    await pass(store, '2026-03-12');
    const found = await guard(version('2', '2026-03-20'), '2026-03-12');
    expect(found?.noticeLost).toEqual([
      {
        partnerId: 'A',
        name: 'Northwind',
        tier: 'Gold',
        before: expect.any(String),
        after: '2026-07-01',
        isWarned: true,
        notice: { before: 275, after: 91 },
      },
    ]);
    expect(found!.noticeLost[0]!.before! > '2026-07-01').toBe(true);
  });
});

describe('what is said of a change of the rules', () => {
  const lost = { partnerId: 'B', name: 'Contoso', tier: 'Silver', after: '2026-04-01' };
  const change = { version: '2', inUseOn: '2026-02-01' };
  const words = (changes: number, ...noticeLost: ChangeGuard['noticeLost']) =>
    guardSentences({
      inUseOn: '2026-04-01',
      changes: Array.from({ length: changes }, () => change),
      otherReviews: [],
      noticeLost,
    });

  it('is nothing for a first change that takes no notice from anybody', () => {
    expect(words(1)).toEqual([]);
  });

  it('is which change it is, and who loses what notice', () => {
    const unwarned = { before: null, isWarned: false, notice: { before: 91, after: 0 } };
    expect(words(3, { ...lost, ...unwarned })).toEqual([
      'It is the third rule change in 90 days.',
      '1 partner loses notice: Contoso (Silver until 2026-04-01 without a warning).',
    ]);
    const shorter = { ...unwarned, isWarned: true, notice: { before: 91, after: 30 } };
    expect(words(1, { ...lost, ...shorter })).toEqual([
      '1 partner loses notice: Contoso (Silver until 2026-04-01, 30 days after the warning instead of 91).',
    ]);
    const many = Array.from({ length: 7 }, () => ({ ...lost, ...shorter, before: '2026-10-01' }));
    const [sentence] = words(1, ...many);
    expect(sentence).toMatch(
      /^7 partners lose notice: Contoso \(Silver until 2026-04-01 instead of 2026-10-01\)/,
    );
    expect(sentence).toContain(' and 2 more.');
  });
});
