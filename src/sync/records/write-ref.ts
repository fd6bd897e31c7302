/**
 * Names one pending write of a mapping: the CRM's id of the record that is updated, or ours where it is created. A record
 * of ours can have several links in one object, and each is written for itself. Column ref of tierlink.pending_write holds
 * the same.
 */
export function refOf({ recordId, crmId }: { recordId: string; crmId: string | null }): string {
  return crmId ?? recordId;
}

/** SQL for the pending write that an outgoing reject is about. */
export function rejectRefSql(reject: string): string {
  return `coalesce(nullif(${reject}.crm_id, ''), ${reject}.record_id)`;
}
