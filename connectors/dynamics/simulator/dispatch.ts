import type { Caller } from './access.ts';
import { type ApiAnswer, type ApiRequest, preferencesOf } from './api.ts';
import { DataverseError, errorBody, refusals } from './errors.ts';
import { impersonated } from './impersonation.ts';
import { buildKeys } from './metadata-make.ts';
import { ODataSyntaxError, parseResource } from './odata/parse.ts';
import { type Operation, operations } from './operations.ts';
import type { Org } from './org.ts';
import { readQuery } from './query-options.ts';
import { routes } from './routes/all.ts';

/** A request before its address is read. */
export interface RawRequest {
  org: Org;
  caller: Caller;
  method: string;
  /** Below the service root, with the query. */
  path: string;
  headers: Readonly<Record<string, string>>;
  body: unknown;
  root: string;
}

/** Answers a request to the Web API; refusals are answers too. */
export function dispatch(raw: RawRequest): ApiAnswer {
  try {
    const request = readRequest(raw);
    buildKeys(raw.org.state);
    const route = routes.find((each) => each.fits(request));
    if (route === undefined) throw unanswered(request);
    return route.answer(request);
  } catch (error) {
    return refusalAnswer(error);
  }
}

/** A resource that is there is not asked by this method; the others are not there. */
function unanswered({ org, method, segments }: ApiRequest): DataverseError {
  const [first, second] = segments;
  const isNamed = ({ name, on }: Operation) => name === first?.name && on === undefined;
  const isKnown =
    second === undefined &&
    (org.schema.tableOfSet(first?.name ?? '') !== undefined || operations.some(isNamed));
  return isKnown ? refusals.noMethod(method) : refusals.noSegment(second?.name ?? first?.name ?? '');
}

/** The answer for something that was thrown; what nobody expects is the platform's own unexpected error. */
export function refusalAnswer(error: unknown): ApiAnswer {
  const refusal =
    error instanceof DataverseError
      ? error
      : new DataverseError(500, '0x80040216', `An unexpected error occurred. ${(error as Error).message}`);
  return { status: refusal.status, headers: { ...refusal.headers }, body: errorBody(refusal) };
}

function readRequest(raw: RawRequest): ApiRequest {
  const [path = '', ...search] = raw.path.split('?');
  return {
    ...raw,
    caller: impersonated(raw.org, raw.caller, raw.headers),
    segments: readSegments(path),
    query: readQuery(search.join('?')),
    prefer: preferencesOf(raw.headers),
  };
}

function readSegments(path: string) {
  const text = decode(path).replace(/^\//, '');
  if (text === '') return [];
  try {
    return parseResource(text);
  } catch (error) {
    if (error instanceof ODataSyntaxError) throw refusals.badQuery(error.message);
    throw error;
  }
}

function decode(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw refusals.badQuery('The request URI is not valid.');
  }
}
