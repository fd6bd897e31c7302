import type { Row } from '../../connectors/salesforce/simulator/types.ts';
import { createDraw, type Draw } from '../../connectors/simulation/random.ts';
import { accepted, add, type ChannelOrg, day, dealRow, partnerRow } from '../services/channel-org.ts';
import type { Stage } from './kill-words.ts';

/** When a stage happens, and what people did in the org since the one before. */
export interface Prelude {
  /** ISO instant. */
  at: string;
  happen(people: People): void;
}

const nothing = () => undefined;

export const preludes: Record<Stage, Prelude> = {
  read: { at: '2026-03-02T11:00:00Z', happen: nothing },
  takeOver: { at: '2026-03-02T12:00:00Z', happen: nothing },
  change: { at: '2026-03-02T13:00:00Z', happen: liveOn },
  import: {
    at: '2026-03-03T13:00:00Z',
    happen: ({ edit, deals }) => edit('Opportunity', deals[4]!, { Amount: 1 }),
  },
  review: { at: '2026-04-01T13:00:00Z', happen: loseDeals },
  demote: { at: '2026-07-01T13:00:00Z', happen: comeBack },
  decide: {
    at: '2026-07-01T15:00:00Z',
    happen: ({ edit, deals }) => edit('Opportunity', deals[5]!, { Amount: 7 }),
  },
  reconcile: { at: '2026-07-02T15:00:00Z', happen: tidyUp },
};

/** The org's people, and its records in the order of their ids as a stage finds them. */
export class People {
  readonly channel: ChannelOrg;
  readonly draw: Draw;
  readonly partners: string[];
  readonly customers: string[];
  readonly deals: string[];
  readonly contacts: string[];
  readonly certificates: string[];

  constructor(channel: ChannelOrg, world: number) {
    const { org, recordTypes } = channel;
    const accounts = org.dump('Account');
    this.channel = channel;
    this.draw = createDraw(world);
    this.partners = idsOf(accounts.filter((row) => row.RecordTypeId === recordTypes.Partner));
    this.customers = idsOf(accounts.filter((row) => row.RecordTypeId === recordTypes.Customer));
    this.deals = idsOf(org.dump('Opportunity'));
    this.contacts = idsOf(org.dump('Contact'));
    this.certificates = idsOf(org.dump('Partner_Certification__c'));
  }

  readonly edit = (object: string, id: string, fields: Row): void => {
    accepted(this.channel.org.update(object, [{ Id: id, ...fields }]));
  };
}

function idsOf(rows: readonly Row[]): string[] {
  return rows.map((row) => String(row.Id));
}

/** A little of everything that a pass must cope with. */
function liveOn({ channel, draw, edit, partners, customers, deals, contacts, certificates }: People): void {
  const { org, recordTypes } = channel;
  const [winner, loser, leaver, edited, drifted] = partners as [string, string, string, string, string];
  edit('Opportunity', deals[0]!, { StageName: 'Closed Won', Amount: 650_000, CloseDate: day(org, -1) });
  edit('Opportunity', deals[1]!, { Partner__c: edited });
  accepted(org.delete([deals[2]!, deals[3]!]));
  accepted(org.undelete([deals[3]!]));
  edit('Account', edited, { Phone: '+46 555', Partner_Region__c: 'APAC', Name: 'Renamed' });
  edit('Account', drifted, { Partner_Tier__c: 'Gold' });
  edit('Account', leaver, { RecordTypeId: recordTypes.Customer! });
  accepted([org.merge('Account', { masterId: winner, loserIds: [loser] })]);
  edit('Contact', contacts[4]!, { AccountId: winner, Phone: '+1 999' });
  accepted(org.delete([contacts[5]!]));
  const [newcomer] = add(org, 'Account', [partnerRow(org, { recordTypes, draw, name: 'Newcomer' })]);
  add(org, 'Opportunity', [dealRow(org, draw, { name: 'First deal', partner: newcomer!, customers })]);
  edit('Partner_Certification__c', certificates[0]!, { Expires_On__c: day(org, -1) });
}

/** The best partner loses what its tier stands on; a review falls due. */
function loseDeals({ channel, edit, deals, certificates }: People): void {
  const { org } = channel;
  edit('Opportunity', deals[0]!, { StageName: 'Closed Lost', CloseDate: day(org, -1) });
  for (const id of certificates.slice(0, 4)) edit('Partner_Certification__c', id, { Status__c: 'revoked' });
  accepted(org.delete([certificates[5]!]));
}

/** A partner that left the program returns, a person is deleted with its certificates, and one comes back. */
function comeBack({ channel, edit, contacts }: People): void {
  const { org, recordTypes } = channel;
  const gone = org.dump('Account').filter((row) => /^Partner \d/.test(String(row.Name)));
  for (const { Id, RecordTypeId } of gone) {
    if (RecordTypeId !== recordTypes.Partner)
      edit('Account', String(Id), { RecordTypeId: recordTypes.Partner! });
  }
  accepted(org.delete([contacts[1]!]));
  accepted(org.undelete([org.state.bin.find(({ object }) => object.name === 'Contact')!.id]));
}

/** Nobody tells of it but a comparison of everything: the delete log was emptied meanwhile. */
function tidyUp({ channel, edit, partners, deals }: People): void {
  accepted(channel.org.hardDelete([deals[6]!, deals[7]!]));
  edit('Account', partners[0]!, { Phone: '+46 777', Partner_Region__c: 'AMER' });
}
