import type { RankDefinition } from '../../program/schema/rank.ts';
import type { Rational } from '../score/evidence.ts';

/**
 * Where a partner stands among others; kept with the figure and with every decision that rests on it. It names nobody
 * else and says no figure of anybody else.
 */
export interface RankEvidence {
  as: RankDefinition['as'];
  /** The KPI that partners are compared by, and the partner's own figure of it; null where it has none. */
  of: string;
  value: Rational | null;
  /** What the partners of the group have in common; null where this partner is not ranked at all. */
  group: { attribute: string; value: string }[] | null;
  /** Partners of the group that have a figure, and those that have none. */
  size: number;
  withoutFigure: number;
  /** Null where it has none, and where figures are not compared by their order (share, ofAverage). */
  position: Rational | null;
  /** Other partners that have the same figure. */
  tied: number;
  /** Of a share and of an average: the sum of all figures of the group; null otherwise. */
  total: Rational | null;
}
