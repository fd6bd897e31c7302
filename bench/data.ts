import type { Org } from '../connectors/salesforce/simulator/org.ts';
import type { Row } from '../connectors/salesforce/simulator/types.ts';
import { createDraw, type Draw } from '../connectors/simulation/random.ts';
import type { Size } from './size.ts';

const dayMs = 86_400_000;
const countries = ['United States', 'United Kingdom', 'Germany', 'France', 'Japan', 'Brazil'];
const industries = ['Technology', 'Banking', 'Healthcare', 'Retail', 'Energy'];
const openStages = ['Prospecting', 'Qualification', 'Proposal/Price Quote', 'Negotiation/Review'];
const products = ['Platform', 'Analytics', 'Support Plus', 'Migration', 'Renewal'];

/** Ids of what was loaded, by kind. */
export interface LoadedIds {
  partners: string[];
  customers: string[];
  deals: string[];
}

interface Fill {
  org: Org;
  draw: Draw;
  recordTypes: { Partner: string; Customer: string };
}

/**
 * Fills an org with a channel business of the size, the same at every run. All of it is dated months back, so that no
 * overlap of a change window reaches it.
 */
export function fillOrg(org: Org, size: Size): LoadedIds {
  const [Partner = '', Customer = ''] = org.bulkLoad(
    'RecordType',
    ['Partner', 'Customer'].map((name) => ({
      SobjectType: 'Account',
      DeveloperName: name,
      Name: name,
      IsActive: true,
    })),
  );
  const fill: Fill = { org, draw: createDraw(7), recordTypes: { Partner, Customer } };
  const partners = org.bulkLoad(
    'Account',
    rows(size.partners, (index) => partnerRow(fill, index)),
  );
  const customers = org.bulkLoad(
    'Account',
    rows(size.customers, (index) => customerRow(fill, index)),
  );
  const parties = { partners, customers };
  const deals = org.bulkLoad(
    'Opportunity',
    rows(size.deals, (index) => dealRow(fill, index, parties)),
  );
  addCertifiedPeople(fill, partners);
  return { partners, customers, deals };
}

function rows(count: number, make: (index: number) => Row): Row[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function partnerRow({ org, draw, recordTypes }: Fill, index: number): Row {
  const started = -draw.between(200, 2_000);
  return {
    CreatedDate: instant(org, started),
    Name: `Partner ${index + 1} ${draw.pick(products)} Ltd`,
    RecordTypeId: recordTypes.Partner,
    Type: 'Channel Partner / Reseller',
    Website: `https://www.partner-${index + 1}.example`,
    Phone: `+44 20 ${String(7_000_000 + index)}`,
    NumberOfEmployees: draw.between(5, 4_000),
    BillingCountry: draw.pick(countries),
    Industry: draw.pick(industries),
    Partner_Type__c: draw.pick(['reseller', 'msp', 'integrator']),
    Partner_Region__c: draw.pick(['EMEA', 'AMER', 'APAC']),
    Partner_Start_Date__c: day(org, started),
  };
}

function customerRow({ org, draw, recordTypes }: Fill, index: number): Row {
  return {
    CreatedDate: instant(org, -draw.between(100, 2_000)),
    Name: `Customer ${index + 1}, ${draw.pick(industries)} Group`,
    RecordTypeId: recordTypes.Customer,
    Type: 'Customer - Channel',
    Website: `https://www.customer-${index + 1}.example`,
    BillingCountry: draw.pick(countries),
    Industry: draw.pick(industries),
  };
}

/** Four of five deals name their partner; a third is won, a third lost, a third open. */
function dealRow(
  { org, draw }: Fill,
  index: number,
  parties: Pick<LoadedIds, 'partners' | 'customers'>,
): Row {
  const stage = ['Closed Won', 'Closed Lost', draw.pick(openStages)][index % 3] ?? '';
  const closes = stage.startsWith('Closed') ? -draw.between(40, 700) : draw.between(10, 180);
  return {
    CreatedDate: instant(org, Math.min(closes, 0) - draw.between(35, 150)),
    Name: `Deal ${index + 1} - ${draw.pick(products)}`,
    AccountId: draw.pick(parties.customers),
    StageName: stage,
    CloseDate: day(org, closes),
    Amount: draw.between(1_000, 250_000) + draw.between(0, 99) / 100,
    Type: draw.pick(['New Customer', 'Existing Customer - Upgrade']),
    LeadSource: draw.pick(['Partner Referral', 'Web', 'Phone Inquiry']),
    Partner__c: index % 5 === 4 ? null : draw.pick(parties.partners),
  };
}

/** Two certified people at every second partner, so that tiers differ. */
function addCertifiedPeople({ org }: Fill, partners: readonly string[]): void {
  const holders = partners.filter((_, index) => index % 2 === 0).flatMap((id) => [id, id]);
  const people = org.bulkLoad(
    'Contact',
    rows(holders.length, (index) => ({
      CreatedDate: instant(org, -300),
      FirstName: 'Pat',
      LastName: `Person ${index + 1}`,
      Email: `person-${index + 1}@partner.example`,
      AccountId: holders[index] ?? null,
    })),
  );
  org.bulkLoad(
    'Partner_Certification__c',
    rows(people.length, (index) => ({
      CreatedDate: instant(org, -290),
      Contact__c: people[index] ?? null,
      Account__c: holders[index] ?? null,
      Code__c: 'PLATFORM',
      Issued_On__c: day(org, -290),
      Expires_On__c: day(org, 440),
      Status__c: 'active',
    })),
  );
}

function day(org: Org, offset: number): string {
  return new Date(org.clock.now() + offset * dayMs).toISOString().slice(0, 10);
}

function instant(org: Org, offset: number): number {
  return Math.floor(org.clock.now() / 1000) * 1000 + offset * dayMs;
}

/** Edits every hundredth record as people would; returns how many. */
export function editOrg(org: Org, ids: LoadedIds): { accounts: number; deals: number } {
  const some = (all: readonly string[]) => all.filter((_, index) => index % 100 === 50);
  const accounts = [...some(ids.partners), ...some(ids.customers)];
  const deals = some(ids.deals);
  update(
    org,
    'Account',
    accounts.map((Id) => ({ Id, Website: `https://www.new-${Id.toLowerCase()}.example` })),
  );
  update(
    org,
    'Opportunity',
    deals.map((Id, index) => ({ Id, Amount: 5_000 + index })),
  );
  return { accounts: accounts.length, deals: deals.length };
}

function update(org: Org, object: string, records: { Id: string; [field: string]: string | number }[]): void {
  for (let start = 0; start < records.length; start += 200) {
    const refused = org.update(object, records.slice(start, start + 200)).find((result) => !result.success);
    if (refused !== undefined)
      throw new Error(`the simulator refused an edit: ${JSON.stringify(refused.errors)}`);
  }
}
