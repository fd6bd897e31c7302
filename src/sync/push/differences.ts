import type { Selectable } from 'kysely';
import { TierlinkError } from '../../errors.ts';
import { type Clock, instantOf } from '../../model/clock.ts';
import { type AttributeType, type AttributeValue, type EntityName, entities } from '../../model/entities.ts';
import { sameValue } from '../../model/values.ts';
import { writeAudit } from '../../store/audit.ts';
import { despiteConflicts } from '../../store/conflicts.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Executor, Store, Tx } from '../../store/store.ts';
import type { DifferenceTable } from '../../store/tables.ts';
import { partnerLabel } from '../../tier/load.ts';
import { makeMatchDue } from '../match/due.ts';
import { type Base, type BaseEntry, entryOf, isNormalised, pairOf } from '../records/base.ts';
import { markDirty } from '../records/dirty.ts';
import { isStored, loadRecords, saveRecords, tableOf } from '../records/record-rows.ts';
import { endOfStanding } from './outbound-values.ts';

/** A field on which both sides disagree: a conflict (both changed it) or drift (people changed what the program owns). */
export interface Difference extends Omit<Selectable<DifferenceTable>, 'kind' | 'entity' | 'ours' | 'theirs'> {
  kind: 'conflict' | 'drift';
  entity: EntityName;
  ours: AttributeValue;
  theirs: AttributeValue;
  /** How the CRM calls `their_user`; null where it is not known. */
  their_user_name: string | null;
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
  let query = executor.db
    .selectFrom('tierlink.difference')
    .leftJoin('tierlink.crm_user as u', (join) =>
      join
        .onRef('u.connection', '=', 'tierlink.difference.connection')
        .onRef('u.id', '=', 'tierlink.difference.their_user'),
    )
    .selectAll('tierlink.difference')
    .select('u.name as their_user_name');
  if (filter.connection !== undefined)
    query = query.where('tierlink.difference.connection', '=', filter.connection);
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
  /** Finds the override for a tier that is accepted. Without it, accepting a tier throws OVERRIDE_INVALID. */
  override?: ((offered: OfferedOverride, of: Difference) => Promise<AsOverride>) | undefined;
}

/** Records an override, in the transaction that resolves the difference. */
export type AsOverride = (tx: Tx) => Promise<unknown>;

/** Differences resolved in one transaction: nobody has to wait long for their records. */
const atOnce = 500;

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
  // People may be asked for them, so all are known before anything is written.
  const overrides = new Map<Difference, AsOverride>();
  for (const tier of tiers) {
    const keep = await request.override?.({ partnerId: tier.record_id, tier: String(tier.theirs) }, tier);
    if (keep !== undefined) overrides.set(tier, keep);
  }
  for (let start = 0; start < differences.length; start += atOnce) {
    const some = differences.slice(start, start + atOnce);
    const kept = some.flatMap((each) => overrides.get(each) ?? []);
    await despiteConflicts(() =>
      request.store.transaction(async (tx) => {
        for (const keep of kept) await keep(tx);
        await resolveSome(tx, request, some);
      }),
    );
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

async function resolveSome(
  tx: Tx,
  request: ResolveRequest,
  differences: readonly Difference[],
): Promise<void> {
  const now = instantOf(request.clock.now());
  const isTheirs = request.take === 'theirs';
  const open = await openEntries(tx, differences);
  // An accepted tier stays open until the override is in force: the comparison then finds both sides equal and closes it.
  const settled = open.filter(({ difference }) => !(isTheirs && isTierDifference(difference)));
  if (isTheirs) await takeTheirs(tx, settled.map(({ difference }) => difference).filter(isOurs), now);
  await setBases(
    tx,
    settled.map(({ difference, entry }) => ({
      difference,
      entry: isTheirs ? acceptedEntry(difference) : sentEntry(difference, entry),
    })),
  );
  await closeDifferences(
    tx,
    settled.map(({ difference }) => difference),
  );
  const resolved = open.map(({ difference }) => difference);
  for (const [entity, own] of byEntity(resolved))
    await markOutbox(tx, { entity, recordIds: own.map(({ record_id: id }) => id), now });
  await auditResolutions(tx, request, resolved, now);
}

/** Whether we keep a value of our own that becomes theirs; what the program makes says what the program says. */
function isOurs({ entity, attribute }: Pick<Difference, 'entity' | 'attribute'>): boolean {
  return entities[entity].origin === 'crm' && isStored(entity, attribute);
}

function byEntity<T extends Pick<Difference, 'entity'>>(all: readonly T[]): Map<EntityName, T[]> {
  const found = new Map<EntityName, T[]>();
  for (const each of all) {
    const own = found.get(each.entity);
    if (own === undefined) found.set(each.entity, [each]);
    else own.push(each);
  }
  return found;
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
  /** Ours is the moment at which a standing ended, which is known once it has. */
  moment: boolean;
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
  for (const { crmId, recordId, moment, ...each } of declined) {
    const ours = moment ? await endOfStanding(request.store, recordId) : each.ours;
    const difference = asDifference({ ...each, ours, crm_id: crmId, record_id: recordId });
    if (isTierDifference(difference)) {
      const standing = await request.store.transaction((tx) => standingOf(tx, difference));
      if (standing === 'moved') continue;
      const offered = { partnerId: recordId, tier: String(difference.theirs) };
      const keep = await request.override?.(offered, difference);
      if (keep !== undefined) await request.store.transaction(keep);
      count += 1;
      continue;
    }
    count += await request.store.transaction(async (tx) => {
      const now = instantOf(request.clock.now());
      const standing = await standingOf(tx, difference);
      if (standing !== 'undecided') return standing === 'left' ? 1 : 0;
      if (isOurs(difference)) await takeTheirs(tx, [difference], now);
      await setBases(tx, [{ difference, entry: acceptedEntry(difference) }]);
      await markOutbox(tx, { entity: difference.entity, recordIds: [recordId], now });
      await auditResolutions(tx, { ...request, take: 'theirs' }, [difference], now);
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
  const isLeft = sameValue(ours, isOurs(difference) ? theirs : difference.ours);
  return isLeft && (entry === undefined || pairOf(entry).open !== true) ? 'left' : 'undecided';
}

/** Our value where we keep it; of an own value of the program the one that both sides know of. */
async function oursOf(
  tx: Tx,
  { entity, attribute, record_id: recordId }: Pick<Difference, 'entity' | 'attribute' | 'record_id'>,
  entry: BaseEntry | undefined,
): Promise<AttributeValue> {
  if (!isOurs({ entity, attribute })) return entry === undefined ? null : pairOf(entry).ours;
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
    if (!isOurs({ entity, attribute })) continue;
    const now = instantOf(clock.now());
    await store.transaction(async (tx) => {
      const held = (await loadRecords(tx, entity, [recordId])).get(recordId)?.values[attribute] ?? null;
      const attributes: Record<string, { type: AttributeType }> = entities[entity].attributes;
      const isAsWritten = isNormalised(held, ours, attributes[attribute]!.type);
      if (isAsWritten) await takeTheirs(tx, [{ entity, attribute, record_id: recordId, theirs }], now);
    });
  }
}

function asDifference(
  of: Pick<
    Difference,
    'connection' | 'object' | 'crm_id' | 'entity' | 'attribute' | 'record_id' | 'ours' | 'theirs'
  >,
): Difference {
  return {
    ...of,
    kind: 'drift',
    base: null,
    their_user: null,
    their_user_name: null,
    their_at: null,
    since: '',
  };
}

/** The places of differences in a statement, of which `i` counts. */
const places =
  'jsonb_to_recordset($1::jsonb) as p(i integer, connection text, object text, crm_id text, entity text, attribute text)';

function placesOf(differences: readonly Difference[]): string {
  return JSON.stringify(
    differences.map(({ connection, object, crm_id, entity, attribute }, i) => ({
      ...{ i, connection, object, crm_id, entity, attribute },
    })),
  );
}

async function closeDifferences(tx: Tx, differences: readonly Difference[]): Promise<void> {
  await tx.query(
    `delete from tierlink.difference d using ${places}
     where d.connection = p.connection and d.object = p.object and d.crm_id = p.crm_id and d.entity = p.entity
       and d.attribute = p.attribute`,
    [placesOf(differences)],
  );
}

/** Those that are still open, with what their links have of them; somebody else may have resolved the others. */
async function openEntries(
  tx: Tx,
  differences: readonly Difference[],
): Promise<{ difference: Difference; entry: BaseEntry | undefined }[]> {
  const rows = await tx.query<{ i: number; entry: BaseEntry | null }>(
    `select p.i, l.base -> p.attribute as entry
     from ${places}
       join tierlink.link l using (connection, object, crm_id, entity)
       join tierlink.difference d using (connection, object, crm_id, entity, attribute)
     -- In one order, so that two who do the same do not wait for each other.
     order by l.connection, l.object, l.crm_id, l.entity, d.attribute
     for update of l, d`,
    [placesOf(differences)],
  );
  return rows
    .sort((one, other) => one.i - other.i)
    .map(({ i, entry }) => ({ difference: differences[i]!, entry: entry ?? undefined }));
}

function placeOf(difference: Difference): string[] {
  const { connection, object, crm_id: crmId, entity, attribute } = difference;
  return [connection, object, crmId, entity, attribute];
}

/** What the CRM holds is known, and ours is to be sent over it. */
function sentEntry({ theirs }: Difference, entry: BaseEntry | undefined): BaseEntry {
  return entryOf({ ours: entry === undefined ? null : pairOf(entry).ours, theirs, open: true });
}

/** An own value of the program stays what it is; the two agree to differ until the program's value changes. */
function acceptedEntry(difference: Difference): BaseEntry {
  return entryOf({
    ours: isOurs(difference) ? difference.theirs : difference.ours,
    theirs: difference.theirs,
  });
}

async function setBases(
  tx: Tx,
  entries: readonly { difference: Difference; entry: BaseEntry }[],
): Promise<void> {
  const rows = entries.map(({ difference: { connection, object, crm_id, entity, attribute }, entry }) => ({
    ...{ connection, object, crm_id, entity, entries: { [attribute]: entry } },
  }));
  // Of one link several attributes.
  await tx.query(
    `update tierlink.link l set base = l.base || e.entries
     from (select connection, object, crm_id, entity, jsonb_object_agg(one.key, one.value) as entries
       from jsonb_to_recordset($1::jsonb) as r(connection text, object text, crm_id text, entity text, entries jsonb)
         cross join jsonb_each(r.entries) as one
       group by connection, object, crm_id, entity) e
     where l.connection = e.connection and l.object = e.object and l.crm_id = e.crm_id and l.entity = e.entity`,
    [JSON.stringify(rows)],
  );
}

type Taken = Pick<Difference, 'entity' | 'attribute' | 'record_id' | 'theirs'>;

/** What several say of one attribute is as the last one says. */
async function takeTheirs(tx: Tx, taken: readonly Taken[], now: string): Promise<void> {
  for (const [entity, own] of byEntity(taken)) {
    const ids = [...new Set(own.map(({ record_id: id }) => id))].sort();
    // Others may be writing these records; what they write stays beside what is taken.
    await tx.query(
      `select from ${tableOf(entity)} where id = any($1::text[]) order by id for no key update`,
      [ids],
    );
    const rows = await loadRecords(tx, entity, ids);
    for (const { record_id: id, attribute, theirs } of own) {
      const row = rows.get(id);
      if (row !== undefined) row.values[attribute] = theirs;
    }
    const recordIds = ids.filter((id) => rows.has(id));
    await markDirty({ tx, now }, entity, recordIds);
    await saveRecords(tx, entity, { created: [], changed: recordIds.map((id) => rows.get(id)!), now });
    await markDirty({ tx, now }, entity, recordIds);
    await makeMatchDue(tx, { entity, recordIds, now });
  }
}

async function auditResolutions(
  tx: Tx,
  { take, actor }: Pick<ResolveRequest, 'take' | 'actor'>,
  differences: readonly Difference[],
  now: string,
): Promise<void> {
  const entries = differences.map(
    ({ connection, object, crm_id: crmId, entity, record_id: recordId, attribute, ours, theirs }) => ({
      ...{ at: now, connection, object, crmId, entity, recordId, actor },
      action: take === 'theirs' ? 'accept_theirs' : 'keep_ours',
      before: { [attribute]: take === 'theirs' ? ours : theirs },
      after: { [attribute]: take === 'theirs' ? theirs : ours },
    }),
  );
  await writeAudit(tx, entries);
}
