import type {
  CreditRole,
  LeadSource,
  StoryCase,
  StoryDeal,
  StoryLead,
} from '../../../simulation/story/types.ts';
import type { Row } from '../types.ts';
import type { Sample } from './sample.ts';

const stages: Readonly<Record<StoryDeal['state'], string>> = {
  prospect: 'Prospecting',
  qualify: 'Qualification',
  analyse: 'Needs Analysis',
  propose: 'Value Proposition',
  quote: 'Proposal/Price Quote',
  negotiate: 'Negotiation/Review',
  won: 'Closed Won',
  lost: 'Closed Lost',
};
const roles: Readonly<Record<CreditRole, string>> = {
  reseller: 'VAR/Reseller',
  integrator: 'System Integrator',
  distributor: 'Distributor',
  consultant: 'Consultant',
};
const sources: Readonly<Record<LeadSource, string>> = {
  partner: 'Partner Referral',
  web: 'Web',
  phone: 'Phone Inquiry',
};
const leadStatuses: Readonly<Record<StoryLead['state'], string>> = {
  new: 'Open - Not Contacted',
  contacted: 'Working - Contacted',
  converted: 'Closed - Converted',
  lost: 'Closed - Not Converted',
};
const caseStatuses: Readonly<Record<StoryCase['state'], string>> = {
  new: 'New',
  working: 'Working',
  escalated: 'Escalated',
  closed: 'Closed',
};
const origins: Readonly<Record<StoryCase['origin'], string>> = { phone: 'Phone', email: 'Email', web: 'Web' };
const priorities: Readonly<Record<StoryCase['priority'], string>> = {
  high: 'High',
  medium: 'Medium',
  low: 'Low',
};

/** Ids of the accounts, in the order of the story. */
export interface Parties {
  partnerIds: readonly string[];
  customerIds: readonly string[];
}

const at = (ids: readonly string[], place: number | null): string | null =>
  place === null ? null : (ids[place] ?? null);

export function addOpportunities({ org, story, created }: Sample, parties: Parties): string[] {
  return org.bulkLoad(
    'Opportunity',
    story.deals.map(
      (deal): Row => ({
        ...created(deal),
        Name: deal.name,
        AccountId: at(parties.customerIds, deal.customer),
        StageName: stages[deal.state],
        LastModifiedDate: deal.changedAt,
        CloseDate: deal.closeOn,
        Amount: deal.amount,
        Type: deal.customerIs === 'new' ? 'New Customer' : 'Existing Customer - Upgrade',
        LeadSource: sources[deal.source],
        Partner__c: at(parties.partnerIds, deal.partner),
      }),
    ),
  );
}

export function addOpportunityPartners(
  { org, story, created }: Sample,
  opportunityIds: readonly string[],
  partnerIds: readonly string[],
): void {
  org.bulkLoad(
    'OpportunityPartner',
    story.credits.map(
      (credit): Row => ({
        ...created(credit),
        OpportunityId: at(opportunityIds, credit.deal),
        AccountToId: at(partnerIds, credit.partner),
        Role: roles[credit.role],
        IsPrimary: credit.isPrimary,
      }),
    ),
  );
}

function conversion({ converted }: StoryLead, { customerIds }: Parties): Row {
  if (converted === null) return {};
  return {
    IsConverted: true,
    ConvertedDate: converted.on,
    ConvertedAccountId: at(customerIds, converted.customer),
  };
}

export function addLeads({ org, story, created, recordTypes }: Sample, parties: Parties): void {
  org.bulkLoad(
    'Lead',
    story.leads.map(
      (lead): Row => ({
        ...created(lead),
        FirstName: lead.firstName,
        LastName: lead.lastName,
        Company: lead.company,
        Email: lead.email,
        Status: leadStatuses[lead.state],
        LeadSource: sources[lead.source],
        RecordTypeId: recordTypes[lead.isRegistration ? 'Deal_Registration' : 'Sales_Lead'] ?? null,
        Partner__c: at(parties.partnerIds, lead.partner),
        Delivered_At__c: lead.deliveredAt,
        Accepted_At__c: lead.acceptedAt,
        ...conversion(lead, parties),
      }),
    ),
  );
}

export function addCases({ org, story, created }: Sample, parties: Parties): void {
  org.bulkLoad(
    'Case',
    story.cases.map(
      (each): Row => ({
        ...created(each),
        Subject: each.subject,
        AccountId: at(parties.customerIds, each.customer),
        Origin: origins[each.origin],
        Priority: priorities[each.priority],
        ClosedDate: each.closedAt,
        Status: caseStatuses[each.state],
        Partner__c: at(parties.partnerIds, each.partner),
        Satisfaction__c: each.satisfaction,
      }),
    ),
  );
}

/** One channel program with three levels, and the first ten partners in it. */
export function addChannelProgram({ org, story, created }: Sample, partnerIds: readonly string[]): void {
  const { program } = story;
  const stamps = created(program);
  const [programId = ''] = org.bulkLoad('ChannelProgram', [
    { ...stamps, Name: program.name, Category: 'Reseller', IsActive: true },
  ]);
  const levels = org.bulkLoad(
    'ChannelProgramLevel',
    program.levels.map((Name, index) => ({ ...stamps, Name, ProgramId: programId, Rank: index + 1 })),
  );
  org.bulkLoad(
    'ChannelProgramMember',
    program.members.map((member) => ({
      ...created(member),
      PartnerId: at(partnerIds, member.partner),
      ProgramId: programId,
      LevelId: at(levels, member.level),
    })),
  );
}
