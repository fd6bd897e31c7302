import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Executor, Store } from '../../src/store/store.ts';
import { earnedTiers } from '../../src/tier/company/earned.ts';
import { lastDecisions } from '../../src/tier/look/decided-then.ts';
import { loadSpells } from '../../src/tier/tier-spells.ts';
import { insertRows, programOf } from '../kpi/sample.ts';
import { emptyStore, openTestStore } from '../services/test-store.ts';

const program = programOf({
  head: `specialisations:
  - { key: fresh, label: Fresh, requirements: { kpi: points, atLeast: 70 } }`,
  kpis: '  points: { label: Points, help: x, unit: number, measure: { sum: fact.quantity } }',
  ladders: `  - key: main
    label: Main
    tiers: [{ key: open, label: Open, requirements: { holds: { ladder: fresh, withinMonths: 6 } } }]`,
});
const now = Date.parse('2026-09-30T12:00:00Z');
const at = new Date(now).toISOString();
const day = '2026-09-30';

let store: Store;

/** Five years of decisions on one ladder, of many partners; nobody was ever on the other one. */
beforeAll(async () => {
  store = await openTestStore();
  await emptyStore(store);
  await insertRows(store, 'partner', [{ id: 'p7', name: 'Seven', types: ['reseller'] }]);
  await store.query(
    `insert into tierlink.decision (id, program, program_version, ladder, partner_id, decided_at, effective_on, movement,
       to_tier, status, summary, evidence, mode)
     select 'dec' || n, 'test', '1', 'main', 'p' || n % 2000, timestamptz '2021-09-30' + n * interval '1 hour',
       date '2021-09-30' + n / 24, 'keep', 'open', 'keeps', '', '{}', 'owned' from generate_series(1, 40000) as n`,
  );
  await store.query(
    `insert into tierlink.ladder_change (program, ladder, partner_id, at, change, tier)
     select 'test', 'main', 'p' || n % 2000, timestamptz '2021-09-30' + n * interval '1 hour', 'left', 'open'
     from generate_series(1, 20000) as n`,
  );
  await store.query('analyze tierlink.decision');
  await store.query('analyze tierlink.ladder_change');
});
afterAll(async () => {
  await store.close();
});

/** The plans of the statements about decisions that work asks. */
async function plansOf(work: (executor: Executor) => Promise<unknown>): Promise<string> {
  const plans: string[] = [];
  await work({
    db: store.db,
    query: async (sql, parameters) => {
      if (sql.includes('tierlink.decision')) {
        const rows = await store.query<{ 'QUERY PLAN': string }>(`explain ${sql}`, parameters);
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
      }
      return await store.query(sql, parameters);
    },
  });
  return plans.join('\n');
}

describe('what is asked of the decisions of the past', () => {
  it('finds the first decision on a ladder by an index, also where there is none', async () => {
    const of = { partners: ['p7'], families: new Map(), asOf: day, before: at };
    const plans = await plansOf((executor) => loadSpells(executor, program, of));
    expect(plans).toContain('decision_ladder');
    expect(plans).not.toContain('Seq Scan on decision');
  });

  it('finds what was in force for a partner by an index', async () => {
    const plans = await plansOf((executor) =>
      lastDecisions(executor, { program, partners: ['p7'], at, day }),
    );
    expect(plans).toContain('decision_partner');
    expect(plans).not.toMatch(/Seq Scan on (decision|ladder_change)/);
  });

  it('finds what a partner had of other ladders by an index', async () => {
    const request = { program, asOf: day, now, heldAt: at, feeds: [], partners: ['p7'] };
    const plans = await plansOf((executor) => earnedTiers(executor, request));
    expect(plans).toContain('decision_partner');
    expect(plans).not.toMatch(/Seq Scan on (decision|ladder_change)/);
  });
});
