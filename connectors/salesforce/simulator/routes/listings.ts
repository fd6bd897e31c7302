import type { RegisterRoutes } from '../context.ts';
import { versionOf } from '../versions.ts';
import { FIRST_VERSION as FIRST_GRAPH_VERSION } from './composite-graph.ts';

interface Listing {
  path: string;
  /** The resources below the path, each with the first version that has it. */
  names: Record<string, number>;
}

const LISTINGS: Listing[] = [
  // https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-composite-get.html
  { path: 'composite', names: { tree: 34, batch: 34, sobjects: 42, graph: FIRST_GRAPH_VERSION } },
  // no page shows these two; they list what is answered here
  { path: 'jobs', names: { ingest: 41, query: 47 } },
  { path: 'tooling', names: { query: 31 } },
];

/** What there is below resources that are directories of others. */
export const registerListingRoutes: RegisterRoutes = (app, context) => {
  for (const { path, names } of LISTINGS) {
    app.get<{ Params: { version: string } }>(`/services/data/:version/${path}`, async (request) => {
      context.callerOf(request);
      const version = versionOf(request.params.version);
      const known = Object.keys(names).filter((name) => Number(version) >= (names[name] ?? 0));
      return Object.fromEntries(known.map((name) => [name, `/services/data/v${version}/${path}/${name}`]));
    });
  }
};
