import type { Fraction } from 'fraction.js';
import type { Program } from '../program/load.ts';
import { leavesOf } from '../program/requirement-leaves.ts';
import { type BySegment, type Requirement, requirementsOf } from '../program/schema-ladder.ts';
import { conditionsOf, numbersOf } from '../program/score-parts.ts';
import { trackConditions } from '../program/segments-read.ts';
import { bounds, thresholdValue } from '../program/threshold.ts';

/** The figures of a KPI at which something in the program changes its course: thresholds, bounds of bands, "full". */
export function turnsOf(program: Program, kpi: string): Fraction[] {
  const scores = Object.values(program.kpis).flatMap(({ score }) => score ?? []);
  const requirements = [
    ...program.ladders.flatMap(({ tiers }) => tiers).flatMap(requirementsOf),
    ...scores.flatMap(conditionsOf).map(({ item }) => item),
    ...trackConditions(program),
  ];
  const names = [kpi, program.kpis[kpi]!.regional?.of];
  const own = scores.flatMap(numbersOf).filter((one) => one.in !== 'points' && names.includes(one.in.kpi));
  const figures = [...requirements.flatMap(leavesOf).flatMap(askedOf(kpi)), ...own.map(({ item }) => item)];
  return figures.flatMap((figure) => numbersIn(program, figure));
}

function askedOf(kpi: string): (leaf: Requirement) => BySegment[] {
  return (leaf) =>
    leaf.kpi === kpi ? bounds.map((bound) => leaf[bound]).filter((one) => one !== undefined) : [];
}

/** A number, or those that it is for each track or region. */
function numbersIn(program: Program, figure: BySegment): Fraction[] {
  const all = typeof figure === 'object' ? Object.values(figure) : [figure];
  return all.flatMap((one) => thresholdValue(program, one) ?? []);
}
