import type { EntityName } from '../../model/entities.ts';
import {
  blockingKeys,
  type LikenedEntity,
  likenedEntities,
  likenessOf,
  worthALook,
} from '../../model/likeness.ts';
import { filesAlias } from '../../model/record-id.ts';
import type { Executor } from '../../store/store.ts';
import { type PassConnection, readableMappings } from '../engine.ts';
import { apartPairs, ordered, pairKey } from '../records/apart.ts';
import type { LinkState } from '../records/links.ts';
import { recordNames } from '../records/record-names.ts';
import { loadRecords, type RecordRow, tableOf } from '../records/record-rows.ts';
import { findCandidates, registrationPlace, registrationsToLookAt } from '../records/registrations.ts';

/**
 * duplicate: two records of a CRM may be the same · lost: what ended in the CRM may be there anew · file: what a file
 * brought in may be a record of a CRM · registration: what is to be created in a CRM may be there.
 */
export const suggestionKinds = ['duplicate', 'lost', 'file', 'registration'] as const;
export type SuggestionKind = (typeof suggestionKinds)[number];

export interface SuggestedRecord {
  recordId: string;
  name: string | null;
  /** Its links, those of files too. */
  links: { connection: string; object: string; crmId: string; state: LinkState }[];
}

/** Two records of ours that may be the same, for a person to decide. */
export interface Suggestion {
  kind: SuggestionKind;
  entity: EntityName;
  /** 0 to 100. */
  score: number;
  reasons: string[];
  against: string[];
  /** The one that stays if they are: of a registration the registered one, of a lost record the one with the history. */
  one: SuggestedRecord;
  other: SuggestedRecord;
}

export interface SuggestFilter {
  connections: readonly PassConnection[];
  connection?: string | undefined;
  entity?: EntityName | undefined;
  kind?: SuggestionKind | undefined;
  /** From how many points on. (Default: what is worth a look) */
  atLeast?: number | undefined;
}

/**
 * Records that may be the same and that nothing joins by itself, the likeliest first; the same contents give the same list.
 * What a person keeps apart is left out, and so is what waits as a match between connections. Each record is compared with
 * those alone that share a number, an address or a name with it.
 */
export async function suggestLinks(executor: Executor, filter: SuggestFilter): Promise<Suggestion[]> {
  const found: Suggestion[] = [];
  for (const entity of filter.kind === 'registration' ? [] : likenedEntities)
    if (filter.entity === undefined || filter.entity === entity)
      found.push(...(await suggestAlike(executor, entity)));
  found.push(...(await suggestRegistrations(executor, filter)));
  return found
    .filter((each) => isMeant(each, filter))
    .sort((a, b) => b.score - a.score || (sortKey(a) < sortKey(b) ? -1 : 1));
}

function isMeant({ kind, score, one, other }: Suggestion, filter: SuggestFilter): boolean {
  const { connection } = filter;
  return (
    score >= (filter.atLeast ?? worthALook) &&
    (filter.kind === undefined || filter.kind === kind) &&
    (connection === undefined ||
      [one, other].some(({ links }) => links.some((l) => l.connection === connection)))
  );
}

function sortKey({ kind, entity, one, other }: Suggestion): string {
  return [entity, kind, one.recordId, other.recordId].join(' ');
}

/** Records that share a key beyond which it says nothing about who is meant. */
const crowd = 20;

/** Records whose keys are worked out at once. */
const pageSize = 5000;

async function suggestAlike(executor: Executor, entity: LikenedEntity): Promise<Suggestion[]> {
  const pairs = await pairsOf(executor, entity);
  if (pairs.length === 0) return [];
  const ids = [...new Set(pairs.flat())];
  const [rows, links, names] = [
    await loadRecords(executor, entity, ids),
    await linksOf(executor, entity, ids),
    await recordNames(executor, entity, ids),
  ];
  const decided = await decidedPairs(executor, entity, ids);
  return pairs.flatMap(([first, second]): Suggestion[] => {
    if (decided.has(pairKey(first, second))) return [];
    const [one, other] = [rows.get(first)!, rows.get(second)!];
    const sides = [one, other].map(({ id }) => ({
      recordId: id,
      name: names.get(id) ?? null,
      links: links.get(id) ?? [],
    }));
    const shape = shapeOf([one, other], sides as [SuggestedRecord, SuggestedRecord]);
    if (shape === null) return [];
    const like = likenessOf(entity, one.values, other.values);
    return [{ ...shape, entity, ...like }];
  });
}

/** Every two records that share a key, in the order of their ids. */
async function pairsOf(executor: Executor, entity: LikenedEntity): Promise<[string, string][]> {
  const byKey = new Map<string, string[]>();
  for (let after = ''; ; ) {
    const page = await executor.query<{ id: string }>(
      `select id from ${tableOf(entity)} where merged_into is null and id > $1 collate "C"
       order by id collate "C" limit ${pageSize}`,
      [after],
    );
    const rows = await loadRecords(
      executor,
      entity,
      page.map(({ id }) => id),
    );
    for (const { id } of page)
      for (const key of blockingKeys(entity, rows.get(id)!.values)) {
        const known = byKey.get(key);
        if (known === undefined) byKey.set(key, [id]);
        else if (known.length <= crowd) known.push(id);
      }
    if (page.length < pageSize) break;
    after = page.at(-1)!.id;
  }
  const pairs = new Map<string, [string, string]>();
  for (const ids of byKey.values()) {
    if (ids.length > crowd) continue;
    for (const [index, one] of ids.entries())
      for (const other of ids.slice(index + 1)) pairs.set(pairKey(one, other), ordered(one, other));
  }
  return [...pairs.values()];
}

type Links = SuggestedRecord['links'];

async function linksOf(
  executor: Executor,
  entity: EntityName,
  ids: readonly string[],
): Promise<Map<string, Links>> {
  const rows = await executor.query<{ recordId: string } & Links[number] & Record<string, unknown>>(
    `select record_id as "recordId", connection, object, crm_id as "crmId", state from tierlink.link
     where entity = $1 and record_id = any($2::text[]) order by connection collate "C", object collate "C", crm_id collate "C"`,
    [entity, [...ids]],
  );
  const found = new Map<string, Links>();
  for (const { recordId, ...link } of rows) {
    const known = found.get(recordId);
    if (known === undefined) found.set(recordId, [link]);
    else known.push(link);
  }
  return found;
}

/** Pairs that somebody has decided about, or that wait as a match. */
async function decidedPairs(
  executor: Executor,
  entity: EntityName,
  ids: readonly string[],
): Promise<Set<string>> {
  const decided = await apartPairs(executor, entity, ids);
  const rows = await executor.query<{ one: string; other: string }>(
    `select one, other from tierlink.match where entity = $1 and one = any($2::text[]) and other = any($2::text[])`,
    [entity, [...ids]],
  );
  for (const { one, other } of rows) decided.add(pairKey(one, other));
  return decided;
}

/** What kind of a pair two records are, and which of them stays; null where nothing is to be decided. */
function shapeOf(
  [one, other]: [RecordRow, RecordRow],
  [first, second]: [SuggestedRecord, SuggestedRecord],
): Pick<Suggestion, 'kind' | 'one' | 'other'> | null {
  const isHere = ({ inScope, deletedAt }: RecordRow) => inScope && deletedAt === null;
  const live = ({ links }: SuggestedRecord) => links.filter(({ state }) => state === 'live');
  const inCrm = (side: SuggestedRecord) => live(side).filter(({ connection }) => connection !== filesAlias);
  if (isHere(one) && isHere(other)) {
    const [mine, theirs] = [inCrm(first), inCrm(second)];
    if (mine.length > 0 && theirs.length > 0) return { kind: 'duplicate', one: first, other: second };
    if (mine.length === 0 && theirs.length === 0) return null;
    // Who a file brought in stays, because its id there is how it is found again.
    return mine.length === 0
      ? { kind: 'file', one: first, other: second }
      : { kind: 'file', one: second, other: first };
  }
  if (isHere(one) === isHere(other)) return null;
  const [gone, here] = isHere(one) ? [second, first] : [first, second];
  const ended = gone.links.filter(({ state }) => state === 'deleted' || state === 'out_of_scope');
  const isSamePlace = ended.some(({ connection, object }) =>
    inCrm(here).some((link) => link.connection === connection && link.object === object),
  );
  return isSamePlace ? { kind: 'lost', one: gone, other: here } : null;
}

async function suggestRegistrations(executor: Executor, filter: SuggestFilter): Promise<Suggestion[]> {
  const found: Suggestion[] = [];
  for (const connection of filter.connections) {
    for (const mapping of readableMappings(connection) ?? []) {
      const place = registrationPlace(connection.alias, mapping);
      if (place === null || (filter.entity !== undefined && filter.entity !== place.entity)) continue;
      const { entity } = place;
      const candidates = await findCandidates(executor, place, await registrationsToLookAt(executor, place));
      const ids = [...candidates].flatMap(([id, each]) => [id, ...each.map(({ recordId }) => recordId)]);
      const links = await linksOf(executor, entity, ids);
      const names = await recordNames(executor, entity, ids);
      const side = (recordId: string): SuggestedRecord => ({
        recordId,
        name: names.get(recordId) ?? null,
        links: links.get(recordId) ?? [],
      });
      for (const [id, each] of candidates)
        for (const { recordId, score, reasons, against } of each)
          found.push({
            kind: 'registration',
            entity,
            score,
            reasons,
            against,
            one: side(id),
            other: side(recordId),
          });
    }
  }
  return found;
}
