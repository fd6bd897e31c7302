import type { Fraction } from 'fraction.js';
import { exact } from '../../program/exact.ts';
import type { Program } from '../../program/load.ts';
import { fractionOfShare, monthsWhole } from '../../program/prorated.ts';
import { boundKpi, leavesOf } from '../../program/requirement-leaves.ts';
import type { KpiUnit } from '../../program/schema/kpi.ts';
import { type BySegment, type Requirement, requirementsOf } from '../../program/schema/ladder.ts';
import { conditionsOf, numbersOf } from '../../program/score-parts.ts';
import { trackConditions } from '../../program/segments-read.ts';
import { bounds, thresholdValue } from '../../program/threshold.ts';
import { digitsOf } from '../../program/units.ts';

/** The figures of a KPI at which something in the program changes its course: thresholds, bounds of bands, "full". */
export function turnsOf(program: Program, kpi: string): Fraction[] {
  const scores = Object.values(program.kpis).flatMap(({ score }) => score ?? []);
  const requirements = [
    ...program.ladders.flatMap(({ tiers }) => tiers).flatMap(requirementsOf),
    ...scores.flatMap(conditionsOf).map(({ item }) => item),
    ...trackConditions(program),
  ];
  const names = [kpi, program.kpis[kpi]!.regional?.of];
  const own = scores
    .flatMap(numbersOf)
    .filter((one) => typeof one.in !== 'string' && names.includes(one.in.kpi));
  const asked = requirements
    .flatMap(leavesOf)
    .filter((leaf) => leaf.kpi === kpi && boundKpi(leaf) === undefined);
  return [
    ...asked.flatMap((leaf) => askedBy(program, leaf)),
    ...own.flatMap(({ item }) => numbersIn(program, item)),
    ...(scores.some(({ ratio }) => ratio?.to === kpi) ? [smallestStep(program.kpis[kpi]!.unit)] : []),
  ];
}

/** What others are divided by is never 0: the least of it is next to that. */
function smallestStep(unit: KpiUnit): Fraction {
  return exact(1).div(10 ** digitsOf(unit));
}

/** The thresholds of a comparison; of one that asks new partners for a part, each part that it may be. */
function askedBy(program: Program, leaf: Requirement): Fraction[] {
  const figures = bounds.map((bound) => leaf[bound]).filter((one) => one !== undefined);
  const whole = figures.flatMap((figure) => numbersIn(program, figure));
  if (leaf.prorated === undefined) return whole;
  const of = monthsWhole(leaf.prorated);
  const parts = Array.from({ length: of }, (_none, index) => fractionOfShare({ months: index + 1, of }));
  return whole.flatMap((figure) => parts.map((part) => figure.mul(part)));
}

/** A number, or those that it is for each track or region. */
function numbersIn(program: Program, figure: BySegment): Fraction[] {
  const all = typeof figure === 'object' ? Object.values(figure) : [figure];
  return all.flatMap((one) => thresholdValue(program, one) ?? []);
}
