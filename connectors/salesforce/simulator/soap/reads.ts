/** The reading calls: query(), retrieve(), search() and the replication calls. */

import { toId18 } from '../ids.ts';
import { fieldsFor, recordJson } from '../record-json.ts';
import { deletedIn, updatedIn, windowOf } from '../replication.ts';
import { withCatalogue } from '../soql/catalogue.ts';
import { fieldColumn } from '../soql/columns.ts';
import { cursorsOf, pageSizeOf } from '../soql/cursors.ts';
import { type QueryAnswer, runQuery } from '../soql/query.ts';
import { runSearch } from '../sosl/run.ts';
import { parseSearch } from '../sosl/statement.ts';
import { ApiError, type ObjectMeta } from '../types.ts';
import { elementOf, textOf, type XmlElement, type XmlOutput } from '../xml.ts';
import { idsOf } from './arguments.ts';
import { queryResult, sObject } from './records.ts';
import type { Session } from './session.ts';

/** Ids of one retrieve(). */
const MOST_RETRIEVED = 2000;

function objectOf(name: string, { caller, context }: Session): ObjectMeta {
  const object = context.org.object(name);
  if (object && caller.canReadObject(object)) return object;
  throw new ApiError(400, 'INVALID_TYPE', `sObject type '${name}' is not supported.`);
}

function pageOf(
  answer: QueryAnswer,
  { id, offset }: { id?: string; offset: number },
  session: Session,
): XmlOutput {
  const { header, context, caller, flavour } = session;
  const end = offset + pageSizeOf(textOf(elementOf(header.QueryOptions).batchSize));
  const records = answer.page(offset, end - offset);
  if (end >= answer.size) return queryResult(records, answer, flavour);
  const cursor = id ?? cursorsOf(context).open(answer, caller.userId);
  return queryResult(records, { ...answer, queryLocator: `${cursor}-${end}` }, flavour);
}

export function query(args: XmlElement, session: Session, includeDeleted: boolean): XmlOutput {
  const { caller, context, version } = session;
  const source = withCatalogue(context.org, caller);
  const soql = textOf(args.queryString) ?? '';
  return pageOf(
    runQuery({ soql, source, caller, apiVersion: version, includeDeleted }),
    { offset: 0 },
    session,
  );
}

export function queryMore(args: XmlElement, session: Session): XmlOutput {
  const locator = textOf(args.queryLocator) ?? '';
  const { answer, ...place } = cursorsOf(session.context).find(locator, session.caller.userId);
  return pageOf(answer, place, session);
}

/** Records by their ids, in the order asked; nil for one that is gone or hidden. */
export function retrieve(args: XmlElement, session: Session): XmlOutput {
  const { caller, context, flavour, version } = session;
  const object = objectOf(textOf(args.sObjectType) ?? '', session);
  const fields = fieldsFor(context.org, { object, caller }, (textOf(args.fieldList) ?? '').split(','));
  const columns = fields.map((field) => fieldColumn(field));
  return idsOf(args.ids, MOST_RETRIEVED).map((id) => {
    const row = context.org.rowById(object.name, toId18(id) ?? '');
    if (!row || row.IsDeleted === true || !caller.canSeeRow(object, row)) return null;
    return sObject(recordJson({ object, row }, fields, version), columns, flavour);
  });
}

export function search(args: XmlElement, session: Session): XmlOutput {
  const { caller, context, flavour, version } = session;
  const found = runSearch(parseSearch(textOf(args.searchString) ?? ''), { caller, context, version });
  const searchRecords = found.flatMap(({ records, columns }) =>
    records.map((record) => ({ record: sObject(record, columns, flavour) })),
  );
  return { queryId: '', searchRecords };
}

/** Instants of an answer, which end in Z here. */
function zulu(value: unknown): XmlOutput {
  if (typeof value === 'string') return value.replace(/\+0000$/, 'Z');
  if (Array.isArray(value)) return value.map(zulu);
  const entries = Object.entries(value as Record<string, unknown>).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([name, one]) => [name, zulu(one)]));
}

/** getUpdated() and getDeleted(). */
export function replicate(args: XmlElement, session: Session, kind: 'updated' | 'deleted'): XmlOutput {
  const { caller, context } = session;
  const object = objectOf(textOf(args.sObjectType) ?? '', session);
  if (!object.replicateable)
    throw new ApiError(400, 'INVALID_TYPE', `object ${object.name} is not replicable`);
  const asked = { start: textOf(args.startDate), end: textOf(args.endDate) };
  const window = windowOf(context.org, asked, kind);
  const read = kind === 'updated' ? updatedIn : deletedIn;
  return zulu(read(context.org, { object, caller }, window));
}
