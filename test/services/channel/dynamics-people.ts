import { dispatch } from '../../../connectors/dynamics/simulator/dispatch.ts';
import { DataverseError } from '../../../connectors/dynamics/simulator/errors.ts';
import type { Org } from '../../../connectors/dynamics/simulator/org.ts';
import type { Row as Stored } from '../../../connectors/dynamics/simulator/types.ts';
import type { Channel, Deed, Kind, Row } from './channel.ts';
import { type RecycleBin, recycleBin } from './dynamics-bin.ts';
import { kindsIn } from './dynamics-kinds.ts';
import { bodyOf, type Kinds, type Plains, recordOf } from './fields.ts';

type People = Pick<
  Channel,
  'rows' | 'find' | 'add' | 'edit' | 'remove' | 'restore' | 'purge' | 'merge' | 'leave' | 'enter' | 'setTier'
>;

/** Ids of the roles of connections, by our names of them. */
export type Roles = Readonly<Record<string, string>>;

/** What people do in the environment, through its own API and as an administrator. */
export function people(org: Org, roles: Roles): People & { bin: RecycleBin } {
  const kinds = kindsIn(roles);
  const desk: Desk = { org, kinds };
  const bin = recycleBin(org);
  const rows = <K extends Kind>(kind: K): Row<K>[] => {
    const { object, fields, isMeant = () => true } = kinds[kind];
    const { primaryId } = org.table(object);
    return org
      .dump(object)
      .filter(isMeant)
      .map((row) => recordOf(row[primaryId], fields, row) as unknown as Row<K>);
  };
  const does = (id: string, work: () => void): Deed =>
    tried(desk, () => {
      work();
      return id;
    });
  const update = (kind: Kind, id: string, body: Plains): Deed =>
    does(id, () => org.update(kinds[kind].object, id, body));
  return {
    bin,
    rows,
    find: (kind, id) => rows(kind).find((row) => row.id === id),
    add: (kind, values) => tried(desk, () => add(desk, kind, values as Plains)),
    edit: (kind, id, values) => does(id, () => edit(desk, { kind, id }, values as Plains)),
    remove: (kind, id) => does(id, () => bin.keep(id, () => org.remove(kinds[kind].object, id))),
    restore: (id) => does(id, () => bin.restore(id)),
    purge: (id) => does(id, () => bin.purge(id)),
    merge: (kind, { winner, loser }) => {
      const { object } = kinds[kind];
      const { primaryId } = org.table(object);
      const named = (id: string) => ({ '@odata.type': `Microsoft.Dynamics.CRM.${object}`, [primaryId]: id });
      return does(winner, () => {
        const body = { Target: named(winner), Subordinate: named(loser), PerformParentingChecks: false };
        send(desk, 'Merge', body);
      });
    },
    leave: (id) => update('partner', id, { customertypecode: 3 }),
    enter: (id) => update('partner', id, { customertypecode: 5 }),
    setTier: (id, tier) => update('partner', id, { tierlink_tier: tier }),
  };
}

/** Where people work. */
interface Desk {
  org: Org;
  kinds: Kinds;
}

/** Does all of the work, which answers the id of its row, or none of it. */
function tried({ org }: Desk, work: () => string): Deed {
  try {
    return { done: true, id: org.state.transaction(work) };
  } catch (error) {
    if (!(error instanceof DataverseError)) throw error;
    return { done: false, why: `the environment refused: ${error.message}` };
  }
}

/** An action, sent as a form would send it. */
function send({ org }: Desk, action: string, body: Record<string, unknown>): void {
  const root = '/api/data/v9.2';
  const answer = dispatch({
    org,
    caller: org.admin,
    method: 'POST',
    path: action,
    headers: {},
    body,
    root,
  });
  if (answer.status >= 300) throw new DataverseError(answer.status, action, JSON.stringify(answer.body));
}

function add(desk: Desk, kind: Kind, values: Plains): string {
  const { org, kinds } = desk;
  const { object, fields, fixed } = kinds[kind];
  const [id] = org.create(object, [{ ...fixed, ...bodyOf(fields, values) }]);
  settle(desk, { kind, id: id! }, values);
  return id!;
}

/** Closed deals and leads are read-only, so people open them first, and close deals again. */
function edit(desk: Desk, what: { kind: Kind; id: string }, values: Plains): void {
  const { org, kinds } = desk;
  const { object, fields } = kinds[what.kind];
  const before = recordOf(what.id, fields, org.get(object, what.id)!);
  if (org.get(object, what.id)!.statecode !== 0) reopen(desk, what, values);
  org.update(object, what.id, bodyOf(fields, values));
  settle(desk, what, what.kind === 'deal' ? { ...before, ...values } : values);
}

const opened: Partial<Record<Kind, Plains>> = {
  deal: { statecode: 0, statuscode: 1, actualvalue: null, actualclosedate: null },
  registration: { statecode: 0, statuscode: 1 },
};

function reopen({ org, kinds }: Desk, { kind, id }: { kind: Kind; id: string }, values: Plains): void {
  const body = kind === 'case' && values.isClosed === false ? { statecode: 0, statuscode: 1 } : opened[kind];
  if (body !== undefined) org.update(kinds[kind].object, id, body);
}

/** Closes a deal or a case where that is what the values say. */
function settle(desk: Desk, { kind, id }: { kind: Kind; id: string }, values: Plains): void {
  if (kind === 'deal' && values.state !== undefined && values.state !== 'open') {
    send(desk, values.state === 'won' ? 'WinOpportunity' : 'LoseOpportunity', {
      Status: -1,
      OpportunityClose: {
        subject: 'Closed',
        'opportunityid@odata.bind': `/opportunities(${id})`,
        ...(values.amount == null ? {} : { actualrevenue: Number(values.amount) }),
        ...(values.closeOn == null ? {} : { actualend: `${values.closeOn}T12:00:00Z` }),
      },
    });
  }
  if (kind === 'case' && values.isClosed === true && rowOf(desk, kind, id).statecode === 0) {
    send(desk, 'CloseIncident', {
      Status: -1,
      IncidentResolution: { subject: 'Solved', 'incidentid@odata.bind': `/incidents(${id})` },
    });
  }
}

function rowOf({ org, kinds }: Desk, kind: Kind, id: string): Stored {
  return org.get(kinds[kind].object, id)!;
}
