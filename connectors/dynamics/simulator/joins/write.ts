import { formattedValue, lookupTarget } from '../format.ts';
import type { At, FilterScope } from '../odata/filter.ts';
import { rowAt } from '../odata/scope.ts';
import { annotations, etagOf, type RowWriter, writeColumn } from '../row-json.ts';
import type { Row, Value } from '../types.ts';
import type { JoinPlan, Output } from './plan.ts';

type Json = Record<string, unknown>;

interface Writing extends Pick<RowWriter, 'state' | 'caller' | 'annotates'> {
  plan: JoinPlan;
}

/** An answered row as JSON. One that stands for a single row of the first table has its tag and its id. */
export function valuesJson(
  writing: Writing,
  scope: FilterScope,
  { values, at }: { values: readonly Value[]; at: At | undefined },
): Json {
  const { plan } = writing;
  const { table } = plan;
  const isRow = at !== undefined && !plan.isAggregate && !plan.isDistinct;
  const json: Json = isRow ? { '@odata.etag': etagOf(at.row) } : {};
  for (const [index, output] of plan.outputs.entries()) {
    const value = values[index] ?? null;
    if (value === null && plan.omitsBlanks) continue;
    if (isRow && !output.isNamed) {
      const { column } = output.path;
      writeColumn({ ...writing, table }, { column, row: at.row }, json);
    } else writeOutput(writing, scope, { output, value, at }, json);
  }
  if (isRow) json[table.primaryId] = at.row[table.primaryId];
  return json;
}

interface Written {
  output: Output;
  value: Value;
  at: At | undefined;
}

function writeOutput({ state, annotates }: Writing, scope: FilterScope, written: Written, json: Json): void {
  const { output, value, at } = written;
  json[output.name] = value;
  if (value === null) return;
  const text = annotates(annotations.formatted) ? textOf(scope, written) : null;
  if (text !== null) json[`${output.name}@${annotations.formatted}`] = text;
  const row = at === undefined ? undefined : rowAt(scope, output.path, at);
  const isLookup = output.path.column.targets !== undefined && output.aggregate === undefined;
  if (isLookup && row !== undefined && annotates(annotations.logicalName)) {
    const target = lookupTarget(state, output.path.column, row);
    if (target !== null) json[`${output.name}@${annotations.logicalName}`] = target.table.logicalName;
  }
}

const counts = (output: Output): boolean =>
  output.aggregate === 'count' || output.aggregate === 'countcolumn' || output.datePart !== undefined;

/** What people see of a value; of one that is computed, as of a value of its column. */
function textOf(scope: FilterScope, { output, value, at }: Written): string | null {
  const { column, table } = output.path;
  if (counts(output)) return typeof value === 'number' ? value.toLocaleString('en-US') : String(value);
  const row: Row = {
    ...(at === undefined ? {} : rowAt(scope, output.path, at)),
    [column.logicalName]: value,
  };
  return formattedValue(scope.state, { table, column, row });
}

/** What a value is ordered by: a choice by its label. */
export function orderText(scope: FilterScope, output: Output, value: Value): Value {
  const { column, table } = output.path;
  const isChoice = column.options !== undefined && output.aggregate === undefined;
  if (!isChoice || value === null) return value;
  return formattedValue(scope.state, { table, column, row: { [column.logicalName]: value } });
}
