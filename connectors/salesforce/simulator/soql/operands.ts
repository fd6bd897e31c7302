/** What stands on the left of a comparison, in GROUP BY or in ORDER BY: a field, or a function of one. */

import type { FieldFunctionExpression, FunctionExp } from '@jetstreamapp/soql-parser-js';
import type { FieldMeta, FieldValue, ObjectMeta, Row } from '../types.ts';
import { datePart, isDateFunction, needsInstant } from './date-functions.ts';
import { type ResolvedField, resolveField } from './fields.ts';
import type { Domain, Target } from './literals.ts';
import type { Scope } from './scope.ts';

export interface Operand extends Target {
  /** The same for two spellings of one operand: canonical names, functions in upper case. */
  id: string;
  field: FieldMeta;
  /** Set when the operand is the bare field. */
  path?: ResolvedField;
  get(row: Row): FieldValue;
}

const DOMAINS: Record<string, Domain> = {
  id: 'id',
  reference: 'id',
  multipicklist: 'multi',
  int: 'number',
  long: 'number',
  double: 'number',
  currency: 'number',
  percent: 'number',
  boolean: 'boolean',
  date: 'date',
  datetime: 'datetime',
};

/** How a field's values compare. */
export function domainOf(field: FieldMeta): Domain {
  const domain = DOMAINS[field.type];
  if (domain) return domain;
  return field.unique && field.caseSensitive ? 'exact' : 'text';
}

/** Where operands of one query are looked up. */
export interface Place {
  object: ObjectMeta;
  alias: string | undefined;
  scope: Scope;
}

export function fieldOperand(path: string, place: Place): Operand {
  const resolved = resolveField(path, place.object, place.scope, place.alias);
  const { field, get } = resolved;
  const domain = domainOf(field);
  const read = domain === 'boolean' ? (row: Row) => get(row) === true : get;
  const id = [...resolved.hops.map((hop) => hop.name), field.name].join('.');
  return { id, domain, type: field.type, name: path, field, path: resolved, get: read };
}

type AnyFunction = FunctionExp | FieldFunctionExpression;

function parameterOf(fn: AnyFunction): string | AnyFunction | undefined {
  return fn.parameters?.length === 1 ? fn.parameters[0] : undefined;
}

function dateOperand(fn: AnyFunction, name: string, place: Place): Operand {
  const inner = parameterOf(fn);
  const converts = typeof inner === 'object' && inner.functionName?.toLowerCase() === 'converttimezone';
  const path = converts ? parameterOf(inner) : inner;
  if (typeof path !== 'string') throw unsupported(fn, place);
  const operand = fieldOperand(path, place);
  const fits =
    operand.domain === 'datetime' || (operand.domain === 'date' && !converts && !needsInstant(name));
  if (!fits)
    throw place.scope.problems.invalidField(`field '${path}' does not support function ${name}`, path);
  const read = datePart(name, place.scope.source.fiscalYearStartMonth);
  const zone = converts ? place.scope.caller.timeZone : undefined;
  const type = name === 'DAY_ONLY' ? 'date' : 'int';
  return {
    id: `${name}(${zone ? `convertTimezone(${operand.id})` : operand.id})`,
    domain: type === 'date' ? 'date' : 'number',
    type,
    name: fn.rawValue ?? name,
    field: operand.field,
    get: (row) => read(operand.get(row), zone),
  };
}

/** The label of a picklist value. */
export function labelOf(field: FieldMeta, value: FieldValue): FieldValue {
  if (typeof value !== 'string') return value;
  const label = (one: string) => field.picklistValues.find((entry) => entry.value === one)?.label ?? one;
  return field.type === 'multipicklist' ? value.split(';').map(label).join(';') : label(value);
}

/** The refusal of a function that this engine does not evaluate. */
export function unsupported(fn: AnyFunction, place: Place) {
  const name = fn.functionName ?? '';
  return place.scope.problems.malformed(`unexpected token: '${name}'`, name);
}

/** A function that yields one value per row. @throws ApiError MALFORMED_QUERY for any other function */
export function functionOperand(fn: AnyFunction, place: Place): Operand {
  const name = (fn.functionName ?? '').toUpperCase();
  if (isDateFunction(name)) return dateOperand(fn, name, place);
  const path = parameterOf(fn);
  if (name !== 'TOLABEL' || typeof path !== 'string') throw unsupported(fn, place);
  const operand = fieldOperand(path, place);
  const { path: _bare, ...rest } = operand;
  return {
    ...rest,
    id: `toLabel(${operand.id})`,
    name: path,
    get: (row) => labelOf(operand.field, operand.get(row)),
  };
}
