import { refusals } from '../errors.ts';
import { canonicalGuid } from '../ids.ts';
import type { Column, Value } from '../types.ts';
import type { Literal } from './ast.ts';

/** The literal in the stored form of the column that it is compared with. Throws 400 when it does not fit. */
export function literalFor(column: Column, literal: Literal): Value {
  switch (column.type) {
    case 'String':
    case 'Memo':
    case 'EntityName':
    case 'MultiSelectPicklist':
      if (literal.kind === 'string' || literal.kind === 'guid') return literal.value;
      break;
    case 'Boolean':
      if (literal.kind === 'boolean') return literal.value;
      break;
    case 'DateTime':
      return dateLiteral(column, literal);
    case 'Uniqueidentifier':
    case 'Lookup':
    case 'Customer':
    case 'Owner': {
      const id = literal.kind === 'guid' || literal.kind === 'string' ? canonicalGuid(literal.value) : null;
      if (id !== null) return id;
      break;
    }
    default:
      if (literal.kind === 'number') return Number(literal.text);
      // Numbers in quotes are taken for what they say.
      if (literal.kind === 'string' && /^-?\d+(\.\d+)?$/.test(literal.value)) return Number(literal.value);
  }
  throw mismatch();
}

function mismatch() {
  return refusals.badQuery(
    "A binary operator with incompatible types was detected. Found operand types for operator kind 'Equal'.",
  );
}

function dateLiteral(column: Column, literal: Literal): Value {
  if (literal.kind !== 'date' && literal.kind !== 'instant' && literal.kind !== 'string') throw mismatch();
  const time = Date.parse(literal.value);
  if (Number.isNaN(time)) throw mismatch();
  if (column.dateBehavior === 'DateOnly') return new Date(time).toISOString().slice(0, 10);
  return new Date(time).toISOString();
}

/** Negative, zero or positive, as two stored values of a column stand to each other. */
export function compareValues(column: Column, left: Value, right: Value): number {
  if (column.type === 'DateTime' && column.dateBehavior !== 'DateOnly')
    return Date.parse(String(left)) - Date.parse(String(right));
  if (typeof left === 'number' && typeof right === 'number') return left - right;
  if (typeof left === 'boolean' || typeof right === 'boolean') return Number(left) - Number(right);
  const [a, b] = [String(left).toLowerCase(), String(right).toLowerCase()];
  return a < b ? -1 : a > b ? 1 : 0;
}
