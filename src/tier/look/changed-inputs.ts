import type { Fraction } from 'fraction.js';
import { TierlinkError } from '../../errors.ts';
import { groupOf, rankOne, unranked } from '../../kpi/rank/rank.ts';
import type { PeerFigure } from '../../kpi/rank/values.ts';
import { figureOfScore, scoreOf } from '../../kpi/score/score.ts';
import { suggestion } from '../../model/closest.ts';
import type { AttributeDefinition } from '../../model/entities.ts';
import { canonicalDecimal, canonicalList, isCalendarDate } from '../../model/values.ts';
import { readableAttributes } from '../../program/attribute-path.ts';
import { rateOn } from '../../program/currency.ts';
import { customTypeOf, customValue } from '../../program/custom-attributes.ts';
import { exact, partsOf } from '../../program/exact.ts';
import { figureLimits } from '../../program/figure-limits.ts';
import type { Program } from '../../program/load.ts';
import { keyNamed, namedKpis } from '../../program/names.ts';
import { mostOf } from '../../program/score-limits.ts';
import { isMeasured, withPartsOf } from '../../program/score-parts.ts';
import { quantityText } from '../explain/wording.ts';
import type { PartnerInputs } from '../load.ts';
import type { KpiInput, PartnerFacts } from '../types.ts';

/** One input as somebody supposes it: a KPI by its key or label, or partner.<attribute>; a blank value is none. */
export interface SupposedInput {
  name: string;
  value: string;
}

const ofPartner = 'partner.';
const sure = { state: 'current', stateReason: null } as const;
const isSupposed = true;

/** The figures that a rank compares, of everybody in one of its groups. */
export type Peers = (kpi: string, group: string) => readonly PeerFigure[];

/**
 * The inputs of a partner with some of them replaced, and the scores and ranks that follow from them; the figures of other
 * partners stay as they are. Amounts of other currencies are at the rates of the day. Throws SIMULATION_INVALID.
 */
export function withChanges(
  program: Program,
  inputs: PartnerInputs,
  { changes, peers, day }: { changes: readonly SupposedInput[]; peers: Peers; day: string },
): PartnerInputs {
  const kpis = new Map(inputs.kpis.map((kpi) => [kpi.kpi, kpi]));
  const partner = supposedPartner(program, inputs, changes);
  const supposed = new Set<string>();
  for (const { name, value } of changes) {
    if (name.startsWith(ofPartner)) continue;
    const kpi = keyNamed(namedKpis(program), name) ?? name;
    kpis.set(kpi, figureOf(program, kpis.get(kpi), { name: kpi, value: value.trim(), day }));
    supposed.add(kpi);
  }
  recompose(program, { kpis, partner, supposed, peers, before: inputs });
  return { ...inputs, partner, kpis: [...kpis.values()] };
}

/** Keys of the KPIs that are supposed and that the program has. */
export function supposedKpis(program: Pick<Program, 'kpis'>, changes: readonly SupposedInput[]): string[] {
  const keys = changes
    .filter(({ name }) => !name.startsWith(ofPartner))
    .map(({ name }) => keyNamed(namedKpis(program), name) ?? name);
  return keys.filter((key) => program.kpis[key] !== undefined);
}

/** The same with one figure replaced by an exact one. */
export function withFigure(
  program: Program,
  inputs: PartnerInputs,
  { kpi, figure }: { kpi: string; figure: Fraction },
  peers: Peers,
): PartnerInputs {
  const supposed = (one: KpiInput) =>
    ({ ...one, ...sure, isSupposed, ...partsOf(figure), empty: null }) as const;
  const kpis = new Map(inputs.kpis.map((one) => [one.kpi, one.kpi === kpi ? supposed(one) : one]));
  recompose(program, { kpis, partner: inputs.partner, supposed: new Set([kpi]), peers, before: inputs });
  return { ...inputs, kpis: [...kpis.values()] };
}

/** The same with one attribute of the partner replaced. */
export function withAttribute(
  program: Program,
  inputs: PartnerInputs,
  { attribute, value }: { attribute: string; value: string },
  peers: Peers,
): PartnerInputs {
  const kpis = new Map(inputs.kpis.map((one) => [one.kpi, one]));
  const partner = { ...inputs.partner, [attribute]: value };
  recompose(program, { kpis, partner, supposed: new Set(), peers, before: inputs });
  return { ...inputs, partner, kpis: [...kpis.values()] };
}

/** The attributes of a partner with some of them replaced. Throws SIMULATION_INVALID. */
export function supposedPartner(
  program: Pick<Program, 'attributes'>,
  inputs: PartnerInputs,
  changes: readonly SupposedInput[],
): PartnerFacts {
  const own = changes.filter(({ name }) => name.startsWith(ofPartner));
  const replaced = own.map(({ name, value }) => {
    const attribute = name.slice(ofPartner.length);
    return [attribute, factOf(program, attribute, value.trim())] as const;
  });
  return { ...inputs.partner, ...Object.fromEntries(replaced) };
}

interface Supposition {
  kpis: Map<string, KpiInput>;
  partner: PartnerFacts;
  supposed: ReadonlySet<string>;
  peers: Peers;
  before: PartnerInputs;
}

/** What is supposed itself stays as it is supposed; another one is as sure as the parts that it now has. */
function recompose(program: Program, of: Supposition): void {
  const { kpis, partner, supposed } = of;
  for (const kpi of withPartsOf(program, Object.keys(program.kpis))) {
    const input = kpis.get(kpi);
    if (input === undefined || supposed.has(kpi) || isMeasured(program, kpi)) continue;
    if (program.kpis[kpi]!.rank !== undefined) {
      kpis.set(kpi, rankAnew(program, of, input));
      continue;
    }
    const { error: _error, ...figure } = figureOfScore(scoreOf({ program, figures: kpis, partner }, kpi));
    const behind = withPartsOf(program, [kpi]).filter((one) => program.kpis[one]!.score === undefined);
    const parts = behind.flatMap((one) => kpis.get(one) ?? []);
    const unsure = parts.find(({ state }) => state !== 'current');
    const { state, stateReason } = unsure === undefined ? sure : input;
    kpis.set(kpi, { ...input, ...figure, state, stateReason });
  }
}

/** Where the partner stands with what is supposed of it; as sure as the figures of the others are. */
function rankAnew(
  program: Program,
  { kpis, partner, peers, before }: Supposition,
  input: KpiInput,
): KpiInput {
  const rank = program.kpis[input.kpi]!.rank!;
  const [old, own] = [before.kpis.find(({ kpi }) => kpi === rank.of), kpis.get(rank.of)];
  const group = groupOf(program, rank, partner);
  const isSame = own?.numerator === old?.numerator && own?.denominator === old?.denominator;
  if (own === undefined || (isSame && group === groupOf(program, rank, before.partner))) return input;
  const figure = { partnerId: before.partnerId, ...own, error: null };
  const members = [
    ...(group === null ? [] : peers(input.kpi, group)).filter(
      ({ partnerId }) => partnerId !== figure.partnerId,
    ),
    figure,
  ];
  const { value, empty, evidence } =
    group === null
      ? unranked(program, input.kpi, figure)
      : rankOne(program, { kpi: input.kpi, group, members }, figure);
  const certainty = input.state === 'error' ? sure : { state: input.state, stateReason: input.stateReason };
  const number = value === null ? { numerator: null, denominator: null } : partsOf(value);
  return { ...input, ...number, ...certainty, empty, rank: evidence };
}

function figureOf(
  program: Program,
  input: KpiInput | undefined,
  { name, value, day }: SupposedInput & { day: string },
): KpiInput {
  if (input === undefined) {
    const known = [...Object.keys(program.kpis), `${ofPartner}<attribute>`];
    throw invalid(
      name,
      `it is no KPI of the program${suggestion(name, known)}`,
      `Use one of: ${known.join(', ')}`,
    );
  }
  const supposed = { ...input, ...sure, isSupposed, excluded: 0, excludedBy: {} } as const;
  if (value === '')
    return { ...supposed, numerator: null, denominator: null, empty: 'no_records', counted: 0 };
  const unit = program.kpis[name]!.unit;
  const [amount = '', currency, ...rest] = value.replace(/%$/, '').trim().split(/\s+/);
  const isFigure = canonicalDecimal(amount) !== null && rest.length === 0;
  if (!isFigure || (currency !== undefined && unit !== 'money')) {
    const example = unit === 'money' ? `250000 or "250000 ${program.currency.code}"` : 'a number such as 4.5';
    throw invalid(name, `"${value}" is no figure in ${unit}`, `Give it ${example}.`);
  }
  const rate = currency === undefined ? exact(1) : rateOn(program, currency, day);
  if (rate === undefined) {
    const on = currency! in program.currency.rates ? ` on ${day}` : '';
    throw invalid(
      name,
      `the program has no rate for ${currency}${on}`,
      `Give it in ${program.currency.code}.`,
    );
  }
  const figure = rate.mul(exact(canonicalDecimal(amount)!));
  const reason = impossible(program, name, figure);
  if (reason !== null) throw invalid(name, `"${value}" ${reason}`, 'Give it a figure that the KPI can have.');
  return { ...supposed, ...partsOf(figure), empty: null };
}

/** Why no records give a KPI that figure, whatever they are; null where some may. */
function impossible(program: Program, kpi: string, figure: Fraction): string | null {
  const keys = { track: null, region: null };
  const { least, isWhole } = figureLimits(program, kpi, keys);
  const most = mostOf(program, kpi, keys);
  const quantity = { unit: program.kpis[kpi]!.unit, currency: program.currency.code };
  if (isWhole && figure.d !== 1n) return 'cannot be: it is always a whole number';
  if (least !== null && figure.lt(least))
    return `cannot be: it is never less than ${quantityText(least, quantity)}`;
  if (most === null || !figure.gt(most)) return null;
  return `cannot be: it is never more than ${quantityText(most, quantity)}`;
}

function factOf(program: Pick<Program, 'attributes'>, name: string, value: string): PartnerFacts[string] {
  if (name.startsWith('extra.')) return ownFactOf(program, name, value);
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

function ownFactOf(
  { attributes }: Pick<Program, 'attributes'>,
  name: string,
  value: string,
): PartnerFacts[string] {
  if (value === '') return null;
  const type = customTypeOf(attributes, 'partner', name);
  if (customValue(type, value) !== undefined) return value;
  const what = type === 'decimal' ? 'number' : type;
  throw invalid(`${ofPartner}${name}`, `"${value}" is no ${what}`, `Give it ${examples[type] ?? 'a text'}.`);
}

const examples: Readonly<Partial<Record<AttributeDefinition['type'], string>>> = {
  boolean: 'true or false',
  integer: 'a whole number',
  decimal: 'a number such as 4.5',
  instant: 'an instant such as 2026-09-30T12:00:00Z',
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
