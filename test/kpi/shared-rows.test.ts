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
import { programOf as programWith } from './sample.ts';

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
  { unit: 'money', measure: { sum: 'deal.amount' } },
  { unit: 'money', measure: { max: 'deal.amount', credit: { share: 'ignore' } } },
  { unit: 'money', measure: { sum: 'deal.amount', credit: { roles: ['sourced'] } } },
  { unit: 'count', measure: { count: 'deal', credit: { exceptRoles: ['sourced'], primaryOnly: true } } },
  { unit: 'number', measure: { count: 'deal', times: { table: 'weights', by: 'type' } } },
  { unit: 'money', measure: { sum: 'deal.amount', times: { table: 'weights', by: 'stage' } } },
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
  {
    any: [
      { last: '30 days', by: 'closeOn' },
      { last: '90 days', by: 'createdAt' },
    ],
  },
  {
    any: [
      { sinceStart: '90 days', by: 'closeOn' },
      { next: '60 days', by: 'closeOn' },
    ],
  },
];
const isWon = { attribute: 'isWon', is: true };
const leads = (more: object) => ({ has: { count: 'lead', atLeast: 1, ...more } });
const wheres: readonly (object | undefined)[] = [
  undefined,
  isWon,
  [isWon, { attribute: 'amount', atLeast: 100 }],
  leads({}),
  leads({ window: { last: '90 days', by: 'createdAt' } }),
  [isWon, leads({ window: { last: '30 days', by: 'createdAt' } })],
  { any: [isWon, leads({ window: { next: '60 days', by: 'convertedOn' } })] },
  { any: [isWon, leads({ window: { sinceStart: '90 days', by: 'convertedOn' } })] },
  { has: { count: 'fact', matching: { dimension: 'type' }, atLeast: 1 } },
  { has: { sum: 'deal.amount', matching: { stage: 'stage' }, atLeast: 100 } },
];

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
    currency: { code: 'USD', rates: { EUR: '1.1', SEK: '0.1', GBP: '1.25' } },
    partnerTypes: [{ key: 'reseller', label: 'Reseller' }],
    tables: { weights: { entries: { Alpha: 3, 'Beta two': '0.5' } } },
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
    expect(sql.match(/from credited r\b/g)).toHaveLength(1);
  });

  it('look at the role of a credit once, however many ask for it', () => {
    const measure = (credit: string) =>
      `{ label: K, help: K., unit: count, measure: { count: deal, credit: ${credit} } }`;
    const program = programWith({
      kpis: `  sourced: ${measure('{ roles: [sourced] }')}
  others: ${measure('{ exceptRoles: [sourced] }')}
  influenced: ${measure('{ roles: [influenced] }')}`,
    });
    const { sql } = kpiStatement(program, {
      kpis: ['sourced', 'others', 'influenced'],
      partners: ['A'],
      asOf: '2026-03-02',
    });
    expect(sql.match(/\(k\.role,/g)).toHaveLength(2);
  });
});
