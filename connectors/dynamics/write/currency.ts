import type { Context } from '../context.ts';
import type { LaneRequest } from '../write.ts';
import { baseCurrency } from './defaults.ts';
import type { PreparedRow } from './rows.ts';
import { columnNamed } from './table.ts';

const BINDING = 'transactioncurrencyid@odata.bind';

/**
 * Whether an upsert brings amounts and does not say their currency. A new row would get the user's own one, where an
 * amount without a currency means the base currency; one that is there keeps the currency that it has.
 */
export function lacksCurrency({ request, table }: LaneRequest, { body }: PreparedRow): boolean {
  if (request.operation !== 'upsert' || BINDING in body) return false;
  return Object.entries(body).some(
    ([name, value]) => value !== null && columnNamed(table.own, name)?.type === 'money',
  );
}

/** Says the base currency in the payloads of new rows whose amounts name none; the rows given are left as they are. */
export async function withCurrency(
  context: Context,
  lane: LaneRequest,
  rows: readonly PreparedRow[],
  isThere: (row: PreparedRow) => boolean,
): Promise<readonly PreparedRow[]> {
  const isOpen = (row: PreparedRow): boolean => lacksCurrency(lane, row) && !isThere(row);
  const currency = rows.some(isOpen) ? await baseCurrency(context) : null;
  if (currency === null) return rows;
  return rows.map((row) =>
    isOpen(row) ? { ...row, body: { ...row.body, [BINDING]: `/${currency}` } } : row,
  );
}
