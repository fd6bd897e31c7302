import type { ChildRelationship, ObjectMeta, Row } from '../types.ts';
import type { Statement } from './statement.ts';

/** The rows of one child relationship that point to a parent. */
export interface Children {
  object: ObjectMeta;
  relationship: ChildRelationship;
  rows: Row[];
}

/** Every row that looks up to the parent, by relationship; live ones, or those in the bin. */
export function childrenOf(
  statement: Statement,
  parent: { object: ObjectMeta; id: string },
  options: { deleted: boolean } = { deleted: false },
): Children[] {
  const { schema } = statement.state;
  return parent.object.childRelationships.flatMap((relationship) => {
    const object = schema.object(relationship.childSObject);
    const field = object && schema.field(object, relationship.field);
    if (object === undefined || field === undefined) return [];
    const rows = [...statement.state.table(object).where(field, [parent.id])].filter(
      (row) => (row.IsDeleted === true) === options.deleted,
    );
    return rows.length === 0 ? [] : [{ object, relationship, rows }];
  });
}
