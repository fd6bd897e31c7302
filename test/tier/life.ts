import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { EntityName } from '../../src/model/entities.ts';
import type { Store } from '../../src/store/store.ts';
import { approveMoves } from '../../src/tier/approvals.ts';
import { evaluateTiers } from '../../src/tier/run.ts';
import { createWaiver } from '../../src/tier/waivers.ts';
import { insertRows, markDirty } from '../kpi/sample.ts';
import { everything as program } from './everything.ts';
import { at } from './pass.ts';

/** A story of a few partners, two of them with a subsidiary, under a program that uses everything at once. */

type Batch = [entity: EntityName, row: Record<string, unknown>][];

const ids = ['A', 'B', 'C', 'D', 'E'];
const partners: Batch = [
  { id: 'A', name: 'Ann & Co', country: 'DE', employees: 20 },
  { id: 'B', name: 'Bo & Co', employees: 500 },
  { id: 'C', name: 'Cy & Co', country: 'Sweden', employees: 60, parent: 'A' },
  { id: 'D', name: 'Di & Co', country: ' se', employees: 150 },
  { id: 'E', name: 'Ed & Co', country: 'Chile', parent: 'D', status: 'small' },
].map((row) => ['partner', { types: ['reseller'], started_on: '2020-01-01', status: 'large', ...row }]);
const customers: Batch = ['Sweden', 'germany', 'Brazil', null].map((country, index) => [
  'customer',
  { id: `u${index}`, name: `Customer ${index}`, country },
]);
const people: Batch = Array.from({ length: 10 }, (_one, index) => [
  'person',
  {
    id: `p${index}`,
    partner: ids[index < 6 ? index % 2 : index % 5],
    // Two of them are one.
    email: `p${index === 7 ? 6 : index}@a.example`,
    left_on: index === 8 ? '2026-05-15' : null,
  },
]);
const codes = [
  ...Array(6).fill(null),
  'PRO-1',
  'SUITE-2',
  'suite-1',
  ' pro-2',
  'X',
  'PRO-1',
  'PRO-2',
  'PRO-2',
];
const certificates: Batch = Array.from({ length: 14 }, (_one, index) => [
  'certification',
  {
    id: `c${index}`,
    person: `p${index % 10}`,
    code: codes[index],
    status: index % 2 === 0 ? 'cloud' : 'Data',
    issued_on: index === 11 ? '2026-02-01' : '2025-06-01',
    expires_on: index < 3 ? '2026-05-10' : null,
  },
]);
const deals: Batch = Array.from({ length: 20 }, (_one, index) => [
  'deal',
  {
    id: `d${index}`,
    customer: `u${index % 4}`,
    type: ['Cloud', 'Data', 'Sea', null][(index >> 1) % 4],
    amount: `${1000 + 777 * index}.${index % 10}5`,
    amount_currency: index % 3 === 0 ? 'EUR' : 'USD',
    is_won: index % 5 !== 4,
    is_closed: true,
    created_at: `2025-${String((index % 9) + 1).padStart(2, '0')}-01T23:30:00Z`,
    close_on: `${index < 15 ? 2025 : 2026}-${String((index % 12) + 1).padStart(2, '0')}-28`,
  },
]);
const credits: Batch = deals.map(([_entity, { id }], index) => [
  'credit',
  {
    id: `k${index}`,
    deal: id,
    partner: index < 12 ? (index % 3 === 2 ? 'B' : 'A') : ids[index % 5],
    role: 'sourced',
    weight: index < 12 ? 100 : '33.33',
  },
]);
const ratings: Batch = ['A', 'A', 'B', 'B', 'A'].map((partner, index) => [
  'fact',
  index === 4
    ? { id: 'plan', partner, kind: 'business plan', occurred_on: '2026-01-01' }
    : { id: `r${index}`, partner, kind: 'rating', quantity: 3 + index / 2, occurred_on: '2026-01-01' },
]);
/** Entries of which one lapses and two are taken back, one of them in part and one before it lapses. */
const ledger: Batch = [
  { entry: 'e1', partner: 'A', quantity: 60, expires_on: '2026-06-15' },
  { entry: 'e2', partner: 'C', quantity: 45 },
  { entry: 'e3', partner: 'C', quantity: '-12.5', reverses: 'e2', occurred_on: '2026-02-20' },
  { entry: 'e4', partner: 'D', quantity: 80, expires_on: '2026-05-31' },
  { entry: 'e5', partner: 'D', quantity: -80, reverses: 'e4', occurred_on: '2026-05-10' },
  { entry: 'e6', partner: 'E', quantity: 55 },
].map((row) => ['fact', { id: row.entry, kind: 'points', occurred_on: '2026-01-02', ...row }]);
const written: Batch = ids.flatMap(
  (partner, index): Batch => [
    [
      'fact',
      { id: `h${partner}1`, partner, kind: 'health', quantity: 50 + 9 * index, occurred_on: '2026-01-05' },
    ],
    [
      'fact',
      { id: `h${partner}2`, partner, kind: 'health', quantity: 90 - index, occurred_on: '2026-05-02' },
    ],
    ...['Sweden', 'SE', 'germany', 'Brazil', null].map((dimension, place): Batch[number] => [
      'fact',
      {
        id: `s${partner}${place}`,
        partner,
        kind: 'Seats',
        dimension,
        quantity: place + index,
        occurred_on: `2025-0${place + 5}-15`,
      },
    ]),
  ],
);
const days = [
  '2026-01-15',
  '2026-02-01',
  '2026-04-01',
  '2026-05-01',
  '2026-05-20',
  '2026-06-01',
  '2026-07-01',
  '2026-08-01',
];
/** What happens on the morning of a day: partners shrink and grow, one is sold, and a certificate is withdrawn. */
const events: Readonly<Record<string, [entity: EntityName, change: string]>> = {
  '2026-02-01': ['partner', `update tierlink.partner set employees = 160 - employees where id in ('A', 'D')`],
  '2026-05-01': ['partner', `update tierlink.partner set parent = 'D' where id = 'C'`],
  '2026-07-01': [
    'certification',
    `update tierlink.certification set expires_on = '2026-06-30' where id = 'c13'`,
  ],
};

/** What the figures are made of: a pull marks whom it concerns. */
const marked = ['partner', 'customer', 'person', 'deal', 'credit', 'certification', 'fact'] as const;

export interface Way {
  isReversed?: boolean;
  isSplit?: boolean;
  isRepeated?: boolean;
}

/** Lives through the days and returns every decision with its evidence, and every figure. */
export async function live(store: Store, { isReversed, isSplit, isRepeated }: Way): Promise<string> {
  const kinds = [partners, customers, people, certificates, deals, credits, ratings, ledger, written];
  for (const batch of kinds) {
    for (const [entity, row] of isReversed ? [...batch].reverse() : batch)
      await insertRows(store, entity, [row]);
    if (isSplit) {
      await recomputeKpis(store, { program, now: at(days[0]!) });
      for (const entity of marked) await markDirty(store, entity, ids);
    }
  }
  const waiver = { tier: 'gold', requirement: 'people', reason: 'Exam center closed', author: 'kim' };
  const until = '2026-04-30';
  await createWaiver(store, { program, partnerId: 'A', ...waiver, until, now: at('2026-01-14') });
  for (const day of days) {
    const [entity, change] = events[day] ?? [];
    if (change !== undefined) {
      await store.query(change);
      await markDirty(store, entity!, ids);
    }
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
     from tierlink.decision order by effective_on, partner_id collate "C", decided_at, id collate "C"`,
  );
  const values = await store.query(
    `select partner_id, kpi, numerator, denominator, state, counted, excluded, detail from tierlink.kpi_value
     order by partner_id collate "C", kpi collate "C"`,
  );
  return JSON.stringify({ decisions, values }, null, 1);
}
