import { badRequest, itemError } from './api-errors.ts';
import { toId18 } from './ids.ts';
import type { Org } from './org.ts';
import { fieldsFor, recordJson } from './record-json.ts';
import {
  ApiError,
  type Caller,
  type DmlOptions,
  type DmlResult,
  type InputRecord,
  type ObjectMeta,
} from './types.ts';

const MOST_RECORDS = 200;
const MOST_CHUNKS = 10;

export interface CollectionBody {
  allOrNone?: boolean;
  records?: InputRecord[];
}

/** One result of a collection call; `created` is there for upserts only, `id` for successes only. */
export function collectionItem(result: DmlResult, isUpsert: boolean): Record<string, unknown> {
  return {
    ...(result.success ? { id: result.id } : {}),
    success: result.success,
    errors: result.errors.map(itemError),
    ...(isUpsert ? { created: result.created } : {}),
  };
}

/** The records of a body; throws for none, too many, or a body of another shape. */
export function recordsOf(body: unknown): InputRecord[] {
  const { records } = (body ?? {}) as CollectionBody;
  if (!Array.isArray(records) || records.length === 0) {
    throw badRequest('REQUIRED_FIELD_MISSING', 'At least 1 record is required', ['records']);
  }
  if (records.length > MOST_RECORDS) {
    throw badRequest(
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${MOST_RECORDS} records into this call`,
    );
  }
  return records;
}

function typeOf(record: InputRecord): string {
  const type = (record?.attributes as { type?: unknown } | null | undefined)?.type;
  if (typeof type !== 'string')
    throw badRequest('INVALID_FIELD', 'Include an attributes type for each record', ['type']);
  return type;
}

interface Chunk {
  object: ObjectMeta;
  records: InputRecord[];
}

/** Records of one type in a row make a chunk; more than ten chunks, or setup objects among others, are refused. */
function chunksOf(org: Org, records: InputRecord[]): Chunk[] {
  const chunks: Chunk[] = [];
  for (const record of records) {
    const type = typeOf(record);
    const object = org.schema.object(type);
    if (object === undefined) throw badRequest('INVALID_TYPE', `sObject type '${type}' is not supported.`);
    const last = chunks.at(-1);
    if (last?.object === object) last.records.push(record);
    else chunks.push({ object, records: [record] });
  }
  if (chunks.length > MOST_CHUNKS) {
    throw badRequest(
      'LIMIT_EXCEEDED',
      `Cannot have more than ${MOST_CHUNKS} chunks in a single operation. Please rearrange the data to reduce chunking.`,
    );
  }
  if (new Set(chunks.map((chunk) => org.schema.traits(chunk.object).setup)).size > 1) {
    throw badRequest(
      'MIXED_DML_OPERATION',
      'DML operation on setup object is not permitted with other objects in one request',
    );
  }
  return chunks;
}

const ROLLED_BACK: DmlResult['errors'][number] = {
  statusCode: 'ALL_OR_NONE_OPERATION_ROLLED_BACK',
  message: 'Record rolled back because not all records were valid and the request was using AllOrNone header',
  fields: [],
  status: 400,
};

/** Runs several statements as one: with allOrNone a failure in any undoes them all. */
function together(org: Org, allOrNone: boolean, statements: Array<() => DmlResult[]>): DmlResult[] {
  const savepoint = org.state.savepoint();
  const results = statements.flatMap((run) => run());
  if (!allOrNone || results.every((result) => result.success)) {
    org.state.release();
    return results;
  }
  org.state.rollback(savepoint);
  return results.map((result) =>
    result.success ? { id: null, success: false, created: false, errors: [ROLLED_BACK] } : result,
  );
}

/** Creates or updates up to 200 records of up to ten chunks. */
export function writeCollection(
  org: Org,
  verb: 'insert' | 'update',
  { body, options }: { body: unknown; options: DmlOptions },
): unknown[] {
  const chunks = chunksOf(org, recordsOf(body));
  const allOrNone = (body as CollectionBody).allOrNone === true;
  const results = together(
    org,
    allOrNone,
    chunks.map(({ object, records }) => () => {
      if (options.as?.canReadObject(object) === false) {
        return records.map(() => refusedType(object));
      }
      return org[verb](object.name, records, { ...options, allOrNone });
    }),
  );
  return results.map((result) => collectionItem(result, false));
}

function refusedType(object: ObjectMeta): DmlResult {
  const message = `sObject type '${object.name}' is not supported.`;
  return {
    id: null,
    success: false,
    created: false,
    errors: [{ statusCode: 'INVALID_TYPE', message, fields: [], status: 400 }],
  };
}

/** Upserts up to 200 records of one type by a key. */
export function upsertCollection(
  org: Org,
  target: { object: ObjectMeta; key: string },
  { body, options }: { body: unknown; options: DmlOptions },
): unknown[] {
  const records = recordsOf(body);
  for (const record of records) {
    if (typeOf(record).toLowerCase() !== target.object.name.toLowerCase()) {
      throw badRequest('INVALID_INPUT', `All records must be of type ${target.object.name}`);
    }
  }
  const allOrNone = (body as CollectionBody).allOrNone === true;
  return org
    .upsert(target.object.name, target.key, records, { ...options, allOrNone })
    .map((result) => collectionItem(result, true));
}

/** Deletes up to 200 records. */
export function deleteCollection(org: Org, ids: string[], options: DmlOptions): unknown[] {
  if (ids.length === 0) throw badRequest('REQUIRED_FIELD_MISSING', 'At least 1 id is required', ['ids']);
  if (ids.length > MOST_RECORDS) {
    throw badRequest(
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${MOST_RECORDS} records into this call`,
    );
  }
  return org.delete(ids, options).map((result) => collectionItem(result, false));
}

/** Reads records by id: one entry per id, null where there is none that the caller can see. */
export function retrieveCollection(
  org: Org,
  target: { object: ObjectMeta; caller: Caller; version: string },
  request: { ids: string[]; fields: string[]; most: number },
): unknown[] {
  if (request.ids.length === 0 || request.fields.length === 0) {
    throw badRequest('REQUIRED_FIELD_MISSING', 'ids and fields are required', ['ids', 'fields']);
  }
  if (request.ids.length > request.most) {
    throw new ApiError(
      400,
      'EXCEEDED_ID_LIMIT',
      `record limit reached. cannot submit more than ${request.most} records into this call`,
    );
  }
  const fields = fieldsFor(org, target, request.fields);
  return request.ids.map((raw) => {
    const id = toId18(raw);
    const row = id === null ? undefined : org.rowById(target.object.name, id);
    if (row === undefined || row.IsDeleted === true || !target.caller.canSeeRow(target.object, row))
      return null;
    return recordJson({ object: target.object, row }, fields, target.version);
  });
}
