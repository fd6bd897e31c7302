import { type ApiAnswer, type ApiRequest, contextOf, noContent, ok, type Route } from '../api.ts';
import { mergeRows } from '../dml/merge.ts';
import { readPayload, referencedId } from '../dml/payload.ts';
import { change, insert, requireAccess, type WriteCall } from '../dml/save.ts';
import { instantText } from '../dml/value.ts';
import { DataverseError, refusals } from '../errors.ts';
import { canonicalGuid } from '../ids.ts';
import type { Row, Table, Value } from '../types.ts';
import { lookupTable } from '../types.ts';
import { addressedRow } from './rows.ts';

/**
 * Actions: what a plain change of a row cannot do.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/use-web-api-actions
 */

const prefix = 'Microsoft.Dynamics.CRM.';

type Body = Record<string, unknown>;
type Answer = (request: ApiRequest, body: Body) => ApiAnswer;

const callOn = ({ org, caller }: ApiRequest, table: string): WriteCall => ({
  state: org.state,
  caller,
  table: org.table(table),
});

const unbound: Readonly<Record<string, Answer>> = {
  WinOpportunity: (request, body) => closeOpportunity(request, body, 1),
  LoseOpportunity: (request, body) => closeOpportunity(request, body, 2),
  CloseIncident: (request, body) => closeIncident(request, body),
  Merge: (request, body) => merge(request, body),
};

/** Names of the actions that stand behind the service root. */
export const actionNames: readonly string[] = Object.keys(unbound);

/** A parameter of an action that is an object; throws 400 where it is missing. */
export function objectOf(body: Body, name: string): Body {
  const value = body[name];
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Body;
  throw refusals.badPayload('', `The parameter '${name}' is missing.`);
}

/** The row that an activity of closing is about. */
function closedRow(request: ApiRequest, activity: Body, lookup: 'opportunityid' | 'incidentid'): Row {
  const name = lookup === 'opportunityid' ? 'opportunity' : 'incident';
  const table = request.org.table(name);
  const address = activity[`${lookup}@odata.bind`];
  if (typeof address !== 'string') throw refusals.invalidArgument(`The ${name} to close is not named.`);
  const row = request.org.state.rows(table).get(referencedId(request.org.state, name, address));
  if (row === undefined) throw refusals.notFound(table, address);
  return row;
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/winopportunity */
function closeOpportunity(request: ApiRequest, body: Body, state: 1 | 2): ApiAnswer {
  const activity = objectOf(body, 'OpportunityClose');
  const call = callOn(request, 'opportunity');
  const row = closedRow(request, activity, 'opportunityid');
  requireAccess(call, 'Write', row);
  if (row.statecode !== 0) {
    throw new DataverseError(400, '0x80048408', 'The opportunity has already been closed.');
  }
  const status = statusOf(call.table, body.Status, state);
  request.org.state.transaction(() => {
    const close = addActivity(request, 'opportunityclose', activity);
    change(call, row, {
      statecode: state,
      statuscode: status,
      actualclosedate: String(close.actualend).slice(0, 10),
      actualvalue:
        state === 1 ? (close.actualrevenue ?? row.estimatedvalue ?? null) : (close.actualrevenue ?? 0),
    });
  });
  return noContent();
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/closeincident */
function closeIncident(request: ApiRequest, body: Body): ApiAnswer {
  const activity = objectOf(body, 'IncidentResolution');
  const call = callOn(request, 'incident');
  const row = closedRow(request, activity, 'incidentid');
  requireAccess(call, 'Write', row);
  const status = statusOf(call.table, body.Status, 1);
  request.org.state.transaction(() => {
    addActivity(request, 'incidentresolution', activity);
    change(call, row, { statecode: 1, statuscode: status });
  });
  return noContent();
}

/** The status that closing sets: it must belong to the state. -1 stands for the state's own. */
function statusOf(table: Table, given: unknown, state: number): number {
  const options = (table.columns.get('statuscode')?.options ?? []).filter((option) => option.state === state);
  if (given === -1 || given === undefined) return options[0]!.value;
  if (options.some((option) => option.value === given)) return Number(given);
  const name = table.columns.get('statecode')?.options?.find((option) => option.value === state)?.label;
  throw refusals.badStatus(Number(given), `${table.schemaName}State.${name}`, table.logicalName, '');
}

function addActivity(request: ApiRequest, name: string, body: Body): Row {
  const call = callOn(request, name);
  const { values } = readPayload(
    request.org.state,
    { caller: request.org.admin, table: call.table, verb: 'create' },
    body,
  );
  const actualend = values.actualend ?? instantText(request.org.clock.now());
  return insert(call, { ...values, actualend, statecode: 1 });
}

/** https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/merge */
function merge(request: ApiRequest, body: Body): ApiAnswer {
  const target = entityOf(request, objectOf(body, 'Target'));
  const subordinate = entityOf(request, objectOf(body, 'Subordinate'));
  if (target.table !== subordinate.table)
    throw refusals.invalidArgument('Merge needs two records of one entity.');
  const call: WriteCall = { ...callOn(request, target.table.logicalName) };
  const content = body.UpdateContent === undefined ? {} : objectOf(body, 'UpdateContent');
  const { values } = readPayload(request.org.state, { ...call, verb: 'update' }, content);
  mergeRows(call, { target: target.row, subordinate: subordinate.row }, values);
  return noContent();
}

/** The row that a parameter names: `{"@odata.type":"Microsoft.Dynamics.CRM.account","accountid":"…"}` */
export function entityOf({ org }: ApiRequest, body: Body): { table: Table; row: Row } {
  const name = String(body['@odata.type'] ?? '')
    .replace(/^#/, '')
    .replace(prefix, '');
  const table = org.schema.table(name);
  if (table === undefined) throw refusals.invalidArgument(`The type '${name}' is not an entity.`);
  const id = canonicalGuid(body[table.primaryId]) ?? '';
  const row = org.state.rows(table).get(id);
  if (row === undefined) throw refusals.notFound(table, id);
  return { table, row };
}

/**
 * Turns a lead into what it asks for: account, contact, opportunity.
 * https://learn.microsoft.com/power-apps/developer/data-platform/webapi/reference/qualifylead
 */
function qualifyLead(request: ApiRequest, lead: Row, body: Body): ApiAnswer {
  const call = callOn(request, 'lead');
  requireAccess(call, 'Write', lead);
  if (lead.statecode !== 0) {
    throw new DataverseError(400, '0x80048408', 'The lead is already closed.');
  }
  const made = request.org.state.transaction(() => {
    const account = body.CreateAccount === true ? accountOf(request, lead) : null;
    const contact = body.CreateContact === true ? contactOf(request, lead, account) : null;
    const customer = {
      account: account ?? lead.parentaccountid ?? null,
      contact: contact ?? lead.parentcontactid ?? null,
    };
    const opportunity = body.CreateOpportunity === true ? opportunityOf(request, lead, customer) : null;
    change(call, lead, {
      statecode: 1,
      statuscode: statusOf(call.table, body.Status, 1),
      parentaccountid: customer.account,
      parentcontactid: customer.contact,
      qualifyingopportunityid: opportunity,
    });
    return { account, contact, opportunity };
  });
  const value = Object.entries(made).flatMap(([name, id]) =>
    id === null ? [] : [{ '@odata.type': `#${prefix}${name}`, [`${name}id`]: id }],
  );
  return ok({ '@odata.context': contextOf(request, `Collection(${prefix}crmbaseentity)`), value });
}

const copied = [
  'telephone1',
  'emailaddress1',
  'websiteurl',
  'address1_city',
  'address1_country',
  'numberofemployees',
];

function copyOf(table: Table, lead: Row): Record<string, Value> {
  return Object.fromEntries(
    copied.filter((name) => table.columns.has(name)).map((name) => [name, lead[name] ?? null]),
  );
}

function accountOf(request: ApiRequest, lead: Row): string {
  const call = callOn(request, 'account');
  return String(insert(call, { ...copyOf(call.table, lead), name: lead.companyname ?? null }).accountid);
}

function contactOf(request: ApiRequest, lead: Row, account: string | null): string {
  const call = callOn(request, 'contact');
  const values: Record<string, Value> = {
    ...copyOf(call.table, lead),
    firstname: lead.firstname ?? null,
    lastname: lead.lastname ?? null,
    jobtitle: lead.jobtitle ?? null,
    originatingleadid: lead.leadid ?? null,
    parentcustomerid: account,
    [lookupTable('parentcustomerid')]: account === null ? null : 'account',
  };
  return String(insert(call, values).contactid);
}

function opportunityOf(request: ApiRequest, lead: Row, customer: { account: Value; contact: Value }): string {
  const call = callOn(request, 'opportunity');
  const values: Record<string, Value> = {
    name: lead.subject ?? null,
    originatingleadid: lead.leadid ?? null,
    parentaccountid: customer.account,
    parentcontactid: customer.contact,
    estimatedvalue: lead.estimatedamount ?? null,
    estimatedclosedate: lead.estimatedclosedate ?? null,
    transactioncurrencyid: lead.transactioncurrencyid ?? null,
  };
  return String(insert(call, values).opportunityid);
}

export const actionRoutes: readonly Route[] = [
  {
    name: 'action',
    fits: ({ method, segments }) =>
      method === 'POST' && segments.length === 1 && Object.hasOwn(unbound, segments[0]!.name),
    answer: (request) => unbound[request.segments[0]!.name]!(request, (request.body ?? {}) as Body),
  },
  {
    name: 'qualify lead',
    fits: ({ method, segments }) =>
      method === 'POST' && segments[0]?.name === 'leads' && segments[1]?.name === `${prefix}QualifyLead`,
    answer: (request) =>
      qualifyLead(request, addressedRow(request, request.org.table('lead')), (request.body ?? {}) as Body),
  },
];
