import type { Tx } from './store.ts';

/** One thing that somebody did, as the audit keeps it. */
export interface AuditEntry {
  /** ISO instant. */
  at: string;
  runId?: string | null | undefined;
  /** Alias; empty where it is about no connection. */
  connection: string;
  /** The CRM's object, or what else it is about; empty where nothing names it. */
  object: string;
  crmId?: string | null | undefined;
  entity: string;
  recordId: string;
  action: string;
  /** By attribute, in our forms; null or left out where there was nothing. */
  before?: unknown;
  after?: unknown;
  /** A person's name, tierlink or crm. */
  actor: string;
  /** A person's reason, or the cause. */
  why?: string | null | undefined;
  /** The decision that it follows from. */
  decisionId?: string | null | undefined;
  /** The reviewed plan that it is a part of. */
  planId?: string | null | undefined;
}

/**
 * The one writer of the audit: keeps the entries, in one statement of the transaction that does what they tell. Each waits
 * in tierlink.unsealed for its place in the chain (audit-chain.ts), so that no order of commits can jump over one.
 */
export async function writeAudit(tx: Tx, entries: readonly AuditEntry[]): Promise<void> {
  if (entries.length === 0) return;
  await tx.query(
    `with written as (
       insert into tierlink.audit (at, run_id, connection, object, crm_id, entity, record_id, action, before, after, actor,
         why, decision_id, plan_id)
       select r.at, r."runId", r.connection, r.object, r."crmId", r.entity, r."recordId", r.action, r.before, r.after,
         r.actor, r.why, r."decisionId", r."planId"
       from jsonb_to_recordset($1::jsonb) as r(at timestamptz, "runId" text, connection text, object text, "crmId" text,
         entity text, "recordId" text, action text, before jsonb, after jsonb, actor text, why text, "decisionId" text,
         "planId" text)
       returning id)
     insert into tierlink.unsealed (audit_id) select id from written`,
    [JSON.stringify(entries)],
  );
}
