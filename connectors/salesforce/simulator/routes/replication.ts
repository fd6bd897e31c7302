import type { FastifyRequest } from 'fastify';
import { badRequest } from '../api-errors.ts';
import type { RegisterRoutes, SimulatorContext } from '../context.ts';
import { deletedIn, updatedIn, windowOf } from '../replication.ts';
import type { Caller, ObjectMeta } from '../types.ts';
import { objectOf } from './describe.ts';

interface ReplicationRoute {
  Params: { version: string; object: string };
  Querystring: { start?: string; end?: string };
}

function targetOf(
  context: SimulatorContext,
  request: FastifyRequest<ReplicationRoute>,
): { object: ObjectMeta; caller: Caller } {
  const caller = context.callerOf(request);
  const object = objectOf(context, request.params.object, caller);
  if (!object.replicateable) throw badRequest('INVALID_TYPE', `object ${object.name} is not replicable`);
  return { object, caller };
}

/** getUpdated and getDeleted. */
export const registerReplicationRoutes: RegisterRoutes = (app, context) => {
  const url = '/services/data/:version/sobjects/:object';
  app.get<ReplicationRoute>(`${url}/updated`, async (request) => {
    const target = targetOf(context, request);
    return updatedIn(context.org, target, windowOf(context.org, request.query, 'updated'));
  });
  app.get<ReplicationRoute>(`${url}/deleted`, async (request) => {
    const target = targetOf(context, request);
    return deletedIn(context.org, target, windowOf(context.org, request.query, 'deleted'));
  });
};
