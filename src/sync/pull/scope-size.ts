import { isTierlinkError, type TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import { type EntityName, entities } from '../../model/entities.ts';
import { type MappingPlan, planMapping } from '../mapping/plan.ts';
import { demandRead, type FreezeReason, freezeFeeds, thawFeeds } from '../records/feed.ts';
import { inScopeSql } from '../records/links.ts';
import { askSight, knownSight, type Sight } from './connection-check.ts';
import { type PullLimits, type PullRequest, pullLimits } from './job.ts';

/** Reasons that end when the figures meet. */
const sizeReasons: readonly FreezeReason[] = ['scope_shrank', 'records_missing', 'unconfirmed'];

/** The sizes to compare: those of the mappings of the objects given, after these were pulled. */
export type SizeRequest = Pick<
  PullRequest,
  'store' | 'connector' | 'connection' | 'mappings' | 'clock' | 'logger' | 'limits'
> & { objects: readonly string[] };

/** How the size of a scope compares; an error where the CRM refused to count it. */
export interface ScopeSize {
  object: string;
  entity: EntityName;
  result: FreezeReason | null | TierlinkError;
}

interface Sizes {
  plan: MappingPlan;
  /** Live links, and those that a person broke. */
  linked: number;
  /** What the CRM counts in scope. */
  counted: number;
  before: FeedSize | undefined;
}

interface FeedSize {
  object: string;
  entity: string;
  records: number;
  recount: boolean;
  asked_gap: number;
  frozen_reason: FreezeReason | null;
}

/**
 * Compares how many records the CRM counts in each scope with how many are linked. Where fewer are counted, be it only one,
 * the CRM is asked whether the user sees everything: what the user cannot see is not absent. A gap that changes do not
 * explain freezes the feed with its cause until the figures meet again; after hidden records, until everything was read.
 * Throws what stops all of the connection.
 */
export async function compareScopeSizes(request: SizeRequest): Promise<ScopeSize[]> {
  const plans = request.mappings
    .filter(({ object, entity }) => request.objects.includes(object) && entities[entity].origin === 'crm')
    .map((mapping) => planMapping(mapping));
  const counts = await request.connector.count(plans.map(({ object, scope }) => ({ object, scope })));
  const sizes: Sizes[] = [];
  const known = await countLinked(request, plans);
  for (const [index, plan] of plans.entries()) {
    const counted = counts[index];
    if (typeof counted === 'number') sizes.push({ plan, counted, ...known[index]! });
  }
  const sight = await sightFor(request, sizes);
  const reasons = new Map<MappingPlan, FreezeReason | null>();
  for (const size of sizes) {
    const reason = await reasonOf(request, size, sight(size.plan.object));
    reasons.set(size.plan, await keep(request, size, reason));
  }
  return plans.map((plan, index) => {
    const counted = counts[index];
    const { object, entity } = plan;
    return { object, entity, result: isTierlinkError(counted) ? counted : (reasons.get(plan) ?? null) };
  });
}

/**
 * Live links of each mapping: as they were counted last, where none has begun or ended to be live since then. So a pull
 * after which nothing changed counts nothing, however much there is.
 */
async function countLinked(
  request: SizeRequest,
  plans: readonly MappingPlan[],
): Promise<Pick<Sizes, 'linked' | 'before'>[]> {
  const { store, connection } = request;
  const rows = await store.query<FeedSize & Record<string, unknown>>(
    `select object, entity, records, recount, asked_gap, frozen_reason from tierlink.feed where connection = $1`,
    [connection],
  );
  const found: Pick<Sizes, 'linked' | 'before'>[] = [];
  for (const plan of plans) {
    const before = rows.find(({ object, entity }) => object === plan.object && entity === plan.entity);
    const linked = before?.recount === false ? before.records : await recount(request, plan);
    found.push({ linked, before });
  }
  return found;
}

/** The mark goes first: a page that links something while this counts waits for it, and marks again. */
async function recount({ store, connection }: SizeRequest, plan: MappingPlan): Promise<number> {
  const place = [connection, plan.object, plan.entity];
  const ofFeed = 'where connection = $1 and object = $2 and entity = $3';
  const countLinks = `select count(*)::integer as linked from tierlink.link l ${ofFeed} and ${inScopeSql('l')}`;
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
 * Whether everything is seen. It is asked where fewer are counted than there were, once for each gap and again when it has
 * grown: one that stays, as where records left scope without a trace, would cost calls in every pass.
 */
async function sightFor(request: SizeRequest, sizes: readonly Sizes[]): Promise<Sight> {
  const isNews = ({ linked, counted, before }: Sizes) => linked - counted > (before?.asked_gap ?? 0);
  if (sizes.some(isNews)) return await askSight(request);
  return await knownSight(request.store, request.connection);
}

/**
 * What keeps the records of a mapping from being complete. Where the CRM cannot tell what the user sees, every gap counts
 * against it, and one that was taken for hidden records stays that until it is closed.
 */
async function reasonOf(
  request: SizeRequest,
  { plan, linked, counted, before }: Sizes,
  seesAll: boolean | null,
): Promise<FreezeReason | null> {
  if (seesAll === false) return 'not_all_visible';
  const limits = pullLimits(request);
  const isLarge = isGap(limits, linked - counted, linked);
  if (seesAll === true && isLarge) return 'scope_shrank';
  if (seesAll === null && counted < linked) {
    return isLarge || before?.frozen_reason === 'not_all_visible' ? 'not_all_visible' : 'scope_shrank';
  }
  if (!isGap(limits, counted - linked, counted)) return null;
  const missing = counted - linked - (await countAside(request, plan));
  return isGap(limits, missing, counted) ? 'records_missing' : null;
}

function isGap(limits: PullLimits, gap: number, of: number): boolean {
  return gap >= limits.shrinkCount && gap > of * limits.shrinkShare;
}

/** Returns the reason with the one that follows upon hidden records. */
async function keep(
  request: SizeRequest,
  { plan, linked, counted, before }: Sizes,
  reason: FreezeReason | null,
): Promise<FreezeReason | null> {
  const { store, connection } = request;
  const { object, entity } = plan;
  if (reason !== null) {
    request.logger.warn(
      { connection, object, entity, reason, linked, counted },
      'the scope is not complete; what is computed from it is provisional',
    );
  }
  const feed = { connection, object, entities: [entity] };
  const now = instantOf(request.clock.now());
  const gap = Math.max(0, linked - counted);
  if (gap !== before?.asked_gap) await noteGap(request, plan, gap);
  const wasHidden = before?.frozen_reason === 'not_all_visible';
  const isShown = wasHidden && reason !== 'not_all_visible';
  if (isShown) await demandRead(store, { ...feed, now });
  if (reason !== null) await freezeFeeds(store, { ...feed, reason, now });
  else if (before?.frozen_reason != null) await thawFeeds(store, { ...feed, reasons: sizeReasons });
  return reason ?? (isShown || before?.frozen_reason === 'shown_again' ? 'shown_again' : null);
}

async function noteGap({ store, connection }: SizeRequest, plan: MappingPlan, gap: number): Promise<void> {
  await store.query(
    'update tierlink.feed set asked_gap = $4 where connection = $1 and object = $2 and entity = $3',
    [connection, plan.object, plan.entity, gap],
  );
}
