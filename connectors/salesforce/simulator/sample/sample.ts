import type { SampleName } from '../../../../src/sync/connector-manifest.ts';
import { tellStory } from '../../../simulation/story/story.ts';
import type { Stamped, Story } from '../../../simulation/story/types.ts';
import type { Org } from '../org.ts';
import type { Row } from '../types.ts';
import { addCases, addChannelProgram, addLeads, addOpportunities, addOpportunityPartners } from './deals.ts';
import { addCertifications, addContacts, addCustomers, addPartners, addPartnerUsers } from './people.ts';

/** What the parts of the sample share. */
export interface Sample {
  org: Org;
  story: Story;
  /** Ids by developer name. */
  recordTypes: Record<string, string>;
  /** Creation stamps and the owner of a record. */
  created(row: Stamped): Row;
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

/** Fills an org with an imaginary company's records, owned by the given users and dated before the org's clock. */
export function loadSampleData(org: Org, owners: string[], company?: SampleName): SampleIds {
  const sample: Sample = {
    org,
    story: tellStory(org.now(), { sample: company }),
    recordTypes: addRecordTypes(org),
    created: ({ createdAt, owner }) => ({
      CreatedDate: createdAt,
      OwnerId: owners[owner % owners.length] ?? null,
    }),
  };
  const partnerIds = addPartners(sample);
  const customerIds = addCustomers(sample);
  const contactIds = addContacts(sample, partnerIds);
  const opportunityIds = addOpportunities(sample, { partnerIds, customerIds });
  addOpportunityPartners(sample, opportunityIds, partnerIds);
  addLeads(sample, { partnerIds, customerIds });
  addCertifications(sample, { contactIds, partnerIds });
  addCases(sample, { partnerIds, customerIds });
  addChannelProgram(sample, partnerIds);
  const partnerUserIds = addPartnerUsers(sample, contactIds);
  return { partnerIds, customerIds, contactIds, opportunityIds, partnerUserIds };
}
