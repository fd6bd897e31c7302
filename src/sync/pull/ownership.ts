import { writeAudit } from '../../store/audit.ts';
import { adoptedAttributes, type Ownership } from '../owners.ts';
import { isBlankIn } from '../records/base.ts';
import { heirsOf, noteTakeovers } from '../records/takeovers.ts';
import { type Batch, placeOf } from './batch.ts';
import { isTierTaken } from './merge.ts';
import { ownershipIn } from './standing.ts';
import type { AppliedOutcome, Outcome } from './store.ts';

/** Stores what a batch means for other connections that hold the same records, and for what was to be read again. */
export async function settleOwnership(batch: Batch, outcomes: readonly Outcome[]): Promise<void> {
  const ownership = ownershipIn(batch);
  if (ownership === undefined) return;
  const shared = outcomes.filter(({ item }) => item.standing !== undefined);
  if (shared.length === 0) return;
  const applied = shared.filter((outcome) => outcome.kind === 'applied');
  await endTakeovers(batch, shared);
  await auditOverruled(batch, applied);
  await leaveBlanks(batch, ownership, applied);
  await restateTiers(batch, ownership, applied);
  await reviewDisputes(batch, ownership, applied);
}

/** A note that was renewed while its record was read stays, and so do attributes that the reading did not give. */
async function endTakeovers(batch: Batch, outcomes: readonly Outcome[]): Promise<void> {
  const read = outcomes
    .filter(({ item }) => item.takeoverSince !== undefined)
    .map((outcome) => ({
      crm_id: outcome.item.record.id,
      since: outcome.item.takeoverSince,
      missing: notGiven(batch, outcome),
    }));
  if (read.length === 0) return;
  const { connection, object, entity } = placeOf(batch);
  const asked = [connection, object, entity, JSON.stringify(read)];
  const done = `jsonb_to_recordset($4::jsonb) as done(crm_id text, since timestamptz, missing text[])
     where t.connection = $1 and t.object = $2 and t.entity = $3 and t.crm_id = done.crm_id and t.since = done.since`;
  if (read.some(({ missing }) => missing.length > 0))
    await batch.tx.query(
      `update tierlink.takeover t set tried = true, attributes = done.missing from ${done} and cardinality(done.missing) > 0`,
      asked,
    );
  await batch.tx.query(
    `delete from tierlink.takeover t using ${done} and cardinality(done.missing) = 0`,
    asked,
  );
}

/** Attributes to be taken over of which a reading told no value. What only comes in is taken by any later reading. */
function notGiven({ plan }: Batch, outcome: Outcome): string[] {
  const takesOver = plan.attributes
    .filter(({ spec }) => spec.direction !== 'in')
    .map(({ attribute }) => attribute)
    .filter((attribute) => outcome.item.standing?.takesOver.has(attribute) === true);
  if (outcome.kind !== 'applied') return takesOver;
  const { complaints, waiting, unreadable } = outcome.merge;
  const missing = new Set([...unreadable, ...[...complaints, ...waiting].map(({ attribute }) => attribute)]);
  return takesOver.filter((attribute) => missing.has(attribute));
}

/** What people changed where another connection decides does not go unsaid. */
async function auditOverruled(batch: Batch, applied: readonly AppliedOutcome[]): Promise<void> {
  const { connection, object, entity } = placeOf(batch);
  const same = { at: batch.now, runId: batch.job.runId, connection, object, entity, actor: 'crm' };
  const overruled = applied.filter(({ merge }) => merge.overruled.length > 0);
  await writeAudit(
    batch.tx,
    overruled.map(({ item, merge }) => ({
      ...same,
      action: 'overrule',
      crmId: item.record.id,
      recordId: item.recordId,
      before: Object.fromEntries(merge.overruled.map(({ attribute, theirs }) => [attribute, theirs])),
      after: Object.fromEntries(merge.overruled.map(({ attribute, ours }) => [attribute, ours])),
    })),
  );
}

/** An attribute that went blank here, and is left to the next connection for that, is read there. */
async function leaveBlanks(
  batch: Batch,
  ownership: Ownership,
  applied: readonly AppliedOutcome[],
): Promise<void> {
  const { entity, attributes } = batch.plan;
  const heirs = heirsOf(ownership, { connection: batch.job.connection, entity });
  for (const { attribute, spec } of attributes) {
    const next = heirs
      .filter((heir) => heir.attributes.includes(attribute))
      .map((heir) => ({ ...heir, attributes: [attribute] }));
    if (next.length === 0 || spec.direction === 'out' || spec.onBlank !== 'keep') continue;
    const left = applied.filter(
      ({ item, merge }) =>
        item.standing?.overruled.has(attribute) === false &&
        isBlankIn(merge.base, attribute) &&
        !isBlankIn(item.link?.base ?? {}, attribute),
    );
    const recordIds = left.map(({ item }) => item.recordId);
    await noteTakeovers(batch.tx, { entity, recordIds, heirs: next, now: batch.now });
  }
}

/** A tier that was adopted with more authority makes those of the other connections differ from it. */
async function restateTiers(
  batch: Batch,
  ownership: Ownership,
  applied: readonly AppliedOutcome[],
): Promise<void> {
  const adopted = applied.filter(({ item, merge }) => isTierTaken(item, merge));
  if (adopted.length === 0) return;
  const { entity } = batch.plan;
  const recordIds = adopted.map(({ item }) => item.recordId);
  const heirs = heirsOf(ownership, { connection: batch.job.connection, entity })
    .filter(({ attributes }) => attributes.includes('tier'))
    .map((heir) => ({ ...heir, attributes: adoptedAttributes }));
  await batch.tx.query(
    `update tierlink.link l set base = base - $4::text[]
     from jsonb_to_recordset($3::jsonb) as r(record_id text, tier jsonb)
     where l.entity = $1 and l.record_id = r.record_id and l.connection = any($2::text[]) and l.state = 'live'
       and l.base->'tier' is distinct from r.tier`,
    [
      entity,
      heirs.map(({ connection }) => connection),
      JSON.stringify(
        adopted.map(({ item, merge }) => ({ record_id: item.recordId, tier: merge.adopted.tier })),
      ),
      adoptedAttributes,
    ],
  );
  await noteTakeovers(batch.tx, { entity, recordIds, heirs, now: batch.now });
}

/** A conflict that was open where nothing is decided any more is no question for people. */
async function reviewDisputes(
  batch: Batch,
  ownership: Ownership,
  applied: readonly AppliedOutcome[],
): Promise<void> {
  const { entity } = batch.plan;
  const recordIds = applied
    .filter(({ item }) => item.link?.state !== 'live')
    .map(({ item }) => item.recordId);
  const heirs = heirsOf(ownership, { connection: batch.job.connection, entity });
  await noteTakeovers(batch.tx, { entity, recordIds, heirs, now: batch.now, onlyDisputed: true });
}
