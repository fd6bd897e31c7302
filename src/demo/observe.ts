import { listPartners } from '../app/partners.ts';
import { tierLabel } from '../app/standings.ts';
import type { App } from '../app.ts';
import { readKpis } from '../kpi/read.ts';
import type { KpiValue } from '../kpi/types.ts';
import { exactRatio } from '../program/exact.ts';
import { listDifferences } from '../sync/push/differences.ts';
import { type Base, pairOf } from '../sync/records/base.ts';
import { decisionReason } from '../tier/explain/decision-words.ts';
import type { Evidence, Movement } from '../tier/types.ts';

/** What the store holds at one moment, for telling what a pass has changed. */
export interface Moment {
  kpis: ReadonlyMap<string, KpiValue>;
  names: ReadonlyMap<string, string>;
  /** The last entry of the audit and the decisions known. */
  audit: string;
  decisions: ReadonlySet<string>;
}

export interface KpiMove {
  partner: string;
  kpi: string;
  before: KpiValue | null;
  after: KpiValue;
}

export interface TierMove {
  partnerId: string;
  partner: string;
  movement: Movement;
  from: string | null;
  to: string | null;
  /** State of the partner after the decision. */
  status: string;
  reason: string;
}

/** Records written to a CRM, by object and what was done. */
export interface Written {
  connection: string;
  object: string;
  action: string;
  records: number;
}

export interface Disagreement {
  connection: string;
  partner: string;
  attribute: string;
  ours: string;
  theirs: string;
}

/** A CRM's record of a partner that several connections hold. */
export interface SharedRecord {
  partnerId: string;
  partner: string;
  connection: string;
  object: string;
  crmId: string;
  /** What that CRM calls it. */
  name: string;
  /** The tier that it has there, and how the partner stands; null where there is none. */
  tier: string | null;
  status: string | null;
}

export async function lookNow(app: App): Promise<Moment> {
  const partners = await listPartners(app.store);
  const ids = partners.map(({ id }) => id);
  const values = await readKpis(app.store, { program: app.program, partners: ids, now: app.clock.now() });
  const [audit] = await app.store.query<{ last: string }>(
    'select coalesce(max(id), 0)::text as last from tierlink.audit',
  );
  const decisions = await app.store.query<{ id: string }>('select id from tierlink.decision');
  return {
    kpis: new Map(values.map((value) => [`${value.partnerId} ${value.kpi}`, value])),
    names: new Map(partners.map(({ id, name }) => [id, name])),
    audit: audit?.last ?? '0',
    decisions: new Set(decisions.map(({ id }) => id)),
  };
}

/** Figures that say something else than before, the largest change of the program's first KPIs first. */
export function kpiMoves(app: App, before: Moment, after: Moment): KpiMove[] {
  const order = Object.keys(app.program.kpis);
  const moves = [...after.kpis].flatMap(([key, value]) => {
    const known = before.kpis.get(key) ?? null;
    const isSame = known !== null && sameFigure(known, value);
    const partner = after.names.get(value.partnerId) ?? value.partnerId;
    return isSame ? [] : [{ partner, kpi: value.kpi, before: known, after: value }];
  });
  return moves.sort((a, b) =>
    a.partner < b.partner ? -1 : a.partner > b.partner ? 1 : order.indexOf(a.kpi) - order.indexOf(b.kpi),
  );
}

function sameFigure(one: KpiValue, other: KpiValue): boolean {
  if (one.numerator === null || other.numerator === null) return one.numerator === other.numerator;
  return exactRatio(one.numerator, one.denominator ?? '1').equals(
    exactRatio(other.numerator, other.denominator ?? '1'),
  );
}

/** Decisions made since, in the order in which they were made. */
export async function tierMoves(app: App, before: Moment): Promise<TierMove[]> {
  const rows = await app.store.query<
    Omit<TierMove, 'reason'> & { id: string; summary: string; evidence: Evidence }
  >(
    `select d.id, d.partner_id as "partnerId", coalesce(p.name, d.partner_id) as partner, d.movement, d.from_tier as "from", d.to_tier as "to",
       d.status, d.summary, d.evidence
     from tierlink.decision d left join tierlink.partner p on p.id = d.partner_id
     where d.program = $1 order by d.decided_at, p.name collate "C", d.id collate "C"`,
    [app.program.name],
  );
  return rows
    .filter(({ id }) => !before.decisions.has(id))
    .map(({ id: _id, summary, evidence, ...move }) => ({
      ...move,
      from: tierLabel(app.program, move.from),
      to: tierLabel(app.program, move.to),
      reason: decisionReason({ movement: move.movement, toTier: move.to, summary, evidence }),
    }));
}

/** What was written to the CRMs since. */
export async function writtenSince(app: App, before: Moment): Promise<Written[]> {
  return await app.store.query<Written>(
    `select connection, object, action, count(*)::integer as records from tierlink.audit
     where id > $1::bigint and action in ('create', 'update') group by 1, 2, 3
     order by array_position($2::text[], connection), 2, 3`,
    [before.audit, app.connections.map(({ alias }) => alias)],
  );
}

/**
 * The records of partners that several connections hold, as the CRMs have them by what both sides last agreed on. Records
 * that hold a tier beside the partner's own, such as its place in a channel program, are not among them.
 */
export async function sharedRecords(app: App): Promise<SharedRecord[]> {
  const rows = await app.store.query<Omit<SharedRecord, 'tier' | 'status'> & { base: Base }>(
    `select p.id as "partnerId", coalesce(p.name, p.id) as partner, l.connection, l.object, l.crm_id as "crmId", l.base,
       coalesce(j.name, p.name, p.id) as name
     from tierlink.partner p join tierlink.link l on l.entity = 'partner' and l.record_id = p.id and l.state = 'live'
     -- A record that was joined keeps its own name in its row.
     left join tierlink.match m on m.state = 'joined' and m.survivor = p.id
       and m.before->'links' @> jsonb_build_array(jsonb_build_object('connection', l.connection, 'crmId', l.crm_id))
     left join tierlink.partner j on j.id in (m.one, m.other) and j.id <> p.id
     where p.merged_into is null and l.base ? 'tierStatus' and exists (select from tierlink.link o
       where o.entity = 'partner' and o.record_id = p.id and o.state = 'live' and o.connection <> l.connection)
     order by lower(p.name) collate "C", p.id collate "C", array_position($1::text[], l.connection), l.crm_id`,
    [app.connections.map(({ alias }) => alias)],
  );
  return rows.map(({ base, ...record }) => ({
    ...record,
    tier: textThere(base, 'tier'),
    status: textThere(base, 'tierStatus'),
  }));
}

/** What the CRM holds in an attribute that the program writes. */
function textThere(base: Base, attribute: string): string | null {
  const entry = base[attribute];
  const value = entry === undefined ? null : pairOf(entry).theirs;
  return value === null ? null : String(value);
}

/** Fields on which both sides disagree now; nothing of them was overwritten. */
export async function disagreements(app: App, at: Moment): Promise<Disagreement[]> {
  const open = await listDifferences(app.store);
  return open.map((difference) => ({
    connection: difference.connection,
    partner: at.names.get(difference.record_id) ?? difference.record_id,
    attribute: difference.attribute,
    ours: shown(difference.ours),
    theirs: shown(difference.theirs),
  }));
}

function shown(value: unknown): string {
  return value === null || value === undefined ? '-' : String(value);
}
