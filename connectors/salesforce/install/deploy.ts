import { createHash } from 'node:crypto';
import { strToU8, zipSync } from 'fflate';
import { isTierlinkError, TierlinkError } from '../../../src/errors.ts';
import { type InstallPart, partId } from '../../../src/sync/installer.ts';
import { queryPath } from '../client.ts';
import type { Context } from '../context.ts';
import type { MetadataElement } from '../metadata-xml.ts';
import { element, xmlFile } from '../provision/xml.ts';
import { quote } from '../soql.ts';
import { readMetadata } from './metadata.ts';
import { permissionWords } from './rights.ts';

/**
 * Deployments of the Metadata API.
 * https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_rest_deploy.htm
 */

/** A component, or several of one type and file, as a deployment brings it. */
export interface Component {
  /** As package.xml calls it. */
  type: string;
  /** Of all that the file brings. */
  fullNames: readonly string[];
  /** Of its file in the zip. */
  path: string;
  text: string;
  /** What the org had of each of them when the text was made of that; absent for what is new. */
  was?: readonly MetadataElement[];
}

const kind = 'install';

/** How long a deployment may take, and when it is looked at: soon, since one of one component is, then less and less often. */
export const WAIT_MS = 30 * 60_000;
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
 * Deploys one component and waits for it: all of it or nothing. What replaces something is taken back while it waits its turn, when
 * others are deploying before it, when the org no longer has what it was made of, and when it is waited for no longer: nobody would
 * see what people change before its turn. Answers whether it was deployed. Throws INSTALL_REFUSED with what the platform has
 * against it, INSTALL_OVERTAKEN where it came before it could be taken back, INSTALL_WAITING where it takes too long, CRM_LOCKED
 * where others were changing the org, and what the calls throw. After the signal the org goes on with what replaces nothing.
 */
export async function deploy(
  context: Context,
  { part, component, signal }: { part: InstallPart; component: Component; signal: AbortSignal | undefined },
): Promise<boolean> {
  const id = await start(context, component);
  let isOvertaken = false;
  const overtaken = async () => {
    isOvertaken = true;
    await cancel(context, id);
  };
  const result = await unlessLeft(context, { id, component }, async () => {
    if (component.was !== undefined && (await isBehindOthers(context, id))) await overtaken();
    return await ended(context, { id, signal }, async ({ status }) => {
      if (!isOvertaken && status === 'Pending' && !(await isAsItWas(context, component))) await overtaken();
    });
  });
  if (result.success && isOvertaken)
    throw new TierlinkError('INSTALL_OVERTAKEN', {
      ...{ connection: context.host.connection, part: partId(part) },
      setUp: 'Setup > View Setup Audit Trail',
    });
  if (result.success) return true;
  if (isOvertaken && result.status === 'Canceled') return false;
  const reason = reasonOf(result, id);
  if (/UNABLE_TO_LOCK_ROW|unable to obtain exclusive access/i.test(reason))
    throw new TierlinkError('CRM_LOCKED', { connection: context.host.connection, reason });
  throw refused(context, part, reason);
}

/** Takes back what replaces something when waiting for it ends in an error. */
async function unlessLeft<Result>(
  context: Context,
  { id, component }: { id: string; component: Component },
  wait: () => Promise<Result>,
): Promise<Result> {
  try {
    return await wait();
  } catch (error) {
    // Where that fails too, the next run waits for it and looks at what it left.
    if (component.was !== undefined) await cancel(context, id).catch(() => undefined);
    throw error;
  }
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
  const { type, fullNames, path, text } = component;
  const members = fullNames.map((name) => element('members', name)).join('');
  const types = `<types>${members}${element('name', type)}</types>`;
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

/** Whether others are deploying: what they change is not in what was read. */
async function isBehindOthers(context: Context, id: string): Promise<boolean> {
  return (await deploymentsAtWork(context)).some((each) => each !== id);
}

/** People change things in Set-up while a deployment waits its turn. */
async function isAsItWas(context: Context, { type, fullNames, was }: Component): Promise<boolean> {
  if (was === undefined) return true;
  const now = await readMetadata(context, type, fullNames);
  return JSON.stringify(fullNames.map((name) => now.get(name))) === JSON.stringify(was);
}

/**
 * Takes a deployment back. One that was at its end already is refused that, and then it is what it is.
 * https://developer.salesforce.com/docs/platform/api-metadata/guide/meta-rest-deploy-cancel.html
 */
async function cancel({ client }: Context, id: string): Promise<void> {
  const path = `/metadata/deployRequest/${id}`;
  const body = { deployResult: { status: 'Canceling' } };
  try {
    await client.json({ method: 'PATCH', path, body, kind, repeatable: true });
  } catch (error) {
    if (!isTierlinkError(error) || error.retry !== 'never') throw error;
  }
}

/** Waits for a deployment; onLook is told of it each time that it was not done. Throws INSTALL_WAITING where it takes too long. */
async function ended(
  context: Context,
  { id, signal }: { id: string; signal: AbortSignal | undefined },
  onLook: (result: DeployResult) => Promise<void>,
): Promise<DeployResult> {
  const path = `/metadata/deployRequest/${id}?includeDetails=true`;
  return await waitedFor(context, signal, async () => {
    const { deployResult } = await context.client.json<{ deployResult: DeployResult }>({
      ...{ method: 'GET', path, kind, signal },
    });
    if (deployResult.done) return { isDone: true, result: deployResult };
    await onLook(deployResult);
    return { isDone: false, atWork: [id] };
  });
}

/** What is at work for too long. */
export function waiting({ connection }: Context['host'], work: string): TierlinkError {
  const [minutes, setUp] = [WAIT_MS / 60_000, 'Setup > Deployment Status'];
  return new TierlinkError('INSTALL_WAITING', { connection, work, minutes, setUp });
}

/** Looks until there is a result. Throws INSTALL_WAITING with what is at work where it takes too long. */
async function waitedFor<Result>(
  { host }: Context,
  signal: AbortSignal | undefined,
  look: () => Promise<{ isDone: true; result: Result } | { isDone: false; atWork: string[] }>,
): Promise<Result> {
  const until = host.now() + WAIT_MS;
  for (let pauseMs = FIRST_LOOK_MS; ; pauseMs = Math.min(pauseMs * 2, LOOK_MS)) {
    const seen = await look();
    if (seen.isDone) return seen.result;
    if (host.now() >= until) throw waiting(host, seen.atWork.map((id) => `deployment ${id}`).join(', '));
    await host.sleep(pauseMs, signal);
  }
}

/**
 * Statuses of a deployment that has come to its end. Every other one is at work, also one that a later release brings.
 * https://developer.salesforce.com/docs/atlas.en-us.apexref.meta/apexref/apex_enum_Metadata_DeployStatus.htm
 */
const endStatuses = ['Succeeded', 'SucceededPartial', 'Failed', 'FinalizingDeployFailed', 'Canceled'];

/**
 * Waits until no deployment is at work: of ours, such as one whose answer was lost, or of a process that died, and of others,
 * which change what is read here. Only then it is known what the org has. Answers whether there was any. Throws
 * INSTALL_WAITING where it takes too long, and INSTALL_RIGHTS for a user who may not see them.
 */
export async function waitForDeployments(context: Context, signal?: AbortSignal): Promise<boolean> {
  let looks = 0;
  return await waitedFor(context, signal, async () => {
    const atWork = await deploymentsAtWork(context);
    looks += 1;
    return atWork.length === 0 ? { isDone: true, result: looks > 1 } : { isDone: false, atWork };
  });
}

async function deploymentsAtWork(context: Context): Promise<string[]> {
  return await deploymentIds(context, `Status NOT IN (${endStatuses.map(quote).join(', ')})`);
}

/** The deployment that was begun last, whoever began it; null for none. Throws INSTALL_RIGHTS. */
export async function newestDeployment(context: Context): Promise<string | null> {
  const [id] = await deploymentIds(context, 'Status != null ORDER BY CreatedDate DESC, Id DESC LIMIT 1');
  return id ?? null;
}

/** Deployments that change something. To whoever may not deploy the platform denies that there is such an object. */
async function deploymentIds({ client, host }: Context, which: string): Promise<string[]> {
  const path = `/tooling${queryPath(`SELECT Id FROM DeployRequest WHERE CheckOnly = false AND ${which}`)}`;
  try {
    const { records } = await client.json<{ records: { Id: string }[] }>({ method: 'GET', path, kind });
    return records.map(({ Id }) => Id);
  } catch (error) {
    if (!isTierlinkError(error, 'CRM_OBJECT_MISSING') && !isTierlinkError(error, 'CRM_PERMISSION'))
      throw error;
    const rights = permissionWords('ModifyMetadata');
    throw new TierlinkError('INSTALL_RIGHTS', { connection: host.connection, rights }, { cause: error });
  }
}
