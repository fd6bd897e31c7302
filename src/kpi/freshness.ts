import type { EntityName } from '../model/entities.ts';
import { filesAlias } from '../model/record-id.ts';
import { nameKey } from '../model/values.ts';
import { dayOf, parseDuration } from '../program/civil-date.ts';
import type { ProgramDefinition } from '../program/schema/schema.ts';
import { attributesBehind, isMeasured, measuredBehind, ranksBehind } from '../program/score-parts.ts';
import type { Executor } from '../store/store.ts';
import { earliest } from './earliest.ts';
import { behind } from './error-text.ts';
import { attributesRead, entitiesMeasuredBy, entitiesRead, factKindsRead } from './reads.ts';
import type { StateReason } from './types.ts';

/** How complete the records of one entity from one object of one connection are; from files, those of one kind of import. */
export interface Feed {
  connection: string;
  object: string;
  entity: EntityName;
  completeTo: string | null;
  frozenReason: string | null;
  /** Attributes that the CRM does not show, or of which not everything was read yet. */
  missing: readonly string[];
  /** Of facts from files: the kind, as names are compared. (Default: whatever is in it) */
  factKind?: string | null;
}

export interface Freshness {
  /** The instant up to which all inputs are complete; null when no feed says so. */
  completeTo: string | null;
  /** Why figures from these inputs are provisional; null when they are not. */
  reason: StateReason | null;
  /** Whether some of the inputs were never there, so that the figures say nothing: not read yet, or not shown. */
  isUnread: boolean;
}

const dayMs = 86_400_000;

/** All feeds of the store: the objects of the CRMs, and what files brought in. */
export async function loadFeeds(executor: Executor): Promise<Feed[]> {
  return await executor.query<Feed & Record<string, unknown>>(
    `select connection, object, entity, complete_to as "completeTo", frozen_reason as "frozenReason", missing,
       fact_kind as "factKind" from tierlink.feed order by entity collate "C", connection collate "C", object collate "C"`,
  );
}

interface Asked {
  kpi: string;
  feeds: readonly Feed[];
  now: number;
}

/**
 * How fresh the inputs of a KPI are at an instant, by the program's limits; of a score or a rank, those of all that it rests
 * on. A feed is as late for one partner as for another, so a rank is provisional with the figure of anybody in its group.
 */
export function freshnessOf(program: ProgramDefinition, asked: Asked): Freshness {
  return isMeasured(program, asked.kpi)
    ? freshnessMeasured(program, asked)
    : freshnessComposed(program, asked);
}

/** As old as the oldest part; the reason says which part it is about. */
function freshnessComposed(program: ProgramDefinition, { kpi, feeds, now }: Asked): Freshness {
  const measured = measuredBehind(program, kpi).map((part) => {
    const own = freshnessMeasured(program, { kpi: part, feeds, now });
    const reason = own.reason === null ? null : behind(program.kpis[part]!.label, own.reason);
    return { ...own, reason };
  });
  // Who is not read yet is not among those that a rank compares.
  const isRanked = ranksBehind(program, [kpi]).length > 0;
  const parts = [...measured, ...(isRanked ? [partnersFreshness(program, { feeds, now })] : [])];
  const attributes = new Set(attributesBehind(program, kpi).map((name) => `partner.${name}`));
  const hidden = feeds.flatMap((feed) => missingReason(feed, (name) => attributes.has(name)) ?? []);
  const unread = [...parts.filter(({ isUnread }) => isUnread).map(({ reason }) => reason!), ...hidden];
  return {
    completeTo: earliest(parts.map(({ completeTo }) => completeTo)),
    reason: unread[0] ?? parts.find(({ reason }) => reason !== null)?.reason ?? null,
    isUnread: unread.length > 0,
  };
}

function partnersFreshness(program: ProgramDefinition, of: Pick<Asked, 'feeds' | 'now'>): Freshness {
  const own = of.feeds.filter(
    (feed) => feed.entity === 'partner' && limitOf(program, { kpi: null, feed }) !== null,
  );
  return {
    ...entityFreshness(program, { ...of, entity: 'partner' }),
    completeTo: earliest(own.map(({ completeTo }) => completeTo)),
  };
}

function freshnessMeasured(program: ProgramDefinition, { kpi, feeds, now }: Asked): Freshness {
  const inputs = feeds.filter((feed) => isInput(program, kpi, feed));
  const completeTo = earliest(inputs.map((feed) => feed.completeTo));
  const unread = inputs.map((feed) => unreadReason(program, kpi, feed)).filter((reason) => reason !== null);
  const late = inputs
    .map((feed) => lateReason(program, { kpi, feed, now }))
    .filter((reason) => reason !== null);
  return { completeTo, reason: unread[0] ?? late[0] ?? null, isUnread: unread.length > 0 };
}

/**
 * Whether a feed says how fresh the figures of a KPI are. What files bring has no schedule but the one that the program
 * writes: without a limit for it, it is no input, and of facts it is one for those kinds that the KPI reads.
 */
export function isInput(program: ProgramDefinition, kpi: string, feed: Feed): boolean {
  if (!entitiesRead(program, kpi).has(feed.entity)) return false;
  if (!isMeasured(program, kpi))
    return (
      measuredBehind(program, kpi).some((part) => isInput(program, part, feed)) ||
      (feed.entity === 'partner' && limitOf(program, { kpi: null, feed }) !== null)
    );
  if (limitOf(program, { kpi, feed }) === null) return false;
  const kinds = factKindsRead(program, kpi);
  return kinds === null || isOfKinds(feed, kinds);
}

/** Whether a feed says how fresh facts of these kinds are, which requirements ask for. */
export function isFactInput(
  program: ProgramDefinition,
  { feed, kinds }: { feed: Feed; kinds: ReadonlySet<string> },
): boolean {
  const isAsked = kinds.size > 0 && feed.entity === 'fact' && isOfKinds(feed, kinds);
  return isAsked && limitOf(program, { kpi: null, feed }) !== null;
}

/** Whether a feed brings facts of some of these kinds. */
function isOfKinds({ factKind = null }: Feed, kinds: ReadonlySet<string>): boolean {
  return factKind === null || [...kinds].some((kind) => nameKey(kind) === factKind);
}

/**
 * How fresh the records of an entity are, by the program's limits. `kinds`: of facts, only these. (Default: all)
 */
export function entityFreshness(
  program: ProgramDefinition,
  of: { entity: EntityName; feeds: readonly Feed[]; now: number; kinds?: ReadonlySet<string> },
): Pick<Freshness, 'reason' | 'isUnread'> {
  const { entity, feeds, now, kinds } = of;
  const own = feeds.filter(
    (feed) =>
      feed.entity === entity &&
      limitOf(program, { kpi: null, feed }) !== null &&
      (kinds === undefined || isOfKinds(feed, kinds)),
  );
  const unread = own.find(({ completeTo }) => completeTo === null);
  if (unread !== undefined) return { reason: { code: 'unread', ...placeOf(unread) }, isUnread: true };
  const late = own.map((feed) => lateReason(program, { kpi: null, feed, now }));
  return { reason: late.find((reason) => reason !== null) ?? null, isUnread: false };
}

/** The KPIs of which some inputs were never there. */
export function unreadKpis(
  program: ProgramDefinition,
  { feeds, now }: { feeds: readonly Feed[]; now: number },
): string[] {
  return Object.keys(program.kpis).filter((kpi) => freshnessOf(program, { kpi, feeds, now }).isUnread);
}

function unreadReason(program: ProgramDefinition, kpi: string, feed: Feed): StateReason | null {
  if (feed.completeTo === null) return { code: 'unread', ...placeOf(feed) };
  if (feed.missing.length === 0) return null;
  const read = attributesRead(program, kpi);
  return missingReason(feed, (attribute) => read.has(attribute));
}

/** What of the attributes asked for (such as deal.amount) a feed lacks; null when it lacks none of them. */
export function missingReason(feed: Feed, isAsked: (attribute: string) => boolean): StateReason | null {
  const missing = feed.missing.find((attribute) => isAsked(`${feed.entity}.${attribute}`));
  return missing === undefined ? null : { code: 'hidden', attribute: missing, ...placeOf(feed) };
}

function placeOf({ connection, object }: Feed): Pick<Feed, 'connection' | 'object'> {
  return { connection, object };
}

/**
 * How far a feed may lag behind; null: as far as it likes. The limit of a KPI is about the records from files that it
 * measures, not about the lists of partners and people that say whose they are. That of an entity is about its facts from
 * files, with one of its own for some kinds; what a list once brought in beside a CRM that is read daily must not hold everybody.
 */
function limitOf(
  program: ProgramDefinition,
  { kpi, feed }: { kpi: string | null; feed: Feed },
): string | null {
  const own = kpi === null ? undefined : program.kpis[kpi]?.freshness;
  const { factKinds = {}, ...ofEntities } = program.freshness;
  const ofKind = Object.entries(factKinds).find(([kind]) => nameKey(kind) === feed.factKind)?.[1];
  const ofEntity = (feed.entity === 'fact' ? ofKind : undefined) ?? ofEntities[feed.entity];
  if (feed.connection !== filesAlias) return own ?? ofEntity ?? program.freshness.default;
  const isOwn = own !== undefined && entitiesMeasuredBy(program, kpi!).has(feed.entity);
  return (isOwn ? own : feed.entity === 'fact' ? ofEntity : undefined) ?? null;
}

function lateReason(
  program: ProgramDefinition,
  { kpi, feed, now }: { kpi: string | null; feed: Feed; now: number },
): StateReason | null {
  if (feed.frozenReason !== null) return { code: 'frozen', why: feed.frozenReason, ...placeOf(feed) };
  const limit = limitOf(program, { kpi, feed });
  if (feed.completeTo === null || limit === null) return null;
  const to = Date.parse(feed.completeTo);
  if (now - to <= parseDuration(limit).count * dayMs) return null;
  return { code: 'late', completeTo: dayOf(to, program.timeZone), limit, ...placeOf(feed) };
}
