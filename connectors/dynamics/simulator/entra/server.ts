import { type JsonWebKey, randomUUID } from 'node:crypto';
import fastify, { type FastifyReply, type FastifyRequest } from 'fastify';
import { type AppRegistry, createApps } from './apps.ts';
import { authorize } from './authorize.ts';
import type { KeyPair } from './certificate.ts';
import { EntraError, entraProblems } from './problems.ts';
import { answerToken, type TokenEndpoint } from './token.ts';
import { createUserGrants, type UserGrants } from './user-grants.ts';

export interface EntraOptions extends Omit<TokenEndpoint, 'apps' | 'grants'> {
  /** (Default: a free port.) */
  port?: number;
  /** With which the tokens given out can be checked. */
  publicKey(): JsonWebKey;
  /** Key and certificate that it serves with. */
  tls: KeyPair;
}

/** The tenant's sign-in, over https: clients take nothing else for an authority. */
export interface EntraSimulator {
  /** `https://localhost:<port>/<tenant>`, as clients are configured. */
  authority: string;
  apps: AppRegistry;
  /** What people have allowed apps. */
  grants: UserGrants;
  close(): Promise<void>;
}

/** Starts the tenant's sign-in on loopback. */
export async function startEntra(options: EntraOptions): Promise<EntraSimulator> {
  const apps = createApps();
  const grants = createUserGrants(options.now);
  const endpoint: TokenEndpoint = { ...options, apps, grants };
  const app = fastify({ https: options.tls, forceCloseConnections: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('*', { parseAs: 'string' }, (_request, body, done) => done(null, body));
  app.setErrorHandler((error, request, reply) => refuse(request, reply, { error, now: options.now() }));
  app.setNotFoundHandler((_request, reply) => reply.code(404).send(''));
  app.get<{ Params: { tenant: string } }>('/:tenant/v2.0/.well-known/openid-configuration', (request) => {
    requireTenant(request.params.tenant, options.tenantId);
    return configuration(originOf(request), options.tenantId);
  });
  app.get<{ Params: { tenant: string } }>('/:tenant/discovery/instance', (request) => ({
    tenant_discovery_endpoint: `${originOf(request)}/${options.tenantId}/v2.0/.well-known/openid-configuration`,
    'api-version': '1.1',
    metadata: [{ preferred_network: request.host, preferred_cache: request.host, aliases: [request.host] }],
  }));
  app.get('/:tenant/discovery/v2.0/keys', () => ({ keys: [options.publicKey()] }));
  app.get<{ Params: { tenant: string }; Querystring: Record<string, string> }>(
    '/:tenant/oauth2/v2.0/authorize',
    (request, reply) => {
      requireTenant(request.params.tenant, options.tenantId);
      const answer = authorize(endpoint, request.params.tenant, request.query);
      if ('redirect' in answer) return reply.redirect(answer.redirect);
      return reply.type('text/html; charset=utf-8').send(answer.html);
    },
  );
  app.all<{ Params: { tenant: string } }>('/:tenant/oauth2/v2.0/token', async (request, reply) => {
    if (request.method !== 'POST') throw entraProblems.method();
    const { tenant } = request.params;
    const address = `${originOf(request)}/${tenant}`;
    const answer = await answerToken(endpoint, {
      tenant,
      parameters: Object.fromEntries(new URLSearchParams(String(request.body ?? ''))),
      endpoints: [`${address}/oauth2/v2.0/token`, `${address}/v2.0`],
    });
    return reply.header('Cache-Control', 'no-store, no-cache').header('Pragma', 'no-cache').send(answer);
  });
  const url = await app.listen({ port: options.port ?? 0, host: '127.0.0.1' });
  return {
    authority: `${url.replace('127.0.0.1', 'localhost')}/${options.tenantId}`,
    apps,
    grants,
    close: async () => await app.close(),
  };
}

function requireTenant(asked: string, tenantId: string): void {
  if (![tenantId, 'common', 'organizations'].includes(asked.toLowerCase())) throw entraProblems.tenant(asked);
}

/** https://learn.microsoft.com/entra/identity-platform/v2-protocols-oidc */
function configuration(origin: string, tenantId: string): Record<string, unknown> {
  const at = `${origin}/${tenantId}`;
  return {
    token_endpoint: `${at}/oauth2/v2.0/token`,
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
    jwks_uri: `${at}/discovery/v2.0/keys`,
    response_modes_supported: ['query', 'fragment', 'form_post'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    scopes_supported: ['openid', 'profile', 'email', 'offline_access'],
    issuer: `${at}/v2.0`,
    request_uri_parameter_supported: false,
    authorization_endpoint: `${at}/oauth2/v2.0/authorize`,
    device_authorization_endpoint: `${at}/oauth2/v2.0/devicecode`,
    http_logout_supported: true,
    end_session_endpoint: `${at}/oauth2/v2.0/logout`,
    tenant_region_scope: 'EU',
  };
}

function originOf(request: FastifyRequest): string {
  return `https://${request.host}`;
}

/** https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow (error response) */
function refuse(
  request: FastifyRequest,
  reply: FastifyReply,
  { error, now }: { error: unknown; now: number },
): FastifyReply {
  if (!(error instanceof EntraError)) {
    return reply.code(500).send({
      error: 'server_error',
      error_description: 'AADSTS90033: A transient error has occurred. Please try again.',
      error_codes: [90033],
    });
  }
  const trace = randomUUID();
  const correlation = String(request.headers['client-request-id'] ?? randomUUID());
  const timestamp = `${new Date(now).toISOString().slice(0, 19).replace('T', ' ')}Z`;
  return reply.code(error.status).send({
    error: error.error,
    error_description: `AADSTS${error.code}: ${error.message} Trace ID: ${trace} Correlation ID: ${correlation} Timestamp: ${timestamp}`,
    error_codes: [error.code],
    timestamp,
    trace_id: trace,
    correlation_id: correlation,
    error_uri: `${originOf(request)}/error?code=${error.code}`,
  });
}
