/** /services/oauth2: authorize, token, revoke, introspect. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SimulatorContext } from '../context.ts';
import { authorize } from '../oauth/authorize.ts';
import { createGrants } from '../oauth/grants.ts';
import { OauthError, oauthProblems } from '../oauth/problems.ts';
import {
  clientOf,
  createTokenEndpoint,
  grantToken,
  type TokenEndpoint,
  type TokenParameters,
} from '../oauth/token.ts';

const FORM = 'application/x-www-form-urlencoded';
/** Idle life of a session: what introspection names as its end. */
const SESSION_SECONDS = 2 * 60 * 60;

function basicCredentials(header: string | undefined): TokenParameters {
  const encoded = /^Basic\s+(.+)$/i.exec(header ?? '')?.[1];
  if (!encoded) return {};
  const [id = '', ...secret] = Buffer.from(encoded, 'base64').toString('utf8').split(':');
  return { client_id: decodeURIComponent(id), client_secret: decodeURIComponent(secret.join(':')) };
}

function parametersOf(request: FastifyRequest): TokenParameters {
  const query = request.query as TokenParameters;
  const body = (request.body ?? {}) as TokenParameters;
  return { ...basicCredentials(request.headers.authorization), ...query, ...body };
}

function introspection(parameters: TokenParameters, { context, apps, grants }: TokenEndpoint) {
  const app = clientOf(parameters, apps, 'required');
  const token = parameters.token ?? '';
  const refresh = grants.refreshGrant(token);
  const issued = grants.issued(token);
  const userId = refresh?.userId ?? context.tokens.userOf(token);
  if (userId === undefined) return { active: false };
  const user = context.org.rowById('User', userId);
  const issuedAt = Math.floor((issued?.issuedAt ?? context.org.now()) / 1000);
  return {
    active: true,
    scope: (refresh ?? issued)?.scopes.join(' ') ?? 'api',
    client_id: (refresh ?? issued)?.clientId ?? app.clientId,
    username: user?.Username ?? null,
    sub: `${context.baseUrl()}/id/${context.org.id}/${userId}`,
    token_type: refresh ? 'refresh_token' : 'access_token',
    exp: issuedAt + SESSION_SECONDS,
    iat: issuedAt,
    nbf: issuedAt,
  };
}

function sendRefusal(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (!(error instanceof OauthError)) throw error;
  return reply.code(error.status).send({ error: error.error, error_description: error.message });
}

/** Registers the OAuth endpoints. Their refusals have a shape of their own, so they live in a scope of their own. */
export function registerOauthRoutes(app: FastifyInstance, context: SimulatorContext): void {
  const grants = createGrants(context.tokens, () => context.org.now());
  const endpoint = createTokenEndpoint(context, grants);
  app.register(async (scope) => {
    if (!scope.hasContentTypeParser(FORM))
      scope.addContentTypeParser(FORM, { parseAs: 'string' }, (_request, body, done) => {
        done(null, Object.fromEntries(new URLSearchParams(String(body))));
      });
    scope.setErrorHandler(sendRefusal);
    scope.addHook('onSend', async (_request, reply) => {
      reply.header('cache-control', 'no-store').header('pragma', 'no-cache');
    });
    scope.get('/services/oauth2/authorize', async (request, reply) => {
      const answer = authorize(parametersOf(request), endpoint);
      if ('redirect' in answer) return reply.redirect(answer.redirect);
      return reply.type('text/html; charset=utf-8').send(answer.html);
    });
    scope.post(
      '/services/oauth2/token',
      async (request) => await grantToken(parametersOf(request), endpoint, request.headers.host),
    );
    scope.post('/services/oauth2/introspect', async (request) =>
      introspection(parametersOf(request), endpoint),
    );
    scope.route({
      method: ['GET', 'POST'],
      url: '/services/oauth2/revoke',
      handler: async (request, reply) => {
        const { token } = parametersOf(request);
        if (!token || !grants.revoke(token)) throw oauthProblems.token();
        return reply.code(200).send();
      },
    });
  });
}
