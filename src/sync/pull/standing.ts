import type { EntityName } from '../../model/entities.ts';
import { type ClaimKind, movedTierSql, type Ownership } from '../owners.ts';
import { type Base, isBlankIn } from '../records/base.ts';
import type { Standing } from '../records/merge-shared.ts';
import { type Batch, type Item, placeOf } from './batch.ts';

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
  crm_id: string;
  base: Base;
}

interface Takeover {
  crm_id: string;
  attributes: string[];
  /** ISO instant. */
  since: string;
}

/**
 * Finds out what other links of their records mean for the items of a batch, whose records are known by now: those in
 * other connections, and older ones in the same object, which two merged records of another CRM leave behind. Until the
 * transaction ends no other page takes records of the entity, which two connections could otherwise change at once.
 */
export async function findStandings(batch: Batch, items: readonly Item[]): Promise<void> {
  const ownership = ownershipIn(batch);
  if (ownership === undefined || items.length === 0) return;
  const { entity } = batch.plan;
  await batch.tx.query('select pg_advisory_xact_lock(hashtext($1))', [`tierlink shared ${entity}`]);
  const others = await otherLinks(batch, items);
  const takeovers = await takeoversOf(batch, items);
  const above = (item: Item) => linksAbove(batch, item, others.get(item.recordId) ?? []);
  const shared = items.filter((item) => above(item).length > 0 || takeovers.has(item.record.id));
  const owned = await ownedTiers(batch, shared);
  for (const item of shared) {
    const takeover = takeovers.get(item.record.id);
    const overruled = overruledBy(above(item), { ownership, batch });
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

/** Those of other connections, and in its own object those that are older than its own link. */
function linksAbove({ job, plan }: Batch, { record }: Item, links: readonly OtherLink[]): OtherLink[] {
  const isHere = ({ connection, object }: OtherLink) =>
    connection === job.connection && object === plan.object;
  const own = links.filter(isHere);
  const place = own.findIndex(({ crm_id: crmId }) => crmId === record.id);
  return [...links.filter((link) => !isHere(link)), ...(place < 0 ? own : own.slice(0, place))];
}

/** All of other connections, and those in the object of the batch, the oldest first. */
async function otherLinks(batch: Batch, items: readonly Item[]): Promise<Map<string, OtherLink[]>> {
  const rows = await batch.tx.query<OtherLink & Record<string, unknown>>(
    `select record_id, connection, object, crm_id, base from tierlink.link
     where entity = $1 and record_id = any($2::text[]) and state = 'live' and (connection <> $3 or object = $4)
     order by linked_at, crm_id collate "C"`,
    [batch.plan.entity, items.map(({ recordId }) => recordId), batch.job.connection, batch.plan.object],
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
     where partner_id = any($1::text[]) and ${movedTierSql}`,
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
    const of = { ownership, attribute: asked, entity: plan.entity, below: job.connection };
    const kind = decider(links, { ...of, object: plan.object });
    if (kind !== undefined) overruled.set(attribute, kind);
  }
  return overruled;
}

function decider(
  links: readonly OtherLink[],
  of: { ownership: Ownership; entity: EntityName; attribute: string; below: string; object: string },
): ClaimKind | undefined {
  const claims = of.ownership.claims(of.entity, of.attribute);
  const own = claims.findIndex(({ connection }) => connection === of.below);
  for (const claim of own < 0 ? claims : claims.slice(0, own)) {
    const link = links.find(
      ({ connection, object }) =>
        connection === claim.connection && (claim.object === null || object === claim.object),
    );
    if (link !== undefined && !(claim.leavesBlank && isBlankIn(link.base, of.attribute))) return claim.kind;
  }
  if (!links.some(({ connection }) => connection === of.below)) return undefined;
  // Of two links in one object the older one decides, with its blanks as well.
  return claims.find(({ connection, object }) => connection === of.below && object === of.object)?.kind;
}
