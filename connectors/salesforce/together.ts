import { isTierlinkError, type TierlinkError } from '../../src/errors.ts';
import { faultOf } from '../shared/call-failed.ts';
import type { Call } from './client.ts';
import type { Context } from './context.ts';
import { faultError, parseFault } from './errors.ts';

/**
 * The composite resource carries up to 25 requests, five queries or collections among them, and is billed as one call; the batch
 * resource beside it bills each of its requests. Source: REST API guide, "Send Multiple Requests Using Composite".
 */
const CALLS_PER_BUNDLE = 25;
const QUERIES_PER_BUNDLE = 5;

type Line = Pick<Context, 'client' | 'host' | 'options'>;

/** What one of several calls answered, or why it was refused. */
export type Outcome<T> = { body: T; fault?: undefined } | { fault: TierlinkError };

/**
 * Small reads in as few calls as they fit in, answered in their order. Each is refused for itself; a bundle that is
 * refused as a whole (too large an answer, say) is a refusal of each, and can be asked for one by one. Throws what stops
 * all calls: sign-in, limits, outage.
 */
export async function together<T>(
  context: Line,
  calls: readonly Call[],
  signal?: AbortSignal,
): Promise<Outcome<T>[]> {
  const outcomes: Outcome<T>[] = [];
  for (const bundle of bundlesOf(calls)) {
    try {
      outcomes.push(...(await askBundle<T>(context, bundle, signal)));
    } catch (error) {
      if (!isRefusal(error)) throw error;
      outcomes.push(...bundle.map(() => ({ fault: error })));
    }
  }
  return outcomes;
}

/** As together; what was refused in company is asked for once more by itself, and that answer counts. */
export async function togetherOrAlone<T>(
  context: Line,
  calls: readonly Call[],
  signal?: AbortSignal,
): Promise<Outcome<T>[]> {
  const outcomes = await together<T>(context, calls, signal);
  if (calls.length < 2) return outcomes;
  for (const [index, call] of calls.entries()) {
    if (outcomes[index]?.fault === undefined) continue;
    const [alone] = await together<T>(context, [call], signal);
    if (alone !== undefined) outcomes[index] = alone;
  }
  return outcomes;
}

/** Queries and collections share the smaller limit. */
function isQuery({ path }: Call): boolean {
  return /\/query(All)?(\/|\?)|\/composite\/sobjects\b/.test(path);
}

function bundlesOf(calls: readonly Call[]): Call[][] {
  const bundles: Call[][] = [];
  let queries = 0;
  for (const call of calls) {
    const last = bundles.at(-1);
    const isFull =
      last === undefined ||
      last.length === CALLS_PER_BUNDLE ||
      (isQuery(call) && queries === QUERIES_PER_BUNDLE);
    if (isFull) {
      bundles.push([call]);
      queries = 0;
    } else last.push(call);
    if (isQuery(call)) queries += 1;
  }
  return bundles;
}

interface CompositeAnswer {
  compositeResponse: { body: unknown; httpStatusCode: number }[];
}

async function askBundle<T>(
  context: Line,
  bundle: readonly Call[],
  signal: AbortSignal | undefined,
): Promise<Outcome<T>[]> {
  const { client, host, options } = context;
  const [only] = bundle;
  if (only !== undefined && bundle.length === 1) return [{ body: await client.json<T>({ ...only, signal }) }];
  const answer = await client.json<CompositeAnswer>({
    method: 'POST',
    path: '/composite',
    kind: 'composite',
    object: only?.object,
    repeatable: true,
    body: {
      allOrNone: false,
      collateSubrequests: false,
      compositeRequest: bundle.map(({ method, path, body }, index) => ({
        method,
        url: path.startsWith('/services') ? path : `/services/data/v${options.apiVersion}${path}`,
        referenceId: `r${index}`,
        ...(body === undefined ? {} : { body }),
      })),
    },
    signal,
  });
  return answer.compositeResponse.map(({ body, httpStatusCode }, index) => {
    if (httpStatusCode < 300) return { body: body as T };
    const place = { connection: host.connection, now: host.now(), object: bundle[index]?.object };
    return { fault: faultError(parseFault(httpStatusCode, JSON.stringify(body)), place) };
  });
}

/** Answers that are about every call, not about this one. */
const ABOUT_ALL = new Set([401, 410, 420, 429, 503]);

function isRefusal(error: unknown): error is TierlinkError {
  const fault = isTierlinkError(error) ? faultOf(error) : undefined;
  if (fault === undefined || fault.status < 400) return false;
  return !ABOUT_ALL.has(fault.status) && fault.code !== 'REQUEST_LIMIT_EXCEEDED';
}
