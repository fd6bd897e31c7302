import { recomputeKpis } from '../../src/kpi/recompute.ts';
import type { Program } from '../../src/program/load.ts';
import type { Store } from '../../src/store/store.ts';
import { type EvaluateResult, evaluateTiers } from '../../src/tier/run.ts';
import { insertDeals, insertRows, programOf } from '../kpi/sample.ts';

/** Two ladders; Gold on the main one asks for revenue and for a certified person. */
export const program = programOf({
  kpis: `  revenue:
    label: Sourced revenue
    help: Won deals.
    unit: money
    measure: { sum: deal.amount, where: { attribute: isWon, is: true }, window: { last: 12 months, by: closeOn } }
  certified:
    label: Certified people
    help: People.
    unit: people
    measure: { distinct: certification.person, window: { validFrom: issuedOn, validThrough: expiresOn } }`,
  ladders: `  - key: main
    label: Main
    partnerTypes: [reseller]
    tiers:
      - { key: bronze, label: Bronze }
      - { key: silver, label: Silver, requirements: [{ kpi: revenue, atLeast: 1000 }] }
      - { key: gold, label: Gold, requirements: [{ kpi: revenue, atLeast: 5000 }, { kpi: certified, atLeast: 1 }] }
    movement: { rampDays: 90, afterOverride: at_review }
  - key: services
    label: Services
    partnerTypes: [msp]
    tiers: [{ key: member, label: Member }]`,
});
/** The morning of a day. */
export const at = (day: string) => Date.parse(`${day}T08:00:00Z`);

/** Two resellers, one with enough revenue for Gold. */
export async function insertPartners(store: Store): Promise<void> {
  await insertRows(store, 'partner', [
    { id: 'A', name: 'Northwind', types: ['reseller'], started_on: '2020-01-01' },
    { id: 'B', name: 'Contoso', types: ['reseller'], started_on: '2020-01-01' },
  ]);
  await insertDeals(
    store,
    `
    deal | partner | amount   | won | closed     | role    | weight
    d1   | A       | 6000 USD | yes | 2026-02-20 | sourced | 100
    d2   | B       | 1500 USD | yes | 2026-02-20 | sourced | 100
    d3   | B       | 900 USD  | yes | 2025-02-20 | sourced | 100`,
  );
}

/** One pass as the product makes it: figures, then tiers. */
export async function passBy(store: Store, rules: Program, day: string): Promise<EvaluateResult> {
  await recomputeKpis(store, { program: rules, now: at(day) });
  return await evaluateTiers(store, { program: rules, now: at(day), runId: `run-${day}` });
}

/** The same by the program of this file. */
export async function pass(store: Store, day: string): Promise<EvaluateResult> {
  return await passBy(store, program, day);
}

/** The open tier states: partner, ladder, tier, status. */
export async function tiers(store: Store): Promise<string[]> {
  const rows = await store.query<Record<string, string>>(
    `select partner_id, ladder, coalesce(tier, '-') as tier, status from tierlink.tier_state
     where closed_at is null order by partner_id, ladder`,
  );
  return rows.map((row) => `${row.partner_id} ${row.ladder} ${row.tier} ${row.status}`);
}

/** Every decision: day, partner, movement, from, to. */
export async function movements(store: Store): Promise<string[]> {
  const rows = await store.query<Record<string, string>>(
    `select partner_id, movement, coalesce(from_tier, '-') as f, coalesce(to_tier, '-') as t, effective_on
     from tierlink.decision order by effective_on, decided_at, partner_id, movement`,
  );
  return rows.map((row) => `${row.effective_on} ${row.partner_id} ${row.movement} ${row.f} ${row.t}`);
}

/** Gives partner A a certified person. */
export async function certify(store: Store, expiresOn: string | null = null): Promise<void> {
  await insertRows(store, 'person', [{ id: 'p1', partner: 'A', email: 'a@a.example' }]);
  await insertRows(store, 'certification', [
    { id: 'c1', person: 'p1', issued_on: '2025-01-01', expires_on: expiresOn },
  ]);
}
