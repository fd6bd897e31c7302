import type { App } from '../app.ts';
import { dayOf } from '../program/civil-date.ts';
import type { ObjectDescription } from '../sync/crm-description.ts';
import { fieldsOf, findMisfit, fitProgramValue } from '../sync/mapping/outbound-fit.ts';
import { type MappingPlan, planMapping } from '../sync/mapping/plan.ts';
import type { TransformContext } from '../sync/mapping/transform.ts';
import { writeAttribute } from '../sync/mapping/transform-out.ts';
import { descriptionsByName, loadMetadata } from '../sync/pull/metadata.ts';
import {
  type Difference,
  type DifferenceFilter,
  isTierDifference,
  listDifferences,
} from '../sync/push/differences.ts';
import { loadConnection } from '../sync/records/connections.ts';
import { recordNames } from '../sync/records/record-names.ts';
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

/** A value of ours that the CRM would refuse, by its description of the field when it was read last. */
export interface UnfitValue {
  difference: Difference;
  /** What people call the record; null where nothing names it. */
  name: string | null;
  code: string;
  message: string;
}

/** Those differences of which our value does not fit: taken, it is not written before it is another one. */
export async function unfitValues(app: App, differences: readonly Difference[]): Promise<UnfitValue[]> {
  const unfit: UnfitValue[] = [];
  for (const connection of app.connections) {
    const own = differences.filter((each) => each.connection === connection.alias);
    if (own.length === 0) continue;
    const metadata = await loadMetadata(app.store, connection.alias);
    const { currency } = await loadConnection(app.store.db, connection.alias);
    const { timeZone, currency: usual } = app.program;
    const context = { timeZone, currency: currency ?? usual.code, named: metadata?.named };
    const descriptions = descriptionsByName(metadata);
    const plans = connection.mappings().map((mapping) => planMapping(mapping));
    for (const difference of own) {
      const misfit = misfitOf(difference, { plans, descriptions, context });
      if (misfit === null) continue;
      const names = await recordNames(app.store, difference.entity, [difference.record_id]);
      unfit.push({ difference, name: names.get(difference.record_id) ?? null, ...misfit });
    }
  }
  return unfit;
}

interface Fitting {
  plans: readonly MappingPlan[];
  descriptions: ReadonlyMap<string, ObjectDescription>;
  context: TransformContext;
}

/** Why our value cannot be sent, as the push would say it. What the program makes is cut to its field, and fits. */
function misfitOf(
  { object, entity, attribute, ours }: Difference,
  { plans, descriptions, context }: Fitting,
): { code: string; message: string } | null {
  const plan = plans
    .find((each) => each.object === object && each.entity === entity)
    ?.attributes.find((each) => each.attribute === attribute);
  if (plan === undefined) return null;
  const known = fieldsOf(descriptions.get(object));
  const value = plan.home === 'program' ? fitProgramValue(ours, known?.get(plan.field)) : ours;
  const writing = writeAttribute(plan, value, context);
  if (writing.kind === 'invalid')
    return { code: 'CRM_BAD_VALUE', message: `${plan.field}: ${writing.reason}.` };
  return writing.kind === 'fields' ? findMisfit(writing.fields, known, 'update') : null;
}
