import { isTierlinkError, TierlinkError } from '../../src/errors.ts';
import type {
  ChangePage,
  Counted,
  CountRequest,
  CrmRecord,
  CrmValue,
  ReadRequest,
  RecordPage,
} from '../../src/sync/connector.ts';
import type { MemoryClient } from './client.ts';
import type { MemoryCrm, MemoryObject, MemoryRow } from './crm.ts';
import { scopeTest } from './scope.ts';

/** Where a read goes on: behind the last id. */
interface ReadToken {
  after: string;
  seq: number;
}

export async function count(client: MemoryClient, requests: readonly CountRequest[]): Promise<Counted[]> {
  const counts: Counted[] = [];
  for (const request of requests) {
    await client.call('count', request.object);
    counts.push(countOne(client, request));
  }
  return counts;
}

function countOne(client: MemoryClient, request: CountRequest): Counted {
  try {
    const rows = visibleRows(client.object(request.object)).filter(scopeTest(request.scope));
    if (request.by === undefined) return rows.length;
    const months = new Map<string, number>();
    for (const { createdAt } of rows) {
      const month = createdAt.slice(0, 7);
      months.set(month, (months.get(month) ?? 0) + 1);
    }
    return [...months].map(([month, records]) => ({ month, records }));
  } catch (error) {
    if (!isTierlinkError(error)) throw error;
    return error;
  }
}

export async function* read(client: MemoryClient, request: ReadRequest): AsyncIterable<RecordPage> {
  const object = client.object(request.object);
  const token = request.resume as ReadToken | null | undefined;
  const seq = token?.seq ?? object.seq;
  const named = namedRows(object, request);
  const isInScope = named === undefined || request.inScope === true ? scopeTest(request.scope) : () => true;
  const wanted = (named ?? visibleRows(object)).filter(isInScope);
  const rows = wanted.filter((row) => row.id > (token?.after ?? ''));
  const cut = client.crm.faults.take('cut', { object: request.object, call: 'read' });
  for (let from = 0, pages = 0; from === 0 || from < rows.length; from += client.pageRows, pages += 1) {
    request.signal?.throwIfAborted();
    if (cut !== undefined && pages >= (cut.pages ?? 1)) throw cutOff(client);
    await client.call('read', request.object);
    const slice = rows.slice(from, from + client.pageRows);
    const after = slice.at(-1)?.id ?? token?.after ?? '';
    const records = slice.map((row) => recordOf(client.crm, { object, row }, request.fields));
    const last = from + client.pageRows >= rows.length;
    const merged = last && request.tellsMerges === true ? { merged: mergesOf(object, request) } : {};
    yield { records, ...merged, resume: { after, seq }, cursor: { seq }, last };
  }
}

function mergesOf(object: MemoryObject, { ids = [] }: ReadRequest): ChangePage['merged'] {
  return ids.flatMap((id) => {
    const row = object.rows.get(id);
    return row === undefined || row.mergedInto === null
      ? []
      : [{ loser: id, winner: finalWinner(object, row) }];
  });
}

/** A winner may have been merged on since. */
export function finalWinner(object: MemoryObject, loser: MemoryRow): string {
  const winner = object.rows.get(loser.mergedInto ?? '');
  if (winner === undefined || winner.mergedInto === null) return loser.mergedInto ?? loser.id;
  return finalWinner(object, winner);
}

export function cutOff(client: MemoryClient): TierlinkError {
  return new TierlinkError('CRM_UNREACHABLE', {
    connection: client.host.connection,
    reason: 'the fault cut is on',
  });
}

function namedRows(object: MemoryObject, request: ReadRequest): MemoryRow[] | undefined {
  if (request.ids !== undefined) {
    const ids = new Set(request.ids);
    return visibleRows(object).filter((row) => ids.has(row.id));
  }
  const { keys } = request;
  if (keys === undefined) return undefined;
  return visibleRows(object).filter((row) => keys.values.includes(String(row.fields[keys.field])));
}

/** Live rows that sharing lets the integration user see, in the order of their ids. */
export function visibleRows(object: MemoryObject): MemoryRow[] {
  return [...object.rows.values()]
    .filter((row) => row.deletedAt === null && (object.isSeen?.(row) ?? true))
    .sort((left, right) => (left.id < right.id ? -1 : 1));
}

/** A row with the wanted fields; hidden and unknown ones are absent. */
export function recordOf(
  crm: MemoryCrm,
  at: { object: MemoryObject; row: MemoryRow },
  wanted: readonly string[],
): CrmRecord {
  const fields: Record<string, CrmValue> = {};
  for (const path of wanted) {
    const value = valueAt(crm, at, path);
    if (value !== undefined) fields[path] = value;
  }
  const { id, modifiedAt, createdAt, modifiedBy } = at.row;
  return { id, modifiedAt, createdAt, modifiedBy, fields };
}

/** A path such as Account.Name goes through the lookup AccountId (or Account). Undefined when it cannot be seen. */
function valueAt(
  crm: MemoryCrm,
  { object, row }: { object: MemoryObject; row: MemoryRow },
  path: string,
): CrmValue | undefined {
  const [head = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    const isKnown = object.fields.some((field) => field.name === head) && !object.hidden.has(head);
    return isKnown ? (row.fields[head] ?? null) : undefined;
  }
  const lookup = object.fields.find((field) => field.name === `${head}Id` || field.name === head);
  if (lookup === undefined || object.hidden.has(lookup.name)) return undefined;
  for (const target of lookup.references) {
    const parent = crm.object(target);
    if (parent?.fields.some((field) => field.name === rest[0]) !== true) continue;
    const parentRow = parent.rows.get(String(row.fields[lookup.name]));
    return parentRow === undefined ? null : valueAt(crm, { object: parent, row: parentRow }, rest.join('.'));
  }
  return undefined;
}
