import type { Fraction } from 'fraction.js';
import { pathWords } from '../../kpi/attribute-words.ts';
import type { Rational } from '../../kpi/score/evidence.ts';
import { sinceDate } from '../../program/check/length.ts';
import { addDays } from '../../program/civil-date.ts';
import { exact, exactRatio, partsOf } from '../../program/exact.ts';
import { figureLimits } from '../../program/figure-limits.ts';
import type { Program } from '../../program/load.ts';
import type { KpiDefinition } from '../../program/schema/schema.ts';
import { mostOf } from '../../program/score-limits.ts';
import { isMeasured, measuredBehind } from '../../program/score-parts.ts';
import { digitsOf } from '../../program/units.ts';
import type { PartnerInputs } from '../load.ts';
import { type Peers, withFigure } from '../look/changed-inputs.ts';
import { isSatisfied, noFigureText, truth } from '../requirement.ts';
import type { RequirementEvidence } from '../types.ts';
import { enoughOfRegion } from './enough-region.ts';
import { turnsOf } from './figure-turns.ts';
import { nearestFigure } from './nearest-figure.ts';
import type { Outlook } from './summary.ts';
import { overSince } from './window-words.ts';
import { gapText, targetText } from './wording.ts';

/** One thing that by itself gives the tier, with everything else as it is. */
export interface Enough {
  /** Name and label of the requirement that it is about. */
  requirement: string;
  label: string;
  /** The KPI that changes; null for a fact or an attribute of the partner. */
  kpi: string | null;
  /** The figure that is enough, exactly; null where no figure is asked for. */
  figure: Rational | null;
  /** How far that is from the present one; null where there is none. */
  by: Rational | null;
  direction: Way | null;
  /** "Certified people: 1 more, to 4". */
  text: string;
  /** Of a composed KPI: the figures behind it that are enough by themselves. */
  through: EnoughPart[];
}

export type EnoughPart = Omit<Enough, 'requirement' | 'through'>;

export interface EnoughInput {
  program: Program;
  outlook: Outlook;
  inputs: PartnerInputs;
  /** The day on which it is asked. */
  asOf: string;
  /** Those of every rank of the program. */
  peers: Peers;
  /** Whether other inputs give the tier, by the same evaluation as everywhere. */
  isGiven(changed: PartnerInputs): boolean;
}

/**
 * What would be enough alone: for each requirement that is open the smallest change of its figure that gives the tier, tried
 * out with everything that follows from it, such as another track or other scores. What does not give it is left out, and so
 * is what would make a figure worse that no requirement asks less of: nobody is told to sell less.
 */
export function enoughFor(input: EnoughInput): Enough[] {
  const { tier, tiers } = input.outlook;
  const below = tiers.filter((one) => one !== tier);
  const all = [...(tier === undefined ? [] : [tier]), ...below].flatMap(({ requirements }) => requirements);
  const open = all.filter((leaf) => !isSatisfied(leaf));
  const isFirst = (leaf: RequirementEvidence) => open.find((one) => isSameThing(one, leaf)) === leaf;
  const found = open.filter(isFirst).flatMap((leaf): Enough[] => {
    const isElsewhere = (own: string) =>
      tiers.some(
        ({ requirements, onTrack }) =>
          requirements.includes(leaf) && onTrack?.figures.some(({ kpi }) => kpi === own),
      );
    if (leaf.kpi === null) return withoutFigure(input, leaf);
    const { kpi, label, id: requirement, thresholdKpi: other } = leaf;
    const way = isUpward(leaf) ? 'more' : 'less';
    const own = ofFigure(input, { kpi, label, requirement, way, isOwnLeftOut: isElsewhere(kpi) });
    if (other === undefined) return own;
    // A bound that is a figure itself may come nearer as well.
    const back = opposite(way);
    const named = { kpi: other, label: input.program.kpis[other]!.label, requirement };
    const isOwnLeftOut = isElsewhere(other) || betterWay(input.program, other) !== back;
    return [...own, ...ofFigure(input, { ...named, way: back, isOwnLeftOut })];
  });
  // One figure may stand behind several requirements.
  const isSame = (one: Enough, other: Enough) => one.kpi === other.kpi && one.direction === other.direction;
  const once = found.filter((one) => one.kpi === null || found.find((other) => isSame(one, other)) === one);
  return [...enoughOfRegion(input), ...once];
}

/** The same KPI, fact or attribute; it may stand in several tiers. */
function isSameThing(one: RequirementEvidence, other: RequirementEvidence): boolean {
  if (one.kpi !== null)
    return (
      one.kpi === other.kpi && one.thresholdKpi === other.thresholdKpi && isUpward(one) === isUpward(other)
    );
  return other.kpi === null && one.label === other.label && one.needs === other.needs;
}

/** A fact or an attribute: enough when every tier that counts holds with it. */
function withoutFigure({ outlook }: EnoughInput, leaf: RequirementEvidence): Enough[] {
  const isEnough = outlook.tiers.every(({ tree, requirements }) => {
    const holds = (index: number) =>
      isSatisfied(requirements[index]!) || isSameThing(requirements[index]!, leaf);
    return truth(tree, holds) === true;
  });
  if (!isEnough) return [];
  const { id: requirement, label, needs, partnerCondition, changesOn } = leaf;
  const own = needs === label ? label : `${label}: ${needs}`;
  const isAwaited = partnerCondition !== null && changesOn !== undefined && leaf.gapText !== null;
  const text = isAwaited ? `${own}; time alone does it, on ${changesOn}` : own;
  return [{ requirement, label, kpi: null, figure: null, by: null, direction: null, text, through: [] }];
}

/**
 * The figure itself, with those behind it; where more of it alone does not give the tier, those behind it alone.
 * `isOwnLeftOut`: it is composed for another track, so that only those behind it are the partner's own, or it would be worse.
 */
function ofFigure(
  input: EnoughInput,
  {
    kpi,
    label: name,
    requirement,
    way: direction,
    isOwnLeftOut,
  }: { kpi: string; label: string; requirement: string; way: Way; isOwnLeftOut: boolean },
): Enough[] {
  const { program } = input;
  const own = isOwnLeftOut ? null : smallestChange(input, { kpi, direction, label: name });
  const parts = isMeasured(program, kpi) ? [] : measuredBehind(program, kpi);
  const changeOf = (part: string, way: Way) =>
    smallestChange(input, { kpi: part, direction: way, label: program.kpis[part]!.label });
  const through = parts.flatMap((part) => changeOf(part, betterWay(program, part)) ?? []);
  if (own === null) return through.map((part) => ({ ...part, requirement, through: [] }));
  const isOneWorseEnough = () =>
    parts.some((part) => changeOf(part, opposite(betterWay(program, part))) !== null);
  const isOfSeveral = parts.length > 0 && through.length === 0 && !isOneWorseEnough();
  const words = isOfSeveral ? `${own.text}, by several figures behind it together` : own.text;
  return [{ ...own, text: words, requirement, through }];
}

type Way = 'more' | 'less';

function betterWay({ kpis }: Program, kpi: string): Way {
  return kpis[kpi]!.better === 'lower' ? 'less' : 'more';
}

function opposite(way: Way): Way {
  return way === 'more' ? 'less' : 'more';
}

function isUpward({ bound }: RequirementEvidence): boolean {
  return bound === 'atLeast' || bound === 'moreThan';
}

/** The smallest change of one figure that gives the tier; null where no figure does. */
function smallestChange(
  input: EnoughInput,
  { kpi, direction, label }: { kpi: string; direction: Way; label: string },
): EnoughPart | null {
  const { program, inputs, peers } = input;
  const known = inputs.kpis.find((one) => one.kpi === kpi);
  if (known === undefined) return null;
  const definition = program.kpis[kpi]!;
  const { unit, difference, growth } = definition;
  // What it would have grown from is past.
  if (growth !== undefined && known.empty === 'no_base') return null;
  const isStandIn = known.empty !== null;
  const now = known.numerator === null || isStandIn ? null : exactRatio(known.numerator, known.denominator!);
  const step = exact(1).div(10 ** digitsOf(unit));
  const mayBeNegative = difference !== undefined || growth !== undefined;
  const least = mayBeNegative ? null : exact(0);
  const { score } = known;
  const { isWhole } = figureLimits(program, kpi, { track: null, region: null });
  const most =
    score === undefined
      ? mostOf(program, kpi, { track: null, region: null })
      : score.most && fractionOf(score.most);
  const search = {
    direction,
    step,
    end: direction === 'more' ? most : least,
    turns: turnsOf(program, kpi).map((turn) => (isWhole ? onWhole(turn, direction) : turn)),
    isEnough: (figure: Fraction) => input.isGiven(withFigure(program, inputs, { kpi, figure }, peers)),
  };
  const figure = now === null ? firstFigure(search) : nearestFigure({ ...search, from: now });
  if (figure === null) return null;
  const quantity = { unit, currency: unit === 'money' ? program.currency.code : null };
  const by = now === null ? null : figure.sub(now).abs();
  const why = isStandIn ? noFigureText(definition, known) : null;
  const reason = why === null ? '' : ` (${why})`;
  const target = targetText(figure, direction, quantity);
  const passed = direction === 'less' ? sinceDate(definition) : undefined;
  const how =
    by === null
      ? `${target}, once there is a figure${reason}`
      : passed === undefined
        ? `${gapText(by, direction === 'more' ? 'atLeast' : 'atMost', quantity)}, to ${target}`
        : `at most ${target}${newerWords(definition, { passed, figure, asOf: input.asOf })}`;
  const over = overSince(program, kpi, input.asOf);
  return {
    label,
    kpi,
    figure: partsOf(figure),
    by: by === null ? null : partsOf(by),
    direction,
    text: `${label}: ${how}${over === null ? '' : `, in a window that ended on ${over}`}`,
  };
}

/** ", with its close date on 2026-11-01 or later"; empty where more than the newest record decides, and of months. */
function newerWords(
  { measure }: KpiDefinition,
  { passed, figure, asOf }: { passed: string; figure: Fraction; asOf: string },
): string {
  const { min } = measure!;
  if (typeof min !== 'object' || min.daysSince === undefined) return '';
  return `, with its ${pathWords(passed)} on ${addDays(asOf, -Number(figure.floor().n))} or later`;
}

function fractionOf({ numerator, denominator }: Rational): Fraction {
  return exactRatio(numerator, denominator);
}

/** What is counted comes in whole numbers. */
function onWhole(turn: Fraction, direction: Way): Fraction {
  return direction === 'more' ? turn.ceil() : turn.floor();
}

/** Where there is no figure yet: the least that is asked for, or the most that is allowed. */
function firstFigure(search: Omit<Parameters<typeof nearestFigure>[0], 'from'>): Fraction | null {
  const { direction, turns, isEnough } = search;
  if (direction === 'less') {
    const falling = turns.toSorted((one, other) => other.compare(one));
    return falling.find(isEnough) ?? null;
  }
  return isEnough(exact(0)) ? exact(0) : nearestFigure({ ...search, from: exact(0) });
}
