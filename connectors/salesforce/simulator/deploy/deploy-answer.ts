import type { Org } from '../org.ts';
import { jsonInstant } from '../soql/values.ts';
import type { DeployMessage } from './deploy-all.ts';
import type { Deployment } from './deployments.ts';

function nameOf(org: Org, userId: string | null): string | null {
  const row = userId === null ? undefined : org.find(userId)?.row;
  return row === undefined ? null : [row.FirstName, row.LastName].filter(Boolean).join(' ');
}

/** Instants of this API end in Z. */
function instant(ms: number | null): string | null {
  return ms === null ? null : jsonInstant(ms).replace('+0000', 'Z');
}

function messageAnswer({ problem, ...message }: DeployMessage, createdDate: string | null) {
  return {
    ...message,
    ...{ changed: problem === null, deleted: false, success: problem === null, warning: false, createdDate },
    ...(problem === null ? {} : { problem, problemType: 'Error' }),
  };
}

/** DeployResult. https://developer.salesforce.com/docs/atlas.en-us.api_meta.meta/api_meta/meta_deployresult.htm */
export function deployResult(deployment: Deployment, org: Org, withDetails: boolean) {
  const { id, options, status, messages, total, createdById, canceledById } = deployment;
  const failures = messages.filter(({ problem }) => problem !== null);
  const successes = messages.filter(({ problem }) => problem === null);
  const createdDate = instant(deployment.createdAt);
  return {
    id,
    ...{ checkOnly: options.checkOnly, rollbackOnError: options.rollbackOnError, ignoreWarnings: false },
    status,
    done: deployment.completedAt !== null,
    success: status === 'Succeeded' || status === 'SucceededPartial',
    ...{ numberComponentsTotal: total, numberComponentsDeployed: successes.length },
    numberComponentErrors: failures.length,
    ...{ numberTestsTotal: 0, numberTestsCompleted: 0, numberTestErrors: 0, runTestsEnabled: false },
    ...{ createdBy: createdById.slice(0, 15), createdByName: nameOf(org, createdById) },
    ...{ createdDate, startDate: instant(deployment.startedAt) },
    ...{ lastModifiedDate: instant(deployment.changedAt), completedDate: instant(deployment.completedAt) },
    ...(canceledById === null
      ? {}
      : { canceledBy: canceledById.slice(0, 15), canceledByName: nameOf(org, canceledById) }),
    ...(withDetails
      ? {
          details: {
            componentFailures: failures.map((each) => messageAnswer(each, createdDate)),
            componentSuccesses: successes.map((each) => messageAnswer(each, createdDate)),
            retrieveResult: null,
            runTestResult: { numFailures: 0, numTestsRun: 0, totalTime: 0, failures: [], successes: [] },
          },
        }
      : {}),
  };
}
