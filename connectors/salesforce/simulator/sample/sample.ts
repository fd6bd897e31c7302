import type { Org } from '../org.ts';
import type { Row } from '../types.ts';
import { addCases, addChannelProgram, addLeads, addOpportunities, addOpportunityPartners } from './deals.ts';
import { addCertifications, addContacts, addCustomers, addPartners, addPartnerUsers } from './people.ts';
import { createDraw, type Draw } from './random.ts';

const DAY_MS = 86_400_000;

/** What the parts of the generator share. */
export interface Sample {
  org: Org;
  draw: Draw;
  /** Epoch milliseconds of the org's clock when the data were made. */
  now: number;
  /** Ids by developer name. */
  recordTypes: Record<string, string>;
  /** A calendar day so many days from today. */
  day(offset: number): string;
  /** A minute of a day, never later than an hour ago. */
  instant(day: string, minute: number): number;
  /** Creation stamps and an owner for the n-th record of a kind. */
  created(day: string, index: number): Row;
}

/** What the sample org holds, for those who act in it. */
export interface SampleIds {
  partnerIds: string[];
  customerIds: string[];
  contactIds: string[];
  opportunityIds: string[];
  partnerUserIds: string[];
}

function addRecordTypes(org: Org): Record<string, string> {
  const specs: Array<[string, string, string]> = [
    ['Account', 'Partner', 'Partner'],
    ['Account', 'Customer', 'Customer'],
    ['Lead', 'Deal_Registration', 'Deal Registration'],
    ['Lead', 'Sales_Lead', 'Sales Lead'],
  ];
  const ids = org.bulkLoad(
    'RecordType',
    specs.map(([SobjectType, DeveloperName, Name]) => ({ SobjectType, DeveloperName, Name, IsActive: true })),
  );
  return Object.fromEntries(specs.map(([, developerName], index) => [developerName, ids[index] ?? '']));
}

function createSample(org: Org, owners: string[], seed: number): Sample {
  const now = org.now();
  const midnight = Math.floor(now / DAY_MS) * DAY_MS;
  const day = (offset: number): string => new Date(midnight + offset * DAY_MS).toISOString().slice(0, 10);
  const instant = (text: string, minute: number): number =>
    Math.min(Date.parse(`${text}T00:00:00Z`) + minute * 60_000, Math.floor((now - 3_600_000) / 1000) * 1000);
  return {
    org,
    draw: createDraw(seed),
    now,
    recordTypes: addRecordTypes(org),
    day,
    instant,
    created: (text, index) => ({
      CreatedDate: instant(text, 8 * 60 + (index % 540)),
      OwnerId: owners[index % owners.length] ?? null,
    }),
  };
}

/**
 * Fills an org with a plausible channel business, the same for the same seed and the same day. Everything is
 * owned by the given users and dated before the org's clock.
 */
export function loadSampleData(org: Org, owners: string[], seed = 20): SampleIds {
  const sample = createSample(org, owners, seed);
  const partnerIds = addPartners(sample);
  const customerIds = addCustomers(sample);
  const contacts = addContacts(sample, partnerIds);
  const opportunityIds = addOpportunities(sample, { partnerIds, customerIds });
  addOpportunityPartners(sample, opportunityIds, partnerIds);
  addLeads(sample, { partnerIds, customerIds });
  addCertifications(sample, contacts);
  addCases(sample, { partnerIds, customerIds });
  addChannelProgram(sample, partnerIds);
  const partnerUserIds = addPartnerUsers(sample, contacts);
  return {
    partnerIds,
    customerIds,
    contactIds: contacts.map(({ id }) => id),
    opportunityIds,
    partnerUserIds,
  };
}
