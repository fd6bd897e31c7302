import { nameKey } from '../../model/values.ts';
import type { MeasurableEntity } from '../../program/attribute-path.ts';
import type { CreditDefinition, MeasureDefinition } from '../../program/schema/kpi.ts';
import { alive } from '../../store/alive.ts';
import type { GatheredTable } from '../gathered.ts';
import {
  type AskedPartners,
  joinTo,
  nameSql,
  type Parameters,
  type RowContext,
  type SourceSql,
} from './sql-parts.ts';

/** Common table expression that names, for each partner asked for, the partners whose records count for it. */
function membersSql({ partners, rollUp }: AskedPartners): string {
  const own = `select id as partner_id, id as member_id from unnest(${partners}) as asked(id)`;
  if (rollUp === 'partner') return `members(partner_id, member_id) as (${own})`;
  return `members(partner_id, member_id) as (${own}
    union
    select above.partner_id, below.id from members above
    join tierlink.partner below on below.parent = above.member_id
    where ${alive('below')})`;
}

/**
 * The common table expressions that the rows of measures stand on; what the measures look at must have been asked for.
 */
export function sharedSql({ asked, gathered }: Parameters): string {
  return [membersSql(asked), ...gathered.tables(asked)].join(',\n');
}

/**
 * The rows of a table that count for the partners asked for, with whose they are (partner_id), as a table of FROM. `column`:
 * the one that names a partner. Where partners have their own records alone, those are asked for by their ids: of a list of
 * ids the planner knows how many rows it will find, of a join to one it does not, and it then hashes the whole table.
 */
function ownedSql({ partners, rollUp }: AskedPartners, table: string, column: string): string {
  return rollUp === 'partner'
    ? `(select x.*, x.${column} as partner_id from tierlink.${table} x where x.${column} = any(${partners}))`
    : `(select x.*, m.partner_id from members m join tierlink.${table} x on x.${column} = m.member_id)`;
}

type Belonging = Pick<MeasureDefinition, 'credit' | 'belongsTo'>;

/** The records of an entity with the partners that have them; the record is called `record`, by default r. */
export function sourceSql(
  entity: MeasurableEntity,
  { credit, belongsTo, parameters, record = 'r' }: Belonging & { parameters: Parameters; record?: string },
): SourceSql {
  if (entity === 'deal') return creditedDeals(credit, { parameters, record });
  if (entity === 'certification') {
    const table = belongsTo === 'holder' ? heldCertificates : namedCertificates;
    parameters.gathered.ask(table);
    return { ...whole, isGathered: true, from: `${table.name} ${record}`, partner: `${record}.partner_id` };
  }
  const [table, column] = directSources[entity];
  const from = `${ownedSql(parameters.asked, table, column)} ${record}`;
  return { ...whole, isGathered: false, from, partner: `${record}.partner_id` };
}

/** The share of a record that is the partner's alone. */
export const wholeShare = '100::numeric';
const whole = { share: wholeShare, isOwn: 'true' } as const;

const directSources: Readonly<Record<'lead' | 'person' | 'case' | 'fact' | 'partner', [string, string]>> = {
  lead: ['lead', 'partner'],
  person: ['person', 'partner'],
  case: ['support_case', 'partner'],
  fact: ['fact', 'partner'],
  partner: ['partner', 'id'],
};

/**
 * Deals that the partners have a credit in, each with what its credits there say. Credits are joined to their deals before
 * they are put together: of what is grouped the planner does not know how many go to a deal, and would hash all deals. That
 * the groups name each attribute costs little, as deals are told apart by the first that differs. The offset keeps what is
 * asked of a credit, such as whether its role is one of some, from being worked out anew in each sum over credits.
 */
const credited: GatheredTable = {
  name: 'credited',
  entity: 'deal',
  select: (
    asked,
    { attributesOf, columnsOf, own, ofParts },
  ) => `select ${['k.partner_id', columnsOf('d'), ...own].join(', ')}
    from (select ${['k.*', ...ofParts].join(', ')} from ${ownedSql(asked, 'credit', 'partner')} k
      where ${alive('k')} offset 0) k
    join tierlink.deal d on d.id = k.deal and d.merged_into is null
    group by k.partner_id, ${attributesOf('d')}`,
};

/**
 * A deal counts once for a partner however many credits it has there; their weights add up, to the whole at most. Where
 * the share applies, credits of weight 0 are none, and where the weight of one is unknown, so is the share. Where it is
 * ignored, having a part in the deal is enough: attribution shares out who is paid for what, not who took part.
 */
function creditedDeals(
  credit: CreditDefinition | undefined,
  { parameters, record }: { parameters: Parameters; record: string },
): SourceSql {
  const { gathered: tables } = parameters;
  const ofRoles = (roles: readonly string[]) => {
    const asked = parameters.add(roles.map(nameKey), 'text[]');
    return `k.${tables.workOutOfParts(credited, `${nameSql('k.role')} = any(${asked})`)}`;
  };
  const conditions = [
    ...(credit?.roles === undefined ? [] : [ofRoles(credit.roles)]),
    ...(credit?.primaryOnly === true ? ['k.is_primary'] : []),
  ];
  const which = conditions.length === 0 ? '' : ` filter (where ${conditions.join(' and ')})`;
  const gathered = (sql: string) => `${record}.${tables.askFor(credited, sql)}`;
  const isThere = which === '' ? [] : [gathered(`count(*)${which} > 0`)];
  const isExcepted =
    credit?.exceptRoles === undefined
      ? []
      : [`not ${gathered(`coalesce(bool_or(${ofRoles(credit.exceptRoles)}), false)`)}`];
  const own = [...isThere, ...isExcepted];
  const from = { isGathered: true, from: `${credited.name} ${record}`, partner: `${record}.partner_id` };
  tables.ask(credited);
  if (credit?.share === 'ignore') return { ...from, share: wholeShare, isOwn: allOf(own) };
  const share = `case when not bool_or(k.weight is null)${which} then least(100, sum(k.weight)${which}) end`;
  const isSome = gathered(`coalesce(${share} > 0, true)`);
  return { ...from, share: gathered(share), isOwn: allOf([...own, isSome]) };
}

function allOf(conditions: readonly string[]): string {
  return conditions.length === 0 ? 'true' : `(${conditions.join(' and ')})`;
}

/** A certificate belongs to the partner that the CRM names; without one, to the partner of its holder. */
const namedCertificates: GatheredTable = {
  name: 'certificates',
  entity: 'certification',
  select: (asked, { columnsOf }) => `select c.partner_id, ${columnsOf('c')}
      from ${ownedSql(asked, 'certification', 'partner')} c where c.merged_into is null
    union all
    select h.partner_id, ${columnsOf('c')} from ${ownedSql(asked, 'person', 'partner')} h
      join tierlink.certification c on c.person = h.id and c.partner is null and c.merged_into is null`,
};

/** A certificate belongs to the partner of its holder, whatever the CRM names: it follows who changes company. */
const heldCertificates: GatheredTable = {
  name: 'held_certificates',
  entity: 'certification',
  select: (asked, { columnsOf }) => `select h.partner_id, ${columnsOf('c')}
    from ${ownedSql(asked, 'person', 'partner')} h
    join tierlink.certification c on c.person = h.id and c.merged_into is null`,
};

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
