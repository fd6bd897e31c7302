import { derive, hasDerivation } from './dml/derive.ts';
import { refreshMembership } from './dml/effects.ts';
import { openStatement } from './dml/statement.ts';
import type { OrgState } from './state.ts';
import type { Caller, ObjectMeta, Row } from './types.ts';

/**
 * Puts trusted rows in as they are (stored forms), without rules, permissions or checks: ids, stamps and booleans are
 * filled in where they are missing, computed fields are computed, names that are no field are left out. Returns the ids in order.
 */
export function bulkLoad(
  state: OrgState,
  object: ObjectMeta,
  load: { rows: Row[]; caller: Caller },
): string[] {
  const statement = openStatement(state, object, { caller: load.caller, options: {} });
  const { stamp } = statement;
  const booleans = object.fields.filter((field) => field.type === 'boolean');
  const numbered = object.fields.find((field) => field.autoNumber === true);
  const known = new Set(object.fields.map((field) => field.name));
  const computes = hasDerivation(object);
  const hasOwner = object.fields.some((field) => field.name === 'OwnerId');
  return load.rows.map((given) => {
    const id = typeof given.Id === 'string' ? given.Id : state.newId(object);
    const row: Row = { Id: id };
    for (const field of booleans) row[field.name] = field.defaultValue === true;
    if (hasOwner) row.OwnerId = load.caller.userId;
    if (numbered !== undefined) row[numbered.name] = String(state.nextNumber(object)).padStart(8, '0');
    row.CreatedDate = stamp;
    row.CreatedById = load.caller.userId;
    for (const name in given) {
      const value = given[name];
      if (value !== null && value !== undefined && known.has(name)) row[name] = value;
    }
    row.LastModifiedDate = given.LastModifiedDate ?? row.CreatedDate;
    row.LastModifiedById = given.LastModifiedById ?? row.CreatedById ?? null;
    row.SystemModstamp = given.SystemModstamp ?? row.LastModifiedDate;
    if (computes) derive(object, { state, row, old: null, written: given, stamp });
    state.write(object, id, row);
    if (object.name === 'ChannelProgramMember') refreshMembership(statement, row.PartnerId);
    return id;
  });
}
