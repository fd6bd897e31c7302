import type { Caller } from './access.ts';
import type { Literal, Segment } from './odata/ast.ts';
import type { Org } from './org.ts';
import { type Preferences, readPreferences } from './preferences.ts';
import type { Query } from './query-options.ts';

/** A request to the Web API, by itself or out of a batch. */
export interface ApiRequest {
  org: Org;
  caller: Caller;
  method: string;
  /** Below the service root, as the client wrote it (still encoded), with the query. */
  path: string;
  segments: readonly Segment[];
  query: Query;
  /** Names in lower case. */
  headers: Readonly<Record<string, string>>;
  prefer: Preferences;
  /** Parsed JSON; undefined where there is none. */
  body: unknown;
  /** {org}/api/data/v9.2, by the host that the client called. */
  root: string;
}

export interface ApiAnswer {
  status: number;
  headers: Record<string, string>;
  /** Sent as JSON unless it is text with a content type of its own. */
  body?: unknown;
}

/** One kind of request. The first route that fits answers. */
export interface Route {
  name: string;
  fits(request: ApiRequest): boolean;
  answer(request: ApiRequest): ApiAnswer;
}

export function ok(body: unknown, headers: Record<string, string> = {}): ApiAnswer {
  return { status: 200, headers, body };
}

export function noContent(headers: Record<string, string> = {}): ApiAnswer {
  return { status: 204, headers };
}

/** `{root}/$metadata#accounts(name)` */
export function contextOf({ root }: Pick<ApiRequest, 'root'>, fragment: string): string {
  return `${root}/$metadata#${fragment}`;
}

/** The value that a parameter of a function has, @names followed. */
export function argument(request: ApiRequest, segment: Segment, name: string): Literal | undefined {
  const given = segment.arguments?.[name];
  return given?.kind === 'alias' ? request.query.parameters[given.name] : given;
}

export function preferencesOf(headers: Readonly<Record<string, string>>): Preferences {
  return readPreferences(headers.prefer);
}
