import { segmentsNamed } from '../program/by-segment.ts';
import type { Program } from '../program/load.ts';
import type { BySegment, Requirement } from '../program/schema/ladder.ts';
import { periodWords } from '../program/schema/movement.ts';
import { isKpiName } from '../program/threshold.ts';
import { holdingWords } from '../tier/explain/holding-evidence.ts';
import { text } from './commands/tier/tier.messages.ts';
import { withSeparators } from './figure.ts';
import { filterWords } from './filter-words.ts';

/** What a tier asks for, in one line: "Sourced revenue >= 500,000 USD, Certified people >= 4". */
export function requirementsText(
  program: Program,
  requirements: Requirement | readonly Requirement[] | undefined,
): string {
  const list = requirements === undefined ? [] : [requirements].flat();
  return list.length === 0 ? text.list.nothing : joined({ program, isSpelled: false }, list);
}

/** The same, one line for each that stands by itself. */
export function requirementLines(
  program: Program,
  requirements: Requirement | readonly Requirement[] | undefined,
): string[] {
  return [requirements ?? []].flat().map((each) => one({ program, isSpelled: false }, each));
}

/** What has to hold, with what stands behind the labels of its parts: "A good year (Revenue >= 5,000 USD)". */
export function spelledOut(program: Program, requirements: Requirement | readonly Requirement[]): string {
  return [requirements]
    .flat()
    .map((each) => one(spelled(program), each))
    .join(' and ');
}

/** The same, one line for each that stands by itself. */
export function spelledLines(
  program: Program,
  requirements: Requirement | readonly Requirement[] | undefined,
): string[] {
  return [requirements ?? []].flat().map((each) => one(spelled(program), each));
}

/** A KPI and the figure that it is compared with: "Revenue >= 5,000 USD". */
export function comparisonOf(program: Program, requirement: Requirement): string {
  const bound = comparisons.find(([key]) => requirement[key] !== undefined);
  const { kpi } = requirement;
  const name = program.kpis[kpi!]?.label ?? kpi!;
  return bound === undefined
    ? name
    : `${name} ${bound[1]} ${thresholdText(program, kpi!, requirement[bound[0]]!)}${proratedText(requirement)}`;
}

/** How much less new partners are asked for. */
function proratedText({ prorated }: Requirement): string {
  if (prorated === undefined) return '';
  const { over, by } = prorated;
  const period = Object.entries(periodWords).find(([key]) => key === over)?.[1];
  return period === undefined
    ? ` (in the first ${over} from ${by} in proportion to the months)`
    : ` (in the ${period} of ${by} in proportion to the months from then)`;
}

/** Whether what has a label is said by it alone. */
interface Said {
  program: Program;
  isSpelled: boolean;
}

function spelled(program: Program): Said {
  return { program, isSpelled: true };
}

function joined(said: Said, list: readonly Requirement[]): string {
  return list.map((each) => one(said, each)).join(', ');
}

const comparisons = [
  ['atLeast', '>='],
  ['moreThan', '>'],
  ['atMost', '<='],
  ['lessThan', '<'],
] as const;

function one(said: Said, requirement: Requirement): string {
  const { label, ...rest } = requirement;
  if (label === undefined) return unlabelled(said, rest);
  if (!said.isSpelled) return label;
  const asked = unlabelled(said, rest);
  return asked === label ? label : `${label} (${asked})`;
}

function unlabelled(said: Said, requirement: Requirement): string {
  const { program } = said;
  const { all, any, atLeastOf, not, partner, fact, holds, specialisations } = requirement;
  if (all !== undefined) return all.map((each) => one(said, each)).join(' and ');
  if (any !== undefined) return text.list.any(joined(said, any));
  if (atLeastOf !== undefined) return text.list.atLeast(atLeastOf.n, joined(said, atLeastOf.of));
  if (not !== undefined) return text.list.not(one(said, not));
  if (fact !== undefined) return text.list.fact(fact);
  if (partner !== undefined) return filterWords(program, partner);
  if (holds !== undefined || specialisations !== undefined) {
    const words = holdingWords(program.ladders, requirement);
    return text.list.holds(words.label, words.needs);
  }
  return comparisonOf(program, requirement);
}

/** A figure to reach: one for everybody, or each with its track or region: "20 (Enterprise) or 5 (SMB)". */
export function thresholdText(program: Program, kpi: string, figure: BySegment): string {
  if (typeof figure !== 'object') return threshold(program, kpi, String(figure));
  // Another KPI, whose figure it is.
  if (isKpiName(figure.kpi)) return program.kpis[figure.kpi]?.label ?? figure.kpi;
  const each = segmentsNamed(program, figure).map(
    ({ key, label }) => `${threshold(program, kpi, String(figure[key]))} (${label})`,
  );
  return text.list.or(each);
}

function counted(unit: string, number: string | undefined): string {
  return number === '1' ? unit.slice(0, -1) : unit;
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
          ? counted(unit!, number)
          : '');
  return `${withSeparators(number ?? value)}${suffix === '' ? '' : ` ${suffix}`}`;
}
