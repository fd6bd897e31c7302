/** Lead conversion: account, contact and opportunity out of a lead. */

import { DateTime } from 'luxon';
import type { SimulatorContext } from '../context.ts';
import { toId18 } from '../ids.ts';
import type { Caller, DmlError, DmlResult, FieldMeta, InputRecord, ObjectMeta, Row } from '../types.ts';

export interface LeadConvert {
  leadId: string;
  convertedStatus: string;
  accountId?: string | undefined;
  contactId?: string | undefined;
  opportunityId?: string | undefined;
  opportunityName?: string | undefined;
  ownerId?: string | undefined;
  doNotCreateOpportunity: boolean;
  overwriteLeadSource: boolean;
}

export interface LeadConvertResult {
  success: boolean;
  leadId: string | null;
  accountId: string | null;
  contactId: string | null;
  opportunityId: string | null;
  errors: DmlError[];
}

/** A record of the conversion was refused; everything written for this lead is undone. */
class Refused extends Error {
  readonly errors: DmlError[];
  constructor(errors: DmlError[]) {
    super(errors[0]?.message ?? 'refused');
    this.errors = errors;
  }
}

function refuse(statusCode: string, message: string, fields: string[] = []): Refused {
  return new Refused([{ statusCode, message, fields, status: 400 }]);
}

const ADDRESS = ['Street', 'City', 'State', 'PostalCode', 'Country'];

function address(prefix: string): Record<string, string> {
  return Object.fromEntries(ADDRESS.map((part) => [part, prefix + part]));
}

const same = (...names: string[]): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, name]));

/** The platform's mapping of standard fields, lead field to target field. */
const MAPPING: Record<'Account' | 'Contact' | 'Opportunity', Record<string, string>> = {
  Account: {
    Company: 'Name',
    ...same('Phone', 'Fax', 'Website', 'Industry', 'AnnualRevenue', 'NumberOfEmployees', 'Rating'),
    LeadSource: 'AccountSource',
    ...address('Billing'),
  },
  Contact: {
    ...same('FirstName', 'LastName', 'Salutation', 'Title', 'Email', 'Phone', 'MobilePhone', 'Fax'),
    ...same('LeadSource', 'Description'),
    ...address('Mailing'),
  },
  Opportunity: same('LeadSource'),
};

/** Custom fields are mapped to the field of the same name and type; a key never moves to another record. */
function mapsByName(field: FieldMeta, target: FieldMeta | undefined): target is FieldMeta {
  return (
    field.custom && !field.unique && !field.externalId && target?.type === field.type && target.createable
  );
}

function mapped(lead: Row, kind: keyof typeof MAPPING, context: SimulatorContext): InputRecord {
  const from = context.org.object('Lead') as ObjectMeta;
  const to = context.org.object(kind) as ObjectMeta;
  const target = (name: string) => to.fields.find((field) => field.name === name);
  const values: InputRecord = {};
  for (const [source, name] of Object.entries(MAPPING[kind])) {
    if (target(name) && lead[source] !== undefined && lead[source] !== null) values[name] = lead[source];
  }
  for (const field of from.fields) {
    const value = lead[field.name];
    if (value !== undefined && value !== null && mapsByName(field, target(field.name)))
      values[field.name] = value;
  }
  return values;
}

interface Conversion {
  lead: Row;
  request: LeadConvert;
  ownerId: string;
  caller: Caller;
  context: SimulatorContext;
}

function idOf(results: DmlResult[]): string {
  const [result] = results;
  if (!result?.success || result.id === null) throw new Refused(result?.errors ?? []);
  return result.id;
}

/** An existing record keeps what it holds and takes over only what it lacks. */
function fill(kind: 'Account' | 'Contact', id: string, conversion: Conversion): string {
  const { lead, request, caller, context } = conversion;
  const id18 = toId18(id) ?? '';
  const row = context.org.rowById(kind, id18);
  if (!row || row.IsDeleted === true)
    throw refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  const entries = Object.entries(mapped(lead, kind, context)).filter(([name]) => {
    const isEmpty = row[name] === undefined || row[name] === null;
    return isEmpty || (name === 'LeadSource' && request.overwriteLeadSource);
  });
  if (entries.length === 0) return id18;
  return idOf(
    context.org.update(kind, [{ Id: id18, ...Object.fromEntries(entries) }], {
      as: caller,
      autoAssign: false,
    }),
  );
}

function create(kind: keyof typeof MAPPING, extra: InputRecord, conversion: Conversion): string {
  const { lead, ownerId, caller, context } = conversion;
  const values = { ...mapped(lead, kind, context), ...extra, OwnerId: ownerId };
  const duplicateRule = { allowSave: true, includeRecordDetails: false, runAsCurrentUser: false };
  return idOf(context.org.insert(kind, [values], { as: caller, autoAssign: false, duplicateRule }));
}

function firstStage(context: SimulatorContext): string {
  const open = [...context.org.rows('OpportunityStage')].filter(
    (stage) => stage.IsActive === true && stage.IsClosed !== true,
  );
  open.sort((a, b) => Number(a.SortOrder) - Number(b.SortOrder));
  return String(open[0]?.ApiName ?? open[0]?.MasterLabel ?? 'Prospecting');
}

function opportunity(accountId: string, contactId: string, conversion: Conversion): string {
  const { lead, request, caller, context } = conversion;
  const today = DateTime.fromMillis(context.org.now(), { zone: caller.timeZone });
  const id = create(
    'Opportunity',
    {
      AccountId: accountId,
      Name: request.opportunityName ?? `${String(lead.Company)}-`,
      StageName: firstStage(context),
      CloseDate: today.endOf('quarter').toISODate(),
    },
    conversion,
  );
  const role = { OpportunityId: id, ContactId: contactId, IsPrimary: true };
  idOf(context.org.insert('OpportunityContactRole', [role], { as: caller }));
  return id;
}

function checkLead(request: LeadConvert, caller: Caller, context: SimulatorContext): Row {
  const { org } = context;
  const object = org.object('Lead') as ObjectMeta;
  const lead = org.rowById('Lead', toId18(request.leadId) ?? '');
  if (!lead || !caller.canSeeRow(object, lead))
    throw refuse('INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
  if (lead.IsDeleted === true) throw refuse('ENTITY_IS_DELETED', 'entity is deleted');
  if (lead.IsConverted === true)
    throw refuse('CANNOT_UPDATE_CONVERTED_LEAD', 'cannot reference converted lead');
  if (!caller.canEditRow(object, lead))
    throw refuse('INSUFFICIENT_ACCESS_OR_READONLY', 'insufficient access rights on object id');
  const statuses = [...org.rows('LeadStatus')].filter((status) => status.IsConverted === true);
  const wanted = request.convertedStatus.toLowerCase();
  const isConverted = statuses.some((status) =>
    [status.ApiName, status.MasterLabel].some((name) => String(name).toLowerCase() === wanted),
  );
  if (!isConverted)
    throw refuse('INVALID_STATUS', `invalid convertedStatus: ${request.convertedStatus}`, [
      'ConvertedStatus',
    ]);
  return lead;
}

function ownerOf(lead: Row, request: LeadConvert): string {
  const ownerId = toId18(request.ownerId ?? String(lead.OwnerId));
  if (ownerId?.startsWith('005')) return ownerId;
  throw refuse(
    'REQUIRED_FIELD_MISSING',
    'Required fields are missing: [OwnerId]: a queue cannot own the converted records',
    ['OwnerId'],
  );
}

function convert(request: LeadConvert, caller: Caller, context: SimulatorContext): LeadConvertResult {
  const lead = checkLead(request, caller, context);
  const conversion: Conversion = { lead, request, ownerId: ownerOf(lead, request), caller, context };
  const { accountId: account, contactId: contact } = request;
  const accountId = account ? fill('Account', account, conversion) : create('Account', {}, conversion);
  const contactId = contact
    ? fill('Contact', contact, conversion)
    : create('Contact', { AccountId: accountId }, conversion);
  const existing = request.opportunityId === undefined ? null : toId18(request.opportunityId);
  const opportunityId =
    existing ?? (request.doNotCreateOpportunity ? null : opportunity(accountId, contactId, conversion));
  const leadId = String(lead.Id);
  const today = DateTime.fromMillis(context.org.now(), { zone: caller.timeZone }).toISODate();
  context.org.setSystemFields(
    leadId,
    {
      Status: request.convertedStatus,
      IsConverted: true,
      ConvertedDate: today,
      ConvertedAccountId: accountId,
      ConvertedContactId: contactId,
      ConvertedOpportunityId: opportunityId,
    },
    { as: caller },
  );
  return { success: true, leadId, accountId, contactId, opportunityId, errors: [] };
}

/** Converts one lead, wholly or not at all. */
export async function convertLead(
  request: LeadConvert,
  caller: Caller,
  context: SimulatorContext,
): Promise<LeadConvertResult> {
  try {
    return await context.exclusive(async () => convert(request, caller, context));
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    const none = { leadId: toId18(request.leadId), accountId: null, contactId: null, opportunityId: null };
    return { success: false, ...none, errors: error.errors };
  }
}
