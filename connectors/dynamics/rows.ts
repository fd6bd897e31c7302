import { isTierlinkError } from '../../src/errors.ts';
import type { CrmRecord, CrmValue } from '../../src/sync/connector.ts';
import { instantText, type JsonRow, valueAt } from '../shared/neutral-values.ts';
import type { Context } from './context.ts';
import type { ResolvedColumn, Table } from './metadata.ts';
import { columnName } from './odata.ts';
import { isMergeable } from './scope.ts';
import { type Convert, convertOf } from './values.ts';
import { hiddenColumns, type IsHidden } from './visibility.ts';

/** How the wanted fields of a table are selected and turned into neutral records. */
export interface RowPlan {
  table: Table;
  /** Fields that were wanted and exist. */
  wanted: readonly WantedField[];
  select: readonly string[];
  /** For what lies behind lookups; undefined when nothing does. */
  expand: string | undefined;
  toRecord(row: JsonRow): CrmRecord;
}

interface WantedField {
  field: string;
  resolved: ResolvedColumn;
}

/** Resolves wanted fields; what cannot be read is left out. Throws CRM_OBJECT_MISSING. */
export async function planRows(
  context: Context,
  object: string,
  fields: readonly string[],
): Promise<RowPlan> {
  const table = await context.metadata.table(object);
  const wanted: WantedField[] = [];
  for (const field of new Set(fields)) {
    const resolved = await context.metadata.resolve(object, field);
    if (resolved !== undefined) wanted.push({ field, resolved });
  }
  return planOf(table, wanted);
}

/** Takes what is hidden from the user out of a plan. */
export type Visibility = (plan: RowPlan) => Promise<RowPlan>;

/**
 * Rows show hidden columns as blank, so what is hidden is asked for, once, when the first rows have come. It serves for one
 * read or one stream; the next one asks anew.
 */
export function visibilityOf(context: Context): Visibility {
  let asked: Promise<IsHidden> | undefined;
  return async ({ table, wanted }) => {
    const columns = wanted.map(({ resolved }) => resolved);
    asked ??= hiddenColumns(context, columns);
    const isHidden = await asked;
    return planOf(
      table,
      wanted.filter(({ resolved }) => !isHidden(resolved)),
    );
  };
}

function planOf(table: Table, wanted: readonly WantedField[]): RowPlan {
  const columns = wanted.map(
    ({ field, resolved }): ReadColumn => ({
      field,
      steps: [...resolved.via, columnName(resolved.column)],
      convert: convertOf(resolved.column),
    }),
  );
  const own = wanted.filter(({ resolved }) => resolved.via.length === 0);
  const system = [
    table.primaryId,
    ...['modifiedon', 'createdon', '_modifiedby_value'].filter((name) => table.columns.has(plainName(name))),
    ...(isMergeable(table) ? ['_masterid_value'] : []),
  ];
  return {
    table,
    wanted,
    select: [...new Set([...system, ...own.map(({ resolved }) => columnName(resolved.column))])],
    expand: expandOf(wanted.map(({ resolved }) => resolved)),
    toRecord: (row) => recordOf(table, row, columns),
  };
}

interface ReadColumn {
  field: string;
  steps: readonly string[];
  convert: Convert;
}

/** _modifiedby_value -> modifiedby */
function plainName(name: string): string {
  return /^_(.+)_value$/.exec(name)?.[1] ?? name;
}

function recordOf(table: Table, row: JsonRow, columns: readonly ReadColumn[]): CrmRecord {
  const fields: Record<string, CrmValue> = {};
  for (const { field, steps, convert } of columns) fields[field] = convert(valueAt(row, steps));
  const by = row._modifiedby_value;
  return {
    id: String(row[table.primaryId]),
    modifiedAt: instantText(String(row.modifiedon ?? '1970-01-01T00:00:00.000Z')),
    createdAt: row.createdon == null ? null : instantText(String(row.createdon)),
    modifiedBy: typeof by === 'string' ? by : null,
    fields,
  };
}

interface ExpandNode {
  select: Set<string>;
  inner: Map<string, ExpandNode>;
}

/** parentaccountid($select=name;$expand=primarycontactid($select=fullname)) */
function expandOf(columns: readonly ResolvedColumn[]): string | undefined {
  const root: ExpandNode = { select: new Set(), inner: new Map() };
  for (const { via, column } of columns) {
    let node = root;
    for (const property of via) {
      const next = node.inner.get(property) ?? { select: new Set(), inner: new Map() };
      node.inner.set(property, next);
      node = next;
    }
    node.select.add(columnName(column));
  }
  return root.inner.size === 0 ? undefined : writeExpand(root);
}

function writeExpand({ inner }: ExpandNode): string {
  return [...inner]
    .map(([property, node]) => {
      const options = [
        ...(node.select.size === 0 ? [] : [`$select=${[...node.select].join(',')}`]),
        ...(node.inner.size === 0 ? [] : [`$expand=${writeExpand(node)}`]),
      ];
      return `${property}(${options.join(';')})`;
    })
    .join(',');
}

/**
 * Runs the work; when the platform says that a column does not exist (it was removed a moment ago), asks for the
 * descriptions again and runs the work once more with what is left. It does not say whether the column was the table's own
 * or stood behind a lookup, so all tables that are known are described anew.
 */
export async function withFreshColumns<T>(context: Context, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isTierlinkError(error, 'CRM_FIELD_MISSING')) throw error;
    await context.metadata.renew();
    return await work();
  }
}
