import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { EntityName } from '../../src/model/entities.ts';
import type { Store } from '../../src/store/store.ts';
import { approveMoves } from '../../src/tier/approvals.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { createWaiver } from '../../src/tier/waivers.ts';
import { insertRows, markDirty } from '../kpi/sample.ts';
import { everything as program } from './everything.ts';
import { at } from './pass.ts';

/** A story of two partners under a program that uses everything at once. */

type Batch = [entity: EntityName, row: Record<string, unknown>][];

const people: Batch = Array.from({ length: 6 }, (_one, index) => [
  'person',
  { id: `p${index}`, partner: index % 2 === 0 ? 'A' : 'B', email: `p${index}@a.example` },
]);
const certificates: Batch = Array.from({ length: 6 }, (_one, index) => [
  'certification',
  {
    id: `c${index}`,
    person: `p${index}`,
    issued_on: '2025-06-01',
    expires_on: index < 3 ? '2026-05-10' : null,
  },
]);
const deals: Batch = Array.from({ length: 12 }, (_one, index) => [
  'deal',
  {
    id: `d${index}`,
    amount: `${1000 + 777 * index}.${index % 10}5`,
    amount_currency: index % 3 === 0 ? 'EUR' : 'USD',
    is_won: index % 5 !== 4,
    is_closed: true,
    close_on: `2025-${String((index % 12) + 1).padStart(2, '0')}-28`,
  },
]);
const credits: Batch = deals.map(([_entity, { id }], index) => [
  'credit',
  { id: `k${index}`, deal: id, partner: index % 3 === 2 ? 'B' : 'A', role: 'sourced', weight: 100 },
]);
const facts: Batch = ['A', 'A', 'B', 'B', 'A'].map((partner, index) => [
  'fact',
  index === 4
    ? { id: 'plan', partner, kind: 'business plan', occurred_on: '2026-01-01' }
    : { id: `r${index}`, partner, kind: 'rating', quantity: 3 + index / 2, occurred_on: '2026-01-01' },
]);
const days = [
  '2026-01-15',
  '2026-02-01',
  '2026-05-01',
  '2026-05-20',
  '2026-06-01',
  '2026-07-01',
  '2026-08-01',
];

export interface Way {
  isReversed?: boolean;
  isSplit?: boolean;
  isRepeated?: boolean;
}

/** Lives through the days and returns every decision with its evidence, and every figure. */
export async function live(store: Store, { isReversed, isSplit, isRepeated }: Way): Promise<string> {
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Ann & Co', types: ['reseller'], started_on: '2020-01-01', country: 'DE' },
    { id: 'B', name: 'Bo & Co', types: ['reseller'], started_on: '2020-01-01' },
  ]);
  const kinds = [people, certificates, deals, credits, facts];
  for (const batch of kinds) {
    for (const [entity, row] of isReversed ? [...batch].reverse() : batch)
      await insertRows(store, entity, [row]);
    if (isSplit) {
      await recomputeKpis(store, { program, now: at(days[0]!) });
      for (const entity of ['deal', 'certification', 'fact'] as const)
        await markDirty(store, entity, ['A', 'B']);
    }
  }
  const waiver = { tier: 'gold', requirement: 'people', reason: 'Exam center closed', author: 'kim' };
  const until = '2026-04-30';
  await createWaiver(store, { program, partnerId: 'A', ...waiver, until, now: at('2026-01-14') });
  for (const day of days) {
    for (let time = 0; time < (isRepeated ? 2 : 1); time++) {
      await recomputeKpis(store, { program, now: at(day) });
      await evaluateTiers(store, { program, now: at(day) });
    }
    const asked = await store.query<{ id: string }>(`select id from tierlink.approval where state = 'open'`);
    for (const { id } of asked) {
      await approveMoves(store, { program, id, actor: 'bo', reason: null, now: at(day) });
      await evaluateTiers(store, { program, now: at(day) });
    }
  }
  const decisions = await store.query(
    `select id, partner_id, ladder, movement, from_tier, to_tier, status, summary, effective_on::text as day, evidence
     from tierlink.decision order by effective_on, partner_id, decided_at, id`,
  );
  const values = await store.query(
    `select partner_id, kpi, numerator, denominator, state, counted, excluded, detail from tierlink.kpi_value
     order by partner_id, kpi`,
  );
  return JSON.stringify({ decisions, values }, null, 1);
}
