import { TierlinkError } from '../../errors.ts';
import { instantOf } from '../../model/clock.ts';
import { idOfParts } from '../../model/record-id.ts';
import { isCalendarDate, nameKey, sameValue } from '../../model/values.ts';
import { addDays, dayOf } from '../../program/civil-date.ts';
import type { Program } from '../../program/load.ts';
import { alive } from '../../store/alive.ts';
import { despiteConflicts } from '../../store/conflicts.ts';
import { markOutbox } from '../../store/mark-outbox.ts';
import type { Executor, Store, Tx } from '../../store/store.ts';
import { partnerLabel } from '../../tier/load.ts';
import { auditException } from '../../tier/overrides.ts';
import { markDirty } from '../records/dirty.ts';
import { loadRecords, type RecordRow, saveRecords } from '../records/record-rows.ts';

/** A dated fact about a partner, from a file, a CRM or a person. */
export interface KnownFact {
  id: string;
  kind: string;
  occurredOn: string | null;
  expiresOn: string | null;
  author: string | null;
  reason: string | null;
  /** Whether it is valid today. */
  isValid: boolean;
}

export interface NewFact {
  program: Program;
  partnerId: string;
  kind: string;
  reason: string;
  author: string;
  /** Last day on which it is valid. (Default: no end) */
  until?: string | undefined;
  /** First day. (Default: today) */
  from?: string | undefined;
  /** Epoch milliseconds. */
  now: number;
}

/**
 * Records a fact about a partner by hand, such as an invitation; the same kind from the same day is the same fact. Figures
 * and tiers follow with the next recomputation. Throws FACT_INVALID; nothing is recorded then.
 */
export async function setFact(store: Store, request: NewFact): Promise<KnownFact> {
  const { program, partnerId, until: expiresOn = null } = request;
  const today = dayOf(request.now, program.timeZone);
  const occurredOn = request.from ?? today;
  const [kind, reason, author] = [request.kind.trim(), request.reason.trim(), request.author.trim()];
  return await despiteConflicts(() =>
    store.transaction(async (tx) => {
      const wrong = whatIsWrong({ kind, reason, author, expiresOn, occurredOn, today });
      if (wrong !== undefined) throw await invalid(tx, partnerId, wrong);
      const id = idOfParts('fct', ['manual', partnerId, nameKey(kind), occurredOn]);
      const values = { partner: partnerId, kind, occurredOn, expiresOn, author, reason };
      const isValid = occurredOn <= today && (expiresOn === null || today <= expiresOn);
      const fact: KnownFact = { id, kind, occurredOn, expiresOn, author, reason, isValid };
      // Somebody who saw no answer asks again.
      if (await isRecorded(tx, id, values)) return fact;
      await saveFact(tx, { id, values, now: request.now });
      const after = { fact: kind, occurredOn, expiresOn };
      await auditException(tx, {
        partnerId,
        action: 'set_fact',
        actor: author,
        before: null,
        after,
        why: reason,
        now: request.now,
      });
      return fact;
    }),
  );
}

/**
 * Ends every fact of a kind that is valid today, or later, as of yesterday. Returns them. Throws FACT_INVALID when there is
 * none; nothing is changed then.
 */
export async function endFact(
  store: Store,
  request: { program: Program; partnerId: string; kind: string; reason: string; actor: string; now: number },
): Promise<KnownFact[]> {
  const { program, partnerId, kind, reason, actor, now } = request;
  const today = dayOf(now, program.timeZone);
  return await despiteConflicts(() =>
    store.transaction(async (tx) => {
      const known = await listFacts(tx, { program, partnerId, now });
      const own = known.filter((fact) => nameKey(fact.kind) === nameKey(kind));
      const open = own.filter(({ expiresOn }) => expiresOn === null || expiresOn >= today);
      if (open.length === 0) {
        const remedy = 'Nothing to do.';
        throw await invalid(tx, partnerId, { reason: `no "${kind}" is valid`, remedy });
      }
      const expiresOn = addDays(today, -1);
      for (const { id } of open) await saveFact(tx, { id, values: { expiresOn }, now });
      const before = { fact: kind, facts: open.map(({ id }) => id) };
      const audit = { action: 'end_fact', actor, before, after: { expiresOn }, why: reason };
      await auditException(tx, { partnerId, ...audit, now });
      return open.map((fact) => ({ ...fact, expiresOn, isValid: false }));
    }),
  );
}

/** The facts of a partner, the latest first. */
export async function listFacts(
  executor: Executor,
  { program, partnerId, now }: { program: Program; partnerId: string; now: number },
): Promise<KnownFact[]> {
  const rows = await executor.query<KnownFact & Record<string, unknown>>(
    `select id, kind, occurred_on as "occurredOn", expires_on as "expiresOn", author, reason,
       coalesce(occurred_on <= $2 and (expires_on is null or expires_on >= $2), false) as "isValid"
     from tierlink.fact where partner = $1 and kind is not null and ${alive('fact')}
     order by occurred_on desc nulls last, id collate "C"`,
    [partnerId, dayOf(now, program.timeZone)],
  );
  return [...rows];
}

async function isRecorded(tx: Tx, id: string, values: RecordRow['values']): Promise<boolean> {
  const row = (await loadRecords(tx, 'fact', [id])).get(id);
  if (row === undefined || row.deletedAt !== null || !row.inScope) return false;
  return Object.entries(values).every(([attribute, value]) =>
    sameValue(row.values[attribute] ?? null, value),
  );
}

async function saveFact(
  tx: Tx,
  { id, values, now: at }: { id: string; values: RecordRow['values']; now: number },
): Promise<void> {
  const now = instantOf(at);
  const before = (await loadRecords(tx, 'fact', [id])).get(id);
  await markDirty({ tx, now }, 'fact', [id]);
  const live = { inScope: true, deletedAt: null, knownFrom: now, mergedInto: null };
  const row: RecordRow = { id, ...live, values: { ...before?.values, ...values } };
  const save = before === undefined ? { created: [row], changed: [] } : { created: [], changed: [row] };
  await saveRecords(tx, 'fact', { ...save, now });
  await markDirty({ tx, now }, 'fact', [id]);
  await markOutbox(tx, { entity: 'fact', recordIds: [id], now });
}

interface Wrong {
  reason: string;
  remedy: string;
}

function whatIsWrong(fact: {
  kind: string;
  reason: string;
  author: string;
  expiresOn: string | null;
  occurredOn: string;
  today: string;
}): Wrong | undefined {
  const { kind, reason, author, expiresOn, occurredOn, today } = fact;
  if (kind === '') return { reason: 'it needs a kind', remedy: 'Name it, such as invitation.' };
  if (reason === '') return { reason: 'it needs a reason', remedy: 'Give --reason TEXT.' };
  if (author === '') return { reason: 'it needs an author', remedy: 'Give --author NAME.' };
  for (const day of [occurredOn, expiresOn]) {
    if (day !== null && !isCalendarDate(day))
      return { reason: `"${day}" is no day`, remedy: `Give a day such as ${today}.` };
  }
  if (expiresOn === null || expiresOn >= occurredOn) return undefined;
  const remedy = `Give --until ${occurredOn} or later, or an earlier day to --from.`;
  return { reason: `it would end on ${expiresOn}, before it begins on ${occurredOn}`, remedy };
}

async function invalid(tx: Tx, partnerId: string, { reason, remedy }: Wrong): Promise<TierlinkError> {
  return new TierlinkError('FACT_INVALID', { reason, remedy, partner: await partnerLabel(tx, partnerId) });
}
