import type { FastifyRequest } from 'fastify';
import { badRequest } from '../api-errors.ts';
import { fillReferences, MissingReference } from '../composite-references.ts';
import type { RegisterRoutes, SimulatorContext, SubResponse } from '../context.ts';
import { platformName } from '../header-names.ts';

const MOST_REQUESTS = 25;
const MOST_HEAVY = 5;
const METHODS = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD']);
/** sObject, query and collection resources; no other resource is documented for it. */
const TAKEN = /^\/services\/data\/v[\d.]+\/(sobjects|query|queryAll|composite\/sobjects)(?![\w])/i;
/** What a request inside has from the request around it; naming one refuses the whole. */
const INHERITED = new Set(['accept', 'authorization', 'content-type']);
const SHOWN_HEADERS = ['location', 'etag', 'last-modified'];

interface CompositeRequest {
  method?: string;
  url?: string;
  referenceId?: string;
  body?: unknown;
  httpHeaders?: Record<string, string>;
}

/** The answer of one request inside a composite one. */
export interface CompositeAnswer {
  body: unknown;
  httpHeaders: Record<string, string>;
  httpStatusCode: number;
  referenceId: string;
}

/** Carries the answers out of a transaction that must be undone. */
export class RolledBack extends Error {
  readonly answers: CompositeAnswer[];
  constructor(answers: CompositeAnswer[]) {
    super('rolled back');
    this.name = 'RolledBack';
    this.answers = answers;
  }
}

function halted(referenceId: string, message: string): CompositeAnswer {
  return {
    body: [{ errorCode: 'PROCESSING_HALTED', message }],
    httpHeaders: {},
    httpStatusCode: 400,
    referenceId,
  };
}

const UNDONE = 'The transaction was rolled back since another operation in the same transaction failed.';

/** The requests of a composite body; throws for what the platform does not run. */
export function checkRequests(value: unknown, most = MOST_REQUESTS): CompositeRequest[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw badRequest('REQUIRED_FIELD_MISSING', 'compositeRequest is required', ['compositeRequest']);
  }
  if (value.length > most) {
    throw badRequest('LIMIT_EXCEEDED', `The composite request has more than ${most} subrequests`);
  }
  const requests = value.map((each) => (each ?? {}) as CompositeRequest);
  const seen = new Set<string>();
  for (const { referenceId, url = '', method } of requests) {
    if (!/^[A-Za-z]\w*$/.test(referenceId ?? '')) {
      throw badRequest(
        'INVALID_INPUT',
        `Provided referenceId ('${referenceId ?? ''}') must start with a letter and contain only letters, digits and underscores`,
      );
    }
    if (seen.has(String(referenceId)))
      throw badRequest('INVALID_INPUT', `Duplicate referenceId: ${referenceId}`);
    seen.add(String(referenceId));
    if (!String(url).startsWith('/services/data/v') || !METHODS.has(String(method).toUpperCase())) {
      throw badRequest(
        'INVALID_INPUT',
        `Each subrequest needs a method and a url that starts with /services/data/v: ${url}`,
      );
    }
  }
  for (const { url, httpHeaders = {} } of requests) {
    if (!TAKEN.test(String(url)))
      throw badRequest('INVALID_INPUT', `A composite request cannot hold this resource: ${url}`);
    const inherited = Object.keys(httpHeaders).find((header) => INHERITED.has(header.toLowerCase()));
    if (inherited !== undefined)
      throw badRequest('INVALID_INPUT', `A subrequest inherits its header ${inherited}`);
  }
  const heavy = requests.filter(({ url = '' }) => /\/(query|queryAll|composite\/sobjects)\b/.test(url));
  if (heavy.length > MOST_HEAVY) {
    throw badRequest(
      'LIMIT_EXCEEDED',
      `At most ${MOST_HEAVY} subrequests can be queries or sObject collections`,
    );
  }
  return requests;
}

function answerOf(referenceId: string, response: SubResponse): CompositeAnswer {
  const shown = Object.entries(response.headers).filter(([name]) => SHOWN_HEADERS.includes(name));
  const httpHeaders = Object.fromEntries(shown.map(([name, value]) => [platformName(name), value]));
  return { body: response.body, httpHeaders, httpStatusCode: response.status, referenceId };
}

async function runOne(
  context: SimulatorContext,
  parent: FastifyRequest,
  { request, answers }: { request: CompositeRequest; answers: Map<string, unknown> },
): Promise<CompositeAnswer> {
  const referenceId = String(request.referenceId);
  try {
    const response = await context.dispatch(parent, {
      method: String(request.method).toUpperCase(),
      url: String(fillReferences(request.url, answers)),
      headers: request.httpHeaders ?? {},
      ...(request.body === undefined ? {} : { body: fillReferences(request.body, answers) }),
    });
    return answerOf(referenceId, response);
  } catch (error) {
    if (!(error instanceof MissingReference)) throw error;
    return halted(referenceId, error.message);
  }
}

/** Runs the requests in their order; with allOrNone a failure ends them by throwing RolledBack. */
export async function runAll(
  context: SimulatorContext,
  parent: FastifyRequest,
  { requests, allOrNone }: { requests: CompositeRequest[]; allOrNone: boolean },
): Promise<CompositeAnswer[]> {
  const answers = new Map<string, unknown>();
  const done: CompositeAnswer[] = [];
  for (const request of requests) {
    const answer = await runOne(context, parent, { request, answers });
    done.push(answer);
    if (answer.httpStatusCode < 300) answers.set(answer.referenceId, answer.body);
    else if (allOrNone && answer.httpStatusCode >= 400) {
      throw new RolledBack(
        requests.map(({ referenceId }) =>
          referenceId === answer.referenceId ? answer : halted(String(referenceId), UNDONE),
        ),
      );
    }
  }
  return done;
}

/** Up to 25 requests in one call, later ones using what earlier ones answered. */
export const registerCompositeRoutes: RegisterRoutes = (app, context) => {
  app.post('/services/data/:version/composite', async (request) => {
    context.callerOf(request);
    const body = (request.body ?? {}) as { allOrNone?: boolean; compositeRequest?: unknown };
    const requests = checkRequests(body.compositeRequest);
    const allOrNone = body.allOrNone === true;
    const run = (): Promise<CompositeAnswer[]> => runAll(context, request, { requests, allOrNone });
    try {
      return { compositeResponse: allOrNone ? await context.exclusive(run) : await run() };
    } catch (error) {
      if (error instanceof RolledBack) return { compositeResponse: error.answers };
      throw error;
    }
  });
};
