import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { rememberVersion } from '../../src/program/versions.ts';
import type { Store } from '../../src/store/store.ts';
import { backtest } from '../../src/tier/look/backtest.ts';
import { benefitsWithoutMoney } from '../../src/tier/method/benefit-cost.ts';
import { parsed } from '../kpi/sample.ts';
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
  await certify(store, '2026-05-31');
  for (const table of ['partner', 'deal', 'credit', 'person', 'certification'])
    await store.query(`update tierlink.${table} set known_from = '2026-02-25T00:00:00Z'`);
});

/** Day of the review, whether reconstructed, tiers held on the main ladder (highest first, none last), up, down, joined, in force. */
async function table(quarters: number, now = '2027-01-10'): Promise<string[]> {
  const found = await backtest(store, { program, quarters, now: at(now) });
  return found.map(({ asOf, reconstructed, ladders }) => {
    const { tiers, up, down, joined, inForce } = ladders[0]!;
    const held = tiers.map((tier) => tier.held).join(' ');
    const known = reconstructed === null ? 'known' : 'reconstructed';
    return `${asOf} ${known} | ${held} | ${up} ${down} ${joined} | ${inForce.higher} ${inForce.lower} ${inForce.partners}`;
  });
}

describe('a backtest', () => {
  it('moves tiers from quarter to quarter by the reviews and the grace of the ladder', async () => {
    expect(await table(4)).toEqual([
      '2026-04-01 known | 1 1 0 0 | 0 0 2 | 0 0 0',
      '2026-07-01 known | 1 1 0 0 | 0 0 0 | 0 0 0',
      '2026-10-01 known | 0 2 0 0 | 0 1 0 | 0 0 0',
      '2027-01-01 known | 0 2 0 0 | 0 0 0 | 0 0 0',
    ]);
  });

  it('says which quarters are reconstructed, because nothing was known then', async () => {
    expect(await table(2, '2026-04-10')).toEqual([
      '2026-01-01 reconstructed | 0 0 2 0 | 0 0 2 | 0 0 0',
      '2026-04-01 known | 1 1 0 0 | 2 0 0 | 0 0 0',
    ]);
    const [first] = await backtest(store, { program, quarters: 2, now: at('2026-04-10') });
    expect(first?.reconstructed).toBe('nothing was read before 2026-02-25');
  });

  it('leaves partners out that had not started yet, where the records of today stand for those of then', async () => {
    await store.query(`update tierlink.partner set started_on = '2026-01-15' where id = 'B'`);
    expect((await table(2, '2026-04-10'))[0]).toBe('2026-01-01 reconstructed | 0 0 1 0 | 0 0 1 | 0 0 0');
  });

  it('counts who would have stood elsewhere than was decided', async () => {
    await pass(store, '2026-03-01');
    const strict = { ...program, ladders: structuredClone(program.ladders) };
    const gold = strict.ladders[0]!.tiers[2]!;
    gold.requirements = [{ kpi: 'revenue', atLeast: 9000 }];
    const [quarter] = await backtest(store, { program: strict, quarters: 1, now: at('2026-04-10') });
    expect(quarter?.ladders[0]?.inForce).toEqual({ partners: 2, higher: 0, lower: 1 });
  });

  it('holds the reviews of each ladder on their own days', async () => {
    const own = { ...program, ladders: structuredClone(program.ladders) };
    own.ladders[0]!.movement.review = { every: 'month', day: 15 };
    own.ladders[1]!.movement.review = 'year';
    const found = await backtest(store, { program: own, quarters: 2, now: at('2027-01-10') });
    expect(found.map(({ asOf, ladders }) => `${asOf} ${ladders.map(({ ladder }) => ladder).join()}`)).toEqual(
      ['2026-10-15 main', '2026-11-15 main', '2026-12-15 main', '2027-01-01 services'],
    );
  });

  describe('by its own decisions', () => {
    const looking = parsed(
      program.source
        .replace(
          'kpis:',
          `specialisations:
  - { key: expert, label: Expert, requirements: { kpi: certified, atLeast: 1 }, movement: { demote: immediately } }
kpis:`,
        )
        .replace('{ kpi: certified, atLeast: 1 }] }', '{ holds: { ladder: expert, withinMonths: 6 } }] }')
        .replace('rampDays: 90,', 'demote: immediately,'),
    );

    /** Day of the review, partners on Gold, and those that would have earned it. */
    async function gold(): Promise<string[]> {
      const found = await backtest(store, { program: looking, quarters: 4, now: at('2027-01-10') });
      return found.flatMap(({ asOf, ladders }) => {
        const main = ladders.find(({ ladder }) => ladder === 'main');
        return main === undefined ? [] : [`${asOf} ${main.tiers[0]!.held} ${main.tiers[0]!.earned}`];
      });
    }

    it('looks back on what it gave itself', async () => {
      // On 1 July the certificate has ended; six months count to the end of the year.
      expect(await gold()).toEqual(['2026-04-01 1 1', '2026-07-01 1 1', '2026-10-01 1 1', '2027-01-01 0 0']);
    });

    it('takes no notice of what was really held on other ladders', async () => {
      await store.query(
        `insert into tierlink.decision (id, program, program_version, ladder, partner_id, decided_at, effective_on, movement,
           to_tier, status, summary, evidence, mode)
         values ('dec1', 'test', '0', 'expert', 'A', '2026-02-26', '2026-02-26', 'enrol', null, 'keeps', '', '{}', 'owned'),
           ('dec2', 'test', '0', 'expert', 'A', '2026-12-20', '2026-12-20', 'promote', 'expert', 'keeps', '', '{}', 'owned')`,
      );
      expect(await gold()).toEqual(['2026-04-01 1 1', '2026-07-01 1 1', '2026-10-01 1 1', '2027-01-01 0 0']);
    });
  });

  it('says exactly what the benefits of the tiers come to, by currency', async () => {
    const giving = parsed(`${program.source}
benefits:
  - { key: mdf, label: Development funds, tiers: { silver: 2500 USD, gold: 5000 USD }, due: quarter, from: 2030-01-01 }
  - { key: plaque, label: Plaque, tiers: [gold], due: once, amount: 99.95 EUR }
  - { key: line, label: Credit line, tiers: { silver: 0.10 USD, gold: 0.20 USD } }
  - { key: event, label: Event, due: year, amount: 10 USD }
  - { key: leads, label: Leads, tiers: { gold: 3 }, due: quarter }`);
    const found = await backtest(store, { program: giving, quarters: 4, now: at('2027-01-10') });
    const words = (amounts: { amount: string; currency: string }[]) =>
      amounts.map(({ amount, currency }) => `${amount} ${currency}`).join(', ');
    expect(
      found.map(({ cost: { from, until, due, standing } }) => [from, until, words(due), words(standing)]),
    ).toEqual([
      ['2026-04-01', '2026-07-01', '99.95 EUR, 7500 USD', '0.3 USD'],
      ['2026-07-01', '2026-10-01', '7500 USD', '0.3 USD'],
      ['2026-10-01', '2027-01-01', '5000 USD', '0.2 USD'],
      ['2027-01-01', '2027-04-01', '5020 USD', '0.2 USD'],
    ]);
    expect(benefitsWithoutMoney(giving)).toEqual(['Leads']);
  });

  it('stores nothing', async () => {
    await rememberVersion(store, program, '2026-01-01T00:00:00.000Z');
    await table(4);
    expect(await store.query('select id from tierlink.decision')).toEqual([]);
    expect(await store.query('select partner_id from tierlink.tier_state')).toEqual([]);
  });
});
