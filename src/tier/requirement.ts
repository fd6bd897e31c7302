import type { Fraction } from 'fraction.js';
import { basePart, entityOfMeasure } from '../kpi/base-part.ts';
import { recordName } from '../kpi/record-count.ts';
import { reasonOrNull } from '../kpi/state-reason.ts';
import { emptyWord } from '../kpi/when-empty.ts';
import {
  dimensionOf,
  figureFor,
  keysOf,
  ownFigure,
  segmentLabel,
  segmentsNamed,
} from '../program/by-segment.ts';
import { measuresOf } from '../program/check/kpi.ts';
import { sinceDate } from '../program/check/length.ts';
import { exact, exactRatio, partsOf } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { fractionOfShare, type Share, shareOf } from '../program/prorated.ts';
import { requirementIds } from '../program/requirement-id.ts';
import { boundKpi, negated } from '../program/requirement-leaves.ts';
import type { Requirement, TierDefinition } from '../program/schema/ladder.ts';
import type { KpiDefinition } from '../program/schema/schema.ts';
import { type Bound, bounds, reaches, thresholdValue } from '../program/threshold.ts';
import { type FactInputs, factEvidence } from './explain/fact-evidence.ts';
import { holdingEvidence } from './explain/holding-evidence.ts';
import {
  figureWords,
  gapText,
  missWords,
  needsText,
  type Quantity,
  quantityText,
} from './explain/wording.ts';
import {
  conditionTurn,
  ownText,
  ownValue,
  partnerMatches,
  partnerText,
  wrongTypeReason,
} from './partner-condition.ts';
import type {
  Holding,
  KpiInput,
  PartnerFacts,
  RequirementEvidence,
  RequirementTree,
  Segments,
  TierEvidence,
  TierSpells,
  Waiver,
} from './types.ts';

export interface RequirementInputs {
  program: Pick<
    Program,
    | 'attributes'
    | 'currency'
    | 'fiscalYearStart'
    | 'kpis'
    | 'ladders'
    | 'partnerTypes'
    | 'regions'
    | 'timeZone'
    | 'calendars'
    | 'tracks'
    | 'trackKeeping'
  >;
  kpis: ReadonlyMap<string, KpiInput>;
  partner: PartnerFacts;
  /** Which of the figures that differ by track or region is asked for. (Default: none is known) */
  segments?: Segments;
  /** (Default: none) */
  facts?: FactInputs | undefined;
  /** Those in force. (Default: none) */
  waivers?: readonly Waiver[] | undefined;
  /** What the partner holds on other ladders. (Default: nothing) */
  holdings?: ReadonlyMap<string, Holding> | undefined;
  /** What it held there before, where rules look back on that. (Default: nothing is recorded) */
  spells?: ReadonlyMap<string, TierSpells> | undefined;
  /** Day of the evaluation, for facts. (Default: none is valid) */
  asOf?: string | undefined;
}
type Inputs = RequirementInputs;

/** Evaluates the requirements of one tier by itself; of a partner that holds it, those to keep it. */
export function tierEvidence(inputs: Inputs, tier: TierDefinition, isHeld = false): TierEvidence {
  const leaves: Requirement[] = [];
  const keep = isHeld ? tier.keepRequirements : undefined;
  const branches = [keep ?? tier.requirements ?? []].flat().map((one) => collect(one, leaves));
  const ids = requirementIds(leaves);
  const requirements = leaves.map((one, leaf) =>
    waived(inputs, tier.key, leafEvidence(inputs, one, ids[leaf]!)),
  );
  const tree: RequirementTree = branches.length === 1 ? branches[0]! : { all: branches };
  const asked = keep === undefined ? 'reach' : 'keep';
  return { tier: tier.key, label: tier.label, requirements, tree, asked, ...outcome(tree, requirements) };
}

/** Whether requirements hold as things are; undefined where that is not known. */
export function knownTruth({
  tree,
  requirements,
}: {
  tree: RequirementTree;
  requirements: readonly RequirementEvidence[];
}): Truth {
  return truth(tree, (leaf) => asKnown(requirements[leaf]!));
}

/** Whether a tree of requirements holds as things are, and whether it could hold once its inputs are complete. */
export function outcome(
  tree: RequirementTree,
  requirements: readonly RequirementEvidence[],
): { holds: boolean; couldHold: boolean } {
  return {
    holds: knownTruth({ tree, requirements }) === true,
    couldHold: truth(tree, (leaf) => whenComplete(requirements[leaf]!)) !== false,
  };
}

/** True, false or undefined (not known). */
type Truth = boolean | undefined;

function asKnown({ state }: RequirementEvidence): Truth {
  return state === 'pending' ? undefined : state !== 'not_met';
}

/** Whether a requirement stands in the way of nothing. */
export function isSatisfied({ state }: RequirementEvidence): boolean {
  return state === 'met' || state === 'waived';
}

function whenComplete(requirement: RequirementEvidence): Truth {
  return requirement.isCertain ? asKnown(requirement) : undefined;
}

/** Joins what is known of the leaves; "not known" spreads only where it could decide. */
export function truth(tree: RequirementTree, leafTruth: (leaf: number) => Truth): Truth {
  if ('leaf' in tree) return leafTruth(tree.leaf);
  const [branches, needed] =
    'all' in tree ? [tree.all, tree.all.length] : 'any' in tree ? [tree.any, 1] : [tree.of, tree.atLeast];
  const found = branches.map((branch) => truth(branch, leafTruth));
  const sure = found.filter((one) => one === true).length;
  const open = found.filter((one) => one === undefined).length;
  if (sure >= needed) return true;
  return sure + open >= needed ? undefined : false;
}

/** How requirements are joined; the comparisons and conditions that they are made of are put behind those given. */
function collect(requirement: Requirement, into: Requirement[]): RequirementTree {
  const walk = (inner: Requirement) => collect(inner, into);
  const named = requirement.label === undefined ? {} : { label: requirement.label };
  if (requirement.all !== undefined) return { all: requirement.all.map(walk), ...named };
  if (requirement.any !== undefined) return { any: requirement.any.map(walk), ...named };
  if (requirement.atLeastOf !== undefined) {
    return { atLeast: requirement.atLeastOf.n, of: requirement.atLeastOf.of.map(walk), ...named };
  }
  if (requirement.not !== undefined) return walk(negated(requirement.not));
  into.push(requirement);
  return { leaf: into.length - 1 };
}

function leafEvidence(inputs: Inputs, requirement: Requirement, id: string): RequirementEvidence {
  if (requirement.partner !== undefined) return partnerEvidence(inputs, requirement, id);
  if (requirement.kpi !== undefined) return kpiEvidence(inputs, requirement, id);
  const kind = requirement.fact ?? requirement.noFact;
  if (kind !== undefined) return factEvidence(inputs.facts, { requirement, kind, id, asOf: inputs.asOf });
  const { program, holdings = new Map(), spells = new Map(), asOf = null } = inputs;
  return holdingEvidence({ ladders: program.ladders, holdings, spells, asOf }, { requirement, id });
}

/** What is not met although nobody has to meet it; what is met needs no waiver. */
function waived({ waivers = [] }: Inputs, tier: string, one: RequirementEvidence): RequirementEvidence {
  const found = waivers.findLast((waiver) => waiver.tier === tier && waiver.requirement === one.id);
  if (found === undefined || one.state === 'met') return one;
  const { id, reason, author, untilOn } = found;
  const words = `waived until ${untilOn} by ${author}: ${reason}`;
  const waiver = { id, reason, author, untilOn };
  return { ...one, state: 'waived', gap: null, gapText: null, reason: words, isCertain: true, waiver };
}

function kpiEvidence(inputs: Inputs, requirement: Requirement, id: string): RequirementEvidence {
  const { program, kpis, segments = unknown } = inputs;
  const kpi = requirement.kpi!;
  const definition = program.kpis[kpi]!;
  const bound = bounds.find((one) => requirement[one] !== undefined)!;
  const asked = requirement[bound]!;
  const dimension = dimensionOf(program, asked);
  const segment = dimension === undefined ? undefined : segments[dimension];
  const share = shareAsked(inputs, requirement);
  const other = otherFigure(inputs, requirement);
  const limit =
    other === undefined
      ? figureFor(program, asked, keysOf(segments))?.mul(fractionOfShare(share))
      : (exactOf(other) ?? undefined);
  const threshold = limit === undefined ? null : partsOf(limit);
  const input = kpis.get(kpi) ?? missingInput(kpi, definition.unit);
  const quantity = {
    unit: definition.unit,
    currency: definition.unit === 'money' ? program.currency.code : null,
  };
  const found =
    other !== undefined
      ? answerByOther(input, { program, bound, threshold, definition }, other)
      : threshold === null
        ? ({ state: 'pending', reason: segment?.reason ?? null, gap: null } as const)
        : answer(input, { program, bound, threshold, definition });
  return {
    id,
    label: requirement.label ?? definition.label,
    kpi,
    ...quantity,
    value: input.numerator === null ? null : { numerator: input.numerator, denominator: input.denominator! },
    bound,
    threshold,
    ...(other === undefined ? {} : { thresholdKpi: other.kpi }),
    gap: found.gap,
    needs: needsOf(inputs, requirement, quantity),
    has: found.gap === null ? figureWords(input, quantity) : missWords(input, limit!, quantity),
    gapText:
      found.gap === null
        ? null
        : gapText(exactRatio(found.gap.numerator, found.gap.denominator), bound, {
            ...quantity,
            isTimePassed: sinceDate(definition) !== undefined,
          }),
    state: found.state,
    reason: found.reason,
    counted: input.counted,
    excluded: input.excluded,
    isCertain:
      input.state === 'current' &&
      (segment?.isCertain ?? true) &&
      (other === undefined || other.state === 'current'),
    partnerCondition: null,
    fact: null,
    waiver: null,
    ...(input.empty === 'minimum_sample' ? { minimumSample: definition.minimumSample! } : {}),
    ...(share.changesOn === null ? {} : { changesOn: share.changesOn }),
  };
}

/** The figure of the KPI that is the bound; undefined where that is a number. */
function otherFigure({ program, kpis }: Inputs, requirement: Requirement): KpiInput | undefined {
  const other = boundKpi(requirement);
  return other === undefined
    ? undefined
    : (kpis.get(other) ?? missingInput(other, program.kpis[other]!.unit));
}

function exactOf({ numerator, denominator }: KpiInput): Fraction | null {
  return numerator === null || denominator === null ? null : exactRatio(numerator, denominator);
}

/** Where the bound has no figure, what the program says of that holds for what is compared with it as well. */
function answerByOther(
  input: KpiInput,
  { threshold, ...question }: Omit<Question, 'threshold'> & { threshold: Question['threshold'] | null },
  other: KpiInput,
): Answer {
  const { kpis } = question.program;
  const { label } = kpis[other.kpi]!;
  const named = ({ reason, ...rest }: Answer): Answer => ({
    ...rest,
    reason: reason === null ? null : `${label}: ${reason}`,
  });
  if (input.numerator === null) return withoutFigure(input, question.definition);
  if (threshold === null) return named(withoutFigure(other, kpis[other.kpi]!));
  const found = answer(input, { ...question, threshold });
  const isLate = found.reason === null && other.state !== 'current';
  return isLate ? named({ ...found, reason: reasonOrNull(other.stateReason) }) : found;
}

/** How much of its threshold a requirement asks of this partner. */
function shareAsked({ program, partner, asOf }: Inputs, { prorated }: Requirement): Share {
  if (prorated === undefined || asOf === undefined) return { months: 1, of: 1, changesOn: null };
  const date = ownValue(program, partner, prorated.by);
  return shareOf(prorated, { startedOn: typeof date === 'string' ? date : null, asOf }, program);
}

/** What is asked for; where it differs by track or region, with that, and for one that is not known with all of them. */
function needsOf(inputs: Inputs, requirement: Requirement, quantity: Quantity): string {
  const { program, segments = unknown } = inputs;
  const bound = bounds.find((one) => requirement[one] !== undefined)!;
  const asked = requirement[bound]!;
  const other = otherFigure(inputs, requirement);
  if (other !== undefined) {
    const { label } = program.kpis[other.kpi]!;
    const limit = exactOf(other);
    return limit === null ? label : `${needsText(bound, limit, quantity)} (${label})`;
  }
  const share = shareAsked(inputs, requirement);
  const words = (figure: string | number) => {
    const whole = thresholdValue(program, figure)!;
    if (share.months === share.of) return needsText(bound, whole, quantity);
    const part = needsText(bound, whole.mul(fractionOfShare(share)), quantity);
    return `${part}, for ${share.months} of ${share.of} months of ${quantityText(whole, quantity)}`;
  };
  if (typeof asked !== 'object') return words(asked);
  const keys = keysOf(segments);
  const own = ownFigure(program, asked, keys);
  if (own !== undefined) {
    const segment = keys[dimensionOf(program, asked)!]!;
    return `${words(own)} (${segmentLabel(program, segment)})`;
  }
  const each = segmentsNamed(program, asked).map(({ key, label }) => `${words(asked[key]!)} (${label})`);
  return each.join(' or ');
}

const unknown: Segments = {
  track: { key: null, reason: 'the track is not known', isCertain: false },
  region: { key: null, reason: 'the region is not known', isCertain: false },
};

function missingInput(kpi: string, unit: KpiInput['unit']): KpiInput {
  return {
    kpi,
    unit,
    currency: null,
    state: 'not_calculated',
    stateReason: { code: 'not_computed' },
    numerator: null,
    denominator: null,
    empty: null,
    counted: 0,
    excluded: 0,
    excludedBy: {},
    inputsCompleteTo: null,
  };
}

type Answer = Pick<RequirementEvidence, 'state' | 'reason' | 'gap'>;

interface Question {
  program: Pick<Program, 'currency' | 'kpis'>;
  bound: Bound;
  threshold: { numerator: string; denominator: string };
  definition: KpiDefinition;
}

/** What stands in for a figure that is not there: "2 more deals needed (1 of 3); counts as 0 %"; null where there is one. */
export function standInText(
  program: Pick<Program, 'currency'>,
  definition: KpiDefinition,
  input: KpiInput,
): string | null {
  if (input.numerator === null || input.empty === null) return null;
  const { unit } = definition;
  const quantity = { unit, currency: unit === 'money' ? program.currency.code : null };
  return `${noFigureText(definition, input)}; counts as ${figureWords(input, quantity)}`;
}

const emptyWords: Readonly<Record<string, string>> = {
  no_records: 'there is nothing to measure yet',
  no_base: 'there is nothing to compare with yet',
  over_zero: 'there is nothing to divide it by yet',
  below_zero: 'what it is divided by is below 0',
  outside: 'it is not among the partners that are ranked',
  unranked: 'it has no figure to be ranked by',
  few_partners: 'too few partners to be ranked among yet',
};

/** Why a KPI has no figure; of a score, which of its parts has none. */
export function noFigureText(
  definition: KpiDefinition,
  { empty, stateReason, score, counted }: KpiInput,
): string | null {
  if (empty === 'minimum_sample') return tooFewText(definition, counted);
  return score?.reason ?? (empty === null ? reasonOrNull(stateReason) : (emptyWords[empty] ?? empty));
}

/** "1 more deal needed (2 of 3)". */
function tooFewText(definition: KpiDefinition, counted: number): string {
  const { measure } = measuresOf(definition)[basePart(definition)]!;
  const least = definition.minimumSample!;
  const more = least - counted;
  return `${more} more ${recordName(more, entityOfMeasure(measure))} needed (${counted} of ${least})`;
}

/** Compares a value with its threshold; what cannot be compared is pending, with the reason. */
function answer(input: KpiInput, { program, bound, threshold, definition }: Question): Answer {
  if (input.numerator === null || input.denominator === null) return withoutFigure(input, definition);
  const value = exactRatio(input.numerator, input.denominator);
  const limit = exactRatio(threshold.numerator, threshold.denominator);
  const reason =
    input.state === 'current' ? standInText(program, definition, input) : reasonOrNull(input.stateReason);
  if (reaches(value, bound, limit)) return { state: 'met', reason, gap: null };
  return { state: 'not_met', reason, gap: partsOf(limit.sub(value).abs()) };
}

/** What the program says of a figure that there is not. */
function withoutFigure(input: KpiInput, definition: KpiDefinition): Answer {
  const reason = noFigureText(definition, input);
  if (input.empty === null) return { state: 'pending', reason, gap: null };
  const word = emptyWord(definition, input.empty);
  if (word === 'pass') return { state: 'met', reason, gap: null };
  return { state: word === 'fail' ? 'not_met' : 'pending', reason, gap: null };
}

function partnerEvidence(
  { program, partner: facts, asOf }: Inputs,
  requirement: Requirement,
  id: string,
): RequirementEvidence {
  const filter = requirement.partner!;
  const holds = partnerMatches(program, facts, filter, asOf);
  const changesOn = asOf === undefined ? null : conditionTurn(program, facts, filter, asOf);
  const isAwaited = filter.elapsed !== undefined && changesOn !== null;
  return {
    id,
    label: requirement.label ?? partnerText(program, filter),
    kpi: null,
    unit: null,
    currency: null,
    value: null,
    bound: null,
    threshold: null,
    gap: null,
    needs: partnerText(program, filter),
    has: ownText(program, facts, filter),
    gapText: isAwaited ? `from ${changesOn}` : null,
    state: holds ? 'met' : 'not_met',
    reason: wrongTypeReason(program, facts, filter),
    counted: 0,
    excluded: 0,
    isCertain: true,
    partnerCondition: { holds },
    fact: null,
    waiver: null,
    ...(changesOn === null ? {} : { changesOn }),
  };
}

/** Repeats a comparison from stored evidence alone. */
export function recompare(requirement: RequirementEvidence): boolean | undefined {
  if (requirement.state === 'waived') return true;
  if (requirement.partnerCondition !== null) return requirement.partnerCondition.holds;
  const { value, bound, threshold } = requirement;
  if (value === null || bound === null || threshold === null) return asKnown(requirement);
  return reaches(
    exact(value.numerator).div(exact(value.denominator)),
    bound,
    exactRatio(threshold.numerator, threshold.denominator),
  );
}
