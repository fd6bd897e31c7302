import type { Manners } from '../../src/sync/connector.ts';

/**
 * What a write may set off, said on purpose both ways: left out, the platform would not look for duplicates. It has no
 * assignment rules that a write could ask for; routing rules run when people or flows apply them.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/manage-duplicate-detection-create-update
 */
export function mannersHeaders(manners: Manners): Record<string, string> {
  return { 'MSCRM.SuppressDuplicateDetection': String(manners.allowDuplicates) };
}

/**
 * Query option of every write: plug-ins and webhooks find it among their shared variables and can tell our writes apart.
 * https://learn.microsoft.com/power-apps/developer/data-platform/optional-parameters
 */
export const WRITE_TAG = 'tag=tierlink';
