import type { EntityName } from '../model/entities.ts';
import type { MismatchCause } from '../model/mismatch-causes.ts';
import type { Executor } from '../store/store.ts';
import { isWrite, type PlanItem } from './item.ts';
import { partnersOf } from './partners-of.ts';

/**
 * The items of a plan that are about records which the last verification found with a cause, and what follows from them:
 * the tiers of the partners that they belong to, and what is written about these. Asked inside the rehearsal.
 */
export async function itemsOfCause(
  executor: Executor,
  items: readonly PlanItem[],
  of: { cause: MismatchCause; connections: readonly string[] },
): Promise<PlanItem[]> {
  const found = await foundRecords(executor, of);
  const places = new Set(found.map(placeText));
  const partners = await partnersFound(executor, found);
  return items.filter((item) => {
    if ('crmId' in item && item.crmId !== null && places.has(placeText({ ...item, crmId: item.crmId })))
      return true;
    const follows = isWrite(item) || 'movement' in item;
    return follows && item.partners.some((partner) => partners.has(partner));
  });
}

interface FoundRecord {
  connection: string;
  object: string;
  entity: EntityName;
  crmId: string;
  recordId: string | null;
}

function placeText({ connection, object, entity, crmId }: Omit<FoundRecord, 'recordId'>): string {
  return JSON.stringify([connection, object, entity, crmId]);
}

async function foundRecords(
  executor: Executor,
  { cause, connections }: { cause: MismatchCause; connections: readonly string[] },
): Promise<FoundRecord[]> {
  return await executor.query<FoundRecord & Record<string, unknown>>(
    `select m.connection, m.object, m.entity, m.crm_id as "crmId", coalesce(l.record_id, m.record_id) as "recordId"
     from tierlink.mismatch m
     left join tierlink.link l on l.connection = m.connection and l.object = m.object and l.entity = m.entity
       and l.crm_id = m.crm_id
     where m.cause = $1 and m.connection = any($2::text[])`,
    [cause, [...connections]],
  );
}

async function partnersFound(
  executor: Executor,
  found: readonly FoundRecord[],
): Promise<ReadonlySet<string>> {
  const partners = new Set<string>();
  for (const entity of new Set(found.map((each) => each.entity))) {
    const ids = found.flatMap((each) => (each.entity === entity ? (each.recordId ?? []) : []));
    for (const own of (await partnersOf(executor, entity, ids)).values())
      for (const id of own) partners.add(id);
  }
  return partners;
}
