import type { AttributeValue, EntityName } from '../../model/entities.ts';
import { sameValue } from '../../model/values.ts';
import type { Executor } from '../../store/store.ts';
import { createdAttributes } from '../mapping/on-create.ts';
import { type BaseEntry, pairOf } from '../records/base.ts';
import { refOf } from '../records/write-ref.ts';
import type { PushContext } from './context.ts';
import type { Instead } from './outbound.ts';
import type { OutgoingChange } from './outbound-compare.ts';

/** One write of a plan, as it was reviewed. */
export interface PlannedWrite {
  object: string;
  entity: EntityName;
  recordId: string;
  /** null: it is created. */
  crmId: string | null;
  /** Records of ours that the plan creates first, because this one belongs to them. */
  after: readonly { entity: EntityName; recordId: string }[];
  changes: readonly {
    attribute: string;
    before: AttributeValue;
    after: AttributeValue;
    /** The value is the moment of writing, and another one each time. */
    moment: boolean;
  }[];
}

/** What a reviewed plan writes to one connection, and nothing else. */
export interface PlannedWrites {
  /** Id of the plan, for the audit. */
  planId: string;
  /** Its cause, for the audit; null: the plan itself says it. */
  why: string | null;
  writes: readonly PlannedWrite[];
  /** Whether it puts back what was there before a run wrote, whatever the program asks for. */
  restores: boolean;
}

/** Has the records of a plan compared, whether or not write-back is on. */
export async function markPlanned(
  executor: Executor,
  { connection, planned, now }: { connection: string; planned: PlannedWrites; now: string },
): Promise<void> {
  await executor.query(
    `insert into tierlink.comparison (connection, entity, record_id, since)
     select distinct $1, entity, record_id, $4::timestamptz from unnest($2::text[], $3::text[]) as r(entity, record_id)
     on conflict (connection, entity, record_id) do update set since = excluded.since`,
    [
      connection,
      planned.writes.map(({ entity }) => entity),
      planned.writes.map(({ recordId }) => recordId),
      now,
    ],
  );
}

/**
 * What was found due beside a plan is not kept while write-back is off: nothing would ever send it, and turning it on
 * compares everything.
 */
export async function dropUnplanned(
  executor: Executor,
  { connection, planned: { writes } }: { connection: string; planned: PlannedWrites },
): Promise<void> {
  await executor.query(
    `delete from tierlink.pending_write where connection = $1 and state = 'due' and attempts = 0
       and exists (select from tierlink.connection where id = $1 and not write_back)
       and (object, entity, record_id, ref)
         not in (select * from unnest($2::text[], $3::text[], $4::text[], $5::text[]))`,
    [
      connection,
      writes.map(({ object }) => object),
      writes.map(({ entity }) => entity),
      writes.map(({ recordId }) => recordId),
      writes.map(refOf),
    ],
  );
}

/** Of a plan that puts back what was there: what it puts back, by record. */
export function insteadFor(context: Pick<PushContext, 'planned' | 'plan'>): Instead | undefined {
  if (context.planned?.restores !== true) return undefined;
  const own = [...(plannedFor(context)?.values() ?? [])];
  return new Map(
    own.map(({ recordId, changes }) => [
      recordId,
      Object.fromEntries(changes.map(({ attribute, after }) => [attribute, after])),
    ]),
  );
}

/** The writes of a plan for one mapping, by the name of the write. */
export function plannedFor({
  planned,
  plan,
}: Pick<PushContext, 'planned' | 'plan'>): Map<string, PlannedWrite> | null {
  if (planned === null) return null;
  const own = planned.writes.filter(({ object, entity }) => object === plan.object && entity === plan.entity);
  return new Map(own.map((write) => [refOf(write), write]));
}

/**
 * A change cut down to what the plan says of its record. 'other': what is wanted now, or what the CRM was known to hold,
 * is not what was reviewed, so that nothing of the record is written. 'agreed': nothing of it has to be written any more.
 */
export function asPlanned(
  context: PushContext,
  change: OutgoingChange,
  write: PlannedWrite | undefined,
): OutgoingChange | 'other' | 'agreed' {
  if (write === undefined || write.crmId !== change.crmId) return 'other';
  const attributes: OutgoingChange['attributes'] = {};
  const before: OutgoingChange['before'] = {};
  const isRestored = context.planned?.restores === true;
  for (const planned of write.changes) {
    const { attribute } = planned;
    const wanted = change.attributes[attribute];
    // The CRM would refuse it, which is told of it alone; the rest of the record is as it was reviewed.
    if (change.unsent.includes(attribute)) continue;
    if (isHeld(change.base[attribute], planned, isRestored)) continue;
    if (wanted === undefined || !isAsReviewed(wanted, change.before[attribute] ?? null, planned))
      return 'other';
    attributes[attribute] = wanted;
    before[attribute] = change.before[attribute] ?? null;
  }
  if (Object.keys(attributes).length === 0) return 'agreed';
  return { ...change, attributes, before, fields: fieldsOf(context, change, Object.keys(attributes)) };
}

type PlannedValue = PlannedWrite['changes'][number];

function isAsReviewed(wanted: AttributeValue, holds: AttributeValue, planned: PlannedValue): boolean {
  return planned.moment || (sameValue(wanted, planned.after) && sameValue(holds, planned.before));
}

/**
 * Whether the CRM is known to hold what was reviewed, in its own way of keeping it. `isRestored`: it is put back, and what
 * the program knows of it says nothing.
 */
export function isHeld(
  entry: BaseEntry | undefined,
  { after }: Pick<PlannedValue, 'after'>,
  isRestored: boolean,
): boolean {
  if (entry === undefined) return false;
  const { ours, theirs, open } = pairOf(entry);
  return sameValue(theirs, after) || (!isRestored && open !== true && sameValue(ours, after));
}

/** Of the CRM's fields of a change those that carry the attributes, and our id in the key field. */
function fieldsOf(
  { plan }: PushContext,
  { fields }: OutgoingChange,
  attributes: readonly string[],
): OutgoingChange['fields'] {
  const kept = new Set(
    [...plan.attributes, ...createdAttributes(plan)]
      .filter(({ attribute }) => attributes.includes(attribute))
      .flatMap((each) => each.fields),
  );
  if (plan.mapping.key !== undefined) kept.add(plan.mapping.key);
  return Object.fromEntries(Object.entries(fields).filter(([field]) => kept.has(field)));
}
