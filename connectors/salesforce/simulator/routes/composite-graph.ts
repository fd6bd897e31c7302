import { badRequest, notFound } from '../api-errors.ts';
import type { RegisterRoutes } from '../context.ts';
import { versionOf } from '../versions.ts';
import { type CompositeAnswer, checkRequests, RolledBack, runAll } from './composite.ts';

/** https://developer.salesforce.com/docs/platform/api-rest/guide/resources-composite-graph.html */
export const FIRST_VERSION = 50;
const MOST_GRAPHS = 75;
const MOST_NODES = 500;

interface Graph {
  graphId?: string;
  compositeRequest?: unknown;
}

function checkGraphs(graphs: unknown): Graph[] {
  if (!Array.isArray(graphs) || graphs.length === 0) {
    throw badRequest('REQUIRED_FIELD_MISSING', 'graphs is required', ['graphs']);
  }
  const nodes = (graphs as Graph[]).reduce(
    (sum, graph) => sum + (Array.isArray(graph.compositeRequest) ? graph.compositeRequest.length : 0),
    0,
  );
  if (graphs.length > MOST_GRAPHS || nodes > MOST_NODES) {
    throw badRequest('LIMIT_EXCEEDED', `At most ${MOST_GRAPHS} graphs with ${MOST_NODES} nodes together`);
  }
  return graphs as Graph[];
}

/** Several graphs of record requests; each graph is done wholly or not at all. Queries have no place in one. */
export const registerCompositeGraphRoutes: RegisterRoutes = (app, context) => {
  app.post<{ Params: { version: string } }>('/services/data/:version/composite/graph', async (request) => {
    context.callerOf(request);
    if (Number(versionOf(request.params.version)) < FIRST_VERSION) throw notFound();
    const graphs = checkGraphs((request.body as { graphs?: unknown } | null)?.graphs);
    const answers: unknown[] = [];
    for (const { graphId = '', compositeRequest } of graphs) {
      const requests = checkRequests(compositeRequest, MOST_NODES);
      if (requests.some(({ url = '' }) => !/\/sobjects\//.test(url) || url.includes('/composite/'))) {
        throw badRequest('INVALID_INPUT', 'A graph holds requests for records only');
      }
      let compositeResponse: CompositeAnswer[];
      let isSuccessful = true;
      try {
        compositeResponse = await context.exclusive(() =>
          runAll(context, request, { requests, allOrNone: true }),
        );
      } catch (error) {
        if (!(error instanceof RolledBack)) throw error;
        compositeResponse = error.answers;
        isSuccessful = false;
      }
      answers.push({ graphId, graphResponse: { compositeResponse }, isSuccessful });
    }
    return { graphs: answers };
  });
};
