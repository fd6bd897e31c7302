import { boundsOf, kpisOfRequirements } from '../requirement-leaves.ts';
import { type LadderDefinition, type Requirement, requirementsOf } from '../schema/ladder.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import { kpisRead, partsOf } from '../score-parts.ts';
import type { PathKey } from '../source.ts';
import { differsByTrack } from '../track-effect.ts';
import type { Report } from './check.ts';

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
        report('PROGRAM_MISSING_PART', [...at, 'onBestTrack'], 'the program has no tracks to choose from', [
          'tracks',
        ]);
      else if (!asksByTrack(program, requirementsOf(tier)))
        report(
          'PROGRAM_SAME_ON_ALL_TRACKS',
          [...at, 'onBestTrack'],
          'nothing that it asks for differs by track',
          ['kpis'],
        );
    }
    for (const key of ['requirements', 'keepRequirements'] as const) {
      const [pair] = joined(program, { all: [tier[key] ?? []].flat() }).pairs;
      if (pair === undefined) continue;
      const reason = `${pair.join(' and ')} may each be of another track, so that a tier is given which no track earns`;
      const plain = `ask for ${pair.map((kpi) => plainOf(program, kpi)).join(' and ')}`;
      const remedy = tier.onBestTrack
        ? `${plain}, which onBestTrack judges on one and the same`
        : `${plain} and write onBestTrack: true at the tier`;
      report('PROGRAM_TRACKS_MIXED', [...at, key], `${reason}; ${remedy}`, ['kpis']);
    }
  });
}

/** The forms of a score in which several parts count at once. */
const together = ['sum', 'difference', 'weighted', 'worst', 'steps'] as const;

/** Warns of scores that put together figures of the better track, which may each be of another one. */
export function checkBestTrackOfScores(report: Report, program: ProgramDefinition): void {
  for (const [key, { score }] of Object.entries(program.kpis)) {
    const form = together.find((one) => score?.[one] !== undefined);
    if (score === undefined || form === undefined) continue;
    const [pair] = pairsOf(
      program,
      partsOf(score).map(({ item }) => item),
    );
    if (pair === undefined) continue;
    const reason = `${pair.join(' and ')} may each be of another track, so that no track has this figure`;
    const plain = pair.map((kpi) => plainOf(program, kpi)).join(' and ');
    const remedy = `compose it of ${plain}, and take the bestTrack of what comes out`;
    report('PROGRAM_TRACKS_MIXED', ['kpis', key, 'score', form], `${reason}; ${remedy}`, ['kpis']);
  }
}

function asksByTrack(program: ProgramDefinition, requirements: readonly Requirement[]): boolean {
  const scores = onOwnTrack(program, kpisOfRequirements(requirements)).flatMap(
    (kpi) => program.kpis[kpi]!.score ?? [],
  );
  return differsByTrack(program, { numbers: boundsOf(requirements), scores });
}

/** KPIs and those below them, as far as the program has them; what is below a better track does not read that of the partner. */
function onOwnTrack(program: ProgramDefinition, kpis: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (kpi: string): void => {
    const definition = program.kpis[kpi];
    if (definition === undefined || found.has(kpi)) return;
    found.add(kpi);
    if (definition.score?.bestTrack === undefined) kpisRead(program, definition).forEach(visit);
  };
  kpis.forEach(visit);
  return [...found];
}

interface Joined {
  /** The KPIs of the better track that are asked for. */
  kpis: string[];
  /** Those of them that are asked for together. */
  pairs: [string, string][];
}

/** What stands in different branches of "any" is not asked for together. The opposite of all is any, and the other way round. */
function joined(program: ProgramDefinition, requirement: Requirement, isNegated = false): Joined {
  const { not, kpi } = requirement;
  if (not !== undefined) return joined(program, not, !isNegated);
  if (kpi !== undefined) return { kpis: betterTracksOf(program, kpi).length > 0 ? [kpi] : [], pairs: [] };
  const { inner, needed } = branchesOf(requirement);
  const wanted = isNegated ? inner.length - needed + 1 : needed;
  return inner.reduce<Joined>(
    (found, one) => {
      const own = joined(program, one, isNegated);
      const across = wanted === 1 ? [] : found.kpis.flatMap((first) => pairsWith(program, first, own.kpis));
      return { kpis: [...found.kpis, ...own.kpis], pairs: [...found.pairs, ...own.pairs, ...across] };
    },
    { kpis: [], pairs: [] },
  );
}

/** What a requirement is joined of, and how many of them have to be met. */
function branchesOf({ all, any: anyOf, atLeastOf }: Requirement): { inner: Requirement[]; needed: number } {
  if (atLeastOf !== undefined) return { inner: atLeastOf.of, needed: atLeastOf.n };
  return anyOf === undefined ? { inner: all ?? [], needed: all?.length ?? 0 } : { inner: anyOf, needed: 1 };
}

/** Those of some KPIs that are of a better track, in pairs. */
function pairsOf(program: ProgramDefinition, kpis: readonly string[]): [string, string][] {
  const better = kpis.filter((kpi) => betterTracksOf(program, kpi).length > 0);
  return better.flatMap((kpi, index) => pairsWith(program, kpi, better.slice(index + 1)));
}

/** Two that rest on one and the same choice of a track are of the same track. */
function pairsWith(program: ProgramDefinition, one: string, others: readonly string[]): [string, string][] {
  const choices = (other: string) =>
    new Set([...betterTracksOf(program, one), ...betterTracksOf(program, other)]).size;
  return others.filter((other) => other !== one && choices(other) > 1).map((other) => [one, other]);
}

/** The KPIs at or below a KPI that choose the better track. */
function betterTracksOf(program: ProgramDefinition, kpi: string): string[] {
  return onOwnTrack(program, [kpi]).filter((one) => program.kpis[one]!.score?.bestTrack !== undefined);
}

/** What a KPI of the better track is the better one of. */
function plainOf(program: ProgramDefinition, kpi: string): string {
  return program.kpis[kpi]!.score?.bestTrack?.of ?? `${kpi} without its bestTrack`;
}
