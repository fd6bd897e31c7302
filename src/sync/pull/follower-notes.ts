import type { EntityName } from '../../model/entities.ts';
import type { AttributePlan, MappingPlan } from '../mapping/plan.ts';
import type { Batch } from './batch.ts';

/**
 * A scope may ask about the parent of a record ("contacts of partner accounts"). When the parent enters or leaves its own
 * scope, its followers do too, and the CRM reports no change of theirs: they have to be asked about. The parents are kept
 * as rows until that is done. A filter on anything else of the parent is followed by the next full comparison only.
 */

/** A reference through which a scope may look at a parent. */
export interface Following {
  plan: MappingPlan;
  reference: AttributePlan;
}

const quoted = /'(?:[^'\\]|\\.)*'/g;
const path = /[A-Za-z_]\w*[./][A-Za-z_]/;

/** Whether the scope reads a field of another record. */
function looksAtParents({ scope }: MappingPlan): boolean {
  const fields = Object.keys(scope.where ?? {});
  return path.test((scope.filter ?? '').replace(quoted, "''")) || fields.some((field) => path.test(field));
}

/** Where a scope may look at a parent, at one of the entity if it is given. */
export function followingsOf(plans: readonly MappingPlan[], entity?: EntityName): Following[] {
  return plans
    .filter(looksAtParents)
    .flatMap((plan) =>
      plan.attributes
        .filter(
          ({ to, home }) => to !== undefined && home === 'column' && (entity === undefined || to === entity),
        )
        .map((reference) => ({ plan, reference })),
    );
}

/**
 * Remembers parents that have just entered or left their scope, in the same transaction. One that is remembered already
 * has moved again since, and what was asked about it meanwhile says nothing.
 */
export async function noteFollowers(batch: Batch, parentIds: readonly string[]): Promise<void> {
  if (parentIds.length === 0) return;
  const { job, plan, tx, now } = batch;
  for (const { plan: follower, reference } of followingsOf(job.allPlans, plan.entity)) {
    await tx.query(
      `insert into tierlink.rescope (connection, object, mapping, attribute, parent_id, since)
       select $1, $2, $3, $4, id, $5::timestamptz from unnest($6::text[]) as id order by id
       on conflict (connection, object, mapping, attribute, parent_id) do update set since = excluded.since`,
      [job.connection, follower.object, follower.name, reference.attribute, now, [...new Set(parentIds)]],
    );
  }
}
