import type { Fraction } from 'fraction.js';
import { excludedRecords, type KpiRecord } from '../kpi/records.ts';
import type { ExclusionReason } from '../kpi/types.ts';
import { canonicalDecimal } from '../model/values.ts';
import { measuresOf } from '../program/check-kpi.ts';
import { addMonths, dayOf } from '../program/civil-date.ts';
import { exact, exactRatio, exactText } from '../program/exact.ts';
import type { Program } from '../program/load.ts';
import { isMeasured, ranksInOrder } from '../program/score-parts.ts';
import { thresholdValue } from '../program/threshold.ts';
import type { Executor } from '../store/store.ts';
import { withFigure } from './changed-inputs.ts';
import { ancestorsOf } from './company.ts';
import { labelOf, ladderOf } from './ladder-of.ts';
import { grouped, loadInputs, type PartnerInputs } from './load.ts';
import { peersOf } from './peers.ts';
import { presentEvidence } from './present.ts';

/** A record that counts for less than it could, because a field of it is blank or wrong. */
export interface DebtRecord {
  entity: string;
  id: string | null;
  name: string | null;
  connection: string | null;
  object: string | null;
  crmId: string | null;
  /** Who keeps it: the owner of the deal, otherwise that of the partner; null where no CRM says so. */
  owner: string | null;
  partnerId: string | null;
  partner: string | null;
  /** Keys of the figures that it is missing from. */
  kpis: string[];
  why: string;
  /** What it would bring at most, in the program's currency, exactly; null where that is not known. */
  amount: string | null;
}

/** What is lost to the records of one owner. */
export interface OwnerDebt {
  owner: string | null;
  records: number;
  /** What they would bring at most, exactly. */
  amount: string;
  /** How many of them have no amount that is known. */
  unknown: number;
  /** Beside them: deals won in the last twelve months that name no partner. Some may be sales of the company's own. */
  withoutPartner: number;
  withoutPartnerAmount: string;
}

/** A partner that would hold a higher tier if everything counted that is known of its records. */
export interface LostTier {
  partnerId: string;
  partner: string | null;
  /** Label of the tier by the figures of today, and if they counted; null for none. */
  today: string | null;
  couldBe: string;
  owners: (string | null)[];
}

export interface Debt {
  asOf: string;
  currency: string;
  owners: OwnerDebt[];
  records: DebtRecord[];
  tiers: LostTier[];
}

/** What a person can mend in the record; the calendar and what the program leaves out are no debt. */
const mendable = [
  'value_blank',
  'wrong_type',
  'date_blank',
  'start_blank',
  'share_unknown',
  'ends_before_start',
  'rate_missing',
  'entry_missing',
  'no_entry',
  'unlisted',
] as const satisfies readonly ExclusionReason[];

const noPartner = 'it names no partner';

/** Partners whose tiers are tried out together. */
const pageSize = 500;

interface DebtRequest {
  program: Program;
  /** Epoch milliseconds. */
  now: number;
}

/** What blank and wrong fields cost, by who keeps the records; what most is lost to comes first. Changes nothing. */
export async function debtOf(executor: Executor, request: DebtRequest): Promise<Debt> {
  const { program, now } = request;
  const asOf = dayOf(now, program.timeZone);
  const missed = await excludedOfAll(executor, request);
  const found = missed.map(({ record }) => record);
  const unnamed = await dealsWithoutPartner(executor, { program, asOf });
  const records = [...found, ...(await unreadRecords(executor, found)), ...unnamed].sort(largestFirst);
  return {
    asOf,
    currency: program.currency.code,
    owners: ownersOf(records),
    records,
    tiers: await lostTiers(executor, request, missed),
  };
}

/** A record with every partner whose figures miss it. */
interface Missed {
  record: DebtRecord;
  by: Map<string, MissedBy>;
}

/** What the figures of one partner miss of it. */
interface MissedBy {
  kpis: string[];
  /** What it would bring there at most, exactly; null where that is not known. */
  amount: string | null;
}

/** Partners per statement. */
const listedAtOnce = 1000;

/**
 * Records that figures leave out. One that several figures miss is one, and so is one that the figures of a whole company
 * miss: it is named with the lowest partner of the family.
 */
async function excludedOfAll(executor: Executor, { program, now }: DebtRequest): Promise<Missed[]> {
  const rows = await executor.query<{ id: string; kpi: string; name: string | null; owner: string | null }>(
    `select v.partner_id as id, v.kpi, p.name, p.owner from tierlink.kpi_value v
     join tierlink.partner p on p.id = v.partner_id and p.deleted_at is null and p.merged_into is null and p.in_scope
     where v.program = $1 and v.detail->'excludedBy' ?| $2::text[]
     order by v.kpi collate "C", v.partner_id collate "C"`,
    [program.name, [...mendable]],
  );
  const asked = rows.filter(({ kpi }) => program.kpis[kpi] !== undefined && isMeasured(program, kpi));
  const partners = new Map(asked.map((row) => [row.id, row]));
  const found = new Map<string, { record: KpiRecord; by: Map<string, MissedBy> }>();
  for (const [kpi, own] of grouped(asked, (row) => row.kpi)) {
    const ids = own.map(({ id }) => id);
    for (let from = 0; from < ids.length; from += listedAtOnce) {
      const page = ids.slice(from, from + listedAtOnce);
      const request = { program, kpi, now, partners: page, reasons: mendable };
      for (const { partnerId, record } of await excludedRecords(executor, request)) {
        const key = `${record.id} ${record.why}`;
        const known = found.get(key) ?? { record, by: new Map<string, MissedBy>() };
        found.set(key, known);
        const by = known.by.get(partnerId) ?? { kpis: [], amount: amountOf(program, record) };
        known.by.set(partnerId, { ...by, kpis: [...by.kpis, kpi] });
      }
    }
  }
  const above = await ancestorsOf(executor, [...partners.keys()]);
  const missed = [...found.values()].flatMap(({ record, by }) =>
    familiesOf(by, above).map((family) => {
      const [partnerId] = family;
      const { name, owner } = partners.get(partnerId!)!;
      const whose = { partnerId: partnerId!, partner: name, owner };
      return {
        record: { ...debtRecord(record, family, by), ...whose },
        by: new Map(family.map((id) => [id, by.get(id)!])),
      };
    }),
  );
  missed.sort((one, other) => compareIds(one.record.partnerId!, other.record.partnerId!));
  return await withOwnOwners(executor, missed);
}

function compareIds(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

/** The partners of each family that a record is missed by, the lowest one first; in the order of their ids. */
function familiesOf(
  by: ReadonlyMap<string, MissedBy>,
  above: ReadonlyMap<string, readonly string[]>,
): string[][] {
  const ids = [...by.keys()].sort();
  const isAbove = new Set(ids.flatMap((id) => (above.get(id) ?? []).filter((one) => by.has(one))));
  const taken = new Set<string>();
  return ids
    .filter((id) => !isAbove.has(id))
    .map((id) => {
      const family = [id, ...(above.get(id) ?? [])].filter((one) => by.has(one) && !taken.has(one));
      for (const one of family) taken.add(one);
      return family;
    });
}

/** A company misses at least what its subsidiaries do, so that the most is what the whole family misses. */
function debtRecord(
  { entity, id, name, connection, object, crmId, why }: KpiRecord,
  family: readonly string[],
  by: ReadonlyMap<string, MissedBy>,
): Omit<DebtRecord, 'partnerId' | 'partner' | 'owner'> {
  const own = family.map((one) => by.get(one)!);
  const amounts = own
    .flatMap(({ amount }) => amount ?? [])
    .sort((one, other) => exact(other).compare(exact(one)));
  const kpis = [...new Set(own.flatMap((one) => one.kpis))].sort();
  return { entity, id, name, connection, object, crmId, kpis, why: why ?? '', amount: amounts[0] ?? null };
}

function amountOf(program: Program, { amount, currency, share }: KpiRecord): string | null {
  const full = amountIn(program, amount, currency);
  // Where the share is not known, all of it may be the partner's.
  const own = full?.mul(share === null ? 1 : exact(share).div(100)) ?? null;
  return own && exactText(own);
}

function amountIn(program: Program, amount: string | null, currency: string | null): Fraction | null {
  const decimal = canonicalDecimal(amount ?? '');
  return decimal === null || currency === null
    ? null
    : (thresholdValue(program, `${decimal} ${currency}`) ?? null);
}

/** A deal has an owner of its own; all else is kept by whoever keeps the partner. */
async function withOwnOwners(executor: Executor, missed: readonly Missed[]): Promise<Missed[]> {
  const deals = missed.flatMap(({ record: { entity, id } }) => (entity === 'deal' ? [id] : []));
  const rows = await executor.query<{ id: string; owner: string | null }>(
    'select id, owner from tierlink.deal where id = any($1::text[]) and owner is not null',
    [deals],
  );
  const owners = new Map(rows.map(({ id, owner }) => [id, owner]));
  return missed.map(({ record, by }) => {
    const owner = owners.get(record.id ?? '') ?? record.owner;
    return { record: { ...record, owner }, by };
  });
}

async function dealsWithoutPartner(
  executor: Executor,
  { program, asOf }: { program: Program; asOf: string },
): Promise<DebtRecord[]> {
  const rows = await executor.query<
    { amount: string | null; currency: string | null } & Omit<DebtRecord, 'kpis' | 'why' | 'amount'>
  >(
    `select d.id, d.name, d.owner, d.amount::text as amount, d.amount_currency as currency,
       l.connection, l.object, l.crm_id as "crmId"
     from tierlink.deal d
     left join lateral (select connection, object, crm_id from tierlink.link
       where entity = 'deal' and record_id = d.id and merged_into is null
       order by connection collate "C", object collate "C", crm_id collate "C" limit 1) l on true
     where d.is_won and d.close_on >= $1::date and d.close_on < $2::date
       and d.deleted_at is null and d.merged_into is null and d.in_scope
       and not exists (select from tierlink.credit c where c.deal = d.id and c.partner is not null
         and c.deleted_at is null and c.in_scope)
     order by d.id collate "C"`,
    [addMonths(asOf, -12), asOf],
  );
  return rows.map(({ amount, currency, ...row }) => {
    const value = amountIn(program, amount, currency);
    return {
      ...row,
      entity: 'deal',
      partnerId: null,
      partner: null,
      kpis: [],
      why: noPartner,
      amount: value && exactText(value),
    };
  });
}

/**
 * Records that wait for one that they name and that has never come, such as a partner outside the mapping's scope, and those
 * of which a field could not be read. `known`: records that are named already.
 */
async function unreadRecords(executor: Executor, known: readonly DebtRecord[]): Promise<DebtRecord[]> {
  const rows = await executor.query<
    Pick<DebtRecord, 'entity' | 'connection' | 'object' | 'crmId' | 'why'> & { recordId: string }
  >(
    `select entity, connection, object, crm_id as "crmId", '' as "recordId",
       'its ' || coalesce(nullif(attribute, ''), 'parent') || ' ' || waits_for || ' is not known' as why
     from tierlink.held where whole_record or attribute in ('partner', 'person', 'deal')
     union all
     select entity, connection, object, crm_id, record_id, message from tierlink.reject where direction = 'in'
     order by connection, object, "crmId", why`,
  );
  const ids = new Set(known.map(({ id }) => id));
  const unknown = {
    id: null,
    name: null,
    owner: null,
    partnerId: null,
    partner: null,
    kpis: [],
    amount: null,
  };
  return rows
    .filter(({ recordId }) => !ids.has(recordId))
    .map(({ recordId: _id, ...row }) => ({ ...unknown, ...row }));
}

function ownersOf(records: readonly DebtRecord[]): OwnerDebt[] {
  const byOwner = new Map<string | null, DebtRecord[]>();
  for (const record of records) {
    const known = byOwner.get(record.owner);
    if (known === undefined) byOwner.set(record.owner, [record]);
    else known.push(record);
  }
  return [...byOwner]
    .map(([owner, all]) => {
      const own = all.filter(({ why }) => why !== noPartner);
      const unnamed = all.filter(({ why }) => why === noPartner);
      return {
        owner,
        records: own.length,
        amount: exactText(sumOf(own)),
        unknown: own.filter(({ amount }) => amount === null).length,
        withoutPartner: unnamed.length,
        withoutPartnerAmount: exactText(sumOf(unnamed)),
        all: sumOf(all),
      };
    })
    .sort((one, other) => other.all.compare(one.all) || other.records - one.records)
    .map(({ all: _all, ...owner }) => owner);
}

function sumOf(records: readonly Pick<DebtRecord, 'amount'>[]): Fraction {
  return records.reduce((sum, { amount }) => (amount === null ? sum : sum.add(exact(amount))), exact(0));
}

function largestFirst(one: { amount: string | null }, other: { amount: string | null }): number {
  return exact(other.amount ?? '-1').compare(exact(one.amount ?? '-1'));
}

/** The tier of each partner if the amounts and numbers that are known were added to its figures: no more than an upper bound. */
async function lostTiers(
  executor: Executor,
  { program, now }: DebtRequest,
  missed: readonly Missed[],
): Promise<LostTier[]> {
  const asOf = dayOf(now, program.timeZone);
  const byPartner = new Map<string, (MissedBy & { owner: string | null })[]>();
  for (const { record, by } of missed)
    for (const [id, own] of by) {
      const known = byPartner.get(id);
      const one = { ...own, owner: record.owner };
      if (known === undefined) byPartner.set(id, [one]);
      else known.push(one);
    }
  const partners = [...byPartner.keys()].sort();
  const lost: LostTier[] = [];
  for (let from = 0; from < partners.length; from += pageSize) {
    const page = partners.slice(from, from + pageSize);
    const loaded = await loadInputs(executor, { program, now, partners: page });
    const ranks = ranksInOrder(program);
    const peers = await peersOf(executor, program, { ranks, partners: loaded.map(({ partner }) => partner) });
    for (const inputs of loaded) {
      const own = byPartner.get(inputs.partnerId)!;
      const counted = [...new Set(own.flatMap(({ kpis }) => kpis))].sort().reduce((before, kpi) => {
        const records = own.filter(({ kpis }) => kpis.includes(kpi));
        const figure = figureWith(program, before, { kpi, records });
        return figure === null ? before : withFigure(program, before, { kpi, figure }, peers);
      }, inputs);
      const [today, couldBe] = [inputs, counted].map((one) => tierOf(program, one, asOf));
      if (today === undefined || couldBe === undefined || couldBe.rank <= today.rank) continue;
      const { partnerId, partner } = inputs;
      lost.push({
        partnerId,
        partner: typeof partner.name === 'string' ? partner.name : null,
        today: today.label,
        couldBe: couldBe.label!,
        owners: [...new Set(own.map(({ owner }) => owner))],
      });
    }
  }
  return lost;
}

/** The figure with the records; null where what they would bring is not known, as for means and shares. */
function figureWith(
  program: Program,
  { kpis }: PartnerInputs,
  { kpi, records }: { kpi: string; records: readonly MissedBy[] },
): Fraction | null {
  const { measure, unit } = program.kpis[kpi]!;
  const input = kpis.find((one) => one.kpi === kpi);
  if (measure === undefined || input === undefined || measuresOf(program.kpis[kpi]!).length > 1) return null;
  const now = input.numerator === null ? exact(0) : exactRatio(input.numerator, input.denominator!);
  if (measure.count !== undefined || measure.distinct !== undefined) return now.add(records.length);
  return measure.sum !== undefined && unit === 'money' ? now.add(sumOf(records)) : null;
}

function tierOf(
  program: Program,
  inputs: PartnerInputs,
  asOf: string,
): { rank: number; label: string | null } | undefined {
  const ladder = ladderOf(program, inputs.partner);
  const present = presentEvidence(program, inputs, asOf).find((one) => one.ladder.key === ladder?.key);
  if (ladder === null || present === undefined) return undefined;
  const { computedTier } = present.evidence;
  const rank = ladder.tiers.findIndex(({ key }) => key === computedTier);
  return { rank, label: labelOf(ladder, computedTier) };
}
