import type { Executor } from '../store/store.ts';
import type { Connector, Counted } from '../sync/connector.ts';
import type { MappingPlan } from '../sync/mapping/plan.ts';

/** A month in which records were made: YYYY-MM in UTC, or empty for those that do not tell. */
export type Month = string;

/** How many records a month has on both sides. */
export interface MonthCount {
  month: Month;
  /** By the CRM, in scope. */
  counted: number;
  /** Live here. */
  linked: number;
  /** Read, and held or invalid. */
  aside: number;
}

/** unclaimed: records of the month that the CRM counts and that are nobody's here. (Default: none) */
export function isEqual({ counted, linked, aside }: MonthCount, unclaimed = 0): boolean {
  return counted === linked + aside + unclaimed;
}

/** Counts of the CRM by mapping, all asked for together; the error of one that was refused. */
export async function countTheirs(
  connector: Pick<Connector, 'count'>,
  plans: readonly MappingPlan[],
): Promise<Map<MappingPlan, Counted>> {
  if (plans.length === 0) return new Map();
  const counts = await connector.count(plans.map(({ object, scope }) => ({ object, scope, by: 'month' })));
  return new Map(plans.map((plan, index) => [plan, counts[index]!]));
}

const ofPlace = 'connection = $1 and object = $2 and entity = $3';

/** Records that were read and are kept aside, or left out by a person, each once, without those that are live here. */
const asideSql = `select distinct on (a.crm_id) a.month from (
    select crm_id, coalesce(substr(payload->'record'->>'createdAt', 1, 7), '') as month
      from tierlink.held where ${ofPlace} and whole_record
    union all
    select crm_id, coalesce(to_char(created_on, 'YYYY-MM'), '') from tierlink.reject where ${ofPlace} and direction = 'in'
    union all
    select crm_id, coalesce(to_char(created_on, 'YYYY-MM'), '') from tierlink.link where ${ofPlace} and state = 'broken'
      and left_scope_at is null
  ) a where not exists (select 1 from tierlink.link l where l.connection = $1 and l.object = $2 and l.entity = $3
    and l.crm_id = a.crm_id and l.state = 'live')`;

/** Our side, by month. */
export async function countOurs(
  executor: Executor,
  connection: string,
  { object, entity }: Pick<MappingPlan, 'object' | 'entity'>,
): Promise<Omit<MonthCount, 'counted'>[]> {
  return await executor.query(
    `select month, sum(linked)::integer as linked, sum(aside)::integer as aside from (
       select coalesce(to_char(created_on, 'YYYY-MM'), '') as month, count(*) as linked, 0 as aside
         from tierlink.link where ${ofPlace} and state = 'live' group by created_on
       union all
       select month, 0, count(*) from (${asideSql}) kept group by month
     ) both_kinds group by month order by month`,
    [connection, object, entity],
  );
}

/** Both sides month by month, the oldest first. */
export function joinCounts(
  theirs: Exclude<Counted, number | Error>,
  ours: readonly Omit<MonthCount, 'counted'>[],
): MonthCount[] {
  const months = new Map<Month, MonthCount>();
  for (const { month, linked, aside } of ours) months.set(month, { month, counted: 0, linked, aside });
  for (const { month, records } of theirs) {
    const name = month ?? '';
    const known = months.get(name) ?? { month: name, counted: 0, linked: 0, aside: 0 };
    months.set(name, { ...known, counted: known.counted + records });
  }
  return [...months.values()].sort((one, other) => (one.month < other.month ? -1 : 1));
}
