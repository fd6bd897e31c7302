import type { FastifyReply, FastifyRequest } from 'fastify';
import { apiErrorOf, badRequest, notFound } from '../api-errors.ts';
import type { RegisterRoutes, SimulatorContext } from '../context.ts';
import { keyField } from '../dml/upsert.ts';
import { toId18 } from '../ids.ts';
import { fieldsFor, recordJson } from '../record-json.ts';
import { dmlOptionsOf } from '../request-options.ts';
import {
  ApiError,
  type Caller,
  type DmlResult,
  type FieldMeta,
  type ObjectMeta,
  type Row,
} from '../types.ts';
import { versionOf } from '../versions.ts';
import { objectOf } from './describe.ts';
import { created, recordBody, visibleRow } from './records.ts';

interface KeyRoute {
  Params: { version: string; object: string; key: string; value: string };
  Querystring: { fields?: string; updateOnly?: string };
}

interface Target {
  caller: Caller;
  object: ObjectMeta;
  version: string;
}

function targetOf(context: SimulatorContext, request: FastifyRequest<KeyRoute>): Target {
  const caller = context.callerOf(request);
  const object = objectOf(context, request.params.object, caller);
  return { caller, object, version: versionOf(request.params.version) };
}

function urlOf(target: Target, id: string): string {
  return `/services/data/v${target.version}/sobjects/${target.object.name}/${id}`;
}

function severalAnswer(target: Target, ids: string[]): ApiError {
  return new ApiError(300, 'MULTIPLE_CHOICES', 'several records', {
    extra: { body: ids.map((id) => urlOf(target, id)) },
  });
}

/** The one visible row behind a key; 404 for none, 300 with addresses for several. */
function rowByKey(
  context: SimulatorContext,
  target: Target,
  { field, value }: { field: FieldMeta; value: string },
): Row {
  if (field.type === 'id') return visibleRow(context, target, value);
  const rows = [...context.org.rowsWhere(target.object.name, field.name, [value])].filter(
    (row) => row.IsDeleted !== true && target.caller.canSeeRow(target.object, row),
  );
  const [row] = rows;
  if (row === undefined) throw notFound();
  if (rows.length > 1)
    throw severalAnswer(
      target,
      rows.map((each) => String(each.Id)),
    );
  return row;
}

function keyOf(context: SimulatorContext, target: Target, name: string): FieldMeta {
  return keyField({ state: context.org.state, object: target.object, caller: target.caller }, name);
}

/** From version 46.0 an update by key answers 200 with a body, before that 204 without one. */
function upsertAnswer(reply: FastifyReply, target: Target, result: DmlResult): unknown {
  if (result.created) return { ...(created(reply, result, target) as object), created: true };
  if (Number(target.version) < 46) return reply.code(204).send();
  return { id: result.id, success: true, errors: [], created: false };
}

function checkKeyAbsent(record: Record<string, unknown>, field: FieldMeta): void {
  const named = Object.keys(record).find(
    (key) => /^id$/i.test(key) || key.toLowerCase() === field.name.toLowerCase(),
  );
  if (named === undefined) return;
  throw badRequest('INVALID_FIELD', `The ${named} field should not be specified in the sobject data.`, [
    named,
  ]);
}

/** `sobjects/X/{id}/{relationship}`: the parent record, or the page of children. */
function related(context: SimulatorContext, target: Target, request: FastifyRequest<KeyRoute>): unknown {
  const { key, value } = request.params;
  const { org } = context;
  const row = visibleRow(context, target, key);
  const names = request.query.fields?.split(',') ?? null;
  const answer = (object: ObjectMeta, found: Row): unknown =>
    recordJson(
      { object, row: found },
      fieldsFor(org, { object, caller: target.caller }, names),
      target.version,
    );
  const lookup = org.schema.relationship(target.object, value);
  if (lookup !== undefined && target.caller.canReadField(target.object, lookup)) {
    const parent = org.find(String(row[lookup.name] ?? ''));
    if (
      parent === undefined ||
      parent.row.IsDeleted === true ||
      !target.caller.canSeeRow(parent.object, parent.row)
    )
      throw notFound();
    return answer(parent.object, parent.row);
  }
  const children = target.object.childRelationships.find(
    (each) => each.relationshipName?.toLowerCase() === value.toLowerCase(),
  );
  const child = children && org.schema.object(children.childSObject);
  if (children === undefined || child === undefined || !target.caller.canReadObject(child)) throw notFound();
  const rows = [...org.rowsWhere(child.name, children.field, [String(row.Id)])].filter(
    (each) => each.IsDeleted !== true && target.caller.canSeeRow(child, each),
  );
  return { totalSize: rows.length, done: true, records: rows.map((each) => answer(child, each)) };
}

/** Records by external id: read, upsert, delete; and the records around one. */
export const registerExternalIdRoutes: RegisterRoutes = (app, context) => {
  const { org } = context;
  const url = '/services/data/:version/sobjects/:object/:key/:value';
  app.get<KeyRoute>(url, async (request) => {
    const target = targetOf(context, request);
    const { key, value } = request.params;
    if (org.schema.field(target.object, key) === undefined && toId18(key) !== null)
      return related(context, target, request);
    const row = rowByKey(context, target, { field: keyOf(context, target, key), value });
    const fields = fieldsFor(org, target, request.query.fields?.split(',') ?? null);
    return recordJson({ object: target.object, row }, fields, target.version);
  });
  app.patch<KeyRoute>(url, async (request, reply) => {
    const target = targetOf(context, request);
    const field = keyOf(context, target, request.params.key);
    const record = recordBody(request);
    checkKeyAbsent(record, field);
    const options = {
      ...dmlOptionsOf(request, target.caller),
      updateOnly: request.query.updateOnly === 'true',
    };
    const [result] = org.upsert(
      target.object.name,
      field.name,
      [{ ...record, [field.name]: request.params.value }],
      options,
    );
    if (result === undefined) throw notFound();
    const matches = result.errors[0]?.extra?.matches;
    if (Array.isArray(matches)) throw severalAnswer(target, matches.map(String));
    if (!result.success) throw apiErrorOf(result);
    return upsertAnswer(reply, target, result);
  });
  app.delete<KeyRoute>(url, async (request, reply) => {
    const target = targetOf(context, request);
    const field = keyOf(context, target, request.params.key);
    const row = rowByKey(context, target, { field, value: request.params.value });
    const [result] = org.delete([String(row.Id)], dmlOptionsOf(request, target.caller));
    if (result === undefined || !result.success) throw result === undefined ? notFound() : apiErrorOf(result);
    return reply.code(204).send();
  });
  app.post<KeyRoute>('/services/data/:version/sobjects/:object/Id', async (request, reply) => {
    const target = targetOf(context, request);
    const [result] = org.insert(
      target.object.name,
      [recordBody(request)],
      dmlOptionsOf(request, target.caller),
    );
    if (result === undefined) throw notFound();
    return { ...(created(reply, result, target) as object), created: true };
  });
};
