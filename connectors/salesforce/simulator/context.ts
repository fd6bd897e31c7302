import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { CallCounter } from './calls.ts';
import type { Faults } from './faults.ts';
import type { Org } from './org.ts';
import type { TokenService } from './tokens.ts';
import type { Caller } from './types.ts';

/** The app that a connected client would be registered as. */
export interface ClientCredentials {
  clientId: string;
  clientSecret: string;
  /** The user as whom client_credentials signs in. */
  runAsUserId: string;
  /** PEM of the certificate whose key signs JWT assertions, next to the key that the app makes. */
  certificate?: string;
}

/** A request made inside another one (composite and its kin). */
export interface SubRequest {
  method: string;
  /** Path with query, from `/services/data/v…`. */
  url: string;
  body?: unknown;
  headers?: Record<string, string>;
}

export interface SubResponse {
  status: number;
  headers: Record<string, string>;
  /** Parsed JSON, or null for an empty answer. */
  body: unknown;
}

/** What each route gets. Routes are functions `(app, context) => void` in routes/. */
export interface SimulatorContext {
  org: Org;
  tokens: TokenService;
  faults: Faults;
  calls: CallCounter;
  clientCredentials: ClientCredentials;
  /** Address of this server, no slash at its end: the org's My Domain. */
  baseUrl(): string;
  /** The caller of an authenticated request; throws ApiError 401 as the platform does. */
  callerOf(request: FastifyRequest): Caller;
  /** Runs the work while no other request is let in; what it wrote is undone when it throws. */
  exclusive<T>(work: () => Promise<T>): Promise<T>;
  /** Runs a request through the same routes, as the same caller, without billing it. */
  dispatch(parent: FastifyRequest, request: SubRequest): Promise<SubResponse>;
}

export type RegisterRoutes = (app: FastifyInstance, context: SimulatorContext) => void;
