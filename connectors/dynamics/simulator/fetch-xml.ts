import {
  childOf,
  childrenOf,
  type Element,
  flagOf,
  readXmlDocument,
  textOf,
} from '../../simulation/xml-read.ts';
import { refusals } from './errors.ts';
import type { Filter, Order } from './odata/ast.ts';
import { condition, joined } from './odata/conditions.ts';
import type { Query } from './query-options.ts';
import type { Table } from './types.ts';

/** A query in FetchXML, read. */
export interface Fetch {
  query: Pick<Query, 'select' | 'filter' | 'orderBy' | 'top'>;
  /** Rows of a page, and which page; the first one is 1. */
  pageSize: number | null;
  page: number;
}

/**
 * Reads FetchXML about one table: columns, conditions, order and pages. Joins and aggregates are refused.
 * https://learn.microsoft.com/power-apps/developer/data-platform/fetchxml/reference/
 */
export function readFetch(table: Table, text: string): Fetch {
  const fetch = documentOf(text);
  const entity = childOf(fetch, 'entity');
  const name = entity === undefined ? undefined : textOf(entity, '@name');
  if (entity === undefined || name !== table.logicalName)
    throw refusals.badQuery('The FetchXML query is not about the entity set of the address.');
  for (const [where, word] of [
    [entity, 'link-entity'],
    [fetch, '@aggregate'],
    [fetch, '@distinct'],
  ] as const) {
    if (where[word] !== undefined && textOf(where, word) !== 'false')
      throw refusals.badQuery(`'${word.replace('@', '')}' is not supported here.`);
  }
  const top = textOf(fetch, '@top');
  const filter = joined(
    'and',
    childrenOf(entity, 'filter').flatMap((each) => filterOf(table, each) ?? []),
  );
  const columns = childrenOf(entity, 'attribute').map((each) => knownColumn(table, textOf(each, '@name')));
  const takesAll = entity['all-attributes'] !== undefined;
  return {
    query: {
      // Without a list of columns only the id comes.
      ...(takesAll ? {} : { select: columns.length === 0 ? [table.primaryId] : columns }),
      ...(filter === undefined ? {} : { filter }),
      orderBy: childrenOf(entity, 'order').map((each) => orderOf(table, each)),
      ...(top === undefined ? {} : { top: Number(top) }),
    },
    pageSize: numberIn(fetch, '@count'),
    page: numberIn(fetch, '@page') ?? 1,
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

function numberIn(element: Element, name: string): number | null {
  const text = textOf(element, name);
  return text === undefined ? null : Number(text);
}

function knownColumn(table: Table, name = ''): string {
  if (!table.columns.has(name)) throw refusals.noColumn(table.logicalName, name);
  return name;
}

function orderOf(table: Table, element: Element): Order {
  const path = { kind: 'path' as const, steps: [knownColumn(table, textOf(element, '@attribute'))] };
  return { path, descending: flagOf(element, '@descending') };
}

function filterOf(table: Table, element: Element): Filter | undefined {
  const inner = childrenOf(element, 'filter').flatMap((each) => filterOf(table, each) ?? []);
  const own = childrenOf(element, 'condition').map((each) => conditionOf(table, each));
  return joined(textOf(element, '@type') === 'or' ? 'or' : 'and', [...own, ...inner]);
}

function conditionOf(table: Table, element: Element): Filter {
  const single = textOf(element, '@value');
  const values = (element.value ?? []).map((each) =>
    typeof each === 'string' ? each : (textOf(each, '#text') ?? ''),
  );
  return condition(table, {
    column: textOf(element, '@attribute') ?? '',
    operator: textOf(element, '@operator') ?? '',
    values: single === undefined ? values : [single],
  });
}
