import type { BenchCrm } from './crm.ts';
import { dynamics } from './dynamics.ts';
import { salesforce } from './salesforce.ts';

/** Every CRM that the bench runs on, the first one unless it is told. */
export const benchCrms: readonly [BenchCrm, ...BenchCrm[]] = [salesforce, dynamics];

/** Names of the CRMs, as `--crm` takes them. */
export const crmNames = benchCrms.map(({ manifest }) => manifest.id);

/** Throws for a name that no CRM has, naming those that there are. */
export function findCrm(name: string): BenchCrm {
  const found = benchCrms.find(({ manifest }) => manifest.id === name);
  if (found === undefined)
    throw new Error(`--crm: there is no CRM "${name}" in the bench; there are ${crmNames.join(', ')}`);
  return found;
}
