import type { CrmRecord } from '../sync/connector.ts';
import type { Reads } from '../sync/connector-manifest.ts';
import type { MappingPlan } from '../sync/mapping/plan.ts';
import type { PullJob } from '../sync/pull/job.ts';
import { callsToRead, type MonthRange } from './ranges.ts';

/** Why a record is looked at more closely: it was read and is not here like that, or it is here and was not read. */
export type Suspicion = 'present' | 'absent';

/** What was suspected in one read. */
export interface SuspectGroup {
  suspects: ReadonlyMap<string, Suspicion>;
  /** What was read; undefined for records that are only looked for by their ids. */
  range: MonthRange | undefined;
}

/** Some of the suspects as they are now. */
export interface SeenAgain {
  ids: readonly string[];
  /** Those that are there and in scope. */
  records: readonly CrmRecord[];
  /** Those that are there and not in scope. */
  outside: ReadonlySet<string>;
}

/** Ids that are looked up in one turn, as many as one page of a CRM holds at most. */
const idsPerTurn = 5_000;

/**
 * Looks at suspects once more, in turns: by their ids, or in a second read of where they were met, whichever takes fewer
 * calls. What neither finds in scope is asked for by its id whatever its scope. Each id comes once.
 */
export async function* readAgain(
  job: PullJob,
  plan: MappingPlan,
  { group: { suspects, range }, reads }: { group: SuspectGroup; reads: Reads },
): AsyncIterable<SeenAgain> {
  const ids = [...suspects.keys()].sort();
  if (range === undefined || !isDearById(ids.length, range, reads)) {
    for (const turn of turnsOf(ids)) {
      const records = await readNamed(job, plan, { ids: turn, inScope: true });
      yield { ids: turn, records, outside: await outsideOf(job, plan, without(turn, records)) };
    }
    return;
  }
  const left = new Set(ids);
  for await (const { records: all } of job.connector.read(rangeRequest(job, plan, range))) {
    const records = all.filter(({ id }) => left.delete(id));
    if (records.length > 0) yield { ids: records.map(({ id }) => id), records, outside: new Set() };
  }
  for (const turn of turnsOf([...left]))
    yield { ids: turn, records: [], outside: await outsideOf(job, plan, turn) };
}

/** Reads the records that were made in a range of months. */
export function rangeRequest(job: PullJob, plan: MappingPlan, { created }: MonthRange) {
  return {
    object: plan.object,
    fields: plan.fields,
    scope: { ...plan.scope, created },
    noCursor: true,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  };
}

/** Whether asking for so many ids takes more calls than a second read of the range. */
export function isDearById(ids: number, { records }: Pick<MonthRange, 'records'>, reads: Reads): boolean {
  return callsToRead(records, reads) < Math.ceil(ids / reads.idsPerCall);
}

function turnsOf(ids: readonly string[]): string[][] {
  return Array.from({ length: Math.ceil(ids.length / idsPerTurn) }, (_each, turn) =>
    ids.slice(turn * idsPerTurn, (turn + 1) * idsPerTurn),
  );
}

function without(ids: readonly string[], records: readonly CrmRecord[]): string[] {
  const seen = new Set(records.map(({ id }) => id));
  return ids.filter((id) => !seen.has(id));
}

async function outsideOf(job: PullJob, plan: MappingPlan, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  return new Set((await readNamed(job, plan, { ids, inScope: false })).map(({ id }) => id));
}

async function readNamed(
  job: PullJob,
  { object, scope, fields }: MappingPlan,
  how: { ids: readonly string[]; inScope: boolean },
): Promise<CrmRecord[]> {
  const pages = job.connector.read({
    object,
    scope,
    fields: how.inScope ? fields : [],
    ...how,
    ...(job.signal === undefined ? {} : { signal: job.signal }),
  });
  const records: CrmRecord[] = [];
  for await (const page of pages) records.push(...page.records);
  return records;
}
