import peggy from 'peggy';
import { refusals } from './errors.ts';
import {
  type Aggregate,
  type Join,
  type JoinOrder,
  type JoinPlan,
  type Output,
  pathTo,
} from './joins/plan.ts';
import type { Filter } from './odata/ast.ts';
import { condition } from './odata/conditions.ts';
import { jsonName } from './row-json.ts';
import type { Schema } from './schema.ts';
import { sqlGrammar } from './sql-grammar.ts';
import type { Column, Table } from './types.ts';

/**
 * The read-only SQL that a set of rows takes (`accounts?sql=SELECT name FROM account`). No page of the platform's
 * documentation describes it; this is what Microsoft's Python client says that it takes: joins, aggregates and groups,
 * DISTINCT, TOP, OFFSET; no subqueries, no HAVING, no functions.
 */
const parser = peggy.generate(sqlGrammar);

interface Named {
  /** The name or alias of a table in front of the column's. */
  table: string | null;
  name: string;
}

interface Expression {
  aggregate: Aggregate | null;
  /** Null for COUNT(*). */
  column: Named | null;
  isDistinct: boolean;
}

type Condition =
  | { kind: 'and' | 'or'; left: Condition; right: Condition }
  | { kind: 'not'; of: Condition }
  | { kind?: undefined; column: Named; operator: string; values: string[]; other?: undefined }
  | { kind?: undefined; column: Named; operator: string; other: Named };

interface Statement {
  isDistinct: boolean;
  top: number | null;
  /** Null for *. */
  items: (Expression & { alias: string | null })[] | null;
  table: { name: string; alias: string | null };
  joins: { kind: Join['kind']; table: Statement['table']; on: { left: Named; right: Named } }[];
  where: Condition | null;
  groups: Named[] | null;
  orders: { by: Expression; descending: boolean }[] | null;
  page: { skip: number; size: number | null } | null;
}

/** Tables of a statement by their names in it, the first one under null. */
interface Tables {
  schema: Schema;
  all: { table: Table; name: string; alias: string | null }[];
}

interface Found {
  table: Table;
  alias: string | null;
  column: Column;
}

/** Reads a statement about the table. Throws 400 for what is no such SQL, and for names that do not exist. */
export function readSql(schema: Schema, table: Table, text: string): JoinPlan {
  const statement = parsed(text);
  if (statement.table.name.toLowerCase() !== table.logicalName)
    throw refusals.badQuery('The SQL statement is not about the entity set of the address.');
  const first = { table, name: (statement.table.alias ?? table.logicalName).toLowerCase(), alias: null };
  const tables: Tables = { schema, all: [first] };
  const joins = statement.joins.map((each) => joinOf(tables, each));
  const outputs = outputsOf(tables, table, statement);
  const isAggregate = statement.groups !== null || outputs.some(({ aggregate }) => aggregate !== undefined);
  if (isAggregate) checkGroups(tables, statement, outputs);
  return {
    table,
    joins,
    filter: statement.where === null ? undefined : filterOf(tables, statement.where),
    outputs,
    isAggregate,
    isDistinct: statement.isDistinct,
    omitsBlanks: false,
    orders: (statement.orders ?? []).map((each) => orderOf(tables, outputs, each)),
    skip: statement.page?.skip ?? 0,
    top: statement.page?.size ?? statement.top,
  };
}

function parsed(text: string): Statement {
  try {
    return parser.parse(text) as Statement;
  } catch (error) {
    if (!(error instanceof parser.SyntaxError)) throw error;
    const { offset } = (error as peggy.parser.SyntaxError).location.start;
    throw refusals.badQuery(
      `The SQL statement cannot be read from position ${offset} on: '${text.slice(offset)}'.`,
    );
  }
}

function joinOf(tables: Tables, { kind, table: { name, alias }, on }: Statement['joins'][number]): Join {
  const table = tables.schema.table(name.toLowerCase());
  if (table === undefined)
    throw refusals.badQuery(`The entity with a name = '${name}' with namemapping = 'Logical' was not found.`);
  const called = (alias ?? name).toLowerCase();
  if (tables.all.some((each) => each.name === called))
    throw refusals.badQuery(`The name '${called}' is used twice.`);
  tables.all.push({ table, name: called, alias: called });
  const ends = [find(tables, on.left), find(tables, on.right)];
  const own = ends.find((each) => each.alias === called);
  const other = ends.find((each) => each.alias !== called);
  if (own === undefined || other === undefined)
    throw refusals.badQuery(`The join with '${called}' does not compare it with a table before it.`);
  return { alias: called, table, from: own.column, to: pathTo(other.table, other.column, other.alias), kind };
}

/** A column without a table in front is that of the first table that has it. */
function find({ all }: Tables, { table: given, name: written }: Named): Found {
  const name = written.toLowerCase();
  const named = given === null ? all : all.filter((each) => each.name === given.toLowerCase());
  const [nearest] = named;
  if (nearest === undefined)
    throw refusals.badQuery(`The table or alias '${given}' is not in the statement.`);
  const { table, alias } = named.find((each) => each.table.columns.has(name)) ?? nearest;
  const column = table.columns.get(name);
  if (column === undefined) throw refusals.noColumn(table.logicalName, name);
  return { table, alias, column };
}

/** Columns keep their names, whichever table they are of, unless an alias gives them another one. */
function outputsOf(tables: Tables, table: Table, { items }: Statement): Output[] {
  if (items === null) {
    const columns = [...table.columns.values()].filter(({ type }) => type !== 'Virtual');
    return columns.map((column) => ({ name: jsonName(column), path: pathTo(table, column), isNamed: false }));
  }
  return items.map(({ alias, ...each }) => {
    const output = outputOf(tables, table, each);
    return alias === null ? output : { ...output, isNamed: true, name: alias };
  });
}

function outputOf(
  tables: Tables,
  table: Table,
  { aggregate, column: named, isDistinct }: Expression,
): Output {
  const found =
    named === null
      ? { table, alias: null, column: table.columns.get(table.primaryId)! }
      : find(tables, named);
  const path = pathTo(found.table, found.column, found.alias);
  if (aggregate === null) return { name: jsonName(found.column), path, isNamed: found.alias !== null };
  const name =
    named === null
      ? 'count'
      : `${aggregate === 'countcolumn' ? 'count' : aggregate}_${found.column.logicalName}`;
  return { name, path, isNamed: true, aggregate, isDistinct };
}

const isSame = (one: Output, other: Output): boolean =>
  one.path.column === other.path.column &&
  one.path.variable === other.path.variable &&
  one.aggregate === other.aggregate;

/** What is not counted must be grouped by, as the database asks. */
function checkGroups(tables: Tables, { groups }: Statement, outputs: readonly Output[]): void {
  const found = (groups ?? []).map((each) => find(tables, each));
  for (const { aggregate, path, name } of outputs) {
    const isGrouped = found.some(({ column, alias }) => column === path.column && alias === path.variable);
    if (aggregate === undefined && !isGrouped)
      throw refusals.badQuery(
        `The column '${name}' is invalid in the select list because it is not contained in either an aggregate function or the GROUP BY clause.`,
      );
  }
}

/** By what the statement answers, under its name or as it is written, or by another column. */
function orderOf(
  tables: Tables,
  outputs: readonly Output[],
  { by: given, descending }: NonNullable<Statement['orders']>[number],
): JoinOrder {
  const name = given.aggregate === null && given.column?.table === null ? given.column.name : null;
  const named = outputs.find((each) => name !== null && each.name.toLowerCase() === name.toLowerCase());
  if (named !== undefined) return { by: named, descending };
  const by = outputOf(tables, tables.all[0]!.table, given);
  const same = outputs.find((each) => isSame(each, by));
  if (same === undefined && given.aggregate !== null)
    throw refusals.badQuery('Rows can be ordered by an aggregate that the statement answers only.');
  return { by: same ?? by, descending };
}

function filterOf(tables: Tables, given: Condition): Filter {
  switch (given.kind) {
    case 'and':
    case 'or':
      return { kind: given.kind, left: filterOf(tables, given.left), right: filterOf(tables, given.right) };
    case 'not':
      return { kind: 'not', of: filterOf(tables, given.of) };
    default:
      return comparisonOf(tables, given);
  }
}

function comparisonOf(tables: Tables, given: Extract<Condition, { kind?: undefined }>): Filter {
  const { table, alias, column } = find(tables, given.column);
  const { operator } = given;
  if (given.other === undefined)
    return condition(table, { column: column.logicalName, alias, operator, values: given.values });
  const other = find(tables, given.other);
  const path = (of: Found) => ({
    kind: 'path' as const,
    steps: of.alias === null ? [of.column.logicalName] : [of.alias, of.column.logicalName],
  });
  return {
    kind: 'compare',
    operator: operator as 'eq',
    left: path({ table, alias, column }),
    right: path(other),
  };
}
