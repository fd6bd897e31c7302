import type { Program } from '../program/load.ts';
import { ranksBehind, ranksInOrder, scoresInOrder, withPartsOf } from '../program/score-parts.ts';
import type { Tx } from '../store/store.ts';
import { grouped } from '../tier/load.ts';
import type { ComputeScope } from './compute.ts';
import { profileKpis } from './period-fit.ts';
import { updatePeriods, writePeriods } from './periods.ts';
import { takeGroups } from './rank/groups.ts';
import { membersOfGroups } from './rank/peers.ts';
import { rankedValues } from './rank/values.ts';
import { isUnchanged, keepValues, keyed } from './recompute-page.ts';
import { composeScores } from './score/values.ts';
import type { InTurn } from './turn.ts';
import type { KpiChange, KpiValue } from './types.ts';
import { readFigures, readValueRows } from './value-rows.ts';

/** Groups per transaction; a large one may have everybody in it. */
const groupsAtOnce = 50;

/** Partners per statement. */
const pageSize = 1000;

interface Ranked {
  values: number;
  changes: KpiChange[];
  periodsChanged: number;
}

/**
 * Ranks the groups anew in which something has changed, and composes the scores that rest on the ranks that changed. A
 * transaction takes the marks of the groups that it works off. A rank that rests on another one comes after it; those that
 * do not are made together, so that what follows from several of a partner is written once.
 */
export async function rankDirtyGroups(
  turn: InTurn,
  scope: ComputeScope,
  onBatch: (ranked: Ranked) => void,
): Promise<void> {
  const { program } = scope;
  const scores = scoresInOrder(program).map((kpi) => ({ kpi, parts: new Set(withPartsOf(program, [kpi])) }));
  for (const kpis of levelsOfRanks(program)) {
    for (;;) {
      const ranked = await turn((tx) => rankSome(tx, scope, { kpis, scores }));
      if (ranked === null) break;
      onBatch(ranked);
    }
  }
}

/** A score with all KPIs that it rests on. */
interface ScoreParts {
  kpi: string;
  parts: ReadonlySet<string>;
}

/** The ranks of a program: first those that rest on no other one, then those that rest on them, and so on. */
function levelsOfRanks(program: Program): string[][] {
  const levelOf = (kpi: string): number => {
    const behind = ranksBehind(program, [program.kpis[kpi]!.rank!.of]);
    return Math.max(0, ...behind.map((one) => levelOf(one) + 1));
  };
  const levels: string[][] = [];
  for (const kpi of ranksInOrder(program)) {
    const level = levelOf(kpi);
    levels[level] = [...(levels[level] ?? []), kpi];
  }
  return levels;
}

/** Null when no group waits. */
async function rankSome(
  tx: Tx,
  scope: ComputeScope,
  { kpis, scores }: { kpis: readonly string[]; scores: readonly ScoreParts[] },
): Promise<Ranked | null> {
  const { program } = scope;
  const taken = await takeGroups(tx, program, { kpis, limit: groupsAtOnce });
  if (taken.size === 0) return null;
  const groups = await membersOfGroups(tx, program, taken);
  const values = groups.flatMap((group) => rankedValues(scope, group));
  const byPartner = [...grouped(values, ({ partnerId }) => partnerId)];
  const partners = byPartner.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, own]) => own);
  const ranked: Ranked = { values: values.length, changes: [], periodsChanged: 0 };
  for await (const page of besideStored(tx, program, partners)) {
    const kept = await keepRanks(tx, scope, { ...page, scores });
    ranked.values += kept.values;
    ranked.changes.push(...kept.changes);
    ranked.periodsChanged += kept.periodsChanged;
  }
  return ranked;
}

/** Ranks page by page, each with those that are stored: the database reads them while the page before is compared. */
async function* besideStored(
  tx: Tx,
  program: Program,
  partners: readonly KpiValue[][],
): AsyncGenerator<{ values: KpiValue[]; own: Map<string, KpiValue> }> {
  const read = (from: number) => {
    const values = partners.slice(from, from + pageSize).flat();
    const rows = readValueRows(tx, program, partnersOf(values), kpisOf(values));
    // Where the page before fails, nobody waits for this one.
    rows.catch(() => undefined);
    return { values, rows };
  };
  let next = partners.length === 0 ? undefined : read(0);
  for (let from = pageSize; next !== undefined; from += pageSize) {
    const { values, rows } = next;
    const own = keyed(await rows);
    next = from < partners.length ? read(from) : undefined;
    yield { values, own };
  }
}

/** Stores the ranks of a page of partners, and what follows from those that changed. */
async function keepRanks(
  tx: Tx,
  scope: ComputeScope,
  of: {
    values: readonly KpiValue[];
    /** Those that are stored of the same KPIs. */
    own: ReadonlyMap<string, KpiValue>;
    scores: readonly ScoreParts[];
  },
): Promise<Ranked> {
  const { program } = scope;
  const { values, own, scores } = of;
  const kpis = kpisOf(values);
  const changed = values.filter((value) => !isUnchanged(own, value));
  if (changed.length === 0) return { values: 0, changes: [], periodsChanged: 0 };
  const targets = scoresRestingOn(changed, scores);
  const parts = scores.flatMap((score) => (targets.has(score.kpi) ? [...score.parts] : []));
  const compared = new Set([...kpis, ...parts, ...profileKpis(program)]);
  const partners = partnersOf(changed);
  const stored =
    compared.size > kpis.length ? keyed(await readValueRows(tx, program, partners, [...compared])) : own;
  const composed = await composeScores(tx, scope, { targets, measured: changed, stored });
  const kept = [...changed, ...composed];
  const changes = await keepValues(tx, scope, { values: kept, stored, dirty: [] });
  const periodsChanged = await keepInPeriods(tx, scope, { kept, stored, compared });
  return { values: composed.length, changes, periodsChanged };
}

/** The scores that rest on ranks that changed, with the partners of whom they did. */
function scoresRestingOn(
  changed: readonly KpiValue[],
  scores: readonly ScoreParts[],
): Map<string, Set<string>> {
  const targets = scores.map(({ kpi, parts }) => {
    const behind = changed.filter((value) => parts.has(value.kpi));
    return [kpi, new Set(partnersOf(behind))] as const;
  });
  return new Map(targets.filter(([, partners]) => partners.size > 0));
}

function partnersOf(values: readonly KpiValue[]): string[] {
  return [...new Set(values.map(({ partnerId }) => partnerId))];
}

function kpisOf(values: readonly KpiValue[]): string[] {
  return [...new Set(values.map(({ kpi }) => kpi))];
}

/**
 * Brings the records of the running period up to date with some new figures. Those of partners that have none yet are made
 * of everything, and so are all where the figures say how well a partner fits the profile.
 */
async function keepInPeriods(
  tx: Tx,
  scope: ComputeScope,
  of: { kept: readonly KpiValue[]; stored: ReadonlyMap<string, KpiValue>; compared: ReadonlySet<string> },
): Promise<number> {
  const { program } = scope;
  const { kept, stored, compared } = of;
  const isProfiled = profileKpis(program).some((one) => kept.some(({ kpi }) => kpi === one));
  const { changed, missing } = isProfiled
    ? { changed: 0, missing: partnersOf(kept) }
    : await updatePeriods(tx, scope, kept);
  if (missing.length === 0) return changed;
  const left = new Set(missing);
  const values = [...new Map([...stored, ...keyed(kept)]).values()].filter(({ partnerId }) =>
    left.has(partnerId),
  );
  const rest = Object.keys(program.kpis).filter((one) => !compared.has(one));
  const others = await readFigures(tx, program, { partners: missing, kpis: rest });
  return changed + (await writePeriods(tx, scope, { partners: missing, values, others }));
}
