import type { AttributeValue } from '../../model/entities.ts';
import { filesAlias, newRecordId } from '../../model/record-id.ts';
import { sameValue } from '../../model/values.ts';
import type { Executor, Tx } from '../../store/store.ts';
import { creditWeights } from '../pull/credit-weights.ts';
import { markDirty } from '../records/dirty.ts';
import { type RecordRow, recordOf, saveRecords } from '../records/record-rows.ts';
import type { CreditChange, ImportRecord } from './rows.ts';

/** A credit as the rows of a deal say it. */
export interface FileCredit {
  id: string;
  key: string;
  values: Record<string, AttributeValue>;
  before: RecordRow | undefined;
}

/** Credits of deals as they are stored, those that have ended too, by deal. */
export async function loadCredits(tx: Executor, deals: readonly string[]): Promise<Map<string, RecordRow[]>> {
  const rows = await tx.query(
    'select * from tierlink.credit where deal = any($1::text[]) and merged_into is null order by id collate "C"',
    [[...new Set(deals)]],
  );
  const byDeal = new Map<string, RecordRow[]>();
  for (const row of rows) {
    const credit = recordOf('credit', row);
    const known = byDeal.get(credit.values.deal as string);
    if (known === undefined) byDeal.set(credit.values.deal as string, [credit]);
    else known.push(credit);
  }
  return byDeal;
}

/**
 * The credits that the rows of a deal give, by partner and role whatever the file calls the partner, and what that changes:
 * credits of partners that the deal names no longer end. A column that the file does not have leaves its value as it is.
 */
export function planCredits(
  rows: readonly ImportRecord[],
  stored: readonly RecordRow[],
): { credits: FileCredit[]; changes(): CreditChange[] } {
  const [{ id: deal, key: dealKey }] = rows as [ImportRecord];
  const live = stored.filter(({ deletedAt }) => deletedAt === null);
  const credits = rows.map(({ parts: { credit: part } }): FileCredit => {
    const key = JSON.stringify([dealKey, part.partner, part.role]);
    const own = newRecordId('credit', filesAlias, 'deals', key);
    const before =
      live.find(({ values }) => values.partner === part.partner && values.role === part.role) ??
      stored.find(({ id }) => id === own);
    const kept = before?.deletedAt === null ? before.values : {};
    const given = { ...kept, ...part };
    const [share, isPrimary] = [given.share ?? null, given.isPrimary === true];
    const values = { ...given, deal, partner: part.partner!, role: part.role!, share, isPrimary };
    return { id: before?.id ?? own, key, values, before };
  });
  const weights = weightsOf(credits);
  for (const [index, credit] of credits.entries()) credit.values.weight = weights[index] ?? null;
  const given = new Set(credits.map(({ id }) => id));
  const ended = live.filter(({ id }) => !given.has(id));
  return {
    credits,
    changes: () => [
      ...credits.filter(isChanged).map((credit) => ({ ...credit, isEnded: false })),
      ...ended.map((before) => ({
        id: before.id,
        key: JSON.stringify([dealKey, before.values.partner, before.values.role]),
        values: before.values,
        before,
        isEnded: true,
      })),
    ],
  };
}

/** Shares where there are any, else the whole for the primary partner or the only one, as for deals of CRMs. */
function weightsOf(credits: readonly FileCredit[]): (string | null)[] {
  return creditWeights(
    'split',
    credits.map(({ values: { partner, role, share, isPrimary } }) => ({
      partner: partner as string,
      role: role as string,
      share: share as string | null,
      isPrimary: isPrimary === true,
    })),
  );
}

function isChanged({ before, values }: FileCredit): boolean {
  if (before === undefined || before.deletedAt !== null || !before.inScope) return true;
  return Object.entries(values).some(([name, value]) => !sameValue(before.values[name] ?? null, value));
}

/** Keeps what changed of credits; call it between the marks of their deals. */
export async function saveCreditChanges(
  change: { tx: Tx; now: string },
  credits: readonly CreditChange[],
): Promise<void> {
  if (credits.length === 0) return;
  const { tx, now } = change;
  const ids = credits.map(({ id }) => id);
  const rows = credits.map(({ id, values, isEnded }) => ({
    id,
    values,
    inScope: true,
    deletedAt: isEnded ? now : null,
    knownFrom: now,
    mergedInto: null,
  }));
  await markDirty(change, 'credit', ids);
  const isNew = (index: number) => credits[index]!.before === undefined;
  await saveRecords(tx, 'credit', {
    created: rows.filter((_, index) => isNew(index)),
    changed: rows.filter((_, index) => !isNew(index)),
    now,
  });
  await markDirty(change, 'credit', ids);
}
