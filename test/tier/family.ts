import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { insertRows, markDirty, programOf } from '../kpi/sample.ts';

/** Silver for every reseller, Gold from so many points of the company. */
export function programWith(head = '', { gold = 30, ladders = '' } = {}): Program {
  return programOf({
    head,
    kpis: `  points:
    label: Points
    help: x
    unit: number
    rollUp: company
    measure: { sum: fact.quantity, window: { validFrom: occurredOn, validThrough: expiresOn } }`,
    ladders: `  - key: main
    label: Main
    partnerTypes: [reseller]
    heldBy: company
    tiers:
      - { key: silver, label: Silver }
      - { key: gold, label: Gold, requirements: [{ kpi: points, atLeast: ${gold} }] }
    movement: { grace: { reviews: 1 } }${ladders}`,
  });
}

/** A second ladder, for partners of another type. */
export const services = `
  - key: services
    label: Services
    partnerTypes: [msp]
    tiers: [{ key: expert, label: Expert }]`;

/** Every loss waits, so that who comes from another ladder is not decided until somebody approves. */
export const gated = programWith('approval: { always: down }', { ladders: services });

/** Partners with their parents, all of them resellers, and what they bring in. */
export async function insertPartners(
  store: Store,
  parents: Readonly<Record<string, string | null>>,
  points: Readonly<Record<string, number>> = {},
): Promise<void> {
  for (const [id, parent] of Object.entries(parents)) {
    await insertRows(store, 'partner', [
      { id, name: `Firm ${id}`, types: ['reseller'], started_on: '2020-01-01', parent },
    ]);
  }
  for (const [partner, quantity] of Object.entries(points))
    await insertRows(store, 'fact', [
      { id: `f${partner}`, partner, kind: 'points', quantity, occurred_on: '2026-01-01' },
    ]);
}

/** Changes a partner, and marks it with everybody of its family. */
export async function changePartner(
  store: Store,
  { partner, set, marks }: { partner: string; set: string; marks: readonly string[] },
): Promise<void> {
  await store.query(`update tierlink.partner set ${set} where id = $1`, [partner]);
  await markDirty(store, 'partner', [...marks]);
}

/** Partner, tier, status and whose tier it is, of each open state. */
export async function standingsIn(store: Store): Promise<string[]> {
  const rows = await store.query<Record<string, string>>(
    `select partner_id, coalesce(tier, '-') as tier, status, coalesce(inherited_from, 'own') as f
     from tierlink.tier_state where closed_at is null order by partner_id, ladder`,
  );
  return rows.map((row) => `${row.partner_id} ${row.tier} ${row.status} ${row.f}`);
}
