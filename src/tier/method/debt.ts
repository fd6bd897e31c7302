import type { Fraction } from 'fraction.js';
import { addMonths, dayOf } from '../../program/civil-date.ts';
import { exact, exactText } from '../../program/exact.ts';
import type { Program } from '../../program/load.ts';
import { alive } from '../../store/alive.ts';
import { firstLinkSql } from '../../store/first-link.ts';
import type { Executor } from '../../store/store.ts';
import { amountIn, missedRecords } from '../explain/missed-records.ts';
import { grouped } from '../load.ts';
import { lostTiers } from '../lost-tiers.ts';
import { undatedPartners } from '../undated-partners.ts';

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
  /** The partner that it is of; where several share it, the first of them. */
  partnerId: string | null;
  /** Name of the partner, or of all that share it. */
  partner: string | null;
  /** Keys of the figures that it is missing from. */
  kpis: string[];
  /** What is wrong; where figures miss it for different reasons, all of them. */
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

const noPartner = 'it names no partner';

interface DebtRequest {
  program: Program;
  /** Epoch milliseconds. */
  now: number;
}

/** What blank and wrong fields cost, by who keeps the records; what most is lost to comes first. Changes nothing. */
export async function debtOf(executor: Executor, request: DebtRequest): Promise<Debt> {
  const { program, now } = request;
  const asOf = dayOf(now, program.timeZone);
  const missed = await missedRecords(executor, request);
  const found = missed.map(({ record }) => record);
  const unnamed = await dealsWithoutPartner(executor, { program, asOf });
  const undated = await undatedPartners(executor, program);
  const unread = await unreadRecords(executor, [...found, ...undated]);
  const records = [...found, ...unread, ...undated, ...unnamed].sort(largestFirst);
  return {
    asOf,
    currency: program.currency.code,
    owners: ownersOf(records),
    records,
    tiers: await lostTiers(executor, request, missed),
  };
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
     left join lateral (${firstLinkSql('deal', 'd.id')}) l on true
     where d.is_won and d.close_on >= $1::date and d.close_on < $2::date
       and ${alive('d')}
       and not exists (select from tierlink.credit c where c.deal = d.id and c.partner is not null
         and ${alive('c')})
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
    Pick<DebtRecord, 'entity' | 'id' | 'name' | 'owner' | 'connection' | 'object' | 'crmId' | 'why'> & {
      recordId: string | null;
    }
  >(
    `with named as (
       select id, name, owner from tierlink.deal union all select id, name, owner from tierlink.partner
       union all select id, name, null from tierlink.customer union all select id, name, null from tierlink.person
       union all select id, name, null from tierlink.lead),
     unread as (
       select entity, connection, object, crm_id, null as id,
         'its ' || coalesce(nullif(attribute, ''), 'parent') || ' ' || waits_for || ' is not known' as why
       from tierlink.held where whole_record or attribute in ('partner', 'person', 'deal')
       union all
       select entity, connection, object, crm_id, nullif(record_id, ''), message from tierlink.reject
       where direction = 'in')
     select unread.entity, unread.id as "recordId", named.id, named.name, named.owner, unread.connection, unread.object,
       unread.crm_id as "crmId", unread.why
     from unread left join named on named.id = unread.id
     order by connection collate "C", object collate "C", crm_id collate "C", why collate "C"`,
  );
  const ids = new Set(known.map(({ id }) => id));
  return rows
    .filter(({ recordId }) => recordId === null || !ids.has(recordId))
    .map(({ recordId: _id, ...row }) => ({ ...row, partnerId: null, partner: null, kpis: [], amount: null }));
}

function ownersOf(records: readonly DebtRecord[]): OwnerDebt[] {
  return [...grouped(records, ({ owner }) => owner ?? '').values()]
    .map((all) => {
      const { owner } = all[0]!;
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
