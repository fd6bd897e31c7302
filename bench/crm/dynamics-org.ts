import { manifest } from '../../connectors/dynamics/index.ts';
import { instantText } from '../../connectors/dynamics/simulator/dml/value.ts';
import type { Org } from '../../connectors/dynamics/simulator/org.ts';
import type { Simulator } from '../../connectors/dynamics/simulator/server.ts';
import { lookupTable, type Row, type Value } from '../../connectors/dynamics/simulator/types.ts';
import { startStandIn } from '../../connectors/dynamics/stand-in.ts';
import {
  type Business,
  type Deal,
  describeBusiness,
  everyHundredth,
  type Industry,
  type Person,
} from '../business.ts';
import type { BenchOrg, BilledCalls, OrgStart } from './crm.ts';
import { dynamicsThrottles, refusal, smallLimit } from './dynamics-throttles.ts';
import { starterSource, withNoRecords } from './source.ts';

/** An environment that an admin has prepared, with the business in it. */
export async function startOrg({ size, now, throttle }: OrgStart): Promise<BenchOrg> {
  const source = await starterSource(manifest);
  const limits = throttle === dynamicsThrottles.limit.name ? smallLimit : {};
  const { simulator, inside, options } = await withNoRecords(
    async (data) => await startStandIn({ data, source, now }, { limits }),
  );
  if (throttle === dynamicsThrottles.refusals.name) refuseNowAndThen(simulator);
  const { org, calls } = simulator;
  const ids = fill({ org, owners: inside.users.sales }, describeBusiness(size, org.clock.now()));
  return {
    url: simulator.url,
    options,
    takeCalls: () => takeCalls(calls),
    edit: () => edit(org, ids),
    close: async () => await simulator.close(),
  };
}

/** Far more refusals than any case comes to. */
const refusals = 1_000;

function refuseNowAndThen({ faults }: Simulator): void {
  const { everyRequests, retryAfterSeconds } = refusal;
  for (let count = 0; count < refusals; count += 1)
    faults.add({
      kind: 'throttled',
      limit: 'concurrency',
      retryAfterSeconds,
      after: everyRequests - 1,
      times: 1,
    });
}

/** There are no bulk jobs to ask after. */
function takeCalls(calls: Simulator['calls']): BilledCalls {
  const taken = { total: calls.total, byKind: { ...calls.byKind }, polls: 0, jobs: 0 };
  calls.reset();
  return taken;
}

interface Fill {
  org: Org;
  /** Sales people, in turn. */
  owners: readonly string[];
}

/** Ids of what was loaded, by kind. */
interface LoadedIds {
  partners: string[];
  customers: string[];
  deals: string[];
}

function fill({ org, owners }: Fill, business: Business): LoadedIds {
  const load = <T extends { createdAt: number }>(
    table: string,
    all: Iterable<T>,
    columns: (each: T, index: number) => Row,
  ) =>
    org.load(
      table,
      Array.from(all, (each, index) => ({
        createdon: instantText(each.createdAt),
        ownerid: owners[index % owners.length] ?? org.admin.userId,
        ...columns(each, index),
      })),
    );
  const choices = choicesOf(org);
  const partners = load('account', business.partners(), (partner) => ({
    name: partner.name,
    customertypecode: 5,
    websiteurl: partner.website,
    telephone1: partner.phone,
    numberofemployees: partner.employees,
    address1_country: partner.country,
    industrycode: industryCodes[partner.industry],
    nw_partnertype: choices('account', 'nw_partnertype', partnerTypes[partner.type]),
    nw_partnerregion: choices('account', 'nw_partnerregion', partner.region),
    nw_partnerstartdate: partner.startedOn,
  }));
  const customers = load('account', business.customers(), (customer) => ({
    name: customer.name,
    customertypecode: 3,
    websiteurl: customer.website,
    address1_country: customer.country,
    industrycode: industryCodes[customer.industry],
  }));
  const deals = load('opportunity', business.deals(), (deal) => ({
    ...dealColumns(deal),
    parentaccountid: customers[deal.customer] ?? null,
    nw_partnerid: deal.partner === null ? null : (partners[deal.partner] ?? null),
    nw_dealtype: choices(
      'opportunity',
      'nw_dealtype',
      deal.isNewCustomer ? 'New Customer' : 'Existing Customer',
    ),
    nw_dealsource: choices('opportunity', 'nw_dealsource', sources[deal.source]),
  }));
  addPeople(load, choices, { people: [...business.people()], partners });
  return { partners, customers, deals };
}

/** Of the platform's own industries: business services, financial, clinics, vehicle retail, utilities. */
const industryCodes: Readonly<Record<Industry, number>> = {
  Technology: 6,
  Banking: 16,
  Healthcare: 11,
  Retail: 32,
  Energy: 31,
};
const partnerTypes = { reseller: 'Reseller', msp: 'MSP', integrator: 'System Integrator' };
const sources = { partner: 'Partner Referral', web: 'Web', phone: 'Phone Inquiry' };

/** Values of the sample environment's choices by their labels. */
type Choices = (table: string, column: string, label: string) => Value;

function choicesOf(org: Org): Choices {
  return (table, column, label) => {
    const options = org.table(table).columns.get(column)?.options ?? [];
    const option = options.find((each) => each.label === label);
    if (option === undefined) throw new Error(`${table}.${column} has no choice ${label}`);
    return option.value;
  };
}

/** What a deal says by itself; closing leaves state, status, day and amount. */
function dealColumns({ name, state, stage, amount, closesOn }: Deal): Row {
  const common = { name, estimatedvalue: amount, estimatedclosedate: closesOn };
  if (state === 'open') return { ...common, salesstage: stage, statecode: 0, statuscode: 1 };
  const closed = { ...common, salesstage: 3, actualclosedate: closesOn };
  return state === 'won'
    ? { ...closed, statecode: 1, statuscode: 3, actualvalue: amount }
    : { ...closed, statecode: 2, statuscode: 5, actualvalue: 0 };
}

type Load = <T extends { createdAt: number }>(
  table: string,
  all: Iterable<T>,
  columns: (each: T, index: number) => Row,
) => string[];

function addPeople(
  load: Load,
  choices: Choices,
  { people, partners }: { people: readonly Person[]; partners: readonly string[] },
): void {
  const ids = load('contact', people, (person) => ({
    firstname: person.firstName,
    lastname: person.lastName,
    emailaddress1: person.email,
    parentcustomerid: partners[person.partner] ?? null,
    [lookupTable('parentcustomerid')]: 'account',
  }));
  const certificates = people.map(({ certificate, partner }) => ({ ...certificate, partner }));
  load('nw_partnercertification', certificates, (certificate, index) => ({
    nw_name: `${certificate.code} ${index + 1}`,
    nw_contactid: ids[index] ?? null,
    nw_accountid: partners[certificate.partner] ?? null,
    nw_code: certificate.code,
    nw_issuedon: certificate.issuedOn,
    nw_expireson: certificate.expiresOn,
    nw_status: choices('nw_partnercertification', 'nw_status', 'Active'),
  }));
}

function edit(org: Org, ids: LoadedIds): { accounts: number; deals: number } {
  const accounts = [...everyHundredth(ids.partners), ...everyHundredth(ids.customers)];
  const deals = everyHundredth(ids.deals);
  for (const id of accounts) org.update('account', id, { websiteurl: `https://www.new-${id}.example` });
  // Nobody may change a closed deal; what the platform's own jobs change there comes in the same way.
  const modifiedon = instantText(org.clock.now());
  for (const [index, id] of deals.entries()) {
    const amount = org.get('opportunity', id)?.statecode === 0 ? 'estimatedvalue' : 'actualvalue';
    org.set('opportunity', id, { [amount]: 5_000 + index, modifiedon });
  }
  return { accounts: accounts.length, deals: deals.length };
}
