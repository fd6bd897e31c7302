import type { Fraction } from 'fraction.js';
import { exact } from '../../program/exact.ts';

/** Where a figure stands, which way it moves, and what is worth trying on the way. */
export interface FigureSearch {
  from: Fraction;
  direction: 'more' | 'less';
  /** Figures at which something changes its course: thresholds, bounds of bands. */
  turns: readonly Fraction[];
  /** The smallest step that a figure is shown with, such as 0.01 of money. */
  step: Fraction;
  /** The figure cannot go further than this; null for no end. */
  end: Fraction | null;
  /** Whether a figure is enough. */
  isEnough(figure: Fraction): boolean;
}

/** How many times as far as the last turn the search goes where there is no end. */
const farTimes = 10n ** 12n;

/**
 * The figure next to `from` that is enough; null where none is. Between two turns what is enough stays enough, so that a
 * turn, or what is a step behind it, tells of everything before it. The answer is a turn itself or a multiple of the step,
 * and a step less is not enough.
 */
export function nearestFigure(search: FigureSearch): Fraction | null {
  const { from, isEnough } = search;
  let short = from;
  for (const figure of [...turnsAhead(search), farAhead(search)]) {
    if (isBefore(search, short, figure) && isEnough(figure)) return between(search, short, figure);
    short = figure;
  }
  return null;
}

/** The turns ahead in the order in which they come, each with what is a step behind it. */
function turnsAhead(search: FigureSearch): Fraction[] {
  const { from, turns, step } = search;
  const both = turns.flatMap((turn) => [turn, ahead(search, turn, step)]);
  const found = both.filter((figure) => isBefore(search, from, figure) && isWithin(search, figure));
  return found.sort((one, other) => (isBefore(search, one, other) ? -1 : 1));
}

/** The end behind the last turn, or a figure that is as good as one. */
function farAhead(search: FigureSearch): Fraction {
  const { from, step, end } = search;
  if (end !== null) return end;
  const last = turnsAhead(search).at(-1) ?? from;
  const reach = [step, last.sub(from).abs(), from.abs()].reduce((most, one) => (one.gt(most) ? one : most));
  return ahead(search, last, reach.mul(farTimes));
}

/** The first figure behind `short`, which is not enough, up to `enough`, which is. */
function between(search: FigureSearch, short: Fraction, enough: Fraction): Fraction {
  const { step, direction, isEnough } = search;
  const sign = direction === 'more' ? 1 : -1;
  const steps = (figure: Fraction) => figure.mul(sign).div(step);
  const figureAt = (count: bigint) => {
    const figure = step.mul(exact(count)).mul(sign);
    return isBefore(search, enough, figure) ? enough : figure;
  };
  let low = wholeOf(steps(short).floor());
  let high = wholeOf(steps(enough).ceil());
  while (high - low > 1n) {
    const middle = (low + high) / 2n;
    if (isBefore(search, short, figureAt(middle)) && isEnough(figureAt(middle))) high = middle;
    else low = middle;
  }
  return figureAt(high);
}

function wholeOf(figure: Fraction): bigint {
  return figure.s * figure.n;
}

function ahead({ direction }: FigureSearch, figure: Fraction, by: Fraction): Fraction {
  return direction === 'more' ? figure.add(by) : figure.sub(by);
}

function isBefore({ direction }: FigureSearch, one: Fraction, other: Fraction): boolean {
  return direction === 'more' ? one.lt(other) : one.gt(other);
}

function isWithin(search: FigureSearch, figure: Fraction): boolean {
  return search.end === null || !isBefore(search, search.end, figure);
}
