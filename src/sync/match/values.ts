import { type AttributeValue, entities } from '../../model/entities.ts';
import type { MatchedEntity } from '../../model/match-keys.ts';
import { sameValue } from '../../model/values.ts';
import type { Tx } from '../../store/store.ts';
import { adoptedAs, type Claim, type Ownership } from '../owners.ts';
import { type Base, type BaseEntry, isBlankIn, isNormalised, pairOf } from '../records/base.ts';
import { loadRecords, type RecordRow, saveRecords, survivorsOf } from '../records/record-rows.ts';

/** Two records that were one for a while, whose links are their own again. */
export interface Parting {
  tx: Tx;
  /** ISO instants: now, and when the two were joined. */
  now: string;
  since: string;
  entity: MatchedEntity;
  survivor: string;
  joined: string;
  /** What the survivor was before. */
  before: Readonly<Record<string, AttributeValue>>;
  ownership: Ownership | undefined;
}

interface HeldLink {
  record_id: string;
  connection: string;
  object: string;
  crm_id: string;
  base: Base;
  /** null: it was read since nothing is to be taken over from it any more. */
  awaited: string[] | null;
  isRead: boolean;
}

interface Write {
  connection: string;
  object: string;
  crm_id: string;
  before: Record<string, AttributeValue>;
  after: Record<string, AttributeValue>;
}

/** What is known when values are given back. */
interface Known extends Parting {
  /** Live links of both, the oldest first. */
  links: readonly HeldLink[];
  /** What we wrote to them since the two were joined, in order. */
  writes: readonly Write[];
  /** The record that was both, as it is now. */
  common: RecordRow;
}

/**
 * Gives each of two records its own values again: what its own CRM has said since goes with it, everything else is as it
 * was before. Values that we wrote to a CRM for the other one's sake are put back by the next push, unless people have
 * changed them since or do so until then.
 */
export async function partValues(parting: Parting): Promise<void> {
  const { tx, entity, survivor, joined, now } = parting;
  const rows = await loadRecords(tx, entity, [survivor, joined]);
  const [common, other] = [rows.get(survivor)!, rows.get(joined)!];
  const known = { ...parting, common, links: await linksOf(parting), writes: await writesTo(parting) };
  const before = await followed(parting);
  const own = { ...common, values: valuesOf(known, survivor, { before, other: other.values }) };
  const its = { ...other, values: valuesOf(known, joined, { before: other.values, other: before }) };
  await saveRecords(tx, entity, { created: [], changed: [own, its], now });
  await putBack(known, [own, its]);
}

async function linksOf({ tx, entity, survivor, joined }: Parting): Promise<HeldLink[]> {
  return await tx.query<HeldLink & Record<string, unknown>>(
    `select l.record_id, l.connection, l.object, l.crm_id, l.base, t.attributes as awaited,
       coalesce(t.tried, true) as "isRead"
     from tierlink.link l left join tierlink.takeover t using (connection, object, entity, crm_id)
     where l.entity = $1 and l.record_id in ($2, $3) and l.state = 'live'
     order by l.linked_at, l.crm_id collate "C" for update of l`,
    [entity, survivor, joined],
  );
}

async function writesTo({ tx, entity, survivor, since }: Parting): Promise<Write[]> {
  return await tx.query<Write & Record<string, unknown>>(
    `select connection, object, crm_id, before, after from tierlink.audit
     where entity = $1 and record_id = $2 and at >= $3::timestamptz and action = 'update' order by id`,
    [entity, survivor, since],
  );
}

/** What the survivor pointed to may be a part of another record by now. */
async function followed({ tx, entity, before }: Parting): Promise<Record<string, AttributeValue>> {
  const values = { ...before };
  for (const [attribute, { to }] of Object.entries(entities[entity].attributes)) {
    const id = values[attribute];
    if (to === undefined || typeof id !== 'string') continue;
    values[attribute] = (await survivorsOf(tx, to, [id])).get(id) ?? id;
  }
  return values;
}

type Values = Readonly<Record<string, AttributeValue>>;

function valuesOf(
  known: Known,
  record: string,
  { before, other }: { before: Values; other: Values },
): Record<string, AttributeValue> {
  const values: Record<string, AttributeValue> = {};
  for (const attribute of Object.keys({ ...before, ...known.common.values }))
    values[attribute] = givenBack(known, record, {
      attribute,
      was: before[attribute] ?? null,
      others: other[attribute] ?? null,
    });
  return values;
}

function givenBack(
  known: Known,
  record: string,
  { attribute, was, others }: { attribute: string; was: AttributeValue; others: AttributeValue },
): AttributeValue {
  const claims = claimsOn(known, attribute);
  const present = known.common.values[attribute] ?? null;
  // What no CRM brings in, such as what a file did, stays with the survivor; what it was given by the match does not.
  if (!claims.some((claim) => linkOf(known.links, claim) !== undefined))
    return record === known.survivor && !sameValue(present, was ?? others) ? present : was;
  const links = known.links.filter((link) => link.record_id === record);
  for (const claim of claims) {
    const link = linkOf(links, claim);
    if (link === undefined) continue;
    if (claim.kind !== 'both') return givenBy(known, attribute) === link ? present : was;
    const held = heldBefore(known, link, attribute);
    if (held === undefined) return was;
    if (held !== null || !claim.leavesBlank) return held;
  }
  return was;
}

/** A tier that was adopted is decided by what brings in tiers. */
function claimsOn({ ownership, entity }: Known, attribute: string): readonly Claim[] {
  const mapped = Object.keys(adoptedAs).find((name) => adoptedAs[name] === attribute) ?? attribute;
  return ownership?.claims(entity, mapped) ?? [];
}

function linkOf(links: readonly HeldLink[], { connection, object }: Claim): HeldLink | undefined {
  return links.find((link) => link.connection === connection && (object === null || link.object === object));
}

/** The link that the present value was read from; undefined where it was not read since it came to decide. */
function givenBy(known: Known, attribute: string): HeldLink | undefined {
  for (const claim of claimsOn(known, attribute)) {
    const link = linkOf(known.links, claim);
    if (link === undefined || (claim.leavesBlank && isBlankIn(link.base, attribute))) continue;
    return link.isRead && link.awaited?.includes(attribute) !== true ? link : undefined;
  }
  return undefined;
}

/**
 * What people last put into a record of the CRM: what it held before our writes, unless they have changed it since. undefined:
 * it was not read since the two met.
 */
function heldBefore(known: Known, link: HeldLink, attribute: string): AttributeValue | undefined {
  const entry = link.base[attribute];
  if (entry === undefined) return undefined;
  const held = pairOf(entry).theirs;
  const { type } = entities[known.entity].attributes[attribute] ?? { type: 'text' as const };
  const writes = known.writes.filter(
    ({ connection, object, crm_id: crmId, after }) =>
      connection === link.connection && object === link.object && crmId === link.crm_id && attribute in after,
  );
  let theirs: AttributeValue | undefined;
  for (const [index, { before }] of writes.entries()) {
    const earlier = writes[index - 1]?.after[attribute];
    const met = before[attribute] ?? null;
    if (earlier === undefined || !isNormalised(earlier, met, type)) theirs = met;
  }
  const last = writes.at(-1)?.after[attribute];
  return last !== undefined && isNormalised(last, held, type) ? theirs : held;
}

/** Bases say what each CRM holds; where that is another value now, ours goes there unless people have put a new one. */
async function putBack(known: Known, rows: readonly RecordRow[]): Promise<void> {
  const { tx, entity, ownership } = known;
  const values = new Map(rows.map((row) => [row.id, row.values]));
  const changed = known.links.flatMap((link) => {
    const entries: Record<string, BaseEntry> = {};
    for (const [attribute, entry] of Object.entries(link.base)) {
      const isBoth = (ownership?.claims(entity, attribute) ?? []).some(
        (claim) => claim.kind === 'both' && linkOf([link], claim) !== undefined,
      );
      if (isBoth) entries[attribute] = entryFor(values.get(link.record_id)?.[attribute] ?? null, entry);
    }
    const { connection, object, crm_id } = link;
    return [{ connection, object, crm_id, base: { ...link.base, ...entries } }];
  });
  await tx.query(
    `update tierlink.link l set base = r.base
     from jsonb_to_recordset($2::jsonb) as r(connection text, object text, crm_id text, base jsonb)
     where l.connection = r.connection and l.object = r.object and l.crm_id = r.crm_id and l.entity = $1`,
    [entity, JSON.stringify(changed)],
  );
}

function entryFor(value: AttributeValue, entry: BaseEntry): BaseEntry {
  const { ours, theirs } = pairOf(entry);
  return sameValue(value, theirs) ? value : { ours, theirs, open: true, back: true };
}
