import type { AttributeValue } from '../model/entities.ts';
import { type MatchRule, matchKey } from '../model/match-keys.ts';
import type { Executor } from '../store/store.ts';
import { hasOwnId } from './import-ids.ts';
import { placeParents } from './import-parents.ts';
import type { RowError } from './import-parse.ts';
import { errorIn, type ImportRecord, type ReadRows, type Settled } from './import-rows.ts';
import { type KnownPartner, type KnownPartners, loadPartners } from './known-partners.ts';

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
export async function settlePartners(tx: Executor, { records }: Pick<ReadRows, 'records'>): Promise<Settled> {
  const known = await loadPartners(tx);
  const meant = records.map((record) => ({ record, ...meantBy(record, known) }));
  const errors = [
    ...meant.flatMap(({ error }) => error ?? []),
    ...repeated(
      meant.filter(({ error }) => error === undefined),
      known,
    ),
  ];
  const lines = new Set(errors.map(({ line }) => line));
  const sound = meant
    .filter(({ record }) => !lines.has(record.line))
    .map(({ record, partner }) => ({ ...record, id: partner?.id ?? record.id }));
  const placed = await placeParents(tx, sound, known);
  return { records: placed.records, errors: [...errors, ...placed.errors] };
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

/** Rows that mean one partner twice, or give a number to two. */
function repeated(meant: readonly (Meant & { record: ImportRecord })[], known: KnownPartners): RowError[] {
  const renumbered = meant.filter(({ record }) => record.values.number !== undefined);
  const moved = new Set(renumbered.flatMap(({ partner }) => partner?.id ?? []));
  const lines = new Map<string, number>();
  const errors: RowError[] = [];
  for (const { record, partner } of meant) {
    const number = matchKey('number', record.values);
    const vat = matchKey('vat', record.values);
    const holder =
      number === null
        ? undefined
        : known.ofFiles('number', number).find(({ id }) => id !== partner?.id && !moved.has(id));
    const places: [column: string, place: string][] = [
      ['', partner?.id ?? record.id],
      ...(number === null ? [] : [['number', `number ${number}`] as [string, string]]),
      // Where nothing but the VAT number tells what a row means, it has to be the only one.
      ...(vat === null ? [] : [['vat', `vat ${vat}`] as [string, string]]),
    ];
    const twice = places.find(([column, place]) => {
      const isOnly = column !== 'vat' || record.key.startsWith('vat:') || lines.has(`only ${place}`);
      return isOnly && lines.has(place);
    });
    if (holder !== undefined)
      errors.push(errorIn(record, 'number', `is the number of ${nameOf(holder)} (${holder.id})`));
    else if (twice !== undefined)
      errors.push(errorIn(record, twice[0], `the same partner as in line ${lines.get(twice[1])}`));
    for (const [, place] of places) lines.set(place, lines.get(place) ?? record.line);
    if (vat !== null && record.key.startsWith('vat:')) lines.set(`only vat ${vat}`, record.line);
  }
  return errors;
}

function nameOf({ values: { name }, id }: KnownPartner): string {
  return name === null ? id : `"${name}"`;
}
