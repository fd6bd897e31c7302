import type { EntityName } from '../model/entities.ts';
import { freezeText } from '../model/freeze-reasons.ts';
import { parseDuration } from '../program/civil-date.ts';
import type { ProgramDefinition } from '../program/schema.ts';
import type { Executor } from '../store/store.ts';
import { entitiesRead } from './reads.ts';

/** How complete the records of one entity from one object of one connection are. */
export interface Feed {
  connection: string;
  object: string;
  entity: EntityName;
  completeTo: string | null;
  frozenReason: string | null;
}

export interface Freshness {
  /** The instant up to which all inputs are complete; null when no feed says so. */
  completeTo: string | null;
  /** Why figures from these inputs are provisional; null when they are not. */
  reason: string | null;
}

const dayMs = 86_400_000;

/** All feeds of the store. Entities that only ever came from files have none, and no limit. */
export async function loadFeeds(executor: Executor): Promise<Feed[]> {
  return await executor.query<Feed & Record<string, unknown>>(
    `select connection, object, entity, complete_to as "completeTo", frozen_reason as "frozenReason"
     from tierlink.feed order by entity collate "C", connection collate "C", object collate "C"`,
  );
}

/** How fresh the inputs of a KPI are at an instant, by the program's limits. */
export function freshnessOf(
  program: ProgramDefinition,
  { kpi, feeds, now }: { kpi: string; feeds: readonly Feed[]; now: number },
): Freshness {
  const read = entitiesRead(program, kpi);
  const inputs = feeds.filter(({ entity }) => read.has(entity));
  const completeTo = inputs.reduce<string | null>(
    (first, feed) =>
      feed.completeTo !== null && (first === null || feed.completeTo < first) ? feed.completeTo : first,
    null,
  );
  const reasons = inputs
    .map((feed) => problemOf(program, { kpi, feed, now }))
    .filter((reason) => reason !== null);
  return { completeTo, reason: reasons[0] ?? null };
}

function problemOf(
  program: ProgramDefinition,
  { kpi, feed, now }: { kpi: string; feed: Feed; now: number },
): string | null {
  const where = `${feed.object} of ${feed.connection}`;
  if (feed.frozenReason !== null) return `${where}: ${freezeText(feed.frozenReason)}`;
  if (feed.completeTo === null) return `${where} has not been read completely yet`;
  const limit = program.kpis[kpi]?.freshness ?? program.freshness[feed.entity] ?? program.freshness.default;
  const lag = now - Date.parse(feed.completeTo);
  if (lag <= parseDuration(limit).count * dayMs) return null;
  return `${where} is complete only to ${feed.completeTo.slice(0, 10)}, ${Math.floor(lag / dayMs)} days ago; the limit is ${limit}`;
}
