import type { EntityName } from '../model/entities.ts';
import type { Program } from '../program/load.ts';
import type { Feed } from './freshness.ts';
import { entitiesRead } from './reads.ts';

/** The entities that the KPIs of a program read. */
export function entitiesOfKpis(program: Program): Set<EntityName> {
  return new Set(Object.keys(program.kpis).flatMap((kpi) => [...entitiesRead(program, kpi)]));
}

/** Feeds of some entities that do not reach to an instant (ISO 8601) with certainty, in words. */
export function incompleteInputs(
  feeds: readonly Feed[],
  { entities, end }: { entities: ReadonlySet<EntityName>; end: string },
): string[] {
  return feeds
    .filter(({ entity }) => entities.has(entity))
    .flatMap(({ object, connection, completeTo, frozenReason }) => {
      const place = `${object} of ${connection}`;
      if (completeTo === null) return [`${place} was never read completely`];
      if (Date.parse(completeTo) < Date.parse(end))
        return [`${place} is complete only to ${completeTo.slice(0, 10)}`];
      return frozenReason === null ? [] : [`${place} is not certain (${frozenReason})`];
    });
}
