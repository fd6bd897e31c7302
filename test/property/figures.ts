import { expect } from '@jest/globals';
import { computeAll } from '../../src/kpi/compute-all.ts';
import { loadFeeds } from '../../src/kpi/freshness.ts';
import type { KpiValue } from '../../src/kpi/types.ts';
import { readValueRows } from '../../src/kpi/value-rows.ts';
import { dayOf } from '../../src/program/civil-date.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';

/** What a value says, the records left out included, in an order of its own. */
function said(values: readonly KpiValue[]): string[] {
  return values
    .map(({ partnerId, kpi, numerator, denominator, counted, empty, excluded, excludedBy, nextChangeAt }) => {
      const leftOut = Object.entries(excludedBy).sort().flat();
      const figure = `${numerator}/${denominator}`;
      return [partnerId, kpi, figure, counted, empty, excluded, ...leftOut, nextChangeAt].join(' ');
    })
    .sort();
}

/** Every figure of every partner, computed at once and from nothing but the records. */
async function fromScratch(
  store: Store,
  rules: Program,
  { partners, now }: { partners: string[]; now: number },
): Promise<KpiValue[]> {
  const scope = { program: rules, asOf: dayOf(now, rules.timeZone), now, feeds: await loadFeeds(store) };
  return await computeAll(store, scope, { kpis: Object.keys(rules.kpis), partners });
}

/** Expects the figures that are stored to be those that the records alone give at this instant. */
export async function expectFiguresOfRecords(store: Store, rules: Program, now: number): Promise<void> {
  const rows = await store.query<{ id: string }>(
    'select id from tierlink.partner where in_scope and deleted_at is null and merged_into is null',
  );
  const partners = rows.map(({ id }) => id);
  const stored = await readValueRows(store, rules, partners);
  expect(said(stored)).toEqual(said(await fromScratch(store, rules, { partners, now })));
}
