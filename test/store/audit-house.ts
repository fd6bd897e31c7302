import type { AuditEntry } from '../../src/store/audit.ts';
import { writeAudit } from '../../src/store/audit.ts';
import type { Store, Tx } from '../../src/store/store.ts';

const start = Date.parse('2026-03-01T00:00:00.000Z');
const dayMs = 86_400_000;

/** The instant a number of days after the first one, as text. */
export function dayAt(days: number): string {
  return new Date(start + days * dayMs).toISOString();
}

/** An entry about something; its day sets when. */
export function entryOn(day: number, more: Partial<AuditEntry> = {}): AuditEntry {
  return {
    at: dayAt(day),
    connection: 'north',
    object: 'Account',
    entity: 'partner',
    recordId: `ptr_${day}`,
    action: 'update',
    before: { tier: null, amount: '1.10' },
    after: { tier: `Tier ${day}`, list: ['a', 'b'] },
    actor: 'tierlink',
    ...more,
  };
}

export async function write(store: Store, days: readonly number[]): Promise<void> {
  await store.transaction((tx) => writeDays(tx, days));
}

export async function writeDays(tx: Tx, days: readonly number[]): Promise<void> {
  await writeAudit(
    tx,
    days.map((day) => entryOn(day)),
  );
}

/** Ids of the numbers that rollbacks burn are not among them. */
export async function lines(store: Store): Promise<{ seq: string; audit_id: string }[]> {
  return await store.query<{ seq: string; audit_id: string }>(
    'select seq, audit_id from tierlink.seal order by seq',
  );
}
