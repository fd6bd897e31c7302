import type { FastifyReply, FastifyRequest } from 'fastify';
import { notFound } from '../api-errors.ts';
import type { RegisterRoutes, SimulatorContext } from '../context.ts';
import { describeObject, globalEntry, recordTypeInfos } from '../describe.ts';
import { attributesOf } from '../format.ts';
import { compareIds } from '../ids.ts';
import type { Caller, ObjectMeta } from '../types.ts';
import { versionOf } from '../versions.ts';

interface ObjectRoute {
  Params: { version: string; object: string };
}

/** The object of a path; throws 404 for one that does not exist or that the caller cannot see. */
export function objectOf(context: SimulatorContext, name: string, caller: Caller): ObjectMeta {
  const object = context.org.schema.object(name);
  if (object === undefined || !caller.canReadObject(object)) throw notFound();
  return object;
}

/** True, with the 304 set, when metadata has not changed since the time that the client knows. */
function isUnchanged(context: SimulatorContext, request: FastifyRequest, reply: FastifyReply): boolean {
  const changedAt = Math.floor(context.org.schema.changedAt() / 1000) * 1000;
  void reply.header('Last-Modified', new Date(changedAt).toUTCString());
  void reply.header('ETag', `"${(changedAt / 1000).toString(16)}"`);
  const since = Date.parse(String(request.headers['if-modified-since'] ?? ''));
  if (Number.isNaN(since) || changedAt > since) return false;
  void reply.code(304);
  return true;
}

/** What an org answers for an object that has none of these; the pages are api-rest/guide/resources-sobject-*.html. */
const NONE_DEFINED: Record<string, (object: ObjectMeta, context: SimulatorContext) => unknown> = {
  'describe/approvalLayouts': () => ({ approvalLayouts: [] }),
  'describe/compactLayouts': (object, { org }) => ({
    compactLayouts: [],
    defaultCompactLayoutId: null,
    recordTypeCompactLayoutMappings: recordTypeInfos(org, object).map((info) => ({
      available: info.available,
      compactLayoutId: null,
      recordTypeId: info.recordTypeId,
      recordTypeName: info.name,
    })),
  }),
  listviews: ({ name }) => ({ done: true, listviews: [], nextRecordsUrl: null, size: 0, sobjectType: name }),
  quickActions: () => [],
};

function recentItems(
  context: SimulatorContext,
  object: ObjectMeta,
  caller: Caller,
  version: string,
): unknown[] {
  return [...context.org.rows(object.name)]
    .filter((row) => row.OwnerId === caller.userId && row.IsDeleted !== true)
    .sort((a, b) => compareIds(String(b.Id), String(a.Id)))
    .slice(0, 5)
    .map((row) => ({
      attributes: attributesOf(object, String(row.Id), version),
      Id: row.Id,
      Name: row.Name ?? null,
    }));
}

/** describeGlobal, an object's basic information, its full describe and its (single) layout. */
export const registerDescribeRoutes: RegisterRoutes = (app, context) => {
  app.get<{ Params: { version: string } }>('/services/data/:version/sobjects', async (request, reply) => {
    const caller = context.callerOf(request);
    const version = versionOf(request.params.version);
    if (isUnchanged(context, request, reply)) return reply.send();
    const visible = context.org.schema.objects().filter((object) => caller.canReadObject(object));
    return {
      encoding: 'UTF-8',
      maxBatchSize: 200,
      sobjects: visible.map((object) => globalEntry(object, caller, version)),
    };
  });
  app.get<ObjectRoute>('/services/data/:version/sobjects/:object', async (request) => {
    const caller = context.callerOf(request);
    const version = versionOf(request.params.version);
    const object = objectOf(context, request.params.object, caller);
    return {
      objectDescribe: globalEntry(object, caller, version),
      recentItems: recentItems(context, object, caller, version),
    };
  });
  app.get<ObjectRoute>('/services/data/:version/sobjects/:object/describe', async (request, reply) => {
    const caller = context.callerOf(request);
    const object = objectOf(context, request.params.object, caller);
    if (isUnchanged(context, request, reply)) return reply.send();
    return describeObject(context.org, object, { caller, version: versionOf(request.params.version) });
  });
  // Page layouts are not told (README); without this the path would be taken for a key field and its value.
  app.get('/services/data/:version/sobjects/:object/describe/layouts', () => {
    throw notFound();
  });
  for (const [path, answer] of Object.entries(NONE_DEFINED)) {
    app.get<ObjectRoute>(`/services/data/:version/sobjects/:object/${path}`, async (request) => {
      const caller = context.callerOf(request);
      versionOf(request.params.version);
      return answer(objectOf(context, request.params.object, caller), context);
    });
  }
};
