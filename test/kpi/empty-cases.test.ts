import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { computeAll } from '../../src/kpi/compute-all.ts';
import { emptyWord } from '../../src/kpi/when-empty.ts';
import { parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { tierEvidence } from '../../src/tier/requirement.ts';
import { openTestStore } from '../services/test-store.ts';
import { insertRows, programOf } from './sample.ts';

/** What a ratio says where there is nothing to divide, by case: A has 0/0, B 2/0, C 1/1, of too few, and D 1/2. */
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await insertRows(
    store,
    'partner',
    ['A', 'B', 'C', 'D'].map((id) => ({ id, name: id })),
  );
  const facts = { B: 'won won', C: 'won given', D: 'won given given' };
  await insertRows(
    store,
    'fact',
    Object.entries(facts).flatMap(([partner, kinds]) =>
      kinds.split(' ').map((kind, index) => ({ id: `${partner}${index}`, partner, kind })),
    ),
  );
});
afterAll(async () => {
  await store.close();
});

const count = (kind: string) => `{ count: fact, where: { attribute: kind, is: ${kind} } }`;
const kpi = (whenEmpty: string) =>
  `  share: { label: Share, help: x, unit: percent, minimumSample: 1, whenEmpty: ${whenEmpty}, ratio: { of: ${count('won')}, to: ${count('given')} } }
  large: { label: Large, help: x, unit: percent, minimumSample: 2, whenEmpty: ${whenEmpty}, ratio: { of: ${count('won')}, to: ${count('given')} } }
  plain: { label: Plain, help: x, unit: percent, whenEmpty: ${whenEmpty}, ratio: { of: ${count('won')}, to: ${count('given')} } }
  points: { label: Points, help: x, unit: points, score: { linear: { of: plain, full: 100, points: 10 } } }`;

/** Of each partner the figure, why there is none, and whether it is at least 50. */
async function answers(whenEmpty: string, of: string): Promise<string[]> {
  const program = programOf({ kpis: kpi(whenEmpty) });
  const scope = { program, asOf: '2026-11-23', now: Date.parse('2026-11-23T00:00:00Z'), feeds: [] };
  const partners = ['A', 'B', 'C', 'D'];
  const values = await computeAll(store, scope, { kpis: Object.keys(program.kpis), partners });
  return partners.map((partner) => {
    const kpis = new Map(
      values.filter(({ partnerId }) => partnerId === partner).map((one) => [one.kpi, one]),
    );
    const { numerator, denominator, empty } = kpis.get(of)!;
    const tier = { key: 't', label: 'T', requirements: [{ kpi: of, atLeast: of === 'points' ? 5 : 50 }] };
    const { state } = tierEvidence({ program, kpis, partner: {} }, tier).requirements[0]!;
    const figure = numerator === null ? '-' : String(Number(numerator) / Number(denominator));
    return [partner, figure, empty ?? '', state].join(' ').replace(/ +/g, ' ');
  });
}

describe('a ratio with nothing to divide', () => {
  it('has nothing to divide by below 0 either, where who has more would have less', async () => {
    await insertRows(
      store,
      'fact',
      ['A', 'B'].map((partner) => ({ id: `${partner}-`, partner, kind: 'owed', quantity: '-4' })),
    );
    const program = programOf({
      kpis: `  share: { label: Share, help: x, unit: number, ratio: { of: ${count('won')}, to: { sum: fact.quantity, where: { attribute: kind, is: owed } } } }`,
    });
    const scope = { program, asOf: '2026-11-23', now: Date.parse('2026-11-23T00:00:00Z'), feeds: [] };
    const values = await computeAll(store, scope, { kpis: ['share'], partners: ['A', 'B'] });
    // A has won nothing, which is not the same as 0/0.
    expect(values.map(({ partnerId, numerator, empty }) => [partnerId, numerator, empty]).sort()).toEqual([
      ['A', null, 'below_zero'],
      ['B', null, 'below_zero'],
    ]);
    const whenEmpty = { zeroOverZero: 'pass', overZero: 'fail', tooFew: 'pending' } as const;
    expect(emptyWord({ whenEmpty }, 'below_zero')).toBe('fail');
    await store.query(`delete from tierlink.fact where id like '_-'`);
  });

  it('answers 0/0 and n/0 as the program says of each', async () => {
    expect(await answers('{ zeroOverZero: fail, overZero: pass }', 'plain')).toEqual([
      'A - no_base not_met',
      'B - over_zero met',
      'C 100 met',
      'D 50 met',
    ]);
    expect(await answers('{ zeroOverZero: zero, overZero: one }', 'plain')).toEqual([
      'A 0 no_base not_met',
      'B 100 over_zero met',
      'C 100 met',
      'D 50 met',
    ]);
  });

  it('answers too small a sample by itself, and pending what is not said', async () => {
    expect(await answers('{ overZero: fail, tooFew: pass }', 'large')).toEqual([
      'A - minimum_sample met',
      'B - minimum_sample met',
      'C - minimum_sample met',
      'D 50 met',
    ]);
    expect(await answers('{ overZero: fail }', 'plain')).toEqual([
      'A - no_base pending',
      'B - over_zero not_met',
      'C 100 met',
      'D 50 met',
    ]);
  });

  it('answers all of them alike with one word', async () => {
    expect(await answers('pass', 'plain')).toEqual([
      'A - no_base met',
      'B - over_zero met',
      'C 100 met',
      'D 50 met',
    ]);
  });

  it('brings to a score what is said of its case', async () => {
    expect(await answers('{ zeroOverZero: fail, overZero: pass }', 'points')).toEqual([
      'A 0 not_met',
      'B 10 met',
      'C 10 met',
      'D 5 met',
    ]);
  });
});

it('cases are those of a ratio alone', () => {
  const { source } = programOf({ kpis: kpi('{ overZero: fail }') });
  const wrong = source.replace(
    `ratio: { of: ${count('won')}, to: ${count('given')} }`,
    'measure: { count: fact }',
  );
  const { findings } = parseProgram(wrong.replace('unit: percent', 'unit: count'), 'test.yaml');
  expect(findings.map(({ path, reason }) => `${path}: ${reason}`)).toEqual([
    'kpis.share.whenEmpty: only a ratio has cases (0/0 and n/0); say it in one word, such as fail',
  ]);
});
