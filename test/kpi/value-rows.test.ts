import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { KpiValue } from '../../src/kpi/types.ts';
import { readValueRows, writeValueRows } from '../../src/kpi/value-rows.ts';
import type { Store } from '../../src/store/store.ts';
import { openTestStore } from '../services/test-store.ts';
import { programOf } from './sample.ts';

const kpis = ['one', 'two', 'three'];
const program = programOf({
  kpis: kpis
    .map((kpi) => `  ${kpi}: { label: ${kpi}, help: H., unit: count, measure: { count: deal } }`)
    .join('\n'),
});
const now = '2026-11-23T09:00:00.000Z';
let store: Store;
beforeAll(async () => {
  store = await openTestStore();
});
afterAll(async () => {
  await store.close();
});

function figureOf(partnerId: string, kpi: string, counted: number): KpiValue {
  return {
    ...{ program: program.name, partnerId, kpi, unit: 'count', asOf: '2026-11-23', state: 'current' },
    ...{ stateReason: null, numerator: String(counted), denominator: '1', currency: null, empty: null },
    ...{ counted, excluded: 0, excludedBy: {}, sample: counted, error: null },
    ...{ inputsCompleteTo: null, nextChangeAt: null },
  };
}

describe('stored values', () => {
  // More than a statement takes, a KPI after the other as they are computed.
  const partners = Array.from({ length: 1_500 }, (_one, index) => `P${String(index).padStart(4, '0')}`);
  const values = kpis.flatMap((kpi, at) => partners.map((id, index) => figureOf(id, kpi, index + at)));
  const sorted = (all: readonly KpiValue[]) =>
    [...all].sort((left, right) =>
      `${left.partnerId} ${left.kpi}` < `${right.partnerId} ${right.kpi}` ? -1 : 1,
    );

  it('are all there and as they were, however many are written at once', async () => {
    await writeValueRows(store, program, { values, now });
    expect(sorted(await readValueRows(store, program, partners))).toEqual(sorted(values));
  });

  it('are read of some partners and KPIs, each once', async () => {
    await writeValueRows(store, program, { values: values.toReversed(), now });
    const asked = ['P0003', 'P1499', 'P0003', 'nobody'];
    const found = await readValueRows(store, program, asked, ['two', 'three']);
    expect(sorted(found).map(({ partnerId, kpi }) => `${partnerId} ${kpi}`)).toEqual([
      'P0003 three',
      'P0003 two',
      'P1499 three',
      'P1499 two',
    ]);
  });
});
