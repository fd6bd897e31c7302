import type { App } from '../app.ts';
import { dayOf } from '../program/civil-date.ts';
import {
  type Difference,
  type DifferenceFilter,
  isTierDifference,
  listDifferences,
} from '../sync/push/differences.ts';
import { activeOverride, tierNamed } from '../tier/evaluate.ts';
import { loadOverrides } from '../tier/load-exceptions.ts';

/** A difference, and whether a person has decided it: an accepted tier stays until its override is in force. */
export interface ListedDifference extends Difference {
  /** The override that settles it with the next evaluation; null: it is still to be decided. */
  decided: { until: string } | null;
}

type Source = Pick<App, 'store' | 'program' | 'clock'>;

/** Differences that are not settled, the oldest first, each with the decision that was made on it. */
export async function listWithDecisions(app: Source, filter: DifferenceFilter): Promise<ListedDifference[]> {
  const found = await listDifferences(app.store, filter);
  const overrides = await overridesOf(app, found);
  return found.map((each) => ({ ...each, decided: overrides.get(keyOf(each)) ?? null }));
}

/** How many differences were decided and wait for the next evaluation. `connection`: only of this one. (Default: all) */
export async function countDecided(app: Source, connection?: string): Promise<number> {
  return (await overridesOf(app, await listDifferences(app.store, { attribute: 'tier', connection }))).size;
}

/** By difference, the override in force today that sets the very tier that people set in the CRM. */
async function overridesOf(
  { store, program, clock }: Source,
  differences: readonly Difference[],
): Promise<Map<string, { until: string }>> {
  const tiers = differences.filter(isTierDifference);
  const decided = new Map<string, { until: string }>();
  if (tiers.length === 0) return decided;
  const partners = tiers.map(({ record_id: id }) => id);
  const overrides = await loadOverrides(store, program, partners);
  const today = dayOf(clock.now(), program.timeZone);
  for (const tier of tiers) {
    const own = overrides.filter(({ partnerId }) => partnerId === tier.record_id);
    const override = activeOverride(own, today);
    const ladder = program.ladders.find(({ key }) => key === own.find((one) => one === override)?.ladder);
    if (override === null || ladder === undefined) continue;
    if (tierNamed(ladder, String(tier.theirs)) !== override.tier) continue;
    decided.set(keyOf(tier), { until: override.untilOn });
  }
  return decided;
}

/** Whether two are about the same field of the same record. */
export function isSameDifference(one: Difference, other: Difference): boolean {
  return keyOf(one) === keyOf(other);
}

function keyOf({ connection, object, crm_id: crmId, entity, attribute }: Difference): string {
  return JSON.stringify([connection, object, crmId, entity, attribute]);
}
