import { dimensionOf } from './by-segment.ts';
import { pathsOfFilter } from './filter-paths.ts';
import { regionalKey } from './regional-kpis.ts';
import { plainRegions, regionsWithin } from './regions.ts';
import { attributesOfRequirements, boundsOf, kpisOfRequirements } from './requirement-leaves.ts';
import type { BySegment, Requirement } from './schema/ladder.ts';
import type { RankDefinition } from './schema/rank.ts';
import type { RegionDefinition } from './schema/region.ts';
import type { KpiDefinition, ProgramDefinition } from './schema/schema.ts';
import type { Operand, ScoreDefinition } from './schema/score.ts';
import { type SegmentsRead, segmentsRead } from './segments-read.ts';
import type { PathKey } from './source.ts';
import { bounds, isKpiName } from './threshold.ts';

export const scoreForms = [
  'linear',
  'each',
  'bands',
  'sum',
  'difference',
  'ratio',
  'product',
  'weighted',
  'best',
  'worst',
  'steps',
  'choose',
  'byTrack',
  'bestTrack',
  'overRegions',
] as const;
export type ScoreForm = (typeof scoreForms)[number];

/** Something in a score, and where it stands in it. */
export interface Placed<Item> {
  item: Item;
  at: PathKey[];
}

/** The one form that a score has; undefined where it has none or several. */
export function formOf(score: ScoreDefinition): ScoreForm | undefined {
  const used = scoreForms.filter((form) => score[form] !== undefined);
  return used.length === 1 ? used[0] : undefined;
}

/** The KPIs that a score is composed of, without those that only its conditions ask for. */
export function partsOf(score: ScoreDefinition): Placed<string>[] {
  const { linear, each, bands, difference, ratio, product, weighted, steps, choose } = score;
  const { byTrack, bestTrack, overRegions } = score;
  const listed = (['sum', 'best', 'worst'] as const).flatMap((form) =>
    (score[form] ?? []).map((item, index) => ({ item, at: [form, index] })),
  );
  const ofOne = { linear, each, bands, difference, ratio, product, bestTrack, overRegions };
  const scored = Object.entries(ofOne).flatMap(([form, one]) =>
    one === undefined ? [] : [{ item: one.of, at: [form, 'of'] }],
  );
  return [
    ...listed,
    ...scored,
    ...[difference?.less ?? []].flat().flatMap((item, index) => {
      const at = ['difference', 'less', ...(Array.isArray(difference?.less) ? [index] : [])];
      return isKpiName(item) ? [{ item, at }] : [];
    }),
    ...(isKpiName(ratio?.to) ? [{ item: ratio.to, at: ['ratio', 'to'] }] : []),
    ...(isKpiName(product?.by) ? [{ item: product.by, at: ['product', 'by'] }] : []),
    ...(weighted?.of ?? []).map(({ kpi }, index) => ({ item: kpi, at: ['weighted', 'of', index, 'kpi'] })),
    ...(steps ?? []).flatMap(({ points }, index) =>
      typeof points === 'string' ? [{ item: points, at: ['steps', index, 'points'] }] : [],
    ),
    ...(choose ?? []).flatMap((choice, index) =>
      (['use', 'otherwise'] as const).flatMap((key) => {
        const item = choice[key];
        return typeof item === 'string' ? [{ item, at: ['choose', index, key] }] : [];
      }),
    ),
    ...Object.entries(byTrack ?? {}).map(([track, item]) => ({ item, at: ['byTrack', track] })),
  ];
}

/** The number that stands where a KPI could; undefined where a KPI does. */
function numberIn(operand: Operand | readonly string[] | undefined): BySegment | undefined {
  return Array.isArray(operand) || isKpiName(operand as Operand) ? undefined : (operand as BySegment);
}

/** The conditions of a score. */
export function conditionsOf({ steps, choose }: ScoreDefinition): Placed<Requirement>[] {
  return [
    ...(steps ?? []).flatMap(({ needs }, index) =>
      needs === undefined ? [] : [{ item: needs, at: ['steps', index, 'needs'] }],
    ),
    ...(choose ?? []).flatMap(({ when }, index) =>
      when === undefined ? [] : [{ item: when, at: ['choose', index, 'when'] }],
    ),
  ];
}

/** A number of a score that may differ by track or region. */
export interface ScoreNumber extends Placed<BySegment> {
  /** points: a number of them. factor: how many times something counts. Else in the unit of the KPI that is scored, named here. */
  in: 'points' | 'factor' | { kpi: string };
  isPositive: boolean;
  /** It is compared in each region that is looked at, not in the partner's. */
  isOfEachRegion?: true;
}

/** Every number of a score that may differ by track or region. */
export function numbersOf(score: ScoreDefinition): ScoreNumber[] {
  const { linear, each, bands, difference, ratio, product, weighted, steps, overRegions } = score;
  const found: (Omit<ScoreNumber, 'item'> & { item: BySegment | undefined })[] = [
    { item: linear?.full, at: ['linear', 'full'], in: { kpi: linear?.of ?? '' }, isPositive: true },
    { item: linear?.points, at: ['linear', 'points'], in: 'points', isPositive: true },
    { item: each?.points, at: ['each', 'points'], in: 'points', isPositive: true },
    { item: each?.per, at: ['each', 'per'], in: { kpi: each?.of ?? '' }, isPositive: true },
    { item: each?.cap, at: ['each', 'cap'], in: 'points', isPositive: true },
    ...(bands?.table ?? []).flatMap(({ from, above, points }, index) => {
      const figure = { in: { kpi: bands!.of }, isPositive: false };
      const at = (key: string): PathKey[] => ['bands', 'table', index, key];
      return [
        { item: from, at: at('from'), ...figure },
        { item: above, at: at('above'), ...figure },
        { item: points, at: at('points'), in: 'points' as const, isPositive: false },
      ];
    }),
    {
      item: numberIn(difference?.less),
      at: ['difference', 'less'],
      in: { kpi: difference?.of ?? '' },
      isPositive: true,
    },
    { item: numberIn(ratio?.to), at: ['ratio', 'to'], in: { kpi: ratio?.of ?? '' }, isPositive: true },
    {
      item: ratio?.per,
      at: ['ratio', 'per'],
      in: { kpi: isKpiName(ratio?.to) ? ratio.to : '' },
      isPositive: true,
    },
    { item: numberIn(product?.by), at: ['product', 'by'], in: 'factor', isPositive: true },
    ...(weighted?.of ?? []).map(({ kpi, full }, index) => ({
      item: full,
      at: ['weighted', 'of', index, 'full'],
      in: { kpi },
      isPositive: true,
    })),
    ...(steps ?? []).flatMap(({ points, most }, index) => [
      {
        item: typeof points === 'string' ? undefined : points,
        at: ['steps', index, 'points'],
        in: 'points' as const,
        isPositive: false,
      },
      { item: most, at: ['steps', index, 'most'], in: 'points' as const, isPositive: true },
    ]),
    ...bounds.map((bound) => ({
      item: overRegions?.[bound],
      at: ['overRegions', bound],
      in: { kpi: overRegions?.of ?? '' },
      isPositive: false,
      isOfEachRegion: true as const,
    })),
  ];
  return found.flatMap(({ item, ...rest }) => (item === undefined ? [] : [{ item, ...rest }]));
}

/** What a score itself reads of the partner's track and region. */
export function segmentsOfScore(program: Segmented, score: ScoreDefinition): SegmentsRead {
  const conditions = conditionsOf(score).map(({ item }) => item);
  const own = numbersOf(score).filter(
    ({ item, isOfEachRegion }) => !(isOfEachRegion && dimensionOf(program, item) === 'region'),
  );
  const chosen = score.byTrack === undefined ? [] : [score.byTrack];
  return segmentsRead(program, [...own.map(({ item }) => item), ...boundsOf(conditions), ...chosen]);
}

/**
 * The KPIs that a KPI reads. Of a score: its parts, those that its conditions compare, and those that decide about the
 * track; of a rank: the one that partners are compared by.
 */
export function kpisRead(program: Rules, { score, rank }: Pick<KpiDefinition, 'score' | 'rank'>): string[] {
  if (rank !== undefined) return [rank.of];
  if (score === undefined) return [];
  const conditions = conditionsOf(score).map(({ item }) => item);
  return [
    ...new Set([
      ...partsOf(score).map(({ item }) => item),
      ...(score.overRegions === undefined ? [] : regionalBehind(program, score.overRegions)),
      ...kpisOfRequirements([...conditions, ...segmentsOfScore(program, score).conditions]),
    ]),
  ];
}

export type OverRegions = NonNullable<ScoreDefinition['overRegions']>;

type Segmented = Pick<ProgramDefinition, 'tracks' | 'regions'>;
type Rules = Segmented & Pick<ProgramDefinition, 'kpis'>;

/** The regions that a score over regions looks at. */
export function regionsLookedAt(
  { regions }: Pick<Segmented, 'regions'>,
  { among }: OverRegions,
): RegionDefinition[] {
  const wanted = among?.flatMap((key) => regionsWithin(regions!, key));
  return plainRegions(regions).filter(({ key }) => wanted?.includes(key) ?? true);
}

/** The figures by region behind a KPI; what is not measured by region is the same in each of them. */
export function regionalBehind(program: Rules, over: OverRegions): string[] {
  const regions = regionsLookedAt(program, over);
  const seen = new Set<string>();
  const visit = (kpi: string): string[] => {
    const definition = program.kpis[kpi];
    if (definition === undefined || seen.has(kpi)) return [];
    seen.add(kpi);
    const { score, perRegion } = definition;
    if (score === undefined)
      return perRegion === undefined ? [] : regions.map(({ key }) => regionalKey(kpi, key));
    const conditions = conditionsOf(score).map(({ item }) => item);
    return [...partsOf(score).map(({ item }) => item), ...kpisOfRequirements(conditions)].flatMap(visit);
  };
  return visit(over.of);
}

/** A KPI and all KPIs below it, each behind those that it reads. */
export function withPartsOf(program: Rules, kpis: Iterable<string>): string[] {
  const found = new Set<string>();
  const visit = (kpi: string): void => {
    if (found.has(kpi)) return;
    for (const part of kpisRead(program, program.kpis[kpi]!)) visit(part);
    found.add(kpi);
  };
  for (const kpi of kpis) visit(kpi);
  return [...found];
}

/** Behind some KPIs a measured one of the whole company, and one of the partner alone; undefined where all are alike. */
export function mixedRollUps(
  program: Rules,
  kpis: readonly string[],
): { company: string; own: string } | undefined {
  const measured = kpis.flatMap((kpi) => measuredBehind(program, kpi));
  const company = measured.find((kpi) => program.kpis[kpi]!.rollUp === 'company');
  const own = measured.find((kpi) => program.kpis[kpi]!.rollUp === 'partner');
  return company === undefined || own === undefined ? undefined : { company, own };
}

/**
 * The measured KPIs that a KPI rests on in the end; a measured one rests on itself. Where only its regions are looked at, they
 * stand for the whole. `ownTrack`: only what counts on this track. (Default: what counts on any)
 */
export function measuredBehind(program: Rules, kpi: string, ownTrack?: string | null): string[] {
  const found = new Set<string>();
  const seen = new Set<string>();
  const visit = (one: string, over: OverRegions | undefined, track: string | null): void => {
    const key = JSON.stringify([one, over?.among, over !== undefined, track]);
    if (seen.has(key)) return;
    seen.add(key);
    const { score, rank, perRegion } = program.kpis[one]!;
    // The place of a partner among others is the same in all regions.
    if (rank !== undefined) visit(rank.of, undefined, null);
    else if (score === undefined && over !== undefined && perRegion !== undefined)
      for (const region of regionsLookedAt(program, over)) found.add(regionalKey(one, region.key));
    else if (score === undefined) found.add(one);
    else {
      const conditions = conditionsOf(score).map(({ item }) => item);
      const own = track === null ? undefined : score.byTrack?.[track];
      // As on the best of several tracks it is looked at on all of them.
      const below = score.bestTrack === undefined ? track : null;
      const parts = own === undefined ? partsOf(score).map(({ item }) => item) : [own];
      for (const part of parts) visit(part, score.overRegions ?? over, below);
      for (const read of kpisOfRequirements(conditions)) visit(read, over, track);
      for (const read of kpisOfRequirements(segmentsOfScore(program, score).conditions))
        visit(read, undefined, track);
    }
  };
  visit(kpi, undefined, ownTrack ?? null);
  return withPartsOf(program, [kpi]).filter((one) => found.has(one));
}

/** Whether a KPI is made of records, and not of other KPIs. */
export function isMeasured({ kpis }: Pick<Rules, 'kpis'>, kpi: string): boolean {
  return kpis[kpi]!.score === undefined && kpis[kpi]!.rank === undefined;
}

/** The ranks of a program, each behind those that it rests on. */
export function ranksInOrder(program: Rules): string[] {
  return ranksBehind(program, Object.keys(program.kpis));
}

/** The ranks among KPIs and all KPIs below them, each behind those that it rests on. */
export function ranksBehind(program: Rules, kpis: Iterable<string>): string[] {
  return withPartsOf(program, kpis).filter((kpi) => program.kpis[kpi]!.rank !== undefined);
}

/** Whether a rank compares a figure with all of them together, and not by their order. */
export function isOfSum({ as }: Pick<RankDefinition, 'as'>): boolean {
  return as === 'share' || as === 'ofAverage';
}

/** The attributes that partners of one group of a rank have in common. */
export function groupedBy({ within }: RankDefinition): string[] {
  return [within ?? []].flat();
}

/** The partner's own attributes that say in which group of a rank it is, if in any. */
function attributesOfRank(rank: RankDefinition): string[] {
  return [...[rank.among ?? []].flat().flatMap(pathsOfFilter), ...groupedBy(rank)];
}

/** The composed KPIs of a program, each behind those that it reads. */
export function scoresInOrder(program: Rules): string[] {
  return withPartsOf(program, Object.keys(program.kpis)).filter(
    (kpi) => program.kpis[kpi]!.score !== undefined,
  );
}

/**
 * The partner's own attributes that a KPI rests on through the conditions of scores, through tracks and its region, and
 * through the groups of ranks.
 */
export function attributesBehind(program: Rules, kpi: string): string[] {
  const behind = withPartsOf(program, [kpi]).map((one) => program.kpis[one]!);
  const scores = behind.flatMap(({ score }) => score ?? []);
  const conditions = scores.flatMap((score) => conditionsOf(score).map(({ item }) => item));
  const segments = scores.flatMap((score) => segmentsOfScore(program, score).attributes);
  const groups = behind.flatMap(({ rank }) => (rank === undefined ? [] : attributesOfRank(rank)));
  return [...new Set([...attributesOfRequirements(conditions), ...segments, ...groups])].sort();
}
