import type { DmlResult, Row } from '../../connectors/salesforce/simulator/types.ts';
import { type ChannelOrg, day } from '../services/channel-org.ts';
import type { Deed, People } from './convergence-steps.ts';

/** One of what is there; numbers go round. */
export function at<T>(items: readonly T[], index: number): T | undefined {
  return items.length === 0 ? undefined : items[index % items.length];
}

/** What the org made of it, in words. */
export function done(results: readonly DmlResult[]): string {
  return results.map((each) => (each.success ? `done ${each.id}` : JSON.stringify(each.errors))).join();
}

interface Choice {
  which: number;
  other: number;
}

/** Does what people do with records that only the CRM owns: they sell, share deals, certify, accept leads, close cases. */
export function trade(channel: ChannelOrg, step: Extract<People, { kind: 'trade' }>): string {
  return deedsDone[step.deed](channel, step);
}

const deedsDone: Record<Deed, (channel: ChannelOrg, choice: Choice) => string> = {
  stage: edit('Opportunity', ({ org }, { other }) => ({
    StageName: at(['Closed Won', 'Closed Lost', 'Qualification'], other)!,
    CloseDate: day(org, -other),
  })),
  amount: edit('Opportunity', (_, { other }) => ({ Amount: at([null, 0, 0.1, 12_345.67, 90_000], other)! })),
  // Today, at the edge of the twelve months of a window, and within or outside of it.
  closeDate: edit('Opportunity', ({ org }, { other }) => ({
    CloseDate: day(org, at([0, -364, -366, -30, 45], other)!),
  })),
  seller: edit('Opportunity', (channel, { other }) => ({ Partner__c: accountOf(channel, 'Partner', other) })),
  buyer: edit('Opportunity', (channel, { other }) => ({ AccountId: accountOf(channel, 'Customer', other) })),
  credit: (channel, { which, other }) => {
    const deal = at(channel.org.dump('Opportunity'), which);
    const partner = accountOf(channel, 'Partner', other);
    if (deal === undefined || partner === null) return 'nobody';
    const Role = at(['Distributor', 'VAR/Reseller', 'Advertiser'], other)!;
    return done(
      channel.org.insert('OpportunityPartner', [{ OpportunityId: deal.Id!, AccountToId: partner, Role }]),
    );
  },
  uncredit: remove('OpportunityPartner'),
  register: edit(
    'Lead',
    (channel, { other }) => ({
      Partner__c: accountOf(channel, 'Partner', other),
      Status: at(['Working - Contacted', 'Closed - Not Converted'], other)!,
    }),
    ({ recordTypes }, row) => row.RecordTypeId === recordTypes.Deal_Registration,
  ),
  expire: edit('Partner_Certification__c', ({ org }, { other }) => ({ Expires_On__c: day(org, 1 - other) })),
  revoke: edit('Partner_Certification__c', (_, { other }) => ({
    Status__c: at(['revoked', 'active'], other)!,
  })),
  certify: (channel, { which, other }) => {
    const holder = at(channel.org.dump('Contact'), which);
    if (holder === undefined) return 'nobody';
    const row = {
      Contact__c: holder.Id!,
      Account__c: holder.AccountId ?? null,
      Code__c: `T-${(other % 3) + 1}`,
      Issued_On__c: day(channel.org, -other),
      Expires_On__c: day(channel.org, 400),
      Status__c: 'active',
    };
    return done(channel.org.insert('Partner_Certification__c', [row]));
  },
  holder: edit('Partner_Certification__c', ({ org }, { other }) => ({
    Contact__c: at(org.dump('Contact'), other)?.Id ?? null,
  })),
  accept: edit('Lead', ({ org }, { other }) => ({
    Accepted_At__c: other % 2 === 0 ? null : new Date(org.now() - other * 3_600_000).toISOString(),
  })),
  // Without a partner it is no longer one that was given to a partner.
  reassign: edit('Lead', (channel, { other }) => ({
    Partner__c: other % 4 === 0 ? null : accountOf(channel, 'Partner', other),
  })),
  close: edit('Case', (_, { other }) => ({ Status: at(['Closed', 'New'], other)! })),
};

function edit(
  object: string,
  change: (channel: ChannelOrg, choice: Choice) => Row,
  isMeant: (channel: ChannelOrg, row: Row) => boolean = () => true,
) {
  return (channel: ChannelOrg, choice: Choice): string => {
    const rows = channel.org.dump(object).filter((each) => isMeant(channel, each));
    const row = at(rows, choice.which);
    if (row === undefined) return 'nothing';
    return done(channel.org.update(object, [{ ...change(channel, choice), Id: row.Id! }]));
  };
}

function remove(object: string) {
  return ({ org }: ChannelOrg, { which }: Choice): string => {
    const row = at(org.dump(object), which);
    return row === undefined ? 'nothing' : done(org.delete([String(row.Id)]));
  };
}

function accountOf({ org, recordTypes }: ChannelOrg, type: string, index: number): string | null {
  const rows = org.dump('Account').filter((row) => row.RecordTypeId === recordTypes[type]);
  return (at(rows, index)?.Id as string | undefined) ?? null;
}
