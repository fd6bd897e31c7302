import { columnOf, type EntityName } from '../../model/entities.ts';
import type { Executor } from '../../store/store.ts';
import { createdAttributes } from '../mapping/on-create.ts';
import type { MappingPlan } from '../mapping/plan.ts';
import { markMade } from '../records/outbox.ts';
import { tableOf } from '../records/record-rows.ts';
import type { OutboundContext } from './outbound.ts';
import { writtenAttributes } from './outbound-compare.ts';

/** An attribute by which what is written belongs to a record of another entity, or of its own. */
interface Belonging {
  entity: EntityName;
  attribute: string;
}

/** Where records that a connection writes belong to records of an entity; what the program makes is apart. */
function belongingsTo(plans: readonly MappingPlan[], parent: EntityName): Belonging[] {
  const found = plans.flatMap((plan) =>
    writtenAttributes(plan)
      .filter(({ to, home }) => to === parent && home === 'column')
      .map(({ attribute }) => ({ entity: plan.entity, attribute })),
  );
  return [...new Map(found.map((each) => [`${each.entity} ${each.attribute}`, each])).values()];
}

/** Whether what a mapping writes may belong to records of an entity. */
export function belongsTo(plan: MappingPlan, parent: EntityName): boolean {
  return [...writtenAttributes(plan), ...createdAttributes(plan)].some(({ to }) => to === parent);
}

/** Has the records compared that belong to ones which the CRM has just got: they can go out next. */
export async function markChildren(
  tx: Executor,
  { connection, plan, plans }: Pick<OutboundContext, 'connection' | 'plan' | 'plans'>,
  { parents, now }: { parents: readonly string[]; now: string },
): Promise<void> {
  for (const { entity, attribute } of belongingsTo(plans, plan.entity))
    await tx.query(
      `insert into tierlink.comparison (connection, entity, record_id, since)
       select $1, $2, id, $4::timestamptz from ${tableOf(entity)} where ${columnOf(attribute)} = any($3::text[])
       order by id collate "C"
       on conflict (connection, entity, record_id) do update set since = excluded.since`,
      [connection, entity, [...parents], now],
    );
  if (plan.entity !== 'partner') return;
  await markCredited(tx, { connection, plans }, { parents, now });
  await markMade(tx, { partners: parents, now });
}

/** Deals that wait for a partner that they are credited to, because they name it when they are created. */
async function markCredited(
  tx: Executor,
  { connection, plans }: Pick<OutboundContext, 'connection' | 'plans'>,
  { parents, now }: { parents: readonly string[]; now: string },
): Promise<void> {
  if (!plans.some(({ credits }) => credits.some(({ onCreate }) => onCreate === true))) return;
  await tx.query(
    `insert into tierlink.comparison (connection, entity, record_id, since)
     select distinct $1, 'deal', deal, $3::timestamptz from tierlink.credit
     where partner = any($2::text[]) and deleted_at is null and merged_into is null
     on conflict (connection, entity, record_id) do update set since = excluded.since`,
    [connection, [...parents], now],
  );
}
