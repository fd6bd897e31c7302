import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadMetadata } from '../../../connectors/dynamics/simulator/metadata-load.ts';
import type { Org } from '../../../connectors/dynamics/simulator/org.ts';

/** Columns and the table that the shipped mappings expect of a company's own solution. */
const files = [
  {
    extends: 'Account',
    columns: {
      nw_PartnerType: 'Picklist cu : 857430000=Reseller; 857430001=MSP',
      nw_PartnerRegion: 'Picklist cu : 857430000=EMEA; 857430001=AMER; 857430002=APAC',
      nw_PartnerStartDate: 'DateOnly cu',
    },
  },
  {
    extends: 'Opportunity',
    columns: {
      nw_PartnerId: 'Lookup cu -> account < nw_account_opportunity_partner',
      nw_DealType: 'Picklist cu : 857430000=New Customer',
      nw_DealSource: 'Picklist cu : 857430000=Partner Referral',
    },
  },
  {
    extends: 'Lead',
    columns: {
      nw_PartnerId: 'Lookup cu -> account < nw_account_lead_partner',
      nw_IsRegistration: 'Boolean cu : 1=Deal Registration; 0*=Sales Lead',
      nw_DeliveredOn: 'DateTime cu',
      nw_AcceptedOn: 'DateTime cu',
    },
  },
  {
    extends: 'Incident',
    columns: {
      nw_PartnerId: 'Lookup cu -> account < nw_account_incident_partner',
      nw_ClosedOn: 'DateTime cu',
    },
  },
  {
    extends: 'Connection',
    columns: {
      record1objecttypecode: 'Picklist : 1=Account; 3=Opportunity',
      record2objecttypecode: 'Picklist : 1=Account; 3=Opportunity',
    },
  },
  {
    table: 'nw_PartnerCertification',
    set: 'nw_partnercertifications',
    label: 'Partner Certification',
    plural: 'Partner Certifications',
    code: 10431,
    primaryName: 'nw_name',
    columns: {
      nw_Name: 'String(100) cu',
      nw_ContactId: 'Lookup cu -> contact < nw_contact_partnercertification',
      nw_AccountId: 'Lookup cu -> account < nw_account_partnercertification',
      nw_Code: 'String(40) cu',
      nw_IssuedOn: 'DateOnly cu',
      nw_ExpiresOn: 'DateOnly cu',
      nw_Status: 'Picklist cu : 857430000*=Active; 857430001=Expired; 857430002=Revoked',
    },
  },
];

/** Makes an environment that of a company whose columns the shipped mappings name. */
export function addNorthwind({ schema }: Org): void {
  const folder = mkdtempSync(join(tmpdir(), 'northwind-'));
  for (const [index, file] of files.entries())
    writeFileSync(
      join(folder, `${index}.json`),
      JSON.stringify({ set: '', label: '', plural: '', code: 0, ...file }),
    );
  loadMetadata(schema, folder);
  rmSync(folder, { recursive: true });
}
