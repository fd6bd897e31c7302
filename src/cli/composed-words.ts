import { segmentLabel } from '../program/by-segment.ts';
import { exact, exactSum } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import type { RankDefinition } from '../program/schema/rank.ts';
import type { Operand, ScoreDefinition } from '../program/schema/score.ts';
import { formOf, isOfSum, type ScoreForm } from '../program/score-parts.ts';
import { isKpiName } from '../program/threshold.ts';
import { filterWords } from './filter-words.ts';
import type { SaidPart } from './measure-words.ts';
import { comparisonOf, spelledOut, thresholdText } from './requirement-text.ts';

/** How a figure is made of other figures, as people say it, made from the program file alone. */

interface Composed {
  program: Program;
  /** The composed KPI itself, whose unit its points have. */
  kpi: string;
}

type Form<Key extends ScoreForm> = NonNullable<ScoreDefinition[Key]>;

// Typed by the forms of a score, so that none can be added to the language and left unsaid.
const forms: { [Key in ScoreForm]: (of: Composed, form: Form<Key>) => SaidPart } = {
  linear: (of, { of: kpi, full, points }) => ({
    says: `${labelOf(of, kpi)}: ${thresholdText(of.program, of.kpi, points)} from ${thresholdText(of.program, kpi, full)} on, fewer in proportion, never below 0`,
    lines: [],
  }),
  each: (of, { of: kpi, points, per, whole, cap }) => ({
    says: `${thresholdText(of.program, of.kpi, points)} for each ${thresholdText(of.program, kpi, per)} of ${labelOf(of, kpi)}`,
    lines: [
      whole ? 'Only whole ones give points.' : 'A part of one gives a part of the points.',
      ...(cap === undefined ? [] : [`At most ${thresholdText(of.program, of.kpi, cap)}.`]),
    ],
  }),
  bands: (of, { of: kpi, table }) => ({
    says: `by ${labelOf(of, kpi)}`,
    lines: [
      ...table.map(({ from, above, points }) => {
        const start = thresholdText(of.program, kpi, (from ?? above)!);
        const gives = thresholdText(of.program, of.kpi, points);
        return `${from === undefined ? 'Above' : 'From'} ${start}: ${gives}.`;
      }),
      'Below that: 0.',
    ],
  }),
  sum: (of, parts) => ({ says: 'the sum of', lines: parts.map((kpi) => labelOf(of, kpi)) }),
  difference: (of, { of: kpi, less }) => ({
    says: `${labelOf(of, kpi)} less ${[less]
      .flat()
      .map((one) => operandText(of, one, kpi))
      .join(' and less ')}`,
    lines: [],
  }),
  ratio: (of, { of: kpi, to, per }) => ({
    says: `${labelOf(of, kpi)} divided by ${operandText(of, to, kpi)}`,
    lines:
      per === undefined || !isKpiName(to)
        ? []
        : [`For each ${thresholdText(of.program, to, per)} of ${labelOf(of, to)}.`],
  }),
  product: (of, { of: kpi, by }) => ({
    says: `${labelOf(of, kpi)} times ${operandText(of, by, '')}`,
    lines: [],
  }),
  weighted: (of, { of: parts, to }) => {
    const total = exactSum(parts.map(({ weight }) => weight));
    return {
      says: `the weighted mean of what is reached of each, from 0 to ${to}`,
      lines: parts.map(({ kpi, weight, full }) => {
        const share = exact(weight).mul(100).div(total).round(1).toString();
        const whole =
          full === undefined ? 'the most points that it can have' : thresholdText(of.program, kpi, full);
        return `${labelOf(of, kpi)}: ${share} %, all of it from ${whole} on.`;
      }),
    };
  },
  best: (of, parts) => ({ says: 'the highest of', lines: parts.map((kpi) => labelOf(of, kpi)) }),
  worst: (of, parts) => ({ says: 'the lowest of', lines: parts.map((kpi) => labelOf(of, kpi)) }),
  steps: (of, steps) => ({
    says: 'step by step, a step only while what it and all before it need holds',
    lines: steps.map(({ label, points, most, needs }) => {
      const name = label ?? (typeof points === 'string' ? labelOf(of, points) : 'Points');
      const gives =
        typeof points === 'string'
          ? `what ${labelOf(of, points)} has`
          : thresholdText(of.program, of.kpi, points);
      const limit = most === undefined ? '' : `, at most ${thresholdText(of.program, of.kpi, most)}`;
      const gate = needs === undefined ? '' : `; needs ${spelledOut(of.program, needs)}`;
      return `${name}: ${gives}${limit}${gate}.`;
    }),
  }),
  choose: (of, choices) => ({
    says: 'the first of these that holds',
    lines: choices.map(({ when, use, otherwise }) => {
      const chosen = use ?? otherwise!;
      const figure =
        typeof chosen === 'string' ? labelOf(of, chosen) : thresholdText(of.program, of.kpi, chosen);
      return when === undefined
        ? `Otherwise: ${figure}.`
        : `Where ${spelledOut(of.program, when)}: ${figure}.`;
    }),
  }),
  byTrack: (of, byTrack) => ({
    says: 'that of the track of the partner',
    lines: of.program.tracks.map(({ key, label }) => `${label}: ${labelOf(of, byTrack[key]!)}.`),
  }),
  bestTrack: (of, { of: kpi, among }) => ({
    says: `${labelOf(of, kpi)} as on the track on which it is highest${amongWords(of, among)}`,
    lines: [],
  }),
  overRegions: (of, { of: kpi, take, among, ...bound }) => {
    const figure = labelOf(of, kpi);
    const each = `of the partner in each region${amongWords(of, among)}`;
    return {
      says: {
        best: `the best ${figure} ${each}`,
        worst: `the worst ${figure} ${each}`,
        sum: `the sum of ${figure} ${each}`,
        count: `the number of regions with ${comparisonOf(of.program, { kpi, ...bound })}${amongWords(of, among)}`,
        concentration: `how much of ${figure} is in few regions: the squares of the shares ${each}, added up`,
      }[take],
      lines: [],
    };
  },
};

/** A KPI that is made of other KPIs of the partner. */
export function scoreWords(of: Composed, score: ScoreDefinition): SaidPart {
  const form = formOf(score)!;
  return forms[form](of, score[form] as never);
}

const places: Readonly<Record<RankDefinition['as'], string>> = {
  position: 'the position of the partner, 1 for the first,',
  topShare: 'the position of the partner in percent of all, so that the top 10 % have at most 10,',
  percentile: 'before how many of 100 others the partner stands',
  share: 'the share of the partner in the sum of all, in percent,',
  ofAverage: 'what the partner has, in percent of the average of all,',
};

/** A KPI that says where the partner stands among others. */
export function rankWords(
  program: Program,
  { of, among, within, as, ties, minimum }: RankDefinition,
): SaidPart {
  const { label, better } = program.kpis[of]!;
  const first = isOfSum({ as }) ? '' : `, ${better === 'lower' ? 'the lowest' : 'the highest'} first`;
  return {
    says: `${places[as]} by ${label}${first}`,
    lines: [
      ...(among === undefined ? [] : [`Among partners of which ${filterWords(program, among)}.`]),
      ...(within === undefined ? [] : [`Among those with the same ${[within].flat().join(' and ')}.`]),
      ...(ties === undefined
        ? []
        : [`Partners with the same figure have the ${tieWords[ties]} of their positions.`]),
      ...(minimum === undefined ? [] : [`Of at least ${minimum} partners.`]),
    ],
  };
}

const tieWords = { best: 'first', middle: 'middle', worst: 'last' } as const;

/** A KPI by its label, or a number in the unit of `kpi`; of no KPI a plain number. */
function operandText(of: Composed, operand: Operand, kpi: string): string {
  return isKpiName(operand) ? labelOf(of, operand) : thresholdText(of.program, kpi, operand);
}

function labelOf({ program }: Composed, kpi: string): string {
  return program.kpis[kpi]!.label;
}

function amongWords({ program }: Composed, among: readonly string[] | undefined): string {
  return among === undefined ? '' : ` (of ${among.map((key) => segmentLabel(program, key)).join(', ')})`;
}
