import { DataverseError } from '../errors.ts';
import type { Row } from '../types.ts';
import { lookupTable } from '../types.ts';
import { pointingAt } from './remove.ts';
import { change, requireAccess, type WriteCall } from './save.ts';

/**
 * Merges one row into another: what pointed to the subordinate points to the target, and the subordinate stays, inactive
 * and marked. https://learn.microsoft.com/power-apps/developer/data-platform/merge-data
 */
export function mergeRows(
  call: WriteCall,
  rows: { target: Row; subordinate: Row },
  content: Readonly<Record<string, string | number | boolean | null>> = {},
): void {
  const { state, table } = call;
  const { target, subordinate } = rows;
  if (!table.mergeable)
    throw new DataverseError(
      400,
      '0x80040203',
      `Merge is not supported for the entity '${table.logicalName}'.`,
    );
  if (target[table.primaryId] === subordinate[table.primaryId])
    throw new DataverseError(400, '0x80040203', 'A record cannot be merged with itself.');
  requireAccess(call, 'Write', target);
  requireAccess(call, 'Write', subordinate);
  state.transaction(() => {
    const from = String(subordinate[table.primaryId]);
    const to = String(target[table.primaryId]);
    for (const relationship of state.schema.collectionsOf(table)) {
      if (relationship.column === 'masterid') continue;
      const other = state.schema.table(relationship.referencing)!;
      for (const child of pointingAt(call, relationship, from)) {
        if (other === table && child[table.primaryId] === to) continue;
        change(
          { ...call, table: other },
          child,
          movedTo(other.columns.get(relationship.column)?.targets, relationship.column, {
            id: to,
            table: table.logicalName,
          }),
        );
      }
    }
    change(call, state.rows(table).get(from)!, {
      statecode: closedState(table.logicalName),
      merged: true,
      masterid: to,
    });
    change(call, state.rows(table).get(to)!, content);
  });
}

function movedTo(
  targets: readonly string[] | undefined,
  column: string,
  to: { id: string; table: string },
): Record<string, string> {
  const isPolymorphic = (targets?.length ?? 0) > 1;
  return { [column]: to.id, ...(isPolymorphic ? { [lookupTable(column)]: to.table } : {}) };
}

/** The state of a row that was merged away: inactive, disqualified or cancelled. */
function closedState(table: string): number {
  return table === 'account' || table === 'contact' ? 1 : 2;
}
