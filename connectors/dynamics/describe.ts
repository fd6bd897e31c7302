import { TierlinkError } from '../../src/errors.ts';
import type { FieldDescription, ObjectDescription } from '../../src/sync/crm-description.ts';
import type { Context } from './context.ts';
import type { Column, Table } from './metadata.ts';
import { askUserPrivileges, type Privileges, readPrivileges } from './privileges.ts';
import { batchOutcomes } from './together.ts';
import { askPrivileges, type ColumnPrivilege, isAllowed } from './visibility.ts';

/** Fresh descriptions of several tables, in their order, as the user sees them; what it may not read is left out. */
export async function describeObjects(
  context: Context,
  objects: readonly string[],
): Promise<ObjectDescription[]> {
  const tables = (await context.metadata.fresh(objects)).filter((table) => table !== undefined);
  if (tables.length === 0) return [];
  const { userId } = await context.client.session();
  const [privileges, columns] = await batchOutcomes(context, { name: 'privileges', kind: 'describe' }, [
    (api) => askUserPrivileges(api, userId),
    (api) => askPrivileges(api, userId),
  ]);
  const user = { privileges: readPrivileges(privileges), columns: columnPrivileges(columns) };
  return tables
    .filter((table) => user.privileges.may('Read', table) !== false)
    .map((table) => describedTable(table, user));
}

interface User {
  privileges: Privileges;
  /** What it may do with secured columns, by the id of the column. */
  columns: ReadonlyMap<string, ColumnPrivilege>;
}

/** Secured columns of which nothing is told count as hidden. */
function columnPrivileges(outcome: unknown): ReadonlyMap<string, ColumnPrivilege> {
  if (outcome instanceof TierlinkError) return new Map();
  const { AttributePrivileges } = outcome as { AttributePrivileges: ColumnPrivilege[] };
  return new Map(AttributePrivileges.map((each) => [each.AttributeId, each]));
}

function describedTable(table: Table, user: User): ObjectDescription {
  const isSeen = ({ secured, metadataId }: Column): boolean =>
    !secured || isAllowed(user.columns.get(metadataId)?.CanRead);
  return {
    name: table.name,
    label: table.label,
    tracksChanges: table.tracksChanges || table.columns.has('modifiedon'),
    tracksDeletes: table.tracksChanges && user.privileges.mayForAll('Read', table) !== false,
    createable: user.privileges.may('Create', table) !== false,
    updateable: user.privileges.may('Write', table) !== false,
    fields: [...table.columns.values()]
      .filter((column) => column.readable && isSeen(column))
      .map((column) => describedColumn(table, column, user)),
    recordTypes: [],
  };
}

function describedColumn(table: Table, column: Column, { columns }: User): FieldDescription {
  const isKey =
    column.name === table.primaryId ||
    table.keys.some((key) => key.columns.length === 1 && key.columns[0] === column.name);
  const own = columns.get(column.metadataId);
  const isChoice = column.type === 'choice' || column.type === 'multiChoice';
  const isText = column.type === 'text' || column.type === 'longText';
  return {
    name: column.name,
    label: column.label,
    type: column.type,
    length: isText ? column.maxLength : null,
    precision: null,
    scale: column.scale,
    required: column.required,
    createable: column.creatable && (!column.secured || isAllowed(own?.CanCreate)),
    updateable: column.updatable && (!column.secured || isAllowed(own?.CanUpdate)),
    filterable: true,
    calculated: column.calculated,
    key: isKey,
    unique: isKey,
    values: isChoice
      ? (column.options ?? []).map(({ value, label }) => ({ value: String(value), label, active: true }))
      : null,
    restricted: isChoice,
    references: [...column.targets],
  };
}
