import { type EntityName, entities } from '../../model/entities.ts';
import type { AttributePlan } from '../mapping/plan.ts';
import type { Reading } from '../mapping/transform.ts';
import { type MergeResult, mergeRecord, type TheirReading } from '../records/merge.ts';
import { isStored } from '../records/record-rows.ts';
import type { Batch, Item } from './batch.ts';
import { notedBlanks, type Values } from './job.ts';
import { followReferences } from './moved-references.ts';
import { creditPrefix, type Lookup, lookUp, type Reference, referencesOf } from './references.ts';
import type { CreditReading, Outcome } from './store.ts';

/** Merges each item; references of the whole batch are looked up at once. */
export async function mergeItems(batch: Batch, items: readonly Item[]): Promise<Outcome[]> {
  const references = referencesOf(batch);
  const lookup = await lookUp(batch, items, references);
  await followReferences(batch, items);
  return items.map((item) => {
    const theirs = resolveReadings(batch, item.readings, { references, lookup });
    return outcomeOf(batch, item, { theirs, credits: readCredits(batch, item, { references, lookup }) });
  });
}

function resolveReadings(
  batch: Batch,
  readings: Readonly<Record<string, Reading>>,
  how: { references: Map<string, Reference>; lookup: Lookup },
): Record<string, TheirReading> {
  const theirs: Record<string, TheirReading> = {};
  for (const plan of batch.plan.attributes) {
    const reading = readings[plan.attribute]!;
    theirs[plan.attribute] = reading.kind === 'reference' ? resolve(plan, reading.crmId, how) : reading;
  }
  return theirs;
}

/** A reference into an entity that the connection does not map can never resolve: it stays blank and waits for nothing. */
function resolve(
  plan: AttributePlan,
  crmId: string,
  how: { references: Map<string, Reference>; lookup: Lookup },
): TheirReading {
  const reference = how.references.get(plan.attribute);
  if (reference === undefined)
    return { kind: 'invalid', reason: 'the mapping does not say what it points to' };
  const id = how.lookup(reference, crmId);
  if (id !== undefined) return { kind: 'value', value: id };
  const isMapped = reference.objects.length > 0;
  return isMapped || plan.spec.required ? { kind: 'missing', crmId } : { kind: 'value', value: null };
}

function readCredits(
  batch: Batch,
  item: Item,
  how: { references: Map<string, Reference>; lookup: Lookup },
): CreditReading[] {
  const credits: CreditReading[] = [];
  for (const credit of batch.plan.credits) {
    const raw = item.record.fields[credit.field];
    if (raw === undefined) continue;
    const crmId = raw === null || raw === '' ? null : String(raw);
    const reference = how.references.get(creditPrefix + credit.field)!;
    const partner = crmId === null ? null : (how.lookup(reference, crmId) ?? null);
    credits.push({ credit, crmId, partner });
  }
  return credits;
}

function outcomeOf(
  batch: Batch,
  item: Item,
  read: { theirs: Record<string, TheirReading>; credits: CreditReading[] },
): Outcome {
  if (item.waitsFor !== undefined) {
    const { entity, mapping } = batch.plan;
    const waits = { attribute: mapping.of ?? '', crmId: item.waitsFor, entity, required: true };
    return { kind: 'held', item, waits, complaints: [] };
  }
  const merge = mergeRecord({
    attributes: batch.plan.attributes,
    ours: item.row?.values ?? {},
    base: item.link?.base ?? {},
    theirs: read.theirs,
    theirStamp: item.record.modifiedAt,
    ourStamp: item.row?.knownFrom ?? null,
    standing: item.standing,
    notesBlank: notedBlanks(batch.job, batch.plan.entity),
  });
  const required = new Set(
    batch.plan.attributes.filter((plan) => plan.spec.required).map((plan) => plan.attribute),
  );
  const complaints = merge.complaints.filter((complaint) => required.has(complaint.attribute));
  if (complaints.length > 0) return { kind: 'invalid', item, complaints: merge.complaints };
  // One that we have already and that moved to a parent that we do not know (yet) is no longer the former parent's.
  const parent = item.row === undefined ? merge.waiting.find((each) => isParent(batch, each)) : undefined;
  if (parent !== undefined) {
    const waits = { ...parent, entity: targetEntity(batch, parent.attribute) };
    return { kind: 'held', item, waits, complaints: merge.complaints };
  }
  return applied(batch, item, { merge, credits: read.credits });
}

/** Whether a record means nothing without what it waits for. A credit does without its partner: others get less of the deal. */
function isParent(batch: Batch, waiting: { attribute: string; required: boolean }): boolean {
  return waiting.required && !(batch.plan.entity === 'credit' && waiting.attribute === 'partner');
}

function applied(batch: Batch, item: Item, with_: { merge: MergeResult; credits: CreditReading[] }): Outcome {
  const { merge, credits } = with_;
  // What only describes a record leaves it as it is.
  const isDescribing = batch.plan.mapping.of !== undefined;
  const values = isDescribing ? {} : rowValues(batch, item, merge);
  const isBack =
    item.row !== undefined &&
    (!item.row.inScope || item.row.deletedAt !== null || item.row.mergedInto !== null);
  const isCreated = entities[batch.plan.entity].origin === 'crm' && item.row === undefined;
  const isUpdated = isBack || Object.keys(values).length > 0;
  return {
    kind: 'applied',
    item,
    change: isDescribing ? 'unchanged' : isCreated ? 'created' : isUpdated ? 'updated' : 'unchanged',
    values,
    merge,
    credits,
    waiting: [
      ...merge.waiting.map((each) => ({ ...each, entity: targetEntity(batch, each.attribute) })),
      ...credits
        .filter((each) => each.crmId !== null && each.partner === null)
        .map(({ credit, crmId }) => ({
          attribute: creditPrefix + credit.field,
          crmId: crmId!,
          entity: 'partner' as const,
        })),
    ],
  };
}

/** Values that change in our row: those merged, and the tier that people kept by hand, found at the first meeting. */
function rowValues(batch: Batch, item: Item, merge: MergeResult): Values {
  const { entity, mapping } = batch.plan;
  const values: Values = {};
  for (const [attribute, value] of Object.entries(merge.values)) {
    if (attribute.startsWith('extra.') || isStored(entity, attribute)) values[attribute] = value;
  }
  if (entity !== 'partner') return values;
  const adopted = { crmTier: merge.adopted.tier, crmTierSince: merge.adopted.tierSince };
  const takesTier = isTierTaken(item, merge);
  for (const [attribute, value] of Object.entries(adopted)) {
    const isFree =
      mapping.attributes[attribute] === undefined &&
      (takesTier || (item.row?.values[attribute] ?? null) === null);
    if (isFree && (takesTier || value !== undefined)) values[attribute] = value ?? null;
  }
  return values;
}

/** Whether the tier found here replaces one that was adopted from a connection with less authority. */
export function isTierTaken({ standing }: Item, { adopted }: MergeResult): boolean {
  return adopted.tier !== undefined && standing?.takesOver.has('tier') === true && !standing.isTierOwned;
}

function targetEntity(batch: Batch, attribute: string): EntityName {
  return batch.plan.attributes.find((plan) => plan.attribute === attribute)!.to!;
}
