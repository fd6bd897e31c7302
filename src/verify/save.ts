import type { MismatchCause } from '../model/mismatch-causes.ts';
import type { VerificationState } from '../model/states.ts';
import type { Executor, Store } from '../store/store.ts';
import type { LinkPlace } from '../sync/records/links.ts';
import type { Checksum } from './checksum.ts';
import { checksumText } from './checksum.ts';
import type { Month, MonthCount } from './months.ts';
import type { Obstacle } from './obstacle.ts';
import type { Mismatch } from './settle.ts';
import type { KnownMonth } from './slice.ts';

export interface Known {
  months: KnownMonth[];
  /** What was found and is not explained, by the CRM's id. */
  mismatches: Map<string, Mismatch>;
}

const ofPlace = 'connection = $1 and object = $2 and entity = $3';
const partsOf = ({ connection, object, entity }: LinkPlace) => [connection, object, entity];

/** What earlier verifications left. known: causes that are found anew each time. */
export async function loadKnown(
  executor: Executor,
  place: LinkPlace,
  known: readonly MismatchCause[],
): Promise<Known> {
  const months = await executor.query<KnownMonth & Record<string, unknown>>(
    `select month, compared_at as "comparedAt", compared_with as "comparedWith" from tierlink.verification_month
     where ${ofPlace}`,
    partsOf(place),
  );
  const rows = await executor.query<Mismatch & Record<string, unknown>>(
    `select crm_id as "crmId", cause, settled, month, record_id as "recordId", attributes, since from tierlink.mismatch
     where ${ofPlace} and not (cause = any($4::text[]))`,
    [...partsOf(place), [...known]],
  );
  return { months, mismatches: new Map(rows.map((row) => [row.crmId, row])) };
}

/** How a mapping that could be looked at is. */
export type FoundState = Exclude<VerificationState, 'never_run' | 'unknown'>;

export interface Verified {
  place: LinkPlace;
  runId: string;
  /** ISO instants of our clock: when the counts were taken, and now. */
  countedAt: string;
  now: string;
  state: FoundState;
  /** ISO instant of the CRM up to which it holds. */
  to: string;
  counts: readonly MonthCount[];
  /** Months whose counts differ, though everything that was read of them is here. */
  unsettled: ReadonlySet<Month>;
  /** Why these were not counted a second time; null: they were, or there are none. */
  refused: Obstacle | null;
  /** Months of which the values were compared, with their checksums. */
  compared: ReadonlyMap<Month, { theirs: Checksum; ours: Checksum } | undefined>;
  /** The meaning of the mapping with which they were. */
  meaning: string;
  mismatches: readonly Mismatch[];
}

/** Keeps the result for a mapping, in one transaction: what was found before is replaced. */
export async function saveVerified(store: Store, verified: Verified): Promise<void> {
  const { place, runId, now, state, to, refused } = verified;
  await store.transaction(async (tx) => {
    await tx.query(
      `insert into tierlink.verification as v (connection, object, entity, state, reason, verified_to, checked_at, run_id)
       values ($1, $2, $3, $4, $8::jsonb, case when $4 = 'verified' then $5::timestamptz end, $6::timestamptz, $7)
       on conflict (connection, object, entity) do update set state = excluded.state, reason = excluded.reason,
         verified_to = coalesce(excluded.verified_to, v.verified_to), checked_at = excluded.checked_at,
         run_id = excluded.run_id`,
      [...partsOf(place), state, to, now, runId, refused === null ? null : JSON.stringify(refused)],
    );
    await saveMonths(tx, verified);
    await saveMismatches(tx, verified);
  });
}

async function saveMonths(
  tx: Executor,
  { place, counts, compared, unsettled, meaning, countedAt, now }: Verified,
): Promise<void> {
  const rows = counts.map((count) => {
    const sums = compared.get(count.month);
    return {
      ...count,
      isCompared: compared.has(count.month),
      unsettled: unsettled.has(count.month),
      theirs: sums === undefined ? null : checksumText(sums.theirs),
      ours: sums === undefined ? null : checksumText(sums.ours),
    };
  });
  const kept = ['compared_at', 'compared_with', 'theirs', 'ours']
    .map(
      (column) =>
        `${column} = case when excluded.compared_at is null then m.${column} else excluded.${column} end`,
    )
    .join(', ');
  await tx.query(
    `delete from tierlink.verification_month where ${ofPlace} and not (month = any($4::text[]))`,
    [...partsOf(place), counts.map(({ month }) => month)],
  );
  await tx.query(
    `insert into tierlink.verification_month as m (connection, object, entity, month, counted, linked, aside, unsettled,
       counted_at, compared_at, compared_with, theirs, ours)
     select $1, $2, $3, r.month, r.counted, r.linked, r.aside, r.unsettled, $5::timestamptz,
       case when r."isCompared" then $6::timestamptz end, case when r."isCompared" then $7 end, r.theirs, r.ours
     from jsonb_to_recordset($4::jsonb) as r(month text, counted integer, linked integer, aside integer,
       unsettled boolean, "isCompared" boolean, theirs text, ours text)
     on conflict (connection, object, entity, month) do update set counted = excluded.counted, linked = excluded.linked,
       aside = excluded.aside, unsettled = excluded.unsettled, counted_at = excluded.counted_at, ${kept}`,
    [...partsOf(place), JSON.stringify(rows), countedAt, now, meaning],
  );
}

/** Where our values are not what was read, the reading is forgotten, so that the next complete one takes the CRM's. */
async function saveMismatches(tx: Executor, { place, mismatches }: Verified): Promise<void> {
  await tx.query(`delete from tierlink.mismatch where ${ofPlace}`, partsOf(place));
  await tx.query(
    `insert into tierlink.mismatch (connection, object, entity, crm_id, cause, settled, month, record_id, attributes, since)
     select $1, $2, $3, r."crmId", r.cause, r.settled, r.month, r."recordId", r.attributes, r.since
     from jsonb_to_recordset($4::jsonb) as r("crmId" text, cause text, settled boolean, month text, "recordId" text,
       attributes text[], since timestamptz)`,
    [...partsOf(place), JSON.stringify(mismatches)],
  );
  const edited = mismatches.filter(({ cause }) => cause === 'local_edit').map(({ crmId }) => crmId);
  await tx.query(`update tierlink.link set seen_hash = null where ${ofPlace} and crm_id = any($4::text[])`, [
    ...partsOf(place),
    edited,
  ]);
}

/** Notes that nobody could look; what was found before stays as it is. */
export async function saveUnknown(
  store: Store,
  of: { place: LinkPlace; runId: string; now: string; obstacle: Obstacle },
): Promise<void> {
  await store.query(
    `insert into tierlink.verification (connection, object, entity, state, reason, checked_at, run_id)
     values ($1, $2, $3, 'unknown', $4::jsonb, $5::timestamptz, $6)
     on conflict (connection, object, entity) do update set state = excluded.state, reason = excluded.reason,
       checked_at = excluded.checked_at, run_id = excluded.run_id`,
    [...partsOf(of.place), JSON.stringify(of.obstacle), of.now, of.runId],
  );
}

/** Forgets what was found about mappings that are there no more. */
export async function forgetUnmapped(
  store: Store,
  connection: string,
  mapped: readonly Pick<LinkPlace, 'object' | 'entity'>[],
): Promise<void> {
  const parameters = [connection, mapped.map(({ object }) => object), mapped.map(({ entity }) => entity)];
  for (const table of ['verification', 'verification_month', 'mismatch'])
    await store.query(
      `delete from tierlink.${table} where connection = $1
         and (object, entity) not in (select * from unnest($2::text[], $3::text[]))`,
      parameters,
    );
}
