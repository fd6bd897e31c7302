import { type DataverseError, refusals } from './errors.ts';
import type { Apply, Literal, QueryOptions } from './odata/ast.ts';
import {
  ODataSyntaxError,
  parseApply,
  parseExpand,
  parseFilter,
  parseOrderBy,
  parseSelect,
  parseValue,
} from './odata/parse.ts';

/** The query of an address, read. */
export interface Query extends QueryOptions {
  /** Values of @names. */
  parameters: Record<string, Literal>;
  skipToken?: string;
  deltaToken?: string;
  /** $id: the row that a reference to be removed leads to. */
  reference?: string;
  /** Groups and aggregates instead of rows. */
  apply?: Apply;
  /** Options of other kinds, such as fetchXml. */
  other: Record<string, string>;
}

type Reader = (query: Query, text: string) => void;

const readers: Readonly<Record<string, Reader>> = {
  $select: (query, text) => {
    query.select = parseSelect(text);
  },
  $filter: (query, text) => {
    query.filter = parseFilter(text);
  },
  $apply: (query, text) => {
    query.apply = parseApply(text);
  },
  $orderby: (query, text) => {
    query.orderBy = parseOrderBy(text);
  },
  $expand: (query, text) => {
    query.expand = parseExpand(text);
  },
  $top: (query, text) => {
    if (!/^\d+$/.test(text)) throw refusals.badQuery(`Invalid value '${text}' for $top query option found.`);
    query.top = Number(text);
  },
  $count: (query, text) => {
    query.count = text === 'true';
  },
  $skiptoken: (query, text) => {
    query.skipToken = text;
  },
  $deltatoken: (query, text) => {
    query.deltaToken = text;
  },
  $id: (query, text) => {
    query.reference = text;
  },
  $skip: () => {
    throw refusals.badQuery('Skip Clause is not supported in CRM');
  },
};

/** Reads the part of an address behind the question mark. Throws 400 for what is no OData and what is not offered. */
export function readQuery(search: string): Query {
  const query: Query = { parameters: {}, other: {} };
  for (const [name, text] of new URLSearchParams(search)) {
    try {
      // Structures come as JSON, and are read by what takes them.
      if (name.startsWith('@') && text.startsWith('{')) query.other[name] = text;
      else if (name.startsWith('@')) query.parameters[name] = parseValue(text);
      else if (Object.hasOwn(readers, name)) readers[name]!(query, text);
      else if (name.startsWith('$')) throw notAllowed(name);
      else query.other[name] = text;
    } catch (error) {
      if (error instanceof ODataSyntaxError) throw refusals.badQuery(error.message);
      throw error;
    }
  }
  return query;
}

function notAllowed(name: string): DataverseError {
  return refusals.badQuery(`The query parameter ${name} is not supported`);
}
