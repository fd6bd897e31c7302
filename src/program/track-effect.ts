import { boundsOf } from './requirement-leaves.ts';
import type { ProgramDefinition } from './schema.ts';
import { type BySegment, requirementsOf } from './schema-ladder.ts';
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
  const read = [segmentsRead(program, numbers), ...scores.map((score) => segmentsOfScore(program, score))];
  return read.some(({ dimensions }) => dimensions.has('track'));
}
