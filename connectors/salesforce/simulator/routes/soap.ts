/** /services/Soap/u/{version} (partner), /c/ (enterprise) and /m/ (Metadata API). */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SimulatorContext } from '../context.ts';
import { bill } from '../http-auth.ts';
import { CALLS, callerOf } from '../soap/calls.ts';
import {
  type Flavour,
  faultOf,
  readCall,
  type SoapCall,
  SoapFault,
  writeAnswer,
  writeFault,
} from '../soap/envelope.ts';
import { hasLogin, login } from '../soap/login.ts';
import { METADATA_CALLS } from '../soap/metadata-calls.ts';
import { ApiError } from '../types.ts';
import { versionOf } from '../versions.ts';

const PARTNER: Flavour = { name: 'partner', namespace: 'urn:partner.soap.sforce.com' };
const ENTERPRISE: Flavour = { name: 'enterprise', namespace: 'urn:enterprise.soap.sforce.com' };
const METADATA: Flavour = { name: 'metadata', namespace: 'http://soap.sforce.com/2006/04/metadata' };
const FLAVOURS: Record<string, Flavour> = { u: PARTNER, c: ENTERPRISE, m: METADATA };
/** The other SOAP APIs of the platform, by the letter in their address. */
const ABSENT: Record<string, string> = { T: 'Tooling API', s: 'Apex API' };
interface SoapRoute {
  Params: { flavour: string; version: string };
}

function flavourOf(request: FastifyRequest): Flavour {
  return FLAVOURS[(request.params as SoapRoute['Params']).flavour] ?? PARTNER;
}

function unknownOperation(method: string, { namespace }: Flavour): SoapFault {
  return new SoapFault(
    'soapenv:Client',
    `No operation available for request {${namespace}}${method}, please check the WSDL for the service.`,
  );
}

async function answer(
  call: SoapCall,
  request: FastifyRequest<SoapRoute>,
  context: SimulatorContext,
): Promise<string> {
  const flavour = flavourOf(request);
  const { version } = request.params;
  const { method, args, header, sessionId = '' } = call;
  if (flavour !== METADATA && method === 'login' && hasLogin(version))
    return writeAnswer(flavour, { method, result: login(args, { context, version }) });
  const calls = flavour === METADATA ? METADATA_CALLS : CALLS;
  const run = Object.hasOwn(calls, method) ? calls[method] : undefined;
  if (!run) throw unknownOperation(method, flavour);
  const caller = callerOf(sessionId, context);
  bill(context.calls, 'other', `POST ${request.url} ${method}`);
  const session = { caller, context, header, flavour, version: versionOf(`v${version}`), sessionId };
  const result = await run(args, session);
  return writeAnswer(flavour, { method, result }, flavour === METADATA ? undefined : context.calls);
}

/** Registers the SOAP endpoints. Refusals are faults with HTTP 500, so they live in a scope of their own. */
export function registerSoapRoutes(app: FastifyInstance, context: SimulatorContext): void {
  app.register(async (scope) => {
    scope.setErrorHandler((error: unknown, request: FastifyRequest, reply: FastifyReply) => {
      const fault = error instanceof ApiError ? faultOf(error) : error;
      if (!(fault instanceof SoapFault)) throw error;
      return reply
        .code(500)
        .type('text/xml; charset=utf-8')
        .send(writeFault(flavourOf(request), fault));
    });
    scope.post<SoapRoute>('/services/Soap/:flavour(^[Ts]$)/*', async (request) => {
      const name = ABSENT[request.params.flavour] ?? 'API';
      throw new SoapFault(
        'sf:API_DISABLED_FOR_ORG',
        `API_DISABLED_FOR_ORG: The ${name} over SOAP is not enabled for this organization`,
      );
    });
    for (const path of [
      '/services/Soap/:flavour(^[ucm]$)/:version',
      // What follows the version is the org's id, or what a client likes to put there.
      '/services/Soap/:flavour(^[ucm]$)/:version/*',
    ]) {
      scope.post<SoapRoute>(path, async (request, reply) => {
        const call = await readCall(typeof request.body === 'string' ? request.body : '');
        return reply.type('text/xml; charset=utf-8').send(await answer(call, request, context));
      });
    }
  });
}
