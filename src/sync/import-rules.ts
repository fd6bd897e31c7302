import { findHolder } from './import-certifications.ts';
import { completeDeal, settleDeals } from './import-deals.ts';
import { matchFacts } from './import-facts.ts';
import type { ImportKind } from './import-kinds.ts';
import { partnerKey, settlePartners } from './import-partners.ts';
import { emailKey, importedPersonId } from './import-references.ts';
import type { ImportRules, RowReading } from './import-rows.ts';

/** What each kind does beside reading its columns. */
export const importRules: Readonly<Record<ImportKind, ImportRules>> = {
  partners: { keyOf: partnerKey, settle: settlePartners },
  deals: { complete: completeDeal, settle: settleDeals },
  certifications: { complete: findHolder },
  leads: { complete: convertedByDate },
  people: { complete: refuseCrmPerson },
  facts: { settle: matchFacts },
};

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
