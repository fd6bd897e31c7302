import type { MeasurableEntity } from '../program/attribute-path.ts';
import type { CreditDefinition, MeasureDefinition } from '../program/schema-kpi.ts';
import { joinTo, type Parameters, type RowContext } from './sql-parts.ts';

/** Common table expression that names, for each partner asked for, the partners whose records count for it. */
function membersSql(partners: string, rollUp: 'partner' | 'company'): string {
  const own = `select id as partner_id, id as member_id from unnest(${partners}) as asked(id)`;
  if (rollUp === 'partner') return `members(partner_id, member_id) as (${own})`;
  return `members(partner_id, member_id) as (${own}
    union
    select above.partner_id, below.id from members above
    join tierlink.partner below on below.parent = above.member_id
    where below.deleted_at is null and below.merged_into is null and below.in_scope)`;
}

/**
 * The credits of these partners and the deals that they are for, read once however many measures look at them. What no
 * measure asks for is not read at all; nor are attributes of deals that none names, as what is kept is gone through often.
 */
function sharedDeals(rows: readonly string[]): string[] {
  const named = rows.flatMap((text) => {
    const aliases = new Set([...text.matchAll(/\bdeals (\w+)/g)].map(([, alias]) => alias!));
    const columns = [...text.matchAll(/\b(\w+)\.([a-z_]+)/g)];
    return columns.flatMap(([, alias, column]) => (aliases.has(alias!) ? [column!] : []));
  });
  return [
    `credits as materialized (select m.partner_id, k.deal, k.role, k.weight, k.is_primary
    from members m join tierlink.credit k on k.partner = m.member_id
    where k.deleted_at is null and k.merged_into is null and k.in_scope)`,
    `deals as materialized (select ${[...new Set(['id', ...named])].join(', ')}
    from tierlink.deal where id in (select deal from credits))`,
  ];
}

/**
 * The common table expressions that the rows of measures stand on; what the measures share must have been asked for.
 * `rows` are those of all of them.
 */
export function sharedSql(
  { partners, parameters, rows }: { partners: string; parameters: Parameters; rows: readonly string[] },
  rollUp: 'partner' | 'company',
): string {
  return [membersSql(partners, rollUp), ...sharedDeals(rows), ...parameters.shared].join(',\n');
}

/**
 * FROM clause that yields each record of the entity once per partner: s.partner_id, s.share (percent), r.*; under other
 * names where it stands inside another one.
 */
export function sourceSql(
  entity: MeasurableEntity,
  {
    credit,
    belongsTo,
    parameters,
    as = { source: 's', record: 'r' },
  }: Pick<MeasureDefinition, 'credit' | 'belongsTo'> & {
    parameters: Parameters;
    as?: { source: string; record: string };
  },
): string {
  const [records, table] = recordsSql(entity, { credit, belongsTo, parameters });
  return `${records} ${as.source} join ${table} ${as.record} on ${as.record}.id = ${as.source}.id`;
}

/** What yields the ids of an entity's records by partner, and the table that they are in. */
function recordsSql(
  entity: MeasurableEntity,
  {
    credit,
    belongsTo,
    parameters,
  }: Pick<MeasureDefinition, 'credit' | 'belongsTo'> & { parameters: Parameters },
): [records: string, table: string] {
  if (entity === 'deal') return [creditedDeals(credit, parameters), 'deals'];
  if (entity === 'certification')
    return [belongsTo === 'holder' ? heldCertificates : namedCertificates, 'tierlink.certification'];
  const [table, column] = directSources[entity];
  return [
    `(select m.partner_id, x.id, 100::numeric as share from members m
      join tierlink.${table} x on x.${column} = m.member_id)`,
    `tierlink.${table}`,
  ];
}

const directSources: Readonly<Record<'lead' | 'person' | 'case' | 'fact' | 'partner', [string, string]>> = {
  lead: ['lead', 'partner'],
  person: ['person', 'partner'],
  case: ['support_case', 'partner'],
  fact: ['fact', 'partner'],
  partner: ['partner', 'id'],
};

/**
 * A deal counts once for a partner however many credits it has there; their weights add up, to the whole at most. Where
 * the share applies, credits of weight 0 are none, and where the weight of one is unknown, so is the share. Where it is
 * ignored, having a part in the deal is enough: attribution shares out who is paid for what, not who took part. Most
 * measures take the same credits, so each kind is put together once.
 */
function creditedDeals(credit: CreditDefinition | undefined, parameters: Parameters): string {
  const conditions = ['true'];
  if (credit?.roles !== undefined) conditions.push(`k.role = any(${parameters.add(credit.roles, 'text[]')})`);
  if (credit?.exceptRoles !== undefined) {
    conditions.push(`not exists (select from credits o where o.partner_id = k.partner_id and o.deal = k.deal
      and o.role = any(${parameters.add(credit.exceptRoles, 'text[]')}))`);
  }
  if (credit?.primaryOnly) conditions.push('k.is_primary');
  const isUnknown = 'bool_or(k.weight is null)';
  const [share, having] =
    credit?.share === 'ignore'
      ? ['100::numeric', '']
      : [
          `case when ${isUnknown} then null else least(100, sum(k.weight)) end`,
          `having ${isUnknown} or sum(k.weight) > 0`,
        ];
  const credited = `select k.partner_id, k.deal as id, ${share} as share
    from credits k where ${conditions.join(' and ')}
    group by k.partner_id, k.deal ${having}`;
  return parameters.share(credited);
}

/** A certificate belongs to the partner that the CRM names; without one, to the partner of its holder. */
const namedCertificates = `(select m.partner_id, c.id, 100::numeric as share from members m
    join tierlink.certification c on c.partner = m.member_id
    union all
    select m.partner_id, c.id, 100::numeric from members m
    join tierlink.person h on h.partner = m.member_id
    join tierlink.certification c on c.person = h.id and c.partner is null)`;

/** A certificate belongs to the partner of its holder, whatever the CRM names: it follows who changes company. */
const heldCertificates = `(select m.partner_id, c.id, 100::numeric as share from members m
    join tierlink.person h on h.partner = m.member_id
    join tierlink.certification c on c.person = h.id)`;

/** Deleted in the CRM, or no longer in scope; a certificate goes with its holder. */
export function absentSql(context: RowContext): { gone: string; outside: string } {
  const own = {
    gone: `${context.root}.deleted_at is not null`,
    outside: `not ${context.root}.in_scope`,
  };
  if (context.entity !== 'certification') return { gone: `(${own.gone})`, outside: `(${own.outside})` };
  const holder = joinTo(context, { from: context.root, attribute: 'person', to: 'person' });
  return {
    gone: `(${own.gone} or ${holder}.deleted_at is not null)`,
    outside: `(${own.outside} or coalesce(not ${holder}.in_scope, false))`,
  };
}
