import type { EntityName } from '../model/entities.ts';
import { type Base, pairOf } from './base.ts';
import type { Standing } from './merge-shared.ts';
import type { ClaimKind, Ownership } from './owners.ts';
import { type Batch, type Item, placeOf } from './pull-batch.ts';

/** The ownership that a batch has to heed; undefined where the connection decides alone. */
export function ownershipIn({ job, plan }: Pick<Batch, 'job' | 'plan'>): Ownership | undefined {
  const { ownership, takesOver } = job;
  const { entity, mapping } = plan;
  const isHeeded = ownership?.isShared(entity) === true || takesOver.has(entity);
  return mapping.of === undefined && isHeeded ? ownership : undefined;
}

interface OtherLink {
  record_id: string;
  connection: string;
  object: string;
  base: Base;
}

interface Takeover {
  crm_id: string;
  attributes: string[];
  /** ISO instant. */
  since: string;
}

/**
 * Finds out what links in other connections mean for the items of a batch, whose records are known by now. Until the
 * transaction ends no other page takes records of the entity, which two connections could otherwise change at once.
 */
export async function findStandings(batch: Batch, items: readonly Item[]): Promise<void> {
  const ownership = ownershipIn(batch);
  if (ownership === undefined || items.length === 0) return;
  const { entity } = batch.plan;
  await batch.tx.query('select pg_advisory_xact_lock(hashtext($1))', [`tierlink shared ${entity}`]);
  const others = await otherLinks(batch, items);
  const takeovers = await takeoversOf(batch, items);
  const shared = items.filter(({ recordId, record }) => others.has(recordId) || takeovers.has(record.id));
  const owned = await ownedTiers(batch, shared);
  for (const item of shared) {
    const takeover = takeovers.get(item.record.id);
    const overruled = overruledBy(others.get(item.recordId) ?? [], { ownership, batch });
    const isNew = item.link?.state !== 'live';
    const taken = isNew ? batch.plan.attributes.map(({ attribute }) => attribute) : takeover?.attributes;
    item.standing = {
      overruled,
      takesOver: new Set(taken?.filter((attribute) => !overruled.has(attribute))),
      isTierOwned: owned.has(item.recordId),
    };
    if (takeover !== undefined) item.takeoverSince = takeover.since;
  }
}

async function otherLinks(batch: Batch, items: readonly Item[]): Promise<Map<string, OtherLink[]>> {
  const rows = await batch.tx.query<OtherLink & Record<string, unknown>>(
    `select record_id, connection, object, base from tierlink.link
     where entity = $1 and record_id = any($2::text[]) and state = 'live' and connection <> $3`,
    [batch.plan.entity, items.map(({ recordId }) => recordId), batch.job.connection],
  );
  const byRecord = new Map<string, OtherLink[]>();
  for (const row of rows) byRecord.set(row.record_id, [...(byRecord.get(row.record_id) ?? []), row]);
  return byRecord;
}

async function takeoversOf(batch: Batch, items: readonly Item[]): Promise<Map<string, Takeover>> {
  const { connection, object, entity } = placeOf(batch);
  const rows = await batch.tx.query<Takeover & Record<string, unknown>>(
    `select crm_id, attributes, since from tierlink.takeover
     where connection = $1 and object = $2 and entity = $3 and crm_id = any($4::text[])`,
    [connection, object, entity, items.map(({ record }) => record.id)],
  );
  return new Map(rows.map((row) => [row.crm_id, row]));
}

/** Partners whose tier the program moves. */
async function ownedTiers(batch: Batch, items: readonly Item[]): Promise<Set<string>> {
  if (batch.plan.entity !== 'partner' || items.length === 0) return new Set();
  const rows = await batch.tx.query<{ partner_id: string }>(
    `select distinct partner_id from tierlink.tier_state
     where partner_id = any($1::text[]) and mode = 'owned' and closed_at is null`,
    [items.map(({ recordId }) => recordId)],
  );
  return new Set(rows.map((row) => row.partner_id));
}

/** Attributes that live links of more authority decide. */
function overruledBy(
  links: readonly OtherLink[],
  { ownership, batch }: { ownership: Ownership; batch: Batch },
): Standing['overruled'] {
  const { job, plan } = batch;
  const overruled = new Map<string, ClaimKind>();
  if (links.length === 0) return overruled;
  for (const { attribute } of plan.attributes) {
    // A tier and its day are adopted from one CRM.
    const asked = attribute === 'tierSince' ? 'tier' : attribute;
    const kind = decider(links, { ownership, attribute: asked, entity: plan.entity, below: job.connection });
    if (kind !== undefined) overruled.set(attribute, kind);
  }
  return overruled;
}

function decider(
  links: readonly OtherLink[],
  of: { ownership: Ownership; entity: EntityName; attribute: string; below: string },
): ClaimKind | undefined {
  for (const claim of of.ownership.claims(of.entity, of.attribute)) {
    if (claim.connection === of.below) return undefined;
    const link = links.find(
      ({ connection, object }) =>
        connection === claim.connection && (claim.object === null || object === claim.object),
    );
    if (link !== undefined && !(claim.leavesBlank && isBlankIn(link.base, of.attribute))) return claim.kind;
  }
  return undefined;
}

/** Whether the last reading of an attribute was blank, as far as base says. */
export function isBlankIn(base: Base, attribute: string): boolean {
  const entry = base[attribute];
  return entry !== undefined && pairOf(entry).theirs === null;
}
