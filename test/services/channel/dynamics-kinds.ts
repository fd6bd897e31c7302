import { lookupTable } from '../../../connectors/dynamics/simulator/types.ts';
import {
  type Field,
  fullName,
  type Kinds,
  mapped,
  type Plain,
  type Plains,
  plain,
  textOf,
  told,
} from './fields.ts';

/** A lookup: read as the id in its column, set through a navigation property. */
function lookup(column: string, property: string, set: string): Field {
  return {
    write: (value) => ({ [`${property}@odata.bind`]: value === null ? null : `/${set}(${value})` }),
    read: (row) => row[column] ?? null,
  };
}

function choice(column: string, first: number, words: readonly string[]): Field {
  return mapped(column, Object.fromEntries(words.map((word, index) => [word, first + index])));
}

const own = 857_430_000;
const companyName = { name: plain('name'), number: plain('accountnumber') };
const personName = fullName({ first: 'firstname', last: 'lastname', whole: 'fullname' });
const partner = lookup('nw_partnerid', 'nw_PartnerId', 'accounts');
const states = ['open', 'won', 'lost'];
const stages = ['Qualify', 'Develop', 'Propose', 'Close'];
const incidentStatuses: Readonly<Record<string, string>> = { 1: 'In Progress', 5: 'Problem Solved' };

const isNotMerged = (row: Plains) => (row.masterid ?? null) === null;
const isAccount =
  (...types: readonly number[]) =>
  (row: Plains) =>
    types.includes(Number(row.customertypecode)) && isNotMerged(row);

/** What a deal is worth, or the day on which it is closed: what it was won with once it is closed, the estimate before. */
function actual(column: string, estimate: string, write: (value: Plain) => Plain): Field {
  return {
    write: (value) => ({ [estimate]: write(value) }),
    read: (row) => textOf(row[column] ?? row[estimate]),
  };
}

/** Where each kind lives in the environment. `roleOf` gives the id of a role of connections, `nameOfRole` its name. */
export function kindsIn(roles: Readonly<Record<string, string>>): Kinds {
  const roleIds = mapped('record2roleid', roles);
  return {
    partner: {
      object: 'account',
      fixed: { customertypecode: 5 },
      isMeant: isAccount(5, 9),
      fields: {
        ...companyName,
        type: choice('nw_partnertype', own, ['reseller', 'msp', 'isv', 'integrator', 'distributor']),
        region: choice('nw_partnerregion', own, ['EMEA', 'AMER', 'APAC']),
        phone: plain('telephone1'),
        website: plain('websiteurl'),
        country: plain('address1_country'),
        startedOn: plain('nw_partnerstartdate'),
        tier: plain('tierlink_tier'),
      },
    },
    customer: {
      object: 'account',
      fixed: { customertypecode: 3 },
      isMeant: isAccount(3),
      fields: companyName,
    },
    person: {
      object: 'contact',
      isMeant: isNotMerged,
      fields: {
        name: personName,
        phone: plain('telephone1'),
        title: plain('jobtitle'),
        partner: lookup('parentcustomerid', 'parentcustomerid_account', 'accounts'),
      },
    },
    deal: {
      object: 'opportunity',
      fields: {
        name: plain('name'),
        amount: actual('actualvalue', 'estimatedvalue', (value) => (value === null ? null : Number(value))),
        // Only actions close a deal.
        state: told((row) => states[Number(row.statecode)]!),
        closeOn: actual('actualclosedate', 'estimatedclosedate', (value) => value),
        customer: lookup('parentaccountid', 'parentaccountid', 'accounts'),
        partner,
        stage: told((row) => stages[Number(row.salesstage)] ?? null),
      },
    },
    credit: {
      object: 'connection',
      // Of the two rows of a connection, the one that a deal sees.
      isMeant: (row) =>
        row[lookupTable('record1id')] === 'opportunity' && row[lookupTable('record2id')] === 'account',
      fields: {
        deal: lookup('record1id', 'record1id_opportunity', 'opportunities'),
        partner: lookup('record2id', 'record2id_account', 'accounts'),
        role: {
          write: (value) => lookup('', 'record2roleid', 'connectionroles').write(roles[String(value)]!),
          read: roleIds.read,
        },
      },
    },
    certification: {
      object: 'nw_partnercertification',
      fields: {
        person: lookup('nw_contactid', 'nw_ContactId', 'contacts'),
        partner: lookup('nw_accountid', 'nw_AccountId', 'accounts'),
        code: plain('nw_code'),
        issuedOn: plain('nw_issuedon'),
        expiresOn: plain('nw_expireson'),
        status: choice('nw_status', own, ['active', 'expired', 'revoked']),
      },
    },
    lead: {
      object: 'lead',
      fixed: { companyname: 'Somewhere', nw_isregistration: false },
      isMeant: (row) => row.nw_isregistration !== true && isNotMerged(row),
      fields: {
        name: personName,
        partner,
        deliveredAt: instant('nw_deliveredon'),
        acceptedAt: instant('nw_acceptedon'),
      },
    },
    registration: {
      object: 'lead',
      fixed: { lastname: 'Somebody', nw_isregistration: true },
      isMeant: (row) => row.nw_isregistration === true && isNotMerged(row),
      fields: {
        company: plain('companyname'),
        partner,
        state: mapped('statuscode', { submitted: 1, approved: 2, declined: 4 }),
      },
    },
    case: {
      object: 'incident',
      isMeant: isNotMerged,
      fields: {
        subject: plain('title'),
        customer: lookup('accountid', 'customerid_account', 'accounts'),
        partner,
        // Only an action closes a case.
        isClosed: told((row) => row.statecode !== 0),
        satisfaction: {
          write: (value) => ({ customersatisfactioncode: value === null ? null : Number(value) }),
          read: (row) => textOf(row.customersatisfactioncode),
        },
        status: told((row) => incidentStatuses[String(row.statuscode)]!),
      },
    },
  };
}

/** Instants are kept to the second. */
function instant(column: string): Field {
  return {
    write: (value) => ({ [column]: value }),
    read: (row) => {
      const value = row[column] ?? null;
      return value === null ? null : new Date(String(value)).toISOString();
    },
  };
}
