import type { Manners } from '../../src/sync/connector.ts';

/** What a write may set off, said on purpose both ways: left out, the platform would run the default assignment rule. */
export function mannersHeaders(manners: Manners): Record<string, string> {
  return {
    'Sforce-Auto-Assign': manners.assignmentRules ? 'TRUE' : 'FALSE',
    'Sforce-Duplicate-Rule-Header': `allowSave=${manners.allowDuplicates}; includeRecordDetails=false; runAsCurrentUser=true`,
  };
}
