import { TierlinkError } from '../../../src/errors.ts';
import { rejected } from '../../shared/write-outcome.ts';
import type { Context } from '../context.ts';
import { idAddress, isPlain, keyAddress } from '../key-address.ts';
import { isGuid } from '../odata.ts';
import type { LaneRequest } from '../write.ts';
import { findRows } from './find.ts';
import type { Pointing, PreparedRow } from './rows.ts';
import { keyPart, type WriteLookup } from './table.ts';

/**
 * Writes the lookups of rows into their payloads. Most are said by an address, without a call; ids are looked up where an
 * address cannot say it: a column that is no alternate key, a value that addresses cannot hold, an id that may be one of
 * several tables'. Rows that point to nothing are settled as rejected. Returns the others.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/associate-disassociate-entities-using-web-api
 */
export async function resolveReferences(
  context: Context,
  lane: LaneRequest,
  rows: readonly PreparedRow[],
): Promise<PreparedRow[]> {
  const open = rows.flatMap((row) => row.pointings.filter((pointing) => addressOf(pointing) === undefined));
  const found = await lookUp(context, lane, open);
  return rows.filter((row) => {
    try {
      for (const pointing of row.pointings) bind(row, pointing, found);
      return true;
    } catch (error) {
      if (!(error instanceof TierlinkError)) throw error;
      lane.settle(rejected(row.ref, { error }));
      return false;
    }
  });
}

/** The address that says where a lookup leads; undefined where only a look-up tells. */
function addressOf({ lookups, keyField, key }: Pointing): string | undefined {
  const [only] = lookups;
  if (lookups.length !== 1 || only === undefined) return undefined;
  const { table } = only;
  if (keyField === undefined || keyField === table.primaryId)
    return isGuid(key) ? idAddress(table.entitySet, key) : undefined;
  const part = keyPart(table, keyField, key);
  return part !== undefined && part.kind === 'text' && isPlain(key)
    ? keyAddress(table.entitySet, part)
    : undefined;
}

/** Ids by table, column and value, as `findingKey` names them; null: more than one row has the value. */
type Found = ReadonlyMap<string, string | null>;

const findingKey = (table: string, column: string, value: string): string =>
  JSON.stringify([table, column.toLowerCase(), value.toLowerCase()]);

/** One query per table and column that are pointed to, or a few where there are many values. */
async function lookUp(context: Context, lane: LaneRequest, open: readonly Pointing[]): Promise<Found> {
  const groups = new Map<string, { lookup: WriteLookup; column: string; values: Set<string> }>();
  for (const { lookups, keyField, key } of open) {
    for (const lookup of lookups) {
      const column = keyField ?? lookup.table.primaryId;
      if (column === lookup.table.primaryId && !isGuid(key)) continue;
      const name = `${lookup.table.name} ${column}`;
      const group = groups.get(name) ?? { lookup, column, values: new Set<string>() };
      groups.set(name, group);
      group.values.add(key);
    }
  }
  const found = new Map<string, string | null>();
  for (const { lookup, column, values } of groups.values()) {
    const search = { table: lookup.table, column, values: [...values], signal: lane.request.signal };
    for (const { id, value } of await findRows(context, search)) {
      const name = findingKey(lookup.table.name, column, value);
      found.set(name, found.has(name) ? null : id);
    }
  }
  return found;
}

function bind(row: PreparedRow, pointing: Pointing, found: Found): void {
  const address = addressOf(pointing);
  if (address !== undefined) {
    row.body[`${pointing.lookups[0]?.property}@odata.bind`] = `/${address}`;
    return;
  }
  for (const { property, table } of pointing.lookups) {
    const id = found.get(findingKey(table.name, pointing.keyField ?? table.primaryId, pointing.key));
    if (id === null) throw noSuch(pointing, 'more than one');
    if (id === undefined) continue;
    row.body[`${property}@odata.bind`] = `/${idAddress(table.entitySet, id)}`;
    return;
  }
  throw noSuch(pointing, 'none');
}

function noSuch({ field, lookups, keyField, key }: Pointing, found: 'none' | 'more than one'): TierlinkError {
  const tables = lookups.map((lookup) => lookup.table.name).join(' or ');
  const how = `${keyField ?? 'id'} "${key}"`;
  const reason =
    found === 'none' ? `${field}: no ${tables} has ${how}` : `${field}: more than one ${tables} has ${how}`;
  return new TierlinkError('CRM_REFERENCE', { reason, field });
}
