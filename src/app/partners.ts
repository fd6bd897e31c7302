import { TierlinkError } from '../errors.ts';
import { closest } from '../model/closest.ts';
import { fileKeyOf, filesAlias } from '../model/record-id.ts';
import { hasCrmId } from '../store/crm-rows.ts';
import type { Executor } from '../store/store.ts';

/** A partner as lists name it. */
export interface PartnerRow {
  id: string;
  name: string;
  types: string[];
  status: string | null;
  country: string | null;
  region: string | null;
  inScope: boolean;
  startedOn: string | null;
  /** Tier that people kept in the CRM before the program owned it. */
  crmTier: string | null;
}

const columns = `p.id, coalesce(p.name, p.id) as name, coalesce(p.types, '{}') as types, p.status, p.country, p.region,
  p.in_scope as "inScope", p.started_on as "startedOn", p.crm_tier as "crmTier"`;

/** Partners that are neither deleted nor merged into another one, by name. */
export async function listPartners(
  executor: Executor,
  filter: {
    type?: string | undefined;
    outOfScope?: boolean;
    /** Only those that the connection holds. */
    connection?: string | undefined;
  } = {},
): Promise<PartnerRow[]> {
  return await executor.query<PartnerRow>(
    `select ${columns} from tierlink.partner p
     where p.deleted_at is null and p.merged_into is null
       and ($1::text is null or $1 = any(p.types)) and (p.in_scope or $2)
       and ($3::text is null or exists (select from tierlink.link l where l.entity = 'partner' and l.record_id = p.id
         and l.connection = $3 and l.state = 'live'))
     order by lower(p.name) collate "C", p.id collate "C"`,
    [filter.type ?? null, filter.outOfScope ?? false, filter.connection ?? null],
  );
}

/** The order in which partners are listed: by name in any case, those of one name by id. */
export function byName(
  left: Pick<PartnerRow, 'id' | 'name'>,
  right: Pick<PartnerRow, 'id' | 'name'>,
): number {
  return compare(left.name.toLowerCase(), right.name.toLowerCase()) || compare(left.id, right.id);
}

function compare(left: string, right: string): number {
  return left < right ? -1 : Number(left > right);
}

/**
 * The partner meant by an id of ours, of the CRM or of the files that brought it in, its partner number, its name or the
 * beginning of that; the name or an id of one that was merged leads to its survivor. Throws PARTNER_UNKNOWN with the closest
 * names, also when several are meant. `isWhole`: not by the beginning of a name, for what changes something: a name that is
 * not there would be taken for another one.
 */
export async function findPartner(
  executor: Executor,
  text: string,
  { isWhole = false }: { isWhole?: boolean } = {},
): Promise<PartnerRow> {
  const rows = await executor.query<PartnerRow & { rank: number; winner: string | null }>(
    `select ${columns}, p.merged_into as winner,
       case when p.id = $1 or l.crm_id is not null then 0
         when lower(p.number) = lower($1) and p.merged_into is null then 1
         when lower(p.name) = lower($1) then case when p.merged_into is null then 2 else 3 end
         when starts_with(lower(p.name), lower($1)) then 4 else 5 end as rank
     from tierlink.partner p
     left join tierlink.link l on l.entity = 'partner' and l.record_id = p.id
       and (${hasCrmId('l', '$1')} or (l.connection = $2 and l.crm_id = $3))
     where p.id = $1 or l.crm_id is not null or lower(p.name) = lower($1)
       or (p.merged_into is null and lower(p.number) = lower($1))
       or (p.merged_into is null and position(lower($1) in lower(p.name)) > 0)
     order by rank, lower(p.name) collate "C", p.id collate "C" limit 20`,
    [text, filesAlias, fileKeyOf(text)],
  );
  const best = rows.filter(({ rank }) => rank === rows[0]?.rank);
  const [only] = best;
  const isOne = only !== undefined && best.every(({ id }) => id === only.id);
  if (!isOne || (isWhole && only.rank > wholeName))
    throw await unknownPartner(executor, { text, several: best.map(({ name, id }) => `${name} (${id})`) });
  const { rank: _rank, winner, ...partner } = only;
  return winner === null ? partner : await findPartner(executor, winner, { isWhole });
}

/** The last rank of rows that are meant by a whole name or id. */
const wholeName = 3;

async function unknownPartner(
  executor: Executor,
  { text, several }: { text: string; several: string[] },
): Promise<TierlinkError> {
  if (several.length > 0)
    return new TierlinkError('PARTNER_UNKNOWN', { partner: text, closest: several.join(', ') });
  const names = await executor.query<{ name: string }>(
    'select name from tierlink.partner where name is not null and merged_into is null',
  );
  const near = closest(
    text,
    names.map(({ name }) => name),
  );
  return new TierlinkError('PARTNER_UNKNOWN', { partner: text, closest: near ?? null });
}
