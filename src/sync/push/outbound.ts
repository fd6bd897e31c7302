import type { AttributeValue } from '../../model/entities.ts';
import type { Executor } from '../../store/store.ts';
import type { ObjectDescription } from '../crm-description.ts';
import { createdAttributes } from '../mapping/on-create.ts';
import { fieldsOf } from '../mapping/outbound-fit.ts';
import { type AttributePlan, type MappingPlan, plansOf } from '../mapping/plan.ts';
import type { TransformContext } from '../mapping/transform.ts';
import type { Base } from '../records/base.ts';
import { carriedElsewhere, crmIdsOf, type LinkState } from '../records/links.ts';
import { findCandidates, placeOfPlan } from '../records/registrations.ts';
import {
  type Compared,
  compareRecord,
  idAttribute,
  type LinkView,
  type OpenDifference,
  writtenAttributes,
} from './outbound-compare.ts';
import { type DesiredRecord, desiredRecords, type ProgramWords } from './outbound-values.ts';

/** What the comparison of one mapping's records needs to know beside the store. */
export interface OutboundContext {
  connection: string;
  plan: MappingPlan;
  /** All mappings of the connection: where references can point to. */
  plans: readonly MappingPlan[];
  /** The object as the CRM describes it; undefined where it is not known. */
  description: ObjectDescription | undefined;
  /** null while the program does not own the tiers in this connection. */
  tiers: ProgramWords | null;
  transform: TransformContext;
}

/** Values that are wanted instead of those of the program, by our id of the record; nothing else of it is compared then. */
export type Instead = ReadonlyMap<string, Readonly<Record<string, AttributeValue>>>;

/**
 * Compares the named records with what the CRM is known to hold, once for each live link. Records that we do not have are
 * left out.
 */
export async function compareRecords(
  executor: Executor,
  context: OutboundContext,
  recordIds: readonly string[],
  instead?: Instead,
): Promise<Compared[]> {
  const { connection, plan } = context;
  const attributes = [...writtenAttributes(plan), ...createdAttributes(plan)];
  const wanted = await desiredRecords(executor, {
    connection,
    entity: plan.entity,
    recordIds,
    attributes,
    tiers: context.tiers,
  });
  const desired =
    instead === undefined
      ? wanted
      : wanted.map((record) => ({ ...record, values: instead.get(record.recordId) ?? {}, decisionId: null }));
  const links = await linkViews(executor, context, recordIds);
  const differences = await openDifferences(executor, context, recordIds);
  const references = await referenceIds(executor, context, { attributes, desired });
  const candidates = await candidatesFor(executor, context, { desired, links });
  const known = fieldsOf(context.description);
  return desired.flatMap((record) =>
    (links.get(record.recordId) ?? [null]).map((link) =>
      compareRecord({
        plan,
        desired: record,
        link,
        differences: link === null || link === 'gone' ? [] : (differences.get(link.crmId) ?? []),
        referenceOf: (attribute, recordId) => references.get(attribute.attribute)?.get(recordId),
        known,
        transform: context.transform,
        mayBeThere: candidates.has(record.recordId),
        restores: instead !== undefined,
      }),
    ),
  );
}

/** What would be created where partners register, and may be in the CRM already. */
async function candidatesFor(
  executor: Executor,
  { connection, plan }: OutboundContext,
  of: { desired: readonly DesiredRecord[]; links: ReadonlyMap<string, unknown> },
): Promise<ReadonlyMap<string, unknown>> {
  const place = placeOfPlan(connection, plan);
  if (place === null) return new Map();
  const created = of.desired.filter(({ recordId, isLive }) => isLive && !of.links.has(recordId));
  return await findCandidates(
    executor,
    place,
    created.map(({ recordId }) => recordId),
  );
}

interface LinkRow {
  record_id: string;
  crm_id: string;
  base: Base;
  seen_at: string | null;
  keyed: boolean;
  state: LinkState;
  id_refused: string | null;
  awaited: string[] | null;
}

/**
 * The live links of each record, the oldest first: two partners that were merged elsewhere are still two records here, and
 * each gets what the program says. Our id goes to the oldest alone. A record with none but ended links is 'gone': what the
 * CRM deleted, merged or took out of scope is not made again. Neither is one whose id another record of the CRM carries.
 */
async function linkViews(
  executor: Executor,
  context: OutboundContext,
  recordIds: readonly string[],
): Promise<Map<string, (LinkView | 'gone')[]>> {
  const { connection, plan } = context;
  const rows = await executor.query<LinkRow>(
    `select l.record_id, l.crm_id, l.base, l.seen_at, l.keyed, l.state, r.message as id_refused,
       t.attributes as awaited
     from tierlink.link l left join tierlink.reject r on r.connection = l.connection and r.object = l.object
       and r.entity = l.entity and r.crm_id = l.crm_id and r.record_id = l.record_id and r.direction = 'out'
       and r.attribute = $5
     left join tierlink.takeover t on t.connection = l.connection and t.object = l.object and t.entity = l.entity
       and t.crm_id = l.crm_id
     where l.connection = $1 and l.object = $2 and l.entity = $3 and l.record_id = any($4::text[])
     order by l.linked_at, l.crm_id collate "C"`,
    [connection, plan.object, plan.entity, [...recordIds], idAttribute],
  );
  const live = rows.filter((row) => row.state === 'live');
  const keyed = new Set(live.filter((row) => row.keyed).map((row) => row.record_id));
  const views = new Map<string, (LinkView | 'gone')[]>(rows.map((row) => [row.record_id, ['gone']]));
  for (const row of live) {
    const older = (views.get(row.record_id) ?? []).filter((view) => view !== 'gone');
    const view: LinkView = {
      crmId: row.crm_id,
      base: row.base,
      seenAt: row.seen_at,
      canStampKey: older.length === 0 && !keyed.has(row.record_id),
      idRefused: row.id_refused,
      awaited: row.awaited ?? [],
    };
    views.set(row.record_id, [...older, view]);
  }
  const place = { connection, object: plan.object, entity: plan.entity };
  for (const id of await carriedElsewhere(executor, place, recordIds))
    if (!views.has(id)) views.set(id, ['gone']);
  return views;
}

async function openDifferences(
  executor: Executor,
  context: OutboundContext,
  recordIds: readonly string[],
): Promise<Map<string, OpenDifference[]>> {
  const { connection, plan } = context;
  const rows = await executor.query<{ crm_id: string; attribute: string; theirs: AttributeValue }>(
    `select crm_id, attribute, theirs from tierlink.difference
     where connection = $1 and object = $2 and entity = $3 and record_id = any($4::text[])`,
    [connection, plan.object, plan.entity, [...recordIds]],
  );
  const byCrmId = new Map<string, OpenDifference[]>();
  for (const { crm_id: crmId, attribute, theirs } of rows) {
    byCrmId.set(crmId, [...(byCrmId.get(crmId) ?? []), { attribute, theirs }]);
  }
  return byCrmId;
}

/** For each reference that the mapping writes: the CRM's ids of the records that are pointed to. */
async function referenceIds(
  executor: Executor,
  context: OutboundContext,
  of: {
    attributes: readonly AttributePlan[];
    desired: readonly { values: Record<string, AttributeValue> }[];
  },
): Promise<Map<string, Map<string, string>>> {
  const found = new Map<string, Map<string, string>>();
  for (const plan of of.attributes) {
    if (plan.type !== 'ref' || plan.to === undefined) continue;
    const targets = of.desired
      .map((record) => record.values[plan.attribute])
      .filter((value) => typeof value === 'string');
    const target = { connection: context.connection, entity: plan.to, objects: objectsFor(plan, context) };
    found.set(plan.attribute, await crmIdsOf(executor, target, [...new Set(targets)]));
  }
  return found;
}

/** The CRM objects that a reference can point to: the one its transform names, or all that carry the entity. */
function objectsFor(plan: AttributePlan, context: OutboundContext): string[] {
  const named = plan.transform.kind === 'reference' ? plan.transform.object : undefined;
  if (named !== undefined) return [named];
  return plansOf(context.plans, plan.to).map((each) => each.object);
}
