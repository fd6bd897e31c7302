import type { EntityName } from '../../model/entities.ts';
import { resolveReferences } from '../records/links.ts';
import type { Batch, Item } from './batch.ts';
import { targetObjects } from './job.ts';

/** A reference that the mapping reads: an attribute, or a lookup that credits a partner. */
export interface Reference {
  entity: EntityName;
  objects: readonly string[];
  /** Names what it can point to: what was looked up for one reference holds for others with the same. */
  key: string;
}

/** Our id of the record that a CRM id means; undefined when we have none. */
export type Lookup = (reference: Reference, crmId: string) => string | undefined;

/** Credits stand among references and holds under this prefix and the name of their lookup field. */
export const creditPrefix = 'credits.';

/** References of a mapping by attribute. */
export function referencesOf(batch: Batch): Map<string, Reference> {
  const { job, plan } = batch;
  const references = new Map<string, Reference>();
  for (const each of plan.attributes) {
    if (each.transform.kind !== 'reference' || each.to === undefined) continue;
    const { object } = each.transform;
    const objects = targetObjects(job, plan, { field: each.field, entity: each.to, object });
    references.set(each.attribute, referenceTo(each.to, objects));
  }
  for (const { field } of plan.credits) {
    const objects = targetObjects(job, plan, { field, entity: 'partner', object: undefined });
    references.set(creditPrefix + field, referenceTo('partner', objects));
  }
  return references;
}

function referenceTo(entity: EntityName, objects: readonly string[]): Reference {
  return { entity, objects, key: [entity, ...objects].join('\u0000') };
}

/** Ids kept per kind of reference; memory must not grow with the number of records. */
const keptIds = 100_000;

/** Looks up every reference of a batch at once; what earlier pages found is remembered. */
export async function lookUp(
  batch: Batch,
  items: readonly Item[],
  references: ReadonlyMap<string, Reference>,
): Promise<Lookup> {
  const { job } = batch;
  for (const [key, { reference, crmIds }] of wantedIds(items, references)) {
    const known = job.knownReferences.get(key) ?? new Map<string, string>();
    job.knownReferences.set(key, known);
    const asked = [...crmIds].filter((crmId) => !known.has(crmId));
    if (known.size + asked.length > keptIds) known.clear();
    const target = { connection: job.connection, ...reference };
    const ids = known.size === 0 ? [...crmIds] : asked;
    for (const [crmId, id] of await resolveReferences(batch.tx, target, ids)) known.set(crmId, id);
  }
  return (reference, crmId) => job.knownReferences.get(reference.key)?.get(crmId);
}

function wantedIds(
  items: readonly Item[],
  references: ReadonlyMap<string, Reference>,
): Map<string, { reference: Reference; crmIds: Set<string> }> {
  const wanted = new Map<string, { reference: Reference; crmIds: Set<string> }>();
  for (const [name, reference] of references) {
    const entry = wanted.get(reference.key) ?? { reference, crmIds: new Set() };
    wanted.set(reference.key, entry);
    for (const item of items) {
      const crmId = idIn(item, name);
      if (crmId !== undefined) entry.crmIds.add(crmId);
    }
  }
  return wanted;
}

function idIn(item: Item, name: string): string | undefined {
  if (name.startsWith(creditPrefix)) {
    const raw = item.record.fields[name.slice(creditPrefix.length)];
    return typeof raw === 'string' && raw !== '' ? raw : undefined;
  }
  const reading = item.readings[name];
  return reading?.kind === 'reference' ? reading.crmId : undefined;
}

/**
 * Forgets remembered references when records were merged since they were looked up, by whichever process: a merge is the
 * only thing that makes an id mean another record.
 */
export function forgetAfterMerge(batch: Batch, mergeMark: string): void {
  if (batch.job.mergeMark === mergeMark) return;
  batch.job.mergeMark = mergeMark;
  batch.job.knownReferences.clear();
}
