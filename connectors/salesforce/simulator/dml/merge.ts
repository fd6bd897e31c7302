import type { DmlResult, InputRecord, Row } from '../types.ts';
import { childrenOf } from './children.ts';
import { refreshMembership } from './effects.ts';
import { noAccess, refuse, unsupported } from './refusal.ts';
import { rowFor, updateRow } from './save.ts';
import { type Statement, stamped, succeeded } from './statement.ts';

/** Which records become one, and what the winner takes over. */
export interface Merge {
  masterId: string;
  loserIds: string[];
  values?: InputRecord;
}

/** Children of a loser move to the winner: their SystemModstamp moves, their LastModifiedDate does not. */
function moveChildren(statement: Statement, loserId: string, masterId: string): void {
  const { state, object, stamp } = statement;
  for (const { object: child, relationship, rows } of childrenOf(statement, { object, id: loserId })) {
    if (relationship.field === 'MasterRecordId') continue;
    for (const row of rows) {
      const parentId = row.Id === masterId ? null : masterId;
      state.write(child, String(row.Id), { ...row, [relationship.field]: parentId, SystemModstamp: stamp });
    }
  }
}

function buryLoser(statement: Statement, loser: Row, masterId: string): void {
  const { state, object, stamp } = statement;
  const id = String(loser.Id);
  state.write(object, id, { ...stamped(statement, loser), IsDeleted: true, MasterRecordId: masterId });
  state.bin.push({ object, id, at: stamp });
}

/** Joins up to two losers into the winner. */
export function mergeRows(statement: Statement, merge: Merge): DmlResult {
  const { object, caller } = statement;
  if (!object.mergeable) throw unsupported(object.name, 'merge');
  if (merge.loserIds.length < 1 || merge.loserIds.length > 2 || merge.loserIds.includes(merge.masterId)) {
    throw refuse('INVALID_NUM_1_ARGUMENT', 'merge takes one or two records besides the master');
  }
  const master = rowFor(statement, merge.masterId, 'merge');
  const losers = merge.loserIds.map((id) => rowFor(statement, id, 'merge'));
  const access = caller.objectAccess(object);
  if (!access.delete || [master, ...losers].some((row) => !caller.canEditRow(object, row))) throw noAccess();
  for (const loserId of losers.map((loser) => String(loser.Id))) {
    moveChildren(statement, loserId, String(master.Id));
    buryLoser(statement, rowFor(statement, loserId, 'merge'), String(master.Id));
  }
  if (object.name === 'Account') refreshMembership(statement, master.Id);
  updateRow(statement, rowFor(statement, merge.masterId, 'merge'), {
    record: merge.values ?? {},
    strike: () => undefined,
  });
  return succeeded(String(master.Id), false);
}
