import { ok, type Route } from '../api.ts';
import { csdl } from '../csdl.ts';

/** The service document: the sets that there are. */
const serviceDocument: Route = {
  name: 'service document',
  fits: ({ method, segments }) => method === 'GET' && segments.length === 0,
  answer: (request) =>
    ok({
      '@odata.context': `${request.root}/$metadata`,
      value: [...request.org.schema.tables()].map(({ entitySet }) => ({
        name: entitySet,
        kind: 'EntitySet',
        url: entitySet,
      })),
    }),
};

/** What all tables are made of. */
const metadataDocument: Route = {
  name: 'metadata document',
  fits: ({ method, segments }) =>
    method === 'GET' && segments.length === 1 && segments[0]!.name === '$metadata',
  answer: ({ org, query }) => ({
    status: 200,
    headers: { 'Content-Type': 'application/xml' },
    body: csdl(org.schema, { annotations: query.other.annotations === 'true' }),
  }),
};

export const serviceRoutes: readonly Route[] = [serviceDocument, metadataDocument];
