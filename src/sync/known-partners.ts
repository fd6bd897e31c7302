import { type MatchRule, matchKey } from '../model/match-keys.ts';
import { filesAlias } from '../model/record-id.ts';
import type { Executor } from '../store/store.ts';

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

/** All partners that count or that files brought in: the keys that tell whether two are the same are worked out here. */
export async function loadPartners(tx: Executor): Promise<KnownPartners> {
  const partners = await tx.query<KnownPartner & Record<string, unknown>>(
    `select p.id,
       jsonb_build_object('name', p.name, 'number', p.number, 'vat', p.vat, 'website', p.website) as values,
       coalesce(array_agg(l.crm_id order by l.crm_id collate "C") filter (where l.connection = $1), '{}') as "fileKeys",
       min(l.connection) filter (where l.connection <> $1 and l.state = 'live') as crm
     from tierlink.partner p left join tierlink.link l on l.entity = 'partner' and l.record_id = p.id
     where p.merged_into is null
     group by p.id order by p.id collate "C"`,
    [filesAlias],
  );
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
