import { type MatchRule, matchKey } from '../../model/match-keys.ts';
import { filesAlias } from '../../model/record-id.ts';
import type { Executor } from '../../store/store.ts';

/** A partner that is known, for the rows of a file that may mean it. */
export interface KnownPartner {
  id: string;
  /** What tells it from others. */
  values: Readonly<Record<'name' | 'number' | 'vat' | 'website', string | null>>;
  /** Keys under which files brought it in. */
  fileKeys: string[];
  /** A connection that holds it; null when only files do. */
  crm: string | null;
}

export interface KnownPartners {
  byId: ReadonlyMap<string, KnownPartner>;
  byFileKey: ReadonlyMap<string, KnownPartner>;
  /** Those that files brought in, whether a CRM holds them by now or not. */
  ofFiles(rule: MatchRule, key: string): readonly KnownPartner[];
  ofCrms(rule: MatchRule, key: string): readonly KnownPartner[];
}

/** What rows may mean a partner by. */
export interface PartnerWords {
  ids: readonly string[];
  fileKeys: readonly string[];
  numbers: readonly string[];
  vats: readonly string[];
}

/** Partners that are read at once. */
const pageSize = 2000;

interface PartnerRow extends KnownPartner, Record<string, unknown> {}

/**
 * Notes all partners that count or that files brought in, with the keys that tell whether two are the same, in temporary
 * tables of the transaction: knownPartners looks there.
 */
export async function notePartners(tx: Executor): Promise<void> {
  await tx.query(
    `create temporary table import_partner (id text not null, "values" json not null, file_keys text[] not null, crm text,
       number text, vat text) on commit drop`,
  );
  await tx.query(
    'create temporary table import_partner_key (key text not null, id text not null) on commit drop',
  );
  for (let after = ''; ; ) {
    const page = await partnersAfter(tx, after);
    await addPartners(tx, page);
    if (page.length < pageSize) break;
    after = page.at(-1)!.id;
  }
  await tx.query(
    'insert into pg_temp.import_partner_key (key, id) select unnest(file_keys), id from pg_temp.import_partner',
  );
  for (const column of ['id', 'number', 'vat'])
    await tx.query(`create index on pg_temp.import_partner using hash (${column})`);
  await tx.query('create index on pg_temp.import_partner_key using hash (key)');
  await tx.query('analyze pg_temp.import_partner');
}

async function partnersAfter(tx: Executor, after: string): Promise<PartnerRow[]> {
  return await tx.query<PartnerRow>(
    `select p.id,
       jsonb_build_object('name', p.name, 'number', p.number, 'vat', p.vat, 'website', p.website) as values,
       coalesce(array_agg(l.crm_id order by l.crm_id collate "C") filter (where l.connection = $1), '{}') as "fileKeys",
       min(l.connection) filter (where l.connection <> $1 and l.state = 'live') as crm
     from (select * from tierlink.partner where merged_into is null and id collate "C" > $2
       order by id collate "C" limit $3) p
     left join tierlink.link l on l.entity = 'partner' and l.record_id = p.id
     group by p.id, p.name, p.number, p.vat, p.website order by p.id collate "C"`,
    [filesAlias, after, pageSize],
  );
}

async function addPartners(tx: Executor, partners: readonly PartnerRow[]): Promise<void> {
  const rows = partners.map(({ id, values, fileKeys, crm }) => ({
    ...{ id, values, crm, file_keys: fileKeys },
    number: matchKey('number', values),
    vat: matchKey('vat', values),
  }));
  await tx.query(
    `insert into pg_temp.import_partner select r.id, r."values", r.file_keys, r.crm, r.number, r.vat
     from json_to_recordset($1::json)
       as r(id text, "values" json, file_keys text[], crm text, number text, vat text)`,
    [JSON.stringify(rows)],
  );
}

/** The noted partners that rows may mean. */
export async function knownPartners(tx: Executor, words: PartnerWords): Promise<KnownPartners> {
  const rows = await tx.query<PartnerRow>(
    `select id, "values", file_keys as "fileKeys", crm from pg_temp.import_partner
     where id = any($1::text[] || array(select id from pg_temp.import_partner_key where key = any($2::text[])))
       or number = any($3::text[]) or vat = any($4::text[])
     order by id collate "C"`,
    [words.ids, words.fileKeys, words.numbers, words.vats],
  );
  return byWords(rows);
}

function byWords(partners: readonly KnownPartner[]): KnownPartners {
  const [byId, byFileKey] = [new Map<string, KnownPartner>(), new Map<string, KnownPartner>()];
  const [files, crms] = [new Map<string, KnownPartner[]>(), new Map<string, KnownPartner[]>()];
  for (const partner of partners) {
    byId.set(partner.id, partner);
    for (const key of partner.fileKeys) byFileKey.set(key, partner);
    for (const rule of ['number', 'vat'] as const) {
      const key = matchKey(rule, partner.values);
      if (key === null) continue;
      if (partner.fileKeys.length > 0) add(files, `${rule} ${key}`, partner);
      if (partner.crm !== null) add(crms, `${rule} ${key}`, partner);
    }
  }
  return {
    byId,
    byFileKey,
    ofFiles: (rule, key) => files.get(`${rule} ${key}`) ?? [],
    ofCrms: (rule, key) => crms.get(`${rule} ${key}`) ?? [],
  };
}

function add(to: Map<string, KnownPartner[]>, key: string, partner: KnownPartner): void {
  const known = to.get(key);
  if (known === undefined) to.set(key, [partner]);
  else known.push(partner);
}
