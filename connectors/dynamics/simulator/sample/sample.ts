import type { SampleName } from '../../../../src/sync/connector-manifest.ts';
import { tellStory } from '../../../simulation/story/story.ts';
import { instantText } from '../dml/value.ts';
import type { Org } from '../org.ts';
import { loadIncidents, loadLeads } from './cases-and-leads.ts';
import { loadConnections, loadOpportunities } from './deals.ts';
import { loadCertifications, loadContacts, loadCustomers, loadPartners } from './people.ts';
import type { Sample, SampleIds } from './shared.ts';

/** Fills an environment with an imaginary company's rows, owned by the given users and dated before its clock. */
export function loadSample(org: Org, owners: readonly string[], company?: SampleName): SampleIds {
  const sample: Sample = {
    org,
    story: tellStory(org.clock.now(), { sample: company }),
    instant: instantText,
    created: ({ createdAt, owner }) => ({
      createdon: instantText(createdAt),
      ownerid: owners[owner % owners.length] ?? org.admin.userId,
    }),
  };
  const partnerIds = loadPartners(sample);
  const customerIds = loadCustomers(sample);
  const contactIds = loadContacts(sample, partnerIds);
  const opportunityIds = loadOpportunities(sample, { partnerIds, customerIds });
  loadConnections(sample, { opportunityIds, partnerIds });
  loadLeads(sample, { partnerIds, customerIds });
  loadCertifications(sample, { contactIds, partnerIds });
  loadIncidents(sample, { partnerIds, customerIds });
  return { partnerIds, customerIds, contactIds, opportunityIds };
}
