import { filesAlias, newRecordId } from '../../model/record-id.ts';
import { nameKey, sameValue } from '../../model/values.ts';
import type { Tx } from '../../store/store.ts';
import { saidCredits } from '../records/file-credits.ts';
import { type FileCredit, planCredits } from './credits.ts';
import { noteCustomers, type SaidOfCustomers, settleCustomers } from './customers.ts';
import { importDefinitions } from './kinds.ts';
import type { RowError } from './parse.ts';
import { errorIn, type ImportRecord, type RowReading } from './rows.ts';
import { addBrought, addFindings, failedOf, keyPages, leaveOutErrors } from './staging.ts';

/** Adds to the row of a deal what it does not say in so many words, and its customer. */
export function completeDeal(row: RowReading): void {
  const { record, fail } = row;
  const { cells, values } = record;
  if (cells.is_closed === undefined && values.isWon === true) values.isClosed = true;
  if (values.isWon === true && values.isClosed !== true)
    fail('is_closed', 'is not true, but the deal was won');
  // A chance of less than one in a hundred is not sold on; one that is written as a part of 1 is.
  const chance = Number(values.probability ?? 0);
  if (chance > 0 && chance < 1)
    fail('probability', `"${cells.probability}" is a part of 1; write it in percent, 80 for 0.8`);
  findCustomer(row);
}

/** The customer that a row names. One that nobody knows is added by this name. */
function findCustomer({ record, references, fail }: RowReading): void {
  const { cells, values, brings } = record;
  const word = cells.customer;
  if (word === undefined) return;
  values.customer = null;
  if (word === '') return;
  const match = references.customer(word);
  if ('id' in match) values.customer = match.id;
  else if (!match.isUnknown) fail('customer', match.problem);
  else {
    const key = nameKey(word);
    const id = newRecordId('customer', filesAlias, 'customers', key);
    values.customer = id;
    brings.push({ entity: 'customer', object: 'customers', key, id, values: { name: word } });
  }
}

/**
 * Rows with the same id are one deal, and each credits a partner. They have to say the same of the deal; a deal of which one
 * row has an error is left out as a whole, because half of its credits would be wrong ones.
 */
export async function settleDeals(tx: Tx): Promise<void> {
  await noteCustomers(tx);
  for await (const rows of keyPages(tx)) {
    const { deals, errors, ignored } = await dealsOf(tx, rows);
    await addFindings(tx, 'error', errors);
    await addFindings(tx, 'ignored', ignored);
    const customers = deals.flatMap(({ brings }) => brings);
    await addBrought(tx, customers);
  }
  await leaveOutErrors(tx);
}

/** The deals that stay, page by page, each with the credits that change. */
export async function* dealPages(tx: Tx): AsyncGenerator<ImportRecord[]> {
  for await (const rows of keyPages(tx)) yield (await dealsOf(tx, rows)).deals;
}

/** Makes deals of rows, those of a deal together. */
async function dealsOf(
  tx: Tx,
  records: readonly ImportRecord[],
): Promise<SaidOfCustomers & { deals: ImportRecord[] }> {
  const byKey = new Map<string, ImportRecord[]>();
  for (const record of records) {
    const rows = byKey.get(record.key);
    if (rows === undefined) byKey.set(record.key, [record]);
    else rows.push(record);
  }
  const stored = await saidCredits(
    tx,
    records.map(({ id }) => id),
  );
  const failed = await failedOf(tx, [...byKey.keys()]);
  const { errors: contradictions, ignored } = await settleCustomers(tx, records);
  const ofLine = new Map<number, RowError[]>();
  for (const error of contradictions) ofLine.set(error.line, [...(ofLine.get(error.line) ?? []), error]);
  const [deals, errors]: [ImportRecord[], RowError[]] = [[], []];
  for (const [key, rows] of byKey) {
    const planned = planCredits(rows, stored.get(rows[0]!.id) ?? []);
    const own = [
      ...rows.flatMap(({ line }) => ofLine.get(line) ?? []),
      ...errorsOf(rows, failed.has(key) ? [] : planned.credits),
    ];
    const line = failed.get(key) ?? own[0]?.line;
    if (line === undefined) {
      deals.push(dealOf(rows, planned.changes()));
      ignored.push(...overruled(rows, planned.credits));
    } else errors.push(...own, ...elsewhere(rows, own, line));
  }
  return { deals, errors, ignored };
}

/** Rows about a role for which a CRM that has the deal names another partner. */
function overruled(rows: readonly ImportRecord[], credits: readonly FileCredit[]): RowError[] {
  return credits.flatMap(({ overruledBy }, index) =>
    overruledBy === null
      ? []
      : [
          errorIn(
            rows[index]!,
            'partner',
            `the deal is in the CRM ${overruledBy}, where another partner has this role; change it there`,
          ),
        ],
  );
}

function dealOf(rows: readonly ImportRecord[], credits: ImportRecord['credits']): ImportRecord {
  return { ...rows[0]!, brings: rows.flatMap(({ brings }) => brings), credits, rows: rows.length };
}

/** Rows without an error of their own fall with the one that has it. */
function elsewhere(rows: readonly ImportRecord[], errors: readonly RowError[], line: number): RowError[] {
  const told = new Set(errors.map((error) => error.line));
  return rows
    .filter((row) => !told.has(row.line))
    .map((row) => errorIn(row, 'id', `line ${line}, of the same deal, has an error`));
}

/** `credits`: none where some of them are not known. */
function errorsOf(rows: readonly ImportRecord[], credits: readonly FileCredit[]): RowError[] {
  const [first, ...others] = rows as [ImportRecord, ...ImportRecord[]];
  const errors = [
    ...others.flatMap((row) => disagreement(first, row)),
    ...rows.flatMap((row, index) => repeatedCredit(row, rows.slice(0, index))),
  ];
  return errors.length > 0 ? errors : sharesError(first, credits);
}

function disagreement(first: ImportRecord, row: ImportRecord): RowError[] {
  return Object.keys(row.values).flatMap((attribute) => {
    const [value, other] = [row.values[attribute] ?? null, first.values[attribute] ?? null];
    if (sameValue(value, other)) return [];
    const column = columnOf(attribute, first, row);
    const here = row.cells[column] ?? '';
    const reason = `"${here}" here and "${first.cells[column] ?? ''}" in line ${first.line}: rows of one deal say the same of it`;
    return [errorIn(row, column, reason)];
  });
}

/** Amounts may differ in their currency alone. */
function columnOf(attribute: string, first: ImportRecord, row: ImportRecord): string {
  const { columns } = importDefinitions.deals;
  const column = columns.find((each) => each.attribute === attribute && each.entity === undefined);
  // An attribute of one's own has the name of its column.
  const name = column?.name ?? attribute;
  return name === 'amount' && row.cells.amount === first.cells.amount ? 'currency' : name;
}

/** Rows may name one partner in two ways. */
function repeatedCredit(row: ImportRecord, before: readonly ImportRecord[]): RowError[] {
  const { partner, role } = row.parts.credit;
  const same = before.find(({ parts: { credit } }) => credit.partner === partner && credit.role === role);
  return same === undefined
    ? []
    : [errorIn(row, 'partner', `has the same role as in line ${same.line} already`)];
}

function sharesError(first: ImportRecord, credits: readonly FileCredit[]): RowError[] {
  if (!credits.some(({ values }) => values.weight === null)) return [];
  const hasShares = credits.some(({ values }) => values.share !== null);
  const kept = first.cells.share === undefined ? ', as they are kept from before,' : '';
  const total = credits.reduce((sum, { values }) => sum + Number(values.share ?? 0), 0);
  const hint = total <= 1 ? '; they are percentages, 60 and not 0.6' : '';
  const reason = hasShares
    ? `the shares of its partners${kept} do not add up to 100${hint}`
    : 'several partners, neither with shares nor with one that is primary: nobody knows who gets how much';
  return [errorIn(first, hasShares ? 'share' : 'is_primary', reason)];
}
