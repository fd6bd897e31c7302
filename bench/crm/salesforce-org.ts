import { manifest } from '../../connectors/salesforce/index.ts';
import type { Org } from '../../connectors/salesforce/simulator/org.ts';
import type { Row } from '../../connectors/salesforce/simulator/types.ts';
import { startStandIn } from '../../connectors/salesforce/stand-in.ts';
import { type Business, type Deal, describeBusiness, everyHundredth, type Person } from '../business.ts';
import type { BenchOrg, BilledCalls, OrgStart } from './crm.ts';
import { starterSource, withNoRecords } from './source.ts';

/** An org that an admin has prepared, with the business in it. */
export async function startOrg({ size, now }: OrgStart): Promise<BenchOrg> {
  const source = await starterSource(manifest);
  const { simulator, options } = await withNoRecords(
    async (data) => await startStandIn({ data, source, now }),
  );
  const { org, calls } = simulator;
  const ids = fill(org, describeBusiness(size, org.clock.now()));
  return {
    url: simulator.url,
    options,
    takeCalls: () => takeCalls(calls),
    edit: () => edit(org, ids),
    close: async () => await simulator.close(),
  };
}

function takeCalls(calls: { total: number; byKind: Record<string, number>; log: string[]; reset(): void }) {
  const isPoll = (line: string) => /^GET .*\/jobs\/(ingest|query)\/[^/?]+$/.test(line);
  const taken: BilledCalls = {
    total: calls.total,
    byKind: { ...calls.byKind },
    polls: calls.log.filter(isPoll).length,
    jobs: calls.log.filter((line) => /^POST .*\/jobs\/(ingest|query)$/.test(line)).length,
  };
  calls.reset();
  return taken;
}

/** Ids of what was loaded, by kind. */
interface LoadedIds {
  partners: string[];
  customers: string[];
  deals: string[];
}

function fill(org: Org, business: Business): LoadedIds {
  const [partnerType = '', customerType = ''] = org.bulkLoad(
    'RecordType',
    ['Partner', 'Customer'].map((name) => ({
      SobjectType: 'Account',
      DeveloperName: name,
      Name: name,
      IsActive: true,
    })),
  );
  const partners = org.bulkLoad('Account', partnerRows(business, partnerType));
  const customers = org.bulkLoad('Account', customerRows(business, customerType));
  const ids = { partners, customers };
  const deals = org.bulkLoad(
    'Opportunity',
    Array.from(business.deals(), (deal) => dealRow(deal, ids)),
  );
  addPeople(org, [...business.people()], partners);
  return { ...ids, deals };
}

function partnerRows(business: Business, RecordTypeId: string): Row[] {
  return Array.from(business.partners(), (partner) => ({
    CreatedDate: partner.createdAt,
    Name: partner.name,
    RecordTypeId,
    Type: 'Channel Partner / Reseller',
    Website: partner.website,
    Phone: partner.phone,
    NumberOfEmployees: partner.employees,
    BillingCountry: partner.country,
    Industry: partner.industry,
    Partner_Type__c: partner.type,
    Partner_Region__c: partner.region,
    Partner_Start_Date__c: partner.startedOn,
  }));
}

function customerRows(business: Business, RecordTypeId: string): Row[] {
  return Array.from(business.customers(), (customer) => ({
    CreatedDate: customer.createdAt,
    Name: customer.name,
    RecordTypeId,
    Type: 'Customer - Channel',
    Website: customer.website,
    BillingCountry: customer.country,
    Industry: customer.industry,
  }));
}

const stages = ['Prospecting', 'Qualification', 'Proposal/Price Quote', 'Negotiation/Review'];
const sources = { partner: 'Partner Referral', web: 'Web', phone: 'Phone Inquiry' };

function stageOf({ state, stage }: Deal): string {
  if (state === 'open') return stages[stage] ?? '';
  return state === 'won' ? 'Closed Won' : 'Closed Lost';
}

function dealRow(deal: Deal, { partners, customers }: Omit<LoadedIds, 'deals'>): Row {
  return {
    CreatedDate: deal.createdAt,
    Name: deal.name,
    AccountId: customers[deal.customer] ?? null,
    StageName: stageOf(deal),
    CloseDate: deal.closesOn,
    Amount: deal.amount,
    Type: deal.isNewCustomer ? 'New Customer' : 'Existing Customer - Upgrade',
    LeadSource: sources[deal.source],
    Partner__c: deal.partner === null ? null : (partners[deal.partner] ?? null),
  };
}

function addPeople(org: Org, people: readonly Person[], partners: readonly string[]): void {
  const ids = org.bulkLoad(
    'Contact',
    people.map((person) => ({
      CreatedDate: person.createdAt,
      FirstName: person.firstName,
      LastName: person.lastName,
      Email: person.email,
      AccountId: partners[person.partner] ?? null,
    })),
  );
  org.bulkLoad(
    'Partner_Certification__c',
    people.map(({ certificate, partner }, index) => ({
      CreatedDate: certificate.createdAt,
      Contact__c: ids[index] ?? null,
      Account__c: partners[partner] ?? null,
      Code__c: certificate.code,
      Issued_On__c: certificate.issuedOn,
      Expires_On__c: certificate.expiresOn,
      Status__c: 'active',
    })),
  );
}

function edit(org: Org, ids: LoadedIds): { accounts: number; deals: number } {
  const accounts = [...everyHundredth(ids.partners), ...everyHundredth(ids.customers)];
  const deals = everyHundredth(ids.deals);
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
