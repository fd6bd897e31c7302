import type { AttributeValue } from '../../model/entities.ts';
import { filesAlias } from '../../model/record-id.ts';
import { sameValue } from '../../model/values.ts';
import type { Executor, Tx } from '../../store/store.ts';
import { type RecordRow, recordOf } from '../records/record-rows.ts';
import { type ImportDefinition, importDefinitions } from './kinds.ts';
import type { RowError } from './parse.ts';
import { errorIn, type ImportRecord } from './rows.ts';
import { addPlaces, placesOf, recordPages } from './staging.ts';

/** What rows say of customers. */
export interface SaidOfCustomers {
  /** Rows that say something else of a customer than an earlier one. */
  errors: RowError[];
  /** Cells that change nothing, because a CRM holds the customer or the deal and says something else of it. */
  ignored: RowError[];
}

/** The row that says something of a customer first. */
interface FirstSaid {
  value: AttributeValue;
  /** As it is written. */
  cell: string;
}

/** Notes, in the order of the file, which row says something of a customer first: the others have to say the same. */
export async function noteCustomers(tx: Tx): Promise<void> {
  for await (const page of recordPages(tx)) {
    const saying = page.flatMap((row) =>
      saidOf(row).map(([attribute, value]) => ({ row, attribute, value })),
    );
    const places = saying.map(({ row, attribute }) => placeOf(row, attribute));
    const known = await placesOf(tx, places);
    const first = new Map<string, { line: number; said: FirstSaid }>();
    for (const { row, attribute, value } of saying) {
      const place = placeOf(row, attribute);
      if (known.has(place) || first.has(place)) continue;
      first.set(place, { line: row.line, said: { value, cell: row.cells[columnOf(attribute)] ?? '' } });
    }
    await addPlaces(tx, first);
  }
}

/**
 * Brings what the rows of deals say of their customers to those that files hold. A blank cell says nothing, because the row
 * is about a deal: of a customer only what some row says counts, and rows must not say two things. A customer that a CRM
 * holds stays as the CRM has it.
 */
export async function settleCustomers(tx: Tx, records: readonly ImportRecord[]): Promise<SaidOfCustomers> {
  const saying = records.filter((record) => saidOf(record).length > 0);
  const known = await heldCustomers(tx, saying);
  const places = saying.flatMap((row) => saidOf(row).map(([attribute]) => placeOf(row, attribute)));
  const first = await placesOf<FirstSaid>(tx, places);
  const settled: SaidOfCustomers = { errors: [], ignored: [] };
  for (const row of saying) {
    const held = known.get(row.values.customer as string);
    for (const [attribute, value] of saidOf(row)) {
      const earlier = first.get(placeOf(row, attribute))!;
      const isFirst = earlier.line === row.line;
      if (isFirst && held !== undefined && !held.isOfFiles)
        settled.ignored.push(...unlike(row, attribute, held));
      if (!isFirst && !sameValue(earlier.said.value, value))
        settled.errors.push(contradiction(row, attribute, earlier));
    }
    bringTo(row, row.values.customer as string, held);
  }
  return settled;
}

function placeOf({ values }: ImportRecord, attribute: string): string {
  return `${values.customer} ${attribute}`;
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
  { line, said }: { line: number; said: FirstSaid },
): RowError {
  const column = columnOf(attribute);
  const here = row.cells[column];
  const reason = `"${here}" here and "${said.cell}" in line ${line}: rows say the same of one customer`;
  return errorIn(row, column, reason);
}

const { columns }: ImportDefinition = importDefinitions.deals;

function columnOf(attribute: string): string {
  const column = columns.find((each) => each.entity === 'customer' && each.attribute === attribute);
  return column?.name ?? `customer.${attribute}`;
}
