import type { Fraction } from 'fraction.js';
import type { KpiUnit } from '../../program/schema/kpi.ts';
import type { ScoreDefinition } from '../../program/schema/score.ts';
import { isKpiName } from '../../program/threshold.ts';
import { emptyQuotient } from '../figure.ts';
import {
  added,
  asItIs,
  type Context,
  numbers,
  type Outcome,
  type Part,
  rational,
  readPart,
  withoutSegment,
} from './part.ts';

/**
 * One KPI divided by another one or by a number. Both are taken as they are: a part without a figure has no fewest and no
 * most that could stand for it.
 */
export function dividedBy(
  context: Context,
  { ratio, unit }: { ratio: NonNullable<ScoreDefinition['ratio']>; unit: KpiUnit },
): Outcome {
  const found = numbers(context, [...(isKpiName(ratio.to) ? [] : [ratio.to]), ratio.per ?? 1]);
  if (found === undefined) return withoutSegment(context);
  const per = found.at(-1)!.mul(unit === 'percent' ? 100 : 1);
  const over = readPart(context, ratio.of, asItIs);
  const under = isKpiName(ratio.to) ? readPart(context, ratio.to, asItIs) : undefined;
  const both = added(under === undefined ? [over] : [over, under]);
  if (both.value === null) return both;
  const divisor = under?.brings ?? found[0]!;
  return divisor.lte(0) ? overNothing({ over, under: under! }) : quotient({ over, under, divisor, per });
}

interface Operands {
  over: Part;
  /** Undefined for a number. */
  under: Part | undefined;
}

function quotient({ over, under, divisor, per }: Operands & { divisor: Fraction; per: Fraction }): Outcome {
  const value = over.brings!.div(divisor).mul(per);
  return { value, parts: rowsOf({ over, under }, value), reason: null, error: null };
}

function overNothing({ over, under }: { over: Part; under: Part }): Outcome {
  return {
    value: null,
    parts: rowsOf({ over, under }, null),
    reason: `${under.row.label} is ${under.brings!.equals(0) ? '0' : 'below 0'}, so that there is nothing to divide ${over.row.label} by`,
    error: null,
    empty: emptyQuotient(over.brings!, under.brings!),
  };
}

/** What is divided brings the whole figure, and what it is divided by nothing of it. */
function rowsOf({ over, under }: Operands, value: Fraction | null): Outcome['parts'] {
  const row = {
    ...over.row,
    brings: rational(value),
    note: value === null ? 'there is nothing to divide it by' : over.row.note,
  };
  return under === undefined ? [row] : [row, { ...under.row, brings: null, note: 'it is divided by this' }];
}
