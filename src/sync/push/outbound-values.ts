import type { AttributeValue, EntityName } from '../../model/entities.ts';
import { canonicalInstant } from '../../model/values.ts';
import type { Executor } from '../../store/store.ts';
import { onNoLadder } from '../../tier/ladder-of.ts';
import { creditRoleOf } from '../mapping/on-create.ts';
import type { AttributePlan } from '../mapping/plan.ts';
import { loadRecords } from '../records/record-rows.ts';

/** What the CRM should hold for one record of ours. */
export interface DesiredRecord {
  recordId: string;
  /** False for records that are deleted, merged away or out of scope: nothing is written for them. */
  isLive: boolean;
  /** It says nothing (any more), or is over, so it is not made where it is not. (Default: false) */
  isBlank?: boolean;
  /** By attribute, in canonical form. An attribute that is absent is not ours to say. */
  values: Record<string, AttributeValue>;
  /** The decision that the values follow from. */
  decisionId: string | null;
}

/** What the push needs to know of the program. */
export interface ProgramWords {
  name: string;
  /** Keys of the ladders; where a partner stands on several, the first one gives the tier. */
  ladders: readonly string[];
  /** Its name for people. */
  ladderName(ladder: string): string;
  /** The CRM's name of a tier. */
  tierName(ladder: string, tier: string): string;
}

export interface DesiredQuery {
  connection: string;
  entity: EntityName;
  recordIds: readonly string[];
  /** Attributes that the mapping writes, be it only with a record that is created. */
  attributes: readonly AttributePlan[];
  /** null: there is no program, or it does not own the tiers in this connection. */
  tiers: ProgramWords | null;
}

/** What the CRM should hold for the records named; records that do not exist are left out. */
export async function desiredRecords(executor: Executor, query: DesiredQuery): Promise<DesiredRecord[]> {
  if (query.recordIds.length === 0) return [];
  switch (query.entity) {
    case 'kpiPeriod':
      return await desiredPeriods(executor, query);
    case 'decision':
      return await desiredDecisions(executor, query);
    case 'membership':
      return await desiredMemberships(executor, query);
    case 'connectionStatus':
      return await desiredStatus(executor, query);
    case 'partner':
      return await desiredPartners(executor, query);
    default:
      return await desiredRows(executor, query);
  }
}

type Row = Record<string, unknown>;

/** Records of ours with the columns and extras that the mapping names. */
async function desiredRows(executor: Executor, query: DesiredQuery): Promise<DesiredRecord[]> {
  const own = query.attributes.filter((plan) => plan.home !== 'program');
  const rows = await loadRecords(executor, query.entity, query.recordIds);
  const credited = await creditedPartners(executor, query);
  return [...rows.values()].map((row) => ({
    recordId: row.id,
    isLive: row.inScope && row.deletedAt === null && row.mergedInto === null,
    isBlank: isOver(query.entity, row.values),
    values: {
      ...Object.fromEntries(own.map((plan) => [plan.attribute, row.values[plan.attribute] ?? null])),
      ...credited.get(row.id),
    },
    decisionId: null,
  }));
}

/** By deal, the partner of each role that its lookups name: the primary one, and of several the one that was there first. */
async function creditedPartners(
  executor: Executor,
  { attributes, recordIds }: DesiredQuery,
): Promise<Map<string, Record<string, string>>> {
  const roles = new Map(
    attributes.flatMap(({ attribute }) => {
      const role = creditRoleOf(attribute);
      return role === null ? [] : [[role, attribute] as const];
    }),
  );
  const credited = new Map<string, Record<string, string>>();
  if (roles.size === 0) return credited;
  const rows = await executor.query<{ deal: string; role: string; partner: string }>(
    `select distinct on (deal, role) deal, role, partner from tierlink.credit
     where deal = any($1::text[]) and role = any($2::text[]) and partner is not null and in_scope
       and deleted_at is null and merged_into is null
     order by deal, role, is_primary desc nulls last, id collate "C"`,
    [[...recordIds], [...roles.keys()]],
  );
  for (const { deal, role, partner } of rows)
    credited.set(deal, { ...credited.get(deal), [roles.get(role)!]: partner });
  return credited;
}

/** A deal that was won or lost, or a lead that became one: whoever looks for it in the CRM looks among what is open. */
function isOver(entity: EntityName, values: Readonly<Record<string, AttributeValue>>): boolean {
  if (entity === 'lead') return values.isConverted === true;
  return entity === 'deal' && (values.isClosed === true || values.isWon === true);
}

interface TierRow {
  partner_id: string;
  ladder: string;
  tier: string | null;
  since: string | null;
  next_review: string | null;
  status: string;
  summary: string | null;
  decision_id: string | null;
  closed_reason: string | null;
}

async function desiredPartners(executor: Executor, query: DesiredQuery): Promise<DesiredRecord[]> {
  const records = await desiredRows(executor, query);
  const { tiers } = query;
  const isAsked = query.attributes.some((plan) => plan.home === 'program');
  if (tiers === null || !isAsked) return records;
  const states = await firstStates(executor, tiers, query.recordIds);
  for (const record of records) {
    const state = states.get(record.recordId);
    if (state === undefined) continue;
    Object.assign(record.values, tierValues(state, tiers));
    record.decisionId = state.decision_id;
  }
  return records;
}

/** The tier state of each partner that the program owns, on the first of its ladders; else the last one, if it left them. */
async function firstStates(
  executor: Executor,
  tiers: ProgramWords,
  partnerIds: readonly string[],
): Promise<Map<string, TierRow>> {
  const rows = await executor.query<TierRow>(
    `select partner_id, ladder, tier, since, next_review, status, summary, decision_id, closed_reason
     from tierlink.tier_state
     where program = $1 and partner_id = any($2::text[])
       and (mode = 'owned' or (closed_reason is not null and starts_with(closed_reason, $3)))
     order by closed_at desc nulls first`,
    [tiers.name, [...partnerIds], onNoLadder],
  );
  const place = (row: TierRow) => tiers.ladders.indexOf(row.ladder);
  const first = new Map<string, TierRow>();
  for (const row of rows.filter((each) => place(each) >= 0)) {
    const other = first.get(row.partner_id);
    const isLast = row.closed_reason !== null;
    if (other === undefined || (!isLast && place(row) < place(other))) first.set(row.partner_id, row);
  }
  return first;
}

function tierValues(state: TierRow, tiers: ProgramWords): Record<string, AttributeValue> {
  if (state.closed_reason !== null) return lastTierValues(state.closed_reason);
  return {
    tier: state.tier === null ? null : tiers.tierName(state.ladder, state.tier),
    tierSince: state.since,
    tierNextReview: state.next_review,
    tierStatus: state.status,
    tierSummary: state.summary,
    tierDecision: state.decision_id,
  };
}

/**
 * A partner on no ladder keeps the tier that it held last: nothing said that it lost it. Only what would be untrue from
 * now on is said anew.
 */
function lastTierValues(reason: string): Record<string, AttributeValue> {
  return {
    tierNextReview: null,
    tierStatus: 'keeps',
    tierSummary: `O${reason.slice(1)}. The tier is the last one it held.`,
  };
}

async function desiredPeriods(executor: Executor, query: DesiredQuery): Promise<DesiredRecord[]> {
  const rows = await executor.query<Row & { fit: string | null; figures: Record<string, string | null> }>(
    'select * from tierlink.kpi_period where id = any($1::text[])',
    [[...query.recordIds]],
  );
  const survivors = await survivorsOf(
    executor,
    rows.map((row) => String(row.partner_id)),
  );
  return rows.map((row) => ({
    recordId: String(row.id),
    isLive: true,
    // Its partner became a part of another one, whose figures count what it had.
    isBlank: Object.keys(row.figures).length === 0,
    values: {
      partner: survivors.get(String(row.partner_id)) ?? String(row.partner_id),
      program: String(row.program),
      period: String(row.period),
      startsOn: String(row.starts_on),
      endsOn: String(row.ends_on),
      currency: String(row.currency),
      fit: row.fit,
      ...figureValues(row.figures, query.attributes),
    },
    decisionId: null,
  }));
}

/** The partners into which others were merged: what was made for the loser belongs to its survivor in the CRM. */
async function survivorsOf(executor: Executor, partners: readonly string[]): Promise<Map<string, string>> {
  const rows = await executor.query<{ id: string; survivor: string }>(
    `with recursive up(id, survivor) as (
       select id, merged_into from tierlink.partner where id = any($1::text[]) and merged_into is not null
       union
       select up.id, p.merged_into from up join tierlink.partner p on p.id = up.survivor where p.merged_into is not null)
     select up.id, up.survivor from up join tierlink.partner p on p.id = up.survivor where p.merged_into is null`,
    [[...new Set(partners)]],
  );
  return new Map(rows.map((row) => [row.id, row.survivor]));
}

/** Figures that the period does not have are blank in the CRM, never 0. */
function figureValues(
  figures: Readonly<Record<string, string | null>>,
  attributes: readonly AttributePlan[],
): Record<string, AttributeValue> {
  const named = attributes.filter((plan) => plan.attribute.startsWith('kpi.'));
  return Object.fromEntries(
    named.map((plan) => [plan.attribute, figures[plan.attribute.slice('kpi.'.length)] ?? null]),
  );
}

/** Decisions of the time in which the program owned the tier, and the one on which it then took over. */
async function desiredDecisions(executor: Executor, query: DesiredQuery): Promise<DesiredRecord[]> {
  const { tiers } = query;
  if (tiers === null) return [];
  const rows = await executor.query<Record<string, string | null>>(
    `select id, partner_id, program, program_version, ladder, decided_at, effective_on, movement, from_tier, to_tier,
       status, summary
     from tierlink.decision d where id = any($1::text[]) and program = $2 and (mode = 'owned' or exists
       (select 1 from tierlink.tier_state t where t.decision_id = d.id and t.mode = 'owned'))`,
    [[...query.recordIds], tiers.name],
  );
  const survivors = await survivorsOf(
    executor,
    rows.map((row) => String(row.partner_id)),
  );
  const tierOf = (ladder: string, tier: string | null) =>
    tier === null ? null : tiers.tierName(ladder, tier);
  return rows.map((row) => ({
    recordId: String(row.id),
    isLive: true,
    values: {
      partner: survivors.get(String(row.partner_id)) ?? String(row.partner_id),
      program: `${row.program} ${row.program_version}`,
      decidedAt: canonicalInstant(String(row.decided_at)),
      effectiveOn: String(row.effective_on),
      movement: String(row.movement),
      fromTier: tierOf(String(row.ladder), row.from_tier ?? null),
      toTier: tierOf(String(row.ladder), row.to_tier ?? null),
      status: String(row.status),
      summary: String(row.summary),
    },
    decisionId: String(row.id),
  }));
}

/**
 * Where partners stand on ladders whose tiers the program owns. A standing that ended says so in the record that tells of
 * it; where there is none, nothing has to be said.
 */
async function desiredMemberships(executor: Executor, query: DesiredQuery): Promise<DesiredRecord[]> {
  const { tiers, connection } = query;
  if (tiers === null) return [];
  const rows = await executor.query<TierRow & { id: string; closed_at: string | null }>(
    `select t.id, partner_id, ladder, tier, since, next_review, status, decision_id, closed_at
     from tierlink.tier_state t where t.id = any($1::text[]) and program = $2 and (mode = 'owned' or closed_at is not null
       and exists (select from tierlink.link l where l.connection = $3 and l.entity = 'membership' and l.record_id = t.id))`,
    [[...query.recordIds], tiers.name, connection],
  );
  const survivors = await survivorsOf(
    executor,
    rows.map((row) => row.partner_id),
  );
  return rows.map((row) => ({
    recordId: row.id,
    isLive: true,
    values: {
      partner: survivors.get(row.partner_id) ?? row.partner_id,
      program: tiers.name,
      ladder: tiers.ladderName(row.ladder),
      tier: row.tier === null ? null : tiers.tierName(row.ladder, row.tier),
      since: row.since,
      nextReview: row.closed_at === null ? row.next_review : null,
      // A warning that went with the standing is none any more.
      status: row.closed_at === null ? row.status : null,
      endedAt: endOf(row.closed_at),
    },
    decisionId: row.decision_id,
  }));
}

/** When a standing on a ladder ended; null while it goes on. `id`: of the standing. */
export async function endOfStanding(executor: Executor, id: string): Promise<AttributeValue> {
  const [row] = await executor.query<{ closed_at: string | null }>(
    'select closed_at from tierlink.tier_state where id = $1',
    [id],
  );
  return endOf(row?.closed_at ?? null);
}

function endOf(closedAt: string | null): AttributeValue {
  return closedAt === null ? null : canonicalInstant(closedAt);
}

async function desiredStatus(executor: Executor, query: DesiredQuery): Promise<DesiredRecord[]> {
  const [row] = await executor.query<{ id: string; state: string; complete_to: string | null }>(
    'select id, state, complete_to from tierlink.connection where id = $1',
    [query.connection],
  );
  if (row === undefined) return [];
  return query.recordIds.map((recordId) => ({
    recordId,
    isLive: true,
    values: { name: row.id, state: row.state, completeTo: row.complete_to },
    decisionId: null,
  }));
}
