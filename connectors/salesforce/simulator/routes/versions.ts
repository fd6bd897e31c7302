import type { RegisterRoutes } from '../context.ts';
import { apiVersions, versionOf } from '../versions.ts';

const RESOURCES = [
  'sobjects',
  'query',
  'queryAll',
  'search',
  'parameterizedSearch',
  'composite',
  'limits',
  'recent',
  'jobs',
  'tooling',
];

/** `GET /services/data` (open to everybody) and the list of resources of one version. */
export const registerVersionRoutes: RegisterRoutes = (app, context) => {
  app.get('/services/data', async () => apiVersions());
  app.get<{ Params: { version: string } }>('/services/data/:version', async (request) => {
    const base = `/services/data/v${versionOf(request.params.version)}`;
    const { userId } = context.callerOf(request);
    return {
      ...Object.fromEntries(RESOURCES.map((name) => [name, `${base}/${name}`])),
      identity: `${context.baseUrl()}/id/${context.org.id}/${userId}`,
    };
  });
};
