/** Compiles a SELECT list once: to a function that makes the JSON record of a row, and to descriptions of its columns. */

import type { FieldFunctionExpression, FieldType, FieldTypeOf, Subquery } from '@jetstreamapp/soql-parser-js';
import { addressValue } from '../compound.ts';
import type { FieldMeta, FieldValue, ObjectMeta, Row } from '../types.ts';
import { type ColumnMetadata, type FlatColumn, fieldColumn, joinColumn } from './columns.ts';
import {
  fieldNamed,
  type Hop,
  objectBehind,
  relationshipOf,
  resolveField,
  segmentsOf,
  type Target,
  typeNameOf,
} from './fields.ts';
import { labelOf, type Place, unsupported } from './operands.ts';
import { formatted, jsonValue } from './values.ts';

/** A record as JSON answers carry it. */
export type JsonRecord = Record<string, unknown>;

/** A child query, compiled: the value for one parent row. */
export interface ChildPlan {
  name: string;
  columns: ColumnMetadata[];
  answer(parent: Row): JsonRecord | null;
}

/** What no flat table can hold. */
export type NotFlat = 'aggregate' | 'child' | 'compound' | 'typeof' | 'unbounded';

export interface Selection {
  project(row: Row): JsonRecord;
  columns: ColumnMetadata[];
  flat: FlatColumn[];
  /** What keeps the answer from being a flat table, if anything does. */
  notFlat: NotFlat | undefined;
  idSelected: boolean;
}

type Read = (target: Target) => unknown;

interface Node {
  object: ObjectMeta;
  /** By key in lower case, in the order of first mention. */
  entries: Map<string, Entry>;
}

type Entry =
  | { kind: 'value'; key: string; read: Read; column: ColumnMetadata }
  | { kind: 'parent'; key: string; hop: Hop; node: Node };

interface Builder {
  place: Place;
  root: Node;
  flat: FlatColumn[];
  notFlat: NotFlat | undefined;
  compileChild(subquery: Subquery): ChildPlan;
}

function addValue(node: Node, entry: Extract<Entry, { kind: 'value' }>, builder: Builder): void {
  const key = entry.key.toLowerCase();
  if (node.entries.has(key))
    throw builder.place.scope.problems.invalidField(`duplicate field selected: ${entry.key}`, entry.key);
  node.entries.set(key, entry);
}

function parentNode(node: Node, segment: string, path: string, builder: Builder): Node {
  const hop = relationshipOf(node.object, segment, builder.place.scope, path);
  const key = hop.name.toLowerCase();
  const known = node.entries.get(key);
  if (known?.kind === 'parent') return known.node;
  const child: Node = { object: objectBehind(hop), entries: new Map() };
  node.entries.set(key, { kind: 'parent', key: hop.name, hop, node: child });
  return child;
}

function reader(field: FieldMeta, owner: ObjectMeta): Read {
  const { name, type } = field;
  if (type === 'address') return ({ row }) => addressValue(field, row);
  if (owner.name === 'Name' && name === 'Type') return typeNameOf;
  return ({ row }) => jsonValue(type, row[name]);
}

interface Shape {
  alias?: string | undefined;
  convert?: (field: FieldMeta, value: FieldValue) => FieldValue;
}

function addField(path: string, builder: Builder, shape: Shape = {}): void {
  const { place } = builder;
  const resolved = resolveField(path, place.object, place.scope, place.alias);
  let node = builder.root;
  for (const segment of segmentsOf(path, place.object, place.alias).slice(0, -1))
    node = parentNode(node, segment, path, builder);
  const { field } = resolved;
  const key = shape.alias ?? field.name;
  const { convert } = shape;
  const read: Read = convert
    ? ({ row }) => convert(field, row[field.name] ?? null)
    : reader(field, resolved.object);
  addValue(node, { kind: 'value', key, read, column: fieldColumn(field, key) }, builder);
  if (field.type === 'address' || field.type === 'location') builder.notFlat = 'compound';
  const header = shape.alias ?? [...resolved.hops.map((hop) => hop.name), field.name].join('.');
  const { get } = resolved;
  builder.flat.push({
    header,
    type: convert ? 'string' : field.type,
    get: convert ? (row) => convert(field, get(row)) : get,
  });
}

/** The conversions that may wrap a field: toLabel, FORMAT, convertCurrency, and FORMAT(convertCurrency()). */
function conversionOf(
  fn: FieldFunctionExpression,
  place: Place,
): { path: string; convert: NonNullable<Shape['convert']> } {
  const name = fn.functionName.toUpperCase();
  const inner = fn.parameters.length === 1 ? fn.parameters[0] : undefined;
  if (inner === undefined) throw unsupported(fn, place);
  if (name === 'TOLABEL' && typeof inner === 'string') return { path: inner, convert: labelOf };
  if (name === 'CONVERTCURRENCY' && typeof inner === 'string') {
    // without several currencies every amount is in the user's own; with them the rates would be needed
    if (fieldNamed(place.object, 'CurrencyIsoCode')) throw unsupported(fn, place);
    return { path: inner, convert: (_field, value) => value };
  }
  if (name !== 'FORMAT') throw unsupported(fn, place);
  const path = typeof inner === 'string' ? inner : conversionOf(inner, place).path;
  return { path, convert: (field, value) => formatted(field, value, place.scope.caller.timeZone) };
}

function addFunction(fn: FieldFunctionExpression, builder: Builder): void {
  const { place } = builder;
  if (fn.functionName.toUpperCase() === 'FIELDS') {
    const which = String(fn.parameters[0]);
    for (const name of fieldsOf(which, place)) addField(name, builder);
    if (which.toUpperCase() !== 'STANDARD') builder.notFlat = 'unbounded';
    return;
  }
  const { path, convert } = conversionOf(fn, place);
  addField(path, builder, { alias: fn.alias, convert });
}

function fieldsOf(which: string, place: Place): string[] {
  const { caller, problems } = place.scope;
  const kind = which.toUpperCase();
  if (!['ALL', 'STANDARD', 'CUSTOM'].includes(kind))
    throw problems.malformed(`unexpected token: '${which}'`, which);
  return place.object.fields
    .filter((field) => kind === 'ALL' || field.custom === (kind === 'CUSTOM'))
    .filter((field) => caller.canReadField(place.object, field))
    .map((field) => field.name);
}

function addTypeOf(item: FieldTypeOf, builder: Builder): void {
  const { place } = builder;
  const { problems, source } = place.scope;
  const hop = relationshipOf(place.object, item.field, place.scope);
  if (!hop.polymorphic)
    throw problems.malformed(`TYPEOF needs a polymorphic relationship: ${item.field}`, item.field);
  const nodes = new Map<string, Node>();
  for (const { type, objectType, fieldList } of item.conditions) {
    const object = type === 'ELSE' ? objectBehind(hop) : source.object(objectType ?? '');
    if (!object) throw problems.noSuchType(objectType ?? '');
    const part = selectOf(fieldList, { ...place, object, alias: undefined }, builder);
    nodes.set(type === 'ELSE' ? '' : object.name, part);
  }
  const read: Read = ({ row }) => {
    const target = hop.follow(row);
    if (!target) return null;
    const node = nodes.get(target.object.name) ?? nodes.get('');
    return recordOf(node ?? { object: target.object, entries: new Map() }, target, place);
  };
  builder.notFlat = 'typeof';
  addValue(
    builder.root,
    { kind: 'value', key: hop.name, read, column: joinColumn(hop.name, false, []) },
    builder,
  );
}

function selectOf(paths: string[], place: Place, builder: Builder): Node {
  const root: Node = { object: place.object, entries: new Map() };
  for (const path of paths) addField(path, { ...builder, place, root, flat: [] });
  return root;
}

function addItem(item: FieldType, builder: Builder): void {
  const { problems } = builder.place.scope;
  if (item.type === 'FieldFunctionExpression') {
    addFunction(item, builder);
    return;
  }
  if (item.type === 'FieldTypeof') {
    addTypeOf(item, builder);
    return;
  }
  if (item.type === 'FieldSubquery') {
    const child = builder.compileChild(item.subquery);
    builder.notFlat = 'child';
    const column = joinColumn(child.name, true, child.columns);
    const read: Read = ({ row }) => child.answer(row);
    addValue(builder.root, { kind: 'value', key: child.name, read, column }, builder);
    return;
  }
  if ('alias' in item && item.alias !== undefined)
    throw problems.malformed('only aggregate expressions use field aliasing', item.alias);
  const path = 'rawValue' in item && item.rawValue ? item.rawValue : item.field;
  addField(path, builder);
}

function recordOf(node: Node, target: Target, place: Place): JsonRecord {
  const version = place.scope.apiVersion;
  const url = `/services/data/v${version}/sobjects/${target.object.name}/${String(target.row.Id)}`;
  const record: JsonRecord = { attributes: { type: node.object.name, url } };
  for (const entry of node.entries.values()) {
    if (entry.kind === 'value') {
      record[entry.key] = entry.read(target);
      continue;
    }
    const parent = entry.hop.follow(target.row);
    record[entry.key] = parent ? recordOf(entry.node, parent, place) : null;
  }
  return record;
}

function columnsOf(node: Node): ColumnMetadata[] {
  return [...node.entries.values()].map((entry) =>
    entry.kind === 'value' ? entry.column : joinColumn(entry.key, false, columnsOf(entry.node)),
  );
}

/** Compiles the list. @throws ApiError INVALID_FIELD, MALFORMED_QUERY */
export function compileSelect(
  items: FieldType[],
  place: Place,
  compileChild: (subquery: Subquery) => ChildPlan,
): Selection {
  const root: Node = { object: place.object, entries: new Map() };
  const builder: Builder = { place, root, flat: [], notFlat: undefined, compileChild };
  for (const item of items) addItem(item, builder);
  return {
    project: (row) => recordOf(root, { object: place.object, row }, place),
    columns: columnsOf(root),
    flat: builder.flat,
    notFlat: builder.notFlat,
    idSelected: root.entries.has('id'),
  };
}
