import { decimal, type Field, fullName, type Kinds, mapped, type Plain, plain, told } from './fields.ts';

/** Instants are kept as epoch milliseconds. */
function instant(column: string): Field {
  return {
    write: (value) => ({ [column]: value }),
    read: (row) => instantOf(row[column] ?? null),
  };
}

function instantOf(value: Plain): string | null {
  return value === null ? null : new Date(value as number | string).toISOString();
}

const companyName = { name: plain('Name'), number: plain('AccountNumber') };
const personName = fullName({ first: 'FirstName', last: 'LastName', whole: 'Name' });
const stages = { open: 'Qualification', won: 'Closed Won', lost: 'Closed Lost' };

/** Where each kind lives in the org. Record types are known by their ids. */
export function kindsIn(recordTypes: Readonly<Record<string, string>>): Kinds {
  const isOfType = (name: string) => (row: Record<string, Plain>) => row.RecordTypeId === recordTypes[name];
  const ofType = (name: string) => ({
    fixed: { RecordTypeId: recordTypes[name] },
    isMeant: isOfType(name),
  });
  return {
    partner: {
      object: 'Account',
      ...ofType('Partner'),
      fields: {
        ...companyName,
        type: plain('Partner_Type__c'),
        region: plain('Partner_Region__c'),
        phone: plain('Phone'),
        website: plain('Website'),
        country: plain('BillingCountry'),
        startedOn: plain('Partner_Start_Date__c'),
        tier: plain('Partner_Tier__c'),
      },
    },
    customer: { object: 'Account', ...ofType('Customer'), fields: companyName },
    person: {
      object: 'Contact',
      fields: {
        name: personName,
        phone: plain('Phone'),
        title: plain('Title'),
        partner: plain('AccountId'),
      },
    },
    deal: {
      object: 'Opportunity',
      fields: {
        name: plain('Name'),
        amount: decimal('Amount'),
        state: {
          write: mapped('StageName', stages).write,
          read: (row) => (row.IsClosed !== true ? 'open' : row.IsWon === true ? 'won' : 'lost'),
        },
        closeOn: plain('CloseDate'),
        customer: plain('AccountId'),
        partner: plain('Partner__c'),
        stage: told((row) => row.StageName ?? null),
      },
    },
    credit: {
      object: 'OpportunityPartner',
      fields: {
        deal: plain('OpportunityId'),
        partner: plain('AccountToId'),
        role: mapped('Role', { distributor: 'Distributor', influenced: 'VAR/Reseller' }),
      },
    },
    certification: {
      object: 'Partner_Certification__c',
      fields: {
        person: plain('Contact__c'),
        partner: plain('Account__c'),
        code: plain('Code__c'),
        issuedOn: plain('Issued_On__c'),
        expiresOn: plain('Expires_On__c'),
        status: plain('Status__c'),
      },
    },
    lead: {
      object: 'Lead',
      fixed: { RecordTypeId: recordTypes.Sales_Lead, Company: 'Somewhere', Status: 'Open - Not Contacted' },
      isMeant: (row) => !isOfType('Deal_Registration')(row),
      fields: {
        name: personName,
        partner: plain('Partner__c'),
        deliveredAt: instant('Delivered_At__c'),
        acceptedAt: instant('Accepted_At__c'),
      },
    },
    registration: {
      object: 'Lead',
      fixed: { RecordTypeId: recordTypes.Deal_Registration, LastName: 'Somebody' },
      isMeant: isOfType('Deal_Registration'),
      fields: {
        company: plain('Company'),
        partner: plain('Partner__c'),
        state: mapped('Status', {
          submitted: 'Open - Not Contacted',
          approved: 'Working - Contacted',
          declined: 'Closed - Not Converted',
        }),
      },
    },
    case: {
      object: 'Case',
      fields: {
        subject: plain('Subject'),
        customer: plain('AccountId'),
        partner: plain('Partner__c'),
        isClosed: {
          write: (value) => ({ Status: value === true ? 'Closed' : 'New' }),
          read: (row) => row.IsClosed ?? false,
        },
        satisfaction: decimal('Satisfaction__c'),
        status: told((row) => row.Status ?? null),
      },
    },
  };
}
