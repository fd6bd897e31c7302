import type { Report } from './check.ts';
import { boundsOf, kpisOfRequirements } from './requirement-leaves.ts';
import type { ProgramDefinition } from './schema.ts';
import { type LadderDefinition, type Requirement, requirementsOf } from './schema-ladder.ts';
import { segmentsOfScore, withPartsOf } from './score-parts.ts';
import { segmentsRead } from './segments-read.ts';
import type { PathKey } from './source.ts';

/**
 * Reports tiers that are judged on the best track and have none to choose from, and warns of those that ask for several KPIs
 * of the better track, which may each be of another one.
 */
export function checkBestTrackOfTiers(
  report: Report,
  program: ProgramDefinition,
  ladder: LadderDefinition,
  path: PathKey[],
): void {
  ladder.tiers.forEach((tier, index) => {
    const at = [...path, 'tiers', index];
    if (tier.onBestTrack) {
      if (program.tracks.length < 2)
        report([...at, 'onBestTrack'], 'the program has no tracks to choose from', ['tracks']);
      else if (!differsByTrack(program, requirementsOf(tier)))
        report([...at, 'onBestTrack'], { warning: 'nothing that it asks for differs by track' }, ['kpis']);
    }
    for (const key of ['requirements', 'keepRequirements'] as const) {
      const { pairs } = joined(program, { all: [tier[key] ?? []].flat() });
      const [pair] = pairs;
      if (pair === undefined) continue;
      const reason = `${pair.join(' and ')} may each be of another track, so that a tier is given which no track earns`;
      const remedy = `ask for ${pair.map((kpi) => plainOf(program, kpi)).join(' and ')} and write onBestTrack: true at the tier`;
      report([...at, key], { warning: `${reason}; ${remedy}` }, ['kpis']);
    }
  });
}

function differsByTrack(program: ProgramDefinition, requirements: readonly Requirement[]): boolean {
  const scores = known(program, requirements).flatMap((kpi) => program.kpis[kpi]!.score ?? []);
  const read = [
    segmentsRead(program, boundsOf(requirements)),
    ...scores.map((score) => segmentsOfScore(program, score)),
  ];
  return read.some(({ dimensions }) => dimensions.has('track'));
}

/** The KPIs behind requirements, as far as the program has them. */
function known(program: ProgramDefinition, requirements: readonly Requirement[]): string[] {
  return partsOfKnown(program, kpisOfRequirements(requirements));
}

function partsOfKnown(program: ProgramDefinition, kpis: readonly string[]): string[] {
  return withPartsOf(
    program,
    kpis.filter((kpi) => program.kpis[kpi] !== undefined),
  );
}

interface Joined {
  /** The KPIs of the better track that are asked for. */
  kpis: string[];
  /** Those of them that are asked for together. */
  pairs: [string, string][];
}

/** What stands in different branches of "any" is not asked for together. */
function joined(program: ProgramDefinition, requirement: Requirement): Joined {
  const { all = [], any: anyOf = [], atLeastOf, not, kpi } = requirement;
  if (kpi !== undefined) return { kpis: isOfBetterTrack(program, kpi) ? [kpi] : [], pairs: [] };
  const together = [...all, ...(atLeastOf?.of ?? []), ...(not === undefined ? [] : [not])];
  return [...together, ...anyOf].reduce<Joined>(
    (found, inner) => {
      const own = joined(program, inner);
      const across = anyOf.length > 0 ? [] : found.kpis.flatMap((one) => pairsWith(one, own.kpis));
      return { kpis: [...found.kpis, ...own.kpis], pairs: [...found.pairs, ...own.pairs, ...across] };
    },
    { kpis: [], pairs: [] },
  );
}

function pairsWith(one: string, others: readonly string[]): [string, string][] {
  return others.filter((other) => other !== one).map((other) => [one, other]);
}

function isOfBetterTrack(program: ProgramDefinition, kpi: string): boolean {
  return partsOfKnown(program, [kpi]).some((one) => program.kpis[one]!.score?.bestTrack !== undefined);
}

/** What a KPI of the better track is the better one of. */
function plainOf(program: ProgramDefinition, kpi: string): string {
  return program.kpis[kpi]!.score?.bestTrack?.of ?? `${kpi} without its bestTrack`;
}
