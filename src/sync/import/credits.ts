import type { AttributeValue } from '../../model/entities.ts';
import { sameValue } from '../../model/values.ts';
import type { Tx } from '../../store/store.ts';
import { creditWeights } from '../pull/credit-weights.ts';
import { markDirty } from '../records/dirty.ts';
import { fileCreditId, fileCreditKey, type SaidCredit } from '../records/file-credits.ts';
import { type RecordRow, saveRecords } from '../records/record-rows.ts';
import type { CreditChange, ImportRecord } from './rows.ts';

/** A credit as the rows of a deal say it. */
export interface FileCredit {
  id: string;
  key: string;
  values: Record<string, AttributeValue>;
  before: RecordRow | undefined;
  /** The CRM that has the deal and says that another partner has the role; null: none does. */
  overruledBy: string | null;
}

/**
 * The credits that the rows of a deal give, by partner and role whatever the file calls the partner, and what that changes:
 * credits of partners that the file names no longer end. Of a deal that a CRM has, the CRM says who has a role that it names
 * somebody for; what the file gives the others of the deal stays as it is then, since the part of the row that does not count
 * is that partner's. A column that the file does not have leaves its value as it is.
 */
export function planCredits(
  rows: readonly ImportRecord[],
  stored: readonly SaidCredit[],
): { credits: FileCredit[]; changes(): CreditChange[] } {
  const [{ id: deal, key: dealKey }] = rows as [ImportRecord];
  const live = stored.filter(({ credit }) => credit.deletedAt === null);
  const credits = rows.map(({ parts: { credit: part } }): FileCredit => {
    const key = fileCreditKey(dealKey, part);
    const own = fileCreditId(dealKey, part);
    const said = live.find(({ credit }) => hasRole(credit, part) && credit.values.partner === part.partner);
    const before = said?.credit ?? stored.find(({ credit }) => credit.id === own)?.credit;
    const other = live.find(({ credit, connection }) => connection !== null && hasRole(credit, part));
    const isSaidThere = said !== undefined && said.connection !== null;
    const kept = before?.deletedAt === null ? before.values : {};
    const given = { ...kept, ...part };
    const [share, isPrimary] = [given.share ?? null, given.isPrimary === true];
    const values = { ...given, deal, partner: part.partner!, role: part.role!, share, isPrimary };
    return {
      id: before?.id ?? own,
      key,
      values,
      before,
      overruledBy: isSaidThere ? null : (other?.connection ?? null),
    };
  });
  const weights = weightsOf(credits);
  for (const [index, credit] of credits.entries()) credit.values.weight = weights[index] ?? null;
  const counting = credits.filter(({ overruledBy }) => overruledBy === null);
  const given = new Set(counting.map(({ id }) => id));
  const ended = live.flatMap(({ credit, connection }) =>
    connection === null && !given.has(credit.id) ? [credit] : [],
  );
  return {
    credits,
    changes: () => [
      ...counting.filter(isChanged).map((credit) => ({ ...credit, isEnded: false })),
      ...ended.map((before) => ({
        id: before.id,
        key: fileCreditKey(dealKey, before.values),
        values: before.values,
        before,
        isEnded: true,
      })),
    ],
  };
}

/** Whether a credit names somebody for the role that a row is about. */
function hasRole({ values }: RecordRow, part: Record<string, AttributeValue>): boolean {
  return values.role === part.role && values.partner !== null;
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
