import type { Caller } from '../access.ts';
import { DataverseError } from '../errors.ts';
import type { Literal } from '../odata/ast.ts';
import type { At, FilterScope } from '../odata/filter.ts';
import { compareValues } from '../odata/values.ts';
import type { RowWriter } from '../row-json.ts';
import { comparable } from '../rows.ts';
import type { State } from '../state.ts';
import type { Value } from '../types.ts';
import { groupsOf, outputValue } from './groups.ts';
import type { JoinOrder, JoinPlan, Output } from './plan.ts';
import { joinedRows, requireReadable } from './rows.ts';
import { orderText, valuesJson } from './write.ts';

export interface JoinRun {
  state: State;
  caller: Caller;
  annotates: RowWriter['annotates'];
  plan: JoinPlan;
  parameters: Readonly<Record<string, Literal>>;
  /** Rows of a page, and its number from 1. */
  pageSize: number;
  page: number;
}

export interface JoinPage {
  rows: Record<string, unknown>[];
  isMore: boolean;
  /** How many rows there are on all pages. */
  total: number;
  /** Id of the first table's row that the page ends with; absent for groups. */
  lastId?: string;
}

/** Rows that an aggregation may run over: https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/aggregate-data */
const mostAggregated = 50_000;

/** One row of the answer before it is written. */
interface Answered {
  values: Value[];
  at: At | undefined;
}

/** Answers one page of a query over joined tables. Throws 403 for a table that the caller may not read at all. */
export function runJoin(run: JoinRun): JoinPage {
  const { plan, page, pageSize } = run;
  const scope = scopeOf(run);
  requireReadable(scope, plan.table);
  const all = sorted(scope, plan, answered(scope, plan));
  const end = plan.top === null ? all.length : plan.skip + plan.top;
  const wanted = all.slice(plan.skip, end);
  const begin = (page - 1) * pageSize;
  const rows = wanted.slice(begin, begin + pageSize);
  const last = rows.at(-1)?.at;
  const write = (each: Answered) => valuesJson(run, scope, each);
  return {
    rows: rows.map(write),
    isMore: wanted.length > begin + pageSize,
    total: wanted.length,
    ...(last === undefined || plan.isAggregate ? {} : { lastId: String(last.row[plan.table.primaryId]) }),
  };
}

function scopeOf({ state, caller, plan, parameters }: JoinRun): FilterScope {
  const variables = new Map(plan.joins.map(({ alias, table }) => [alias, table]));
  return { state, caller, table: plan.table, variables, parameters };
}

function answered(scope: FilterScope, plan: JoinPlan): Answered[] {
  if (plan.isAggregate) {
    const rows = limited(joinedRows(scope, plan));
    return groupsOf(scope, plan.outputs, rows).map(({ values, sample }) => ({ values, at: sample }));
  }
  const all = [...joinedRows(scope, plan)].map(
    (at): Answered => ({ values: plan.outputs.map((each) => outputValue(scope, each, at)), at }),
  );
  if (!plan.isDistinct) return all;
  const keyOf = ({ values }: Answered) => JSON.stringify(values.map(comparable));
  return [...new Map(all.reverse().map((each) => [keyOf(each), each])).values()].reverse();
}

function limited(rows: Iterable<At>): At[] {
  const all: At[] = [];
  for (const at of rows) {
    all.push(at);
    if (all.length <= mostAggregated) continue;
    throw new DataverseError(
      400,
      '0x8004e023',
      'AggregateQueryRecordLimit exceeded. Cannot perform this operation.',
    );
  }
  return all;
}

/** Blanks come first in an ascending order; choices go by their labels, as in every query. */
function sorted(scope: FilterScope, plan: JoinPlan, all: Answered[]): Answered[] {
  if (plan.orders.length === 0) return all;
  const keyed = all.map((each) => ({
    each,
    keys: plan.orders.map(({ by }) => keyOf(scope, plan, each, by)),
  }));
  const compare = (order: JoinOrder, left: Value, right: Value): number => {
    const sign = order.descending ? -1 : 1;
    if (left === null || right === null) return sign * (Number(left !== null) - Number(right !== null));
    return sign * compareValues(order.by.path.column, left, right);
  };
  const first = (left: Value[], right: Value[]): number => {
    for (const [index, order] of plan.orders.entries()) {
      const found = compare(order, left[index] ?? null, right[index] ?? null);
      if (found !== 0) return found;
    }
    return 0;
  };
  return keyed.sort((left, right) => first(left.keys, right.keys)).map(({ each }) => each);
}

function keyOf(scope: FilterScope, plan: JoinPlan, { values, at }: Answered, by: Output): Value {
  const index = plan.outputs.indexOf(by);
  const value =
    index === -1 ? (at === undefined ? null : outputValue(scope, by, at)) : (values[index] ?? null);
  return orderText(scope, by, value);
}
