import type { Fraction } from 'fraction.js';
import { exactRatio } from '../../program/exact.ts';
import type { ProgramDefinition } from '../../program/schema/schema.ts';
import { quantityText } from '../../tier/explain/wording.ts';
import type { KpiInput } from '../../tier/types.ts';
import type { Rational, ScoreEvidence, ScorePart } from './evidence.ts';

/** A part of a score as people read it. */
export interface ScoreLine extends ScorePart {
  /** How deep it stands below the score; its own parts come right behind it. */
  depth: number;
  /** Whether its own parts come behind it. */
  hasParts: boolean;
  /** Whether it is taken away, divided by or multiplied by, so that it brings nothing of its own. */
  isTaken: boolean;
  /** Whether it is divided or multiplied, or something is taken from it, so that what it brings is no figure of its own. */
  isOperand: boolean;
  /** "4 of 5"; empty where only what it brings says something. */
  figure: string;
  /** "12 of 15 points". */
  points: string;
}

type Figures = ReadonlyMap<string, Pick<KpiInput, 'score'>>;
type Rules = Pick<ProgramDefinition, 'kpis' | 'currency'>;

/** The parts of a score with what each brings, those of composed parts below them. Empty for a measured KPI. */
export function scoreLines(program: Rules, kpi: string, figures: Figures): ScoreLine[] {
  const score = figures.get(kpi)?.score;
  return score === undefined ? [] : linesOf({ program, figures, depth: 0 }, kpi, score);
}

interface Walk {
  program: Rules;
  figures: Figures;
  depth: number;
}

/** Parts of these forms bring their figure as it is, so that what is below them adds up to it. */
const transparent: readonly ScoreEvidence['form'][] = ['sum', 'best', 'worst', 'choose', 'byTrack'];

/** Parts of these forms are not what they are for the partner itself. */
const elsewhere: readonly ScoreEvidence['form'][] = ['bestTrack', 'overRegions'];

function linesOf(walk: Walk, kpi: string, { form, parts }: ScoreEvidence): ScoreLine[] {
  const { program, figures, depth } = walk;
  const isArithmetic = form === 'difference' || form === 'ratio' || form === 'product';
  return parts.flatMap((part, index) => {
    const own = part.kpi === null ? undefined : figures.get(part.kpi)?.score;
    const isOpened = own !== undefined && transparent.includes(form) && own.parts.length > 1;
    const line: ScoreLine = {
      ...part,
      depth,
      hasParts: isOpened,
      isTaken: isArithmetic && index > 0,
      isOperand: isArithmetic && index === 0,
      figure: figureText(program, elsewhere.includes(form) ? part : (scoredPart(own) ?? part)),
      points: pointsText(program, kpi, part),
    };
    const below = isOpened ? linesOf({ program, figures, depth: depth + 1 }, part.kpi!, own) : [];
    return [line, ...below];
  });
}

/** Behind points for one figure stands that figure. */
function scoredPart(score: ScoreEvidence | undefined): ScorePart | undefined {
  return score?.parts.length === 1 ? score.parts[0] : undefined;
}

function figureText(program: Rules, { kpi, value, full }: ScorePart): string {
  if (kpi === null || value === null) return '';
  const { unit } = program.kpis[kpi]!;
  if (unit === 'points' && full === null) return '';
  const quantity = { unit, currency: unit === 'money' ? program.currency.code : null };
  const has = quantityText(fractionOf(value), quantity);
  return full === null ? has : `${has} of ${quantityText(fractionOf(full), quantity)}`;
}

function pointsText(program: Rules, kpi: string, { brings, most }: ScorePart): string {
  const { unit } = program.kpis[kpi]!;
  const quantity = { unit, currency: unit === 'money' ? program.currency.code : null };
  if (brings === null) return '-';
  const has = quantityText(fractionOf(brings), quantity);
  if (most === null || unit !== 'points') return has;
  return `${has.split(' ')[0]} of ${quantityText(fractionOf(most), quantity)}`;
}

/**
 * What each part could still bring: "Certified people could bring 8 (12 of 20 points)".
 * @param overSince The last day of the periods that a KPI looks at, where they are over; null where they are not.
 */
export function couldBring(lines: readonly ScoreLine[], overSince: (kpi: string) => string | null): string[] {
  const said = lines
    .filter(({ hasParts, isTaken }) => !hasParts && !isTaken)
    .flatMap((line) => couldBringOne(line, line.kpi === null ? null : overSince(line.kpi)) ?? []);
  const open = said.flatMap(({ isOpen, words }) => (isOpen ? [words] : []));
  const limited = said.flatMap(({ isOpen, words }) => (isOpen ? [] : [words]));
  return open.length === 0 ? limited : [...limited, `without a limit: ${open.join(', ')}`];
}

/** What a part could still bring, and whether that has no limit. */
interface Brings {
  words: string;
  isOpen: boolean;
}

function couldBringOne(
  { label, counts, note, brings, most, points, figure, isOperand }: ScoreLine,
  over: string | null,
): Brings | null {
  const limited = (words: string) => ({ words, isOpen: false });
  if (!counts) return note === null ? null : limited(`${label} does not count yet (${note})`);
  if (brings === null) return limited(`${label}: ${note}`);
  const now = [...new Set([figure, points, note ?? ''])].filter((one) => one !== '').join(', ');
  const rest = most === null ? null : fractionOf(most).sub(fractionOf(brings));
  if (rest?.lte(0) === true) return null;
  if (over !== null) return limited(`${label} counts what was there by ${over} (${now})`);
  if (rest === null) return isOperand ? null : { words: `${label} (${now})`, isOpen: true };
  const more = quantityText(rest, { unit: 'points', currency: null }).split(' ')[0];
  return limited(`${label} could bring ${more} (${now})`);
}

function fractionOf({ numerator, denominator }: Rational): Fraction {
  return exactRatio(numerator, denominator);
}
