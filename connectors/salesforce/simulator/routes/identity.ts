import { randomUUID } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { notFound } from '../api-errors.ts';
import type { RegisterRoutes, SimulatorContext } from '../context.ts';
import { formatDateTime } from '../format.ts';
import { toId18 } from '../ids.ts';
import { ApiError, type Row } from '../types.ts';

function urlsOf(context: SimulatorContext, userId: string): Record<string, string> {
  const base = context.baseUrl();
  return {
    enterprise: `${base}/services/Soap/c/{version}/${context.org.id.slice(0, 15)}`,
    metadata: `${base}/services/Soap/m/{version}/${context.org.id.slice(0, 15)}`,
    partner: `${base}/services/Soap/u/{version}/${context.org.id.slice(0, 15)}`,
    rest: `${base}/services/data/v{version}/`,
    sobjects: `${base}/services/data/v{version}/sobjects/`,
    search: `${base}/services/data/v{version}/search/`,
    query: `${base}/services/data/v{version}/query/`,
    recent: `${base}/services/data/v{version}/recent/`,
    tooling_rest: `${base}/services/data/v{version}/tooling/`,
    profile: `${base}/${userId}`,
    custom_domain: base,
  };
}

function common(context: SimulatorContext, user: Row): Record<string, unknown> {
  return {
    user_id: user.Id,
    organization_id: context.org.id,
    email: user.Email,
    email_verified: true,
    active: user.IsActive === true,
    user_type: String(user.UserType ?? 'Standard').toUpperCase(),
    language: user.LanguageLocaleKey ?? 'en_US',
    locale: user.LocaleSidKey ?? 'en_US',
    utcOffset: 0,
    photos: {
      picture: `${context.baseUrl()}/profilephoto/005/F`,
      thumbnail: `${context.baseUrl()}/profilephoto/005/T`,
    },
    urls: urlsOf(context, String(user.Id)),
  };
}

function userInfo(context: SimulatorContext, user: Row): Record<string, unknown> {
  return {
    sub: `${context.baseUrl()}/id/${context.org.id}/${String(user.Id)}`,
    ...common(context, user),
    preferred_username: user.Username,
    nickname: user.CommunityNickname ?? user.Username,
    name: user.Name,
    given_name: user.FirstName ?? null,
    family_name: user.LastName,
    zoneinfo: user.TimeZoneSidKey,
    updated_at: formatDateTime(Number(user.LastModifiedDate)),
    is_salesforce_integration_user: false,
  };
}

function identity(context: SimulatorContext, user: Row): Record<string, unknown> {
  return {
    id: `${context.baseUrl()}/id/${context.org.id}/${String(user.Id)}`,
    asserted_user: true,
    ...common(context, user),
    username: user.Username,
    nick_name: user.CommunityNickname ?? user.Username,
    display_name: user.Name,
    first_name: user.FirstName ?? null,
    last_name: user.LastName,
    timezone: user.TimeZoneSidKey,
    addr_street: null,
    addr_city: null,
    addr_state: null,
    addr_country: null,
    addr_zip: null,
    mobile_phone: null,
    mobile_phone_verified: false,
    is_lightning_login_user: false,
    status: { created_date: null, body: null },
    last_modified_date: formatDateTime(Number(user.LastModifiedDate)),
    is_app_installed: true,
  };
}

/** The user of the session; jsforce sends the token as `?oauth_token=`, everybody else as a header. */
function sessionUser(context: SimulatorContext, request: FastifyRequest): Row {
  const { oauth_token: token } = request.query as { oauth_token?: string };
  const userId = token === undefined ? context.callerOf(request).userId : context.tokens.userOf(token);
  const user = userId === undefined ? undefined : context.org.find(userId)?.row;
  if (user === undefined) throw new ApiError(403, 'Bad_OAuth_Token', 'Bad_OAuth_Token');
  return user;
}

/** The OpenID claims and the identity object of the signed-in user. */
export const registerIdentityRoutes: RegisterRoutes = (app, context) => {
  app.route({
    method: ['GET', 'POST'],
    url: '/services/oauth2/userinfo',
    handler: async (request) => userInfo(context, sessionUser(context, request)),
  });
  app.route({
    method: ['GET', 'POST'],
    url: '/services/oauth2/singleaccess',
    handler: async (request) => {
      sessionUser(context, request);
      return { frontdoor_uri: `${context.baseUrl()}/secur/frontdoor.jsp?otp=${randomUUID()}` };
    },
  });
  app.get<{ Params: { org: string; user: string } }>('/id/:org/:user', async (request) => {
    const session = sessionUser(context, request);
    const sameOrg = toId18(request.params.org) === context.org.id;
    if (!sameOrg || toId18(request.params.user) !== session.Id) throw notFound();
    return identity(context, session);
  });
};
