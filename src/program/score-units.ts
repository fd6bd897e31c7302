import { isAddedUp, unitsOverRegions } from './check-over-regions.ts';
import type { KpiDefinition, ProgramDefinition } from './schema.ts';
import type { KpiUnit } from './schema-kpi.ts';
import { formOf, partsOf } from './score-parts.ts';
import type { PathKey } from './source.ts';

/** A unit that a composed KPI cannot have, or one of its parts. */
export interface WrongUnit {
  /** Where it stands in the KPI. */
  at: PathKey[];
  reason: string;
  /** The part whose unit it is about. */
  part?: string;
}

/** Units that can be added up: shares of different wholes cannot. */
const addable: readonly KpiUnit[] = ['points', 'money', 'count', 'people', 'number', 'days', 'hours'];

/** What is wrong with the units of a composed KPI that has one form and whose parts are all there. */
export function wrongUnits(
  program: Pick<ProgramDefinition, 'kpis'>,
  { unit, score }: Pick<KpiDefinition, 'unit' | 'score'>,
): WrongUnit[] {
  const form = formOf(score!);
  const own = (allowed: readonly KpiUnit[]): WrongUnit[] =>
    allowed.includes(unit)
      ? []
      : [{ at: ['unit'], reason: `this figure is ${allowed.join(' or ')}, not ${unit}` }];
  if (form === 'linear' || form === 'each' || form === 'bands') return own(['points']);
  if (form === 'weighted') return own(['points', 'percent', 'number']);
  const ofSteps = form === 'steps' ? own(['points']) : [];
  const ofRegions = score!.overRegions === undefined ? null : unitsOverRegions(score!.overRegions);
  if (ofRegions !== null) return own(ofRegions);
  if (isAddedUp({ score }) && !addable.includes(unit))
    return [{ at: ['unit'], reason: `${unit} cannot be added up; use weighted, best or worst` }];
  const ofParts = partsOf(score!).flatMap(({ item, at }): WrongUnit[] => {
    const found = program.kpis[item]!.unit;
    const reason = `${item} is ${found}, and this figure is ${unit}`;
    return found === unit ? [] : [{ at: ['score', ...at], reason, part: item }];
  });
  return [...ofSteps, ...ofParts];
}
