import type { MappingPlan } from '../mapping/plan.ts';
import type { ObjectMapping } from '../mapping/schema.ts';
import { markDirty } from '../records/dirty.ts';
import type { Complaint } from '../records/merge.ts';
import { type RecordRow, recordOf, saveRecords } from '../records/record-rows.ts';
import { recordRejects } from '../records/reject-record.ts';
import type { Batch } from './batch.ts';
import { type Attribution, creditWeights } from './credit-weights.ts';
import { targetObjects } from './job.ts';
import { messageOf } from './troubles.ts';

/** What is wrong with a deal of which nobody knows who gets how much. */
export const sharesComplaint: Complaint = {
  attribute: 'credits',
  field: 'credits',
  code: 'RECORD_INVALID',
  reason: 'the shares of its partners do not add up to 100',
};

/** Whether nobody knows what a partner of ours gets of a deal. Of one that is none of ours, nobody needs to. */
export function isUnclear(credits: readonly { partner: unknown; weight: unknown }[]): boolean {
  return credits.some(({ partner, weight }) => weight === null && partner !== null);
}

/** The rule by which credits of a mapping's deals count. (Default: all) */
export function attributionOf(mapping: ObjectMapping | undefined): Attribution {
  return mapping?.attribution ?? 'all';
}

/** Sets the weights of deals whose credits changed in an object of their own; tells which deals do not add up. */
export async function reweighDeals(batch: Batch, deals: readonly string[]): Promise<void> {
  const plan = planOfDeals(batch);
  if (plan !== undefined) await reweighDealsOf(batch, { deals, plan });
}

/** The same for deals that came by a mapping. */
export async function reweighDealsOf(
  batch: Batch,
  { deals, plan }: { deals: readonly string[]; plan: MappingPlan },
): Promise<void> {
  if (deals.length === 0) return;
  const bad = await reweigh(batch, { deals, attribution: attributionOf(plan.mapping) });
  const links = await batch.tx.query<{ crm_id: string; record_id: string }>(
    `select crm_id, record_id from tierlink.link
     where connection = $1 and object = $2 and entity = 'deal' and state = 'live' and record_id = any($3::text[])`,
    [batch.job.connection, plan.object, [...deals]],
  );
  const place = { connection: batch.job.connection, object: plan.object, entity: 'deal' } as const;
  const good = links.filter((link) => !bad.has(link.record_id)).map((link) => link.crm_id);
  await batch.tx.query(
    `delete from tierlink.reject where connection = $1 and object = $2 and entity = 'deal' and direction = 'in'
       and attribute = $3 and crm_id = any($4::text[])`,
    [place.connection, place.object, sharesComplaint.attribute, good],
  );
  const rejects = links
    .filter((link) => bad.has(link.record_id))
    .map((link) => ({
      ...place,
      direction: 'in' as const,
      crmId: link.crm_id,
      recordId: link.record_id,
      attribute: sharesComplaint.attribute,
      code: sharesComplaint.code,
      message: messageOf(sharesComplaint),
      payload: { field: sharesComplaint.field },
    }));
  await recordRejects(batch.tx, rejects, { now: batch.now, runId: batch.job.runId });
}

/** The mapping of the deals that the credits of this mapping belong to. */
function planOfDeals(batch: Batch): MappingPlan | undefined {
  const reference = batch.plan.attributes.find((each) => each.attribute === 'deal');
  if (reference === undefined) return undefined;
  const object = reference.transform.kind === 'reference' ? reference.transform.object : undefined;
  const objects = targetObjects(batch.job, batch.plan, { field: reference.field, entity: 'deal', object });
  return batch.job.allPlans.find((plan) => plan.entity === 'deal' && objects.includes(plan.object));
}

/** Sets the weights of all credits of deals. Returns the deals whose shares do not add up to 100. */
export async function reweigh(
  batch: Batch,
  of: { deals: readonly string[]; attribution: Attribution },
): Promise<Set<string>> {
  const changed: RecordRow[] = [];
  const bad = new Set<string>();
  for (const [deal, credits] of await creditsByDeal(batch, of.deals)) {
    const weights = creditWeights(
      of.attribution,
      credits.map(({ values }) => ({
        partner: values.partner as string | null,
        role: values.role as string | null,
        share: values.share as string | null,
        isPrimary: values.isPrimary === true,
      })),
    );
    if (isUnclear(credits.map(({ values }, index) => ({ partner: values.partner, weight: weights[index] }))))
      bad.add(deal);
    for (const [index, credit] of credits.entries()) {
      const weight = weights[index] ?? null;
      if (credit.values.weight !== weight) changed.push({ ...credit, values: { ...credit.values, weight } });
    }
  }
  await saveRecords(batch.tx, 'credit', { created: [], changed, now: batch.now });
  await markDirty(
    batch,
    'credit',
    changed.map((row) => row.id),
  );
  return bad;
}

/**
 * The credits that count. The deals stay locked until the page is kept: a page of another object that gives credits to
 * the same deals waits, and weighs them with ours.
 */
async function creditsByDeal(batch: Batch, deals: readonly string[]): Promise<Map<string, RecordRow[]>> {
  const byDeal = new Map<string, RecordRow[]>();
  if (deals.length === 0) return byDeal;
  const ids = [...new Set(deals)];
  await batch.tx.query(
    'select 1 from tierlink.deal where id = any($1::text[]) order by id for no key update',
    [ids],
  );
  const rows = await batch.tx.query(
    `select * from tierlink.credit where deal = any($1::text[]) and deleted_at is null and in_scope order by deal, id`,
    [ids],
  );
  for (const row of rows) {
    const credit = recordOf('credit', row);
    const deal = credit.values.deal as string;
    const known = byDeal.get(deal);
    if (known === undefined) byDeal.set(deal, [credit]);
    else known.push(credit);
  }
  return byDeal;
}
