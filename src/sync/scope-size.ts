import { isTierlinkError, type TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { type EntityName, entities } from '../model/entities.ts';
import { loadFacts } from './connection-check.ts';
import { demandRead, type FreezeReason, freezeFeeds, thawFeeds } from './feed.ts';
import { type MappingPlan, planMapping } from './mapping-plan.ts';
import { type PullLimits, type PullRequest, pullLimits } from './pull-job.ts';
import { objectsSeenWhole } from './pull-read.ts';

const sizeReasons: readonly FreezeReason[] = ['scope_shrank', 'not_all_visible', 'records_missing'];

/** The sizes to compare: those of all mappings given, after their objects were pulled. */
export type SizeRequest = Pick<
  PullRequest,
  'store' | 'connector' | 'connection' | 'mappings' | 'clock' | 'logger' | 'dryRun' | 'limits'
>;

/** How the size of a scope compares; an error where the CRM refused to count it. */
export interface ScopeSize {
  object: string;
  entity: EntityName;
  result: FreezeReason | null | TierlinkError;
}

interface Sizes {
  plan: MappingPlan;
  /** Live links. */
  linked: number;
  /** What the CRM counts in scope. */
  counted: number;
}

/**
 * Compares how many records the CRM counts in each scope with how many are linked. A gap that changes do not explain
 * freezes the feed with its cause: what the user cannot see is not absent. The freeze ends when the figures meet again.
 * Throws what stops all of the connection.
 */
export async function compareScopeSizes(request: SizeRequest): Promise<ScopeSize[]> {
  const plans = request.mappings
    .filter((mapping) => entities[mapping.entity].origin === 'crm')
    .map((mapping) => planMapping(mapping));
  const counts = await request.connector.count(plans.map(({ object, scope }) => ({ object, scope })));
  const sizes: Sizes[] = [];
  const linked = await countLinked(request, plans);
  for (const [index, plan] of plans.entries()) {
    const counted = counts[index];
    if (typeof counted === 'number') sizes.push({ plan, counted, linked: linked[index]! });
  }
  const reasons = await reasonsOf(request, sizes);
  for (const size of sizes) await keep(request, size, reasons.get(size.plan) ?? null);
  return plans.map((plan, index) => {
    const counted = counts[index];
    const { object, entity } = plan;
    return {
      object,
      entity,
      result: isTierlinkError(counted) ? counted : (reasons.get(plan) ?? null),
    };
  });
}

/**
 * Live links of each mapping: as they were counted last, where none has begun or ended to be live since then. So a pull
 * after which nothing changed counts nothing, however much there is.
 */
async function countLinked(request: SizeRequest, plans: readonly MappingPlan[]): Promise<number[]> {
  const { store, connection } = request;
  const rows = await store.query<{ object: string; entity: string; records: number }>(
    'select object, entity, records from tierlink.feed where connection = $1 and not recount',
    [connection],
  );
  const linked: number[] = [];
  for (const plan of plans) {
    const kept = rows.find(({ object, entity }) => object === plan.object && entity === plan.entity);
    linked.push(kept?.records ?? (await recount(request, plan)));
  }
  return linked;
}

/** The mark goes first: a page that links something while this counts waits for it, and marks again. */
async function recount({ store, connection, dryRun }: SizeRequest, plan: MappingPlan): Promise<number> {
  const place = [connection, plan.object, plan.entity];
  const ofFeed = 'where connection = $1 and object = $2 and entity = $3';
  const countLinks = `select count(*)::integer as linked from tierlink.link ${ofFeed} and state = 'live'`;
  if (dryRun === true) return (await store.query<{ linked: number }>(countLinks, place))[0]!.linked;
  return await store.transaction(async (tx) => {
    await tx.query(`update tierlink.feed set recount = false ${ofFeed}`, place);
    const { linked } = (await tx.query<{ linked: number }>(countLinks, place))[0]!;
    await tx.query(`update tierlink.feed set records = $4 ${ofFeed}`, [...place, linked]);
    return linked;
  });
}

/** Records that were read and are held or invalid. */
async function countAside({ store, connection }: SizeRequest, plan: MappingPlan): Promise<number> {
  const [row] = await store.query<{ aside: number }>(
    `select count(distinct crm_id)::integer as aside from (
       select crm_id from tierlink.held where connection = $1 and object = $2 and entity = $3 and whole_record
       union all
       select crm_id from tierlink.reject where connection = $1 and object = $2 and entity = $3 and direction = 'in'
     ) a where not exists (select 1 from tierlink.link l where l.connection = $1 and l.object = $2 and l.entity = $3
       and l.crm_id = a.crm_id)`,
    [connection, plan.object, plan.entity],
  );
  return row!.aside;
}

/**
 * The gaps with their causes. Where less is counted than there was, it is asked whether everything is seen. What the last
 * check found hidden is a gap whatever is counted: of records that were never seen nobody can tell how many there are.
 */
async function reasonsOf(
  request: SizeRequest,
  sizes: readonly Sizes[],
): Promise<Map<MappingPlan, FreezeReason>> {
  const limits = pullLimits(request);
  const shrunk = sizes.filter(({ linked, counted }) => isGap(limits, linked - counted, linked));
  const reasons = new Map<MappingPlan, FreezeReason>();
  for (const { plan, linked, counted } of sizes) {
    if (!isGap(limits, counted - linked, counted)) continue;
    const missing = counted - linked - (await countAside(request, plan));
    if (isGap(limits, missing, counted)) reasons.set(plan, 'records_missing');
  }
  const whole = await objectsSeenWhole(
    request.connector,
    shrunk.map(({ plan }) => plan.object),
  );
  for (const { plan } of shrunk)
    reasons.set(plan, whole.has(plan.object) ? 'scope_shrank' : 'not_all_visible');
  const hidden = await objectsPartlyHidden(request);
  for (const { plan } of sizes) {
    if (hidden.has(plan.object) && !whole.has(plan.object)) reasons.set(plan, 'not_all_visible');
  }
  for (const plan of await nowShown(request, { sizes, reasons })) reasons.set(plan, 'records_missing');
  return reasons;
}

/**
 * Mappings whose records were hidden and are shown now, where we lack any of them, be it only one: no change tells of a
 * record that was shown, so everything is read with the next pull, and until then the feed stays frozen.
 */
async function nowShown(
  request: SizeRequest,
  { sizes, reasons }: { sizes: readonly Sizes[]; reasons: ReadonlyMap<MappingPlan, FreezeReason> },
): Promise<MappingPlan[]> {
  const { store, connection, dryRun } = request;
  const rows = await store.query<{ object: string; entity: string }>(
    `select object, entity from tierlink.feed where connection = $1 and frozen_reason = 'not_all_visible'`,
    [connection],
  );
  const shown: MappingPlan[] = [];
  for (const { plan, linked, counted } of sizes) {
    const wasHidden = rows.some(({ object, entity }) => object === plan.object && entity === plan.entity);
    if (!wasHidden || counted <= linked || reasons.get(plan) === 'not_all_visible') continue;
    if (counted - linked <= (await countAside(request, plan))) continue;
    if (dryRun !== true) await demandRead(store, connection, plan);
    shown.push(plan);
  }
  return shown;
}

/** Objects of which the user does not see every record, as the CRM said at the last check. */
async function objectsPartlyHidden({ store, connection }: SizeRequest): Promise<Set<string>> {
  const facts = await loadFacts(store.db, connection);
  const hidden = facts?.objects.filter(({ seesAll }) => seesAll === false) ?? [];
  return new Set(hidden.map(({ object }) => object));
}

function isGap(limits: PullLimits, gap: number, of: number): boolean {
  return gap >= limits.shrinkCount && gap > of * limits.shrinkShare;
}

async function keep(request: SizeRequest, size: Sizes, reason: FreezeReason | null): Promise<void> {
  const { store, connection } = request;
  const { plan, linked, counted } = size;
  const { object, entity } = plan;
  if (reason !== null) {
    request.logger.warn(
      { connection, object, entity, reason, linked, counted },
      'the scope is not complete; what is computed from it is provisional',
    );
  }
  if (request.dryRun === true) return;
  const feed = { connection, object, entities: [entity] };
  if (reason === null) await thawFeeds(store, { ...feed, reasons: sizeReasons });
  else await freezeFeeds(store, { ...feed, reason, now: instantOf(request.clock.now()) });
}
