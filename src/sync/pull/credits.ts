import { newRecordId } from '../../model/record-id.ts';
import { canonicalDecimal } from '../../model/values.ts';
import { markDirty, markPartners } from '../records/dirty.ts';
import { saidCredits } from '../records/file-credits.ts';
import type { Complaint } from '../records/merge.ts';
import { loadRecords, type RecordRow, recordOf, saveRecords } from '../records/record-rows.ts';
import type { Batch } from './batch.ts';
import { attributionOf, isUnclear, reweigh, reweighDeals, sharesComplaint } from './credit-reweigh.ts';
import { creditWeights, type WeighedCredit } from './credit-weights.ts';
import type { AppliedOutcome, CreditReading } from './store.ts';

/** Weighs the credits of deals anew whose credits changed in an object of their own; call it once those are stored. */
export async function reweighCredited(batch: Batch, applied: readonly AppliedOutcome[]): Promise<void> {
  if (batch.plan.entity !== 'credit') return;
  const deals = applied.flatMap(({ item, values }) => [values.deal, item.row?.values.deal]);
  await reweighDeals(
    batch,
    deals.filter((deal) => typeof deal === 'string'),
  );
}

/**
 * Keeps the credits that deals give by their own lookups, and the weights of all credits of the deals touched. Returns
 * complaints about deals whose shares do not add up.
 */
export async function saveCredits(
  batch: Batch,
  applied: readonly AppliedOutcome[],
): Promise<Map<string, Complaint[]>> {
  if (batch.plan.entity !== 'deal' || applied.length === 0) return new Map();
  const hasOthers = batch.job.allPlans.some((plan) => plan.entity === 'credit');
  await saveLookupCredits(batch, applied, { hasOthers });
  const touched = applied.filter((outcome) => hasOthers && outcome.change !== 'created');
  const bad = await reweigh(batch, {
    deals: touched.map((outcome) => outcome.item.recordId),
    attribution: attributionOf(batch.plan.mapping),
  });
  return complaintsOf(batch, applied, bad);
}

async function saveLookupCredits(
  batch: Batch,
  applied: readonly AppliedOutcome[],
  { hasOthers }: { hasOthers: boolean },
): Promise<void> {
  const weigh = weigher(batch);
  const wanted = await withoutDoubles(
    batch,
    applied.flatMap((outcome) => lookupCredits(batch, outcome, weigh)),
  );
  const old = applied.filter((outcome) => outcome.change !== 'created');
  const oldIds = new Set(old.map((outcome) => outcome.item.recordId));
  const known = await loadRecords(
    batch.tx,
    'credit',
    wanted.filter((row) => oldIds.has(row.values.deal as string)).map((row) => row.id),
  );
  const created: RecordRow[] = [];
  const changed = [...(await unmappedCredits(batch, old)), ...(await overruledCredits(batch, wanted))];
  for (const row of wanted) {
    const before = known.get(row.id);
    // With credits of other objects beside it, what a credit weighs is found out from all of them together.
    const after =
      before !== undefined && hasOthers
        ? { ...row, values: { ...row.values, weight: before.values.weight ?? null } }
        : row;
    if (before === undefined && row.deletedAt === null) created.push(row);
    else if (before !== undefined && !isSameCredit(before, after)) changed.push(keepPartner(before, after));
  }
  const touchedDeals = new Set([...created, ...changed].map((row) => row.values.deal));
  for (const outcome of old) {
    if (outcome.change === 'unchanged' && touchedDeals.has(outcome.item.recordId)) outcome.change = 'updated';
  }
  const touched = changed.map((row) => row.id);
  await markDirty(batch, 'credit', touched);
  await saveRecords(batch.tx, 'credit', { created, changed, now: batch.now, areNew: !batch.job.isCareful });
  const partners = [...created, ...changed].map((row) => row.values.partner);
  await markPartners(batch, 'credit', new Set(partners.filter((partner) => typeof partner === 'string')));
}

/**
 * Credits of lookups that the mapping no longer has, as rows that end now. A mapping that changes is read as a whole
 * once, so nothing else has to look for them. Deals that other objects give too are left: theirs could be meant.
 */
async function unmappedCredits(batch: Batch, old: readonly AppliedOutcome[]): Promise<RecordRow[]> {
  if (!batch.full || old.length === 0) return [];
  const mapped = old.flatMap(({ item }) =>
    batch.plan.credits.map(({ field }) => lookupCreditId(batch, item.record.id, field)),
  );
  const rows = await batch.tx.query(
    `select c.* from tierlink.credit c where c.deal = any($1::text[]) and c.id <> all($2::text[])
       and c.deleted_at is null and c.merged_into is null
       and not exists (select 1 from tierlink.link l where l.entity = 'credit' and l.record_id = c.id)
       and not exists (select 1 from tierlink.link l where l.entity = 'deal' and l.record_id = c.deal
         and (l.connection, l.object) <> ($3, $4))`,
    [old.map(({ item }) => item.recordId), mapped, batch.job.connection, batch.plan.object],
  );
  return rows.map((row) => ({ ...recordOf('credit', row), deletedAt: batch.now }));
}

/**
 * A deal that a person, or a registration, made one with another says of its partner what the other one said: a credit of the
 * same partner in the same role counts once, as whoever said it first has it. So does one that we created with its partner.
 * Where no link was moved and none is created nothing is looked up.
 */
async function withoutDoubles(batch: Batch, wanted: readonly RecordRow[]): Promise<RecordRow[]> {
  const isMoved = batch.job.takesOver.has('deal');
  if (!hasOtherSources(batch) || wanted.length === 0) return [...wanted];
  const keyOf = ({ deal, partner, role }: Record<string, unknown>) => JSON.stringify([deal, partner, role]);
  const rows = await batch.tx.query<{ deal: string; partner: string; role: string }>(
    `select deal, partner, role from tierlink.credit where deal = any($1::text[]) and id <> all($2::text[])
       and deleted_at is null and merged_into is null and partner is not null`,
    [[...new Set(wanted.map(({ values }) => values.deal))], wanted.map(({ id }) => id)],
  );
  const said = new Set(rows.map(keyOf));
  return wanted.map((row) => {
    const key = keyOf(row.values);
    const isDouble = row.deletedAt === null && row.values.partner !== null && said.has(key);
    // Lookups of one deal may split it between shares of one partner.
    if (isMoved) said.add(key);
    return isDouble ? { ...row, deletedAt: batch.now } : row;
  });
}

/**
 * Credits of files for a role in which a lookup of the deal names another partner, as rows that end: who has a deal that the
 * CRM has is the CRM's to say. Looked up where withoutDoubles() does.
 */
async function overruledCredits(batch: Batch, wanted: readonly RecordRow[]): Promise<RecordRow[]> {
  const naming = wanted.filter(({ values, deletedAt }) => deletedAt === null && values.partner !== null);
  if (!hasOtherSources(batch) || naming.length === 0) return [];
  const said = await saidCredits(
    batch.tx,
    naming.map(({ values }) => values.deal as string),
  );
  return [...said].flatMap(([deal, credits]) => {
    const own = wanted.filter(({ values }) => values.deal === deal && values.partner !== null);
    const isNamed = (role: unknown, partner?: unknown) =>
      own.some(({ values }) => values.role === role && (partner === undefined || values.partner === partner));
    return credits.flatMap(({ credit, connection }) => {
      const { role, partner } = credit.values;
      const isOverruled =
        connection === null && credit.deletedAt === null && isNamed(role) && !isNamed(role, partner);
      return isOverruled ? [{ ...credit, deletedAt: batch.now }] : [];
    });
  });
}

/** Whether a person, or a registration, may have said of deals of this mapping who has them. */
function hasOtherSources({ job, plan }: Batch): boolean {
  return job.takesOver.has('deal') || plan.credits.some(({ onCreate }) => onCreate === true);
}

type Weights = ReadonlyMap<CreditReading, string | null>;

/** Weighs the credits that a deal's lookups give. What follows from the mapping alone is worked out once per batch. */
function weigher(batch: Batch): (credits: readonly CreditReading[]) => Weights {
  const attribution = attributionOf(batch.plan.mapping);
  const known = new Map<string, readonly (string | null)[]>();
  return (credits) => {
    const named = credits.filter((each) => each.crmId !== null);
    const key = named.map((each) => `${each.credit.field} ${firstWith(each, named)}`).join(' ');
    const weights = known.get(key) ?? creditWeights(attribution, named.map(weighedCredit));
    known.set(key, weights);
    return new Map(named.map((reading, index) => [reading, weights[index] ?? null]));
  };
}

/** Which lookups of a deal name the same partner is all that weights need to know of whom they name. */
function firstWith({ partner }: CreditReading, named: readonly CreditReading[]): number | null {
  return partner === null ? null : named.findIndex((each) => each.partner === partner);
}

function weighedCredit({ credit, partner }: CreditReading): WeighedCredit {
  const { role, share, isPrimary } = credit;
  return { partner, role, share: canonicalDecimal(share), isPrimary };
}

function lookupCredits(
  batch: Batch,
  { item, credits }: AppliedOutcome,
  weigh: ReturnType<typeof weigher>,
): RecordRow[] {
  const weights = weigh(credits);
  return credits.map((reading) => ({
    id: lookupCreditId(batch, item.record.id, reading.credit.field),
    values: {
      deal: item.recordId,
      partner: reading.partner,
      role: reading.credit.role,
      share: canonicalDecimal(reading.credit.share),
      isPrimary: reading.credit.isPrimary,
      weight: weights.get(reading) ?? null,
    },
    inScope: true,
    // An account that is no partner of ours has its share of the deal all the same.
    deletedAt: reading.crmId === null ? batch.now : null,
    knownFrom: batch.now,
    mergedInto: null,
  }));
}

/** A credit that a lookup gives has no record in the CRM; its id follows from the deal and the field. */
function lookupCreditId(batch: Batch, dealCrmId: string, field: string): string {
  return newRecordId('credit', batch.job.connection, batch.plan.object, `${dealCrmId}:${field}`);
}

function isSameCredit(before: RecordRow, after: RecordRow): boolean {
  if (before.deletedAt !== null || after.deletedAt !== null) {
    return before.deletedAt !== null && after.deletedAt !== null;
  }
  const names = ['deal', 'partner', 'role', 'share', 'isPrimary', 'weight'];
  return names.every((name) => before.values[name] === after.values[name]);
}

/** A credit that ended still says whose it was. */
function keepPartner(before: RecordRow, after: RecordRow): RecordRow {
  return after.deletedAt === null ? after : { ...before, deletedAt: after.deletedAt };
}

function complaintsOf(
  batch: Batch,
  applied: readonly AppliedOutcome[],
  bad: ReadonlySet<string>,
): Map<string, Complaint[]> {
  const weigh = weigher(batch);
  const complaints = new Map<string, Complaint[]>();
  for (const outcome of applied) {
    const isBad =
      outcome.change === 'created'
        ? isUnclear([...weigh(outcome.credits)].map(([{ partner }, weight]) => ({ partner, weight })))
        : bad.has(outcome.item.recordId);
    if (!isBad) continue;
    complaints.set(outcome.item.record.id, [sharesComplaint]);
  }
  return complaints;
}
