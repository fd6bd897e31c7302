import { everySegment, figureFor } from './by-segment.ts';
import type { Report } from './check.ts';
import { exactText } from './exact.ts';
import type { ProgramDefinition } from './schema.ts';
import type { LadderDefinition, Requirement } from './schema-ladder.ts';
import { mostOf } from './score-limits.ts';
import type { PathKey } from './source.ts';

/** Reports tiers that ask for more of a score, to reach or to keep them, than its rules can give on any track and in any region. */
export function checkLimits(
  report: Report,
  program: ProgramDefinition,
  ladder: LadderDefinition,
  path: PathKey[],
): void {
  ladder.tiers.forEach(({ label, requirements, keepRequirements }, index) => {
    const check = (asked: typeof requirements, trouble: string) => {
      for (const { kpi, atLeast, moreThan } of [asked ?? []].flat().flatMap(neededOf)) {
        const limit = kpi === undefined ? undefined : limitBelow(program, { kpi, atLeast, moreThan });
        if (limit === undefined) continue;
        report([...path, 'tiers', index], `${trouble}: ${kpi} is at most ${limit} points`, ['kpis', kpi!]);
      }
    };
    check(requirements, `tier ${label} is unreachable`);
    check(keepRequirements, `nobody can keep tier ${label}`);
  });
}

/** The comparisons that a tier needs in any case. */
function neededOf(requirement: Requirement): Requirement[] {
  if (requirement.all !== undefined) return requirement.all.flatMap(neededOf);
  return requirement.kpi === undefined ? [] : [requirement];
}

/** The most that a score can be where that is never enough; undefined where it may be enough. */
function limitBelow(
  program: ProgramDefinition,
  { kpi, atLeast, moreThan }: Pick<Requirement, 'atLeast' | 'moreThan'> & { kpi: string },
): string | undefined {
  const bound = atLeast ?? moreThan;
  const definition = program.kpis[kpi];
  if (bound === undefined || definition?.score === undefined || definition.unit !== 'points')
    return undefined;
  const limits = everySegment(program).map((keys) => {
    const most = mostOf(program, kpi, keys);
    const wanted = figureFor(program, bound, keys);
    if (most === null || wanted === undefined) return undefined;
    return most.lt(wanted) || (moreThan !== undefined && most.equals(wanted)) ? most : undefined;
  });
  if (limits.includes(undefined)) return undefined;
  return exactText(limits.reduce((most, limit) => (limit!.gt(most!) ? limit : most))!);
}
