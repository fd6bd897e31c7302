import { createHash } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';
import { TierlinkError } from '../../../src/errors.ts';
import { type InstallPart, partId } from '../../../src/sync/installer.ts';
import { queryPath } from '../client.ts';
import type { Context } from '../context.ts';
import { element, xmlFile } from '../provision/xml.ts';
import { quote } from '../soql.ts';

/**
 * Deployments of the Metadata API.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_rest_deploy.htm
 */

/** A component as a deployment brings it. */
export interface Component {
  /** As package.xml calls it. */
  type: string;
  fullName: string;
  /** Of its file in the zip. */
  path: string;
  text: string;
}

const kind = 'install';

/** How long a deployment may take, and when it is looked at: soon, since one of one component is, then less and less often. */
const WAIT_MS = 30 * 60_000;
const FIRST_LOOK_MS = 200;
const LOOK_MS = 5_000;

interface DeployResult {
  status: string;
  done: boolean;
  success: boolean;
  errorMessage?: string | null;
  canceledByName?: string | null;
  details?: { componentFailures?: { problem?: string | null; componentType?: string; fullName?: string }[] };
}

/**
 * Deploys one component and waits for it: all of it or nothing. Throws INSTALL_REFUSED with what the platform has against it,
 * CRM_LOCKED where others were changing the org, and what the calls throw. The signal ends the waiting; the org goes on.
 */
export async function deploy(
  context: Context,
  { part, component, signal }: { part: InstallPart; component: Component; signal: AbortSignal | undefined },
): Promise<void> {
  const id = await start(context, component);
  const result = await ended(context, id, signal);
  if (result === null)
    throw refused(context, part, `deployment ${id} is still at work after ${WAIT_MS / 60_000} minutes`);
  if (result.success) return;
  const reason = reasonOf(result, id);
  if (/UNABLE_TO_LOCK_ROW|unable to obtain exclusive access/i.test(reason))
    throw new TierlinkError('CRM_LOCKED', { connection: context.host.connection, reason });
  throw refused(context, part, reason);
}

/** What stands against a part. */
export function refused({ host }: Context, part: InstallPart, reason: string): TierlinkError {
  return new TierlinkError('INSTALL_REFUSED', { connection: host.connection, part: partId(part), reason });
}

function reasonOf({ status, details, errorMessage, canceledByName }: DeployResult, id: string): string {
  if (status === 'Canceled') return `deployment ${id} was cancelled by ${canceledByName ?? 'somebody'}`;
  const problems = (details?.componentFailures ?? []).flatMap(({ problem }) => problem ?? []);
  return [...new Set(problems)].join('; ') || (errorMessage ?? `deployment ${id} ended as ${status}`);
}

/** Takes everything back when something of it fails, and lets no warning pass. No Apex goes along, so no tests are run. */
const deployOptions = {
  allowMissingFiles: false,
  autoUpdatePackage: false,
  checkOnly: false,
  ignoreWarnings: false,
  performRetrieve: false,
  purgeOnDelete: false,
  rollbackOnError: true,
  singlePackage: true,
};

async function start({ client, options }: Context, component: Component): Promise<string> {
  const { type, fullName, path, text } = component;
  const types = `<types>${element('members', fullName)}${element('name', type)}</types>`;
  const manifest = xmlFile('Package', [types, element('version', options.apiVersion)]);
  const zip = zipSync({ 'package.xml': strToU8(manifest), [path]: strToU8(text) });
  const { contentType, body } = form(zip);
  const answer = await client.json<{ id: string }>({
    ...{ method: 'POST', path: '/metadata/deployRequest', kind, body },
    headers: { 'content-type': contentType },
  });
  return answer.id;
}

/** The two parts of a request: the options, and the zip. */
function form(zip: Uint8Array): { contentType: string; body: Buffer } {
  // Made of the zip, so that it is not in it.
  const boundary = `tierlink-${createHash('sha256').update(zip).digest('hex')}`;
  const head = (name: string, more: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${more}\r\n\r\n`;
  const body = Buffer.concat([
    Buffer.from(head('entity_content', '\r\nContent-Type: application/json')),
    Buffer.from(JSON.stringify({ deployOptions })),
    Buffer.from(`\r\n${head('file', '; filename="deploy.zip"\r\nContent-Type: application/zip')}`),
    zip,
    Buffer.from(`\r\n--${boundary}--\r\n`),
  ]);
  return { contentType: `multipart/form-data; boundary=${boundary}`, body };
}

/** Waits for a deployment; null where it takes too long. */
async function ended(
  { client, host }: Context,
  id: string,
  signal: AbortSignal | undefined,
): Promise<DeployResult | null> {
  const path = `/metadata/deployRequest/${id}?includeDetails=true`;
  const until = host.now() + WAIT_MS;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LOOK_MS)) {
    const { deployResult } = await client.json<{ deployResult: DeployResult }>({
      ...{ method: 'GET', path, kind, signal },
    });
    if (deployResult.done) return deployResult;
    if (host.now() >= until) return null;
    await host.sleep(pauseMs, signal);
  }
}

/** Statuses of a deployment that is not done. */
const unfinished = ['Pending', 'InProgress', 'Canceling'];

/**
 * Waits until no deployment of the user is at work, such as one whose answer was lost, or of a process that died: only then it
 * is known what the org has. Answers whether there was any.
 */
export async function waitForOwn(context: Context, signal?: AbortSignal): Promise<boolean> {
  const { client } = context;
  const { userId } = await client.session();
  const statuses = unfinished.map(quote).join(', ');
  const soql = `SELECT Id FROM DeployRequest WHERE CreatedById = ${quote(userId)} AND Status IN (${statuses})`;
  const path = `/tooling${queryPath(soql)}`;
  const { records } = await client.json<{ records: { Id: string }[] }>({ method: 'GET', path, kind });
  for (const { Id } of records) await ended(context, Id, signal);
  return records.length > 0;
}
