import { isDeepStrictEqual } from 'node:util';
import { instantOf } from '../model/clock.ts';
import type { EntityName } from '../model/entities.ts';
import type { Program } from '../program/load.ts';
import { boundsOf, kpisOfRequirements } from '../program/requirement-leaves.ts';
import { factKinds, requirementsOf } from '../program/schema/ladder.ts';
import { isMeasured, kpisRead, scoresInOrder, withPartsOf } from '../program/score-parts.ts';
import { segmentsRead } from '../program/segments-read.ts';
import { alive } from '../store/alive.ts';
import type { Executor, Tx } from '../store/store.ts';
import { away, isAway } from './away.ts';
import { type ComputeScope, computeKpis } from './compute.ts';
import { type DirtyMark, takeMarks } from './dirty-partners.ts';
import { markToEvaluate } from './due-states.ts';
import { giveTracks, scoresBeforeTracks, scoresByTrack } from './give-tracks.ts';
import { writePeriods } from './periods.ts';
import { markChangedGroups, settleGroups } from './rank/groups.ts';
import { noFigure, outsideValues, peerFigure } from './rank/values.ts';
import { entitiesRead } from './reads.ts';
import { composeScores } from './score/values.ts';
import type { TurnNumbers } from './turn-numbers.ts';
import type { KpiChange, KpiValue } from './types.ts';
import {
  type Compared,
  figureSaid,
  isSameRow,
  readValueRows,
  saysTheSame,
  writeValueRows,
} from './value-rows.ts';
import type { Mode } from './work-list.ts';

/** The measured figures of a page from before it was its turn; the run had taken this number before they were measured. */
export interface MeasuredAhead {
  values: readonly KpiValue[];
  since: number;
}

/**
 * Recomputes a page of partners inside a transaction. Their marks must have been set aside before. What was measured
 * ahead is taken unless another recomputation has come between: it may have written newer ones, and marks that
 * it set aside since then would be taken here without what they stand for.
 */
export async function recomputePage(
  tx: Tx,
  scope: ComputeScope,
  page: {
    partners: readonly string[];
    mode: Mode;
    numbers: TurnNumbers;
    /** (Default: all is measured here) */
    ahead?: MeasuredAhead | undefined;
  },
): Promise<{ values: number; changes: KpiChange[]; periodsChanged: number }> {
  const { partners, mode, numbers, ahead } = page;
  const now = instantOf(scope.now);
  const dirty = mode === 'due' ? [] : await takeMarks(tx, partners);
  await numbers.next(tx);
  const isNewest = ahead !== undefined && numbers.isAloneSince(ahead.since);
  const live = await livePartners(tx, partners);
  const gone = partners.filter((id) => !live.has(id));
  await keepAway(tx, scope, gone);
  const before = keyed(await readValueRows(tx, scope.program, partners));
  const targets = await targetsOf(tx, scope, { partners: [...live], dirty, before, mode });
  const values = await measure(tx, scope, { targets, ahead: isNewest ? ahead.values : [] });
  const stored = await withOthers(tx, scope.program, { values, before, partners });
  const outside = await settleGroups(tx, scope.program, {
    live: [...live],
    gone,
    isAll: mode === 'all',
    now,
  });
  const unranked = () => unrankedValues(scope, { outside, values, stored });
  const measured = [...values, ...unranked()];
  const { composed, given } = await composeWithTracks(tx, scope, {
    targets,
    measured,
    stored,
    live: [...live],
  });
  values.push(...composed);
  // Once more, as what they would be ranked by may be a score.
  values.push(...unranked());
  const changes = await keepValues(tx, scope, { values, stored, dirty, given });
  const touched = new Set([...live, ...values.map(({ partnerId }) => partnerId)]);
  const all = [...withNew(stored, values).values()];
  const periodsChanged = await writePeriods(tx, scope, {
    partners: [...touched],
    values: all.filter(({ partnerId }) => touched.has(partnerId)),
  });
  return { values: values.length, changes, periodsChanged };
}

/**
 * Composes the scores that are wanted. Those that decide about tracks come first; then partners are given their track, and
 * the scores that rest on it are composed for whom that is new.
 */
async function composeWithTracks(
  tx: Tx,
  scope: ComputeScope,
  work: {
    targets: ReadonlyMap<string, ReadonlySet<string>>;
    measured: readonly KpiValue[];
    stored: ReadonlyMap<string, KpiValue>;
    live: readonly string[];
  },
): Promise<{ composed: KpiValue[]; given: string[] }> {
  const { program } = scope;
  const { targets, measured, stored, live } = work;
  if (program.trackKeeping === undefined)
    return { composed: await composeScores(tx, scope, { targets, measured, stored }), given: [] };
  const deciding = scoresBeforeTracks(program);
  const only = (areDeciding: boolean) =>
    new Map([...targets].filter(([kpi]) => deciding.has(kpi) === areDeciding));
  const first = await composeScores(tx, scope, { targets: only(true), measured, stored });
  const known = withNew(stored, [...measured, ...first]);
  const given = await giveTracks(tx, scope, { partners: live, values: known });
  const rest = only(false);
  for (const kpi of scoresByTrack(program)) rest.set(kpi, new Set([...(rest.get(kpi) ?? []), ...given]));
  const other = { targets: rest, measured: [...measured, ...first], stored };
  return { composed: [...first, ...(await composeScores(tx, scope, other))], given };
}

/** Writes what is new of values, and marks the groups of ranks and the tiers that rest on what they say now. */
export async function keepValues(
  tx: Tx,
  scope: ComputeScope,
  of: {
    values: readonly KpiValue[];
    stored: ReadonlyMap<string, KpiValue>;
    dirty: readonly DirtyMark[];
    /** Partners that were given a track. (Default: none) */
    given?: readonly string[];
  },
): Promise<KpiChange[]> {
  const { values, stored, dirty, given = [] } = of;
  const now = instantOf(scope.now);
  const compared = values.map((after) => ({ before: stored.get(keyOf(after)), after }));
  const isNew = ({ before, after }: Compared) => before === undefined || !isSameRow(before, after);
  await writeValueRows(tx, scope.program, {
    values: compared.filter(isNew).map(({ after }) => after),
    now,
  });
  await markChangedGroups(tx, scope.program, { compared, now });
  const changes = compared.flatMap(changeOf);
  // It may be provisional for want of fresh inputs already, and then looks the same.
  const doubted = compared.filter(({ before, after }) => !isDeepStrictEqual(before?.doubt, after.doubt));
  const moved = [...changes, ...doubted.map(({ after }) => after)];
  await markForEvaluation(tx, scope, { moved, dirty, given, now });
  return changes;
}

/** The ranks of partners that are in no group do not wait for anybody else. */
function unrankedValues(
  scope: ComputeScope,
  of: {
    outside: ReadonlyMap<string, readonly string[]>;
    values: readonly KpiValue[];
    stored: ReadonlyMap<string, KpiValue>;
  },
): KpiValue[] {
  return [...of.outside].flatMap(([kpi, outside]) => {
    if (outside.length === 0) return [];
    const compared = scope.program.kpis[kpi]!.rank!.of;
    const fresh = new Map(
      of.values.flatMap((value) => (value.kpi === compared ? [[value.partnerId, value] as const] : [])),
    );
    const partners = outside.map((partnerId) => {
      const value = fresh.get(partnerId) ?? of.stored.get(keyOf({ partnerId, kpi: compared }));
      return value === undefined ? noFigure(partnerId) : peerFigure(value);
    });
    return outsideValues(scope, { kpi, partners });
  });
}

/** The measured figures that are wanted: what is known ahead, and the rest computed. */
async function measure(
  tx: Tx,
  scope: ComputeScope,
  of: { targets: ReadonlyMap<string, ReadonlySet<string>>; ahead: readonly KpiValue[] },
): Promise<KpiValue[]> {
  const values = of.ahead.filter(({ kpi, partnerId }) => of.targets.get(kpi)!.has(partnerId));
  const wanted = [...of.targets].filter(([kpi]) => isMeasured(scope.program, kpi));
  // Each of them is there once.
  if (values.length === wanted.reduce((sum, [, partners]) => sum + partners.size, 0)) return values;
  const known = keyed(values);
  const rest = new Map(
    [...of.targets].map(([kpi, wanted]) => [
      kpi,
      new Set([...wanted].filter((partnerId) => !known.has(keyOf({ partnerId, kpi })))),
    ]),
  );
  for (const group of alike(scope.program, rest)) values.push(...(await computeKpis(tx, scope, group)));
  return values;
}

/** KPIs that are wanted for the same partners and roll up alike: one statement computes them. */
export function alike(
  program: Program,
  targets: ReadonlyMap<string, ReadonlySet<string>>,
): { kpis: string[]; partners: string[] }[] {
  const groups = new Map<string, { kpis: string[]; partners: string[] }>();
  for (const [kpi, wanted] of targets) {
    if (wanted.size === 0 || !isMeasured(program, kpi)) continue;
    const partners = [...wanted].sort();
    const key = [program.kpis[kpi]!.rollUp, ...partners].join(' ');
    const group = groups.get(key) ?? { kpis: [], partners };
    group.kpis.push(kpi);
    groups.set(key, group);
  }
  return [...groups.values()];
}

async function livePartners(executor: Executor, partners: readonly string[]): Promise<Set<string>> {
  const rows = await executor.query<{ id: string }>(
    `select id from tierlink.partner
     where id = any($1::text[]) and ${alive('partner')} order by id collate "C"`,
    [partners],
  );
  return new Set(rows.map(({ id }) => id));
}

/** The values of a partner that takes no part are kept as they are, and are due the moment it is back. */
async function keepAway(tx: Tx, { program }: ComputeScope, partners: readonly string[]): Promise<void> {
  if (partners.length === 0) return;
  await tx.query(
    `update tierlink.kpi_value set next_change_at = $3
     where program = $1 and partner_id = any($2::text[]) and next_change_at is distinct from $3`,
    [program.name, partners, away],
  );
}

/** Which partners each KPI must be computed for. */
async function targetsOf(
  tx: Tx,
  { program, now }: ComputeScope,
  work: {
    partners: readonly string[];
    dirty: readonly DirtyMark[];
    before: Map<string, KpiValue>;
    mode: Mode;
  },
): Promise<Map<string, Set<string>>> {
  const { partners, before, mode } = work;
  const dirtyBy = new Map<string, Set<string>>();
  for (const { partner_id, entity } of work.dirty) {
    dirtyBy.set(partner_id, (dirtyBy.get(partner_id) ?? new Set()).add(entity));
  }
  const targets = new Map<string, Set<string>>();
  for (const [kpi, definition] of Object.entries(program.kpis)) {
    if (definition.rank !== undefined) {
      // Group by group, once all that it compares is there.
      targets.set(kpi, new Set());
      continue;
    }
    const read = entitiesRead(program, kpi);
    const isDirty = (id: string) =>
      [...(dirtyBy.get(id) ?? [])].some((entity) => read.has(entity as EntityName));
    const isDue = (id: string) => {
      const value = before.get(`${id} ${kpi}`);
      if (value === undefined) return mode !== 'due';
      if (isAway(value)) return true;
      return mode !== 'dirty' && value.nextChangeAt !== null && Date.parse(value.nextChangeAt) <= now;
    };
    const wanted = new Set(partners.filter((id) => mode === 'all' || isDirty(id) || isDue(id)));
    if (definition.rollUp === 'company') {
      const changed = [...dirtyBy.keys()].filter(isDirty);
      for (const id of await companiesAbove(tx, changed)) wanted.add(id);
    }
    targets.set(kpi, wanted);
  }
  for (const score of scoresInOrder(program)) {
    const wanted = targets.get(score)!;
    for (const part of kpisRead(program, program.kpis[score]!)) {
      for (const id of targets.get(part)!) wanted.add(id);
    }
  }
  return targets;
}

/** The parents, all the way up, whose company figures a change reaches. */
async function companiesAbove(tx: Tx, partners: readonly string[]): Promise<string[]> {
  if (partners.length === 0) return [];
  const rows = await tx.query<{ id: string }>(
    `with recursive above(id) as (
       select parent from tierlink.partner where id = any($1::text[]) and parent is not null
       union select p.parent from above join tierlink.partner p on p.id = above.id where p.parent is not null)
     select p.id from above join tierlink.partner p on p.id = above.id
     where ${alive('p')}`,
    [partners],
  );
  return rows.map(({ id }) => id);
}

/** The stored values beside the new ones; parents of the page's partners are read as well. */
async function withOthers(
  tx: Tx,
  program: Program,
  work: { values: readonly KpiValue[]; before: Map<string, KpiValue>; partners: readonly string[] },
): Promise<Map<string, KpiValue>> {
  const known = new Set(work.partners);
  const others = [...new Set(work.values.map(({ partnerId }) => partnerId))].filter((id) => !known.has(id));
  if (others.length === 0) return work.before;
  return new Map([...work.before, ...keyed(await readValueRows(tx, program, others))]);
}

export function isUnchanged(stored: ReadonlyMap<string, KpiValue>, value: KpiValue): boolean {
  const old = stored.get(keyOf(value));
  return old !== undefined && isSameRow(old, value);
}

function changeOf({ before, after }: Compared): KpiChange[] {
  if (before !== undefined && saysTheSame(before, after)) return [];
  return [
    {
      partnerId: after.partnerId,
      kpi: after.kpi,
      before: before === undefined ? null : figureSaid(before),
      after: figureSaid(after),
    },
  ];
}

/**
 * A tier is evaluated again when a figure that it asks for, its track or the partner itself has changed. A partner without one is
 * looked at too: a ladder may fit now, or somebody is just putting it on one by the figures from before.
 */
async function markForEvaluation(
  tx: Tx,
  { program }: ComputeScope,
  of: {
    moved: readonly { kpi: string; partnerId: string }[];
    dirty: readonly DirtyMark[];
    given: readonly string[];
    now: string;
  },
): Promise<void> {
  const { dirty, given, now } = of;
  const used = kpisOfLadders(program);
  const moved = of.moved.filter(({ kpi }) => used.has(kpi)).map(({ partnerId }) => partnerId);
  const asked: readonly string[] = factKinds(program).size > 0 ? ['partner', 'fact'] : ['partner'];
  const edited = dirty.filter(({ entity }) => asked.includes(entity)).map(({ partner_id }) => partner_id);
  if (moved.length + edited.length + given.length === 0 || program.ladders.length === 0) return;
  const partners = [...new Set([...moved, ...edited, ...given])];
  await markToEvaluate(tx, program, { partners, now });
}

/**
 * The KPIs that requirements ask for, and those that decide about the track where they differ by it. What is behind them is
 * asked for too where a tier is judged on the best track: it may change another track's figure and not that of the own one.
 */
export function kpisOfLadders(
  program: Pick<Program, 'ladders' | 'tracks' | 'regions' | 'kpis'>,
): Set<string> {
  const tiers = program.ladders.flatMap((ladder) => ladder.tiers);
  const requirements = tiers.flatMap(requirementsOf);
  const { conditions } = segmentsRead(program, boundsOf(requirements));
  const onBestTrack = tiers.filter((tier) => tier.onBestTrack).flatMap(requirementsOf);
  return new Set([
    ...kpisOfRequirements([...requirements, ...conditions]),
    ...withPartsOf(program, kpisOfRequirements(onBestTrack)),
  ]);
}

/** Values as they are stored, with what is new of them. */
function withNew(stored: ReadonlyMap<string, KpiValue>, values: readonly KpiValue[]): Map<string, KpiValue> {
  const all = new Map(stored);
  for (const value of values) all.set(keyOf(value), value);
  return all;
}

export function keyed(values: readonly KpiValue[]): Map<string, KpiValue> {
  return new Map(values.map((value) => [keyOf(value), value]));
}

function keyOf({ partnerId, kpi }: { partnerId: string; kpi: string }): string {
  return `${partnerId} ${kpi}`;
}
