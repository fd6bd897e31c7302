import type { Selectable } from 'kysely';
import { TierlinkError } from '../../errors.ts';
import { type Clock, instantOf } from '../../model/clock.ts';
import { type AttributeType, type AttributeValue, type EntityName, entities } from '../../model/entities.ts';
import { sameValue } from '../../model/values.ts';
import { writeAudit } from '../../store/audit.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Executor, Store, Tx } from '../../store/store.ts';
import type { DifferenceTable } from '../../store/tables.ts';
import { partnerLabel } from '../../tier/load.ts';
import { makeMatchDue } from '../match/due.ts';
import { type Base, type BaseEntry, entryOf, isNormalised, pairOf } from '../records/base.ts';
import { markDirty } from '../records/dirty.ts';
import { isStored, loadRecords, saveRecords } from '../records/record-rows.ts';

/** A field on which both sides disagree: a conflict (both changed it) or drift (people changed what the program owns). */
export interface Difference extends Omit<Selectable<DifferenceTable>, 'kind' | 'entity' | 'ours' | 'theirs'> {
  kind: 'conflict' | 'drift';
  entity: EntityName;
  ours: AttributeValue;
  theirs: AttributeValue;
}

/** Which differences are meant; all that is given must hold, nothing given means all. */
export interface DifferenceFilter {
  connection?: string | undefined;
  object?: string | undefined;
  attribute?: string | undefined;
  kind?: 'conflict' | 'drift' | undefined;
  recordIds?: readonly string[] | undefined;
}

/** Open differences, the oldest first. */
export async function listDifferences(
  executor: Executor,
  filter: DifferenceFilter = {},
): Promise<Difference[]> {
  let query = executor.db.selectFrom('tierlink.difference').selectAll();
  if (filter.connection !== undefined) query = query.where('connection', '=', filter.connection);
  if (filter.object !== undefined) query = query.where('object', '=', filter.object);
  if (filter.attribute !== undefined) query = query.where('attribute', '=', filter.attribute);
  if (filter.kind !== undefined) query = query.where('kind', '=', filter.kind);
  if (filter.recordIds !== undefined) query = query.where('record_id', 'in', [...filter.recordIds, '']);
  const rows = await query.orderBy('since').orderBy('crm_id').orderBy('attribute').execute();
  return rows as Difference[];
}

/** A tier set by hand in the CRM that a person accepts: it has to become an override, with reason, author and end. */
export interface OfferedOverride {
  partnerId: string;
  /** The tier as the CRM names it. */
  tier: string;
}

export interface ResolveRequest {
  store: Store;
  clock: Clock;
  actor: string;
  filter: DifferenceFilter;
  /** Whose value stays. */
  take: 'ours' | 'theirs';
  /** Leaves a difference as it is, such as one that was decided before. (Default: none) */
  leave?: ((difference: Difference) => boolean) | undefined;
  /** Records the override for a tier that is accepted. Without it, accepting a tier throws OVERRIDE_INVALID. */
  override?: ((offered: OfferedOverride) => Promise<void>) | undefined;
}

/**
 * Resolves differences, one or a group. ours: the CRM is told with the next push. theirs: our value becomes theirs; a
 * tier becomes an override, and its drift ends when that is in force. Returns how many were resolved. Each is audited.
 */
export async function resolveDifferences(request: ResolveRequest): Promise<number> {
  const listed = await listDifferences(request.store, request.filter);
  const differences = listed.filter((each) => request.leave?.(each) !== true);
  const tiers = request.take === 'theirs' ? differences.filter(isTierDifference) : [];
  if (tiers.length > 0 && request.override === undefined) {
    const partner = await partnerLabel(request.store, tiers[0]!.record_id);
    const reason = 'a tier from the CRM is kept only as an override';
    const remedy = 'Say why, and until which day it holds.';
    throw new TierlinkError('OVERRIDE_INVALID', { partner, reason, remedy });
  }
  for (const tier of tiers) {
    await request.override?.({ partnerId: tier.record_id, tier: String(tier.theirs) });
  }
  for (const difference of differences) {
    await request.store.transaction((tx) => resolveOne(tx, request, difference));
  }
  return differences.length;
}

/** Whether people set the tier of a partner: accepted, it becomes an override. */
export function isTierDifference(difference: Difference): boolean {
  return (
    difference.entity === 'partner' &&
    difference.attribute === 'tier' &&
    typeof difference.theirs === 'string'
  );
}

async function resolveOne(tx: Tx, request: ResolveRequest, difference: Difference): Promise<void> {
  const now = instantOf(request.clock.now());
  const entry = await openEntry(tx, difference);
  if (entry === undefined) return;
  const isTheirs = request.take === 'theirs';
  // An accepted tier stays open until the override is in force: the comparison then finds both sides equal and closes it.
  if (!(isTheirs && isTierDifference(difference))) {
    if (isTheirs && isStored(difference.entity, difference.attribute)) await takeTheirs(tx, difference, now);
    await setBase(tx, difference, isTheirs ? acceptedEntry(difference) : sentEntry(difference, entry.base));
    await closeDifference(tx, difference);
  }
  await markOutbox(tx, { entity: difference.entity, recordIds: [difference.record_id], now });
  await auditResolution(tx, request, difference, now);
}

/** A value that the program would write and a person leaves to the CRM, as if both had changed it. */
export interface Declined {
  connection: string;
  object: string;
  crmId: string;
  entity: EntityName;
  recordId: string;
  attribute: string;
  ours: AttributeValue;
  theirs: AttributeValue;
}

/**
 * Leaves values to the CRM instead of writing ours: an own value of the program is not written again until it changes, any
 * other becomes ours; a tier has to become an override. Each is audited. Repeated, it is the same as once. A value that the
 * CRM is not known to hold any more is not touched. Returns how many were left to it, now or before.
 */
export async function leaveToCrm(
  request: Pick<ResolveRequest, 'store' | 'clock' | 'actor' | 'override'>,
  declined: readonly Declined[],
): Promise<number> {
  let count = 0;
  for (const { crmId, recordId, ...each } of declined) {
    const difference = asDifference({ ...each, crm_id: crmId, record_id: recordId });
    if (isTierDifference(difference)) {
      const standing = await request.store.transaction((tx) => standingOf(tx, difference));
      if (standing === 'moved') continue;
      await request.override?.({ partnerId: recordId, tier: String(difference.theirs) });
      count += 1;
      continue;
    }
    count += await request.store.transaction(async (tx) => {
      const now = instantOf(request.clock.now());
      const standing = await standingOf(tx, difference);
      if (standing !== 'undecided') return standing === 'left' ? 1 : 0;
      if (isStored(difference.entity, difference.attribute)) await takeTheirs(tx, difference, now);
      await setBase(tx, difference, acceptedEntry(difference));
      await markOutbox(tx, { entity: difference.entity, recordIds: [recordId], now });
      await auditResolution(tx, { ...request, take: 'theirs' }, difference, now);
      return 1;
    });
  }
  return count;
}

/** Whether a value is left to the CRM already, can be, or is another one by now. */
async function standingOf(tx: Tx, difference: Difference): Promise<'left' | 'undecided' | 'moved'> {
  const { attribute, theirs } = difference;
  const [link] = await tx.query<{ base: Base; is_open: boolean }>(
    `select l.base, exists (select 1 from tierlink.difference d where d.connection = l.connection
       and d.object = l.object and d.crm_id = l.crm_id and d.entity = l.entity and d.attribute = $5) as is_open
     from tierlink.link l
     where l.connection = $1 and l.object = $2 and l.crm_id = $3 and l.entity = $4 and l.state = 'live' for update`,
    placeOf(difference),
  );
  if (link === undefined || link.is_open) return 'moved';
  const entry = link.base[attribute];
  const held = entry === undefined ? null : pairOf(entry).theirs;
  if (!sameValue(held, theirs)) return 'moved';
  const ours = await oursOf(tx, difference, entry);
  const isLeft = sameValue(ours, isStored(difference.entity, attribute) ? theirs : difference.ours);
  return isLeft && (entry === undefined || pairOf(entry).open !== true) ? 'left' : 'undecided';
}

/** Our value where we keep it; of an own value of the program the one that both sides know of. */
async function oursOf(
  tx: Tx,
  { entity, attribute, record_id: recordId }: Pick<Difference, 'entity' | 'attribute' | 'record_id'>,
  entry: BaseEntry | undefined,
): Promise<AttributeValue> {
  if (!isStored(entity, attribute)) return entry === undefined ? null : pairOf(entry).ours;
  return (await loadRecords(tx, entity, [recordId])).get(recordId)?.values[attribute] ?? null;
}

/**
 * Values that a run wrote and that are put back become ours again, where they are both sides' to change. What is another
 * value of ours by now than the run wrote stays.
 */
export async function takeBack(
  { store, clock }: Pick<ResolveRequest, 'store' | 'clock'>,
  values: readonly Pick<Declined, 'entity' | 'recordId' | 'attribute' | 'ours' | 'theirs'>[],
): Promise<void> {
  for (const { entity, recordId, attribute, ours, theirs } of values) {
    if (!isStored(entity, attribute)) continue;
    const now = instantOf(clock.now());
    await store.transaction(async (tx) => {
      const held = (await loadRecords(tx, entity, [recordId])).get(recordId)?.values[attribute] ?? null;
      const attributes: Record<string, { type: AttributeType }> = entities[entity].attributes;
      const isAsWritten = isNormalised(held, ours, attributes[attribute]!.type);
      if (isAsWritten) await takeTheirs(tx, { entity, attribute, record_id: recordId, theirs }, now);
    });
  }
}

function asDifference(
  of: Pick<
    Difference,
    'connection' | 'object' | 'crm_id' | 'entity' | 'attribute' | 'record_id' | 'ours' | 'theirs'
  >,
): Difference {
  return { ...of, kind: 'drift', base: null, their_user: null, their_at: null, since: '' };
}

async function closeDifference(tx: Tx, difference: Difference): Promise<void> {
  await tx.query(
    `delete from tierlink.difference
     where connection = $1 and object = $2 and crm_id = $3 and entity = $4 and attribute = $5`,
    placeOf(difference),
  );
}

/** The link's base while the difference is still open; undefined once somebody else has resolved it. */
async function openEntry(tx: Tx, difference: Difference): Promise<{ base: Base } | undefined> {
  const [row] = await tx.query<{ base: Base }>(
    `select l.base from tierlink.link l join tierlink.difference d using (connection, object, crm_id, entity)
     where l.connection = $1 and l.object = $2 and l.crm_id = $3 and l.entity = $4 and d.attribute = $5
     for update of l, d`,
    placeOf(difference),
  );
  return row;
}

function placeOf(difference: Difference): string[] {
  const { connection, object, crm_id: crmId, entity, attribute } = difference;
  return [connection, object, crmId, entity, attribute];
}

/** What the CRM holds is known, and ours is to be sent over it. */
function sentEntry(difference: Difference, base: Base): BaseEntry {
  const entry = base[difference.attribute];
  return entryOf({
    ours: entry === undefined ? null : pairOf(entry).ours,
    theirs: difference.theirs,
    open: true,
  });
}

/** An own value of the program stays what it is; the two agree to differ until the program's value changes. */
function acceptedEntry(difference: Difference): BaseEntry {
  const isOurs = isStored(difference.entity, difference.attribute);
  return entryOf({ ours: isOurs ? difference.theirs : difference.ours, theirs: difference.theirs });
}

async function setBase(tx: Tx, difference: Difference, entry: BaseEntry): Promise<void> {
  const { connection, object, crm_id: crmId, entity, attribute } = difference;
  await tx.query(
    `update tierlink.link set base = base || $5::jsonb
     where connection = $1 and object = $2 and crm_id = $3 and entity = $4`,
    [connection, object, crmId, entity, JSON.stringify({ [attribute]: entry })],
  );
}

async function takeTheirs(
  tx: Tx,
  difference: Pick<Difference, 'entity' | 'attribute' | 'record_id' | 'theirs'>,
  now: string,
): Promise<void> {
  const { entity, attribute, record_id: recordId, theirs } = difference;
  const row = (await loadRecords(tx, entity, [recordId])).get(recordId);
  if (row === undefined) return;
  const changed = { ...row, values: { ...row.values, [attribute]: theirs } };
  await markDirty({ tx, now }, entity, [recordId]);
  await saveRecords(tx, entity, { created: [], changed: [changed], now });
  await markDirty({ tx, now }, entity, [recordId]);
  await makeMatchDue(tx, { entity, recordIds: [recordId], now });
}

async function auditResolution(
  tx: Tx,
  request: Pick<ResolveRequest, 'take' | 'actor'>,
  difference: Difference,
  now: string,
): Promise<void> {
  const { attribute } = difference;
  const isTheirs = request.take === 'theirs';
  const { connection, object, entity } = difference;
  const entry = {
    at: now,
    connection,
    object,
    crmId: difference.crm_id,
    entity,
    recordId: difference.record_id,
    action: isTheirs ? 'accept_theirs' : 'keep_ours',
    before: { [attribute]: isTheirs ? difference.ours : difference.theirs },
    after: { [attribute]: isTheirs ? difference.theirs : difference.ours },
    actor: request.actor,
  };
  await writeAudit(tx, [entry]);
}
