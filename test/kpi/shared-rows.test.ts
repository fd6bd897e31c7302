import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { computeKpis } from '../../src/kpi/compute.ts';
import { kpiStatement } from '../../src/kpi/statement.ts';
import { type Program, parseProgram } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { evaluationDay, partnerIds, worldAround } from '../oracle/arbitrary-world.ts';
import { loadWorld } from '../oracle/load-world.ts';
import { runs } from '../oracle/runs.ts';
import { fc } from '../services/fast-check.ts';
import { openTestStore } from '../services/test-store.ts';

let store: Store;

beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => await store.close());

const aggregates = [
  { unit: 'count', measure: { count: 'deal' } },
  { unit: 'count', measure: { distinct: 'deal.customer' } },
  { unit: 'count', measure: { sum: 'deal.probability', cap: 40 } },
  { unit: 'count', measure: { max: 'deal.probability' } },
  { unit: 'days', measure: { median: { of: 'deal', daysFrom: 'createdAt', to: 'closeOn' } } },
  { unit: 'days', measure: { average: { of: 'deal', daysFrom: 'createdAt', to: 'closeOn' } } },
];
const windows = [
  undefined,
  { last: '30 days', by: 'closeOn' },
  { last: '12 months', by: 'closeOn' },
  { last: '30 days', by: 'closeOn', ago: '12 months' },
  { previous: 'quarter', by: 'createdAt' },
  { next: '60 days', by: 'closeOn' },
  { sinceStart: '90 days', by: 'closeOn' },
];
const wheres = [undefined, { attribute: 'isWon', is: true }];

const kpi = fc.record({
  aggregate: fc.constantFrom(...aggregates),
  window: fc.constantFrom(...windows),
  where: fc.constantFrom(...wheres),
  except: fc.constantFrom(undefined, [{ label: 'renewals', when: { attribute: 'type', is: 'Alpha' } }]),
});

function programOf(kpis: readonly (typeof kpi extends fc.Arbitrary<infer T> ? T : never)[]): Program {
  const file = {
    name: 'random',
    title: 'Random',
    version: '1',
    validFrom: '2020-01-01',
    timeZone: 'UTC',
    currency: { code: 'USD' },
    partnerTypes: [{ key: 'reseller', label: 'Reseller' }],
    kpis: Object.fromEntries(
      kpis.map(({ aggregate: { unit, measure }, ...rest }, index) => [
        `k${index}`,
        { label: 'K', help: 'K', unit, measure: { ...measure, ...rest } },
      ]),
    ),
  };
  const parsed = parseProgram(JSON.stringify(file), 'random.yaml');
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.findings, null, 1));
  return parsed.program;
}

describe('measures that share their rows', () => {
  it('say what each says alone, and when that will change', async () => {
    const cases = evaluationDay.chain((asOf) =>
      fc.record({
        asOf: fc.constant(asOf),
        kpis: fc.array(kpi, { minLength: 2, maxLength: 8 }),
        world: worldAround(asOf),
      }),
    );
    await fc.assert(
      fc.asyncProperty(cases, async ({ asOf, kpis, world }) => {
        const program = programOf(kpis);
        await loadWorld(store, world);
        const scope = { program, asOf, now: Date.parse(`${asOf}T12:00:00Z`), feeds: [] };
        const all = Object.keys(program.kpis);
        const together = await computeKpis(store, scope, { kpis: all, partners: partnerIds });
        const alone = [];
        for (const one of all)
          alone.push(...(await computeKpis(store, scope, { kpis: [one], partners: partnerIds })));
        expect(together).toEqual(alone);
      }),
      runs(60),
    );
  }, 600_000);

  it('go through the records once, however far back each of them looks', () => {
    const program = programOf([
      { aggregate: aggregates[0]!, window: windows[1], where: wheres[1], except: undefined },
      { aggregate: aggregates[2]!, window: windows[2], where: wheres[1], except: undefined },
      { aggregate: aggregates[3]!, window: windows[6], where: wheres[1], except: undefined },
    ]);
    const { sql } = kpiStatement(program, { kpis: ['k0', 'k1', 'k2'], partners: ['A'], asOf: '2026-03-02' });
    expect(sql.match(/join deals r /g)).toHaveLength(1);
  });
});
