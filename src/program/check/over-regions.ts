import { keyMeant } from '../names.ts';
import type { KpiUnit } from '../schema/kpi.ts';
import type { KpiDefinition, ProgramDefinition } from '../schema/schema.ts';
import { type OverRegions, regionalBehind } from '../score-parts.ts';
import type { PathKey } from '../source.ts';
import { bounds } from '../threshold.ts';
import type { Report } from './check.ts';

/** Reports what is wrong with a score over regions: no regions, a KPI that is not measured by region, a bound too many. */
export function checkOverRegions(
  report: Report,
  program: ProgramDefinition,
  { over, at }: { over: OverRegions; at: PathKey[] },
): void {
  const { regions } = program;
  if (regions === undefined) {
    report('PROGRAM_MISSING_PART', at, 'the program has no regions to look at', ['regions']);
    return;
  }
  const known = regions.list.map(({ key }) => key);
  over.among?.forEach((one, index) => {
    if (!known.includes(one))
      report(
        'PROGRAM_UNKNOWN_REGION',
        [...at, 'among', index],
        `"${one}" is not a region${keyMeant(one, regions.list)}`,
        ['regions'],
      );
  });
  const used = bounds.filter((bound) => over[bound] !== undefined);
  if (over.take === 'count' && used.length !== 1)
    report('PROGRAM_NOT_ONE_OF', at, `to count regions takes one of ${bounds.join(', ')}`);
  if (over.take !== 'count' && used.length > 0)
    report(
      'PROGRAM_MISPLACED',
      [...at, used[0]!],
      'only regions that are counted reach a bound: take: count',
    );
  const isRight = (over.among ?? []).every((one) => known.includes(one));
  if (isRight && program.kpis[over.of] !== undefined && regionalBehind(program, over).length === 0)
    report(
      'PROGRAM_NOT_PER_REGION',
      [...at, 'of'],
      `${over.of} is the same in every region; measure it or its parts with "perRegion: true"`,
      ['kpis', over.of],
    );
}

/** The units that a score over regions can have, in words; null where it has that of its part. */
export function unitsOverRegions({ take }: OverRegions): readonly KpiUnit[] | null {
  if (take === 'count') return ['count', 'number'];
  return take === 'concentration' ? ['percent', 'ratio'] : null;
}

/** Whether a score adds figures up, so that shares cannot be its parts. */
export function isAddedUp({ score }: Pick<KpiDefinition, 'score'>): boolean {
  return score?.sum !== undefined || score?.overRegions?.take === 'sum';
}
