import { exactText } from '../../program/exact.ts';
import type { ScoreDefinition } from '../../program/schema/score.ts';
import { isKpiName } from '../../program/threshold.ts';
import {
  added,
  asItIs,
  type Context,
  numbers,
  type Outcome,
  rational,
  readPart,
  withoutSegment,
} from './part.ts';

/**
 * One KPI as many times as a number or another KPI says. Both are taken as they are: the fewest or the most of one of them
 * says nothing of what comes out.
 */
export function multipliedBy(context: Context, { of, by }: NonNullable<ScoreDefinition['product']>): Outcome {
  const [number] = isKpiName(by) ? [] : (numbers(context, [by]) ?? []);
  if (!isKpiName(by) && number === undefined) return withoutSegment(context);
  const own = readPart(context, of, asItIs);
  const other = isKpiName(by) ? readPart(context, by, asItIs) : undefined;
  const both = added(other === undefined ? [own] : [own, other]);
  if (both.value === null) return both;
  const isPercent = isKpiName(by) && context.program.kpis[by]!.unit === 'percent';
  const factor = (number ?? other!.brings!).div(isPercent ? 100 : 1);
  const value = own.brings!.mul(factor);
  const row = { ...own.row, brings: rational(value) };
  const parts =
    other === undefined
      ? [{ ...row, note: own.row.note ?? `times ${exactText(factor)}` }]
      : [row, { ...other.row, brings: null, note: 'it is multiplied by this' }];
  return { ...both, value, parts };
}
