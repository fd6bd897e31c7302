import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { compareVersions } from '../../src/tier/look/compare-versions.ts';
import { changed, insertRows } from '../kpi/sample.ts';
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
});

const compare = async (after: Program) =>
  await compareVersions(store, { before: program, after, now: at('2026-03-01') });

describe('a new version of the rules', () => {
  it('says of each partner that would move what decides it, with what was asked for before', async () => {
    const { moves, counts } = await compare(changed(program, ['atLeast: 1000 ', 'atLeast: 2000 ']));
    expect(counts).toMatchObject({ down: 1, same: 1, up: 0 });
    expect(moves.find(({ move }) => move === 'down')).toMatchObject({
      partnerId: 'B',
      before: { tier: 'Silver' },
      after: { tier: 'Bronze' },
      forTier: 'Silver',
      why: [
        {
          id: 'revenue',
          before: { needs: '1,000 USD', has: '1,500 USD', state: 'met' },
          after: { needs: '2,000 USD', has: '1,500 USD', state: 'not_met' },
        },
      ],
    });
  });

  it('says why somebody would rise', async () => {
    const { moves } = await compare(
      changed(program, ['atLeast: 5000 }, { kpi: certified, atLeast: 1 }', 'atLeast: 1200 }']),
    );
    expect(moves.find(({ move }) => move === 'up')).toMatchObject({
      partnerId: 'B',
      forTier: 'Gold',
      why: [
        { id: 'revenue', before: { needs: '5,000 USD', state: 'not_met' }, after: { state: 'met' } },
        { id: 'certified', before: { needs: '1', state: 'not_met' }, after: null },
      ],
    });
  });

  it('counts the partners of each tier, in all and by type, the highest tier first', async () => {
    const { tiers } = await compare(changed(program, ['atLeast: 1000 ', 'atLeast: 2000 ']));
    expect(tiers.map(({ type, tier, before, after }) => `${type} ${tier} ${before} ${after}`)).toEqual([
      'null Gold 1 1',
      'null Silver 1 0',
      'null Bronze 0 1',
      'reseller Gold 1 1',
      'reseller Silver 1 0',
      'reseller Bronze 0 1',
    ]);
  });

  it('counts partners without a type by themselves, so that the types add up to all', async () => {
    await insertRows(store, 'partner', [{ id: 'N', name: 'Fabrikam', types: null }]);
    const after = changed(
      program,
      ['    partnerTypes: [reseller]\n', ''],
      ['- key: services', '- key: services\n    beside: true'],
    );
    const { tiers } = await compareVersions(store, { before: after, after, now: at('2026-03-01') });
    expect(tiers.map(({ type, tier, after: held }) => `${type} ${tier} ${held}`)).toEqual([
      'null Gold 1',
      'null Silver 1',
      'null Bronze 1',
      'reseller Gold 1',
      'reseller Silver 1',
      ' Bronze 1',
    ]);
  });

  it('counts a ladder beside that of the tier by itself, and names it with each move on it', async () => {
    const before = changed(
      program,
      ['- key: services', '- key: services\n    beside: true'],
      ['partnerTypes: [msp]', 'partnerTypes: [reseller]'],
    );
    const after = changed(before, ['atLeast: 1000 ', 'atLeast: 2000 ']);
    const { counts, beside, moves } = await compareVersions(store, {
      before,
      after,
      now: at('2026-03-01'),
    });
    const partners = (await store.query('select 1 from tierlink.partner')).length;
    expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(partners);
    expect(beside.map(({ ladder, counts: own }) => [ladder.key, own.same])).toEqual([['services', partners]]);
    expect(moves.filter(({ move }) => move === 'down').map(({ ladder }) => ladder.key)).toEqual(['main']);
  });

  it('names who would join or leave a ladder', async () => {
    await insertRows(store, 'partner', [{ id: 'M', name: 'Fabrikam', types: ['msp'] }]);
    const { moves } = await compare(changed(program, ['partnerTypes: [msp]', 'partnerTypes: [reseller]']));
    expect(moves.map(({ partnerId, move }) => `${partnerId} ${move}`)).toContain('M leaves');
  });

  it('does not tell what incomplete inputs leave open', async () => {
    await store.query(
      `insert into tierlink.feed (connection, object, entity, complete_to) values ('c', 'Opportunity', 'deal', '2026-01-01')`,
    );
    const { counts, moves } = await compare(changed(program, ['atLeast: 1000 ', 'atLeast: 2000 ']));
    expect(counts).toMatchObject({ unknown: 1, down: 0 });
    const open = moves.find(({ move }) => move === 'unknown');
    expect(open).toMatchObject({ partnerId: 'B', forTier: 'Silver' });
    expect(open?.why.map(({ id }) => id)).toEqual(['revenue']);
  });

  it('stores nothing', async () => {
    await pass(store, '2026-03-01');
    const decisions = async () => await store.query('select id from tierlink.decision order by id');
    const versions = async () => await store.query('select hash from tierlink.program_version');
    const before = [await decisions(), await versions()];
    await compare(changed(program, ['atLeast: 1000 ', 'atLeast: 2000 ']));
    expect([await decisions(), await versions()]).toEqual(before);
  });
});
