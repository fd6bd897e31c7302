import type { AttributeValue } from '../model/entities.ts';
import { filesAlias } from '../model/record-id.ts';
import { sameValue } from '../model/values.ts';
import type { Executor } from '../store/store.ts';
import { type ImportDefinition, importDefinitions } from './import-kinds.ts';
import type { RowError } from './import-parse.ts';
import { errorIn, type ImportRecord } from './import-rows.ts';
import { type RecordRow, recordOf } from './record-rows.ts';

/** What became of what rows say of customers. */
export interface SettledCustomers {
  /** Rows that say something else of a customer than an earlier one. */
  errors: RowError[];
  /** Cells that change nothing, because a CRM holds the customer and says something else of it. */
  ignored: RowError[];
}

/**
 * Brings what the rows of deals say of their customers to those that files hold. A blank cell says nothing, because the row
 * is about a deal: of a customer only what some row says counts, and rows must not say two things. A customer that a CRM
 * holds stays as the CRM has it.
 */
export async function settleCustomers(
  tx: Executor,
  records: readonly ImportRecord[],
): Promise<SettledCustomers> {
  const saying = records.filter((record) => saidOf(record).length > 0);
  const known = await heldCustomers(tx, saying);
  const settled: SettledCustomers = { errors: [], ignored: [] };
  const first = new Map<string, { row: ImportRecord; value: AttributeValue }>();
  for (const row of saying) {
    const customer = row.values.customer as string;
    const held = known.get(customer);
    for (const [attribute, value] of saidOf(row)) {
      const place = `${customer} ${attribute}`;
      const earlier = first.get(place);
      if (earlier === undefined) {
        first.set(place, { row, value });
        if (held !== undefined && !held.isOfFiles) settled.ignored.push(...unlike(row, attribute, held));
      } else if (!sameValue(earlier.value, value))
        settled.errors.push(contradiction(row, attribute, earlier));
    }
    bringTo(row, customer, held);
  }
  return settled;
}

/** Attributes of its customer that a row says something of. */
function saidOf({ values, parts }: ImportRecord): [string, AttributeValue][] {
  const isNamed = typeof values.customer === 'string';
  return isNamed ? Object.entries(parts.customer).filter(([, value]) => value !== null) : [];
}

/** A customer that the row adds gets what it says; one that files hold is changed by it. */
function bringTo(row: ImportRecord, customer: string, held: HeldCustomer | undefined): void {
  const said = Object.fromEntries(saidOf(row));
  const added = row.brings.find(({ id }) => id === customer);
  if (added !== undefined) Object.assign(added.values, said);
  else if (held?.isOfFiles === true)
    row.brings.push({ entity: 'customer', object: 'customers', key: held.key, id: customer, values: said });
}

interface HeldCustomer {
  record: RecordRow;
  /** Its key in files, or else its id in the CRM. */
  key: string;
  /** The CRM that holds it; a customer of none is that of files. */
  connection: string;
  isOfFiles: boolean;
}

async function heldCustomers(
  tx: Executor,
  rows: readonly ImportRecord[],
): Promise<Map<string, HeldCustomer>> {
  if (rows.length === 0) return new Map();
  const ids = [...new Set(rows.map(({ values }) => values.customer))];
  const found = await tx.query<Record<string, unknown> & Pick<HeldCustomer, 'key' | 'connection'>>(
    `select distinct on (c.id) c.*, l.crm_id as key, l.connection from tierlink.customer c
     join tierlink.link l on l.entity = 'customer' and l.record_id = c.id and l.state = 'live'
     where c.id = any($1::text[])
     order by c.id, l.connection = $2, l.connection collate "C", l.crm_id collate "C"`,
    [ids, filesAlias],
  );
  return new Map(
    found.map((row) => {
      const { key, connection } = row;
      const record = recordOf('customer', row);
      return [record.id, { record, key, connection, isOfFiles: connection === filesAlias }];
    }),
  );
}

function unlike(
  row: ImportRecord,
  attribute: string,
  { record, connection }: HeldCustomer,
): readonly RowError[] {
  const theirs = record.values[attribute] ?? null;
  if (sameValue(theirs, row.parts.customer[attribute] ?? null)) return [];
  const says = theirs === null ? 'it is blank' : `it is ${JSON.stringify(theirs)}`;
  return [
    errorIn(
      row,
      columnOf(attribute),
      `the customer is in the CRM ${connection}, where ${says}; change it there`,
    ),
  ];
}

function contradiction(
  row: ImportRecord,
  attribute: string,
  earlier: { row: ImportRecord; value: AttributeValue },
): RowError {
  const column = columnOf(attribute);
  const [here, there] = [row.cells[column], earlier.row.cells[column]];
  const reason = `"${here}" here and "${there}" in line ${earlier.row.line}: rows say the same of one customer`;
  return errorIn(row, column, reason);
}

const { columns }: ImportDefinition = importDefinitions.deals;

function columnOf(attribute: string): string {
  const column = columns.find((each) => each.entity === 'customer' && each.attribute === attribute);
  return column?.name ?? `customer.${attribute}`;
}
