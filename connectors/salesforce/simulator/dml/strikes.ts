import type { Fault } from '../faults.ts';
import type { Row } from '../types.ts';
import { refuse } from './refusal.ts';
import type { Statement } from './statement.ts';

const NOT_A_PARENT = new Set([
  'OwnerId',
  'RecordTypeId',
  'CreatedById',
  'LastModifiedById',
  'MasterRecordId',
]);

/** The record whose lock a write of this row takes: its first parent, or the row itself. */
function lockedParent(statement: Statement, row: Row): string {
  for (const field of statement.object.fields) {
    if (field.type !== 'reference' || NOT_A_PARENT.has(field.name)) continue;
    const value = row[field.name];
    if (typeof value === 'string') return value;
  }
  return String(row.Id ?? '');
}

function touches(statement: Statement, row: Row, parentId: string): boolean {
  if (row.Id === parentId) return true;
  return statement.object.fields.some((field) => field.type === 'reference' && row[field.name] === parentId);
}

/**
 * Faults that hit rows. `arm` looks at all rows of a statement (each as it is or will be) and answers the check to make
 * per row; a lock strikes once per statement, a row error once per row.
 */
export function armStrikes(statement: Statement, rows: Row[]): (row: Row) => void {
  const where = { object: statement.object.name };
  const { faults } = statement.state;
  const locks = faults
    .active('row-lock', where)
    .filter((fault) => locksAny(statement, fault, rows) && faults.strike(fault));
  const errors = faults.active('row-error', where);
  return (row) => {
    for (const fault of locks) {
      if (fault.parentId !== undefined && !touches(statement, row, fault.parentId)) continue;
      const parent = fault.parentId ?? lockedParent(statement, row);
      throw refuse(
        'UNABLE_TO_LOCK_ROW',
        `unable to obtain exclusive access to this record or 1 records: ${parent}`,
      );
    }
    for (const fault of errors) {
      if (fitsRow(fault, row) && faults.strike(fault)) {
        throw refuse(
          fault.statusCode ?? 'UNKNOWN_EXCEPTION',
          fault.message ?? 'An unexpected error occurred',
          {
            fields: fault.fields ?? [],
          },
        );
      }
    }
  };
}

function locksAny(statement: Statement, fault: Fault, rows: Row[]): boolean {
  const { parentId } = fault;
  if (parentId !== undefined && !rows.some((row) => touches(statement, row, parentId))) return false;
  return fault.whenMixed !== true || new Set(rows.map((row) => lockedParent(statement, row))).size > 1;
}

function fitsRow(fault: Fault, row: Row): boolean {
  return Object.entries(fault.matching ?? {}).every(([name, value]) => (row[name] ?? null) === value);
}
