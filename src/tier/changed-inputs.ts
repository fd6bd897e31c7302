import { TierlinkError } from '../errors.ts';
import { figureOfScore, scoreOf } from '../kpi/score.ts';
import { suggestion } from '../model/closest.ts';
import type { AttributeDefinition } from '../model/entities.ts';
import { canonicalDecimal, canonicalList, isCalendarDate } from '../model/values.ts';
import { readableAttributes } from '../program/attribute-path.ts';
import { partsOf } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { measuredBehind, scoresInOrder } from '../program/score-parts.ts';
import { thresholdValue } from '../program/threshold.ts';
import type { PartnerInputs } from './load.ts';
import type { KpiInput, PartnerFacts } from './types.ts';

/** One input as somebody supposes it: a KPI by its key, or partner.<attribute>; a blank value is none. */
export interface SupposedInput {
  name: string;
  value: string;
}

const ofPartner = 'partner.';
const sure = { state: 'current', stateReason: null } as const;

/** The inputs of a partner with some of them replaced, and the scores that follow from them. Throws SIMULATION_INVALID. */
export function withChanges(
  program: Program,
  inputs: PartnerInputs,
  changes: readonly SupposedInput[],
): PartnerInputs {
  const kpis = new Map(inputs.kpis.map((kpi) => [kpi.kpi, kpi]));
  const partner: Record<string, PartnerFacts[string]> = { ...inputs.partner };
  for (const { name, value } of changes) {
    if (name.startsWith(ofPartner)) {
      const attribute = name.slice(ofPartner.length);
      partner[attribute] = factOf(attribute, value.trim());
    } else kpis.set(name, figureOf(program, kpis.get(name), { name, value: value.trim() }));
  }
  recompose(program, { kpis, partner, supposed: new Set(changes.map(({ name }) => name)) });
  return { ...inputs, partner, kpis: [...kpis.values()] };
}

/**
 * Composes the scores anew from figures that were replaced. A score that is supposed itself stays as it is supposed; another
 * one is as sure as the parts that it now has.
 */
export function recompose(
  program: Program,
  {
    kpis,
    partner,
    supposed,
  }: { kpis: Map<string, KpiInput>; partner: PartnerFacts; supposed: ReadonlySet<string> },
): void {
  for (const kpi of scoresInOrder(program)) {
    const input = kpis.get(kpi);
    if (input === undefined || supposed.has(kpi)) continue;
    const { error: _error, ...figure } = figureOfScore(scoreOf({ program, figures: kpis, partner }, kpi));
    const parts = measuredBehind(program, kpi).flatMap((one) => kpis.get(one) ?? []);
    const unsure = parts.find(({ state }) => state !== 'current');
    const { state, stateReason } = unsure === undefined ? sure : input;
    kpis.set(kpi, { ...input, ...figure, state, stateReason });
  }
}

function figureOf(program: Program, input: KpiInput | undefined, { name, value }: SupposedInput): KpiInput {
  if (input === undefined) {
    const known = [...Object.keys(program.kpis), `${ofPartner}<attribute>`];
    throw invalid(
      name,
      `it is no KPI of the program${suggestion(name, known)}`,
      `Use one of: ${known.join(', ')}`,
    );
  }
  const supposed = { ...input, ...sure, excluded: 0, excludedBy: {} };
  if (value === '')
    return { ...supposed, numerator: null, denominator: null, empty: 'no_records', counted: 0 };
  const unit = program.kpis[name]!.unit;
  const [amount = '', currency, ...rest] = value.replace(/%$/, '').trim().split(/\s+/);
  const isFigure = canonicalDecimal(amount) !== null && rest.length === 0;
  if (!isFigure || (currency !== undefined && unit !== 'money')) {
    const example = unit === 'money' ? `250000 or "250000 ${program.currency.code}"` : 'a number such as 4.5';
    throw invalid(name, `"${value}" is no figure in ${unit}`, `Give it ${example}.`);
  }
  const figure = thresholdValue(program, [canonicalDecimal(amount), currency].filter(Boolean).join(' '));
  if (figure === undefined)
    throw invalid(name, `the program has no rate for ${currency}`, `Give it in ${program.currency.code}.`);
  return { ...supposed, ...partsOf(figure), empty: null };
}

function factOf(name: string, value: string): PartnerFacts[string] {
  if (name.startsWith('extra.')) return value === '' ? null : value;
  const known = readableAttributes('partner');
  const definition = known.find(([key]) => key === name)?.[1];
  if (definition === undefined) {
    const names = known.map(([key]) => key);
    const reason = `a partner has no such attribute that rules read${suggestion(name, names)}`;
    throw invalid(`${ofPartner}${name}`, reason, `Use one of: ${names.join(', ')}`);
  }
  const fact = value === '' ? null : typedFact(definition, value);
  if (fact === undefined) {
    const remedy = `Give it ${examples[definition.type] ?? 'a text'}.`;
    throw invalid(`${ofPartner}${name}`, `"${value}" is no ${definition.type}`, remedy);
  }
  return fact;
}

const examples: Readonly<Partial<Record<AttributeDefinition['type'], string>>> = {
  boolean: 'true or false',
  integer: 'a whole number',
  date: 'a day such as 2026-09-30',
};

/** Undefined when the text is no such value. */
function typedFact({ type }: AttributeDefinition, value: string): PartnerFacts[string] | undefined {
  if (type === 'list') return canonicalList(value.split(','));
  if (type === 'integer') return /^-?\d{1,15}$/.test(value) ? Number(value) : undefined;
  if (type === 'boolean') return value === 'true' ? true : value === 'false' ? false : undefined;
  if (type === 'date') return isCalendarDate(value) ? value : undefined;
  return value;
}

function invalid(name: string, reason: string, remedy: string): TierlinkError {
  return new TierlinkError('SIMULATION_INVALID', { name, reason, remedy });
}
