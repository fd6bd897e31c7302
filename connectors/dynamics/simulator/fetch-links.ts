import { childrenOf, type Element, textOf } from '../../simulation/xml-read.ts';
import { refusals } from './errors.ts';
import { type Join, type JoinKind, pathTo } from './joins/plan.ts';
import type { Filter, Quantifier } from './odata/ast.ts';
import { condition, joined } from './odata/conditions.ts';
import type { Schema } from './schema.ts';
import type { Column, Table } from './types.ts';

/**
 * Links between tables and conditions in FetchXML.
 * https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/reference/link-entity
 */

/** The table that an element is about, under the name that it has in the query; null for the first one. */
export interface FetchScope {
  schema: Schema;
  table: Table;
  alias: string | null;
  /** Tables by their names in the query, filled as links are read. */
  names: Map<string, Table>;
}

export interface ReadLink {
  scope: FetchScope;
  element: Element;
  join: Join;
}

const joins: Readonly<Record<string, JoinKind>> = {
  inner: 'inner',
  outer: 'outer',
  matchfirstrowusingcrossapply: 'first',
};

/** Links that say whether there are such rows. Despite its name `not all` is the same as `any`, the page says. */
const presences: Readonly<Record<string, Quantifier>> = {
  exists: 'some',
  in: 'some',
  any: 'some',
  'not all': 'some',
  'not any': 'none',
  all: 'others',
};

const kindOf = (element: Element): string => textOf(element, '@link-type') ?? 'inner';

/** Links that join tables, with those inside them; each has a name of its own. */
export function linksOf(outer: FetchScope, element: Element): ReadLink[] {
  return childrenOf(element, 'link-entity').flatMap((link) => {
    const word = kindOf(link);
    if (Object.hasOwn(presences, word)) return [];
    const kind = joins[word];
    if (kind === undefined) throw refusals.invalidFetch(`The link type '${word}' is not supported here.`);
    const scope = linkScope(outer, link);
    const { from, to } = endsOf(outer, scope.table, link);
    const join: Join = {
      alias: scope.alias!,
      table: scope.table,
      from,
      to: pathTo(outer.table, to, outer.alias),
      kind,
      filter: joined('and', conditionsOf(scope, link)),
    };
    return [{ scope, element: link, join }, ...linksOf(scope, link)];
  });
}

/** Without a name of its own a link has that of its table with a number, from 1. */
function linkScope({ schema, names }: FetchScope, link: Element): FetchScope {
  const name = textOf(link, '@name') ?? '';
  const table = schema.table(name);
  if (table === undefined)
    throw refusals.invalidFetch(
      `The entity with a name = '${name}' with namemapping = 'Logical' was not found.`,
    );
  const alias = textOf(link, '@alias') ?? `${name}${names.size + 1}`;
  if (names.has(alias)) throw refusals.invalidFetch(`The alias '${alias}' is used twice.`);
  names.set(alias, table);
  return { schema, table, alias, names };
}

/** Where a link does not say its columns, the relationship between both tables does. */
function endsOf(
  { schema, table: outer }: FetchScope,
  table: Table,
  link: Element,
): { from: Column; to: Column } {
  const down = schema.lookupsOf(table).find(({ referenced }) => referenced === outer.logicalName);
  const up = schema.lookupsOf(outer).find(({ referenced }) => referenced === table.logicalName);
  const from = textOf(link, '@from') ?? (up === undefined ? down?.column : table.primaryId);
  const to = textOf(link, '@to') ?? (up === undefined ? outer.primaryId : up.column);
  return { from: columnOf(table, from ?? ''), to: columnOf(outer, to) };
}

function columnOf(table: Table, name: string): Column {
  const column = table.columns.get(name);
  if (column === undefined) throw refusals.noColumn(table.logicalName, name);
  return column;
}

/** Links of an element, or of a filter in it, that join nothing. */
export function presencesOf(scope: FetchScope, element: Element): Filter[] {
  return childrenOf(element, 'link-entity').flatMap((link) => {
    const quantifier = presences[kindOf(link)];
    return quantifier === undefined ? [] : [presence(scope, link, quantifier)];
  });
}

function presence(outer: FetchScope, link: Element, quantifier: Quantifier): Filter {
  const scope = linkScope(outer, link);
  const { from, to } = endsOf(outer, scope.table, link);
  // A table that is joined inside must have such a row too.
  const inner = childrenOf(link, 'link-entity').map((each) =>
    presence(scope, each, presences[kindOf(each)] ?? 'some'),
  );
  return {
    kind: 'linked',
    table: scope.table,
    from: from.logicalName,
    to: { kind: 'path', steps: outer.alias === null ? [to.logicalName] : [outer.alias, to.logicalName] },
    quantifier,
    variable: scope.alias!,
    of: joined('and', [...conditionsOf(scope, link), ...inner]) ?? null,
  };
}

/** The filters of an element. */
export function conditionsOf(scope: FetchScope, element: Element): Filter[] {
  return childrenOf(element, 'filter').flatMap((each) => filterOf(scope, each) ?? []);
}

function filterOf(scope: FetchScope, element: Element): Filter | undefined {
  const own = childrenOf(element, 'condition').map((each) => conditionOf(scope, each));
  const all = [...own, ...presencesOf(scope, element), ...conditionsOf(scope, element)];
  return joined(textOf(element, '@type') === 'or' ? 'or' : 'and', all);
}

/** A condition may be about a joined table (entityname), and compare two columns (valueof). */
function conditionOf(scope: FetchScope, element: Element): Filter {
  const named = textOf(element, '@entityname');
  const table = named === undefined ? scope.table : scope.names.get(named);
  if (table === undefined) throw refusals.invalidFetch(`No link has the alias '${named}'.`);
  const alias = named ?? scope.alias;
  const column = textOf(element, '@attribute') ?? '';
  const operator = textOf(element, '@operator') ?? '';
  const other = textOf(element, '@valueof');
  if (other !== undefined) return comparison(scope, { table, alias, column, operator, other });
  const single = textOf(element, '@value');
  const values = (element.value ?? []).map((each) =>
    typeof each === 'string' ? each : (textOf(each, '#text') ?? ''),
  );
  return condition(table, { column, alias, operator, values: single === undefined ? values : [single] });
}

interface Comparing {
  table: Table;
  alias: string | null;
  column: string;
  operator: string;
  /** A column of the same table, or alias.column. */
  other: string;
}

const comparisons: readonly string[] = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];

/** https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/filter-rows (filter on column values in the same row) */
function comparison(scope: FetchScope, { table, alias, column, operator, other }: Comparing): Filter {
  if (!comparisons.includes(operator))
    throw refusals.invalidFetch(`The operator '${operator}' does not compare columns.`);
  const path = (name: string, of: string | null) => ({
    kind: 'path' as const,
    steps: of === null ? [name] : [of, name],
  });
  const [first = '', second] = other.split('.');
  const [otherTable, otherAlias] = second === undefined ? [table, alias] : [scope.names.get(first), first];
  if (otherTable === undefined) throw refusals.invalidFetch(`No link has the alias '${first}'.`);
  columnOf(otherTable, second ?? first);
  columnOf(table, column);
  return {
    kind: 'compare',
    operator: operator as 'eq',
    left: path(column, alias),
    right: path(second ?? first, otherAlias),
  };
}
