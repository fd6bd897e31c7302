import type { EntityName } from '../model/entities.ts';
import type { Executor } from '../store/store.ts';
import { findHolder } from './import-certifications.ts';
import { completeDeal, settleDeals } from './import-deals.ts';
import { matchFacts, reversalsOfNothing } from './import-facts.ts';
import { findByWords, followIds } from './import-ids.ts';
import { type ImportKind, importDefinitions } from './import-kinds.ts';
import { partnerKey, settlePartners } from './import-partners.ts';
import { emailKey, heldByCrms, importedPersonId } from './import-references.ts';
import { errorIn, type ImportRules, type ReadRows, type RowReading } from './import-rows.ts';

/** What each kind does beside reading its columns. */
export const importRules: Readonly<Record<ImportKind, ImportRules>> = {
  partners: { keyOf: partnerKey, settle: settlePartners },
  deals: { complete: completeDeal, settle: settleDeals },
  certifications: { complete: completeCertification, settle: takeOver('certifications') },
  leads: { complete: completeLead, settle: takeOver('leads') },
  people: { complete: refuseCrmPerson },
  facts: { complete: refuseOddFact, settle: matchFacts, waiting: reversalsOfNothing },
};

/** Rows with an id take over the records that were known without it. */
function takeOver(kind: ImportKind): NonNullable<ImportRules['settle']> {
  return async (tx, { records }) => {
    const definition = importDefinitions[kind];
    const find = findByWords(tx, definition);
    return { records: await followIds(tx, definition, { records, find }), errors: [] };
  };
}

/** What a CRM holds is changed there: rows whose own id is that of such a record become errors. */
export async function refuseCrmRecords(tx: Executor, entity: EntityName, read: ReadRows): Promise<void> {
  const ids = read.records.flatMap(({ cells }) => cells.id || []);
  const held = await heldByCrms(tx, { entity, ids });
  for (const record of read.records) {
    const connection = held.get(record.cells.id ?? '');
    if (connection === undefined) continue;
    read.errors.push(errorIn(record, 'id', `is a ${entity} of the CRM ${connection}; change it there`));
    read.failed.set(record.key, record.line);
  }
  if (held.size > 0) read.records = read.records.filter(({ cells }) => !held.has(cells.id ?? ''));
}

/** Two dates or instants of a row: the second one is not before the first. */
function refuseReversed({ record, fail }: RowReading, columns: { [attribute: string]: string }): void {
  const [[first, firstColumn], [second, column]] = Object.entries(columns) as [
    [string, string],
    [string, string],
  ];
  const { cells, values } = record;
  const [from, to] = [values[first], values[second]];
  if (typeof from !== 'string' || typeof to !== 'string' || to >= from) return;
  fail(column, `"${cells[column]}" is before ${firstColumn}, ${cells[firstColumn]}`);
}

function completeCertification(row: RowReading): void {
  findHolder(row);
  refuseReversed(row, { issuedOn: 'issued_on', expiresOn: 'expires_on' });
}

function completeLead(row: RowReading): void {
  convertedByDate(row);
  refuseReversed(row, { deliveredAt: 'delivered_at', acceptedAt: 'accepted_at' });
}

function refuseOddFact(row: RowReading): void {
  refuseReversed(row, { occurredOn: 'occurred_on', expiresOn: 'expires_on' });
  const { id = '', reverses } = row.record.cells;
  if (id !== '' && reverses === id) row.fail('reverses', 'an entry does not take itself back');
}

/** A file that has only the date says by it whether the lead was converted. */
function convertedByDate({ record: { cells, values } }: RowReading): void {
  if (cells.is_converted === undefined && cells.converted_on !== undefined)
    values.isConverted = values.convertedOn !== null && values.convertedOn !== undefined;
}

/** What a CRM says about a person is not overwritten by a file. */
function refuseCrmPerson({ record, references, fail }: RowReading): void {
  const email = emailKey(record.cells.email ?? '');
  const known = references.person(email);
  if (known === undefined || known === importedPersonId(email)) return;
  fail('email', `"${email}" comes from a CRM; change the person there`);
}
