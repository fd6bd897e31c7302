import { ownFigure } from './by-segment.ts';
import { regionalKey } from './regional-kpis.ts';
import { plainRegions } from './regions.ts';
import { boundsOf, kpisOfRequirements } from './requirement-leaves.ts';
import type {
  BySegment,
  LadderDefinition,
  RegionTier,
  Requirement,
  TierDefinition,
} from './schema/ladder.ts';
import type { RegionDefinition } from './schema/region.ts';
import type { KpiDefinition, ProgramDefinition } from './schema/schema.ts';
import { conditionsOf, partsOf, segmentsOfScore, withPartsOf } from './score-parts.ts';
import { segmentsRead } from './segments-read.ts';
import { isKpiName } from './threshold.ts';

/**
 * A program whose tiers that are judged region by region are written out for each region: what they ask for is asked of the
 * figures of that region, with its numbers. Scores behind them become KPIs by region like those that are measured so.
 */
export function withRegionsWritten<Rules extends ProgramDefinition & { ladders: LadderDefinition[] }>(
  program: Rules,
): Rules {
  const judged = program.ladders.flatMap(({ tiers }) => tiers.filter((tier) => tier.onBestRegion));
  if (judged.length === 0) return program;
  const asked = judged.flatMap((tier) => [tier.requirements ?? [], tier.keepRequirements ?? []].flat());
  const regions = plainRegions(program.regions);
  const scores = withPartsOf(program, kpisOfRequirements(asked)).filter(
    (kpi) => program.kpis[kpi]!.score !== undefined && hasRegions(program, kpi),
  );
  const made = scores.flatMap((kpi) =>
    regions.map((region) => [regionalKey(kpi, region.key), scoreThere(program, kpi, region)] as const),
  );
  return {
    ...program,
    kpis: { ...program.kpis, ...Object.fromEntries(made) },
    ladders: program.ladders.map((ladder) => ({
      ...ladder,
      tiers: ladder.tiers.map((tier) =>
        tier.onBestRegion
          ? { ...tier, inRegions: regions.map((region) => tierThere(program, tier, region)) }
          : tier,
      ),
    })),
  };
}

type Rules = Pick<ProgramDefinition, 'kpis' | 'tracks' | 'regions'>;

/**
 * Whether a KPI is another one in each region: it is measured by region, its numbers differ, or what it is made of does. A
 * score over regions and a rank are the same in all of them.
 */
export function hasRegions(program: Rules, kpi: string): boolean {
  const { score, rank, perRegion } = program.kpis[kpi]!;
  if (score === undefined) return rank === undefined && perRegion !== undefined;
  if (score.overRegions !== undefined) return false;
  if (segmentsOfScore(program, score).dimensions.has('region')) return true;
  const asked = kpisOfRequirements(conditionsOf(score).map(({ item }) => item));
  return [...partsOf(score).map(({ item }) => item), ...asked].some((one) => hasRegions(program, one));
}

/** Whether requirements ask for something else in each region. */
export function asksByRegion(program: Rules, requirements: readonly Requirement[]): boolean {
  return (
    segmentsRead(program, boundsOf(requirements)).dimensions.has('region') ||
    kpisOfRequirements(requirements).some((kpi) => hasRegions(program, kpi))
  );
}

function scoreThere(program: Rules, kpi: string, region: RegionDefinition): KpiDefinition {
  const definition = program.kpis[kpi]!;
  const { label, short, score } = definition;
  return {
    ...definition,
    label: `${label} (${region.label})`,
    ...(short === undefined ? {} : { short: `${short} (${region.label})` }),
    score: there({ program, region: region.key }, score),
    regional: { of: kpi, region: region.key },
  };
}

function tierThere(
  program: Rules,
  { requirements, keepRequirements }: TierDefinition,
  { key, label }: RegionDefinition,
): RegionTier {
  const place = { program, region: key };
  return {
    key,
    label,
    ...(requirements === undefined ? {} : { requirements: there(place, named(requirements)) }),
    ...(keepRequirements === undefined ? {} : { keepRequirements: there(place, named(keepRequirements)) }),
  };
}

/** Comparisons go by the KPI that the file names, in whichever region they are made: waivers are found by that. */
function named<Asked extends TierDefinition['requirements']>(asked: Asked): Asked {
  if (Array.isArray(asked)) return asked.map(named) as Asked;
  const { all, any: anyOf, atLeastOf, not, kpi, id, ...rest } = asked as Requirement;
  return {
    ...rest,
    ...(all === undefined ? {} : { all: all.map(named) }),
    ...(anyOf === undefined ? {} : { any: anyOf.map(named) }),
    ...(atLeastOf === undefined ? {} : { atLeastOf: { ...atLeastOf, of: atLeastOf.of.map(named) } }),
    ...(not === undefined ? {} : { not: named(not) }),
    ...(kpi === undefined ? {} : { kpi }),
    ...((id ?? kpi) === undefined ? {} : { id: id ?? kpi }),
  } as Asked;
}

interface Place {
  program: Rules;
  region: string;
}

/** Where the language names a KPI, by the key that it stands behind or in a list of. */
const namesKpi: ReadonlySet<string> = new Set([
  ...['kpi', 'of', 'to', 'by', 'less', 'points', 'use', 'otherwise'],
  ...['sum', 'best', 'worst', 'byTrack'],
]);

/** What names no KPI of the partner in its region: what it is itself, what it holds, and all regions together. */
const isSameEverywhere: ReadonlySet<string> = new Set([
  ...['partner', 'holds', 'specialisations', 'prorated', 'overRegions'],
]);

/** Requirements or a score as they are in a region: its figures in the place of the whole ones, its numbers. */
function there<Part>(place: Place, part: Part, key = ''): Part {
  if (isSameEverywhere.has(key)) return part;
  if (typeof part === 'string') return (namesKpi.has(key) ? nameThere(place, part) : part) as Part;
  if (typeof part !== 'object' || part === null) return part;
  if (Array.isArray(part)) return part.map((one) => there(place, one, key)) as Part;
  const keys = { track: null, region: place.region };
  if (isByRegion(place, part)) return ownFigure(place.program, part as BySegment, keys) as Part;
  const own = Object.entries(part).map(([name, one]) => [
    name,
    there(place, one, key === 'byTrack' ? key : name),
  ]);
  return Object.fromEntries(own) as Part;
}

function nameThere({ program, region }: Place, written: string): string {
  const isOne = isKpiName(written) && program.kpis[written] !== undefined;
  return isOne && hasRegions(program, written) ? regionalKey(written, region) : written;
}

/** Whether it is a number for each of some regions or groups. */
function isByRegion({ program }: Place, part: object): boolean {
  const known = program.regions?.list ?? [];
  const keys = Object.keys(part);
  return keys.length > 0 && keys.every((one) => known.some(({ key }) => key === one));
}
