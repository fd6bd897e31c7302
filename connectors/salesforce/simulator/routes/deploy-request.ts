/**
 * /metadata/deployRequest: deployments of the Metadata API over REST.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_rest_deploy.htm
 */

import type { FastifyInstance, FastifyRequest } from 'fastify';
import { badRequest } from '../api-errors.ts';
import type { SimulatorContext } from '../context.ts';
import type { DeployOptions } from '../deploy/deploy-all.ts';
import { deployResult } from '../deploy/deploy-answer.ts';
import { type Deployment, deploymentsOf } from '../deploy/deployments.ts';
import { unzipped } from '../deploy/unzip.ts';
import { partsOf } from './multipart-bytes.ts';

interface DeployRoute {
  Params: { version: string; id: string };
  Querystring: { includeDetails?: string };
}

function answerOf(deployment: Deployment, context: SimulatorContext, withDetails: boolean) {
  return {
    validatedDeployRequestId: null,
    id: deployment.id,
    deployOptions: deployment.options,
    deployResult: deployResult(deployment, context.org, withDetails),
  };
}

function formOf(request: FastifyRequest): { options: DeployOptions; zip: Buffer } {
  const { body, headers } = request;
  const parts = Buffer.isBuffer(body) ? partsOf(body, headers['content-type'] ?? '') : undefined;
  const entity = parts?.get('entity_content');
  const zip = parts?.get('file');
  if (entity === undefined || zip === undefined)
    throw badRequest(
      'INVALID_MULTIPART_REQUEST',
      'Multipart message must include a non-binary part and a binary part',
    );
  return { options: optionsIn(entity.toString('utf8')), zip };
}

function optionsIn(text: string): DeployOptions {
  let entity: { deployOptions?: Partial<DeployOptions> };
  try {
    entity = JSON.parse(text) as typeof entity;
  } catch (error) {
    throw badRequest('JSON_PARSER_ERROR', error instanceof Error ? error.message : 'malformed');
  }
  const { checkOnly = false, rollbackOnError = false, ...rest } = entity.deployOptions ?? {};
  requireOptions({ checkOnly, rollbackOnError, ...rest });
  return { ...rest, checkOnly, rollbackOnError };
}

const switches = [
  ...['allowMissingFiles', 'autoUpdatePackage', 'checkOnly', 'ignoreWarnings', 'performRetrieve'],
  ...['purgeOnDelete', 'rollbackOnError', 'singlePackage'],
];
const testLevels = [
  'NoTestRun',
  'RunSpecifiedTests',
  'RunLocalTests',
  'RunAllTestsInOrg',
  'RunRelevantTests',
];

/** Throws for an option that there is not, or that has no such value. */
function requireOptions(options: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(options)) {
    if (value === null) continue;
    const isKnown = switches.includes(name) || name === 'testLevel' || name === 'runTests';
    if (!isKnown) throw badRequest('JSON_PARSER_ERROR', `Unrecognized field "${name}"`);
    const isFitting =
      name === 'runTests'
        ? Array.isArray(value)
        : name === 'testLevel'
          ? testLevels.includes(String(value))
          : typeof value === 'boolean';
    if (!isFitting)
      throw badRequest('JSON_PARSER_ERROR', `${name}: ${JSON.stringify(value)} is no value of it`);
  }
}

/** Registers the resource. Its bodies are bytes, so it lives in a scope of its own. */
export function registerDeployRoutes(app: FastifyInstance, context: SimulatorContext): void {
  const deployments = deploymentsOf(context.org);
  const base = '/services/data/:version/metadata/deployRequest';
  app.register(async (scope) => {
    scope.addContentTypeParser(/^multipart\/form-data/i, { parseAs: 'buffer' }, (_request, body, done) =>
      done(null, body),
    );
    scope.post<DeployRoute>(base, async (request, reply) => {
      const { options, zip } = formOf(request);
      const deployment = deployments.start(await unzipped(zip), options, context.callerOf(request));
      return reply.code(201).send(answerOf(deployment, context, false));
    });
    scope.get<DeployRoute>(`${base}/:id`, async (request) => {
      const deployment = deployments.find(request.params.id, context.callerOf(request));
      return answerOf(deployment, context, request.query.includeDetails === 'true');
    });
    scope.patch<DeployRoute>(`${base}/:id`, async (request, reply) => {
      const wanted = (request.body as { deployResult?: { status?: string } } | null)?.deployResult?.status;
      if (wanted !== 'Canceling')
        throw badRequest('INVALID_FIELD', 'A deployment can only be changed to the status Canceling');
      const deployment = deployments.cancel(request.params.id, context.callerOf(request));
      return reply.code(202).send(answerOf(deployment, context, false));
    });
  });
}
