import type { ScoreForm } from '../../program/score-parts.ts';

/** An exact number. */
export interface Rational {
  numerator: string;
  denominator: string;
}

/** What a score is made of; kept with the figure and with every decision that rests on it. */
export interface ScoreEvidence {
  form: ScoreForm;
  /** Track of the partner that its numbers were taken for; null where they do not differ. */
  track: string | null;
  /** Its region, the same way. */
  region: string | null;
  /** The most that the score can be; null where there is no limit. */
  most: Rational | null;
  /** Why there is no figure. */
  reason: string | null;
  parts: ScorePart[];
}

/** One part of a score: a KPI, or plain points. */
export interface ScorePart {
  kpi: string | null;
  label: string;
  /** Its figure in its own unit; null where there is none. */
  value: Rational | null;
  /** The figure that is enough for all that the part can bring; null where none is named. */
  full: Rational | null;
  /** What it brings to the score, below 0 where it is taken away; null where that is not known, or where it does not count. */
  brings: Rational | null;
  /** The most that it can bring; null where there is no limit, and for what is taken away. */
  most: Rational | null;
  /** Whether it counts: of the best only the best, of steps those whose conditions hold. */
  counts: boolean;
  /** Why it does not count, or has no figure. */
  note: string | null;
}
