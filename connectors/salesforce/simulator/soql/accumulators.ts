/** The running state of the aggregate functions. Absent values take no part. */

import type { FieldValue } from '../types.ts';
import type { Operand } from './operands.ts';

export interface Accumulator {
  add(value: FieldValue): void;
  value(): FieldValue;
}

/** The type of a function's result. */
export function resultType(name: string, argumentType: string): string {
  if (name === 'COUNT' || name === 'COUNT_DISTINCT') return 'int';
  if (name === 'AVG') return 'double';
  return argumentType;
}

/** Sums in whole units of the field's last decimal place, so that money adds up exactly. */
function sumOf(scale: number) {
  const unit = 10 ** Math.min(Math.max(scale, 0), 8);
  let total = 0n;
  let count = 0;
  return {
    add(value: FieldValue): void {
      if (typeof value !== 'number') return;
      total += BigInt(Math.round(value * unit));
      count++;
    },
    sum: () => (count === 0 ? null : Number(total) / unit),
    average: () => (count === 0 ? null : Number(total) / (unit * count)),
  };
}

function extreme(
  wins: (a: FieldValue, b: FieldValue) => boolean,
  fold: (value: FieldValue) => FieldValue,
): Accumulator {
  let best: FieldValue = null;
  return {
    add(value) {
      if (value !== null && value !== '' && (best === null || wins(fold(value), fold(best)))) best = value;
    },
    value: () => best,
  };
}

function fold(value: FieldValue): FieldValue {
  return typeof value === 'string' ? value.toLowerCase() : value;
}

/** Makes fresh states of a function over an operand. */
export function accumulatorFor(name: string, operand: Operand): () => Accumulator {
  const folds = operand.domain === 'text' || operand.domain === 'multi' ? fold : (value: FieldValue) => value;
  switch (name) {
    case 'COUNT':
      return () => {
        let count = 0;
        return {
          add(value) {
            if (value !== null && value !== '') count++;
          },
          value: () => count,
        };
      };
    case 'COUNT_DISTINCT':
      return () => {
        const seen = new Set<FieldValue>();
        return {
          add(value) {
            if (value !== null && value !== '') seen.add(folds(value));
          },
          value: () => seen.size,
        };
      };
    case 'SUM':
    case 'AVG':
      return () => {
        const state = sumOf(operand.field.scale);
        return { add: state.add, value: name === 'SUM' ? state.sum : state.average };
      };
    case 'MIN':
      return () => extreme((a, b) => (a as string) < (b as string), folds);
    default:
      return () => extreme((a, b) => (a as string) > (b as string), folds);
  }
}
