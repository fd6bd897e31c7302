/** Runs searches over an org's records on behalf of a caller. */

import { badRequest } from '../api-errors.ts';
import type { SimulatorContext } from '../context.ts';
import { withCatalogue } from '../soql/catalogue.ts';
import { type QueryAnswer, runQuery } from '../soql/query.ts';
import type { JsonRecord } from '../soql/select.ts';
import type { Caller, FieldMeta, ObjectMeta } from '../types.ts';
import { MOST_RESULTS, type Search, type SearchGroup, type Wanted } from './statement.ts';

const TEXTS = new Set(['string', 'textarea', 'phone', 'email', 'url', 'encryptedstring', 'combobox']);
const NAMES = new Set(['Name', 'FirstName', 'LastName', 'Subject', 'Title']);

interface Searcher {
  caller: Caller;
  context: SimulatorContext;
  /** '67.0' */
  version: string;
}

function belongsTo(group: SearchGroup, field: FieldMeta): boolean {
  if (group === 'EMAIL') return field.type === 'email';
  if (group === 'PHONE') return field.type === 'phone';
  if (group === 'ALL') return TEXTS.has(field.type);
  return field.nameField || (NAMES.has(field.name) && field.type === 'string');
}

function isSearchable(object: ObjectMeta, caller: Caller): boolean {
  return object.searchable === true && caller.canReadObject(object);
}

function matchingIds(object: ObjectMeta, search: Search, { caller, context }: Searcher): string[] {
  const fields = object.fields.filter(
    (field) => belongsTo(search.group, field) && caller.canReadField(object, field),
  );
  const ids: string[] = [];
  for (const row of context.org.rows(object.name)) {
    if (row.IsDeleted === true || !caller.canSeeRow(object, row)) continue;
    const texts = fields.flatMap(({ name }) => (typeof row[name] === 'string' ? [row[name]] : []));
    if (search.expression(texts)) ids.push(String(row.Id));
    if (ids.length >= MOST_RESULTS) break;
  }
  return ids;
}

function statementOf({ object, fields, where, tail }: Wanted, ids: string[]): string {
  const found = ids.length === 0 ? 'Id = null' : `Id IN (${ids.map((id) => `'${id}'`).join(',')})`;
  return `SELECT ${fields} FROM ${object} WHERE ${where === undefined ? '' : `(${where}) AND `}${found} ${tail}`;
}

/** What was found of one object. */
export type Found = QueryAnswer & { records: JsonRecord[] };

/** @throws ApiError for an object that cannot be searched, and as queries do */
export function runSearch(search: Search, searcher: Searcher): Found[] {
  const { caller, context, version } = searcher;
  const everything = () =>
    context.org.schema
      .objects()
      .filter((object) => isSearchable(object, caller))
      .map((object): Wanted => ({ object: object.name, fields: 'Id', where: undefined, tail: '' }));
  const wanted = search.wanted.length > 0 ? search.wanted : everything();
  let left = search.limit;
  return wanted.map((one) => {
    const object = context.org.object(one.object);
    if (!object || !isSearchable(object, caller))
      throw badRequest('INVALID_TYPE', `sObject type '${one.object}' is not supported.`);
    const answer = runQuery({
      soql: statementOf(one, matchingIds(object, search, searcher)),
      source: withCatalogue(context.org, caller),
      caller,
      apiVersion: version,
    });
    const records = answer.page(0, left);
    left -= records.length;
    return { ...answer, records };
  });
}
