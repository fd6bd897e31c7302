import { instantOf } from '../model/clock.ts';
import { startOfDay } from '../program/civil-date.ts';
import type { Program } from '../program/load.ts';
import { kpisOfRequirements } from '../program/requirement-leaves.ts';
import { scoresInOrder, withPartsOf } from '../program/score-parts.ts';
import { trackAttributes, trackConditions } from '../program/segments-read.ts';
import { differsByKeptTrack } from '../program/track-keeping.ts';
import type { Tx } from '../store/store.ts';
import { type KeptTrack, keptTrack, otherFigures, trackGiven, withTracks } from '../tier/kept-track.ts';
import { kpiInput, loadFacts } from '../tier/load.ts';
import type { KpiInput } from '../tier/types.ts';
import type { ComputeScope } from './compute.ts';
import { entityFreshness, type Feed, freshnessOf, missingReason } from './freshness.ts';
import type { KpiValue, StateReason } from './types.ts';

/** The KPIs that decide about tracks that are kept. */
export function kpisOfKeptTracks(program: Program): string[] {
  return program.trackKeeping === undefined ? [] : kpisOfRequirements(trackConditions(program));
}

/** The scores that decide about tracks that are kept, and those that they are made of. */
export function scoresBeforeTracks(program: Program): Set<string> {
  const behind = new Set(withPartsOf(program, kpisOfKeptTracks(program)));
  return new Set(scoresInOrder(program).filter((kpi) => behind.has(kpi)));
}

/** The scores that another track makes others, directly or by a part. */
export function scoresByTrack(program: Program): string[] {
  const own = new Set(Object.keys(program.kpis).filter((kpi) => differsByKeptTrack(program, kpi)));
  return scoresInOrder(program).filter((kpi) => withPartsOf(program, [kpi]).some((part) => own.has(part)));
}

interface Now {
  feeds: readonly Feed[];
  now: number;
}

/** Why inputs that decide about tracks are late now: who waits for something else is looked at again. */
export function lateForTracks(program: Program, at: Now): StateReason[] {
  const attributes = lateAttributes(program, at);
  const figures = kpisOfKeptTracks(program).flatMap(
    (kpi) => freshnessOf(program, { kpi, ...at }).reason ?? [],
  );
  return attributes === null ? figures : [attributes, ...figures];
}

/** Why the attributes of partners that decide are late, or not read yet; null where they are not. */
function lateAttributes(program: Program, { feeds, now }: Now): StateReason | null {
  const asked = new Set(
    program.trackKeeping === undefined ? [] : trackAttributes(program).map((name) => `partner.${name}`),
  );
  if (asked.size === 0) return null;
  const hidden = feeds.flatMap((feed) => missingReason(feed, (name) => asked.has(name)) ?? []);
  return hidden[0] ?? entityFreshness(program, { entity: 'partner', feeds, now }).reason;
}

/**
 * Gives partners a track that have none, or whose own they need no longer keep, by the figures that decide about it. Returns
 * whom it gave one. Who is given none, because the figures are not sure, waits for them.
 */
export async function giveTracks(
  tx: Tx,
  scope: ComputeScope,
  { partners, values }: { partners: readonly string[]; values: ReadonlyMap<string, KpiValue> },
): Promise<string[]> {
  const { program, asOf, now } = scope;
  if (program.trackKeeping === undefined) return [];
  const asked = kpisOfKeptTracks(program).map((kpi) => ({ kpi, ...freshnessOf(program, { kpi, ...scope }) }));
  const attributes = lateAttributes(program, scope);
  const late = attributes ?? asked.find(({ reason }) => reason !== null)?.reason ?? otherFigures;
  const given: (KeptTrack & { id: string })[] = [];
  const waiting: string[] = [];
  for (const { id, facts: partner } of await withTracks(tx, scope, await loadFacts(tx, partners))) {
    const kept = keptTrack(program, partner);
    if (kept !== null && !kept.isOver) continue;
    const kpis = new Map<string, KpiInput>();
    for (const { kpi, reason } of asked) {
      const value = values.get(`${id} ${kpi}`);
      if (value !== undefined) kpis.set(kpi, inputOf(value, reason));
    }
    const track = attributes === null ? trackGiven({ program, kpis, partner }, asOf) : null;
    if (track === null) waiting.push(id);
    else given.push({ id, ...track });
  }
  await writeTracks(tx, program, { given, now: instantOf(now) });
  await writeDue(tx, program, { given, waiting, waitsFor: late, now: instantOf(now) });
  return given.map(({ id }) => id);
}

/** A figure in the state that it has now, whenever it was computed. */
function inputOf(value: KpiValue, late: StateReason | null): KpiInput {
  const reason = late ?? value.doubt ?? null;
  const state = value.state === 'error' ? value.state : reason === null ? 'current' : 'provisional';
  return { ...kpiInput(value), state, stateReason: state === 'error' ? value.stateReason : reason };
}

/** A track that is given anew on the same day takes the place of the one that no version of the rules has any more. */
async function writeTracks(
  tx: Tx,
  program: Program,
  { given, now }: { given: readonly (KeptTrack & { id: string })[]; now: string },
): Promise<void> {
  if (given.length === 0) return;
  await tx.query(
    `insert into tierlink.partner_track (program, partner_id, track, since, until, given_at)
     select $1, g.id, g.track, g.since, g.until, $6::timestamptz
     from unnest($2::text[], $3::text[], $4::date[], $5::date[]) as g(id, track, since, until)
     on conflict (program, partner_id, since) do update
       set track = excluded.track, until = excluded.until, given_at = excluded.given_at`,
    [
      program.name,
      given.map(({ id }) => id),
      given.map(({ track }) => track),
      given.map(({ since }) => since),
      given.map(({ until }) => until),
      now,
    ],
  );
}

async function writeDue(
  tx: Tx,
  program: Program,
  of: {
    given: readonly (KeptTrack & { id: string })[];
    waiting: readonly string[];
    waitsFor: StateReason | typeof otherFigures;
    now: string;
  },
): Promise<void> {
  const rows = [
    ...of.given.map(({ id, until }) => ({ id, at: startOfDay(until, program.timeZone), waitsFor: null })),
    ...of.waiting.map((id) => ({ id, at: of.now, waitsFor: of.waitsFor })),
  ];
  if (rows.length === 0) return;
  await tx.query(
    `insert into tierlink.track_due (program, partner_id, due_at, waits_for)
     select $1, d.id, d.at, d.reason from unnest($2::text[], $3::timestamptz[], $4::jsonb[]) as d(id, at, reason)
     on conflict (program, partner_id) do update set due_at = excluded.due_at, waits_for = excluded.waits_for
     where (tierlink.track_due.due_at, tierlink.track_due.waits_for)
       is distinct from (excluded.due_at, excluded.waits_for)`,
    [
      program.name,
      rows.map(({ id }) => id),
      rows.map(({ at }) => at),
      rows.map(({ waitsFor }) => waitsFor && JSON.stringify(waitsFor)),
    ],
  );
}
