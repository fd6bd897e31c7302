import type { DynamicsChannel } from '../services/channel/dynamics.ts';
import type { SalesforceChannel } from '../services/channel/salesforce.ts';

type Row = Record<string, unknown>;

/** What a CRM holds, as its tables have it. */
export interface Records {
  /** Live rows of people, by object. */
  people(): Record<string, Row[]>;
  /** Live rows that we made, by object; without what follows the order of their creation, other than their ids. */
  ours(): Record<string, Row[]>;
  /** Our keys of the rows that we made, by the ids that the CRM gave them. */
  keys(): Map<string, string>;
  /** What an id looks like in a text. */
  id: RegExp;
  /** A cursor by what it still has to tell, where its words count everything that ever happened in the CRM. */
  cursor(object: string, cursor: Row): Row;
}

export function recordsOf(channel: SalesforceChannel | DynamicsChannel): Records {
  return 'inside' in channel.standIn
    ? dynamicsRecords(channel as DynamicsChannel)
    : salesforceRecords(channel as SalesforceChannel);
}

function salesforceRecords({ org }: SalesforceChannel): Records {
  const people = [
    'Account',
    'Contact',
    'Lead',
    'Opportunity',
    'OpportunityPartner',
    'Partner_Certification__c',
    'Case',
  ];
  const ours = ['Tierlink_Decision__c', 'Tierlink_KPI_Period__c', 'Tierlink_Status__c'];
  return {
    people: () => tables(people, (object) => org.dump(object)),
    ours: () => tables(ours, (object) => org.dump(object).map(({ Name: _number, ...row }) => row)),
    keys: () =>
      new Map(
        ours.flatMap((object) =>
          org.dump(object).map((row) => [String(row.Id), `${object} ${row.Tierlink_Id__c}`] as const),
        ),
      ),
    id: /\b[a-zA-Z0-9]{18}\b/g,
    cursor: (_object, cursor) => cursor,
  };
}

function dynamicsRecords({ org }: DynamicsChannel): Records {
  const people = [
    'account',
    'contact',
    'lead',
    'opportunity',
    'connection',
    'nw_partnercertification',
    'incident',
    'opportunityclose',
  ];
  /** Our key, or of what came of our closing a case: the case. */
  const ours = {
    tierlink_decision: ['tierlink_decisionid', 'tierlink_externalid'],
    tierlink_kpiperiod: ['tierlink_kpiperiodid', 'tierlink_externalid'],
    tierlink_membership: ['tierlink_membershipid', 'tierlink_externalid'],
    tierlink_connectionstatus: ['tierlink_connectionstatusid', 'tierlink_externalid'],
    incidentresolution: ['activityid', 'incidentid'],
  } as const;
  const rows = (object: string) => org.dump(object).map(({ versionnumber: _count, ...row }) => row);
  return {
    people: () => tables(people, rows),
    ours: () => tables(Object.keys(ours), rows),
    keys: () =>
      new Map(
        Object.entries(ours).flatMap(([object, [id, key]]) =>
          org.dump(object).map((row) => [String(row[id]), `${object} ${row[key]}`] as const),
        ),
      ),
    id: /\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b/g,
    cursor: (object, cursor) => ({ ...cursor, link: untold(org, object, String(cursor.link)) }),
  };
}

/** The ids that a link to changes has not told yet. */
function untold({ state, table }: DynamicsChannel['org'], object: string, link: string): string[] {
  const version = Number(/deltatoken=(\d+)/.exec(link)?.[1]);
  const { primaryId } = table(object);
  const changed = [...state.rows(table(object)).all.values()].filter(
    (row) => Number(row.versionnumber) > version,
  );
  const gone = state.deletions(table(object)).filter((deletion) => deletion.version > version);
  return [...changed.map((row) => String(row[primaryId])), ...gone.map(({ id }) => id)].sort();
}

function tables(names: readonly string[], rowsOf: (name: string) => Row[]): Record<string, Row[]> {
  return Object.fromEntries(names.map((name) => [name, rowsOf(name)]));
}
