import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kpiShow } from '../../src/cli/commands/kpi/show.ts';
import { tierWhy } from '../../src/cli/commands/tier/why.ts';
import { shownExplanation } from '../../src/cli/explanation.ts';
import { requirementLines, requirementsText } from '../../src/cli/requirement-text.ts';
import { createScreen, type Screen } from '../../src/cli/screen.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertDeals, insertRows, programOf } from '../kpi/sample.ts';
import { openTestStore } from '../services/test-store.ts';
import { recordingStream } from './harness.ts';

/** What a partner manager reads of a composed KPI. */
const program = programOf({
  kpis: `  capability: { label: Capability score, help: C., unit: points, score: { sum: [sales, skills, advanced] } }
  sales: { label: Sales, help: S., unit: points, score: { linear: { of: revenue, full: 2000, points: 60 } } }
  skills: { label: Certified people, help: S., unit: points, score: { linear: { of: people, full: 5, points: 20 } } }
  advanced:
    label: Advanced
    help: A.
    unit: points
    score:
      steps:
        - { label: First deal, points: 5, needs: { kpi: revenue, atLeast: 1 } }
        - { label: Five people, points: skills, most: 15, needs: { kpi: people, atLeast: 5 } }
  revenue: { label: Revenue, help: R., unit: money, measure: { sum: deal.amount } }
  people: { label: People, help: P., unit: people, measure: { distinct: certification.person } }`,
  ladders: `  - key: main
    label: Main
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: { kpi: capability, atLeast: 70 } }`,
});
const now = Date.parse('2026-11-23T09:00:00Z');
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await insertRows(store, 'partner', [{ id: 'A', name: 'Northwind', types: ['reseller'] }]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100`,
  );
  await insertRows(store, 'person', [{ id: 'p1', partner: 'A', email: 'a@a.example' }]);
  await insertRows(store, 'certification', [{ id: 'c1', person: 'p1' }]);
  await recomputeKpis(store, { program, now });
  await evaluateTiers(store, { program, now });
});
afterAll(async () => {
  await store.close();
});

/** Printed lines; runs of blanks as one, but for those at the beginning. */
function printed(print: (screen: Screen) => void): string[] {
  const stream = recordingStream();
  const style = { color: false, plain: false, accessible: false, width: 400 };
  print(createScreen(stream, style, () => 'UTC'));
  return stream
    .text()
    .split('\n')
    .map((line) => line.trimEnd().replace(/(?<=\S) {2,}/g, ' | '))
    .filter((line) => line !== '');
}

async function shown(kpi: string, records = false) {
  const app = async () => ({ store, program, clock: { now: () => now } }) as never;
  return await kpiShow.run({ args: { partner: 'Northwind', kpi }, flags: { records }, app } as never);
}

describe('kpi show', () => {
  it('says of a score what each part has and brings', async () => {
    const { result } = await shown('capability');
    expect(printed((screen) => kpiShow.show(result as never, screen))).toEqual([
      'Northwind in Test',
      '  KPI | VALUE | STATE | COUNTED | LEFT OUT | AS OF | COMPLETE TO',
      '  Capability score | 39 points | Current | 2 | 0 | 2026-11-23 | -',
      'Made of:',
      '  PART | FIGURE | BRINGS | NOTE',
      '  Sales | 1,000 USD of 2,000 USD | 30 of 60 points',
      '  Certified people | 1 of 5 | 4 of 20 points',
      '  Advanced | 5 of 20 points',
      '    First deal | 5 of 5 points',
      '    Five people | 1 of 5 | does not count | People: needs 5, has 1',
    ]);
  });

  it('has the exact numbers of each part in --json', async () => {
    const { result } = (await shown('capability')) as { result: { values: { parts: unknown[] }[] } };
    expect(result.values[0]!.parts[0]).toEqual({
      kpi: 'sales',
      label: 'Sales',
      depth: 0,
      value: { numerator: '30', denominator: '1' },
      full: null,
      brings: { numerator: '30', denominator: '1' },
      most: { numerator: '60', denominator: '1' },
      counts: true,
      note: null,
      figure: '1,000 USD of 2,000 USD',
      points: '30 of 60 points',
    });
  });

  it('leads to the records of the parts', async () => {
    const { result } = await shown('capability', true);
    expect(printed((screen) => kpiShow.show(result as never, screen)).slice(10)).toEqual([
      'Counted: 2 records',
      '  RECORD | NAME | COUNTS | IN',
      '  d1 | d1 | USD 1,000 | Revenue',
      '  c1 | People',
      'Left out: 0 records',
    ]);
  });
});

describe('tier list', () => {
  it('names points, and each track where a threshold differs by it', () => {
    const tracks = [
      { key: 'big', label: 'Big' },
      { key: 'small', label: 'Small' },
    ];
    const wanted = [
      { kpi: 'capability', atLeast: 70 },
      { kpi: 'people', moreThan: { big: 20, small: 5 } },
    ];
    expect(requirementsText({ ...program, tracks }, wanted)).toBe(
      'Capability score >= 70 points, People > 20 (Big) or 5 (Small)',
    );
  });

  it('keeps together what belongs together inside a choice', () => {
    const [points, people] = [
      { kpi: 'capability', atLeast: 70 },
      { kpi: 'people', atLeast: 3 },
    ];
    const [swedish, large] = [
      { attribute: 'country', is: 'SE' },
      { attribute: 'employees', atLeast: 50 },
    ];
    const wanted = [
      { any: [{ all: [points, people] }, { fact: 'invitation' }] },
      { not: { all: [points, people] } },
      { partner: { all: [swedish, { any: [large, { attribute: 'country', blank: true }] }] } },
      { partner: { not: { any: [swedish, large] } } },
    ];
    expect(requirementLines(program, wanted)).toEqual([
      'one of (Capability score >= 70 points and People >= 3, invitation on file)',
      'not (Capability score >= 70 points and People >= 3)',
      'country is SE and (number of employees is at least 50 or country is empty)',
      'not (country is SE or number of employees is at least 50)',
    ]);
  });
});

describe('tier why', () => {
  it('says which parts lack how much', async () => {
    const explained = await explainTier(store, { program, partnerId: 'A', now });
    const lines = printed((screen) =>
      tierWhy.show(shownExplanation(explained, { setByHand: [], page: null }), screen),
    );
    expect(lines.slice(2, 8)).toEqual([
      '  FOR GOLD | NEEDS | HAS | RESULT | GAP | EVIDENCE',
      '  Capability score | 70 points | 39 points | Not met | 31 points more | Revenue: 1 deal; People: 1 person, 1 certificate',
      'What is missing: Capability score: 31 points more.',
      'Capability score, 31 points more: Sales could bring 30 (1,000 USD of 2,000 USD, 30 of 60 points); ' +
        'Certified people could bring 16 (1 of 5, 4 of 20 points); Five people does not count yet (People: needs 5, has 1).',
      'This alone is enough for Gold: Capability score: 31 points more, to 70 points.',
      '    Of the figures behind it, any one alone: People: 4 more, to 5.',
    ]);
  });
});
