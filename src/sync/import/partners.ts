import type { AttributeValue } from '../../model/entities.ts';
import { type MatchRule, matchKey } from '../../model/match-keys.ts';
import type { Tx } from '../../store/store.ts';
import {
  type KnownPartner,
  type KnownPartners,
  knownPartners,
  notePartners,
} from '../records/known-partners.ts';
import { hasOwnId } from './ids.ts';
import { placeParents } from './parents.ts';
import type { RowError } from './parse.ts';
import { errorIn, type ImportRecord } from './rows.ts';
import { addFindings, addPlaces, leaveOutErrors, placesOf, recordPages, renameRecords } from './staging.ts';

/** By what a row without an id of its own is the same partner, the stronger first. */
const keyRules = ['number', 'vat'] as const;

/** By what else two companies with the same number are surely the same, as in matching. */
const secondRules: readonly MatchRule[] = ['vat', 'domain', 'name'];

/** Names a partner by its number, else by its VAT number; null where it has neither. */
export function partnerKey(values: Readonly<Record<string, AttributeValue>>): string | null {
  for (const rule of keyRules) {
    const key = matchKey(rule, values);
    if (key !== null) return `${rule}:${key}`;
  }
  return null;
}

/**
 * Finds the partners that rows mean, and their parents. What a CRM knows is not changed by a file, and no row makes a
 * second partner out of one that is surely known: where it is in doubt, the row is an error.
 */
export async function settlePartners(tx: Tx): Promise<void> {
  await notePartners(tx);
  for await (const page of recordPages(tx)) {
    const known = await partnersOf(tx, page);
    const meant = page.map((record) => ({ record, ...meantBy(record, known) }));
    const errors = meant.flatMap(({ error }) => error ?? []);
    await addFindings(tx, 'error', errors);
    const renamed = meant.flatMap(({ record, partner }) =>
      partner === undefined ? [] : [{ ...record, id: partner.id }],
    );
    await renameRecords(tx, renamed);
  }
  await leaveOutErrors(tx);
  for await (const page of recordPages(tx)) await addFindings(tx, 'error', await repeatedIn(tx, page));
  await leaveOutErrors(tx);
  await placeParents(tx);
}

/** The known partners that rows may mean, and those whose numbers they have. */
async function partnersOf(tx: Tx, records: readonly ImportRecord[]): Promise<KnownPartners> {
  const keys = (rule: MatchRule) => records.flatMap(({ values }) => matchKey(rule, values) ?? []);
  return await knownPartners(tx, {
    ids: records.flatMap(({ id, cells }) => [id, ...(cells.id ? [cells.id] : [])]),
    fileKeys: records.map(({ key }) => key),
    numbers: keys('number'),
    vats: keys('vat'),
  });
}

interface Meant {
  /** The partner that is known already. (Default: it is a new one) */
  partner?: KnownPartner | undefined;
  error?: RowError;
}

type Found = { partner: KnownPartner; column: string } | { column: string; problem: string } | undefined;

function meantBy(record: ImportRecord, known: KnownPartners): Meant {
  const found = byOwnId(record, known) ?? byKeys(record, known) ?? inCrm(record, known);
  if (found === undefined) return {};
  if ('problem' in found) return { error: errorIn(record, found.column, found.problem) };
  const { partner, column } = found;
  if (partner.crm === null) return { partner };
  const reason = `${nameOf(partner)} is in the CRM ${partner.crm}; change it there`;
  return { error: errorIn(record, column, reason) };
}

/** An id may also be the one that we have for a partner. */
function byOwnId(record: ImportRecord, known: KnownPartners): Found {
  if (!hasOwnId(record)) return undefined;
  const partner = known.byFileKey.get(record.key) ?? known.byId.get(record.cells.id!);
  return partner === undefined ? undefined : { partner, column: 'id' };
}

/** Among what files brought in. The same VAT number with another partner number is another partner. */
function byKeys(record: ImportRecord, known: KnownPartners): Found {
  for (const rule of keyRules) {
    const key = matchKey(rule, record.values);
    const carriers = key === null ? [] : known.ofFiles(rule, key);
    const same = rule === 'number' ? carriers : carriers.filter((each) => !differs(each, record));
    const [partner] = same;
    if (partner === undefined) continue;
    const isOther = hasOwnId(record) && partner.fileKeys.some((key) => hasOwnId({ key }));
    if (isOther && rule === 'vat') continue;
    if (isOther)
      return { column: rule, problem: `is the number of ${nameOf(partner)}, which has another id` };
    if (same.length === 1) return { partner, column: rule };
    const ids = same.map(({ id }) => id).join(', ');
    return { column: rule, problem: `fits ${same.length} partners (${ids}); give the row an id of its own` };
  }
  const former = known.byFileKey.get(record.key);
  if (former === undefined) return undefined;
  const [column = ''] = record.key.split(':');
  return { column, problem: `was that of ${nameOf(former)} before; give the row an id of its own` };
}

function differs(partner: KnownPartner, record: ImportRecord): boolean {
  const [one, other] = [matchKey('number', partner.values), matchKey('number', record.values)];
  return one !== null && other !== null && one !== other;
}

/** What a CRM surely has is not made once more; what it may have is made, and matching proposes it to a person. */
function inCrm(record: ImportRecord, known: KnownPartners): Found {
  const key = matchKey('number', record.values);
  if (key === null) return undefined;
  const partner = known.ofCrms('number', key).find((each) =>
    secondRules.some((rule) => {
      const agreed = matchKey(rule, record.values);
      return agreed !== null && agreed === matchKey(rule, each.values);
    }),
  );
  return partner === undefined ? undefined : { partner, column: 'number' };
}

/** Rows that mean one partner twice, or give a number to two, on this page or with one before. */
async function repeatedIn(tx: Tx, page: readonly ImportRecord[]): Promise<RowError[]> {
  const known = await partnersOf(tx, page);
  const claims = page.map((record) => claimOf(record, known));
  const moved = await renumbered(
    tx,
    claims.flatMap(({ holders }) => holders.map(({ id }) => id)),
  );
  const places = claims.flatMap((claim) => [...claim.places.map(([, place]) => place), claim.onlyVat ?? '']);
  const first = new Map([...(await placesOf(tx, places))].map(([place, { line }]) => [place, line]));
  const stored = new Set(first.keys());
  const errors: RowError[] = [];
  for (const claim of claims) {
    const error = errorOf(claim, { moved, first });
    if (error !== undefined) errors.push(error);
    const { record, places: own, onlyVat } = claim;
    for (const [, place] of own) first.set(place, first.get(place) ?? record.line);
    if (onlyVat !== undefined && record.key.startsWith('vat:')) first.set(onlyVat, record.line);
  }
  const added = [...first].filter(([place]) => !stored.has(place));
  await addPlaces(tx, new Map(added.map(([place, line]) => [place, { line }])));
  return errors;
}

/** What a row claims for its partner alone. */
interface Claim {
  record: ImportRecord;
  /** Other partners from files that have its number. */
  holders: readonly KnownPartner[];
  places: [column: string, place: string][];
  /** Where nothing but the VAT number tells what a row means, it has to be the only one. */
  onlyVat: string | undefined;
}

function claimOf(record: ImportRecord, known: KnownPartners): Claim {
  const number = matchKey('number', record.values);
  const vat = matchKey('vat', record.values);
  return {
    record,
    holders: number === null ? [] : known.ofFiles('number', number).filter(({ id }) => id !== record.id),
    places: [
      ['', record.id],
      ...(number === null ? [] : [['number', `number ${number}`] as [string, string]]),
      ...(vat === null ? [] : [['vat', `vat ${vat}`] as [string, string]]),
    ],
    onlyVat: vat === null ? undefined : `only vat ${vat}`,
  };
}

function errorOf(
  { record, holders, places, onlyVat }: Claim,
  { moved, first }: { moved: ReadonlySet<string>; first: ReadonlyMap<string, number> },
): RowError | undefined {
  const holder = holders.find(({ id }) => !moved.has(id));
  if (holder !== undefined)
    return errorIn(record, 'number', `is the number of ${nameOf(holder)} (${holder.id})`);
  const twice = places.find(([column, place]) => {
    const isOnly = column !== 'vat' || record.key.startsWith('vat:') || first.has(onlyVat!);
    return isOnly && first.has(place);
  });
  if (twice === undefined) return undefined;
  return errorIn(record, twice[0], `the same partner as in line ${first.get(twice[1])}`);
}

/** Which of these partners get a number from the file. */
async function renumbered(tx: Tx, ids: readonly string[]): Promise<Set<string>> {
  const rows = await tx.query<{ id: string }>(
    `select id from pg_temp.import_record
     where id = any($1::text[]) and stays and record->'values'->'number' is not null`,
    [[...ids]],
  );
  return new Set(rows.map(({ id }) => id));
}

function nameOf({ values: { name }, id }: KnownPartner): string {
  return name === null ? id : `"${name}"`;
}
