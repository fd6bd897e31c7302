/** /services/Soap/u/{version} (partner) and /c/ (enterprise). */

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
import { ApiError } from '../types.ts';
import { versionOf } from '../versions.ts';

const PARTNER: Flavour = { name: 'partner', namespace: 'urn:partner.soap.sforce.com' };
const ENTERPRISE: Flavour = { name: 'enterprise', namespace: 'urn:enterprise.soap.sforce.com' };
/** The other SOAP APIs of the platform, by the letter in their address. */
const ABSENT: Record<string, string> = { m: 'Metadata API', T: 'Tooling API', s: 'Apex API' };
interface SoapRoute {
  Params: { flavour: string; version: string };
}

function flavourOf(request: FastifyRequest): Flavour {
  return (request.params as SoapRoute['Params']).flavour === 'c' ? ENTERPRISE : PARTNER;
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
  if (method === 'login' && hasLogin(version))
    return writeAnswer(flavour, { method, result: login(args, { context, version }) });
  const run = Object.hasOwn(CALLS, method) ? CALLS[method] : undefined;
  if (!run) throw unknownOperation(method, flavour);
  const caller = callerOf(sessionId, context);
  bill(context.calls, 'other', `POST ${request.url} ${method}`);
  const session = { caller, context, header, flavour, version: versionOf(`v${version}`), sessionId };
  return writeAnswer(flavour, { method, result: await run(args, session) }, context.calls);
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
    scope.post<SoapRoute>('/services/Soap/:flavour(^[mTs]$)/*', async (request) => {
      const name = ABSENT[request.params.flavour] ?? 'API';
      throw new SoapFault(
        'sf:API_DISABLED_FOR_ORG',
        `API_DISABLED_FOR_ORG: The ${name} over SOAP is not enabled for this organization`,
      );
    });
    for (const path of [
      '/services/Soap/:flavour(^[uc]$)/:version',
      '/services/Soap/:flavour(^[uc]$)/:version/:org',
    ]) {
      scope.post<SoapRoute>(path, async (request, reply) => {
        const call = await readCall(typeof request.body === 'string' ? request.body : '');
        return reply.type('text/xml; charset=utf-8').send(await answer(call, request, context));
      });
    }
  });
}
