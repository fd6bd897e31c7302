import { addCounts } from '../records/runs.ts';
import { claimWrites, countDue } from './claim.ts';
import { type PushContext, type PushCounts, requireGoing } from './context.ts';
import { leaveEdited } from './guard.ts';
import { resolveWrites, rowsInFlight } from './resolve.ts';
import { resumeBulkJobs, sendWrites } from './send.ts';

/** Rows of one bulk claim; more memory than this serves nobody. */
const bulkClaim = 10_000;
/** Calls' worth of rows in one claim that is not bulk: the connector sorts them by parent over several calls. */
const callsPerClaim = 5;

/**
 * Sends the due writes of one mapping until none is left, the tier lane first. Run it under the lease of the object.
 *
 * Each write goes through three commits: planned, in flight, settled. Killed before the call, the next run finds the row
 * in flight, reads the record and sends it again; killed after it, or with the answer lost, it finds the values there and
 * settles without a second write; run twice, the second run finds nothing due. Throws what stopped it: CRM_BUDGET,
 * CRM_QUOTA, CRM_UNREACHABLE, LEASE_LOST, INTERRUPTED; what was finished stays finished.
 */
export async function pushObject(context: PushContext, counts: PushCounts): Promise<void> {
  await settleLeftovers(context, counts);
  while (true) {
    requireGoing(context);
    const claim = await claimWrites(context, await claimSize(context));
    counts.rejected += claim.stopped;
    counts.left += claim.left;
    counts.claimed += claim.rows.length + claim.stopped;
    if (claim.looked === 0) return;
    const lane = claim.lane === 0 ? 'tier' : 'deals';
    await inLane(context, lane, async () => {
      const updates = claim.rows.filter((row) => row.crmId !== null);
      const creates = claim.rows.filter((row) => row.crmId === null);
      const guarded = await leaveEdited(context, updates);
      add(counts, guarded.counts);
      if (guarded.rows.length > 0) add(counts, await sendWrites(context, guarded.rows));
      if (creates.length > 0) add(counts, await sendWrites(context, creates));
    });
  }
}

/** One bulk job where the CRM has them and there is enough for one; else a few calls' worth. */
async function claimSize(context: PushContext): Promise<number> {
  const { bulkWriteFrom, rowsPerWrite } = context.capabilities;
  const few = rowsPerWrite * callsPerClaim;
  if (bulkWriteFrom === null) return few;
  return (await countDue(context)) > bulkWriteFrom ? Math.max(few, bulkClaim) : few;
}

/**
 * Finds out what became of writes that an earlier process left in flight. Bulk jobs go on where they were left, which sends
 * what they had not taken yet; `isReading` only looks at the records.
 */
export async function settleLeftovers(
  context: PushContext,
  counts: PushCounts,
  { isReading = false }: { isReading?: boolean } = {},
): Promise<void> {
  const left = await rowsInFlight(context);
  counts.claimed += left.length;
  await inLane(context, 'tier', async () => {
    if (!isReading) add(counts, await resumeBulkJobs(context, left));
    if (left.length > 0) add(counts, await resolveWrites(context, await rowsInFlight(context)));
  });
}

async function inLane(
  context: PushContext,
  lane: 'tier' | 'deals',
  work: () => Promise<void>,
): Promise<void> {
  await (context.budget === null ? work() : context.budget.inLane(lane, work));
}

function add(counts: PushCounts, more: readonly PushCounts[]): void {
  for (const each of more) addCounts(counts as unknown as Record<string, number>, { ...each });
}
