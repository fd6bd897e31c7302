import { segmentsNamed } from '../program/by-segment.ts';
import type { Program } from '../program/load.ts';
import type { BySegment, Requirement } from '../program/schema-ladder.ts';
import { holdingWords } from '../tier/holding-evidence.ts';
import { conditionText } from '../tier/partner-condition.ts';
import { text } from './commands/tier.messages.ts';
import { withSeparators } from './figure.ts';

/** What a tier asks for, in one line: "Sourced revenue >= 500,000 USD, Certified people >= 4". */
export function requirementsText(
  program: Program,
  requirements: Requirement | readonly Requirement[] | undefined,
): string {
  const list = requirements === undefined ? [] : [requirements].flat();
  return list.length === 0 ? text.list.nothing : joined(program, list);
}

/** The same, one line for each that stands by itself. */
export function requirementLines(
  program: Program,
  requirements: Requirement | readonly Requirement[] | undefined,
): string[] {
  return [requirements ?? []].flat().map((each) => one(program, each));
}

function joined(program: Program, list: readonly Requirement[]): string {
  return list.map((each) => one(program, each)).join(', ');
}

const comparisons = [
  ['atLeast', '>='],
  ['moreThan', '>'],
  ['atMost', '<='],
  ['lessThan', '<'],
] as const;

function one(program: Program, requirement: Requirement): string {
  const { label, all, any, atLeastOf, not, kpi, partner, fact, holds, specialisations } = requirement;
  if (label !== undefined) return label;
  if (all !== undefined) return all.map((each) => one(program, each)).join(' and ');
  if (any !== undefined) return text.list.any(joined(program, any));
  if (atLeastOf !== undefined) return text.list.atLeast(atLeastOf.n, joined(program, atLeastOf.of));
  if (not !== undefined) return text.list.not(one(program, not));
  if (fact !== undefined) return text.list.fact(fact);
  if (partner !== undefined) return conditionText(partner);
  if (holds !== undefined || specialisations !== undefined) {
    const words = holdingWords(program.ladders, requirement);
    return text.list.holds(words.label, words.needs);
  }
  const bound = comparisons.find(([key]) => requirement[key] !== undefined);
  const name = program.kpis[kpi!]?.label ?? kpi!;
  return bound === undefined
    ? name
    : `${name} ${bound[1]} ${thresholdText(program, kpi!, requirement[bound[0]]!)}`;
}

/** A figure to reach: one for everybody, or each with its track or region: "20 (Enterprise) or 5 (SMB)". */
export function thresholdText(program: Program, kpi: string, figure: BySegment): string {
  if (typeof figure !== 'object') return threshold(program, kpi, String(figure));
  const each = segmentsNamed(program, figure).map(
    ({ key, label }) => `${threshold(program, kpi, String(figure[key]))} (${label})`,
  );
  return text.list.or(each);
}

function threshold(program: Program, kpi: string, value: string): string {
  const [number, currency] = value.split(' ');
  const unit = program.kpis[kpi]?.unit;
  const suffix =
    currency ??
    (unit === 'money'
      ? program.currency.code
      : unit === 'percent'
        ? '%'
        : ['points', 'days', 'hours'].includes(unit!)
          ? unit
          : '');
  return `${withSeparators(number ?? value)}${suffix === '' ? '' : ` ${suffix}`}`;
}
