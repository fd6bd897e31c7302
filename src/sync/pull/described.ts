import { resolveReferences } from '../records/links.ts';
import { loadRecords } from '../records/record-rows.ts';
import type { Batch, Item } from './batch.ts';
import { targetObjects } from './job.ts';

/**
 * Finds the record that each item describes, through the lookup of the mapping. It may be another one than the last time:
 * the CRM moves these records along when it merges. An item whose record is not here yet waits for it; one that names none
 * is nobody's.
 */
export async function identifyDescribed(batch: Batch, items: readonly Item[], of: string): Promise<Item[]> {
  const { job, plan, tx } = batch;
  const { entity } = plan;
  const named = items.filter((item) => typeof item.record.fields[of] === 'string');
  const crmIds = named.map((item) => String(item.record.fields[of]));
  const objects = targetObjects(job, plan, { field: of, entity, object: undefined });
  const ids = await resolveReferences(tx, { connection: job.connection, entity, objects }, [
    ...new Set(crmIds),
  ]);
  for (const [index, item] of named.entries()) {
    const crmId = crmIds[index]!;
    const id = ids.get(crmId);
    if (id === undefined) item.waitsFor = crmId;
    else item.recordId = id;
  }
  const rows = await loadRecords(
    tx,
    entity,
    named.map((item) => item.recordId),
  );
  for (const item of named) item.row = rows.get(item.recordId);
  return named;
}
