/** /services/async, Bulk API 1.0: not here, and said so in that API's own shape, which its clients can read. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import type { RegisterRoutes } from '../context.ts';

const CODE = 'FeatureNotEnabled';
const MESSAGE =
  'Bulk API 1.0 is not enabled for this organization: use Bulk API 2.0 (/services/data/vXX.X/jobs)';
const XML = `<?xml version="1.0" encoding="UTF-8"?><error xmlns="http://www.force.com/2009/06/asyncapi/dataload"><exceptionCode>${CODE}</exceptionCode><exceptionMessage>${MESSAGE}</exceptionMessage></error>`;

function refuse(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  void reply.code(400);
  return String(request.headers['content-type']).includes('json')
    ? reply.send({ exceptionCode: CODE, exceptionMessage: MESSAGE })
    : reply.type('application/xml; charset=utf-8').send(XML);
}

/** Registers the refusal. */
export const registerBulkOneRoutes: RegisterRoutes = (app) => {
  app.all('/services/async/*', async (request, reply) => refuse(request, reply));
};
