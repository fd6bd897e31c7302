import type { WriteRequest } from '../../../src/sync/connector.ts';
import type { Context } from '../context.ts';
import { type KeyPart, keyKind } from '../key-address.ts';
import type { Column, Table } from '../metadata.ts';

/** One way that a lookup can be set: its navigation property, and the table that it leads to. */
export interface WriteLookup {
  property: string;
  table: Table;
}

/** A table with those that the lookups of a request lead to. */
export interface WriteTable {
  own: Table;
  /** By logical name; tables that do not exist or are hidden are missing. */
  targets: ReadonlyMap<string, Table>;
}

/** An owner is a user or a team; the platform's metadata names the abstract table above both. */
const owners: readonly string[] = ['systemuser', 'team'];

/**
 * The description of a request's table and of where its lookups lead.
 * @param isFresh asks the platform even for what is kept
 * @throws CRM_OBJECT_MISSING
 */
export async function writeTable(
  context: Context,
  request: WriteRequest,
  isFresh = false,
): Promise<WriteTable> {
  const { metadata } = context;
  if (isFresh) await metadata.fresh([request.object]);
  const own = await metadata.table(request.object);
  const names = new Set<string>();
  for (const { fields } of request.rows)
    for (const [name, value] of Object.entries(fields))
      if (value !== null && value !== '') for (const target of targetsOf(own, name)) names.add(target);
  await metadata.learn([...names]);
  const targets = new Map<string, Table>();
  for (const name of names) {
    const table = await metadata.table(name).catch(() => undefined);
    if (table !== undefined) targets.set(name, table);
  }
  return { own, targets };
}

/**
 * The column that a field of a row means: by its own name, by the name of its value (_accountid_value), by a navigation
 * property (customerid_account), or by a path whose first step is one of these.
 */
export function columnNamed({ columns, lookups }: Table, name: string): Column | undefined {
  const [head = ''] = name.split('.');
  const property = lookups.find((lookup) => lookup.property === head);
  return columns.get(head) ?? columns.get(/^_(.+)_value$/.exec(head)?.[1] ?? property?.column ?? '');
}

/** The navigation properties that a field of a row may mean; none for what is no lookup. */
function waysOf(table: Table, name: string): { property: string; target: string }[] {
  const column = columnNamed(table, name);
  const ways = table.lookups.filter((lookup) => lookup.column === column?.name);
  if (column?.vendorType === 'Owner') return owners.map((target) => ({ property: column.name, target }));
  const [head = ''] = name.split('.');
  const named = ways.filter((way) => way.property === head);
  return column !== undefined && head !== column.name && named.length > 0 ? named : ways;
}

function targetsOf(table: Table, name: string): string[] {
  return waysOf(table, name).map((way) => way.target);
}

export function lookupsNamed({ own, targets }: WriteTable, name: string): WriteLookup[] {
  return waysOf(own, name).flatMap(({ property, target }) => {
    const table = targets.get(target);
    return table === undefined ? [] : [{ property, table }];
  });
}

/** Navigation properties of a lookup that is to be cleared, wherever it leads. */
export function propertiesNamed({ own }: WriteTable, name: string): string[] {
  return waysOf(own, name).map((way) => way.property);
}

/** A value of an alternate key that has no other column; undefined where the column is no such key. */
export function keyPart(table: Table, column: string, value: string): KeyPart | undefined {
  const isKey = table.keys.some((key) => key.columns.length === 1 && key.columns[0] === column);
  const found = table.columns.get(column);
  if (!isKey || found === undefined) return undefined;
  return { column, kind: keyKind(found.vendorType), value };
}

/** The state that a status belongs to. */
export function stateOf({ own }: WriteTable, status: number | undefined): number | undefined {
  return own.columns.get('statuscode')?.options?.find((option) => option.value === status)?.state;
}

/** A status for the state: the first one of its list, where none was asked for. */
export function statusOf({ own }: WriteTable, state: number): number | undefined {
  return own.columns.get('statuscode')?.options?.find((option) => option.state === state)?.value;
}
