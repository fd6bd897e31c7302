import type { FieldMeta, ObjectMeta, Row } from '../types.ts';
import { refuse } from './refusal.ts';
import type { Statement } from './statement.ts';

/** Live rows of an object that hold a key value. */
export function liveMatches(statement: Statement, field: FieldMeta, value: Row[string]): Row[] {
  return [...statement.state.table(statement.object).where(field, [value])].filter(
    (row) => row.IsDeleted !== true,
  );
}

/** Unique fields hold a value once among live rows; the bin does not count until a row comes back from it. */
export function checkUnique(statement: Statement, object: ObjectMeta, row: Row): void {
  for (const field of object.fields) {
    const value = row[field.name] ?? null;
    if (!field.unique || value === null) continue;
    const other = liveMatches({ ...statement, object }, field, value).find((each) => each.Id !== row.Id);
    if (other === undefined) continue;
    throw refuse(
      'DUPLICATE_VALUE',
      `duplicate value found: ${field.name} duplicates value on record with id: ${String(other.Id).slice(0, 15)}`,
    );
  }
}
