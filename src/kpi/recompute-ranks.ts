import { ranksInOrder, scoresInOrder, withPartsOf } from '../program/score-parts.ts';
import type { Tx } from '../store/store.ts';
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
 * transaction takes the marks of the groups that it works off. A rank that rests on another one comes after it.
 */
export async function rankDirtyGroups(
  turn: InTurn,
  scope: ComputeScope,
  onBatch: (ranked: Ranked) => void,
): Promise<void> {
  for (const kpi of ranksInOrder(scope.program)) {
    for (;;) {
      const ranked = await turn((tx) => rankSome(tx, scope, kpi));
      if (ranked === null) break;
      onBatch(ranked);
    }
  }
}

/** Null when no group waits. */
async function rankSome(tx: Tx, scope: ComputeScope, kpi: string): Promise<Ranked | null> {
  const { program } = scope;
  const groups = await takeGroups(tx, program, { kpi, limit: groupsAtOnce });
  if (groups.length === 0) return null;
  const members = await membersOfGroups(tx, program, { kpi, groups });
  const values = [...members]
    .flatMap(([group, peers]) => rankedValues(scope, { kpi, group, members: peers }))
    .sort((left, right) => (left.partnerId < right.partnerId ? -1 : 1));
  const ranked: Ranked = { values: values.length, changes: [], periodsChanged: 0 };
  for (let from = 0; from < values.length; from += pageSize) {
    const page = await keepRanks(tx, scope, { kpi, values: values.slice(from, from + pageSize) });
    ranked.values += page.values;
    ranked.changes.push(...page.changes);
    ranked.periodsChanged += page.periodsChanged;
  }
  return ranked;
}

/** Stores the ranks of a page of partners, and what follows from those that changed. */
async function keepRanks(
  tx: Tx,
  scope: ComputeScope,
  { kpi, values }: { kpi: string; values: readonly KpiValue[] },
): Promise<Ranked> {
  const { program } = scope;
  const resting = scoresInOrder(program).filter((score) => withPartsOf(program, [score]).includes(kpi));
  const own = keyed(
    await readValueRows(
      tx,
      program,
      values.map(({ partnerId }) => partnerId),
      [kpi],
    ),
  );
  const changed = values.filter((value) => !isUnchanged(own, value));
  if (changed.length === 0) return { values: 0, changes: [], periodsChanged: 0 };
  const partners = changed.map(({ partnerId }) => partnerId);
  const compared = new Set([kpi, ...withPartsOf(program, resting), ...profileKpis(program)]);
  const stored = compared.size > 1 ? keyed(await readValueRows(tx, program, partners, [...compared])) : own;
  const targets = new Map(resting.map((score) => [score, new Set(partners)]));
  const composed = await composeScores(tx, scope, { targets, measured: changed, stored });
  const kept = [...changed, ...composed];
  const changes = await keepValues(tx, scope, { values: kept, stored, dirty: [] });
  const periodsChanged = await keepInPeriods(tx, scope, { kept, stored, compared });
  return { values: composed.length, changes, periodsChanged };
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
    ? { changed: 0, missing: [...new Set(kept.map(({ partnerId }) => partnerId))] }
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
