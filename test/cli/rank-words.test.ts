import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { kpiShow } from '../../src/cli/commands/kpi/show.ts';
import { createScreen } from '../../src/cli/screen.ts';
import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Store } from '../../src/store/store.ts';
import { explainTier } from '../../src/tier/explain/explain.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { insertDeals, insertRows, programOf } from '../kpi/sample.ts';
import { openTestStore } from '../services/test-store.ts';
import { recordingStream } from './harness.ts';

/** What a partner manager reads of a rank. */
const program = programOf({
  kpis: `  top: { label: Top by revenue, help: T., unit: percent, better: lower, rank: { of: revenue, within: country, as: topShare } }
  revenue: { label: Revenue, help: R., unit: money, measure: { sum: deal.amount } }`,
  ladders: `  - key: main
    label: Main
    tiers:
      - { key: member, label: Member }
      - { key: leader, label: Leader, requirements: { kpi: top, atMost: 40 } }`,
});
const now = Date.parse('2026-11-23T09:00:00Z');
let store: Store;

beforeAll(async () => {
  store = await openTestStore();
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind', country: 'SE' },
    { id: 'B', name: 'Contoso', country: 'SE' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 1000 USD | yes | 2026-03-01 | sourced | 100
    d2   | B       | 3000 USD | yes | 2026-03-01 | sourced | 100`,
  );
  await recomputeKpis(store, { program, now });
  await evaluateTiers(store, { program, now });
});
afterAll(async () => {
  await store.close();
});

describe('a rank', () => {
  const words = 'position 2 of 2 by Revenue (1,000 USD), country SE';

  it('is told by kpi show, which names nobody else', async () => {
    const app = async () => ({ store, program, clock: { now: () => now } }) as never;
    const { result } = await kpiShow.run({
      args: { partner: 'Northwind', kpi: 'top' },
      flags: { records: false },
      app,
    } as never);
    const stream = recordingStream();
    const style = { color: false, plain: false, accessible: false, width: 200 };
    kpiShow.show(
      result as never,
      createScreen(stream, style, () => 'UTC'),
    );
    expect(stream.text()).toContain('100.0 %');
    expect(stream.text()).toContain(`  ${words}\n`);
    expect(JSON.stringify(result)).not.toMatch(/Contoso|3000/);
    expect(result).toMatchObject({ values: [{ kpi: 'top', rank: { size: 2, text: words } }] });
  });

  it('is told by tier why', async () => {
    const { requirements } = await explainTier(store, { program, partnerId: 'A', now });
    expect(requirements).toMatchObject([{ id: 'top', state: 'not_met', recordsText: words }]);
  });
});
