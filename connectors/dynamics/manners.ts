import type { Manners } from '../../src/sync/connector.ts';

/**
 * What a write may set off, said on purpose both ways: left out, the platform would not look for duplicates. Rules are
 * asked only where a row may come into being: one that is there may have had its duplicate for years, and would be refused
 * everything for it. There are no assignment rules that a write could ask for; routing rules run when people or flows apply
 * them.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/manage-duplicate-detection-create-update
 * @param mayCreate whether the write may make a row
 */
export function mannersHeaders(manners: Manners, mayCreate: boolean): Record<string, string> {
  return { 'MSCRM.SuppressDuplicateDetection': String(manners.allowDuplicates || !mayCreate) };
}

/**
 * Query option of every write: plug-ins and webhooks find it among their shared variables and can tell our writes apart.
 * https://learn.microsoft.com/power-apps/developer/data-platform/optional-parameters
 */
export const WRITE_TAG = 'tag=tierlink';
