/**
 * The part of OData 4.0 that Dataverse takes, as a grammar for peggy. Each rule builds what ast.ts describes.
 * https://docs.oasis-open.org/odata/odata/v4.0/errata03/os/complete/abnf/odata-abnf-construction-rules.txt
 */
export const grammar = String.raw`
{{
  const chain = (kind, first, rest) => rest.reduce((left, right) => ({ kind, left, right }), first);
  const list = (first, rest) => [first, ...rest];
}}

// The entry points: the value of $filter, $orderby, $select, $expand, $apply; a path; a value of a parameter.

Filter = _ @Disjunction _
OrderBy = _ first:Order rest:(Comma @Order)* _ { return list(first, rest); }
Select = _ first:Selected rest:(Comma @Selected)* _ { return list(first, rest); }
Expand = _ first:Expanded rest:(Comma @Expanded)* _ { return list(first, rest); }
Resource = first:Segment rest:("/" @Segment)* "/"? { return list(first, rest); }
Value = _ @Literal _
Apply
  = _ filter:(@Filtered "/")? "groupby(" _ "(" _ first:Path rest:(Comma @Path)* _ ")" aggregates:(Comma @Aggregation)? _ ")" _
    { return { filter, groupBy: list(first, rest), aggregates: aggregates ?? [] }; }
  / _ filter:(@Filtered "/")? aggregates:Aggregation _ { return { filter, groupBy: [], aggregates }; }
Filtered = "filter(" @Filter ")"
Aggregation = "aggregate(" _ first:Aggregate rest:(Comma @Aggregate)* _ ")" { return list(first, rest); }
Aggregate
  = "$count" __ "as" __ name:Name { return { of: null, method: 'count', name }; }
  / of:Path __ "with" __ method:Method __ "as" __ name:Name { return { of, method, name }; }
Method = "sum" / "average" / "min" / "max" / "countdistinct"

// Conditions.

Disjunction = first:Conjunction rest:(__ "or" !NamePart __ @Conjunction)* { return chain('or', first, rest); }
Conjunction = first:Condition rest:(__ "and" !NamePart __ @Condition)* { return chain('and', first, rest); }
Condition
  = "not" !NamePart _ of:Condition { return { kind: 'not', of }; }
  / "(" _ @Disjunction _ ")"
  / TextCall
  / Lambda
  / Comparison
  / FunctionCall

TextCall
  = name:("contains" / "startswith" / "endswith") _ "(" _ subject:Operand Comma value:Operand _ ")"
    { return { kind: 'text', name, subject, value }; }

Lambda
  = first:Name rest:("/" !(Quantifier _ "(") @Name)* "/" quantifier:Quantifier _ "(" _ body:LambdaBody? _ ")"
    {
      const path = { kind: 'path', steps: list(first, rest) };
      return { kind: 'lambda', path, quantifier, variable: body?.variable ?? null, of: body?.of ?? null };
    }
LambdaBody = variable:Name _ ":" _ of:Disjunction { return { variable, of }; }
Quantifier = "any" / "all"

Comparison
  = left:Operand __ operator:("eq" / "ne" / "gt" / "ge" / "lt" / "le") !NamePart __ right:Operand
    { return { kind: 'compare', operator, left, right }; }

FunctionCall
  = name:QualifiedName _ "(" _ parameters:NamedArguments? _ ")"
    { return { kind: 'function', name, parameters: parameters ?? {} }; }

Operand = Alias / Literal / Path

// What the other options hold.

Order
  = path:Path direction:(__ @("asc" / "desc") !NamePart)? { return { path, descending: direction === 'desc' }; }
Selected = "*" / path:Path { return path.steps.join('/'); }
Expanded
  = path:Path reference:"/$ref"? options:(_ "(" _ @InnerOptions _ ")")?
    { return { path, isReference: reference !== null, options: options ?? {} }; }
InnerOptions
  = first:InnerOption rest:(_ ";" _ @InnerOption)* { return Object.assign({}, first, ...rest); }
InnerOption
  = "$select=" select:Select { return { select }; }
  / "$filter=" filter:Filter { return { filter }; }
  / "$orderby=" orderBy:OrderBy { return { orderBy }; }
  / "$expand=" expand:Expand { return { expand }; }
  / "$top=" top:Digits { return { top: Number(top) }; }
  / "$count=" count:Boolean { return { count: count.value }; }

// Paths of addresses.

Segment
  = name:SegmentName given:("(" _ @Arguments _ ")")? { return { name, arguments: given }; }
SegmentName = $("$" [A-Za-z]+) / $("$" [0-9]+) / QualifiedName
Arguments
  = NamedArguments
  / value:(Alias / Literal) { return { '': value }; }
  / "" { return {}; }
NamedArguments
  = first:NamedArgument rest:(Comma @NamedArgument)* { return Object.fromEntries(list(first, rest)); }
NamedArgument = name:Name _ "=" _ value:(Alias / Literal) { return [name, value]; }

// Values. A GUID begins like a number and a date like a subtraction, so both are tried first.

Literal
  = value:$(Hex8 "-" Hex4 "-" Hex4 "-" Hex4 "-" Hex4 Hex8) !NamePart
    { return { kind: 'guid', value: value.toLowerCase() }; }
  / value:$(Day "T" Time Zone) { return { kind: 'instant', value }; }
  / value:Day { return { kind: 'date', value }; }
  / text:$([+-]? [0-9]+ ("." [0-9]+)? ([eE] [+-]? [0-9]+)?) !NamePart { return { kind: 'number', text }; }
  / type:QualifiedName value:Quoted { return { kind: 'enum', type, member: value }; }
  / value:Quoted { return { kind: 'string', value }; }
  / value:$('"' ([^"\\] / "\\" .)* '"') { return { kind: 'string', value: JSON.parse(value) }; }
  / Boolean
  / "null" !NamePart { return { kind: 'null' }; }
  / "[" _ items:ListItems? _ "]" { return { kind: 'list', items: items ?? [] }; }
ListItems = first:Literal rest:(Comma @Literal)* { return list(first, rest); }
Boolean = text:("true" / "false") !NamePart { return { kind: 'boolean', value: text === 'true' }; }
Quoted = "'" parts:([^'] / "''" { return "'"; })* "'" { return parts.join(''); }
Day = $([0-9]|4| "-" [0-9]|2| "-" [0-9]|2|)
Time = [0-9]|2| ":" [0-9]|2| (":" [0-9]|2| ("." [0-9]|1..12|)?)?
Zone = "Z" / [+-] [0-9]|2| ":" [0-9]|2|
Hex8 = [0-9a-f]i|8|
Hex4 = [0-9a-f]i|4|
Digits = $[0-9]+

Alias = "@" name:Name { return { kind: 'alias', name: "@" + name }; }
Path = first:Name rest:("/" @Name)* { return { kind: 'path', steps: list(first, rest) }; }
Name = $([A-Za-z_] [A-Za-z0-9_]*)
QualifiedName = $(Name ("." Name)*)
NamePart = [A-Za-z0-9_.]
Comma = _ "," _
_ = [ \t\r\n]*
__ = [ \t\r\n]+
`;
