import type { Draw } from '../../connectors/salesforce/simulator/sample/random.ts';
import type { Row } from '../../connectors/salesforce/simulator/types.ts';
import { accepted, add, type ChannelOrg, day, dealRow, partnerRow } from '../services/channel-org.ts';

/** What people do in the org between two passes: a little of everything that a pass must cope with. */
export function liveOn({ org, recordTypes }: ChannelOrg, draw: Draw): void {
  const partners = idsOf(org.dump('Account').filter((row) => row.RecordTypeId === recordTypes.Partner));
  const customers = idsOf(org.dump('Account').filter((row) => row.RecordTypeId === recordTypes.Customer));
  const deals = idsOf(org.dump('Opportunity'));
  const contacts = idsOf(org.dump('Contact'));
  const [winner, loser, leaver, edited, drifted] = partners as [string, string, string, string, string];
  const edit = (object: string, row: Row) => accepted(org.update(object, [row]));

  edit('Opportunity', { Id: deals[0]!, StageName: 'Closed Won', Amount: 650_000, CloseDate: day(org, -1) });
  edit('Opportunity', { Id: deals[1]!, Partner__c: edited });
  accepted(org.delete([deals[2]!, deals[3]!]));
  accepted(org.undelete([deals[3]!]));
  edit('Account', { Id: edited, Phone: '+46 555', Partner_Region__c: 'APAC', Name: 'Renamed' });
  edit('Account', { Id: drifted, Partner_Tier__c: 'Gold' });
  edit('Account', { Id: leaver, RecordTypeId: recordTypes.Customer! });
  accepted([org.merge('Account', { masterId: winner, loserIds: [loser] })]);
  edit('Contact', { Id: contacts[4]!, AccountId: winner, Phone: '+1 999' });
  accepted(org.delete([contacts[5]!]));
  const [newcomer] = add(org, 'Account', [partnerRow(org, { recordTypes, draw, name: 'Newcomer' })]);
  add(org, 'Opportunity', [dealRow(org, draw, { name: 'First deal', partner: newcomer!, customers })]);
  const [certificate] = idsOf(org.dump('Partner_Certification__c'));
  edit('Partner_Certification__c', { Id: certificate!, Expires_On__c: day(org, -1) });
}

function idsOf(rows: readonly Row[]): string[] {
  return rows.map((row) => String(row.Id));
}
