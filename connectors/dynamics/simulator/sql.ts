import peggy from 'peggy';
import { refusals } from './errors.ts';
import type { Filter, Order } from './odata/ast.ts';
import { condition } from './odata/conditions.ts';
import type { Query } from './query-options.ts';
import type { Table } from './types.ts';

/**
 * The read-only SQL that a set of rows takes (`accounts?sql=SELECT name FROM account`), as far as it is about one table. No page
 * of the platform's documentation describes it; this is what Microsoft's Python client sends, less joins and aggregates.
 */
const grammar = String.raw`
{{ const list = (first, rest) => [first, ...rest]; }}

Statement
  = _ "SELECT"i __ top:("TOP"i __ @Digits __)? columns:Columns __ "FROM"i __ table:Name alias:Alias?
    where:(__ "WHERE"i __ @Any)? order:(__ "ORDER"i __ "BY"i __ @Orders)? _ ";"? _
    { return { top, columns, table, where, order }; }
Alias = __ ("AS"i __)? !("WHERE"i / "ORDER"i) @Name
Columns = "*" { return null; } / first:Column rest:(Comma @Column)* { return list(first, rest); }
Orders = first:Order rest:(Comma @Order)* { return list(first, rest); }
Order = column:Column direction:(__ @("ASC"i / "DESC"i))? { return { column, descending: /^desc$/i.test(direction ?? '') }; }

Any = first:All rest:(__ "OR"i __ @All)* { return rest.reduce((left, right) => ({ kind: 'or', left, right }), first); }
All = first:One rest:(__ "AND"i __ @One)* { return rest.reduce((left, right) => ({ kind: 'and', left, right }), first); }
One
  = "NOT"i __ of:One { return { kind: 'not', of }; }
  / "(" _ @Any _ ")"
  / column:Column __ "IS"i __ not:("NOT"i __)? "NULL"i { return { column, operator: not ? 'not-null' : 'null', values: [] }; }
  / column:Column __ not:("NOT"i __)? "IN"i _ "(" _ first:Value rest:(Comma @Value)* _ ")"
    { return { column, operator: not ? 'not-in' : 'in', values: list(first, rest) }; }
  / column:Column __ not:("NOT"i __)? "LIKE"i __ value:Value
    { return { column, operator: not ? 'not-like' : 'like', values: [value] }; }
  / column:Column __ "BETWEEN"i __ low:Value __ "AND"i __ high:Value
    { return { column, operator: 'between', values: [low, high] }; }
  / column:Column _ operator:Operator _ value:Value { return { column, operator, values: [value] }; }
Operator
  = ("<>" / "!=") { return 'ne'; } / ">=" { return 'ge'; } / "<=" { return 'le'; }
  / "=" { return 'eq'; } / ">" { return 'gt'; } / "<" { return 'lt'; }

Column = (Name ".")? @Name
Name = "[" @$[A-Za-z0-9_]+ "]" / $([A-Za-z_] [A-Za-z0-9_]*)
Value = "N"i? "'" parts:("''" { return "'"; } / [^'])* "'" { return parts.join(''); } / $("-"? [0-9]+ ("." [0-9]+)?)
Digits = digits:$[0-9]+ { return Number(digits); }
Comma = _ "," _
_ = [ \t\r\n]*
__ = [ \t\r\n]+
`;

const parser = peggy.generate(grammar);

type Condition =
  | { kind: 'and' | 'or'; left: Condition; right: Condition }
  | { kind: 'not'; of: Condition }
  | { kind?: undefined; column: string; operator: string; values: string[] };

interface Statement {
  top: number | null;
  columns: string[] | null;
  table: string;
  where: Condition | null;
  order: { column: string; descending: boolean }[] | null;
}

/** Reads a statement about the table. Throws 400 for what is no such SQL, and for names that do not exist. */
export function readSql(table: Table, text: string): Pick<Query, 'select' | 'filter' | 'orderBy' | 'top'> {
  const { top, columns, where, order, table: name } = parsed(text);
  if (name.toLowerCase() !== table.logicalName)
    throw refusals.badQuery('The SQL statement is not about the entity set of the address.');
  return {
    ...(columns === null ? {} : { select: columns.map((each) => columnOf(table, each)) }),
    ...(where === null ? {} : { filter: filterOf(table, where) }),
    ...(top === null ? {} : { top }),
    orderBy: (order ?? []).map(
      ({ column, descending }): Order => ({
        path: { kind: 'path', steps: [columnOf(table, column)] },
        descending,
      }),
    ),
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

function columnOf(table: Table, given: string): string {
  const name = given.toLowerCase();
  if (!table.columns.has(name)) throw refusals.noColumn(table.logicalName, name);
  return name;
}

function filterOf(table: Table, given: Condition): Filter {
  switch (given.kind) {
    case 'and':
    case 'or':
      return { kind: given.kind, left: filterOf(table, given.left), right: filterOf(table, given.right) };
    case 'not':
      return { kind: 'not', of: filterOf(table, given.of) };
    default:
      return condition(table, { ...given, column: given.column.toLowerCase() });
  }
}
