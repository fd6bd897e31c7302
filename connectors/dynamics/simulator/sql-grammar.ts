/** The SQL that a set of rows takes, as a grammar for peggy; sql.ts looks the names up. */
export const sqlGrammar = String.raw`
{{
  const list = (first, rest) => [first, ...rest];
  const chain = (kind, first, rest) => rest.reduce((left, right) => ({ kind, left, right }), first);
}}

Statement
  = _ "SELECT"i distinct:(__ "DISTINCT"i)? top:(__ @Top)? __ items:Items
    __ "FROM"i __ table:Table joins:Join* where:(__ "WHERE"i __ @Any)?
    groups:(__ "GROUP"i __ "BY"i __ first:Column rest:(Comma @Column)* { return list(first, rest); })?
    orders:(__ "ORDER"i __ "BY"i __ @Orders)? page:Page? _ ";"? _
    { return { isDistinct: distinct !== null, top, items, table, joins, where, groups, orders, page }; }
Top = "TOP"i _ size:("(" _ @Digits _ ")" / Digits) { return size; }
Table = name:Name alias:(__ ("AS"i __)? !Reserved @Name)? { return { name, alias }; }
Join
  = __ kind:JoinKind? "JOIN"i __ table:Table __ "ON"i _ on:("(" _ @On _ ")" / @On)
    { return { kind: kind ?? 'inner', table, on }; }
JoinKind = "INNER"i __ { return 'inner'; } / "LEFT"i __ ("OUTER"i __)? { return 'outer'; }
On = left:Column _ "=" _ right:Column { return { left, right }; }
Page
  = __ "OFFSET"i __ skip:Digits __ ("ROWS"i / "ROW"i)
    size:(__ "FETCH"i __ ("NEXT"i / "FIRST"i) __ @Digits __ ("ROWS"i / "ROW"i) __ "ONLY"i)?
    { return { skip, size }; }

Items = "*" { return null; } / first:Item rest:(Comma @Item)* { return list(first, rest); }
Item = value:Expression alias:(__ ("AS"i __)? !Reserved @Alias)? { return { ...value, alias }; }
Alias = Name / "'" name:$[^']+ "'" { return name; }
Expression = Aggregate / column:Column { return { aggregate: null, column, isDistinct: false }; }
Aggregate
  = "COUNT"i _ "(" _ "*" _ ")" { return { aggregate: 'count', column: null, isDistinct: false }; }
  / name:("COUNT"i / "SUM"i / "AVG"i / "MIN"i / "MAX"i) _ "(" _ distinct:("DISTINCT"i __)? column:Column _ ")"
    {
      const aggregate = name.toLowerCase();
      return { aggregate: aggregate === 'count' ? 'countcolumn' : aggregate, column, isDistinct: distinct !== null };
    }
Orders = first:Order rest:(Comma @Order)* { return list(first, rest); }
Order
  = by:Expression direction:(__ @("ASC"i / "DESC"i))? { return { by, descending: /^desc$/i.test(direction ?? '') }; }

Any = first:All rest:(__ "OR"i __ @All)* { return chain('or', first, rest); }
All = first:One rest:(__ "AND"i __ @One)* { return chain('and', first, rest); }
One
  = "NOT"i __ of:One { return { kind: 'not', of }; }
  / "(" _ @Any _ ")"
  / column:Column __ "IS"i __ not:("NOT"i __)? "NULL"i { return { column, operator: not ? 'not-null' : 'null', values: [] }; }
  / column:Column __ not:("NOT"i __)? "IN"i _ "(" _ first:Value rest:(Comma @Value)* _ ")"
    { return { column, operator: not ? 'not-in' : 'in', values: list(first, rest) }; }
  / column:Column __ not:("NOT"i __)? "LIKE"i __ value:Value
    { return { column, operator: not ? 'not-like' : 'like', values: [value] }; }
  / column:Column __ not:("NOT"i __)? "BETWEEN"i __ low:Value __ "AND"i __ high:Value
    { return { column, operator: not ? 'not-between' : 'between', values: [low, high] }; }
  / column:Column _ operator:Operator _ value:Value { return { column, operator, values: [value] }; }
  / column:Column _ operator:Operator _ other:Column { return { column, operator, other }; }
Operator
  = ("<>" / "!=") { return 'ne'; } / ">=" { return 'ge'; } / "<=" { return 'le'; }
  / "=" { return 'eq'; } / ">" { return 'gt'; } / "<" { return 'lt'; }

Column = table:(@Name ".")? name:Name { return { table, name }; }
Name = "[" @$[A-Za-z0-9_]+ "]" / $([A-Za-z_] [A-Za-z0-9_]*)
Reserved
  = ("WHERE"i / "ORDER"i / "GROUP"i / "JOIN"i / "INNER"i / "LEFT"i / "ON"i / "OFFSET"i / "FROM"i / "HAVING"i / "RIGHT"i
    / "FULL"i / "CROSS"i / "UNION"i / "ASC"i / "DESC"i) ![A-Za-z0-9_]
Value = "N"i? "'" parts:("''" { return "'"; } / [^'])* "'" { return parts.join(''); } / $("-"? [0-9]+ ("." [0-9]+)?)
Digits = digits:$[0-9]+ { return Number(digits); }
Comma = _ "," _
_ = [ \t\r\n]*
__ = [ \t\r\n]+
`;
