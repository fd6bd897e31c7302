import type { Fraction } from 'fraction.js';
import { type KpiRecord, kpiRecords } from '../kpi/records.ts';
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
import { labelOf, ladderOf } from './ladder-of.ts';
import { loadInputs, type PartnerInputs } from './load.ts';
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
  const found = await excludedRecords(executor, request);
  const unnamed = await dealsWithoutPartner(executor, { program, asOf });
  const records = [...found, ...(await unreadRecords(executor, found)), ...unnamed].sort(largestFirst);
  return {
    asOf,
    currency: program.currency.code,
    owners: ownersOf(records),
    records,
    tiers: await lostTiers(executor, request, found),
  };
}

/** Records that a figure leaves out; one that several figures miss is one. */
async function excludedRecords(executor: Executor, { program, now }: DebtRequest): Promise<DebtRecord[]> {
  const rows = await executor.query<{
    partner_id: string;
    kpi: string;
    name: string | null;
    owner: string | null;
  }>(
    `select v.partner_id, v.kpi, p.name, p.owner from tierlink.kpi_value v
     join tierlink.partner p on p.id = v.partner_id and p.deleted_at is null and p.merged_into is null and p.in_scope
     where v.program = $1 and v.detail->'excludedBy' ?| $2::text[]
     order by v.partner_id collate "C", v.kpi collate "C"`,
    [program.name, [...mendable]],
  );
  const records = new Map<string, DebtRecord>();
  for (const { partner_id: partnerId, kpi, name, owner } of rows) {
    if (program.kpis[kpi] === undefined || !isMeasured(program, kpi)) continue;
    const { excluded } = await kpiRecords(executor, { program, kpi, partnerId, now });
    for (const record of excluded.filter(({ reason }) => isMendable(reason))) {
      const key = `${partnerId} ${record.id} ${record.why}`;
      const known = records.get(key);
      if (known !== undefined) known.kpis.push(kpi);
      else records.set(key, { ...debtRecord(program, record), kpis: [kpi], partnerId, partner: name, owner });
    }
  }
  return await withOwnOwners(executor, [...records.values()]);
}

function isMendable(reason: ExclusionReason | null): boolean {
  return mendable.some((one) => one === reason);
}

function debtRecord(
  program: Program,
  { entity, id, name, connection, object, crmId, why, amount, currency, share }: KpiRecord,
): Omit<DebtRecord, 'kpis' | 'partnerId' | 'partner' | 'owner'> {
  const full = amountIn(program, amount, currency);
  // Where the share is not known, all of it may be the partner's.
  const own = full?.mul(share === null ? 1 : exact(share).div(100)) ?? null;
  return { entity, id, name, connection, object, crmId, why: why ?? '', amount: own && exactText(own) };
}

function amountIn(program: Program, amount: string | null, currency: string | null): Fraction | null {
  const decimal = canonicalDecimal(amount ?? '');
  return decimal === null || currency === null
    ? null
    : (thresholdValue(program, `${decimal} ${currency}`) ?? null);
}

/** A deal has an owner of its own; all else is kept by whoever keeps the partner. */
async function withOwnOwners(executor: Executor, records: readonly DebtRecord[]): Promise<DebtRecord[]> {
  const deals = records.filter(({ entity }) => entity === 'deal').map(({ id }) => id);
  const rows = await executor.query<{ id: string; owner: string | null }>(
    'select id, owner from tierlink.deal where id = any($1::text[]) and owner is not null',
    [deals],
  );
  const owners = new Map(rows.map(({ id, owner }) => [id, owner]));
  return records.map((record) => ({ ...record, owner: owners.get(record.id ?? '') ?? record.owner }));
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
  for (const record of records) byOwner.set(record.owner, [...(byOwner.get(record.owner) ?? []), record]);
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
  records: readonly DebtRecord[],
): Promise<LostTier[]> {
  const asOf = dayOf(now, program.timeZone);
  const partners = [...new Set(records.flatMap(({ partnerId }) => partnerId ?? []))];
  const lost: LostTier[] = [];
  for (const inputs of await pagesOf(executor, { program, partners, now })) {
    const own = records.filter(({ partnerId }) => partnerId === inputs.partnerId);
    const peers = await peersOf(executor, program, {
      ranks: ranksInOrder(program),
      partners: [inputs.partner],
    });
    const counted = [...new Set(own.flatMap(({ kpis }) => kpis))].reduce((before, kpi) => {
      const figure = figureWith(program, before, {
        kpi,
        records: own.filter(({ kpis }) => kpis.includes(kpi)),
      });
      return figure === null ? before : withFigure(program, before, { kpi, figure }, peers);
    }, inputs);
    const [today, couldBe] = [inputs, counted].map((one) => tierOf(program, one, asOf));
    if (today === undefined || couldBe === undefined || couldBe.rank <= today.rank) continue;
    const { partnerId, partner } = own[0]!;
    const owners = [...new Set(own.map(({ owner }) => owner))];
    lost.push({ partnerId: partnerId!, partner, today: today.label, couldBe: couldBe.label!, owners });
  }
  return lost;
}

async function pagesOf(
  executor: Executor,
  { partners, ...request }: DebtRequest & { partners: readonly string[] },
): Promise<PartnerInputs[]> {
  const found: PartnerInputs[] = [];
  for (let from = 0; from < partners.length; from += pageSize) {
    const page = partners.slice(from, from + pageSize);
    found.push(...(await loadInputs(executor, { ...request, partners: page })));
  }
  return found;
}

/** The figure with the records; null where what they would bring is not known, as for means and shares. */
function figureWith(
  program: Program,
  { kpis }: PartnerInputs,
  { kpi, records }: { kpi: string; records: readonly DebtRecord[] },
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
