import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiErrorOf, badRequest, notFound } from '../api-errors.ts';
import { failsCondition, notModified, setValidators } from '../conditions.ts';
import type { RegisterRoutes, SimulatorContext } from '../context.ts';
import { toId18 } from '../ids.ts';
import { fieldsFor, recordJson } from '../record-json.ts';
import { dmlOptionsOf } from '../request-options.ts';
import {
  ApiError,
  type Caller,
  type DmlResult,
  type InputRecord,
  type ObjectMeta,
  type Row,
} from '../types.ts';
import { versionOf } from '../versions.ts';
import { objectOf } from './describe.ts';

interface RecordRoute {
  Params: { version: string; object: string; id: string };
  Querystring: { fields?: string };
}

/** The body of a write as a record; throws for anything that is no JSON object. */
export function recordBody(request: FastifyRequest): InputRecord {
  const { body } = request;
  if (typeof body === 'string')
    throw new ApiError(415, 'UNSUPPORTED_MEDIA_TYPE', 'Content-Type not supported');
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw badRequest(
      'JSON_PARSER_ERROR',
      'The HTTP entity body is required, but this request has no entity body.',
    );
  }
  return body as InputRecord;
}

/** Answers 201 with the id of a new record, or throws its refusal. */
export function created(
  reply: FastifyReply,
  result: DmlResult,
  where: { object: ObjectMeta; version: string },
): unknown {
  if (!result.success) throw apiErrorOf(result);
  void reply
    .code(201)
    .header('Location', `/services/data/v${where.version}/sobjects/${where.object.name}/${result.id}`);
  return { id: result.id, success: true, errors: [] };
}

/** A live row that the caller can see; throws 404 as reading does. */
export function visibleRow(
  context: SimulatorContext,
  target: { object: ObjectMeta; caller: Caller },
  rawId: string,
): Row {
  const id = toId18(rawId);
  if (id === null || id.slice(0, 3) !== target.object.keyPrefix) {
    throw new ApiError(
      404,
      'NOT_FOUND',
      `Provided external ID field does not exist or is not accessible: ${rawId}`,
    );
  }
  const row = context.org.state.table(target.object).get(id);
  if (row === undefined || !target.caller.canSeeRow(target.object, row)) throw notFound();
  if (row.IsDeleted === true) throw new ApiError(404, 'ENTITY_IS_DELETED', 'entity is deleted');
  const formulas = context.org.state.formulas.has(target.object.name);
  return formulas ? (context.org.rowById(target.object.name, id) ?? row) : row;
}

function done(reply: FastifyReply, results: DmlResult[]): FastifyReply {
  const [result] = results;
  if (result === undefined || !result.success)
    throw apiErrorOf(result ?? { id: null, success: false, created: false, errors: [] });
  return reply.code(204).send();
}

/** Create, read, update and delete one record by its id. */
export const registerRecordRoutes: RegisterRoutes = (app, context) => {
  const { org } = context;
  app.post<RecordRoute>('/services/data/:version/sobjects/:object', async (request, reply) => {
    const caller = context.callerOf(request);
    const object = objectOf(context, request.params.object, caller);
    const [result] = org.insert(object.name, [recordBody(request)], dmlOptionsOf(request, caller));
    if (result === undefined) throw notFound();
    return created(reply, result, { object, version: versionOf(request.params.version) });
  });
  app.get<RecordRoute>('/services/data/:version/sobjects/:object/:id', async (request, reply) => {
    const caller = context.callerOf(request);
    const object = objectOf(context, request.params.object, caller);
    const row = visibleRow(context, { object, caller }, request.params.id);
    setValidators(reply, object, row);
    if (notModified(request, object, row)) return reply.code(304).send();
    const fields = fieldsFor(org, { object, caller }, request.query.fields?.split(',') ?? null);
    return recordJson({ object, row }, fields, versionOf(request.params.version));
  });
  app.patch<RecordRoute>('/services/data/:version/sobjects/:object/:id', async (request, reply) => {
    const caller = context.callerOf(request);
    const object = objectOf(context, request.params.object, caller);
    const record = recordBody(request);
    if (Object.keys(record).some((key) => key.toLowerCase() === 'id')) {
      throw badRequest('INVALID_FIELD', 'The Id field should not be specified in the sobject data.', ['Id']);
    }
    refuseStale(context, request, object);
    return done(
      reply,
      org.update(object.name, [{ ...record, Id: request.params.id }], dmlOptionsOf(request, caller)),
    );
  });
  app.delete<RecordRoute>('/services/data/:version/sobjects/:object/:id', async (request, reply) => {
    const caller = context.callerOf(request);
    const object = objectOf(context, request.params.object, caller);
    if (toId18(request.params.id)?.slice(0, 3) !== object.keyPrefix) {
      throw new ApiError(
        404,
        'NOT_FOUND',
        `Provided external ID field does not exist or is not accessible: ${request.params.id}`,
      );
    }
    refuseStale(context, request, object);
    return done(reply, org.delete([request.params.id], dmlOptionsOf(request, caller)));
  });
};

function refuseStale(
  context: SimulatorContext,
  request: FastifyRequest<RecordRoute>,
  object: ObjectMeta,
): void {
  const row = context.org.find(request.params.id)?.row;
  if (row !== undefined && failsCondition(request, object, row)) {
    throw new ApiError(412, 'PRECONDITION_FAILED', 'The precondition in the request header was not met');
  }
}
