import { writeAudit } from '../../store/audit.ts';
import { noteMatchDue } from '../match/due.ts';
import { changeRecords, type Joining, joinRecords } from '../match/join-records.ts';
import { apartPairs, apartSql } from '../records/apart.ts';
import { noteLinks } from '../records/feed.ts';
import { findLinks, type Link } from '../records/links.ts';
import { meetAnew } from '../records/takeovers.ts';
import { type Batch, placeOf } from './batch.ts';
import { arrivalKey, countsOf } from './job.ts';
import { forget, leaveBroken, passOn, passOnHere } from './removals.ts';
import { ownershipIn } from './standing.ts';

/**
 * Follows merges in the CRM: the loser's link answers with the survivor, our record of the loser points to the
 * survivor's, and what belonged to the loser belongs to the survivor. Decisions and other history stay where they are and
 * are reached through merged_into. Returns arrival keys of the losers, for what waited for them.
 */
export async function applyMerges(
  batch: Batch,
  merged: readonly { loser: string; winner: string }[],
): Promise<string[]> {
  if (merged.length === 0) return [];
  await forget(
    batch,
    merged.map(({ loser }) => loser),
  );
  const arrived: string[] = [];
  // One after the other: a winner may be the next one's loser.
  for (const { loser, winner } of merged) {
    if (await followMerge(batch, loser, winner)) arrived.push(arrivalKey(batch.plan.entity, loser));
  }
  return arrived;
}

/** Returns whether the loser was one of ours until now. What was merged into the loser before goes along with it. */
async function followMerge(batch: Batch, loser: string, winner: string): Promise<boolean> {
  const link = await linkOf(batch, loser);
  if (link?.state === 'merged') return false;
  // What a person took apart is none of ours, so that nothing of ours goes along.
  if (link?.state === 'broken') {
    await leaveBroken(batch, [loser]);
    return false;
  }
  const survivor = await survivorOf(batch, winner);
  if (link !== undefined) {
    await markMerged(batch, link, survivor.crmId);
    countsOf(batch.job, batch.plan.entity).merged += 1;
  }
  const earlier = await redirect(batch, loser, survivor.crmId);
  const isApart = await areApart(batch, link?.recordId, survivor.recordId);
  if (survivor.recordId !== undefined && !isApart) {
    const from = new Set(link === undefined ? earlier : [link.recordId, ...earlier]);
    for (const id of from) await join(batch, { from: id, to: survivor.recordId });
    // Two records of this CRM that were one of ours already.
    if (link?.recordId === survivor.recordId) await passOnHere(batch, [link.recordId]);
  } else if (link !== undefined && !(await isHeldElsewhere(batch, link))) {
    // The survivor is not part of the program (yet): our record of the loser stops counting until it is. So does one that
    // a person keeps apart from the survivor's.
    await changeRecords(joiningOf(batch), new Map([[link.recordId, { inScope: false }]]));
  }
  return link !== undefined;
}

/** Whether a person has said that our records of a loser and its survivor are not the same. */
async function areApart(
  { tx, plan }: Batch,
  loser: string | undefined,
  survivor: string | undefined,
): Promise<boolean> {
  if (loser === undefined || survivor === undefined || loser === survivor) return false;
  return (await apartPairs(tx, plan.entity, [loser, survivor])).size > 0;
}

/** Whether another connection holds the record of a link that has ended; what this one decided passes on to it. */
async function isHeldElsewhere(batch: Batch, { recordId }: Link): Promise<boolean> {
  const { entity } = batch.plan;
  const rows = await batch.tx.query(
    `select from tierlink.link where entity = $1 and record_id = $2 and state = 'live' and connection <> $3 limit 1`,
    [entity, recordId, batch.job.connection],
  );
  if (rows.length > 0) {
    await passOn(batch, [recordId]);
    await noteMatchDue(batch, [recordId]);
  }
  return rows.length > 0;
}

/** Joins records whose survivor was not known when the merge was told, and has arrived now. */
export async function completeMerges(batch: Batch, crmIds: readonly string[]): Promise<void> {
  if (crmIds.length === 0) return;
  const { connection, object, entity } = placeOf(batch);
  const rows = await batch.tx.query<{ loser: string; winner: string }>(
    `select distinct l.record_id as loser, w.record_id as winner from tierlink.link l
     join tierlink.link w on w.connection = l.connection and w.object = l.object and w.entity = l.entity
       and w.crm_id = l.merged_into and w.state = 'live'
     where l.connection = $1 and l.object = $2 and l.entity = $3 and l.merged_into = any($4::text[])
       and l.state = 'merged' and l.record_id <> w.record_id
       and not ${apartSql('l.entity', ['l.record_id', 'w.record_id'])}
     order by 1`,
    [connection, object, entity, [...crmIds]],
  );
  for (const { loser, winner } of rows) await join(batch, { from: loser, to: winner });
}

async function linkOf(batch: Batch, crmId: string): Promise<Link | undefined> {
  return (await findLinks(batch.tx, placeOf(batch), [crmId])).get(crmId);
}

/** The last winner, and our record of it if it is one of ours. */
async function survivorOf(
  batch: Batch,
  winner: string,
): Promise<{ crmId: string; recordId: string | undefined }> {
  let crmId = winner;
  for (const seen = new Set<string>(); !seen.has(crmId); ) {
    seen.add(crmId);
    const link = await linkOf(batch, crmId);
    if (link?.state !== 'merged') {
      return { crmId, recordId: link === undefined || isNobody(link) ? undefined : link.recordId };
    }
    crmId = link.mergedInto ?? crmId;
  }
  return { crmId, recordId: undefined };
}

/** Whether the record of the CRM is none of ours any more. */
function isNobody({ state }: Link): boolean {
  return state === 'deleted' || state === 'broken';
}

/** Points what was merged into a record before to its survivor. Returns our records of it. */
async function redirect(batch: Batch, loser: string, survivor: string): Promise<string[]> {
  const { connection, object, entity } = placeOf(batch);
  const rows = await batch.tx.query<{ record_id: string }>(
    `update tierlink.link set merged_into = $5, changed_at = $6::timestamptz
     where connection = $1 and object = $2 and entity = $3 and merged_into = $4 and state = 'merged'
     returning record_id`,
    [connection, object, entity, loser, survivor, batch.now],
  );
  return rows.map((row) => row.record_id);
}

async function markMerged(batch: Batch, loser: Link, winner: string): Promise<void> {
  const { connection, object, entity } = placeOf(batch);
  const place = [connection, object, entity, loser.crmId];
  await batch.tx.query(
    `update tierlink.link set state = 'merged', merged_into = $5, changed_at = $6::timestamptz, left_scope_at = null
     where connection = $1 and object = $2 and entity = $3 and crm_id = $4`,
    [...place, winner, batch.now],
  );
  await noteLinks(batch.tx, { connection, object, entity, merges: 1 });
  const { crmId, recordId } = loser;
  const same = { at: batch.now, runId: batch.job.runId, connection, object, entity, actor: 'crm' };
  const merge = { action: 'merge', before: { crmId }, after: { crmId: winner } };
  await writeAudit(batch.tx, [{ ...same, ...merge, crmId, recordId }]);
}

async function join(batch: Batch, ids: { from: string; to: string }): Promise<void> {
  const moved = (await joinRecords(joiningOf(batch), [ids])).get(ids.from) ?? [];
  const ownership = ownershipIn(batch);
  if (ownership !== undefined) {
    const { entity } = batch.plan;
    const connections = moved
      .filter(({ connection, state }) => connection !== batch.job.connection || state === 'live')
      .map(({ connection }) => connection);
    await meetAnew(batch.tx, {
      pairs: [ids],
      ownership,
      entity,
      moved: connections,
      beside: [],
      now: batch.now,
    });
  }
  await noteMatchDue(batch, [ids.from, ids.to]);
}

function joiningOf({ tx, now, plan: { entity } }: Batch): Joining {
  return { tx, now, entity };
}
