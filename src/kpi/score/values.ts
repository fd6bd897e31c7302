import { startOfDay } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import { attributesBehind, measuredBehind, scoresInOrder, withPartsOf } from '../../program/score-parts.ts';
import { differsByKeptTrack } from '../../program/track-keeping.ts';
import type { Executor } from '../../store/store.ts';
import { keptTrack, withTracks } from '../../tier/kept-track.ts';
import { loadFacts } from '../../tier/load.ts';
import type { PartnerFacts } from '../../tier/types.ts';
import { assembleValue } from '../assemble-value.ts';
import type { ComputeScope } from '../compute.ts';
import { earliest } from '../earliest.ts';
import { type Freshness, freshnessOf } from '../freshness.ts';
import type { ExclusionReason, KpiValue } from '../types.ts';
import { figureOfScore, scoreOf } from './score.ts';

export interface ScoreWork {
  /** Which partners each KPI is wanted for. */
  targets: ReadonlyMap<string, ReadonlySet<string>>;
  /** Measured values that were just computed. */
  measured: readonly KpiValue[];
  /** The values that are stored, by "partner kpi". */
  stored: ReadonlyMap<string, KpiValue>;
}

/**
 * Composes the scores that are wanted, each after its parts, from the values just computed and those stored. Where a part
 * was never computed there is no score yet.
 */
export async function composeScores(
  executor: Executor,
  scope: ComputeScope,
  { targets, measured, stored }: ScoreWork,
): Promise<KpiValue[]> {
  const { program } = scope;
  const scores = scoresInOrder(program).filter((kpi) => (targets.get(kpi)?.size ?? 0) > 0);
  if (scores.length === 0) return [];
  const facts = await factsOf(executor, scope, { scores, targets });
  const readByAny = new Set(withPartsOf(program, scores));
  const fresh = new Map(
    measured
      .filter(({ kpi }) => readByAny.has(kpi))
      .map((value) => [`${value.partnerId} ${value.kpi}`, value]),
  );
  const composed: KpiValue[] = [];
  for (const kpi of scores) {
    const read = withPartsOf(program, [kpi]).filter((part) => part !== kpi);
    const freshness = freshnessOf(program, { kpi, feeds: scope.feeds, now: scope.now });
    const behind = new Set(measuredBehind(program, kpi));
    for (const partnerId of [...targets.get(kpi)!].sort()) {
      const values = read.flatMap((part) => {
        const key = `${partnerId} ${part}`;
        return fresh.get(key) ?? stored.get(key) ?? [];
      });
      if (values.length < read.length) continue;
      const partner = facts.get(partnerId) ?? {};
      const value = composedValue(scope, { kpi, partnerId, values, partner, freshness, behind });
      fresh.set(`${partnerId} ${kpi}`, value);
      composed.push(value);
    }
  }
  return composed;
}

/** Loaded only where a condition, or a track that is kept, asks for them. */
async function factsOf(
  executor: Executor,
  scope: ComputeScope,
  { scores, targets }: { scores: readonly string[]; targets: ScoreWork['targets'] },
): Promise<Map<string, PartnerFacts>> {
  const { program } = scope;
  const asking = scores.filter(
    (kpi) => attributesBehind(program, kpi).length > 0 || differsByKeptTrack(program, kpi),
  );
  const partners = [...new Set(asking.flatMap((kpi) => [...targets.get(kpi)!]))];
  if (partners.length === 0) return new Map();
  const known = await withTracks(executor, scope, await loadFacts(executor, partners));
  return new Map(known.map(({ id, facts }) => [id, facts]));
}

function composedValue(
  scope: ComputeScope,
  parts: {
    kpi: string;
    partnerId: string;
    values: readonly KpiValue[];
    partner: PartnerFacts;
    freshness: Freshness;
    /** The measured KPIs that it rests on. */
    behind: ReadonlySet<string>;
  },
): KpiValue {
  const { program } = scope;
  const { kpi, partnerId, values, partner, freshness, behind } = parts;
  const figures = new Map(values.map((value) => [value.kpi, value]));
  const figure = figureOfScore(scoreOf({ program, figures, partner }, kpi));
  const measured = regionless(
    program,
    values.filter((value) => behind.has(value.kpi)),
  );
  const counted = sumOf(measured.map((value) => value.counted));
  const doubt = values.find((value) => value.doubt !== undefined)?.doubt;
  const reason = freshness.reason ?? doubt ?? null;
  return assembleValue(
    scope,
    { kpi, partnerId, reason, completeTo: freshness.completeTo },
    {
      ...figure,
      counted,
      excluded: sumOf(measured.map((value) => value.excluded)),
      excludedBy: mergedCounts(measured.map((value) => value.excludedBy)),
      sample: counted,
      nextChangeAt: earliest([
        ...values.map((value) => value.nextChangeAt),
        trackEnd(program, { kpi, partner }),
      ]),
      ...(doubt === undefined ? {} : { doubt }),
    },
  );
}

/** The instant from which a track that the score reads is no longer kept; null where there is none. */
function trackEnd(program: Program, { kpi, partner }: { kpi: string; partner: PartnerFacts }): string | null {
  const kept = differsByKeptTrack(program, kpi) ? keptTrack(program, partner) : null;
  return kept === null || kept.isOver ? null : startOfDay(kept.until, program.timeZone);
}

/** Records that are in no region are left out of each region's figure; of several regions they count once. */
function regionless(program: Program, values: readonly KpiValue[]): KpiValue[] {
  const seen = new Set<string>();
  return values.map((value) => {
    const { regional } = program.kpis[value.kpi]!;
    if (regional === undefined || !seen.has(regional.of)) {
      if (regional !== undefined) seen.add(regional.of);
      return value;
    }
    const { region_blank: blank = 0, region_unknown: unknown = 0, ...excludedBy } = value.excludedBy;
    return { ...value, excludedBy, excluded: value.excluded - blank - unknown };
  });
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

function mergedCounts(all: readonly KpiValue['excludedBy'][]): KpiValue['excludedBy'] {
  const merged: Partial<Record<ExclusionReason, number>> = {};
  for (const [reason, count = 0] of all.flatMap(
    (each) => Object.entries(each) as [ExclusionReason, number | undefined][],
  )) {
    merged[reason] = (merged[reason] ?? 0) + count;
  }
  return merged;
}
