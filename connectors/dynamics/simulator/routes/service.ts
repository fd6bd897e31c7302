import { ok, type Route } from '../api.ts';

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

export const serviceRoutes: readonly Route[] = [serviceDocument];
