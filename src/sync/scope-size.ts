import { isTierlinkError, type TierlinkError } from '../errors.ts';
import { instantOf } from '../model/clock.ts';
import { type EntityName, entities } from '../model/entities.ts';
import { type FreezeReason, freezeFeeds, thawFeeds } from './feed.ts';
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
  /** Records that were read and are held or invalid. */
  aside: number;
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
  for (const [index, plan] of plans.entries()) {
    const counted = counts[index];
    if (typeof counted === 'number') sizes.push({ plan, counted, ...(await countOurs(request, plan)) });
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

async function countOurs(
  request: SizeRequest,
  plan: MappingPlan,
): Promise<{ linked: number; aside: number }> {
  const place = [request.connection, plan.object, plan.entity];
  const [row] = await request.store.query<{ linked: number; aside: number }>(
    `select (select count(*) from tierlink.link
         where connection = $1 and object = $2 and entity = $3 and state = 'live')::integer as linked,
       (select count(distinct crm_id) from (
         select crm_id from tierlink.held where connection = $1 and object = $2 and entity = $3 and whole_record
         union all
         select crm_id from tierlink.reject where connection = $1 and object = $2 and entity = $3 and direction = 'in'
       ) a where not exists (select 1 from tierlink.link l where l.connection = $1 and l.object = $2 and l.entity = $3
         and l.crm_id = a.crm_id))::integer as aside`,
    place,
  );
  return row!;
}

/** The gaps with their causes. Whether everything is seen is asked only where less is counted than there was. */
async function reasonsOf(
  request: SizeRequest,
  sizes: readonly Sizes[],
): Promise<Map<MappingPlan, FreezeReason>> {
  const limits = pullLimits(request);
  const shrunk = sizes.filter(({ linked, counted }) => isGap(limits, linked - counted, linked));
  const more = sizes.filter(({ linked, aside, counted }) => isGap(limits, counted - linked - aside, counted));
  const whole = await objectsSeenWhole(
    request.connector,
    shrunk.map(({ plan }) => plan.object),
  );
  return new Map<MappingPlan, FreezeReason>([
    ...more.map(({ plan }) => [plan, 'records_missing'] as const),
    ...shrunk.map(({ plan }) => [plan, whole.has(plan.object) ? 'scope_shrank' : 'not_all_visible'] as const),
  ]);
}

function isGap(limits: PullLimits, gap: number, of: number): boolean {
  return gap >= limits.shrinkCount && gap > of * limits.shrinkShare;
}

async function keep(request: SizeRequest, size: Sizes, reason: FreezeReason | null): Promise<void> {
  const { store, connection } = request;
  const { plan, linked, aside, counted } = size;
  const { object, entity } = plan;
  if (reason !== null) {
    request.logger.warn(
      { connection, object, entity, reason, linked, aside, counted },
      'the scope is not complete; what is computed from it is provisional',
    );
  }
  if (request.dryRun === true) return;
  const feed = { connection, object, entities: [entity] };
  await store.query(
    `update tierlink.feed set records = $4 where connection = $1 and object = $2 and entity = $3 and records <> $4`,
    [connection, object, entity, linked],
  );
  if (reason === null) await thawFeeds(store, { ...feed, reasons: sizeReasons });
  else await freezeFeeds(store, { ...feed, reason, now: instantOf(request.clock.now()) });
}
