import type { Org } from '../../connectors/salesforce/simulator/org.ts';
import type { DmlResult, Row } from '../../connectors/salesforce/simulator/types.ts';

/** What people do in the org of a story. Ids are the CRM's; days are 'YYYY-MM-DD'. */
export interface Cast {
  partner(name: string, fields?: Row): string;
  customer(name: string, fields?: Row): string;
  person(account: string, name: string, email?: string): string;
  certificate(person: string, more?: { code?: string; issuedOn?: string; expiresOn?: string }): string;
  /** So many people of the partner, each with a certificate. */
  certified(account: string, count: number, more?: { issuedOn?: string; expiresOn?: string }): string[];
  /** A deal won on a day; created 30 days before. */
  won(partner: string, amount: number, closedOn: string, fields?: Row): string;
  lost(partner: string, amount: number, closedOn: string, fields?: Row): string;
  open(partner: string, amount: number, closesOn: string, fields?: Row): string;
  /** Changes a record as a person in the CRM; throws when the org refuses. */
  edit(id: string, fields: Record<string, unknown>): void;
  merge(winner: string, losers: readonly string[]): void;
  remove(ids: readonly string[]): void;
  /** The fields of a record, as the CRM has them now. */
  record(id: string): Row;
  recordType(developerName: string): string;
  /** Partners loaded at once, without the checks of single edits. */
  crowd(rows: readonly Row[]): string[];
}

const dayMs = 86_400_000;
/** People of an org that has the record types of partners and customers. */
export function castOf(org: Org): Cast {
  const recordType = (name: string): string => {
    const found = [...org.rows('RecordType')].find((row) => row.DeveloperName === name);
    if (found === undefined) throw new Error(`The org has no record type ${name}`);
    return String(found.Id);
  };
  const add = (object: string, row: Row): string => org.bulkLoad(object, [row])[0]!;
  const cast: Cast = {
    partner: (name, fields = {}) => cast.crowd([{ Name: name, ...fields }])[0]!,
    crowd: (rows) => {
      const RecordTypeId = recordType('Partner');
      const common = { RecordTypeId, Partner_Type__c: 'reseller', Partner_Start_Date__c: '2024-01-01' };
      return org.bulkLoad(
        'Account',
        rows.map((row) => ({ ...common, ...row })),
      );
    },
    customer: (name, fields = {}) =>
      add('Account', { Name: name, RecordTypeId: recordType('Customer'), ...fields }),
    person: (account, name, email) => {
      const [first, last] = name.split(' ');
      const names = { FirstName: first!, LastName: last ?? first!, Name: name };
      return add('Contact', { ...names, AccountId: account, Email: email ?? null });
    },
    certificate: (person, more = {}) =>
      add('Partner_Certification__c', {
        Contact__c: person,
        Account__c: org.find(person)?.row.AccountId ?? null,
        Code__c: more.code ?? 'TECH-201',
        Issued_On__c: more.issuedOn ?? '2025-06-01',
        Expires_On__c: more.expiresOn ?? '2027-12-31',
        Status__c: 'active',
      }),
    certified: (account, count, more) =>
      Array.from({ length: count }, (_, index) => {
        const person = cast.person(
          account,
          `Person ${String.fromCharCode(65 + index)}${account.slice(-4, -3)}`,
        );
        cast.certificate(person, more);
        return person;
      }),
    won: (partner, amount, closedOn, fields) =>
      deal({ partner, amount, closedOn, stage: 'Closed Won' }, fields),
    lost: (partner, amount, closedOn, fields) =>
      deal({ partner, amount, closedOn, stage: 'Closed Lost' }, fields),
    open: (partner, amount, closedOn, fields) =>
      deal({ partner, amount, closedOn, stage: 'Qualification' }, fields),
    edit: (id, fields) => {
      const object = org.find(id)?.object.name;
      if (object === undefined) throw new Error(`There is no record ${id}`);
      accepted(org.update(object, [{ Id: id, ...fields }]));
    },
    merge: (winner, losers) => accepted([org.merge('Account', { masterId: winner, loserIds: [...losers] })]),
    remove: (ids) => accepted(org.delete([...ids])),
    record: (id) => org.find(id)!.row,
    recordType,
  };
  const deal = (
    is: { partner: string; amount: number; closedOn: string; stage: string },
    fields: Row = {},
  ): string => {
    const created = Date.parse(is.closedOn) - 30 * dayMs;
    return add('Opportunity', {
      Name: `Deal of ${is.amount}`,
      Partner__c: is.partner,
      Amount: is.amount,
      StageName: is.stage,
      CloseDate: is.closedOn,
      CreatedDate: Math.min(created, org.now()),
      LastModifiedDate: org.now(),
      ...fields,
    });
  };
  return cast;
}

function accepted(results: readonly DmlResult[]): void {
  const refused = results.find((result) => !result.success);
  if (refused !== undefined) throw new Error(`The org refused: ${refused.errors[0]?.message}`);
}
