import type { Row } from '../types.ts';
import { CASE_SUBJECTS, FIRST_NAMES, LAST_NAMES } from './names.ts';
import type { Sample } from './sample.ts';

const OPEN_STAGES = [
  'Prospecting',
  'Qualification',
  'Needs Analysis',
  'Value Proposition',
  'Proposal/Price Quote',
  'Negotiation/Review',
];
const PRODUCTS = ['Platform', 'Analytics', 'Support Plus', 'Migration', 'Renewal'];
const ROLES = ['VAR/Reseller', 'System Integrator', 'Distributor', 'Consultant'];

export interface Parties {
  partnerIds: string[];
  customerIds: string[];
}

/** When a deal closes and how it stands: won and lost in the past, open ones mostly ahead. */
function outcome(sample: Sample): { stage: string; closeOffset: number } {
  const { draw } = sample;
  const luck = draw.unit();
  if (luck < 0.38) return { stage: 'Closed Won', closeOffset: -draw.between(3, 720) };
  if (luck < 0.62) return { stage: 'Closed Lost', closeOffset: -draw.between(3, 720) };
  return { stage: draw.pick(OPEN_STAGES), closeOffset: draw.between(-20, 180) };
}

/** Two hundred and sixty deals. Every sixteenth won one lacks its partner, as in real life. */
export function addOpportunities(sample: Sample, { partnerIds, customerIds }: Parties): string[] {
  const { draw, org } = sample;
  let won = 0;
  const rows = Array.from({ length: 260 }, (_, index): Row => {
    const { stage, closeOffset } = outcome(sample);
    if (stage === 'Closed Won') won += 1;
    const forgotten = stage === 'Closed Won' && won % 16 === 0;
    const direct = !forgotten && draw.chance(0.18);
    const customerId = draw.pick(customerIds);
    const opened = Math.min(closeOffset - draw.between(20, 150), -1);
    return {
      ...sample.created(sample.day(opened), index),
      Name: `${String(org.find(customerId)?.row.Name)} - ${draw.pick(PRODUCTS)} ${index + 1}`,
      AccountId: customerId,
      StageName: stage,
      LastModifiedDate: sample.instant(
        sample.day(stage.startsWith('Closed') ? closeOffset : Math.min(-1, opened + 15)),
        600 + index,
      ),
      CloseDate: sample.day(closeOffset),
      Amount: draw.between(40, 1800) * 100,
      Type: draw.pick(['New Customer', 'Existing Customer - Upgrade']),
      LeadSource: draw.chance(0.6) && !direct ? 'Partner Referral' : draw.pick(['Web', 'Phone Inquiry']),
      Partner__c: direct || forgotten ? null : draw.pickSkewed(partnerIds),
    };
  });
  return org.bulkLoad('Opportunity', rows);
}

/** Forty partner roles on deals: the credited partner as primary, sometimes a second one beside it. */
export function addOpportunityPartners(sample: Sample, opportunityIds: string[], partnerIds: string[]): void {
  const { draw, org } = sample;
  const credited = opportunityIds
    .filter((id) => typeof org.find(id)?.row.Partner__c === 'string')
    .slice(0, 30);
  const rows = credited.flatMap((id, index): Row[] => {
    const primary = String(org.find(id)?.row.Partner__c);
    const stamps = sample.created(sample.day(-draw.between(1, 30)), index);
    const first: Row = {
      ...stamps,
      OpportunityId: id,
      AccountToId: primary,
      Role: draw.pick(ROLES),
      IsPrimary: true,
    };
    if (index % 3 !== 0) return [first];
    const other = draw.pick(partnerIds.filter((each) => each !== primary));
    return [
      first,
      { ...stamps, OpportunityId: id, AccountToId: other, Role: draw.pick(ROLES), IsPrimary: false },
    ];
  });
  org.bulkLoad('OpportunityPartner', rows);
}

function conversion(sample: Sample, status: string, customerIds: string[]): Row {
  if (status !== 'Closed - Converted') return {};
  return {
    IsConverted: true,
    ConvertedDate: sample.day(-sample.draw.between(1, 60)),
    ConvertedAccountId: sample.draw.pick(customerIds),
  };
}

/** Sixty leads; most went to a partner, some of those were accepted, eight are deal registrations. */
export function addLeads(sample: Sample, { partnerIds, customerIds }: Parties): void {
  const { draw, org } = sample;
  const statuses = [
    'Open - Not Contacted',
    'Working - Contacted',
    'Closed - Converted',
    'Closed - Not Converted',
  ];
  org.bulkLoad(
    'Lead',
    Array.from({ length: 60 }, (_, index): Row => {
      const registration = index % 8 === 0;
      const age = draw.between(5, 360);
      const status = registration ? draw.pick(statuses.slice(0, 2)) : draw.pick(statuses);
      const partner = registration || draw.chance(0.75) ? draw.pickSkewed(partnerIds) : null;
      const delivered = partner === null ? null : sample.instant(sample.day(-age), 9 * 60 + index);
      const accepted =
        delivered !== null && draw.chance(0.8) ? delivered + draw.between(1, 96) * 3_600_000 : null;
      const first = FIRST_NAMES[(index * 3) % FIRST_NAMES.length] ?? 'Ann';
      const last = LAST_NAMES[(index * 5) % LAST_NAMES.length] ?? 'Other';
      return {
        ...sample.created(sample.day(-age), index),
        FirstName: first,
        LastName: last,
        Company: `${last} ${draw.pick(['Bakery', 'Motors', 'Studios', 'Works', 'Schools'])}`,
        Email: `${first}.${last}.${index}@lead.example`.toLowerCase(),
        Status: status,
        LeadSource: registration
          ? 'Partner Referral'
          : draw.pick(['Web', 'Phone Inquiry', 'Partner Referral']),
        RecordTypeId: sample.recordTypes[registration ? 'Deal_Registration' : 'Sales_Lead'] ?? null,
        Partner__c: partner,
        Delivered_At__c: delivered,
        Accepted_At__c: accepted !== null && accepted < sample.now ? accepted : null,
        ...conversion(sample, status, customerIds),
      };
    }),
  );
}

/** Forty cases of customers, most with the partner that sold to them and, once closed, a mark from 1 to 5. */
export function addCases(sample: Sample, { partnerIds, customerIds }: Parties): void {
  const { draw, org } = sample;
  org.bulkLoad(
    'Case',
    Array.from({ length: 40 }, (_, index): Row => {
      const age = draw.between(2, 300);
      const closed = draw.chance(0.7);
      return {
        ...sample.created(sample.day(-age), index),
        Subject: draw.pick(CASE_SUBJECTS),
        AccountId: draw.pick(customerIds),
        Origin: draw.pick(['Phone', 'Email', 'Web']),
        Priority: draw.pick(['High', 'Medium', 'Low']),
        ClosedDate: closed ? sample.instant(sample.day(Math.min(-1, 9 - age)), 900 + index) : null,
        Status: closed ? 'Closed' : draw.pick(['New', 'Working', 'Escalated']),
        Partner__c: draw.chance(0.85) ? draw.pickSkewed(partnerIds) : null,
        Satisfaction__c: closed && draw.chance(0.8) ? draw.between(2, 5) : null,
      };
    }),
  );
}

/** One channel program with three levels, and the first ten partners in it. */
export function addChannelProgram(sample: Sample, partnerIds: string[]): void {
  const { org } = sample;
  const stamps = sample.created(sample.day(-700), 0);
  const [programId = ''] = org.bulkLoad('ChannelProgram', [
    { ...stamps, Name: 'Northwind Partner Program', Category: 'Reseller', IsActive: true },
  ]);
  const levels = org.bulkLoad(
    'ChannelProgramLevel',
    ['Registered', 'Silver', 'Gold'].map((Name, index) => ({
      ...stamps,
      Name,
      ProgramId: programId,
      Rank: index + 1,
    })),
  );
  org.bulkLoad(
    'ChannelProgramMember',
    partnerIds.slice(0, 10).map((PartnerId, index) => ({
      ...sample.created(sample.day(-300 + index), index),
      PartnerId,
      ProgramId: programId,
      LevelId: levels[index < 2 ? 2 : index < 5 ? 1 : 0] ?? null,
    })),
  );
}
