import { manifest } from '../../connectors/salesforce/index.ts';
import type { Org } from '../../connectors/salesforce/simulator/org.ts';
import type { DmlResult, Row } from '../../connectors/salesforce/simulator/types.ts';
import { type StandIn, startStandIn } from '../../connectors/salesforce/stand-in.ts';
import { createDraw, type Draw } from '../../connectors/simulation/random.ts';
import { sourceRequest } from '../../src/app/source.ts';
import { fromPackageRoot } from '../../src/package-root.ts';
import type { Program } from '../../src/program/load.ts';
import type { ObjectMapping } from '../../src/sync/mapping-schema.ts';

/** A small channel business in the simulator: every mapped object has a few records. */
export interface ChannelOrg {
  standIn: StandIn;
  org: Org;
  recordTypes: Record<string, string>;
  close(): Promise<void>;
}

const dayMs = 86_400_000;

/** The same seed, clock and mappings give the same org, down to its ids. */
export async function startChannelOrg(options: {
  seed: number;
  now: () => number;
  program: Program;
  mappings: readonly ObjectMapping[];
}): Promise<ChannelOrg> {
  const standIn = await startStandIn({
    now: options.now,
    data: fromPackageRoot('test/connectors/salesforce/simulator/no-records'),
    source: await manifest.source(sourceRequest(options.program, options.mappings)),
  });
  const { org } = standIn.simulator;
  openToAll(org, ['Contact', 'Lead', 'Opportunity', 'Case']);
  const channel = { standIn, org, recordTypes: addRecordTypes(org), close: () => standIn.close() };
  fill(channel, createDraw(options.seed));
  return channel;
}

function openToAll(org: Org, objects: readonly string[]): void {
  for (const name of objects) {
    const object = org.schema.object(name);
    if (object !== undefined) org.schema.put(object, { ...org.schema.traits(object), sharing: 'public' });
  }
}

function addRecordTypes(org: Org): Record<string, string> {
  const types = [
    ['Account', 'Partner'],
    ['Account', 'Customer'],
    ['Lead', 'Deal_Registration'],
    ['Lead', 'Sales_Lead'],
  ] as const;
  const ids = org.bulkLoad(
    'RecordType',
    types.map(([object, name]) => ({
      SobjectType: object,
      DeveloperName: name,
      Name: name.replace('_', ' '),
      IsActive: true,
    })),
  );
  return Object.fromEntries(types.map(([, name], index) => [name, ids[index]!]));
}

/** Adds records as a user does; throws what the org refuses. */
export function add(org: Org, object: string, rows: Row[]): string[] {
  return accepted(org.insert(object, rows)).map((result) => String(result.id));
}

export function accepted(results: readonly DmlResult[]): readonly DmlResult[] {
  const refused = results.find((result) => !result.success);
  if (refused !== undefined) throw new Error(`the org refused: ${JSON.stringify(refused.errors)}`);
  return results;
}

/** A calendar day so many days after the org's today. */
export function day(org: Org, offset: number): string {
  return new Date(org.now() + offset * dayMs).toISOString().slice(0, 10);
}

function times<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, index) => make(index));
}

function fill({ org, recordTypes }: ChannelOrg, draw: Draw): void {
  const partners = add(
    org,
    'Account',
    times(6, (index) => partnerRow(org, { recordTypes, draw, name: `Partner ${index + 1}` })),
  );
  const customers = add(
    org,
    'Account',
    times(4, (index) => ({ Name: `Customer ${index + 1}`, RecordTypeId: recordTypes.Customer! })),
  );
  const contacts = add(
    org,
    'Contact',
    times(12, (index) => ({
      FirstName: 'Pat',
      LastName: `Person ${index + 1}`,
      AccountId: partners[index % partners.length]!,
      Phone: `+1 ${index}`,
    })),
  );
  add(
    org,
    'Partner_Certification__c',
    times(12, (index) => ({
      Contact__c: contacts[index]!,
      Account__c: partners[index % 6]!,
      Code__c: `T-${draw.between(1, 3)}`,
      Issued_On__c: day(org, -200),
      Expires_On__c: day(org, draw.between(20, 400)),
      Status__c: 'active',
    })),
  );
  const deals = add(
    org,
    'Opportunity',
    times(20, (index) =>
      dealRow(org, draw, { name: `Deal ${index + 1}`, partner: draw.pick(partners), customers }),
    ),
  );
  add(
    org,
    'OpportunityPartner',
    times(3, (index) => ({
      OpportunityId: deals[index]!,
      AccountToId: partners[5 - index]!,
      Role: 'Distributor',
    })),
  );
  add(org, 'Lead', [
    ...times(3, (index) =>
      leadRow(org, { index, type: recordTypes.Sales_Lead!, partner: draw.pick(partners) }),
    ),
    ...times(2, (index) =>
      leadRow(org, { index: index + 3, type: recordTypes.Deal_Registration!, partner: draw.pick(partners) }),
    ),
  ]);
  add(
    org,
    'Case',
    times(3, (index) => ({
      AccountId: customers[index]!,
      Partner__c: partners[index]!,
      Subject: `Case ${index + 1}`,
      Status: 'New',
      Satisfaction__c: 5,
    })),
  );
}

/** A partner account with a type, a region and a phone number. */
export function partnerRow(
  org: Org,
  as: { recordTypes: Record<string, string>; draw: Draw; name: string },
): Row {
  return {
    Name: as.name,
    RecordTypeId: as.recordTypes.Partner!,
    Partner_Type__c: as.draw.pick(['reseller', 'msp', 'integrator']),
    Partner_Region__c: as.draw.pick(['EMEA', 'AMER', 'APAC']),
    Partner_Start_Date__c: day(org, -400),
    Phone: `+46 ${as.draw.between(100, 999)}`,
    BillingCountry: 'Sweden',
  };
}

/** A deal that is open, won or lost. */
export function dealRow(
  org: Org,
  draw: Draw,
  as: { name: string; partner: string; customers: readonly string[] },
): Row {
  return {
    Name: as.name,
    AccountId: draw.pick(as.customers),
    Partner__c: as.partner,
    StageName: draw.pick(['Closed Won', 'Closed Won', 'Closed Lost', 'Qualification']),
    CloseDate: day(org, draw.between(-300, 60)),
    Amount: draw.between(20, 200) * 1000,
  };
}

function leadRow(org: Org, as: { index: number; type: string; partner: string }): Row {
  return {
    LastName: `Lead ${as.index + 1}`,
    Company: `Company ${as.index + 1}`,
    RecordTypeId: as.type,
    Partner__c: as.partner,
    Status: 'Open - Not Contacted',
    Delivered_At__c: new Date(org.now() - 20 * dayMs).toISOString(),
    Accepted_At__c: new Date(org.now() - 19 * dayMs).toISOString(),
  };
}
