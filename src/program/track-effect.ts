import { boundsOf } from './requirement-leaves.ts';
import { type BySegment, requirementsOf } from './schema/ladder.ts';
import type { ProgramDefinition } from './schema/schema.ts';
import type { ScoreDefinition } from './schema/score.ts';
import { segmentsOfScore } from './score-parts.ts';
import { segmentsRead } from './segments-read.ts';

/** Whether any number of a program differs by the track of a partner: of a tier, a score, a target or an expectation. */
export function hasTrackEffect(program: ProgramDefinition): boolean {
  const { ladders, successFactors, responsibilities, ramp, kpis } = program;
  const expected = [...responsibilities.flatMap(({ expect }) => expect ?? []), ...(ramp?.steps ?? [])];
  const numbers: BySegment[] = [
    ...boundsOf(ladders.flatMap(({ tiers }) => tiers.flatMap(requirementsOf))),
    ...successFactors.flatMap(({ targets }) => Object.values(targets ?? {})),
    ...expected.map(({ atLeast, atMost }) => atLeast ?? atMost).filter((bound) => bound !== undefined),
  ];
  const scores = Object.values(kpis).flatMap(({ score }) => score ?? []);
  return differsByTrack(program, { numbers, scores });
}

/** Whether numbers, or what scores themselves read, differ by the track of a partner. */
export function differsByTrack(
  program: ProgramDefinition,
  { numbers, scores }: { numbers: readonly BySegment[]; scores: readonly ScoreDefinition[] },
): boolean {
  const read = [segmentsRead(program, numbers), ...scores.map((score) => segmentsOfScore(program, score))];
  return read.some(({ dimensions }) => dimensions.has('track'));
}
