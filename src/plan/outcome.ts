import type { Executor } from '../store/store.ts';
import { isHeld, type PlannedWrite as PushedWrite } from '../sync/push/planned-writes.ts';
import { type Base, pairOf } from '../sync/records/base.ts';
import { recordNames } from '../sync/records/record-names.ts';
import { refOf } from '../sync/records/write-ref.ts';

/** What became of the records that a plan was to write to one connection and did not. */
export interface Unwritten {
  /** Are other ones by now than were reviewed, or belong to one that was not created, and were left alone. */
  left: number;
  /** Are still to be sent, such as those that met a lock, and what belongs to them. */
  waiting: number;
  /** Values that the CRM would refuse, by its own description of the field, and that were not sent. */
  refused: Refused[];
}

/** A value of a plan that is not written, with why. */
export interface Refused {
  object: string;
  /** null where the record is to be created. */
  crmId: string | null;
  /** Ours. */
  recordId: string;
  name: string | null;
  code: string;
  message: string;
}

interface StateRow {
  ref: string;
  base: Base | null;
  is_live: boolean | null;
  open: string[];
  pending: 'due' | 'in_flight' | 'rejected' | null;
  unsent: { attribute: string; code: string; message: string }[];
}

/**
 * Looks at what the CRM is known to hold after a push, so that it says the same however many runs it took. `restores`: the
 * plan puts back what was there before a run.
 */
export async function unwrittenOf(
  executor: Executor,
  { connection, writes, restores }: { connection: string; writes: readonly PushedWrite[]; restores: boolean },
): Promise<Unwritten> {
  const waiting: PushedWrite[] = [];
  const unmet: PushedWrite[] = [];
  const refused: Refused[] = [];
  for (const of of new Set(writes.map(({ object, entity }) => `${object} ${entity}`))) {
    const own = writes.filter(({ object, entity }) => `${object} ${entity}` === of);
    const states = await statesOf(executor, connection, own);
    const names = await recordNames(
      executor,
      own[0]!.entity,
      own.map(({ recordId }) => recordId),
    );
    for (const write of own) {
      const state = states.get(refOf(write));
      const unsent = unsentOf(write, state);
      const { object, crmId, recordId } = write;
      const name = names.get(recordId) ?? null;
      for (const { code, message } of unsent) refused.push({ object, crmId, recordId, name, code, message });
      const sendable = withoutUnsent(write, unsent);
      if (state?.pending === 'due' || state?.pending === 'in_flight') waiting.push(write);
      else if (state?.pending !== 'rejected' && !isWritten(sendable, state, restores)) unmet.push(write);
    }
  }
  const below = belowOf(waiting, unmet);
  return { left: unmet.length - below, waiting: waiting.length + below, refused };
}

/** What of a write the CRM would refuse. */
function unsentOf({ changes }: PushedWrite, state: StateRow | undefined): StateRow['unsent'] {
  return (state?.unsent ?? []).filter((each) =>
    changes.some(({ attribute }) => attribute === each.attribute),
  );
}

function withoutUnsent(write: PushedWrite, unsent: StateRow['unsent']): PushedWrite {
  const names = new Set(unsent.map(({ attribute }) => attribute));
  return { ...write, changes: write.changes.filter(({ attribute }) => !names.has(attribute)) };
}

/** How many writes belong to ones that are still to be sent. */
function belowOf(waiting: readonly PushedWrite[], unmet: readonly PushedWrite[]): number {
  const nameOf = ({ entity, recordId }: PushedWrite['after'][number]) => `${entity} ${recordId}`;
  const names = new Set(waiting.map(nameOf));
  let rest = [...unmet];
  for (;;) {
    const below = rest.filter(({ after }) => after.some((parent) => names.has(nameOf(parent))));
    if (below.length === 0) return unmet.length - rest.length;
    for (const write of below) names.add(nameOf(write));
    rest = rest.filter((write) => !below.includes(write));
  }
}

function isWritten(write: PushedWrite, state: StateRow | undefined, restores: boolean): boolean {
  const { base, is_live: isLive, open } = state ?? {};
  if (base === undefined || base === null || isLive !== true) return false;
  return write.changes.every((change) => {
    const entry = base[change.attribute];
    const isMoment = change.moment && entry !== undefined && pairOf(entry).theirs !== null;
    return open?.includes(change.attribute) !== true && (isMoment || isHeld(entry, change, restores));
  });
}

/** Of writes of one mapping, by the name of the write. */
async function statesOf(
  executor: Executor,
  connection: string,
  writes: readonly PushedWrite[],
): Promise<Map<string, StateRow>> {
  const [{ object, entity }] = writes as [PushedWrite, ...PushedWrite[]];
  const rows = await executor.query<StateRow & Record<string, unknown>>(
    `select w.ref, l.base, l.state = 'live' as is_live, p.state as pending,
       array(select d.attribute from tierlink.difference d where d.connection = $1 and d.object = $2 and d.entity = $3
         and d.crm_id = l.crm_id) as open,
       (select coalesce(jsonb_agg(jsonb_build_object('attribute', r.attribute, 'code', r.code, 'message', r.message)
           order by r.attribute), '[]') from tierlink.reject r where r.connection = $1 and r.object = $2 and r.entity = $3
         and r.record_id = w.record_id and r.direction = 'out' and r.attribute <> ''
         and r.crm_id = coalesce(w.crm_id, '')) as unsent
     from unnest($4::text[], $5::text[], $6::text[]) as w(ref, record_id, crm_id)
     left join lateral (select crm_id, base, state from tierlink.link l where l.connection = $1 and l.object = $2
       and l.entity = $3 and l.record_id = w.record_id and (w.crm_id is null or l.crm_id = w.crm_id)
       order by linked_at limit 1) l on true
     left join tierlink.pending_write p on p.connection = $1 and p.object = $2 and p.entity = $3
       and p.record_id = w.record_id and p.ref = w.ref`,
    [
      connection,
      object,
      entity,
      writes.map(refOf),
      writes.map(({ recordId }) => recordId),
      writes.map(({ crmId }) => crmId),
    ],
  );
  return new Map(rows.map((row) => [row.ref, row]));
}
