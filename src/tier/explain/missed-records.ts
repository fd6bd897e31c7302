import type { Fraction } from 'fraction.js';
import { excludedRecords, type KpiRecord } from '../../kpi/records.ts';
import type { ExclusionReason } from '../../kpi/types.ts';
import { canonicalDecimal } from '../../model/values.ts';
import { exact, exactText } from '../../program/exact.ts';
import type { Program } from '../../program/load.ts';
import { outsideReason } from '../../program/outside.ts';
import { isMeasured } from '../../program/score-parts.ts';
import { thresholdValue } from '../../program/threshold.ts';
import { alive } from '../../store/alive.ts';
import type { Executor } from '../../store/store.ts';
import { ancestorsOf } from '../company/company.ts';
import { grouped } from '../load.ts';
import type { DebtRecord } from '../method/debt.ts';

/** A record that figures leave out because of a blank or wrong field, with every partner whose figures miss it. */
export interface Missed {
  record: DebtRecord;
  /** By partner and KPI what it would bring there at most; null where that is not known. */
  by: ReadonlyMap<string, ReadonlyMap<string, Fraction | null>>;
}

/** What a person can mend in the record; the calendar and what the program leaves out are no debt. */
const mendable = [
  'value_blank',
  'weight_blank',
  'weight_negative',
  'each_blank',
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

/** Partners per statement. */
const listedAtOnce = 1000;

type Partner = { id: string; name: string | null; owner: string | null };

/** One record as one figure of one partner misses it. */
interface Miss {
  kpi: string;
  partnerId: string;
  record: KpiRecord;
}

/**
 * Records that figures leave out, each once, however many figures and partners miss it and for whatever reasons. It is named
 * with the partners that it is of: of a company whose figures miss it the lowest.
 */
export async function missedRecords(
  executor: Executor,
  request: { program: Program; now: number },
): Promise<Missed[]> {
  const { program } = request;
  const rows = await executor.query<Partner & { kpi: string; status: string | null }>(
    `select v.partner_id as id, v.kpi, p.name, p.owner, p.status from tierlink.kpi_value v
     join tierlink.partner p on p.id = v.partner_id and ${alive('p')}
     where v.program = $1 and v.detail->'excludedBy' ?| $2::text[]
     order by v.kpi collate "C", v.partner_id collate "C"`,
    [program.name, [...mendable]],
  );
  const asked = rows.filter(
    ({ kpi, status }) =>
      program.kpis[kpi] !== undefined && isMeasured(program, kpi) && outsideReason({ status }) === null,
  );
  const partners = new Map(asked.map((row) => [row.id, row]));
  const above = await ancestorsOf(executor, [...partners.keys()]);
  const misses = grouped(await missesOf(executor, request, asked), ({ record }) => record.id);
  const missed = [...misses.values()].map((own) => missedOf(program, own, { partners, above }));
  missed.sort((one, other) => compareIds(one.record.partnerId!, other.record.partnerId!));
  return await withOwnOwners(executor, missed);
}

async function missesOf(
  executor: Executor,
  request: { program: Program; now: number },
  asked: readonly { id: string; kpi: string }[],
): Promise<Miss[]> {
  const found: Miss[] = [];
  for (const [kpi, own] of grouped(asked, (row) => row.kpi)) {
    const ids = own.map(({ id }) => id);
    for (let from = 0; from < ids.length; from += listedAtOnce) {
      const partners = ids.slice(from, from + listedAtOnce);
      const listed = await excludedRecords(executor, { ...request, kpi, partners, reasons: mendable });
      found.push(...listed.map((one) => ({ kpi, ...one })));
    }
  }
  return found;
}

function compareIds(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}

interface Families {
  partners: ReadonlyMap<string, Partner>;
  /** Companies above each partner. */
  above: ReadonlyMap<string, readonly string[]>;
}

function missedOf(program: Program, own: readonly Miss[], { partners, above }: Families): Missed {
  const byPartner = [...grouped(own, ({ partnerId }) => partnerId)].sort(([one], [other]) =>
    compareIds(one, other),
  );
  const by = new Map(
    byPartner.map(([id, misses]) => [
      id,
      new Map(misses.map(({ kpi, record }) => [kpi, amountOf(program, record)] as const)),
    ]),
  );
  const isAbove = new Set([...by.keys()].flatMap((id) => above.get(id) ?? []));
  const lowest = [...by.keys()].filter((id) => !isAbove.has(id)).map((id) => partners.get(id)!);
  const named = lowest.flatMap(({ name }) => name ?? []);
  const { entity, id, name, connection, object, crmId } = own[0]!.record;
  const amount = worthOf(program, own, above);
  const record: DebtRecord = {
    ...{ entity, id, name, connection, object, crmId },
    owner: lowest.find(({ owner }) => owner !== null)?.owner ?? null,
    partnerId: lowest[0]!.id,
    partner: named.length === 0 ? null : named.join(', '),
    kpis: [...new Set(own.map(({ kpi }) => kpi))].sort(),
    why: [...new Set(own.flatMap(({ record: { why } }) => why ?? []))].sort().join('; '),
    amount: amount && exactText(amount),
  };
  return { record, by };
}

/**
 * What a record would bring at most: in the figure that misses most of it, the shares of all partners, but never more than
 * there is. Figures that roll up have the shares of subsidiaries in those of the company.
 */
function worthOf(program: Program, own: readonly Miss[], above: Families['above']): Fraction | null {
  const amounts = [...grouped(own, ({ kpi }) => kpi)].flatMap(([kpi, misses]) => {
    const ids = new Set(misses.map(({ partnerId }) => partnerId));
    const isRolledUp = program.kpis[kpi]!.rollUp === 'company';
    const counted = misses.filter(
      ({ partnerId }) => !isRolledUp || !(above.get(partnerId) ?? []).some((one) => ids.has(one)),
    );
    const parts = counted.flatMap(({ record }) => amountOf(program, record) ?? []);
    const whole = misses.flatMap(({ record: one }) => amountIn(program, one.amount, one.currency) ?? []);
    if (parts.length === 0) return [];
    const sum = parts.reduce((total, part) => total.add(part));
    const full = whole.reduce(larger);
    return [sum.compare(full) > 0 ? full : sum];
  });
  return amounts.length === 0 ? null : amounts.reduce(larger);
}

function larger(one: Fraction, other: Fraction): Fraction {
  return one.compare(other) >= 0 ? one : other;
}

function amountOf(program: Program, { amount, currency, share }: KpiRecord): Fraction | null {
  const full = amountIn(program, amount, currency);
  // Where the share is not known, all of it may be the partner's.
  return full?.mul(share === null ? 1 : exact(share).div(100)) ?? null;
}

/** An amount in the program's currency, exactly; null where there is none, or no rate for it. */
export function amountIn(program: Program, amount: string | null, currency: string | null): Fraction | null {
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
