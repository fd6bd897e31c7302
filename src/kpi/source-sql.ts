import type { MeasurableEntity } from '../program/attribute-path.ts';
import type { CreditDefinition, MeasureDefinition } from '../program/schema-kpi.ts';
import type { Parameters } from './sql-parts.ts';

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
  const named = rows.flatMap((text) => [...text.matchAll(/\br\.([a-z_]+)/g)].map(([, column]) => column!));
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
 * `deals` are the rows of those that look at deals.
 */
export function sharedSql(
  { partners, parameters, deals }: { partners: string; parameters: Parameters; deals: readonly string[] },
  rollUp: 'partner' | 'company',
): string {
  return [membersSql(partners, rollUp), ...sharedDeals(deals), ...parameters.shared].join(',\n');
}

/** FROM clause that yields each record of the entity once per partner: s.partner_id, s.share (percent), r.*. */
export function sourceSql(
  entity: MeasurableEntity,
  {
    credit,
    belongsTo,
    parameters,
  }: Pick<MeasureDefinition, 'credit' | 'belongsTo'> & { parameters: Parameters },
): string {
  if (entity === 'deal') return dealSource(credit, parameters);
  if (entity === 'certification') return belongsTo === 'holder' ? heldSource : certificationSource;
  const [table, column] = directSources[entity];
  return `(select m.partner_id, x.id, 100::numeric as share from members m
    join tierlink.${table} x on x.${column} = m.member_id) s
    join tierlink.${table} r on r.id = s.id`;
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
function dealSource(credit: CreditDefinition | undefined, parameters: Parameters): string {
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
  return `${parameters.share(credited)} s
    join deals r on r.id = s.id`;
}

/** A certificate belongs to the partner that the CRM names; without one, to the partner of its holder. */
const certificationSource = `(select m.partner_id, c.id, 100::numeric as share from members m
    join tierlink.certification c on c.partner = m.member_id
    union all
    select m.partner_id, c.id, 100::numeric from members m
    join tierlink.person h on h.partner = m.member_id
    join tierlink.certification c on c.person = h.id and c.partner is null) s
    join tierlink.certification r on r.id = s.id`;

/** A certificate belongs to the partner of its holder, whatever the CRM names: it follows who changes company. */
const heldSource = `(select m.partner_id, c.id, 100::numeric as share from members m
    join tierlink.person h on h.partner = m.member_id
    join tierlink.certification c on c.person = h.id) s
    join tierlink.certification r on r.id = s.id`;
