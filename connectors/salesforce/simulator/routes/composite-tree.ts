import { badRequest, itemError } from '../api-errors.ts';
import type { RegisterRoutes } from '../context.ts';
import type { Org } from '../org.ts';
import { dmlOptionsOf } from '../request-options.ts';
import type { DmlOptions, DmlResult, InputRecord, ObjectMeta } from '../types.ts';
import { objectOf } from './describe.ts';

const MOST_RECORDS = 200;
const MOST_LEVELS = 5;

interface TreeRecord extends InputRecord {
  attributes?: { type?: string; referenceId?: string };
}

interface Planned {
  object: ObjectMeta;
  record: InputRecord;
  referenceId: string;
  /** The child's lookup and the place of its parent in the plan. */
  parent: { field: string; index: number } | null;
}

interface TreeResult {
  referenceId: string;
  id?: string | null;
  errors?: unknown[];
}

/** Carries the failures out of the transaction that they undo. */
class TreeFailure extends Error {
  readonly results: TreeResult[];
  constructor(results: TreeResult[]) {
    super('tree failed');
    this.name = 'TreeFailure';
    this.results = results;
  }
}

function childRecords(value: unknown): TreeRecord[] | undefined {
  const { records } = (value ?? {}) as { records?: unknown };
  return Array.isArray(records) ? (records as TreeRecord[]) : undefined;
}

interface Level {
  records: TreeRecord[];
  object: ObjectMeta;
  parent: Planned['parent'];
  depth: number;
}

/** Lays a tree out, parents before children. */
function plan(org: Org, level: Level, planned: Planned[]): Planned[] {
  if (level.depth > MOST_LEVELS)
    throw badRequest('INVALID_INPUT', `A tree has at most ${MOST_LEVELS} levels`);
  for (const given of level.records) {
    const referenceId = given.attributes?.referenceId;
    if (referenceId === undefined)
      throw badRequest('INVALID_INPUT', 'Each record needs a referenceId', ['referenceId']);
    const index = planned.length;
    const record: InputRecord = {};
    planned.push({ object: level.object, record, referenceId, parent: level.parent });
    for (const [key, value] of Object.entries(given)) {
      const children = childRecords(value);
      if (children === undefined) record[key] = value;
      else {
        const side = level.object.childRelationships.find(
          (each) => each.relationshipName?.toLowerCase() === key.toLowerCase(),
        );
        const object = side && org.schema.object(side.childSObject);
        if (side === undefined || object === undefined)
          throw badRequest(
            'INVALID_FIELD',
            `No such relationship '${key}' on sobject of type ${level.object.name}`,
          );
        plan(
          org,
          { records: children, object, parent: { field: side.field, index }, depth: level.depth + 1 },
          planned,
        );
      }
    }
  }
  if (planned.length > MOST_RECORDS)
    throw badRequest('INVALID_INPUT', `A tree has at most ${MOST_RECORDS} records`);
  return planned;
}

/**
 * One failure for each record whose reference id another one has too.
 * https://developer.salesforce.com/docs/platform/api-rest/guide/responses-composite-sobject-tree.html
 */
function duplicates(planned: Planned[]): TreeResult[] {
  const counts = new Map<string, number>();
  for (const { referenceId } of planned) counts.set(referenceId, (counts.get(referenceId) ?? 0) + 1);
  const message = 'Duplicate ReferenceId provided in the request.';
  return planned
    .filter(({ referenceId }) => (counts.get(referenceId) ?? 0) > 1)
    .map(({ referenceId }) => ({
      referenceId,
      errors: [{ statusCode: 'INVALID_INPUT', message, fields: [] }],
    }));
}

function insertTree(org: Org, planned: Planned[], options: DmlOptions): TreeResult[] {
  const results: DmlResult[] = [];
  for (const { object, record, parent } of planned) {
    const link = parent === null ? {} : { [parent.field]: results[parent.index]?.id };
    const [result] = org.insert(object.name, [{ ...record, ...link }], options);
    if (result !== undefined) results.push(result);
    if (result?.success === false) break;
  }
  const failed = results.flatMap((result, index): TreeResult[] =>
    result.success
      ? []
      : [{ referenceId: planned[index]?.referenceId ?? '', errors: result.errors.map(itemError) }],
  );
  if (failed.length > 0) throw new TreeFailure(failed);
  return planned.map(({ referenceId }, index) => ({ referenceId, id: results[index]?.id ?? null }));
}

/** Records with their children in one request: all of them or none. */
export const registerCompositeTreeRoutes: RegisterRoutes = (app, context) => {
  app.post<{ Params: { version: string; object: string } }>(
    '/services/data/:version/composite/tree/:object',
    async (request, reply) => {
      const caller = context.callerOf(request);
      const object = objectOf(context, request.params.object, caller);
      const records = childRecords(request.body);
      if (records === undefined || records.length === 0) {
        throw badRequest('REQUIRED_FIELD_MISSING', 'At least 1 record is required', ['records']);
      }
      const planned = plan(context.org, { records, object, parent: null, depth: 1 }, []);
      const doubled = duplicates(planned);
      if (doubled.length > 0) return reply.code(400).send({ hasErrors: true, results: doubled });
      try {
        const results = await context.exclusive(async () =>
          insertTree(context.org, planned, dmlOptionsOf(request, caller)),
        );
        return reply.code(201).send({ hasErrors: false, results });
      } catch (error) {
        if (!(error instanceof TreeFailure)) throw error;
        return reply.code(400).send({ hasErrors: true, results: error.results });
      }
    },
  );
};
