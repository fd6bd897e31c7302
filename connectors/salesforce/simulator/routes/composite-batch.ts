import { badRequest } from '../api-errors.ts';
import { callKind } from '../calls.ts';
import type { RegisterRoutes } from '../context.ts';

const MOST_REQUESTS = 25;
const HALTED = {
  statusCode: 412,
  result: [{ errorCode: 'BATCH_PROCESSING_HALTED', message: 'Batch processing halted per request' }],
};

interface BatchRequest {
  method: string;
  url: string;
  richInput?: unknown;
}

/** Up to 25 independent requests; each of them counts against the day's allowance. */
export const registerCompositeBatchRoutes: RegisterRoutes = (app, context) => {
  app.post('/services/data/:version/composite/batch', async (request) => {
    context.callerOf(request);
    const { batchRequests, haltOnError } = (request.body ?? {}) as {
      batchRequests?: BatchRequest[];
      haltOnError?: boolean;
    };
    if (!Array.isArray(batchRequests) || batchRequests.length === 0) {
      throw badRequest('REQUIRED_FIELD_MISSING', 'batchRequests is required', ['batchRequests']);
    }
    if (batchRequests.length > MOST_REQUESTS) {
      throw badRequest('LIMIT_EXCEEDED', `Batch size should not exceed ${MOST_REQUESTS}`);
    }
    for (const each of batchRequests) {
      if (typeof each?.method !== 'string' || typeof each.url !== 'string')
        throw badRequest('INVALID_INPUT', 'Each batch request needs a method and a url');
    }
    const results: Array<{ statusCode: number; result: unknown }> = [];
    let failed = false;
    for (const { method, url, richInput } of batchRequests) {
      if (failed && haltOnError === true) {
        results.push(HALTED);
        continue;
      }
      const path = `/services/data/${url.replace(/^\/?(services\/data\/)?/, '')}`;
      context.calls.count(callKind(path), `${method} ${path}`);
      const response = await context.dispatch(request, {
        method: method.toUpperCase(),
        url: path,
        ...(richInput === undefined ? {} : { body: richInput }),
      });
      failed ||= response.status >= 400;
      results.push({ statusCode: response.status, result: response.body });
    }
    return { hasErrors: failed, results };
  });
};
