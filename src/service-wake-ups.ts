import { type RawBuilder, sql } from 'kysely';
import { writtenPlaces } from './app/unmapped-writes.ts';
import type { App, AppConnection } from './app.ts';
import { hasKpiWork } from './kpi/recompute.ts';
import { instantOf } from './model/clock.ts';
import { matchingOf } from './project-matching.ts';
import { readableMappings } from './sync/engine.ts';
import { hasSides } from './sync/match/sides.ts';
import { hasMatchWork } from './sync/match/step.ts';
import { bringing } from './sync/records/feed.ts';
import { hasTierWork } from './tier/run.ts';

/** A job that is due by the rows of the store. */
export interface DueJob {
  job: string;
  payload: Record<string, string>;
}

/**
 * Everything that is due now, from rows alone: the queue may have lost or doubled any of it. Asked at start, each minute
 * and after each job. Nothing that cannot go on by itself is named, so an answer acted upon never comes back at once.
 */
export async function dueJobs(app: App): Promise<DueJob[]> {
  const { store, program } = app;
  const now = app.clock.now();
  const jobs: DueJob[] = [];
  const matching = matchingOf(app.project);
  const isMatchDue =
    matching !== null && (await hasSides(store, matching)) && (await hasMatchWork(store, matching));
  if (isMatchDue || (await hasKpiWork(store, { program, now })))
    jobs.push({ job: 'recompute-kpis', payload: {} });
  if (await hasTierWork(store, { program, now })) jobs.push({ job: 'evaluate-tiers', payload: {} });
  for (const { id, retries, writes } of await readConnections(app, instantOf(now))) {
    if (retries) jobs.push({ job: 'pull-changes', payload: { connection: id } });
    if (writes) jobs.push({ job: 'push-changes', payload: { connection: id } });
  }
  return jobs;
}

interface DueConnection {
  id: string;
  /** It waited for an instant that has come. */
  retries: boolean;
  /** It may be written, and writes are due. */
  writes: boolean;
}

/**
 * Connections that may work: configured, and neither paused nor in need of a person. One that waits for an instant is
 * not written before it, and only records that its mappings write are a reason to write, once what is there was read.
 */
async function readConnections(app: App, now: string): Promise<DueConnection[]> {
  if (app.connections.length === 0) return [];
  const { rows } = await sql<DueConnection>`
    select c.id,
      coalesce(c.state = 'waiting' and c.state_until <= ${now}, false) as retries,
      c.write_back and not coalesce(c.state = 'waiting' and c.state_until > ${now}, false) and (
        exists (select from tierlink.outbox o where o.entity = any(w.entities))
        or exists (select from tierlink.comparison m where m.connection = c.id and m.entity = any(w.entities))
        or exists (
          select from tierlink.pending_write p
          join unnest(w.objects, w.entities) as m(object, entity) on m.object = p.object and m.entity = p.entity
          where p.connection = c.id and p.state in ('due', 'in_flight') and coalesce(p.not_before, ${now}) <= ${now})
      ) as writes
    from tierlink.connection c
    join (values ${sql.join(app.connections.map(placesOf))}) as m(alias, objects, entities, bringing, brought)
      on m.alias = c.id
    cross join lateral (
      select array_agg(p.object) as objects, array_agg(p.entity) as entities
      from unnest(m.objects, m.entities) as p(object, entity)
      where p.entity not in (select f.entity from tierlink.feed f
        where f.connection = c.id and f.complete_to is null
          and (f.object, f.entity) in (select * from unnest(m.bringing, m.brought)))
    ) w
    where c.state not in ('paused', 'action_required')
    order by c.id`.execute(app.store.db);
  return rows;
}

function placesOf(connection: AppConnection): RawBuilder<unknown> {
  const places = writtenPlaces(connection) ?? [];
  const objects = places.map(({ object }) => object);
  const written = places.map(({ entity }) => entity);
  const own = bringing(readableMappings(connection) ?? []);
  const sources = own.map(({ object }) => object);
  const brought = own.map(({ entity }) => entity);
  return sql`(${connection.alias}::text, ${objects}::text[], ${written}::text[], ${sources}::text[], ${brought}::text[])`;
}
