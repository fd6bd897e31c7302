import type { Tx } from '../../store/store.ts';
import { findHolder } from './certifications.ts';
import { completeDeal, dealPages, settleDeals } from './deals.ts';
import { placeOfFact, settleFacts, tellReversalsOfNothing } from './facts.ts';
import { findByWords, followIds } from './ids.ts';
import { type ImportKind, importDefinitions } from './kinds.ts';
import { partnerKey, settlePartners } from './partners.ts';
import { emailKey, importedPersonId } from './references.ts';
import type { ImportRules, RowReading } from './rows.ts';
import { addBrought, recordPages } from './staging.ts';

/** What each kind does beside reading its columns. */
export const importRules: Readonly<Record<ImportKind, ImportRules>> = {
  partners: {
    keyOf: partnerKey,
    complete: (row) => refuseReversed(row, { startedOn: 'started_on', endedOn: 'ended_on' }),
    settle: settlePartners,
  },
  deals: { complete: completeDeal, settle: settleDeals, pages: dealPages },
  certifications: { complete: completeCertification, settle: settleCertifications },
  leads: { complete: completeLead, settle: (tx) => takeOver(tx, 'leads') },
  people: { complete: refuseCrmPerson },
  facts: {
    complete: refuseOddFact,
    placeOf: placeOfFact,
    settle: settleFacts,
    waiting: tellReversalsOfNothing,
  },
};

/** Rows with an id take over the records that were known without it. */
async function takeOver(tx: Tx, kind: ImportKind): Promise<void> {
  const definition = importDefinitions[kind];
  await followIds(tx, definition, findByWords(tx, definition));
}

async function settleCertifications(tx: Tx): Promise<void> {
  await takeOver(tx, 'certifications');
  for await (const page of recordPages(tx)) {
    const holders = page.flatMap(({ brings }) => brings);
    await addBrought(tx, holders);
  }
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
  const { values } = row.record;
  if (values.isConverted === false && typeof values.convertedOn === 'string')
    row.fail('is_converted', 'is false, but converted_on has a day');
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
