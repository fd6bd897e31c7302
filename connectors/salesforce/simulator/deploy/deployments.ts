import { userPermissions } from '../access.ts';
import { badRequest, notFound } from '../api-errors.ts';
import { createIdFactory, toId18 } from '../ids.ts';
import type { Org } from '../org.ts';
import { ApiError, type Caller } from '../types.ts';
import { type DeployMessage, type DeployOptions, deployAll } from './deploy-all.ts';
import { type MetadataPackage, readPackage } from './package-zip.ts';

export type DeployStatus =
  | 'Pending'
  | 'InProgress'
  | 'FinalizingDeploy'
  | 'FinalizingDeployFailed'
  | 'Succeeded'
  | 'SucceededPartial'
  | 'Failed'
  | 'Canceled';

/** One deployment of an org. Instants are epoch milliseconds by its clock. */
export interface Deployment {
  id: string;
  options: DeployOptions;
  createdById: string;
  createdAt: number;
  startedAt: number | null;
  completedAt: number | null;
  changedAt: number;
  status: DeployStatus;
  canceledById: string | null;
  total: number;
  messages: DeployMessage[];
}

export interface Deployments {
  /** Takes a deployment in; it is worked on after the answer. Throws ApiError. */
  start(files: ReadonlyMap<string, string>, options: DeployOptions, caller: Caller): Deployment;
  /** Throws ApiError. */
  find(id: string, caller: Caller): Deployment;
  /** Gives up one that is not worked on yet. Throws ApiError. */
  cancel(id: string, caller: Caller): Deployment;
  all(): Deployment[];
  /** Deployments that start from now on stay in this status until the answer is called. (Default: Pending.) */
  hold(status?: 'Pending' | 'FinalizingDeploy'): () => void;
}

/** Whether somebody may use the Metadata API, and see what was deployed. */
export function hasMetadataAccess(org: Org, { userId }: Caller): boolean {
  const held = userPermissions(org.state, userId);
  return held.has('PermissionsModifyAllData') || held.has('PermissionsModifyMetadata');
}

/** Throws what the Metadata API says to whoever may not use it. */
export function requireMetadataAccess(org: Org, caller: Caller): void {
  if (hasMetadataAccess(org, caller)) return;
  throw new ApiError(
    403,
    'INSUFFICIENT_ACCESS',
    'use of the Metadata API requires a user with the ModifyAllData or ModifyMetadata permissions',
  );
}

const known = new WeakMap<Org, Deployments>();

export function deploymentsOf(org: Org): Deployments {
  const found = known.get(org) ?? createDeployments(org);
  known.set(org, found);
  return found;
}

/** How long the platform answers for a deployment. */
const KEPT_MS = 30 * 24 * 60 * 60 * 1000;

function createDeployments(org: Org): Deployments {
  const newId = createIdFactory();
  const all = new Map<string, Deployment>();
  const waiting: (() => void)[] = [];
  let held = 0;
  let firstStatus: DeployStatus = 'Pending';
  const runWaiting = () => {
    while (held === 0 && waiting.length > 0) waiting.shift()!();
  };
  const find = (id: string, caller: Caller): Deployment => {
    requireMetadataAccess(org, caller);
    const deployment = all.get(toId18(id) ?? '');
    if (deployment === undefined || org.now() - deployment.createdAt > KEPT_MS) throw notFound();
    return deployment;
  };
  return {
    start: (files, options, caller) => {
      requireMetadataAccess(org, caller);
      const contents = readPackage(files);
      const now = org.now();
      const deployment: Deployment = {
        ...{ id: newId('0Af'), options, createdById: caller.userId, createdAt: now, changedAt: now },
        ...{ startedAt: null, completedAt: null, status: firstStatus, canceledById: null },
        ...{ total: contents.components.length, messages: [] },
      };
      all.set(deployment.id, deployment);
      waiting.push(() => run(org, deployment, contents));
      setImmediate(runWaiting);
      return { ...deployment };
    },
    find,
    cancel: (id, caller) => {
      const deployment = find(id, caller);
      if (deployment.completedAt !== null)
        throw badRequest('INVALID_ID_FIELD', 'Deployment already completed');
      Object.assign(deployment, { status: 'Canceled', canceledById: caller.userId });
      end(org, deployment);
      return deployment;
    },
    all: () => [...all.values()],
    hold: (status = 'Pending') => {
      held += 1;
      firstStatus = status;
      let isHeld = true;
      return () => {
        if (isHeld) held -= 1;
        isHeld = false;
        if (held === 0) firstStatus = 'Pending';
        runWaiting();
      };
    },
  };
}

function end(org: Org, deployment: Deployment): void {
  deployment.changedAt = org.now();
  deployment.completedAt = org.now();
}

/** Works on a deployment: everything or, without rollbackOnError, what can be deployed; nothing where it only checks. */
function run(org: Org, deployment: Deployment, contents: MetadataPackage): void {
  if (deployment.completedAt !== null) return;
  deployment.startedAt = org.now();
  const { messages, isKept } = deployAll(org, contents, {
    ...deployment.options,
    userId: deployment.createdById,
  });
  const failed = messages.filter(({ problem }) => problem !== null).length;
  const isPartial = failed > 0 && isKept && failed < messages.length;
  deployment.messages = messages;
  deployment.status = failed === 0 ? 'Succeeded' : isPartial ? 'SucceededPartial' : 'Failed';
  end(org, deployment);
}
