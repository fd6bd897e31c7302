import type { LeadSource, StoryCase, StoryLead } from '../../../simulation/story/types.ts';
import { lookupTable, type Row } from '../types.ts';
import { at, type Sample, type SampleIds } from './shared.ts';

type Parties = Pick<SampleIds, 'partnerIds' | 'customerIds'>;

/** Of the platform's own sources: Partner, Web, and Other for a call. */
const sources: Readonly<Record<LeadSource, number>> = { partner: 4, web: 8, phone: 10 };

const leadStates: Readonly<Record<StoryLead['state'], Row>> = {
  new: { statecode: 0, statuscode: 1 },
  contacted: { statecode: 0, statuscode: 2 },
  converted: { statecode: 1, statuscode: 3 },
  lost: { statecode: 2, statuscode: 4 },
};

/** The day on which a lead was qualified, when a deal began that nobody has put a price to yet. */
const noon = ({ on }: NonNullable<StoryLead['converted']>): string => `${on}T12:00:00Z`;

/** A qualified lead is not changed any more, and it was there before. */
function lifeOf({ converted }: StoryLead, createdon: string): Row {
  if (converted === null) return {};
  const modifiedon = noon(converted);
  return { createdon: createdon < modifiedon ? createdon : modifiedon, modifiedon };
}

export function loadLeads(sample: Sample, parties: Parties): void {
  const { org, story, created, instant } = sample;
  const ids = org.load(
    'lead',
    story.leads.map(
      (lead): Row => ({
        ...created(lead),
        ...lifeOf(lead, instant(lead.createdAt)),
        subject: `${lead.company}: ${lead.isRegistration ? 'registered by a partner' : 'inquiry'}`,
        firstname: lead.firstName,
        lastname: lead.lastName,
        companyname: lead.company,
        emailaddress1: lead.email,
        leadsourcecode: sources[lead.source],
        ...leadStates[lead.state],
        nw_isregistration: lead.isRegistration,
        nw_partnerid: at(parties.partnerIds, lead.partner),
        nw_deliveredon: lead.deliveredAt === null ? null : instant(lead.deliveredAt),
        nw_acceptedon: lead.acceptedAt === null ? null : instant(lead.acceptedAt),
      }),
    ),
  );
  for (const [place, lead] of story.leads.entries()) qualify(sample, lead, { id: ids[place]!, parties });
}

/** What qualifying a lead makes of it: a deal of the customer, to which the lead leads. */
function qualify(
  { org, created }: Sample,
  lead: StoryLead,
  { id, parties }: { id: string; parties: Parties },
): void {
  if (lead.converted === null) return;
  const parentaccountid = at(parties.customerIds, lead.converted.customer);
  const [qualifyingopportunityid = null] = org.load('opportunity', [
    {
      ...created(lead),
      createdon: noon(lead.converted),
      name: lead.company,
      parentaccountid,
      originatingleadid: id,
    },
  ]);
  org.set('lead', id, { parentaccountid, qualifyingopportunityid });
}

const incidentStates: Readonly<Record<StoryCase['state'], Row>> = {
  new: { statecode: 0, statuscode: 1 },
  working: { statecode: 0, statuscode: 4 },
  escalated: { statecode: 0, statuscode: 1, isescalated: true },
  closed: { statecode: 1, statuscode: 5 },
};
const origins: Readonly<Record<StoryCase['origin'], number>> = { phone: 1, email: 2, web: 3 };
const priorities: Readonly<Record<StoryCase['priority'], number>> = { high: 1, medium: 2, low: 3 };

/** Cases, and what resolving leaves behind: an activity that says when. */
export function loadIncidents({ org, story, created, instant }: Sample, parties: Parties): void {
  const ids = org.load(
    'incident',
    story.cases.map(
      (each): Row => ({
        ...created(each),
        ...(each.closedAt === null ? {} : { modifiedon: instant(each.closedAt) }),
        title: each.subject,
        customerid: at(parties.customerIds, each.customer),
        [lookupTable('customerid')]: 'account',
        caseorigincode: origins[each.origin],
        prioritycode: priorities[each.priority],
        ...incidentStates[each.state],
        customersatisfactioncode: each.satisfaction,
        nw_partnerid: at(parties.partnerIds, each.partner),
        nw_closedon: each.closedAt === null ? null : instant(each.closedAt),
      }),
    ),
  );
  const resolved = story.cases.flatMap((each, place) =>
    each.closedAt === null ? [] : [{ each, place, at: instant(each.closedAt) }],
  );
  org.load(
    'incidentresolution',
    resolved.map(({ each, place, at: when }) => ({
      ...created(each),
      createdon: when,
      subject: 'Solved',
      actualend: when,
      incidentid: at(ids, place),
      statecode: 1,
    })),
  );
}
