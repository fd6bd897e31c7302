import type { State } from '../state.ts';
import { lookupTable, type Row, type Table, type Value } from '../types.ts';
import { describeConnection, isConnection } from './connections.ts';

/** What the platform works out by itself from the other columns of a row. */
export function derive(state: State, table: Table, row: Row): Row {
  const derived: Row = { ...row };
  nameOf(table, derived);
  if (table.logicalName === 'opportunity' || table.logicalName === 'incident') customerOf(table, derived);
  if (isConnection(table)) describeConnection(state, table, derived);
  if (table.columns.has('address1_composite')) derived.address1_composite = addressOf(row);
  if (table.columns.has('exchangerate')) baseAmounts(state, table, derived);
  return derived;
}

/** Full names of people. */
function nameOf(table: Table, row: Row): void {
  if (!table.columns.has('fullname') || !table.columns.has('lastname')) return;
  const parts = [row.firstname, row.middlename, row.lastname].filter((part) => typeof part === 'string');
  row.fullname = parts.length === 0 ? (row.fullname ?? null) : parts.join(' ');
}

/** The customer of an opportunity follows its parents; accountid and contactid follow the customer. */
function customerOf(table: Table, row: Row): void {
  if (table.logicalName === 'opportunity') {
    const [id, target] =
      (row.parentaccountid ?? null) !== null
        ? [row.parentaccountid, 'account']
        : (row.parentcontactid ?? null) !== null
          ? [row.parentcontactid, 'contact']
          : [row.customerid ?? null, row[lookupTable('customerid')] ?? null];
    row.customerid = id ?? null;
    row[lookupTable('customerid')] = target ?? null;
  }
  const target = row[lookupTable('customerid')];
  row.accountid = target === 'account' ? (row.customerid ?? null) : null;
  row.contactid = target === 'contact' ? (row.customerid ?? null) : null;
}

function addressOf(row: Row): Value {
  const place = [row.address1_city, row.address1_stateorprovince, row.address1_postalcode];
  const lines = [row.address1_line1, place.filter(Boolean).join(', '), row.address1_country].filter(Boolean);
  return lines.length === 0 ? null : lines.join('\r\n');
}

/** Amounts in the base currency: divided by the rate of the row's currency. */
function baseAmounts(state: State, table: Table, row: Row): void {
  const columns = [...table.columns.values()].filter((column) => column.baseOf !== undefined);
  const hasMoney = columns.some((column) => (row[column.baseOf!] ?? null) !== null);
  if (hasMoney && (row.transactioncurrencyid ?? null) === null)
    row.transactioncurrencyid = baseCurrency(state);
  const currencies = state.schema.table('transactioncurrency')!;
  const currency = state.rows(currencies).get(String(row.transactioncurrencyid));
  const rate = currency === undefined ? null : Number(currency.exchangerate);
  row.exchangerate = rate;
  for (const column of columns) {
    const amount = row[column.baseOf!] ?? null;
    row[column.logicalName] =
      amount === null || rate === null ? null : Number((Number(amount) / rate).toFixed(4));
  }
}

function baseCurrency(state: State): Value {
  const organizations = state.schema.table('organization')!;
  const [organization] = state.rows(organizations).all.values();
  return organization?.basecurrencyid ?? null;
}
