import type { CreditRole, LeadSource, StoryDeal } from '../../../simulation/story/types.ts';
import { lookupTable, type Row, type Value } from '../types.ts';
import { at, choice, type Sample, type SampleIds } from './shared.ts';

/** Stage of the sales process (0 to 3), its name, and how probable it makes the deal. */
const stages: Readonly<Record<StoryDeal['state'], [stage: number, name: string, probability: number]>> = {
  prospect: [0, '1-Qualify', 10],
  qualify: [0, '1-Qualify', 10],
  analyse: [1, '2-Develop', 20],
  propose: [1, '2-Develop', 50],
  quote: [2, '3-Propose', 75],
  negotiate: [3, '4-Close', 90],
  won: [3, '4-Close', 100],
  lost: [3, '4-Close', 0],
};

const sources: Readonly<Record<LeadSource, string>> = {
  partner: 'Partner Referral',
  web: 'Web',
  phone: 'Phone Inquiry',
};

const roles: Readonly<Record<CreditRole, string>> = {
  reseller: 'Reseller',
  integrator: 'System Integrator',
  distributor: 'Distributor',
  consultant: 'Consultant',
};

/** Noon of a day, when it was closed. */
const noon = (day: string): string => `${day}T12:00:00Z`;

/** What closing leaves on an opportunity: state, status, day and amount. */
function closing({ state, closeOn, amount }: StoryDeal): Row {
  if (state === 'won') return { statecode: 1, statuscode: 3, actualclosedate: closeOn, actualvalue: amount };
  if (state === 'lost') return { statecode: 2, statuscode: 5, actualclosedate: closeOn, actualvalue: 0 };
  return { statecode: 0, statuscode: 1 };
}

export function loadOpportunities(
  sample: Sample,
  ids: Pick<SampleIds, 'partnerIds' | 'customerIds'>,
): string[] {
  const { org, story, created, instant } = sample;
  const opportunityIds = org.load(
    'opportunity',
    story.deals.map((deal): Row => {
      const [salesstage, stepname, closeprobability] = stages[deal.state];
      const type = deal.customerIs === 'new' ? 'New Customer' : 'Existing Customer';
      return {
        ...created(deal),
        modifiedon: instant(deal.changedAt),
        name: deal.name,
        parentaccountid: at(ids.customerIds, deal.customer),
        salesstage,
        stepname,
        closeprobability,
        estimatedvalue: deal.amount,
        estimatedclosedate: deal.closeOn,
        ...closing(deal),
        nw_dealtype: choice(sample, 'opportunity.nw_dealtype', type),
        nw_dealsource: choice(sample, 'opportunity.nw_dealsource', sources[deal.source]),
        nw_partnerid: at(ids.partnerIds, deal.partner),
      };
    }),
  );
  loadCloses(sample, opportunityIds);
  return opportunityIds;
}

/** Whoever closes an opportunity leaves an activity behind. */
function loadCloses({ org, story, created, instant }: Sample, opportunityIds: readonly string[]): void {
  const closed = story.deals.flatMap((deal, place) =>
    deal.state === 'won' || deal.state === 'lost' ? [{ deal, place }] : [],
  );
  org.load(
    'opportunityclose',
    closed.map(({ deal, place }) => ({
      ...created(deal),
      createdon: instant(deal.changedAt),
      subject: `Opportunity ${deal.state === 'won' ? 'Won' : 'Lost'} - ${deal.name}`,
      actualend: noon(deal.closeOn),
      actualrevenue: deal.state === 'won' ? deal.amount : 0,
      opportunityid: at(opportunityIds, place),
      statecode: 1,
    })),
  );
}

/** Every partner's part in a deal: a connection from the opportunity to the account, with the role that it plays there. */
export function loadConnections(
  { org, story, created }: Sample,
  ids: Pick<SampleIds, 'opportunityIds' | 'partnerIds'>,
): void {
  const names = Object.keys(roles) as CreditRole[];
  const made = org.load(
    'connectionrole',
    names.map((role) => ({ name: roles[role], category: 4, createdon: created(story.program).createdon! })),
  );
  const roleIds = Object.fromEntries(
    names.map((role, index): [string, Value] => [role, made[index] ?? null]),
  );
  org.load(
    'connection',
    story.credits.map((credit) => ({
      ...created(credit),
      record1id: at(ids.opportunityIds, credit.deal),
      [lookupTable('record1id')]: 'opportunity',
      record2id: at(ids.partnerIds, credit.partner),
      [lookupTable('record2id')]: 'account',
      record2roleid: roleIds[credit.role] ?? null,
    })),
  );
}
