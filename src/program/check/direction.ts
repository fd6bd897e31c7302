import { leavesOfTiers } from '../requirement-leaves.ts';
import type { LadderDefinition, Requirement } from '../schema/ladder.ts';
import type { ProgramDefinition } from '../schema/schema.ts';
import type { PathKey } from '../source.ts';
import type { Report } from './check.ts';

/** Below these a comparison is one of several ways, or turned around, so that either bound may be meant. */
const alternatives: readonly PathKey[] = ['any', 'atLeastOf', 'not'];

/**
 * Warns of requirements that a partner meets by getting worse: at most so much of a figure that is better when it is higher,
 * at least so much of one that is better when it is lower. Both bounds of one KPI in a tier are a range, which may be meant.
 */
export function checkDirections(
  report: Report,
  program: ProgramDefinition,
  ladder: LadderDefinition,
  path: PathKey[],
): void {
  for (const { place, leaves } of leavesOfTiers(ladder, path)) {
    const all = leaves.filter(({ at }) => !at.slice(place.length).some((one) => alternatives.includes(one)));
    for (const { item, at } of all) {
      const isRange = all.some(
        (other) => other.item.kpi === item.kpi && asksForLess(other.item) !== asksForLess(item),
      );
      if (!isRange) checkDirection(report, program, item, at);
    }
  }
}

function checkDirection(
  report: Report,
  program: ProgramDefinition,
  item: Requirement,
  at: readonly PathKey[],
): void {
  const kpi = item.kpi ?? '';
  const definition = program.kpis[kpi];
  const isLess = asksForLess(item);
  if (definition === undefined || isLess === undefined || isLess === (definition.better === 'lower')) return;
  const reason = isLess
    ? `${kpi} is better when it is higher, and this asks for little of it; write better: lower at ${kpi} if small figures are the good ones, or atLeast`
    : `${kpi} is better when it is lower, and this asks for much of it; write atMost, or leave out better: lower at ${kpi}`;
  report('PROGRAM_ASKS_FOR_WORSE', [...at], reason, ['kpis', kpi]);
}

/** Whether a comparison asks for little; undefined where it is none. */
function asksForLess({ atLeast, moreThan, atMost, lessThan }: Requirement): boolean | undefined {
  if ((atMost ?? lessThan) !== undefined) return true;
  return (atLeast ?? moreThan) === undefined ? undefined : false;
}
