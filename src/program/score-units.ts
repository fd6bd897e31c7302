import { isAddedUp, unitsOverRegions } from './check/over-regions.ts';
import type { KpiUnit } from './schema/kpi.ts';
import type { KpiDefinition, ProgramDefinition } from './schema/schema.ts';
import type { ScoreDefinition } from './schema/score.ts';
import { formOf, partsOf } from './score-parts.ts';
import type { PathKey } from './source.ts';
import { isKpiName } from './threshold.ts';

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

/** What is counted in units of its own; what is a share of something is a share of nothing else. */
const plain: readonly KpiUnit[] = ['count', 'people', 'number'];

/** Divided by a plain number, a figure stays what it is. */
function dividedUnits(of: KpiUnit): readonly KpiUnit[] {
  if (plain.includes(of)) return plain;
  return of === 'points' ? ['points', 'number'] : addable.includes(of) ? [of] : [];
}

/** Units that one KPI divided by another one, or by a number in its own unit, can have. */
function quotientUnits(of: KpiUnit, { to, per }: NonNullable<ScoreDefinition['ratio']>, unitOfTo: KpiUnit) {
  // How often a number is in it; points for that are "each".
  if (!isKpiName(to)) return ['percent', 'ratio', ...plain] as const;
  if (per !== undefined) return dividedUnits(of);
  const isAlike = of === unitOfTo || (plain.includes(of) && plain.includes(unitOfTo));
  const own = plain.includes(unitOfTo) ? dividedUnits(of) : [];
  return [...new Set<KpiUnit>([...(isAlike ? (['percent', 'ratio', 'number'] as const) : []), ...own])];
}

function unitsOfRatio(
  program: Pick<ProgramDefinition, 'kpis'>,
  { unit, ratio }: { unit: KpiUnit; ratio: NonNullable<ScoreDefinition['ratio']> },
): WrongUnit[] {
  const of = program.kpis[ratio.of]!.unit;
  const to = isKpiName(ratio.to) ? program.kpis[ratio.to]!.unit : of;
  const allowed: readonly KpiUnit[] = quotientUnits(of, ratio, to);
  if (allowed.includes(unit)) return [];
  if (unit === 'points' && !isKpiName(ratio.to) && typeof ratio.to !== 'object') {
    const each = `{ of: ${ratio.of}, points: 1, per: ${ratio.to} }`;
    return [{ at: ['unit'], reason: `points for so much of a figure are "each": ${each}` }];
  }
  if (allowed.length > 0)
    return [{ at: ['unit'], reason: `this figure is ${allowed.join(' or ')}, not ${unit}` }];
  const remedy = dividedUnits(of);
  const reason =
    remedy.length === 0
      ? `${ratio.of} is ${of}, a share already; divide what it is made of`
      : `no unit says ${of} by ${to}; say with "per" for how much of it, such as per: 1000 (unit: ${remedy.join(' or ')})`;
  return [{ at: ['unit'], reason }];
}

/** What a figure can be multiplied by: how often it counts, or a share of it. */
const factors: readonly KpiUnit[] = [...plain, 'points', 'percent', 'ratio'];

/** As many times as something else, a figure stays what it is; people at so many points each are points. */
function unitsOfProduct(
  program: Pick<ProgramDefinition, 'kpis'>,
  { unit, product }: { unit: KpiUnit; product: NonNullable<ScoreDefinition['product']> },
): WrongUnit[] {
  const of = program.kpis[product.of]!.unit;
  const by = isKpiName(product.by) ? program.kpis[product.by]!.unit : 'number';
  if (!factors.includes(by)) {
    const remedy = factors.includes(of) ? `; write { of: ${product.by}, by: ${product.of} }` : '';
    const reason = `nothing is multiplied by ${by}, only by numbers, points and shares${remedy}`;
    return [{ at: ['score', 'product', 'by'], reason, part: String(product.by) }];
  }
  const own: readonly KpiUnit[] = plain.includes(of) ? plain : of === 'points' ? ['points', 'number'] : [of];
  const allowed = plain.includes(of) && by === 'points' ? [...own, by] : own;
  if (allowed.includes(unit)) return [];
  if (unit === 'points' && !isKpiName(product.by) && typeof product.by !== 'object') {
    const each = `{ of: ${product.of}, points: ${product.by} }`;
    return [{ at: ['unit'], reason: `points for so much of a figure are "each": ${each}` }];
  }
  return [{ at: ['unit'], reason: `this figure is ${allowed.join(' or ')}, not ${unit}` }];
}

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
  if (score!.ratio !== undefined) return unitsOfRatio(program, { unit, ratio: score!.ratio });
  if (score!.product !== undefined) return unitsOfProduct(program, { unit, product: score!.product });
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
