import {
  childOf,
  childrenOf,
  type Element,
  flagOf,
  readXmlDocument,
  textOf,
} from '../../simulation/xml-read.ts';
import { DataverseError, refusals } from './errors.ts';
import { conditionsOf, type FetchScope, linksOf, presencesOf } from './fetch-links.ts';
import {
  type Aggregate,
  type DatePart,
  type JoinOrder,
  type JoinPlan,
  type Output,
  pathTo,
} from './joins/plan.ts';
import { joined } from './odata/conditions.ts';
import { jsonName } from './row-json.ts';
import type { Schema } from './schema.ts';
import type { Column, Table } from './types.ts';

/** A query in FetchXML, read. */
export interface Fetch {
  plan: JoinPlan;
  /** Rows of a page, and which page; the first one is 1. */
  pageSize: number | null;
  page: number;
  /** Whether the answer is to say how many rows there are. */
  counts: boolean;
}

/** Links of one query, at most: https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/join-tables */
const mostLinks = 15;

/**
 * Reads FetchXML about a table: columns, conditions, links, aggregates, order and pages.
 * https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/reference/
 */
export function readFetch(schema: Schema, table: Table, text: string): Fetch {
  const fetch = documentOf(text);
  const entity = childOf(fetch, 'entity');
  if (entity === undefined || textOf(entity, '@name') !== table.logicalName)
    throw refusals.badQuery('The FetchXML query is not about the entity set of the address.');
  const root: FetchScope = { schema, table, alias: null, names: new Map() };
  const links = linksOf(root, entity);
  if (links.length > mostLinks)
    throw new DataverseError(400, '0x8004430d', 'Number of link entities in query exceeded maximum limit.');
  const places = [{ scope: root, element: entity }, ...links];
  const isAggregate = isSet(fetch, '@aggregate');
  const outputs = places.flatMap((place) => outputsOf(place, isAggregate));
  const filter = joined('and', [
    ...conditionsOf(root, entity),
    ...places.flatMap(({ scope, element }) => presencesOf(scope, element)),
  ]);
  return {
    plan: {
      table,
      joins: links.map(({ join }) => join),
      filter,
      outputs,
      isAggregate,
      isDistinct: isSet(fetch, '@distinct'),
      omitsBlanks: true,
      orders: places.flatMap(({ scope, element }) => ordersOf(scope, element, outputs)),
      skip: 0,
      top: numberIn(fetch, '@top'),
    },
    pageSize: numberIn(fetch, '@count'),
    page: numberIn(fetch, '@page') ?? 1,
    counts: isSet(fetch, '@returntotalrecordcount'),
  };
}

function documentOf(text: string): Element {
  try {
    const { root, element } = readXmlDocument(text);
    if (root === 'fetch') return element;
  } catch {
    // Text that is no XML at all is refused like XML that is no query.
  }
  throw refusals.badQuery('Invalid XML.');
}

const isSet = (element: Element, name: string): boolean =>
  flagOf(element, name) || textOf(element, name) === '1';

function numberIn(element: Element, name: string): number | null {
  const text = textOf(element, name);
  return text === undefined ? null : Number(text);
}

interface Place {
  scope: FetchScope;
  element: Element;
}

/** Without a list of columns the first table brings its id only, and a joined one nothing. */
function outputsOf({ scope, element }: Place, isAggregate: boolean): Output[] {
  const { table, alias } = scope;
  const all = element['all-attributes'] === undefined ? [] : [...table.columns.values()];
  const readable = all.filter(({ type }) => type !== 'Virtual');
  return [
    ...readable.map((column) => plainOutput(table, alias, column)),
    ...childrenOf(element, 'attribute').map((each) => outputOf(scope, each, isAggregate)),
  ];
}

function plainOutput(table: Table, alias: string | null, column: Column): Output {
  const name = alias === null ? jsonName(column) : `${alias}.${column.logicalName}`;
  return { name, path: pathTo(table, column, alias), isNamed: alias !== null };
}

const aggregates: readonly string[] = ['count', 'countcolumn', 'sum', 'avg', 'min', 'max'];
const dateParts: readonly string[] = [
  'day',
  'week',
  'month',
  'quarter',
  'year',
  'fiscal-period',
  'fiscal-year',
];

/** https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/reference/attribute */
function outputOf({ table, alias }: FetchScope, element: Element, isAggregate: boolean): Output {
  const plain = plainOutput(table, alias, knownColumn(table, textOf(element, '@name')));
  if (textOf(element, '@rowaggregate') !== undefined)
    throw refusals.badQuery("'rowaggregate' is not supported here.");
  const name = textOf(element, '@alias');
  const named = name === undefined ? plain : { ...plain, name, isNamed: true };
  if (!isAggregate) return named;
  const aggregate = textOf(element, '@aggregate');
  if (name === undefined)
    throw refusals.invalidFetch(
      `An alias is required for the attribute '${plain.path.column.logicalName}' of an aggregate query.`,
    );
  if (aggregate === undefined && !isSet(element, '@groupby'))
    throw refusals.invalidFetch('Attribute can not be specified if an aggregate operation is requested.');
  if (aggregate !== undefined && !aggregates.includes(aggregate))
    throw refusals.invalidFetch(`'${aggregate}' is no aggregate.`);
  const datePart = textOf(element, '@dategrouping');
  if (datePart !== undefined && !dateParts.includes(datePart))
    throw refusals.invalidFetch(`'${datePart}' is no part of a date.`);
  return {
    ...named,
    aggregate: aggregate as Aggregate | undefined,
    isDistinct: isSet(element, '@distinct'),
    datePart: datePart as DatePart | undefined,
  };
}

function knownColumn(table: Table, name = ''): Column {
  const column = table.columns.get(name);
  if (column === undefined) throw refusals.noColumn(table.logicalName, name);
  return column;
}

/** An order names a column, or the alias of what an aggregate query answers. */
function ordersOf({ table, alias }: FetchScope, element: Element, outputs: readonly Output[]): JoinOrder[] {
  return childrenOf(element, 'order').map((each) => {
    const descending = isSet(each, '@descending');
    const name = textOf(each, '@alias');
    if (name === undefined)
      return { by: plainOutput(table, alias, knownColumn(table, textOf(each, '@attribute'))), descending };
    const by = outputs.find((output) => output.name === name);
    if (by === undefined) throw refusals.invalidFetch(`No attribute has the alias '${name}'.`);
    return { by, descending };
  });
}
